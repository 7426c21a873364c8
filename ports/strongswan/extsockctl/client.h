/*
 * The connection to the plugin: requests out, lines in. Events that come while a reply is waited for are passed over.
 * Every function prints what went wrong and returns an exit code, DONE if nothing did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "extsockctl.h"

#include <stddef.h>

#include <segw.h>

#define DEFAULT_SOCKET "/run/charon.extsock"

typedef struct {
	const options_t *options;
	const char *path;
	int fd;
	/* Set by who prints until somebody ends it, and by who connects again when charon has gone: it tells so itself. */
	int following, returning;
	/* The line that client_line() found, without its newline, valid until the next call. */
	const char *line;
	size_t line_len;
	/* Bytes of `buffer` received, those of them that are used up, those searched for a newline. */
	size_t received, used, searched;
	char buffer[SEGW_REPLY_CAP];
} client_t;

/* The one connection of this process. */
extern client_t client;

int client_connect(const options_t *options);

/* Connects as soon as the plugin is there, however long that takes; NO_LINE when a signal was caught. */
int client_await(const options_t *options);

/* The next line, whatever it is; NO_LINE after `wait_ms` (-1: for ever), or at once when a signal was caught. */
#define NO_LINE (-1)
int client_line(int64_t wait_ms);

/* Lets events come and go until there is none for a while: they come in bunches, and one look does for all of them. */
int client_bunch(int64_t wait_ms);

int client_send(const char *bytes, size_t len);

/* Waits for a reply, which is then client.line; NO_LINE when a signal was caught. */
int client_reply(void);

/* Sends `verb` and up to two words, and waits for the reply. */
int client_request(const char *verb, const char *first, const char *second);

/* Prints client.line as it came. */
void client_print(void);

/* Connects and sends a request of these words; prints why it failed or was refused. The reply is client.line. */
int ask(const options_t *options, const char *verb, const char *first, const char *second);

/* The same on a connection that there is already. */
int ask_again(const char *verb, const char *first, const char *second);

#endif
