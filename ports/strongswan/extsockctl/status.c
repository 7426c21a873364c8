/*
 * The reply to STATUS as a table: a line for each connection, trouble first, below it one for each of its SEGWs. Where there
 * are many connections only a line each, and how many are how well.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "status.h"
#include "connection.h"
#include "members.h"
#include "reply.h"
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* With more connections their SEGWs are left out. */
#define BRIEF_FROM 4

/* Two tables that take turns; their columns have nothing to do with each other. */
typedef struct {
	table_t connections, segws;
	uint64_t now;
	/* Connections, by how well they are. */
	unsigned counts[STANDINGS], total;
	/* Without SEGWs. */
	int brief;
} view_t;

/* How a state looks. */
static const struct {
	const char *state;
	style_t style;
} looks[] = {
	{"IDLE", DIM},      {"CONNECTING", WARN}, {"ACTIVE", GOOD},    {"MOVING", WARN},
	{"BACKOFF", BAD},   {"HOLD", BAD},        {"EXHAUSTED", BAD},  {"STOPPED", DIM},
	{NULL, PLAIN},
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

static void print_heads(view_t *view)
{
	if (view->brief) {
		table_row(&view->connections, BOLD, "CONNECTION|STATE|ACTIVE SEGW|SINCE|NEXT");
		return;
	}
	table_row(&view->connections, BOLD, "CONNECTION|STATE|ACTIVE SEGW|SINCE|FAILOVERS|NEXT");
	table_row(&view->segws, DIM, " SEGW|DIALLED|UP|FAILED|CONNECTED|CHANGED|CAUSES OF FAILURE");
}

/* Which child is missing, or how many are: with one line that is the news. */
static void missing_text(const connection_t *connection, char *text, size_t cap)
{
	if (connection->missing_count == 1) {
		snprintf(text, cap, "child %s is down", connection_missing(connection, 0)->name);
	} else {
		snprintf(text, cap, "%u children are down", connection->missing_count);
	}
}

static void print_connection(view_t *view, const connection_t *connection)
{
	table_t *table = &view->connections;
	size_t look = look_of(connection);
	char text[SEGW_ADDR_CAP + sizeof connection->next + SEGW_NAME_CAP * 4 + 40], *reason;

	table_cell(table, BOLD, connection->name);
	table_cell(table, looks[look].style, connection->state);
	connection_address(connection, connection->active, text);
	table_cell(table, PLAIN, text);
	age_since(text, connection->since_ms, view->now);
	table_cell(table, PLAIN, text);
	if (!view->brief) {
		table_number(table, connection->failovers);
	}
	if (view->brief && connection->active != NO_SEGW && connection->missing_count != 0) {
		missing_text(connection, text, sizeof text);
	} else {
		strcpy(text, connection->next);
		/* one line: why not sooner is told with -v */
		reason = view->brief ? strstr(text, " (") : NULL;
		if (reason != NULL) {
			*reason = '\0';
		}
	}
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
	if (*row->last_detail != '\0') {
		snprintf(text + len, cap - len, " (%s)", row->last_detail);
		len = strlen(text);
	}
	if (row->barred_until_ms != NO_TIME && row->barred_until_ms > view->now) {
		age_since(time, view->now, row->barred_until_ms);
		snprintf(text + len, cap - len, "%sbarred for %s", len != 0 ? ", " : "", time);
		len = strlen(text);
	}
	if (row->drained) {
		snprintf(text + len, cap - len, "%sdrained", len != 0 ? ", " : "");
		len = strlen(text);
	}
	if (row->rests_until_ms != NO_TIME && row->rests_until_ms > view->now) {
		age_since(time, view->now, row->rests_until_ms);
		snprintf(text + len, cap - len, "%sleft alone for %s: %s", len != 0 ? ", " : "", time, row->hint);
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

/* A child that is missing; while nothing is up that goes without saying. */
static void print_child(view_t *view, const child_row_t *row)
{
	char text[sizeof row->name + sizeof row->cause + TIME_CAP + 40], when[TIME_CAP];
	size_t len;

	snprintf(text, sizeof text, "child %s is down%s%s", row->name, *row->cause != '\0' ? ": " : "", row->cause);
	if (row->retry_at_ms != NO_TIME) {
		age_since(when, view->now, row->retry_at_ms);
		len = strlen(text);
		snprintf(text + len, sizeof text - len, ", asked for in %s", when);
	}
	table_rest(&view->segws, BAD, text);
}

/* What a reply has beside its connections. */
typedef struct {
	uint64_t now_ms, more_not_guarded;
} rest_t;

static const member_t rest_members[] = {
	{"now_ms", MEMBER(rest_t, A_NUMBER, now_ms)},
	{"more_not_guarded", MEMBER(rest_t, A_NUMBER, more_not_guarded)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_rest(rest_t *rest, const char *line, size_t len)
{
	json_t json;

	json_init(&json, line, len);
	members_read(&json, rest, sizeof *rest, rest_members);
}

/* A connection of charon's own configuration that is not guarded, or in part, and why. */
typedef struct {
	char name[SEGW_NAME_CAP * 4], reason[320];
} not_guarded_t;

static const member_t not_guarded_members[] = {
	{"connection", MEMBER(not_guarded_t, A_TEXT, name)},
	{"reason", MEMBER(not_guarded_t, A_TEXT, reason)},
	{NULL, A_PART, 0, 0, NULL},
};

static void print_not_guarded(view_t *view)
{
	not_guarded_t row;
	char text[sizeof row + 8];
	rest_t rest;
	json_t json;

	if (!enter_list(&json, client.line, client.line_len, "not_guarded")) {
		return;
	}
	while (json_item(&json)) {
		members_read(&json, &row, sizeof row, not_guarded_members);
		snprintf(text, sizeof text, "%s %s", row.name, row.reason);
		table_rest(&view->connections, BAD, text);
	}
	read_rest(&rest, client.line, client.line_len);
	if (rest.more_not_guarded != 0) {
		snprintf(text, sizeof text, "and %llu more that are not guarded, see charon's log",
				 (unsigned long long)rest.more_not_guarded);
		table_rest(&view->connections, BAD, text);
	}
}

/* How the SEGW that carried it last was lost. */
static void print_loss(view_t *view, const connection_t *connection)
{
	const loss_t *lost = &connection->lost;
	char text[SEGW_ADDR_CAP + sizeof *lost + 2 * TIME_CAP + 40], address[SEGW_ADDR_CAP], time[TIME_CAP], silent[TIME_CAP] = "";

	if (lost->time_ms == NO_TIME) {
		return;
	}
	connection_address(connection, lost->segw, address);
	age_since(time, lost->time_ms, view->now);
	if (lost->silent_ms != NO_TIME) {
		age_text(silent, lost->silent_ms);
	}
	snprintf(text, sizeof text, "lost %s %s ago%s%s%s%s%s%s%s", address, time, *lost->cause != '\0' ? ": " : "", lost->cause,
			 *lost->detail != '\0' ? " (" : "", lost->detail, *lost->detail != '\0' ? ")" : "",
			 *silent != '\0' ? ", nothing heard for " : "", silent);
	table_rest(&view->segws, PLAIN, text);
}

/* The SEGW that would be next, where it has a standby or is to have one. */
static void print_standby(view_t *view, const connection_t *connection)
{
	const standby_t *standby = &connection->standby;
	char text[SEGW_ADDR_CAP + sizeof *standby + 2 * TIME_CAP + 60], address[SEGW_ADDR_CAP], time[TIME_CAP], retry[TIME_CAP] = "";

	if (*standby->state == '\0' || strcmp(standby->state, "NONE") == 0) {
		return;
	}
	connection_address(connection, standby->segw, address);
	age_since(time, standby->since_ms, view->now);
	if (standby->retry_at_ms != NO_TIME && standby->retry_at_ms > view->now) {
		age_text(retry, standby->retry_at_ms - view->now);
	}
	snprintf(text, sizeof text, "standby %s %s for %s%s%s%s%s", address, standby->state, time, *standby->reason != '\0' ? ": " : "",
			 standby->reason, *retry != '\0' ? ", dialled in " : "", retry);
	table_rest(&view->segws, strcmp(standby->state, "REFUSED") == 0 ? WARN : PLAIN, text);
}

/* That nothing comes through the SEGW that carries it. */
static void print_silence(view_t *view, const connection_t *connection)
{
	char text[SEGW_ADDR_CAP + TIME_CAP + 80], address[SEGW_ADDR_CAP], time[TIME_CAP];

	if (connection->silent_data_since_ms == NO_TIME) {
		return;
	}
	connection_address(connection, connection->active, address);
	age_since(time, connection->silent_data_since_ms, view->now);
	snprintf(text, sizeof text, "no data come in through %s for %s, though it answers", address, time);
	table_rest(&view->segws, BAD, text);
}

/* What is wrong with the targets that are asked through it; nothing is with those of a tunnel that is not used. */
static void print_probe(view_t *view, const probe_t *probe)
{
	char text[sizeof *probe + 40], time[TIME_CAP];
	int silent = strcmp(probe->state, "SILENT") == 0;

	if (silent || (strcmp(probe->state, "UNASKED") == 0 && strcmp(probe->cause, "INACTIVITY") != 0)) {
		age_since(time, probe->since_ms, view->now);
		snprintf(text, sizeof text, "probe: no target %s%s", silent ? "answers, for " : "can be asked: ", silent ? time : probe->cause);
		table_rest(&view->segws, BAD, text);
	}
}

/* The traffic of a child, where it is known. */
static void print_traffic(view_t *view, const child_row_t *row)
{
	char text[sizeof row->name + 120], heard[TIME_CAP];

	if (row->bytes_in == NO_TIME) {
		return;
	}
	age_since(heard, row->heard_ms, view->now);
	snprintf(text, sizeof text, "child %s: %llu bytes in, %llu out%s%s%s", row->name, (unsigned long long)row->bytes_in,
			 (unsigned long long)row->bytes_out, *heard != '\0' ? ", heard " : "", heard, *heard != '\0' ? " ago" : "");
	table_rest(&view->segws, PLAIN, text);
}

static void print_segws(view_t *view, const connection_t *connection)
{
	char text[32];
	unsigned segw, child;

	for (segw = 0; segw < connection->segw_count; segw++) {
		print_segw(view, connection, segw);
	}
	if (connection->left_out != 0) {
		snprintf(text, sizeof text, "and %u more", connection->left_out);
		table_rest(&view->segws, PLAIN, text);
	}
	print_loss(view, connection);
	print_standby(view, connection);
	print_silence(view, connection);
	print_probe(view, &connection->probe);
	for (child = 0; child < connection->child_count; child++) {
		print_traffic(view, &connection->children[child]);
	}
	for (child = 0; connection->active != NO_SEGW && child < connection->missing_count; child++) {
		print_child(view, connection_missing(connection, child));
	}
}

static void count(view_t *view)
{
	static connection_t connection;
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "connections")) {
		while (connection_next(&connection, &json)) {
			view->counts[standing_of(&connection)]++;
			view->total++;
		}
	}
}

/* How many are how well, where they are many. */
static void print_summary(view_t *view)
{
	char text[160];

	counts_text(view->counts, text, sizeof text);
	table_rest(&view->connections, PLAIN, text);
}

/* Walks over the reply, and prints those that are so well. */
static void walk_standing(view_t *view, standing_t standing)
{
	static connection_t connection;
	json_t json;

	if (!enter_list(&json, client.line, client.line_len, "connections")) {
		return;
	}
	while (connection_next(&connection, &json)) {
		if (standing_of(&connection) != standing) {
			continue;
		}
		print_connection(view, &connection);
		if (!view->brief) {
			print_segws(view, &connection);
		}
	}
}

/* All of it once. */
static void walk(view_t *view)
{
	int standing;

	if (view->brief) {
		print_summary(view);
	}
	if (view->total != 0) {
		print_heads(view);
	}
	for (standing = 0; standing < STANDINGS; standing++) {
		if (view->counts[standing] != 0) {
			walk_standing(view, (standing_t)standing);
		}
	}
	print_policy_errors(&view->connections, client.line, client.line_len);
	print_not_guarded(view);
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

void counts_text(const unsigned counts[STANDINGS], char *text, size_t cap)
{
	static const char *const words[STANDINGS] = {"down", "without a child", "on another SEGW than the first", "at rest",
												 "on the first SEGW"};
	unsigned total = 0;
	size_t len;
	int i;

	for (i = 0; i < STANDINGS; i++) {
		total += counts[i];
	}
	snprintf(text, cap, "%u connection%s:", total, total == 1 ? "" : "s");
	for (i = 0; i < STANDINGS; i++) {
		if (counts[i] != 0) {
			len = strlen(text);
			snprintf(text + len, cap - len, "%s %u %s", text[len - 1] == ':' ? "" : ",", counts[i], words[i]);
		}
	}
}

void status_print(int verbose)
{
	static view_t view;
	unsigned height, left;

	memset(&view, 0, sizeof view);
	view.now = reply_clock(client.line, client.line_len);
	view.segws.indent = 2;
	count(&view);
	view.brief = view.total >= BRIEF_FROM && !verbose;
	walk(&view);
	if (view.total == 0) {
		/* on OpenWrt `service extsock stop` takes adopt = yes away */
		printf("no connections are guarded: swanctl.conf's need adopt = yes (OpenWrt: service extsock start), others a client's apply since the start\n");
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
	rest_t rest;

	read_rest(&rest, line, len);
	return rest.now_ms;
}

const char *state_name(unsigned place)
{
	return looks[place].state;
}

uint64_t not_guarded_count(void)
{
	uint64_t count = 0;
	rest_t rest;
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "not_guarded")) {
		for (; json_item(&json); count++) {
			json_skip(&json);
		}
	}
	read_rest(&rest, client.line, client.line_len);
	return count + rest.more_not_guarded;
}
