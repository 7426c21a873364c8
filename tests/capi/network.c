/* Own faults, names with several addresses, connections of charon's own. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <string.h>

static char message[128];

static segw_status_t routes(uint32_t mask)
{
	segw_ike_event_t event = ike(SEGW_IKE_ROUTES, 0);

	event.routes = mask;
	return tell(&event);
}

static segw_status_t not_dialled(uint32_t serial, uint32_t alert)
{
	segw_ike_event_t event = ike(SEGW_IKE_NOT_DIALLED, 0);

	event.serial = serial;
	event.alert = alert;
	return tell(&event);
}

static void a_lost_route_is_no_lost_segw(void)
{
	segw_ike_event_t event;
	segw_action_t action;

	bring_up("");
	drain();
	event = ike(SEGW_IKE_COUNTED, 1);
	event.up = true;
	event.facts = SEGW_FACT_NO_ROUTE;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_ROUTES, action.kind);
	CHECK_TEXT("vpn", action.connection);
	CHECK_NUMBER(SEGW_OK, routes(0));
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_hold\"");
	CHECK_HAS(events, "\"cause\":\"NO_ROUTE\"");
	/* Each second it is asked again, for changes that nobody announced. */
	now = poll_at();
	CHECK_NUMBER(2000, now);
	CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
	CHECK_NUMBER(SEGW_ACTION_ROUTES, next_action().kind);
	event = ike(SEGW_IKE_ROAM, 0);
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_ACTION_ROUTES, next_action().kind);
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, routes(3));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_PROBE, action.kind);
	CHECK_NUMBER(1, action.unique_id);
	event = ike(SEGW_IKE_HEARD, 1);
	CHECK_NUMBER(SEGW_OK, tell(&event));
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_resumed\"");
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\",\"active\":0");
	CHECK_HAS(reply, "\"failures\":0,\"causes\":{}");
}

static void a_dial_without_a_route_is_no_attempt(void)
{
	segw_action_t action;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	CHECK(!action.again);
	CHECK_NUMBER(SEGW_OK, not_dialled(action.serial, SEGW_ALERT_NO_ROUTE));
	CHECK_NUMBER(SEGW_ACTION_ROUTES, next_action().kind);
	CHECK_NUMBER(SEGW_OK, routes(2));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_INITIATE, action.kind);
	CHECK_NUMBER(1, action.segw);
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "{\"address\":\"10.0.0.1\",\"attempts\":0,\"successes\":0,\"failures\":0");
}

static void a_name_has_another_address(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_DIALLING, 1);
	segw_action_t action;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	action = next_action();
	event.serial = action.serial;
	event.more = true;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, alert(1, SEGW_ALERT_INIT_UNREACHABLE));
	CHECK_NUMBER(SEGW_OK, state(1, SEGW_STATE_DESTROYING, 0));
	action = next_action();
	CHECK_NUMBER(0, action.segw);
	CHECK(action.again);
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_next_address\"");
	/* The last one. */
	CHECK_NUMBER(SEGW_OK, not_dialled(action.serial, SEGW_ALERT_ADDR_FAILED));
	action = next_action();
	CHECK_NUMBER(1, action.segw);
	CHECK(!action.again);
}

static void addresses_by_place(void)
{
	char address[SEGW_ADDR_CAP];

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_NUMBER(SEGW_OK, segw_address_at(ctx, "vpn", 1, address, sizeof address));
	CHECK_TEXT("10.0.0.2", address);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address_at(ctx, "vpn", 2, address, sizeof address));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address_at(ctx, "vpn", UINT32_MAX, address, sizeof address));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address_at(ctx, "other", 0, address, sizeof address));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_address_at(ctx, "vpn", 1, address, 8));
	CHECK_NUMBER(SEGW_OK, segw_address_at(ctx, "vpn", 1, address, 9));
}

static void policies_from_options(void)
{
	segw_policy_t policy;

	CHECK_NUMBER(SEGW_OK, segw_policy_init(&policy));
	CHECK_NUMBER(SEGW_OK, segw_policy_set(&policy, "failback", "hold_down", message, sizeof message));
	CHECK_NUMBER(SEGW_OK, segw_policy_set(&policy, "hold_down_ms", "3000", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_set(&policy, "hold_dwn_ms", "3000", message, sizeof message));
	CHECK_TEXT("unknown key; did you mean hold_down_ms?", message);
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_set(&policy, "hold_down_ms", "3 s", message, 9));
	CHECK_TEXT("expected", message);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_policy_set(&policy, "hold_down_ms", "3", message, 0));
	CHECK_NUMBER(SEGW_OK, segw_policy_check(&policy, message, sizeof message));
	CHECK_NUMBER(SEGW_OK, segw_policy_set(&policy, "backoff_initial_ms", "90000", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_check(&policy, message, sizeof message));
	CHECK_HAS(message, "backoff_initial_ms is higher than its limit, backoff_limit_ms, which is 60000 unless it is set");
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_policy_check(&policy, message, 0));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_check(NULL, message, sizeof message));
}

