/*
 * STATUS once, or again and again: each second, and when an event says that something has changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"
#include "screen.h"
#include "status.h"

#include <stdio.h>

#define REDRAW_MS 1000
/* Events come in bunches; one picture for all that come so close together. */
#define BUNCH_MS 100

static void show(const options_t *options)
{
	if (options->json) {
		client_print();
		return;
	}
	screen_home();
	status_print();
	screen_shown();
}

/* Until it is time for the next picture; NO_LINE if a signal asked to end. */
static int wait_for_news(void)
{
	int status = client_line(REDRAW_MS);
	uint64_t until = now_ms() + BUNCH_MS, now;

	while (status == DONE && (now = now_ms()) < until) {
		status = client_line((int64_t)(until - now));
	}
	return status == NO_LINE && !screen_caught() ? DONE : status;
}

static int watch(const options_t *options, const char *name)
{
	/* a picture in one piece: it would flicker line by line */
	static char picture[16384];
	int status = client_connect(options);

	if (status != DONE) {
		return status;
	}
	setvbuf(stdout, picture, _IOFBF, sizeof picture);
	client.following = 1;
	screen_catch();
	if (!options->json) {
		screen_begin();
	}
	while ((status = ask_again("STATUS", name, "")) == DONE) {
		show(options);
		if (!flushed() || (status = wait_for_news()) != DONE) {
			break;
		}
		screen_pause();
	}
	screen_end();
	screen_die();
	return status;
}

int run_status(const command_t *command, const options_t *options)
{
	const char *name = options->word_count > 0 ? options->words[0] : "";
	int status = check_words(options);

	if (status != DONE) {
		return status;
	}
	if (options->watch) {
		return watch(options, name);
	}
	status = ask(options, command->verb, name, "");
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		status_print();
	}
	return status;
}
