/*
 * Whether what was asked for is so already, and waiting until it is: STATUS is asked again at each event, and each second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wait.h"
#include "screen.h"
#include "status.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOOK_MS 1000
/* An answer makes no event. */
#define LISTEN_MS 100

static int is_in(const connection_t *connection, const char *state)
{
	return strcmp(connection->state, state) == 0;
}

/* An address as the plugin writes it: IPv6 shortened. */
static void shorten(const char *text, char shortened[SEGW_ADDR_CAP])
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1 || inet_ntop(AF_INET6, &address, shortened, SEGW_ADDR_CAP) == NULL) {
		snprintf(shortened, SEGW_ADDR_CAP, "%s", text);
	}
}

/* Where a SWITCH goes, as the plugin reads it. */
static uint64_t segw_of(const connection_t *connection, const char *target)
{
	uint64_t here = connection->dialled != NO_SEGW ? connection->dialled : connection->active;
	char address[SEGW_ADDR_CAP];
	unsigned i;

	if (strcmp(target, "primary") == 0) {
		return 0;
	}
	if (strcmp(target, "secondary") == 0) {
		return 1;
	}
	if (strcmp(target, "next") == 0) {
		return here == NO_SEGW || connection->segw_count == 0 ? NO_SEGW : ((unsigned)here + 1) % connection->segw_count;
	}
	if (target[strspn(target, "0123456789")] == '\0') {
		return strtoul(target, NULL, 10);
	}
	shorten(target, address);
	for (i = 0; i < connection->segw_count; i++) {
		if (strcasecmp(connection->segws[i].address, address) == 0) {
			return i;
		}
	}
	return NO_SEGW;
}

static already_t say_already(const options_t *options, const char *name, const char *what, already_t already)
{
	if (!options->quiet) {
		printf("%s: %s\n", name, what);
	}
	return already;
}

already_t wish_init(wish_t *wish, const connection_t *connection, const char *verb, const char *target, const options_t *options)
{
	char text[SEGW_ADDR_CAP + 60], address[SEGW_ADDR_CAP];

	memset(wish, 0, sizeof *wish);
	wish->name = connection->name;
	wish->segw = NO_SEGW;
	connection_address(connection, connection->active, address);
	if (strcmp(verb, "START_DPD") == 0) {
		/* asked now: what was heard before does not count */
		wish->want = WANT_ANSWER;
		wish->segw = connection->active;
		wish->since_ms = reply_clock(client.line, client.line_len);
		if (connection->heard_ms == NO_TIME && options->wait_s != 0) {
			complain("%s: the plugin does not watch what it hears of this connection (liveness_interval_ms); only a failover can be seen",
					 connection->name);
		}
	} else if (strcmp(verb, "TERMINATE") == 0) {
		wish->want = WANT_STOPPED;
		if (is_in(connection, "STOPPED") && connection->ike_sa_count == 0) {
			return say_already(options, connection->name, "is stopped already, nothing to do", IS_SO);
		}
	} else if (strcmp(verb, "INITIATE") == 0) {
		wish->want = WANT_UP;
		if (connection->active != NO_SEGW) {
			snprintf(text, sizeof text, "is up already on %s, nothing to do", address);
			return say_already(options, connection->name, text, IS_SO);
		}
		if (is_in(connection, "CONNECTING")) {
			return say_already(options, connection->name, "is being dialled already, nothing to do", IS_UNDER_WAY);
		}
		if (is_in(connection, "HOLD")) {
			return say_already(options, connection->name,
							   "waits for a route and a local address, then it is dialled by itself; nothing to do", IS_UNDER_WAY);
		}
	} else if (strcmp(verb, "SWITCH") == 0) {
		wish->want = WANT_UP;
		wish->segw = segw_of(connection, target);
		if (is_in(connection, "ACTIVE") && connection->active == wish->segw) {
			snprintf(text, sizeof text, "is on %s already, nothing to do", address);
			return say_already(options, connection->name, text, IS_SO);
		}
	}
	return IS_TO_DO;
}

typedef enum {
	NOT_YET,
	REACHED,
	MISSED
} outcome_t;