static void what_was_meant(void)
{
	static const char *const words[] = {"adopt", "failover", "state_file"};
	char name[32], message[128];
	size_t index = 7;

	CHECK_NUMBER(SEGW_OK, segw_policy_key("hold_down", name, sizeof name));
	CHECK_TEXT("hold_down_ms", name);
	CHECK_NUMBER(SEGW_OK, segw_policy_key("failback", name, sizeof name));
	CHECK_TEXT("failback", name);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_policy_key("colour", name, sizeof name));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_policy_key("failback", name, 8));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_key(NULL, name, sizeof name));
	CHECK_NUMBER(SEGW_OK, segw_local_addresses("%any, 10.0.0.0/8,", message, sizeof message));
	CHECK_TEXT("", message);
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_local_addresses("10.0.0.1, 10.0.0.300,", message, sizeof message));
	CHECK_TEXT("10.0.0.300: neither an address, a subnet, a range nor a domain name", message);
	CHECK_NUMBER(SEGW_ERR_NULL, segw_local_addresses(NULL, message, sizeof message));
	CHECK_NUMBER(SEGW_OK, segw_nearest("fail_over", words, 3, &index));
	CHECK_NUMBER(1, index);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_nearest("colour", words, 3, &index));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_nearest("failover", words, 0, &index));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_nearest("failover", NULL, 3, &index));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_nearest("failover", words, 3, NULL));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_nearest("\xff", words, 3, &index));
}

static void options_that_are_wrong(void)
{
	CHECK_NUMBER(SEGW_OK, segw_policy_error(ctx, "fail_over", "fail_over: unknown \"section\""));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"policy_error\":[\"fail_over: unknown 'section'\"],\"more_policy_error\":0,");
	CHECK_NUMBER(SEGW_OK, segw_policy_error(ctx, "fail_over", NULL));
	CHECK_NUMBER(SEGW_OK, segw_policy_error(ctx, "mode", "mode: no"));
	CHECK_NUMBER(SEGW_OK, segw_policy_error(ctx, NULL, NULL));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"policy_error\":[],\"more_policy_error\":0,");
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_error(NULL, "mode", "x"));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_policy_error(ctx, "mode", "\xff"));
}

static segw_status_t adopt(const char *addresses, const segw_policy_t *policy)
{
	return segw_adopt(ctx, now, "vpn", addresses, 1, policy, message, sizeof message);
}

static void a_connection_of_charons_own(void)
{
	segw_ike_event_t event = ike(SEGW_IKE_FOUND, 1);
	segw_policy_t policy;

	segw_policy_init(&policy);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, adopt("10.0.0.1,%any", &policy));
	CHECK_NUMBER(SEGW_OK, adopt("10.0.0.1,10.0.0.2", &policy));
	CHECK_NUMBER(SEGW_AGAIN, adopt("10.0.0.1, 10.0.0.2", &policy));
	CHECK_NUMBER(0, next_action().kind);
	event.state = SEGW_STATE_ESTABLISHED;
	event.facts = SEGW_FACT_INITIATOR;
	event.up = true;
	event.children = 1;
	CHECK_NUMBER(SEGW_OK, tell(&event));
	/* Charon dialled it without looking for a route. */
	CHECK_NUMBER(SEGW_ACTION_ROUTES, next_action().kind);
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\"");
	CHECK_HAS(reply, "\"adopted\":true");
	CHECK_NUMBER(SEGW_ERR_REFUSED, request("REMOVE_CONFIG vpn\n"));
	lose(1);
	CHECK_NUMBER(1, next_action().segw);
	CHECK_NUMBER(SEGW_OK, segw_policy_set(&policy, "backoff_limit_ms", "100", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_REFUSED, adopt("10.0.0.1,10.0.0.2", &policy));
	CHECK_TEXT("backoff_limit_ms is lower than what it limits, backoff_initial_ms, which is 1000", message);
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_check(&policy, message, sizeof message));
	CHECK_TEXT("backoff_limit_ms is lower than what it limits, backoff_initial_ms, which is 1000", message);
	CHECK_NUMBER(SEGW_OK, segw_release(ctx, now, "vpn"));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_release(ctx, now, "vpn"));
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_released\"");
}

