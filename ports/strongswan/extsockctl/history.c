/*
 * The reply to HISTORY as a table. It names SEGWs by their place; the addresses are in the reply to STATUS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection.h"
#include "members.h"
#include "reply.h"
#include "status.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
	uint64_t time_ms, from, to;
	char kind[24], cause[40], detail[40], choice[16];
	/* How often it was, if more than once. */
	uint64_t count;
} record_t;

typedef struct {
	table_t table;
	/* The plugin's clock and ours. */
	uint64_t now, here;
	/* How old a record may be, in milliseconds, and how many are wanted; 0: all. */
	uint64_t oldest;
	unsigned lines;
	/* The reply to STATUS, and of it the connection that the records are of. */
	const char *status;
	size_t status_len;
	connection_t connection;
} past_t;

static const struct {
	const char *kind;
	style_t style;
} looks[] = {
	{"UP", GOOD},        {"FAILOVER", BAD}, {"BACKOFF", BAD}, {"EXHAUSTED", BAD}, {"HOLD", BAD},
	{"MOVE_FAILED", BAD}, {"FAILBACK", GOOD}, {"SWITCH", WARN}, {"STOP", WARN}, {"REDIRECT", WARN}, {"REDIRECT_REFUSED", WARN},
	{"STANDBY", GOOD}, {"STANDBY_FAILED", WARN}, {"STANDBY_REFUSED", WARN},
};

static style_t look_of(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		if (strcmp(kind, looks[i].kind) == 0) {
			return looks[i].style;
		}
	}
	return PLAIN;
}

static const member_t record_members[] = {
	{"time_ms", MEMBER(record_t, A_MOMENT, time_ms)},
	{"from", MEMBER(record_t, A_MOMENT, from)},
	{"to", MEMBER(record_t, A_MOMENT, to)},
	{"kind", MEMBER(record_t, A_TEXT, kind)},
	{"cause", MEMBER(record_t, A_TEXT, cause)},
	{"detail", MEMBER(record_t, A_TEXT, detail)},
	{"choice", MEMBER(record_t, A_TEXT, choice)},
	{"count", MEMBER(record_t, A_NUMBER, count)},
	{NULL, A_PART, 0, 0, NULL},
};

static uint64_t age_of(const past_t *past, const record_t *record)
{
	return record->time_ms < past->now ? past->now - record->time_ms : 0;
}

static void print_record(past_t *past, const record_t *record)
{
	table_t *table = &past->table;
	uint64_t age = age_of(past, record);
	char text[SEGW_ADDR_CAP + 40];
	size_t len;

	age_text(text, age);
	table_cell(table, PLAIN, text);
	date_text(text, (int64_t)past->here - (int64_t)(age & INT64_MAX / 2));
	table_cell(table, PLAIN, text);
	table_cell(table, look_of(record->kind), record->kind);
	connection_address(&past->connection, record->from, text);
	table_cell(table, PLAIN, text);
	connection_address(&past->connection, record->to, text);
	table_cell(table, PLAIN, text);
	snprintf(text, sizeof text, "%s%s%s%s", record->cause, *record->detail != '\0' ? " (" : "", record->detail,
			 *record->detail != '\0' ? ")" : "");
	len = strlen(text);
	if (strcmp(record->kind, "BACKOFF") == 0 && record->count != 0) {
		snprintf(text + len, sizeof text - len, "%sround %llu", len != 0 ? ", " : "", (unsigned long long)record->count);
	} else if (record->count > 1) {
		snprintf(text + len, sizeof text - len, "%s%llu times", len != 0 ? ", " : "", (unsigned long long)record->count);
	}
	if (*record->choice != '\0') {
		len = strlen(text);
		snprintf(text + len, sizeof text - len, "%schosen by %s", len != 0 ? ", " : "", record->choice);
	}
	table_rest(table, PLAIN, text);
}

static void print_heads(table_t *table)
{
	table_row(table, DIM, "AGE|TIME|WHAT|FROM|TO|CAUSE");
}

/* Records that are young enough. */
static unsigned count_records(const past_t *past, json_t json)
{
	record_t record;
	unsigned count = 0;

	if (json_enter(&json, '[')) {
		while (json_item(&json)) {
			members_read(&json, &record, sizeof record, record_members);
			count += age_of(past, &record) <= past->oldest;
		}
	}
	return count;
}

static void print_records(past_t *past, json_t *json)
{
	unsigned count = count_records(past, *json), skipped = past->lines != 0 && count > past->lines ? count - past->lines : 0;
	record_t record;

	print_heads(&past->table);
	if (json_enter(json, '[')) {
		while (json_item(json)) {
			members_read(json, &record, sizeof record, record_members);
			if (age_of(past, &record) > past->oldest) {
				continue;
			}
			if (skipped != 0) {
				skipped--;
			} else {
				print_record(past, &record);
			}
		}
	}
}

