/*
 * Whether what was asked for is so already, and waiting until it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WAIT_H
#define WAIT_H

#include "client.h"
#include "connection.h"

typedef enum {
	/* No such thing to wait for. */
	WANT_NOTHING,
	/* initiate, switch. */
	WANT_UP,
	/* terminate. */
	WANT_STOPPED,
	/* apply: up, or not to be dialled. */
	WANT_APPLIED,
	/* dpd: something is heard of the SEGW that it is on. */
	WANT_ANSWER
} want_t;

typedef struct {
	want_t want;
	const char *name;
	/* The SEGW it is to be on, or NO_SEGW for any. */
	uint64_t segw;
	/* What is heard later counts, by the plugin's clock. */
	uint64_t since_ms;
} wish_t;

/* Whether a request has something to do. */
typedef enum {
	IS_TO_DO,
	IS_UNDER_WAY,
	IS_SO
} already_t;

/*
 * Reads what is wished of a connection out of a request, before it is made, and a reply to STATUS; `target` is the second word
 * of the request, or "". Says so if there is nothing to do. The wish refers to the connection's name.
 */
already_t wish_init(wish_t *wish, const connection_t *connection, const char *verb, const char *target, const options_t *options);

/* Waits until `until`, a moment of now_ms(), for one; says what is happening and how it ended. An exit code. */
int wish_wait(const wish_t *wish, const options_t *options, uint64_t until);

#endif
