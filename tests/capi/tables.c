/* Full tables are told, and what the header says always suffices does. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <string.h>

static const char *numbered(const char *base, unsigned number)
{
	static char text[SEGW_NAME_CAP];

	snprintf(text, sizeof text, "%s%02u", base, number);
	return text;
}

static void the_17th_connection_is_refused(void)
{
	char before[SEGW_REPLY_CAP + 1];
	unsigned i;

	for (i = 0; i < SEGW_CONNECTION_CAP; i++) {
		CHECK_NUMBER(SEGW_OK, request(connection(numbered("c", i), "")));
		drain();
	}
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	strcpy(before, reply);
	CHECK_NUMBER(SEGW_ERR_REFUSED, request(connection("c16", "")));
	CHECK_HAS(reply, "\"ok\":false,\"error\":\"no room");
	CHECK_NUMBER(0, next_action().kind);
	drain();
	CHECK_TEXT("", events);
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_TEXT(before, reply);
	/* A known one fits, and a new one after a removal. */
	CHECK_NUMBER(SEGW_OK, request(connection("c03", ",\"mobike\":false")));
	CHECK_NUMBER(SEGW_OK, request("REMOVE_CONFIG c05\n"));
	CHECK_NUMBER(SEGW_OK, request(connection("c16", "")));
}

static void the_65th_ike_sa_is_reported(void)
{
	unsigned id;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	come_up(1, 0);
	for (id = 2; id <= SEGW_IKE_SA_CAP; id++) {
		CHECK_NUMBER(SEGW_OK, state(id, SEGW_STATE_CONNECTING, 0));
	}
	drain();
	CHECK_HAS_NOT(events, "table_full");
	CHECK_NUMBER(SEGW_ERR_FULL, state(id, SEGW_STATE_CONNECTING, 0));
	drain();
	CHECK_HAS(events, "\"event\":\"table_full\"");
	CHECK_HAS(events, "\"table\":\"ike_sas\",\"connection\":\"vpn\"");
	/* Those that are followed still are; room comes back. */
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(SEGW_OK, state(id, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\",\"active\":0");
	CHECK_HAS(reply, "{\"unique_id\":65,");
}

/* Connection other, whose IKE_SAs from `id` on fill the table. The number of the first that finds no room. */
static uint32_t fill(uint32_t id)
{
	segw_ike_event_t event;

	CHECK_NUMBER(SEGW_OK, request(connection("other", ",\"failover\":{\"connect_timeout_ms\":0}")));
	drain();
	for (; id <= SEGW_IKE_SA_CAP; id++) {
		event = ike(SEGW_IKE_STATE, id);
		strcpy(event.connection, "other");
		event.state = SEGW_STATE_CONNECTING;
		event.facts = SEGW_FACT_INITIATOR;
		CHECK_NUMBER(SEGW_OK, tell(&event));
	}
	drain();
	return id;
}

/* A dial that cannot be followed is refused, and the connection does not stay without a next try. */
static void a_dial_without_room_is_refused(void)
{
	segw_action_t action;
	uint64_t at;
	uint32_t id = fill(1);

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	CHECK_NUMBER(SEGW_ERR_FULL, dialling(id, action.serial));
	CHECK(next_action().kind == SEGW_ACTION_INITIATE || segw_poll_at(ctx, &at) == SEGW_OK);
}

/* Charon's own dial of the SEGW that is to be dialled comes first: it is followed, ours is not begun. */
static void of_two_dials_one_is_made(void)
{
	segw_action_t action;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, dialling(2, action.serial));
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"CONNECTING\"");
	CHECK_HAS(reply, "{\"unique_id\":1,");
}

/* Connection vpn is up with IKE_SA 1; those of another one fill the table. The number of the first that finds no room. */
static uint32_t up_in_a_full_table(void)
{
	uint32_t id;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"liveness_interval_ms\":0}")));
	come_up(1, 0);
	id = fill(2);
	now += 60000;
	return id;
}

/* Whatever could be followed: the connection is being dialled, or will be at poll_at. */
static void there_is_a_next_try(void)
{
	uint64_t at;

	CHECK(next_action().kind == SEGW_ACTION_INITIATE || segw_poll_at(ctx, &at) == SEGW_OK);
}

static void a_rekeying_without_room_keeps_the_retry_loop(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REKEYED, 1);

	event.other_id = up_in_a_full_table();
	CHECK(tell(&event) != SEGW_ERR_ARGUMENT);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_REKEYED, 0));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_DESTROYING, 0));
	lose(event.other_id);
	there_is_a_next_try();
}

static void a_reauthentication_without_room_keeps_the_retry_loop(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REESTABLISH, 1);

	event.other_id = up_in_a_full_table();
	event.facts = SEGW_FACT_REAUTHENTICATING;
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DELETING, SEGW_FACT_LOCAL_DELETE | SEGW_FACT_REAUTHENTICATING));
	CHECK(tell(&event) != SEGW_ERR_ARGUMENT);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_DESTROYING, 0));
	lose(event.other_id);
	there_is_a_next_try();
}

