/*
 * The commands that are one request: remove, initiate, terminate, switch, pin, unpin, drain, undrain, dpd, version.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "members.h"
#include "reply.h"
#include "screen.h"
#include "wait.h"

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

/* Whether there is nothing to do for it is seen before it is asked for; it is asked for all the same, as that may change. */
static int look(const command_t *command, const options_t *options, wish_t *wish, already_t *already)
{
	static connection_t before;
	const char *name = options->words[0];
	int status = ask_again("STATUS", name, "");

	if (status == DONE) {
		connection_find(&before, client.line, client.line_len, name);
		*already = wish_init(wish, &before, command->verb, options->word_count > 1 ? options->words[1] : "", options);
	}
	return status;
}

/* The words behind the first one, as they stand in a request. */
static int join(const options_t *options, char *text, size_t cap)
{
	size_t len = 0;
	int i, added;

	*text = '\0';
	for (i = 1; i < options->word_count; i++) {
		added = snprintf(text + len, cap - len, "%s%s", len != 0 ? " " : "", options->words[i]);
		if (added < 0 || (size_t)added >= cap - len) {
			complain("what follows the name is too long");
			return USAGE;
		}
		len += (size_t)added;
	}
	return DONE;
}

int run_simple(const command_t *command, const options_t *options)
{
	static char target[SEGW_ADDR_CAP + 40];
	const char *name = options->words[0];
	already_t already = IS_TO_DO;
	int status = check_words(options);
	wish_t wish;

	if (status == DONE) {
		status = join(options, target, sizeof target);
	}
	if (status == DONE) {
		status = client_connect(options);
	}
	memset(&wish, 0, sizeof wish);
	if (status == DONE && command->has_goal) {
		status = look(command, options, &wish, &already);
	}
	if (status == DONE) {
		status = ask_again(command->verb, name, target);
	}
	if (status != DONE || already == IS_SO) {
		return status;
	}
	if (options->wait_s != 0) {
		return wish_wait(&wish, options, now_ms() + options->wait_s * UINT64_C(1000));
	}
	if (already == IS_TO_DO && !options->quiet) {
		printf(command->done, name, target);
	}
	return DONE;
}

typedef struct {
	char version[64], abi[16];
} version_t;

static const member_t version_members[] = {
	{"version", MEMBER(version_t, A_TEXT, version)},
	{"abi", MEMBER(version_t, A_TEXT, abi)},
	{NULL, A_PART, 0, 0, NULL},
};

int run_version(const command_t *command, const options_t *options)
{
	version_t version;
	json_t json;
	int status;

	/* its own is known even where there is no plugin */
	print_version();
	status = ask(options, command->verb, "", "");
	if (status != DONE) {
		return status;
	}
	json_init(&json, client.line, client.line_len);
	members_read(&json, &version, sizeof version, version_members);
	printf("plugin: libsegw %s, ABI %s\n", version.version, version.abi);
	return DONE;
}
