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

static void show(const options_t *options)
{
	if (options->json) {
		client_print();
		return;
	}
	screen_home();
	status_print(options->verbose);
	screen_shown();
}

/* Until it is time for the next picture; NO_LINE if a signal asked to end. */
static int wait_for_news(void)
{
	int status = client_bunch(REDRAW_MS);

	return status == NO_LINE && !screen_caught() ? DONE : status;
}

/* Instead of a picture. */
static void show_nothing(const options_t *options, const char *why)
{
	if (!options->json) {
		screen_home();
		printf("%s\n", why);
		screen_shown();
	}
	flushed();
}

/* One picture; `back`: charon has started again, and what was there may be applied only later. */
static int look(const options_t *options, const char *name, int back)
{
	int status = back ? client_request("STATUS", name, "") : ask_again("STATUS", name, "");
	reply_t reply;

	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	if (reply.ok) {
		show(options);
	} else {
		show_nothing(options, reply.error);
	}
	return DONE;
}

/* Pictures until something ends them. */
static int follow(const options_t *options, const char *name)
{
	int status = look(options, name, 0), back = 0;

	client.returning = 1;
	while (status == DONE && flushed()) {
		status = wait_for_news();
		if (status == DONE) {
			screen_pause();
			status = look(options, name, back);
		}
		while (status == NO_CONNECTION && client.fd < 0) {
			show_nothing(options, "charon has ended; waiting until it is back");
			status = client_await(options);
			back = 1;
			if (status == DONE) {
				status = look(options, name, back);
			}
		}
	}
	return status;
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
	status = follow(options, name);
	screen_end();
	screen_die();
	return status;
}

int run_status(const command_t *command, const options_t *options)
{
	const char *name = options->word_count > 0 ? options->words[0] : "";
	int status;

	if (options->check && !options->quiet) {
		complain_as_check();
	}
	status = check_words(options);
	if (status == DONE && options->watch) {
		return watch(options, name);
	}
	if (status == DONE) {
		status = ask(options, command->verb, name, "");
	}
	if (options->check) {
		return status == DONE ? check_print(options) : CHECK_UNKNOWN;
	}
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		status_print(options->verbose);
	}
	return status;
}
