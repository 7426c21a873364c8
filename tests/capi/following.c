/* IKE_SAs that take each other's place, and the watch over the active one. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <string.h>

static void a_rekeyed_ike_sa_is_followed(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REKEYED, 1);
	char address[SEGW_ADDR_CAP];

	bring_up("");
	lose(1);
	come_up(2, 1);
	drain();
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_REKEYING, 0));
	CHECK_NUMBER(SEGW_OK, state(3, SEGW_STATE_CONNECTING, SEGW_FACT_AUTHENTICATED));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(3, SEGW_STATE_ESTABLISHED, SEGW_FACT_AUTHENTICATED));
	event.unique_id = 2;
	event.other_id = 3;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_OK, segw_address(ctx, 3, address, sizeof address));
	CHECK_TEXT("10.0.0.2", address);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(2, SEGW_STATE_REKEYED, 0));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(2, SEGW_STATE_DELETING, SEGW_FACT_LOCAL_DELETE));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(2, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(0, next_action().kind);
	drain();
	CHECK_HAS(events, "\"event\":\"ike_rekey\"");
	now += 60000;
	lose(3);
	CHECK_NUMBER(0, next_action().segw);
	drain();
	CHECK_HAS(events, "\"from\":\"10.0.0.2\",\"to\":\"10.0.0.1\"");
}

static void a_reauthentication_is_no_loss(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REESTABLISH, 1);
	char address[SEGW_ADDR_CAP];

	bring_up("");
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DELETING, SEGW_FACT_LOCAL_DELETE | SEGW_FACT_REAUTHENTICATING));
	event.other_id = 2;
	event.facts = SEGW_FACT_REAUTHENTICATING;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_OK, segw_address(ctx, 2, address, sizeof address));
	CHECK_TEXT("10.0.0.1", address);
	event = ike(SEGW_IKE_REESTABLISHED, 0);
	event.other_id = 2;
	event.up = true;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_ESTABLISHED, 0));
	CHECK_NUMBER(SEGW_OK, child_updown(2, true));
	CHECK_NUMBER(0, next_action().kind);
	drain();
	CHECK_HAS_NOT(events, "segw_failover");
}

/*
 * Lets time pass until `until` or an IKE_SA is to be ended. Each MEASURE is answered with `packets`, to which `more` came
 * in meanwhile. The number of probes.
 */
static unsigned watch(uint64_t until, uint64_t packets, uint64_t more)
{
	segw_ike_event_t event = ike(SEGW_IKE_COUNTED, 1);
	segw_action_t action;
	unsigned probes = 0;

	while (poll_at() <= until) {
		now = poll_at();
		CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
		for (action = next_action(); action.kind == SEGW_ACTION_MEASURE || action.kind == SEGW_ACTION_PROBE;
		     action = next_action()) {
			CHECK_NUMBER(1, action.unique_id);
			if (action.kind == SEGW_ACTION_PROBE) {
				probes += action.again ? 0 : 1;
				continue;
			}
			packets += more;
			event.up = true;
			event.packets = packets;
			CHECK_NUMBER(SEGW_OK, tell(&event));
		}
		if (action.kind != 0) {
			CHECK_NUMBER(SEGW_ACTION_TERMINATE, action.kind);
			CHECK_NUMBER(1, action.unique_id);
			return probes;
		}
	}
	now = until;
	return probes;
}

static void a_silent_segw_is_asked_then_lost(void)
{
	segw_ike_event_t heard = ike(SEGW_IKE_HEARD, 1);
	uint64_t since;

	bring_up(",\"failover\":{\"liveness_interval_ms\":1000,\"liveness_misses\":2}");
	/* Traffic is a sign of life, and so is a message. */
	CHECK_NUMBER(0, watch(now + 10000, 0, 3));
	CHECK(watch(now + 2500, 0, 0) > 0);
	CHECK_NUMBER(SEGW_OK, tell(&heard));
	since = now;
	/* Silence: a question after an interval, sent again for two more. */
	CHECK_NUMBER(1, watch(now + 10000, 0, 0));
	CHECK_NUMBER((int64_t)since + 3000, (int64_t)now);
	come_up(2, 1);
	drain();
	CHECK_HAS(events, "\"cause\":\"LIVENESS\"");
}

/* Charon replaces a lost IKE_SA by itself: its dial takes the place of ours, at the SEGW that is next. */
static void charons_own_dial_is_sent_to_the_next_segw(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REESTABLISH, 1);
	segw_action_t action;
	char address[SEGW_ADDR_CAP];

	bring_up("");
	CHECK_NUMBER(SEGW_OK, alert(1, SEGW_ALERT_RETRANSMIT_TIMEOUT));
	event.other_id = 2;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_OK, segw_address(ctx, 2, address, sizeof address));
	CHECK_TEXT("10.0.0.2", address);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_DESTROYING, 0));
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_ESTABLISHED, 0));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_COMPLETE, action.kind);
	CHECK_NUMBER(2, action.unique_id);
}

