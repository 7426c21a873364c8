/* The life of a connection, as charon tells it. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

static void applies_and_comes_up(void)
{
	uint64_t at = 77;

	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
	CHECK_NUMBER(77, at);
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"liveness_interval_ms\":0}")));
	CHECK_TEXT("{\"reply\":\"APPLY_CONFIG\",\"ok\":true,\"connections\":[\"vpn\"],\"unchanged\":[],\"restarted\":[]}\n", reply);
	CHECK_NUMBER(now + 4000, poll_at()); /* init_timeout_ms */
	come_up(1, 0);
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
	drain();
	CHECK_HAS(events, "{\"event\":\"config_applied\",\"time_ms\":1000,\"seq\":1,\"connection\":\"vpn\"}\n");
	CHECK_HAS(events, "{\"event\":\"ike_sa_up\",\"time_ms\":1000,\"seq\":2,\"ike_sa_name\":\"vpn\","
	                  "\"state\":\"ESTABLISHED\",\"unique_id\":1,\"remote\":\"10.0.0.1\"}\n");
	CHECK_HAS(events, "\"event\":\"tunnel_up\"");
	CHECK_HAS(events, "\"child_sa_name\":\"net\"");
	CHECK_HAS(events, "\"spi\":3237998081,\"spi_out\":3237998082,\"proto\":\"esp\",\"mode\":\"tunnel\"");
	CHECK_HAS(events, "\"src\":\"10.0.0.9\",\"dst\":\"10.0.0.1\",\"local_ts\":\"10.1.0.0/16\"");
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\",\"active\":0");
}

static void loss_dials_the_next_in_the_same_drain(void)
{
	segw_action_t action;

	bring_up("");
	drain();
	now += 60000;
	lose(1);
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_INITIATE, action.kind);
	CHECK_NUMBER(1, action.segw);
	CHECK_TEXT("10.0.0.2", action.address);
	CHECK(!action.parallel);
	drain();
	CHECK_HAS(events, "\"event\":\"segw_failover\",\"time_ms\":61000");
	CHECK_HAS(events, "\"from\":\"10.0.0.1\",\"to\":\"10.0.0.2\",\"from_index\":0,\"to_index\":1,"
	                  "\"cause\":\"RETRANSMIT_TIMEOUT\"");
}

static void all_lost_backs_off_then_starts_at_the_primary(void)
{
	uint64_t at;

	bring_up("");
	lose(1);
	come_up(2, 1);
	drain();
	lose(2);
	CHECK_NUMBER(0, next_action().kind);
	at = poll_at();
	CHECK(at > now + 500 && at <= now + 1000);
	drain();
	CHECK_HAS(events, "\"event\":\"segw_backoff\"");
	CHECK_HAS(events, "\"delay_ms\":");
	now = at - 1;
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	CHECK_NUMBER(0, next_action().kind);
	now = at;
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	come_up(3, 0);
}

static void a_refused_dial_moves_on(void)
{
	segw_action_t action;
	segw_ike_event_t event = ike(SEGW_IKE_NOT_DIALLED, 0);

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	event.serial = action.serial;
	event.alert = SEGW_ALERT_NO_CONFIG;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	come_up(2, 1);
	drain();
	CHECK_HAS(events, "\"cause\":\"NOT_DIALLED\"");
}

/* Stopped, or sent elsewhere, while the action was on its way: the IKE_SA must not be dialled. */
static void a_dial_that_is_not_wanted_any_more(void)
{
	segw_action_t action;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, dialling(1, action.serial + 1));
	CHECK_NUMBER(SEGW_OK, request("TERMINATE vpn\n"));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, dialling(1, action.serial));
	CHECK_NUMBER(0, next_action().kind);
}

