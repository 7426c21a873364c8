/*
 * The reply to STATUS as a table: a line for each connection, below it one for each of its SEGWs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "status.h"
#include "connection.h"
#include "reply.h"
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Two tables that take turns; their columns have nothing to do with each other. */
typedef struct {
	table_t connections, segws;
	uint64_t now;
} view_t;

/* How a state looks, and what is due in it: with a time, without one. */
static const struct {
	const char *state;
	style_t style;
	const char *due, *nothing_due;
} looks[] = {
	{"IDLE", DIM, NULL, "waits to be dialled"},
	{"CONNECTING", WARN, "gives %s up in %s", "dials %s"},
	{"ACTIVE", GOOD, "%stries to go back in %s", ""},
	{"MOVING", WARN, "tries %s, gives it up in %s", "tries %s"},
	{"BACKOFF", BAD, "%snext round in %s", ""},
	{"HOLD", BAD, "waits for route and local address, %slooks again in %s", "waits for route and local address"},
	{"EXHAUSTED", BAD, "%stries again in %s", "waits to be dialled"},
	{"STOPPED", DIM, NULL, "waits to be dialled"},
	{NULL, PLAIN, "%sin %s", ""},
};

static size_t look_of(const connection_t *connection)
{
	size_t i = 0;

	while (looks[i].state != NULL && strcmp(looks[i].state, connection->state) != 0) {
		i++;
	}
	return i;
}

static void age_since(char text[TIME_CAP], uint64_t then, uint64_t now)
{
	text[0] = '\0';
	if (then != NO_TIME) {
		age_text(text, now > then ? now - then : 0);
	}
}

/* What happens next by itself. */
static void next_text(const view_t *view, const connection_t *connection, size_t look, char *text, size_t cap)
{
	char who[SEGW_ADDR_CAP] = "", when[TIME_CAP];
	const char *format = looks[look].due;

	if (strcmp(connection->state, "CONNECTING") == 0 || strcmp(connection->state, "MOVING") == 0) {
		connection_address(connection, connection->dialled, who);
		if (*who == '\0') {
			strcpy(who, "the SEGW");
		}
	}
	if (connection->retry_at_ms == NO_TIME || format == NULL) {
		snprintf(text, cap, looks[look].nothing_due, who);
		return;
	}
	age_since(when, view->now, connection->retry_at_ms);
	snprintf(text, cap, format, who, when);
}

static void print_heads(view_t *view)
{
	table_cell(&view->connections, BOLD, "CONNECTION");
	table_cell(&view->connections, BOLD, "STATE");
	table_cell(&view->connections, BOLD, "ACTIVE SEGW");
	table_cell(&view->connections, BOLD, "SINCE");
	table_cell(&view->connections, BOLD, "FAILOVERS");
	table_rest(&view->connections, BOLD, "NEXT");
	table_cell(&view->segws, DIM, " SEGW");
	table_cell(&view->segws, DIM, "DIALLED");
	table_cell(&view->segws, DIM, "UP");
	table_cell(&view->segws, DIM, "FAILED");
	table_cell(&view->segws, DIM, "CONNECTED");
	table_cell(&view->segws, DIM, "CHANGED");
	table_rest(&view->segws, DIM, "CAUSES OF FAILURE");
}

static void print_connection(view_t *view, const connection_t *connection)
{
	table_t *table = &view->connections;
	size_t look = look_of(connection);
	char text[SEGW_ADDR_CAP + TIME_CAP + 40];

	table_cell(table, BOLD, connection->name);
	table_cell(table, looks[look].style, connection->state);
	connection_address(connection, connection->active, text);
	table_cell(table, PLAIN, text);
	age_since(text, connection->since_ms, view->now);
	table_cell(table, PLAIN, text);
	table_number(table, connection->failovers);
	next_text(view, connection, look, text, sizeof text);
	table_rest(table, PLAIN, text);
}

