/*
 * Why a connection is where it is: the paragraph that libsegw wrote.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "client.h"
#include "json.h"
#include "screen.h"

#include <stdio.h>
#include <string.h>

/* libsegw's longest is that of 8 SEGWs with long names. */
#define TEXT_CAP 8192

/* On a terminal a line ends between words, else it does where a sentence does. */
static void print_paragraph(const char *text)
{
	unsigned width = screen_width(), at = 0, word;
	size_t len;

	for (; *text != '\0'; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		word = text_width(text, len);
		if (at != 0 && width != 0 && at + 1 + word > width) {
			putchar('\n');
			at = 0;
		}
		if (at != 0) {
			putchar(' ');
		}
		fwrite(text, 1, len, stdout);
		at += (at != 0) + word;
		if (width == 0 && len > 1 && text[len - 1] == '.' && text[len] == ' ') {
			putchar('\n');
			at = 0;
		}
	}
	putchar('\n');
}

static void explain_print(void)
{
	static char text[TEXT_CAP];
	char key[32];
	json_t json;

	json_init(&json, client.line, client.line_len);
	if (!json_enter(&json, '{')) {
		return;
	}
	while (json_key(&json, key, sizeof key)) {
		if (strcmp(key, "text") == 0) {
			json_text(&json, text, sizeof text);
			print_paragraph(text);
		} else {
			json_skip(&json);
		}
	}
}

int run_explain(const command_t *command, const options_t *options)
{
	int status = check_words(options);

	if (status == DONE) {
		status = ask(options, command->verb, options->words[0], "");
	}
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		explain_print();
	}
	return status;
}