static void why_one_is_not_guarded(void)
{
	CHECK_NUMBER(SEGW_OK, segw_not_guarded(ctx, now, "old", "is not adopted: \"IKEv1\""));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"not_guarded\":[{\"connection\":\"old\",\"reason\":\"is not adopted: 'IKEv1'\"}],\"more_not_guarded\":0}");
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_not_guarded\"");
	CHECK_HAS(events, "\"connection\":\"old\",\"reason\":\"is not adopted: 'IKEv1'\"}");
	CHECK_NUMBER(SEGW_OK, segw_not_guarded(ctx, now, "old", NULL));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"not_guarded\":[],\"more_not_guarded\":0}");
	drain();
	CHECK_HAS(events, "\"connection\":\"old\",\"reason\":null}");
	CHECK_NUMBER(SEGW_ERR_NULL, segw_not_guarded(NULL, now, "old", "x"));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_not_guarded(ctx, now, NULL, "x"));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_not_guarded(ctx, now, "old", "\xff"));
}

static void misuse(void)
{
	segw_policy_t policy;
	segw_policy_t *bad = (segw_policy_t *)(void *)((char *)(void *)&policy + 1);
	char address[SEGW_ADDR_CAP];

	segw_policy_init(&policy);
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_init(NULL));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_policy_init(bad));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_set(NULL, "a", "b", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_policy_set(bad, "a", "b", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_set(&policy, NULL, "b", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_set(&policy, "a", NULL, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_policy_set(&policy, "a", "b", NULL, 1));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_adopt(NULL, 0, "vpn", "a,b", 1, &policy, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_adopt(ctx, 0, NULL, "a,b", 1, &policy, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_adopt(ctx, 0, "vpn", NULL, 1, &policy, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_adopt(ctx, 0, "vpn", "a,b", 1, NULL, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_adopt(ctx, 0, "vpn", "a,b", 1, bad, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_adopt(ctx, 0, "vpn", "a,b", 1, &policy, NULL, 1));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_adopt(ctx, 0, "vpn", "a,b", 1, &policy, message, 0));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_adopt(ctx, 0, "v\xff", "a,b", 1, &policy, message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_release(NULL, 0, "vpn"));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_release(ctx, 0, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_address_at(NULL, "vpn", 0, address, sizeof address));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_address_at(ctx, NULL, 0, address, sizeof address));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_address_at(ctx, "vpn", 0, NULL, sizeof address));
}

static void what_is_adopted_is_checked(void)
{
	static const struct {
		const char *name, *addresses;
		segw_status_t status;
		const char *part;
	} rows[] = {
		{"vpn", "10.0.0.1", SEGW_ERR_ARGUMENT, "fewer than two SEGWs"},
		{"vpn", "10.0.0.1,10.0.0.999", SEGW_ERR_ARGUMENT, "neither an IPv4"},
		{"vpn", "10.0.0.1,%any", SEGW_ERR_ARGUMENT, "wildcard"},
		{"v pn", "10.0.0.1,10.0.0.2", SEGW_ERR_ARGUMENT, "no blanks"},
		{"", "10.0.0.1,10.0.0.2", SEGW_ERR_ARGUMENT, "at most 63"},
	};
	segw_policy_t policy;
	size_t i;

	segw_policy_init(&policy);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		strcpy(message, "untouched");
		CHECK_NUMBER(rows[i].status,
		             segw_adopt(ctx, now, rows[i].name, rows[i].addresses, 1, &policy, message, sizeof message));
		CHECK_HAS(message, rows[i].part);
	}
}

/* The next question to the targets; what else is asked meanwhile is answered. */
static segw_action_t next_question(void)
{
	segw_ike_event_t event;
	segw_action_t action;
	int i;

	for (i = 0; i < 1000; i++) {
		action = next_action();
		if (action.kind == SEGW_ACTION_REACH) {
			return action;
		}
		if (action.kind == SEGW_ACTION_MEASURE) {
			event = ike(SEGW_IKE_COUNTED, action.unique_id);
			event.up = true;
			CHECK_NUMBER(SEGW_OK, tell(&event));
		} else if (action.kind == SEGW_ACTION_PROBE) {
			event = ike(SEGW_IKE_HEARD, action.unique_id);
			CHECK_NUMBER(SEGW_OK, tell(&event));
		} else if (action.kind == 0) {
			now = poll_at();
			CHECK_NUMBER(SEGW_OK, segw_timeout(ctx, now));
		}
	}
	CHECK(!"no question");
	return action;
}

static void reached(const segw_action_t *action, uint32_t asked, uint32_t answered, uint32_t unasked)
{
	segw_ike_event_t event = ike(SEGW_IKE_REACHED, 0);

	event.serial = action->serial;
	event.asked = asked;
	event.answered = answered;
	event.unasked = unasked;
	CHECK_NUMBER(SEGW_OK, tell(&event));
}

static void what_is_behind_a_segw_is_asked(void)
{
	segw_action_t action;
	int i;

	bring_up(",\"probe\":{\"targets\":[\"10.1.0.1\",\"tcp://10.1.0.1:443\"],\"action\":\"rekey\",\"misses\":2}");
	drain();
	action = next_question();
	CHECK_NUMBER(1, action.unique_id);
	CHECK_NUMBER(1000, action.wait_ms);
	CHECK_TEXT("vpn", action.connection);
	CHECK_TEXT("10.1.0.1,tcp://10.1.0.1:443", action.address);
	CHECK(!action.again);
	reached(&action, 3, 2, 0);
	action = next_question();
	reached(&action, 0, 0, SEGW_UNASKED_NO_ADDRESS);
	drain();
	CHECK_HAS(events, "{\"event\":\"segw_probe\"");
	CHECK_HAS(events, "\"action\":\"unasked\",\"cause\":\"NO_ADDRESS\"");
	for (i = 0; i < 2; i++) {
		action = next_question();
		now += action.wait_ms;
		reached(&action, 3, 0, 0);
	}
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_REKEY, action.kind);
	CHECK_NUMBER(1, action.unique_id);
	for (i = 0; i < 2; i++) {
		action = next_question();
		now += action.wait_ms;
		reached(&action, 3, 0, 0);
	}
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, action.kind);
	CHECK_NUMBER(SEGW_ACTION_INITIATE, next_action().kind);
	drain();
	CHECK_HAS(events, "\"action\":\"rekey\"");
	CHECK_HAS(events, "\"action\":\"move\"");
	/* An answer that is not waited for does no harm. */
	reached(&action, 3, 3, 0);
}