/* A dial that waits, for a name server or for its turn, asks before it begins. */
static void a_dial_that_waits_asks_whether_it_is_wanted(void)
{
	segw_action_t action, other;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	CHECK_NUMBER(SEGW_OK, segw_wants(ctx, "vpn", action.serial));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_wants(ctx, "vpn", action.serial + 1));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_wants(ctx, "nobody", action.serial));
	/* Overtaken. */
	CHECK_NUMBER(SEGW_OK, request("SWITCH vpn secondary\n"));
	other = next_action();
	CHECK_NUMBER(SEGW_ACTION_INITIATE, other.kind);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_wants(ctx, "vpn", action.serial));
	CHECK_NUMBER(SEGW_OK, segw_wants(ctx, "vpn", other.serial));
	/* Answered. */
	CHECK_NUMBER(SEGW_OK, dialling(1, other.serial));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_wants(ctx, "vpn", other.serial));
}

static void the_segw_deletes(void)
{
	bring_up("");
	now += 60000;
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DELETING, SEGW_FACT_PEER_DELETE));
	CHECK_NUMBER(SEGW_OK, updown(1, false));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DESTROYING, 0));
	come_up(2, 1);
	drain();
	CHECK_HAS(events, "\"event\":\"ike_sa_down\"");
	CHECK_HAS(events, "\"cause\":\"PEER_DELETED\"");
}

static void the_operators_end_stops(void)
{
	bring_up("");
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DELETING, SEGW_FACT_LOCAL_DELETE));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(0, next_action().kind);
	drain();
	CHECK_HAS(events, "\"event\":\"segw_stopped\"");
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"STOPPED\",\"active\":null");
	CHECK_NUMBER(SEGW_OK, request("INITIATE vpn\n"));
	come_up(2, 0);
}

static void a_switch_makes_before_it_breaks(void)
{
	segw_action_t action;

	bring_up(",\"failover\":{\"liveness_interval_ms\":0}");
	CHECK_NUMBER(SEGW_OK, request("SWITCH vpn secondary\n"));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_INITIATE, action.kind);
	CHECK_NUMBER(1, action.segw);
	CHECK(action.parallel);
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, dialling(2, action.serial));
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_ESTABLISHED, 0));
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, child_updown(2, true));
	/* The old one stays for the answers that are on their way. */
	CHECK_NUMBER(0, next_action().kind);
	now = poll_at();
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, action.kind);
	CHECK_NUMBER(1, action.unique_id);
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(0, next_action().kind);
	drain();
	CHECK_HAS(events, "\"event\":\"segw_switch\"");
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\",\"active\":1");
}

static void failback_after_the_hold_down(void)
{
	segw_action_t action;

	bring_up(",\"failover\":{\"failback\":\"hold_down\",\"hold_down_ms\":5000,\"liveness_interval_ms\":0}");
	lose(1);
	come_up(2, 1);
	CHECK_NUMBER((int64_t)now + 5000, (int64_t)poll_at());
	now = poll_at();
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_INITIATE, action.kind);
	CHECK_NUMBER(0, action.segw);
	CHECK(action.parallel);
	CHECK_NUMBER(SEGW_OK, dialling(3, action.serial));
	CHECK_NUMBER(SEGW_OK, child_updown(3, true));
	drain();
	CHECK_HAS(events, "\"event\":\"segw_failback\"");
}

static void a_restart_begins_where_it_ended(void)
{
	static char memory[SEGW_MEMORY_CAP];
	size_t len = 0;

	CHECK_NUMBER(SEGW_AGAIN, segw_memory(ctx, memory, sizeof(memory), &len));
	bring_up("");
	lose(1);
	come_up(2, 1);
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_memory(ctx, memory, 8, &len));
	CHECK_NUMBER(SEGW_OK, segw_memory(ctx, memory, sizeof(memory), &len));
	CHECK_NUMBER(SEGW_AGAIN, segw_memory(ctx, memory, sizeof(memory), &len));
	memory[len] = '\0';
	CHECK_TEXT("libsegw state 1\nvpn 10.0.0.2\nend\n", memory);

	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	CHECK_NUMBER(SEGW_OK, segw_restore(ctx, memory, len));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_TEXT("10.0.0.2", next_action().address);

	/* Torn: worth nothing. */
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	CHECK_NUMBER(SEGW_OK, segw_restore(ctx, memory, len - 1));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_TEXT("10.0.0.1", next_action().address);
	CHECK_NUMBER(SEGW_ERR_NULL, segw_restore(ctx, NULL, 1));

	/* A device has its own order, and the same each time. */
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_set_device(ctx, now, NULL, 1));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_set_device(NULL, now, "cpe", 3));
	CHECK_NUMBER(SEGW_OK, segw_set_device(ctx, now, "cpe-1", 5));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"order\":\"hash\"}")));
	CHECK_TEXT("10.0.0.2", next_action().address);
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 8));
	CHECK_NUMBER(SEGW_OK, segw_set_device(ctx, now, "cpe-2", 5));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"order\":\"hash\"}")));
	CHECK_TEXT("10.0.0.1", next_action().address);
	CHECK_NUMBER(SEGW_ERR_NULL, segw_memory(ctx, NULL, 1, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_memory(ctx, memory, sizeof(memory), NULL));
}

