/*
 * The commands that are one request: apply, remove, initiate, terminate, switch, dpd, version.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "file.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

/* A word that is sent must not end its request early, and begin another one. */
static int is_word(const char *word)
{
	const char *byte;

	for (byte = word; *byte != '\0'; byte++) {
		if ((unsigned char)*byte < 0x20 || *byte == 0x7f) {
			return 0;
		}
	}
	return *word != '\0' && *word != ' ' && *word != '{';
}

int check_words(const options_t *options)
{
	int i;

	for (i = 0; i < options->word_count; i++) {
		if (!is_word(options->words[i])) {
			complain("a name is one or more printable characters, and starts with neither a blank nor a brace");
			return USAGE;
		}
	}
	return DONE;
}

int run_simple(const command_t *command, const options_t *options)
{
	const char *name = options->words[0], *target = options->word_count > 1 ? options->words[1] : "";
	int status = check_words(options);

	if (status == DONE) {
		status = ask(options, command->verb, name, target);
	}
	if (status == DONE && !options->quiet) {
		printf(command->done, name, target);
	}
	return status;
}

/* Whether the list `key` of the reply has this text. */
static int has(const char *key, const char *text)
{
	char item[SEGW_NAME_CAP * 4];
	json_t json;
	int found = 0;

	if (enter_list(&json, client.line, client.line_len, key)) {
		while (json_item(&json)) {
			json_text(&json, item, sizeof item);
			found |= strcmp(item, text) == 0;
		}
	}
	return found;
}

#define REPLACED "replaced: its old tunnel ends, a new one is set up as start_action says"

static void print_applied(void)
{
	char name[SEGW_NAME_CAP * 4];
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "connections")) {
		while (json_item(&json)) {
			json_text(&json, name, sizeof name);
			printf("%s: %s\n", name,
				   has("unchanged", name) ? "unchanged, runs on" : has("restarted", name) ? REPLACED : "applied");
		}
	}
}

static int apply(const options_t *options)
{
	int status = client_connect(options);
	reply_t reply;

	if (status == DONE) {
		status = client_send(file.request, file.len);
	}
	if (status == DONE) {
		status = client_reply();
	}
	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	if (!reply.ok) {
		file_refused(client.line, client.line_len);
		return REFUSED;
	}
	if (!options->quiet) {
		print_applied();
	}
	return DONE;
}

int run_apply(const command_t *command, const options_t *options)
{
	int status = file_read(options->words[0]);

	(void)command;
	if (status == DONE) {
		status = apply(options);
	}
	file_wipe();
	return status;
}

int run_version(const command_t *command, const options_t *options)
{
	char key[32], version[64] = "", abi[16] = "";
	json_t json;
	int status;

	/* its own is known even where there is no plugin */
	print_version();
	status = ask(options, command->verb, "", "");
	if (status != DONE) {
		return status;
	}
	json_init(&json, client.line, client.line_len);
	for (json_enter(&json, '{'); json_key(&json, key, sizeof key);) {
		if (strcmp(key, "version") == 0) {
			json_text(&json, version, sizeof version);
		} else if (strcmp(key, "abi") == 0) {
			json_text(&json, abi, sizeof abi);
		} else {
			json_skip(&json);
		}
	}
	printf("plugin: libsegw %s, ABI %s\n", version, abi);
	return DONE;
}
