/*
 * A connection as STATUS tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection.h"

#include <stdio.h>
#include <string.h>

#define KEY_CAP 40

/* Numbers by their key: where they go, and what null means. */
typedef struct {
	const char *key;
	uint64_t *number;
	uint64_t otherwise;
} field_t;

static int read_number(json_t *json, const char *key, const field_t *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(key, fields[i].key) == 0) {
			*fields[i].number = json_number(json, fields[i].otherwise);
			return 1;
		}
	}
	return 0;
}

static void read_causes(json_t *json, segw_row_t *row)
{
	char key[KEY_CAP];
	size_t len = 0;
	int added;

	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		added = snprintf(row->causes + len, sizeof row->causes - len, "%s%s %llu", len != 0 ? ", " : "", key,
						 (unsigned long long)json_number(json, 0));
		if (added > 0 && (size_t)added < sizeof row->causes - len) {
			len += (size_t)added;
		}
		row->causes[len] = '\0';
		row->cause_kinds++;
	}
}

static void read_segw(json_t *json, segw_row_t *row)
{
	const field_t fields[] = {
		{"attempts", &row->attempts, 0},
		{"successes", &row->successes, 0},
		{"failures", &row->failures, 0},
		{"connected_ms", &row->connected_ms, 0},
		{"changed_ms", &row->changed_ms, NO_TIME},
		{"barred_until_ms", &row->barred_until_ms, NO_TIME},
	};
	char key[KEY_CAP];

	memset(row, 0, sizeof *row);
	row->changed_ms = row->barred_until_ms = NO_TIME;
	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "address") == 0) {
			json_text(json, row->address, sizeof row->address);
		} else if (strcmp(key, "causes") == 0) {
			read_causes(json, row);
		} else if (strcmp(key, "last_cause") == 0) {
			json_text(json, row->last_cause, sizeof row->last_cause);
		} else if (!read_number(json, key, fields, sizeof fields / sizeof fields[0])) {
			json_skip(json);
		}
	}
}

static void read_segws(json_t *json, connection_t *connection)
{
	if (!json_enter(json, '[')) {
		return;
	}
	while (json_item(json)) {
		if (connection->segw_count < CONNECTION_SEGW_CAP) {
			read_segw(json, &connection->segws[connection->segw_count++]);
		} else {
			connection->left_out++;
			json_skip(json);
		}
	}
}

/* A child; one that is up, or that nobody wants, is no news. */
static void read_child(json_t *json, connection_t *connection)
{
	child_row_t *row = &connection->missing[connection->missing_count];
	char key[KEY_CAP], state[24] = "";

	memset(row, 0, sizeof *row);
	row->retry_at_ms = NO_TIME;
	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "name") == 0) {
			json_text(json, row->name, sizeof row->name);
		} else if (strcmp(key, "state") == 0) {
			json_text(json, state, sizeof state);
		} else if (strcmp(key, "cause") == 0) {
			json_text(json, row->cause, sizeof row->cause);
		} else if (strcmp(key, "retry_at_ms") == 0) {
			row->retry_at_ms = json_number(json, NO_TIME);
		} else {
			json_skip(json);
		}
	}
	connection->missing_count += strcmp(state, "DOWN") == 0;
}

static void read_children(json_t *json, connection_t *connection)
{
	if (!json_enter(json, '[')) {
		return;
	}
	while (json_item(json)) {
		if (connection->missing_count < CONNECTION_CHILD_CAP) {
			read_child(json, connection);
		} else {
			json_skip(json);
		}
	}
}

/* The SEGW of an IKE_SA that is not up yet: the one that is dialled. */
static void read_ike_sa(json_t *json, connection_t *connection)
{
	uint64_t segw = NO_SEGW;
	char key[KEY_CAP], state[24] = "";

	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "segw") == 0) {
			segw = json_number(json, NO_SEGW);
		} else if (strcmp(key, "state") == 0) {
			json_text(json, state, sizeof state);
		} else {
			json_skip(json);
		}
	}
	if (strcmp(state, "CREATED") == 0 || strcmp(state, "CONNECTING") == 0) {
		connection->dialled = segw;
	}
}

static void read_ike_sas(json_t *json, connection_t *connection)
{
	if (json_enter(json, '[')) {
		while (json_item(json)) {
			read_ike_sa(json, connection);
		}
	}
}

void connection_read(connection_t *connection, json_t *json)
{
	const field_t fields[] = {
		{"active", &connection->active, NO_SEGW},
		{"since_ms", &connection->since_ms, NO_TIME},
		{"retry_at_ms", &connection->retry_at_ms, NO_TIME},
		{"failovers", &connection->failovers, 0},
	};
	char key[KEY_CAP];

	memset(connection, 0, sizeof *connection);
	connection->active = connection->dialled = NO_SEGW;
	connection->since_ms = connection->retry_at_ms = NO_TIME;
	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		if (strcmp(key, "connection") == 0) {
			json_text(json, connection->name, sizeof connection->name);
		} else if (strcmp(key, "state") == 0) {
			json_text(json, connection->state, sizeof connection->state);
		} else if (strcmp(key, "segws") == 0) {
			read_segws(json, connection);
		} else if (strcmp(key, "children") == 0) {
			read_children(json, connection);
		} else if (strcmp(key, "ike_sas") == 0) {
			read_ike_sas(json, connection);
		} else if (!read_number(json, key, fields, sizeof fields / sizeof fields[0])) {
			json_skip(json);
		}
	}
}

void connection_address(const connection_t *connection, uint64_t segw, char address[SEGW_ADDR_CAP])
{
	address[0] = '\0';
	if (segw < connection->segw_count) {
		memcpy(address, connection->segws[segw].address, SEGW_ADDR_CAP);
	} else if (segw != NO_SEGW) {
		snprintf(address, SEGW_ADDR_CAP, "#%llu", (unsigned long long)segw);
	}
}
