/*
 * A connection as STATUS tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection.h"
#include "members.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

#define KEY_CAP 40

#define OF_SEGW(kind, member) MEMBER(segw_row_t, kind, member)
#define OF_CONNECTION(kind, member) MEMBER(connection_t, kind, member)

static void read_causes(json_t *json, void *at)
{
	segw_row_t *row = at;
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

static const member_t segw_members[] = {
	{"address", OF_SEGW(A_TEXT, address)},
	{"attempts", OF_SEGW(A_NUMBER, attempts)},
	{"successes", OF_SEGW(A_NUMBER, successes)},
	{"failures", OF_SEGW(A_NUMBER, failures)},
	{"causes", A_PART, 0, 0, read_causes},
	{"last_cause", OF_SEGW(A_TEXT, last_cause)},
	{"last_detail", OF_SEGW(A_TEXT, last_detail)},
	{"srtt_ms", OF_SEGW(A_MOMENT, srtt_ms)},
	{"connected_ms", OF_SEGW(A_NUMBER, connected_ms)},
	{"changed_ms", OF_SEGW(A_MOMENT, changed_ms)},
	{"barred_until_ms", OF_SEGW(A_MOMENT, barred_until_ms)},
	{"hint", OF_SEGW(A_TEXT, hint)},
	{"drained", OF_SEGW(A_FLAG, drained)},
	{"rests_until_ms", OF_SEGW(A_MOMENT, rests_until_ms)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_segws(json_t *json, void *at)
{
	connection_t *connection = at;

	if (!json_enter(json, '[')) {
		return;
	}
	while (json_item(json)) {
		if (connection->segw_count < CONNECTION_SEGW_CAP) {
			members_read(json, &connection->segws[connection->segw_count++], sizeof(segw_row_t), segw_members);
		} else {
			connection->left_out++;
			json_skip(json);
		}
	}
}

static void read_traffic(json_t *json, void *at);

static const member_t child_members[] = {
	{"name", MEMBER(child_row_t, A_TEXT, name)},
	{"state", MEMBER(child_row_t, A_TEXT, state)},
	{"cause", MEMBER(child_row_t, A_TEXT, cause)},
	{"retry_at_ms", MEMBER(child_row_t, A_MOMENT, retry_at_ms)},
	{"bytes_in", MEMBER(child_row_t, A_MOMENT, bytes_in)},
	{"packets_in", MEMBER(child_row_t, A_MOMENT, packets_in)},
	{"bytes_out", MEMBER(child_row_t, A_MOMENT, bytes_out)},
	{"packets_out", MEMBER(child_row_t, A_MOMENT, packets_out)},
	{"heard_ms", MEMBER(child_row_t, A_MOMENT, heard_ms)},
	{"traffic", A_PART, 0, 0, read_traffic},
	{NULL, A_PART, 0, 0, NULL},
};

/* Its members are told apart from the child's by their names alone. */
static void read_traffic(json_t *json, void *at)
{
	members_into(json, at, child_members);
}

static void read_children(json_t *json, void *at)
{
	connection_t *connection = at;

	if (!json_enter(json, '[')) {
		return;
	}
	while (json_item(json)) {
		if (connection->child_count < CONNECTION_CHILD_CAP) {
			members_read(json, &connection->children[connection->child_count++], sizeof(child_row_t), child_members);
		} else {
			json_skip(json);
		}
	}
}

typedef struct {
	uint64_t segw;
	char state[24];
} ike_sa_row_t;

static const member_t ike_sa_members[] = {
	{"segw", MEMBER(ike_sa_row_t, A_MOMENT, segw)},
	{"state", MEMBER(ike_sa_row_t, A_TEXT, state)},
	{NULL, A_PART, 0, 0, NULL},
};

/* The SEGW of an IKE_SA that is not up yet is the one that is dialled. */
static void read_ike_sas(json_t *json, void *at)
{
	connection_t *connection = at;
	ike_sa_row_t row;

	if (!json_enter(json, '[')) {
		return;
	}
	while (json_item(json)) {
		members_read(json, &row, sizeof row, ike_sa_members);
		connection->ike_sa_count++;
		if (strcmp(row.state, "CREATED") == 0 || strcmp(row.state, "CONNECTING") == 0) {
			connection->dialled = row.segw;
		}
	}
}