static void print_title(const char *name, uint64_t overwritten)
{
	printf("%s%s%s", style_on(BOLD), name, style_off(BOLD));
	if (overwritten != 0) {
		printf(", %llu older ones are forgotten", (unsigned long long)overwritten);
	}
	putchar('\n');
}

/* One connection. Its name and `overwritten` come before its records, as all of libsegw's versions write them. */
static void walk_one(past_t *past, json_t *json)
{
	char key[32], name[SEGW_NAME_CAP * 4] = "";
	uint64_t overwritten = 0;

	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "connection") == 0) {
			json_text(json, name, sizeof name);
			connection_find(&past->connection, past->status, past->status_len, name);
		} else if (strcmp(key, "overwritten") == 0) {
			overwritten = json_number(json, 0);
		} else if (strcmp(key, "records") == 0) {
			if (past->table.printing) {
				print_title(name, overwritten);
			}
			print_records(past, json);
		} else {
			json_skip(json);
		}
	}
}

static unsigned walk(past_t *past)
{
	unsigned count = 0;
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "connections")) {
		for (; json_item(&json); count++) {
			walk_one(past, &json);
		}
	}
	return count;
}

void history_print(const char *status, size_t len, unsigned lines, uint64_t oldest)
{
	static past_t past;

	memset(&past, 0, sizeof past);
	past.lines = lines;
	past.oldest = oldest;
	past.now = reply_clock(client.line, client.line_len);
	past.here = now_ms();
	past.status = status;
	past.status_len = len;
	past.table.indent = 2;
	if (walk(&past) == 0) {
		printf("no connections\n");
		return;
	}
	table_print(&past.table);
	walk(&past);
}

/* Keeps the reply to STATUS aside: the next reply takes its place. */
static int keep(char **status, size_t *len)
{
	*status = malloc(client.line_len + 1);
	if (*status == NULL) {
		complain("no memory");
		return BROKEN;
	}
	memcpy(*status, client.line, client.line_len);
	*len = client.line_len;
	return DONE;
}

/* 90s, 5m, 2h, 3d: how long that is in milliseconds, NO_TIME if it is none of these. */
static uint64_t read_age(const char *text)
{
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	size_t digits = strspn(text, "0123456789"), i;

	for (i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (digits != 0 && digits < 8 && text[digits] == units[i].unit && text[digits + 1] == '\0') {
			return strtoul(text, NULL, 10) * units[i].ms;
		}
	}
	return NO_TIME;
}

/* 2026-11-27 18:00:00, its seconds or time of day left out, or 18:00 of today; -1 if it is none of these. */
static int64_t read_date(const char *text)
{
	time_t now = (time_t)divided((uint64_t)date_ms((int64_t)now_ms()), 1000, NULL);
	struct tm tm;
	int end = 0;

	if (*text == '\0' || localtime_r(&now, &tm) == NULL) {
		return -1;
	}
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) == 3) {
		tm.tm_year -= 1900;
		tm.tm_mon--;
		text += end;
		text += *text == ' ' || *text == 'T';
	}
	if (*text != '\0') {
		end = 0;
		if (sscanf(text, "%2d:%2d%n:%2d%n", &tm.tm_hour, &tm.tm_min, &end, &tm.tm_sec, &end) < 2 || text[end] != '\0') {
			return -1;
		}
	}
	if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59) {
		return -1;
	}
	return (int64_t)mktime(&tm) * 1000;
}

/* How old a record may be, as --since says. */
static int read_since(const options_t *options, uint64_t *oldest)
{
	int64_t at, now = date_ms((int64_t)now_ms());

	*oldest = options->since == NULL ? NO_TIME : read_age(options->since);
	if (options->since == NULL || *oldest != NO_TIME) {
		return DONE;
	}
	at = read_date(options->since);
	if (at < 0) {
		complain("--since takes an age such as 90s, 5m, 2h or 3d, or a local time such as \"2026-11-27 18:00\" or 18:00, not %s",
				 options->since);
		return USAGE;
	}
	*oldest = at < now ? (uint64_t)(now - at) : 0;
	return DONE;
}

int run_history(const command_t *command, const options_t *options)
{
	char *before = NULL;
	size_t len = 0;
	const char *name = options->word_count > 0 ? options->words[0] : "";
	int status = check_words(options);
	uint64_t oldest = NO_TIME;

	if (status == DONE) {
		status = read_since(options, &oldest);
	}
	if (status == DONE && options->json && (options->lines != 0 || options->since != NULL)) {
		complain("--json is all that the plugin sent: it takes neither --lines nor --since");
		status = USAGE;
	}
	if (status == DONE) {
		status = ask(options, "STATUS", name, "");
	}
	if (status == DONE) {
		status = keep(&before, &len);
	}
	if (status == DONE) {
		status = ask_again(command->verb, name, "");
	}
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		history_print(before, len, options->lines, oldest);
	}
	free(before);
	return status;
}