/* Sixteen connections of eight SEGWs, all names and numbers as long as can be, histories full. */
static void the_longest_replies_fit(void)
{
	static char text[8192];
	char name[SEGW_NAME_CAP];
	char *end;
	unsigned i, n;

	now = UINT64_MAX / 2;
	for (i = 0; i < SEGW_CONNECTION_CAP; i++) {
		memset(name, 'n', sizeof name);
		snprintf(name, sizeof name, "%02u%061u", i, 0U);
		end = text + sprintf(text, "APPLY_CONFIG {\"name\":\"%s\",\"ike_cfg\":{\"remote_addrs\":[", name);
		for (n = 0; n < SEGW_SEGW_CAP; n++) {
			end += sprintf(end, "%s\"s%u.%060u.%060u.ab\"", n == 0 ? "" : ",", n, 0U, 0U);
		}
		sprintf(end, "]},\"local_auth\":{\"auth\":\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"},"
		             "\"children\":[{\"name\":\"net\",\"start_action\":\"start\"}]}");
		CHECK_NUMBER(SEGW_OK, request(text));
		/* a hold that comes and goes: rounds that fail are one record */
		for (n = 0; n < SEGW_HISTORY_CAP + 8; n++) {
			segw_ike_event_t event = ike(SEGW_IKE_ROUTES, 0);

			memcpy(event.connection, name, sizeof event.connection);
			event.routes = n % 2 == 0 ? 0 : 0xff;
			CHECK_NUMBER(SEGW_OK, tell(&event));
			while (next_action().kind != 0) {
			}
		}
		while (next_action().kind != 0) {
		}
	}
	CHECK_NUMBER(SEGW_OK, request("HISTORY\n"));
	CHECK(strlen(reply) > SEGW_REPLY_CAP / 8);
	CHECK_HAS(reply, "\"overwritten\":");
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK(strlen(reply) > SEGW_REPLY_CAP / 4);
}

/* Nobody drains: what is lost is counted and told. */
static void missed_events_are_counted(void)
{
	unsigned i;

	for (i = 0; i < 200; i++) {
		CHECK_NUMBER(SEGW_ERR_UNKNOWN, child_updown(1, true));
	}
	drain();
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, child_updown(1, true));
	drain();
	CHECK_HAS(events, "{\"event\":\"missed\"");
	CHECK_HAS(events, "\"count\":");
}

/* Texts from charon at their longest, in an event buffer that "always suffices". */
static void the_longest_event_fits(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_CHILD_UPDOWN, UINT32_MAX);
	char line[SEGW_EVENT_CAP];
	size_t len = 0;

#define FILL(field) memset(field, 'x', sizeof field - 1)
	now = UINT64_MAX;
	event.up = true;
	event.details.spi_in = event.details.spi_out = UINT32_MAX;
	FILL(event.connection);
	FILL(event.child);
	FILL(event.remote);
	FILL(event.details.state);
	FILL(event.details.protocol);
	FILL(event.details.mode);
	FILL(event.details.enc_alg);
	FILL(event.details.integ_alg);
	FILL(event.details.local_ts);
	FILL(event.details.remote_ts);
	FILL(event.details.local);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, tell(&event));
	CHECK_NUMBER(SEGW_OK, segw_next_event(ctx, line, sizeof line, &len, NULL));
	CHECK(len > 512);
}

/* The same seed and inputs give the same bytes; another seed another pause. */
static void replays_are_exact(void)
{
	uint64_t at[3];
	int i;

	for (i = 0; i < 3; i++) {
		now = 1000;
		CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, i == 2 ? 8 : 7));
		CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
		come_up(1, 0);
		lose(1);
		come_up(2, 1);
		lose(2);
		CHECK_NUMBER(SEGW_OK, segw_poll_at(ctx, &at[i]));
	}
	CHECK(at[0] == at[1]);
	CHECK(at[0] != at[2]);
}

const test_t table_tests[] = {
	{"the_17th_connection_is_refused", the_17th_connection_is_refused},
	{"the_65th_ike_sa_is_reported", the_65th_ike_sa_is_reported},
	{"a_dial_without_room_is_refused", a_dial_without_room_is_refused},
	{"of_two_dials_one_is_made", of_two_dials_one_is_made},
	{"a_rekeying_without_room_keeps_the_retry_loop", a_rekeying_without_room_keeps_the_retry_loop},
	{"a_reauthentication_without_room_keeps_the_retry_loop", a_reauthentication_without_room_keeps_the_retry_loop},
	{"the_longest_replies_fit", the_longest_replies_fit},
	{"missed_events_are_counted", missed_events_are_counted},
	{"the_longest_event_fits", the_longest_event_fits},
	{"replays_are_exact", replays_are_exact},
	{NULL, NULL},
};