static void the_probe_of_an_adopted_connection(void)
{
	char key[16];
	segw_policy_t policy;

	segw_policy_init(&policy);
	CHECK_NUMBER(SEGW_OK, segw_policy_set_own(&policy, "probe.targets", "10.1.0.1, 2001:db8::1", message, sizeof message));
	CHECK_NUMBER(SEGW_OK, segw_policy_set_own(&policy, "probe.interval_ms", "2s", message, sizeof message));
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_set_own(&policy, "probe.targets", "gw.example.org", message, sizeof message));
	CHECK_HAS(message, "names are not resolved");
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_policy_set_own(&policy, "probe.targts", "10.1.0.1", message, sizeof message));
	CHECK_HAS(message, "did you mean targets?");
	CHECK_NUMBER(SEGW_OK, segw_policy_key("probe.interval", key, sizeof key));
	CHECK_TEXT("interval_ms", key);
	CHECK_NUMBER(SEGW_OK, adopt("10.0.0.1,10.0.0.2", &policy));
	CHECK_NUMBER(SEGW_OK, request("POLICY vpn\n"));
	CHECK_HAS(reply, "\"value\":\"10.1.0.1,2001:db8::1\"");
	CHECK_HAS(reply, "\"path\":\"connections.vpn.probe.interval_ms\"");
}

/* Whatever a policy that nobody prepared holds. */
static void a_policy_of_garbage(void)
{
	unsigned char *bytes;
	segw_policy_t policy;
	unsigned i;

	for (i = 0; i < 256; i += 15) {
		memset(&policy, (int)i, sizeof policy);
		CHECK_NUMBER(SEGW_ERR_STATE, adopt("10.0.0.1,10.0.0.2", &policy));
		CHECK_NUMBER(SEGW_ERR_STATE, segw_policy_set(&policy, "failback", "off", message, sizeof message));
	}
	/* One that was prepared, and overwritten from some place on. */
	bytes = (unsigned char *)(void *)&policy;
	for (i = 4; i < sizeof policy; i++) {
		segw_policy_init(&policy);
		memset(bytes + i, 0xa5, sizeof policy - i);
		CHECK(adopt("10.0.0.1,10.0.0.2", &policy) != SEGW_OK || i > 60);
		segw_release(ctx, now, "vpn");
	}
}

const test_t network_tests[] = {
	{"a_lost_route_is_no_lost_segw", a_lost_route_is_no_lost_segw},
	{"a_dial_without_a_route_is_no_attempt", a_dial_without_a_route_is_no_attempt},
	{"a_name_has_another_address", a_name_has_another_address},
	{"addresses_by_place", addresses_by_place},
	{"policies_from_options", policies_from_options},
	{"a_connection_of_charons_own", a_connection_of_charons_own},
	{"why_one_is_not_guarded", why_one_is_not_guarded},
	{"what_was_meant", what_was_meant},
	{"options_that_are_wrong", options_that_are_wrong},
	{"what_is_adopted_is_checked", what_is_adopted_is_checked},
	{"what_is_behind_a_segw_is_asked", what_is_behind_a_segw_is_asked},
	{"the_probe_of_an_adopted_connection", the_probe_of_an_adopted_connection},
	{"a_policy_of_garbage", a_policy_of_garbage},
	{"misuse_of_the_rest", misuse},
	{NULL, NULL},
};