/* Both SEGWs have had their turn: the pause is kept, charon's own dial is not to be begun, and ended if it was all the same. */
static void charons_own_dial_is_refused_in_a_pause(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_REESTABLISH, 2);
	segw_action_t action;
	char address[SEGW_ADDR_CAP];

	bring_up(",\"failover\":{\"stable_ms\":60000}");
	lose(1);
	come_up(2, 1);
	CHECK_NUMBER(SEGW_OK, alert(2, SEGW_ALERT_RETRANSMIT_TIMEOUT));
	event.other_id = 3;
	CHECK_NUMBER(SEGW_ERR_REFUSED, tell(&event));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address(ctx, 3, address, sizeof address));
	CHECK_NUMBER(0, next_action().kind);
	event.kind = SEGW_IKE_REESTABLISHED;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(0, next_action().kind);
	event.up = true;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, action.kind);
	CHECK_NUMBER(3, action.unique_id);
	CHECK_NUMBER(SEGW_OK, state(2, SEGW_STATE_DESTROYING, 0));
	drain();
	CHECK_HAS(events, "\"event\":\"segw_backoff\"");
	now = poll_at();
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	CHECK_NUMBER(SEGW_ACTION_INITIATE, next_action().kind);
}

static void child_rekeying_is_told(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_CHILD_REKEYED, 1);

	strcpy(event.child, "net");
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, tell(&event));
	drain();
	CHECK_HAS(events, "\"event\":\"child_rekey\"");
}

/* Charon's own configuration may name a child in ISO 8859-1: JSON cannot tell it, but it is up. */
static void a_child_whose_name_is_not_utf8_is_up_all_the_same(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_CHILD_UPDOWN, 1);
	segw_policy_t policy;
	segw_action_t action;
	char message[160];

	CHECK_NUMBER(SEGW_OK, segw_policy_init(&policy));
	CHECK_NUMBER(SEGW_OK, segw_adopt(ctx, now, "vpn", "10.0.0.1,10.0.0.2", 1, &policy, message, sizeof message));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_ESTABLISHED, 0));
	event.up = true;
	event.facts = SEGW_FACT_INITIATOR;
	strcpy(event.child, "b\374ro");
	CHECK_NUMBER(SEGW_OK, tell(&event));
	drain();
	/* The time that a dial has. */
	now += 15000;
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	for (action = next_action(); action.kind != 0; action = next_action()) {
		CHECK(action.kind != SEGW_ACTION_TERMINATE);
	}
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\",\"active\":0");
}

static void what_is_not_adopted_is_said_with_its_reason(void)
{
	char message[200] = "-";
	segw_policy_t policy;

	CHECK_NUMBER(SEGW_OK, segw_policy_init(&policy));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_adopt(ctx, now, "vpn", "10.0.0.1,%any,", 1, &policy, message, sizeof message));
	CHECK_TEXT("fewer than two SEGWs that can be dialled; %any: a wildcard cannot be dialled; name the SEGW's address", message);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_adopt(ctx, now, "v p", "10.0.0.1,10.0.0.2", 1, &policy, message, sizeof message));
	CHECK_HAS(message, "its name is not one that requests can say");
	CHECK_NUMBER(SEGW_OK, segw_adopt(ctx, now, "vpn", "10.0.0.1,10.0.0.2", 1, &policy, message, sizeof message));
	CHECK_TEXT("", message);
	CHECK_NUMBER(SEGW_AGAIN, segw_adopt(ctx, now, "vpn", "10.0.0.1,10.0.0.2,10.0.0.2", 1, &policy, message, sizeof message));
	CHECK_TEXT("10.0.0.2: this SEGW is in the list already", message);
	CHECK_NUMBER(SEGW_OK, segw_adopt(ctx, now, "one", "segw.example", 1, &policy, message, sizeof message));
	CHECK_TEXT("", message);
	CHECK_NUMBER(SEGW_OK, segw_policy_set(&policy, "preferences", "1 1 2", message, sizeof message));
	CHECK_NUMBER(SEGW_AGAIN, segw_adopt(ctx, now, "vpn", "10.0.0.1,10.0.0.2", 1, &policy, message, sizeof message));
	CHECK_TEXT("preferences is not used: expected one number for each SEGW, which are 2; found 3", message);
	CHECK_NUMBER(SEGW_OK, segw_adopt(ctx, now, "vpn", "10.0.0.1,10.0.0.2,%any,10.0.0.3", 1, &policy, message, sizeof message));
	CHECK_TEXT("%any: a wildcard cannot be dialled; name the SEGW's address", message);
}

static void nothing_is_dialled_after_the_shutdown(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_SHUTDOWN, 0);
	uint64_t at;

	bring_up("");
	CHECK_NUMBER(SEGW_OK, tell(&event));
	lose(1);
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_AGAIN, segw_poll_at(ctx, &at));
}

const test_t following_tests[] = {
	{"a_rekeyed_ike_sa_is_followed", a_rekeyed_ike_sa_is_followed},
	{"a_reauthentication_is_no_loss", a_reauthentication_is_no_loss},
	{"a_silent_segw_is_asked_then_lost", a_silent_segw_is_asked_then_lost},
	{"charons_own_dial_is_sent_to_the_next_segw", charons_own_dial_is_sent_to_the_next_segw},
	{"charons_own_dial_is_refused_in_a_pause", charons_own_dial_is_refused_in_a_pause},
	{"child_rekeying_is_told", child_rekeying_is_told},
	{"a_child_whose_name_is_not_utf8_is_up_all_the_same", a_child_whose_name_is_not_utf8_is_up_all_the_same},
	{"what_is_not_adopted_is_said_with_its_reason", what_is_not_adopted_is_said_with_its_reason},
	{"nothing_is_dialled_after_the_shutdown", nothing_is_dialled_after_the_shutdown},
	{NULL, NULL},
};