static outcome_t outcome_of(const wish_t *wish, const connection_t *connection)
{
	int is_up = connection->active != NO_SEGW;

	switch (wish->want) {
	case WANT_STOPPED:
		if (!is_in(connection, "STOPPED")) {
			return MISSED;
		}
		return connection->ike_sa_count == 0 ? REACHED : NOT_YET;
	case WANT_ANSWER:
		if (!is_up || connection->active != wish->segw) {
			return MISSED;
		}
		return connection->heard_ms != NO_TIME && connection->heard_ms > wish->since_ms ? REACHED : NOT_YET;
	case WANT_APPLIED:
		if (is_up || is_in(connection, "IDLE") || is_in(connection, "STOPPED")) {
			return REACHED;
		}
		return is_in(connection, "EXHAUSTED") ? MISSED : NOT_YET;
	case WANT_UP:
		if (is_up && (wish->segw == NO_SEGW || (wish->segw == connection->active && !is_in(connection, "MOVING")))) {
			return REACHED;
		}
		if (is_in(connection, "ACTIVE") || is_in(connection, "EXHAUSTED") || is_in(connection, "STOPPED")) {
			return MISSED;
		}
		return NOT_YET;
	default:
		return REACHED;
	}
}

/* Why the SEGW that is wished for failed last, or any. */
static const char *cause_of(const wish_t *wish, const connection_t *connection)
{
	unsigned i;

	if (wish->segw < connection->segw_count) {
		return connection->segws[wish->segw].last_cause;
	}
	for (i = 0; i < connection->segw_count; i++) {
		if (*connection->segws[i].last_cause != '\0') {
			return connection->segws[i].last_cause;
		}
	}
	return "";
}

/* Where it stands: `ACTIVE on 10.9.0.1, tries to go back in 42s`. */
static void standing_text(const connection_t *connection, char *text, size_t cap)
{
	char address[SEGW_ADDR_CAP];

	connection_address(connection, connection->active, address);
	snprintf(text, cap, "%s%s%s%s%s", connection->state, *address != '\0' ? " on " : "", address,
			 *connection->next != '\0' ? ", " : "", connection->next);
}

static void say_reached(const wish_t *wish, const connection_t *connection)
{
	char address[SEGW_ADDR_CAP];

	connection_address(connection, connection->active, address);
	if (wish->want == WANT_ANSWER) {
		printf("%s: %s was heard\n", wish->name, address);
	} else if (connection->active != NO_SEGW) {
		printf("%s: up on %s\n", wish->name, address);
	} else if (wish->want == WANT_STOPPED) {
		printf("%s: is down, no IKE_SA is left\n", wish->name);
	} else {
		printf("%s: %s, not dialled by this\n", wish->name, connection->state);
	}
}

static int ended(const wish_t *wish, const connection_t *connection, outcome_t outcome, const options_t *options)
{
	char text[SEGW_ADDR_CAP + sizeof connection->next + 40];
	const char *cause = cause_of(wish, connection);

	if (outcome == REACHED) {
		if (!options->quiet) {
			say_reached(wish, connection);
		}
		return DONE;
	}
	standing_text(connection, text, sizeof text);
	complain("%s: %s; it is %s%s%s", wish->name, outcome == MISSED ? "did not come about" : "not in time", text,
			 *cause != '\0' && wish->want != WANT_STOPPED ? "; the last failure: " : "",
			 wish->want != WANT_STOPPED ? cause : "");
	return outcome == MISSED ? FAILED : TIMED_OUT;
}

/* What is happening, once for each change. */
static void say_progress(const connection_t *connection, char state[24], uint64_t *dialled)
{
	char text[SEGW_ADDR_CAP + sizeof connection->next + 40];

	if (strcmp(state, connection->state) != 0 || *dialled != connection->dialled) {
		strcpy(state, connection->state);
		*dialled = connection->dialled;
		standing_text(connection, text, sizeof text);
		printf("%s: %s\n", connection->name, text);
		flushed();
	}
}

int wish_wait(const wish_t *wish, const options_t *options, uint64_t until)
{
	static connection_t connection;
	uint64_t dialled = NO_SEGW, now, pause;
	char state[24] = "";
	outcome_t outcome;
	int status;

	for (;;) {
		status = ask_again("STATUS", wish->name, "");
		if (status != DONE) {
			return status == REFUSED ? FAILED : status;
		}
		connection_find(&connection, client.line, client.line_len, wish->name);
		outcome = outcome_of(wish, &connection);
		now = now_ms();
		if (outcome != NOT_YET || now >= until) {
			return ended(wish, &connection, outcome, options);
		}
		if (!options->quiet) {
			say_progress(&connection, state, &dialled);
		}
		pause = wish->want == WANT_ANSWER ? LISTEN_MS : LOOK_MS;
		status = client_bunch((int64_t)(until - now < pause ? until - now : pause));
		if (status != DONE && status != NO_LINE) {
			return status;
		}
	}
}