/* Causes of failure, and what follows from them. */
static void causes_text(const view_t *view, const segw_row_t *row, char *text, size_t cap)
{
	char time[TIME_CAP];
	size_t len;

	snprintf(text, cap, "%s", row->causes);
	len = strlen(text);
	if (row->cause_kinds > 1 && *row->last_cause != '\0') {
		snprintf(text + len, cap - len, ", the last %s", row->last_cause);
		len = strlen(text);
	}
	if (row->barred_until_ms != NO_TIME && row->barred_until_ms > view->now) {
		age_since(time, view->now, row->barred_until_ms);
		snprintf(text + len, cap - len, "%sbarred for %s", len != 0 ? ", " : "", time);
	}
}

static void print_segw(view_t *view, const connection_t *connection, unsigned segw)
{
	const segw_row_t *row = &connection->segws[segw];
	table_t *table = &view->segws;
	char text[CAUSES_CAP + 120];
	int is_active = segw == connection->active, is_dialled = !is_active && segw == connection->dialled;

	snprintf(text, sizeof text, "%s%s", is_active ? "*" : is_dialled ? ">" : " ", row->address);
	table_cell(table, is_active ? GOOD : is_dialled ? WARN : PLAIN, text);
	table_number(table, row->attempts);
	table_number(table, row->successes);
	table_number(table, row->failures);
	age_text(text, row->connected_ms);
	table_cell(table, PLAIN, row->connected_ms != 0 ? text : "");
	age_since(text, row->changed_ms, view->now);
	if (*text != '\0') {
		strcat(text, " ago");
	}
	table_cell(table, PLAIN, text);
	causes_text(view, row, text, sizeof text);
	table_rest(table, row->failures != 0 ? WARN : PLAIN, text);
}

/* Walks over the reply once. */
static unsigned walk(view_t *view)
{
	static connection_t connection;
	char text[32];
	unsigned count = 0, segw;
	json_t json;

	if (!enter_list(&json, client.line, client.line_len, "connections")) {
		return 0;
	}
	while (json_item(&json)) {
		connection_read(&connection, &json);
		if (count++ == 0) {
			print_heads(view);
		}
		print_connection(view, &connection);
		for (segw = 0; segw < connection.segw_count; segw++) {
			print_segw(view, &connection, segw);
		}
		if (connection.left_out != 0) {
			snprintf(text, sizeof text, "and %u more", connection.left_out);
			table_rest(&view->segws, PLAIN, text);
		}
	}
	return count;
}

static void print(view_t *view, unsigned limit)
{
	paper.lines = 0;
	paper.tallest = 1;
	paper.limit = limit;
	walk(view);
}

/* How many lines to print on a terminal of that height, which must not scroll; its last one is for what is left out. */
static unsigned fitting(view_t *view, unsigned height)
{
	print(view, 0);
	if (paper.lines < height) {
		return UINT_MAX;
	}
	/* one that is begun is printed whole */
	return height > paper.tallest ? height - paper.tallest : 0;
}

void status_print(void)
{
	static view_t view;
	unsigned height, left;

	memset(&view, 0, sizeof view);
	view.now = reply_clock(client.line, client.line_len);
	view.segws.indent = 2;
	if (walk(&view) == 0) {
		printf("no connections; a client has to apply them again after charon restarted\n");
		return;
	}
	table_print(&view.connections);
	table_print(&view.segws);
	height = screen_height();
	print(&view, height != 0 ? fitting(&view, height) : UINT_MAX);
	if (paper.lines > paper.limit) {
		left = paper.lines - paper.limit;
		/* no line end: in the terminal's last line it would push the first one out */
		printf("and %u more line%s; name a connection", left, left == 1 ? "" : "s");
	}
}

uint64_t reply_clock(const char *line, size_t len)
{
	char key[32];
	uint64_t now = 0;
	json_t json;

	json_init(&json, line, len);
	if (json_enter(&json, '{')) {
		while (json_key(&json, key, sizeof key)) {
			if (strcmp(key, "now_ms") == 0) {
				now = json_number(&json, 0);
			} else {
				json_skip(&json);
			}
		}
	}
	return now;
}