static const member_t loss_members[] = {
	{"time_ms", MEMBER(loss_t, A_MOMENT, time_ms)},
	{"segw", MEMBER(loss_t, A_MOMENT, segw)},
	{"cause", MEMBER(loss_t, A_TEXT, cause)},
	{"detail", MEMBER(loss_t, A_TEXT, detail)},
	{"silent_ms", MEMBER(loss_t, A_MOMENT, silent_ms)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_lost(json_t *json, void *at)
{
	connection_t *connection = at;

	members_read(json, &connection->lost, sizeof connection->lost, loss_members);
}

static const member_t standby_members[] = {
	{"segw", MEMBER(standby_t, A_MOMENT, segw)},
	{"state", MEMBER(standby_t, A_TEXT, state)},
	{"since_ms", MEMBER(standby_t, A_MOMENT, since_ms)},
	{"reason", MEMBER(standby_t, A_TEXT, reason)},
	{"retry_at_ms", MEMBER(standby_t, A_MOMENT, retry_at_ms)},
	{"uses", MEMBER(standby_t, A_NUMBER, uses)},
	{"failures", MEMBER(standby_t, A_NUMBER, failures)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_standby(json_t *json, void *at)
{
	connection_t *connection = at;

	members_read(json, &connection->standby, sizeof connection->standby, standby_members);
}

static const member_t probe_members[] = {
	{"state", MEMBER(probe_t, A_TEXT, state)},
	{"cause", MEMBER(probe_t, A_TEXT, cause)},
	{"since_ms", MEMBER(probe_t, A_MOMENT, since_ms)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_probe(json_t *json, void *at)
{
	connection_t *connection = at;

	members_read(json, &connection->probe, sizeof connection->probe, probe_members);
}

static const member_t next_members[] = {
	{"text", MEMBER(connection_t, A_TEXT, next)},
	{NULL, A_PART, 0, 0, NULL},
};

static void read_next(json_t *json, void *at)
{
	members_into(json, at, next_members);
}

static const member_t connection_members[] = {
	{"connection", OF_CONNECTION(A_TEXT, name)},
	{"state", OF_CONNECTION(A_TEXT, state)},
	{"active", OF_CONNECTION(A_MOMENT, active)},
	/* of no member: only that it is none at first */
	{"", OF_CONNECTION(A_MOMENT, dialled)},
	{"since_ms", OF_CONNECTION(A_MOMENT, since_ms)},
	{"up_since_ms", OF_CONNECTION(A_MOMENT, up_since_ms)},
	{"down_since_ms", OF_CONNECTION(A_MOMENT, down_since_ms)},
	{"heard_ms", OF_CONNECTION(A_MOMENT, heard_ms)},
	{"silent_data_since_ms", OF_CONNECTION(A_MOMENT, silent_data_since_ms)},
	{"lost", A_PART, 0, 0, read_lost},
	{"standby", A_PART, 0, 0, read_standby},
	{"probe", A_PART, 0, 0, read_probe},
	{"next", A_PART, 0, 0, read_next},
	{"retry_at_ms", OF_CONNECTION(A_MOMENT, retry_at_ms)},
	{"round", OF_CONNECTION(A_NUMBER, round)},
	{"failovers", OF_CONNECTION(A_NUMBER, failovers)},
	{"failbacks", OF_CONNECTION(A_NUMBER, failbacks)},
	{"switches", OF_CONNECTION(A_NUMBER, switches)},
	{"segws", A_PART, 0, 0, read_segws},
	{"children", A_PART, 0, 0, read_children},
	{"ike_sas", A_PART, 0, 0, read_ike_sas},
	{NULL, A_PART, 0, 0, NULL},
};

static unsigned children_in(const connection_t *connection, const char *state)
{
	unsigned i, count = 0;

	for (i = 0; i < connection->child_count; i++) {
		count += strcmp(connection->children[i].state, state) == 0;
	}
	return count;
}

void connection_read(connection_t *connection, json_t *json)
{
	members_read(json, connection, sizeof *connection, connection_members);
	if (connection->lost.cause[0] == '\0' && connection->lost.time_ms == 0) {
		connection->lost.time_ms = NO_TIME;
	}
	connection->up_count = children_in(connection, "UP");
	connection->missing_count = children_in(connection, "DOWN");
}

const child_row_t *connection_missing(const connection_t *connection, unsigned place)
{
	unsigned i;

	for (i = 0; i < connection->child_count; i++) {
		if (strcmp(connection->children[i].state, "DOWN") == 0 && place-- == 0) {
			break;
		}
	}
	return &connection->children[i];
}

int connection_next(connection_t *connection, json_t *json)
{
	if (!json_item(json)) {
		return 0;
	}
	connection_read(connection, json);
	return 1;
}

int connection_find(connection_t *connection, const char *line, size_t len, const char *name)
{
	json_t json;

	if (enter_list(&json, line, len, "connections")) {
		while (connection_next(connection, &json)) {
			if (strcmp(connection->name, name) == 0) {
				return 1;
			}
		}
	}
	json_init(&json, "", 0);
	connection_read(connection, &json);
	return 0;
}

standing_t standing_of(const connection_t *connection)
{
	if (connection->active == NO_SEGW) {
		return strcmp(connection->state, "IDLE") == 0 || strcmp(connection->state, "STOPPED") == 0 ? IS_AT_REST : IS_DOWN;
	}
	if (connection->missing_count != 0) {
		return connection->up_count != 0 ? LACKS_CHILD : IS_DOWN;
	}
	return connection->active == 0 ? IS_FINE : IS_ELSEWHERE;
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
