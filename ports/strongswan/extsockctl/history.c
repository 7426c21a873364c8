/*
 * The reply to HISTORY as a table. It names SEGWs by their place; the addresses are in the reply to STATUS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection.h"
#include "reply.h"
#include "status.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	uint64_t time_ms, from, to;
	char kind[24], cause[40];
} record_t;

typedef struct {
	table_t table;
	/* The plugin's clock and ours. */
	uint64_t now, here;
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

/* Finds a connection in the reply to STATUS; one that is not there has no SEGWs. */
static void find(past_t *past, const char *name)
{
	json_t json;

	if (enter_list(&json, past->status, past->status_len, "connections")) {
		while (json_item(&json)) {
			connection_read(&past->connection, &json);
			if (strcmp(past->connection.name, name) == 0) {
				return;
			}
		}
	}
	memset(&past->connection, 0, sizeof past->connection);
}

static void read_record(json_t *json, record_t *record)
{
	char key[32];

	memset(record, 0, sizeof *record);
	record->time_ms = record->from = record->to = NO_SEGW;
	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "time_ms") == 0) {
			record->time_ms = json_number(json, NO_TIME);
		} else if (strcmp(key, "from") == 0) {
			record->from = json_number(json, NO_SEGW);
		} else if (strcmp(key, "to") == 0) {
			record->to = json_number(json, NO_SEGW);
		} else if (strcmp(key, "kind") == 0) {
			json_text(json, record->kind, sizeof record->kind);
		} else if (strcmp(key, "cause") == 0) {
			json_text(json, record->cause, sizeof record->cause);
		} else {
			json_skip(json);
		}
	}
}

static void print_record(past_t *past, const record_t *record)
{
	table_t *table = &past->table;
	uint64_t age = record->time_ms < past->now ? past->now - record->time_ms : 0;
	char text[SEGW_ADDR_CAP];

	age_text(text, age);
	table_cell(table, PLAIN, text);
	date_text(text, (int64_t)past->here - (int64_t)(age & INT64_MAX / 2));
	table_cell(table, PLAIN, text);
	table_cell(table, look_of(record->kind), record->kind);
	connection_address(&past->connection, record->from, text);
	table_cell(table, PLAIN, text);
	connection_address(&past->connection, record->to, text);
	table_cell(table, PLAIN, text);
	table_rest(table, PLAIN, record->cause);
}

static void print_heads(table_t *table)
{
	table_cell(table, DIM, "AGE");
	table_cell(table, DIM, "TIME");
	table_cell(table, DIM, "WHAT");
	table_cell(table, DIM, "FROM");
	table_cell(table, DIM, "TO");
	table_rest(table, DIM, "CAUSE");
}

static void print_records(past_t *past, json_t *json)
{
	record_t record;

	print_heads(&past->table);
	if (json_enter(json, '[')) {
		while (json_item(json)) {
			read_record(json, &record);
			print_record(past, &record);
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
			find(past, name);
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

void history_print(const char *status, size_t len)
{
	static past_t past;

	memset(&past, 0, sizeof past);
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

int run_history(const command_t *command, const options_t *options)
{
	char *before = NULL;
	size_t len = 0;
	const char *name = options->word_count > 0 ? options->words[0] : "";
	int status = check_words(options);

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
		history_print(before, len);
	}
	free(before);
	return status;
}