/* Sunday, 2026-11-22 23:00 UTC, in milliseconds. */
#define SUNDAY_MS UINT64_C(1795388400000)

static void goes_back_within_its_window(void)
{
	uint64_t at = 0, began;

	bring_up(",\"failover\":{\"failback\":\"hold_down\",\"hold_down_ms\":5000,\"liveness_interval_ms\":0,"
			 "\"failback_window\":\"mon 02:00-04:00\"}");
	lose(1);
	come_up(2, 1);
	drain();
	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_clock(ctx, now, SUNDAY_MS, 86401));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_clock(ctx, now, SUNDAY_MS, INT32_MIN));
	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
	CHECK_NUMBER(SEGW_OK, segw_clock(ctx, now, 5000, 7200));
	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
	/* It is 01:00. */
	began = now;
	CHECK_NUMBER(SEGW_OK, segw_clock(ctx, now, SUNDAY_MS, 7200));
	CHECK_NUMBER(SEGW_OK, segw_poll_at(ctx, &at));
	CHECK(at >= began + 3600000 && at < began + 7200000);
	now = at;
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	CHECK_TEXT("10.0.0.1", next_action().address);
}

static void what_an_operator_said_outlives_a_restart(void)
{
	static char memory[SEGW_MEMORY_CAP];
	size_t len = 0;

	bring_up("");
	CHECK_NUMBER(SEGW_OK, segw_clock(ctx, now, SUNDAY_MS, 0));
	CHECK_NUMBER(SEGW_OK, request("PIN vpn 10.0.0.2 for 1h\n"));
	CHECK_NUMBER(SEGW_OK, segw_memory(ctx, memory, sizeof(memory), &len));
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	CHECK_NUMBER(SEGW_OK, segw_clock(ctx, now, SUNDAY_MS + 1800000, 0));
	CHECK_NUMBER(SEGW_OK, segw_restore(ctx, memory, len));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_TEXT("10.0.0.2", next_action().address);
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"pinned\":1,");
}

const test_t lifecycle_tests[] = {
	{"applies_and_comes_up", applies_and_comes_up},
	{"goes_back_within_its_window", goes_back_within_its_window},
	{"what_an_operator_said_outlives_a_restart", what_an_operator_said_outlives_a_restart},
	{"loss_dials_the_next_in_the_same_drain", loss_dials_the_next_in_the_same_drain},
	{"all_lost_backs_off_then_starts_at_the_primary", all_lost_backs_off_then_starts_at_the_primary},
	{"a_refused_dial_moves_on", a_refused_dial_moves_on},
	{"a_dial_that_is_not_wanted_any_more", a_dial_that_is_not_wanted_any_more},
	{"a_dial_that_waits_asks_whether_it_is_wanted", a_dial_that_waits_asks_whether_it_is_wanted},
	{"the_segw_deletes", the_segw_deletes},
	{"the_operators_end_stops", the_operators_end_stops},
	{"a_switch_makes_before_it_breaks", a_switch_makes_before_it_breaks},
	{"failback_after_the_hold_down", failback_after_the_hold_down},
	{"a_restart_begins_where_it_ended", a_restart_begins_where_it_ended},
	{NULL, NULL},
};
