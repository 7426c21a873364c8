/* What clients ask for. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <string.h>

static void start(void)
{
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	come_up(1, 0);
	drain();
}

static void versions(void)
{
	CHECK_TEXT(SEGW_VERSION, segw_version());
	CHECK_NUMBER(SEGW_ABI, segw_abi());
	CHECK_NUMBER(SEGW_OK, request("VERSION\n"));
	CHECK_TEXT("{\"reply\":\"VERSION\",\"ok\":true,\"version\":\"" SEGW_VERSION "\",\"abi\":1}\n", reply);
}

static void verbs(void)
{
	static const struct {
		const char *text;
		uint32_t verb;
	} rows[] = {
		{"APPLY_CONFIG {}", SEGW_VERB_APPLY_CONFIG},
		{"REMOVE_CONFIG vpn\n", SEGW_VERB_REMOVE_CONFIG},
		{"START_DPD vpn\n", SEGW_VERB_START_DPD},
		{"INITIATE vpn\n", SEGW_VERB_INITIATE},
		{"TERMINATE vpn\n", SEGW_VERB_TERMINATE},
		{"SWITCH vpn next\n", SEGW_VERB_SWITCH},
		{"STATUS\n", SEGW_VERB_STATUS},
		{"HISTORY\n", SEGW_VERB_HISTORY},
		{"POLICY vpn\n", SEGW_VERB_POLICY},
		{"EXPLAIN vpn\n", SEGW_VERB_EXPLAIN},
		{"RESET_COUNTERS\n", SEGW_VERB_RESET_COUNTERS},
		{"PIN vpn 1 for 2h\n", SEGW_VERB_PIN},
		{"UNPIN vpn\n", SEGW_VERB_UNPIN},
		{"DRILL vpn\n", SEGW_VERB_DRILL},
		{"DRAIN 192.0.2.1\n", SEGW_VERB_DRAIN},
		{"UNDRAIN 192.0.2.1\n", SEGW_VERB_UNDRAIN},
		{"RECORD 1 0\n", SEGW_VERB_RECORD},
		{" VERSION\r\n", SEGW_VERB_VERSION},
		{"status\n", SEGW_VERB_UNKNOWN},
		{" \n", SEGW_VERB_UNKNOWN},
		{"", SEGW_VERB_UNKNOWN},
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK_NUMBER(rows[i].verb, segw_verb(rows[i].text, strlen(rows[i].text)));
	}
	CHECK_NUMBER(SEGW_VERB_UNKNOWN, segw_verb(NULL, 6));
	CHECK_NUMBER(SEGW_VERB_UNKNOWN, segw_verb("STATUS", SIZE_MAX));
}

static void status_and_history(void)
{
	start();
	lose(1);
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "{\"reply\":\"STATUS\",\"ok\":true,\"now_ms\":1000,\"unix_ms\":null,\"connections\":[{\"connection\":\"vpn\"");
	CHECK_HAS(reply, "\"state\":\"CONNECTING\"");
	CHECK_HAS(reply, "\"failovers\":1");
	CHECK_HAS(reply, "{\"address\":\"10.0.0.1\",\"attempts\":1,\"successes\":1,\"failures\":1,"
	                 "\"causes\":{\"RETRANSMIT_TIMEOUT\":1},\"last_cause\":\"RETRANSMIT_TIMEOUT\"");
	CHECK_NUMBER(SEGW_OK, request("HISTORY vpn\n"));
	CHECK_HAS(reply, "{\"reply\":\"HISTORY\",\"ok\":true,\"now_ms\":1000,\"unix_ms\":null,"
	                 "\"connections\":[{\"connection\":\"vpn\",\"overwritten\":0,\"records\":[{\"time_ms\":1000,");
	CHECK_HAS(reply, "\"from\":0,\"to\":1,\"cause\":\"RETRANSMIT_TIMEOUT\"}]}]}\n");
	CHECK_HAS_NOT(reply, "S3cret");
}

/* The reply has them as they were; then they begin anew, and everything else is as before. */
static void counters_begin_anew(void)
{
	start();
	lose(1);
	CHECK_NUMBER(SEGW_ERR_REFUSED, request("RESET_COUNTERS nobody\n"));
	CHECK_NUMBER(SEGW_OK, request("RESET_COUNTERS vpn\n"));
	CHECK_HAS(reply, "{\"reply\":\"RESET_COUNTERS\",\"ok\":true,");
	CHECK_HAS(reply, "\"failovers\":1");
	CHECK_HAS(reply, "\"causes\":{\"RETRANSMIT_TIMEOUT\":1}");
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"state\":\"CONNECTING\"");
	CHECK_HAS(reply, "\"failovers\":0");
	CHECK_HAS(reply, "{\"address\":\"10.0.0.1\",\"attempts\":0,\"successes\":0,\"failures\":0,"
	                 "\"causes\":{},\"last_cause\":\"RETRANSMIT_TIMEOUT\"");
	CHECK_HAS_NOT(reply, "\"causes\":{\"");
}

/* The wall clock and the traffic are for this reply only. */
static void what_only_the_caller_knows(void)
{
	segw_traffic_t traffic[3];
	segw_outside_t outside = {1795803274000, traffic, 3};
	size_t len;

	memset(traffic, 0, sizeof traffic);
	/* the same CHILD_SA twice, as while it is rekeyed, and one that is none of ours */
	traffic[0].unique_id = traffic[1].unique_id = 1;
	traffic[2].unique_id = 2;
	strcpy(traffic[0].child, "net");
	strcpy(traffic[1].child, "net");
	strcpy(traffic[2].child, "net");
	traffic[0].bytes_in = 1500;
	traffic[0].packets_in = 1;
	traffic[0].heard_ms = 900;
	traffic[1].bytes_in = UINT64_MAX;
	traffic[1].packets_out = traffic[2].packets_out = 7;
	start();
	CHECK_NUMBER(SEGW_OK, segw_command_with(ctx, now, &outside, "STATUS vpn\n", 11, reply, sizeof reply, &len));
	reply[len] = '\0';
	CHECK_HAS(reply, "\"unix_ms\":1795803274000,");
	CHECK_HAS(reply, "\"traffic\":{\"bytes_in\":18446744073709551615,\"packets_in\":1,\"bytes_out\":0,\"packets_out\":7,"
	                 "\"heard_ms\":900}");
	CHECK_NUMBER(SEGW_OK, request("STATUS vpn\n"));
	CHECK_HAS(reply, "\"traffic\":null");
	outside.traffic = NULL;
	CHECK_NUMBER(SEGW_OK, segw_command_with(ctx, now, &outside, "STATUS\n", 7, reply, sizeof reply, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_command_with(ctx, now, NULL, "STATUS\n", 7, reply, sizeof reply, &len));
	outside.traffic = (segw_traffic_t *)((char *)traffic + 1);
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_command_with(ctx, now, &outside, "STATUS\n", 7, reply, sizeof reply, &len));
	outside.traffic = traffic;
	outside.count = SIZE_MAX;
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_command_with(ctx, now, &outside, "STATUS\n", 7, reply, sizeof reply, &len));
}

static void dpd_probes(void)
{
	segw_action_t action;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_NUMBER(SEGW_ERR_REFUSED, request("START_DPD vpn\n"));
	come_up(1, 0);
	CHECK_NUMBER(SEGW_OK, request("START_DPD vpn\n"));
	CHECK_TEXT("{\"reply\":\"START_DPD\",\"ok\":true}\n", reply);
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_PROBE, action.kind);
	CHECK_NUMBER(1, action.unique_id);
	CHECK_TEXT("", action.connection);
}

static void terminate_and_remove(void)
{
	segw_action_t action;
	char address[SEGW_ADDR_CAP];

	start();
	CHECK_NUMBER(SEGW_OK, request("TERMINATE vpn\n"));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, action.kind);
	CHECK_NUMBER(1, action.unique_id);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address(ctx, 1, address, sizeof address));
	CHECK_NUMBER(SEGW_OK, request("REMOVE_CONFIG vpn\n"));
	action = next_action();
	CHECK_NUMBER(SEGW_ACTION_UNLOAD, action.kind);
	CHECK_TEXT("vpn", action.connection);
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(1, SEGW_STATE_DESTROYING, 0));
	drain();
	CHECK_HAS(events, "\"event\":\"config_removed\"");
	CHECK_NUMBER(SEGW_ERR_REFUSED, request("REMOVE_CONFIG vpn\n"));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"connections\":[]");
}

static void removing_what_is_up_ends_it_first(void)
{
	start();
	CHECK_NUMBER(SEGW_OK, request("REMOVE_CONFIG vpn\n"));
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, next_action().kind);
	CHECK_NUMBER(SEGW_ACTION_UNLOAD, next_action().kind);
}

static void the_same_configuration_runs_on(void)
{
	start();
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"max_rounds\":3}")));
	CHECK_HAS(reply, "\"unchanged\":[\"vpn\"]");
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"mobike\":false")));
	CHECK_HAS(reply, "\"unchanged\":[]");
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, next_action().kind);
	CHECK_NUMBER(SEGW_ACTION_INITIATE, next_action().kind);
}

static void one_address_is_told(void)
{
	CHECK_NUMBER(SEGW_OK, request("APPLY_CONFIG {\"name\":\"one\",\"ike_cfg\":{\"remote_addrs\":[\"2001:db8::1\"]},"
	                              "\"local_auth\":{\"auth\":\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"},"
	                              "\"children\":[{\"name\":\"net\"}]}"));
	drain();
	CHECK_HAS(events, "\"event\":\"segw_alone\"");
}

static void refusals_name_the_place(void)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"STATUZ\n", "did you mean STATUS?"},
		{"STATUS nowhere\n", "there is no connection of that name"},
		{"INITIATE\n", "INITIATE NAME"},
		{"SWITCH vpn 7\n", "no such SEGW"},
		{"SWITCH vpn\n", "expected SWITCH NAME"},
		{"APPLY_CONFIG {\"name\":\n", "this is not JSON"},
		{"APPLY_CONFIG {\"nam\":\"x\"}", "\"path\":\"nam\",\"offset\":14"},
		{"APPLY_CONFIG {\"name\":7}", "\"path\":\"name\",\"offset\":21"},
		{"APPLY_CONFIG {\"name\":\"a\",\"ike_cfg\":{\"remote_addrs\":\"10.0.0.1,,10.0.0.2\"}}",
	         "\"path\":\"ike_cfg.remote_addrs"},
		{"APPLY_CONFIG {\"name\":\"a\",\"ike_cfg\":{\"remote_addrs\":\"%any\"}}", "\"path\":\"ike_cfg.remote_addrs"},
		{"APPLY_CONFIG {\"name\":\"a\",\"ike_cfg\":{\"remote_addrs\":\"10.0.0.0/24\"}}",
	         "\"path\":\"ike_cfg.remote_addrs"},
		{"APPLY_CONFIG {\"name\":\"a\",\"ike_cfg\":{\"remote_addrs\":\"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,"
	         "1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9\"}}", "\"path\":\"ike_cfg.remote_addrs"},
	};
	size_t i;

	start();
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK_NUMBER(SEGW_ERR_REFUSED, request(rows[i].text));
		CHECK_HAS(reply, "\"ok\":false,\"error\":\"");
		CHECK_HAS(reply, rows[i].part);
		CHECK_NUMBER(0, next_action().kind);
	}
	drain();
	CHECK_TEXT("", events);
}

static void a_blank_request_has_no_reply(void)
{
	CHECK_NUMBER(SEGW_OK, request(" \r\n"));
	CHECK_TEXT("", reply);
}

/* Pushes `stream` in pieces of `piece` bytes; writes each request that ends, and `|`, to `found`. */
static segw_status_t cut(const char *stream, size_t piece, char *found)
{
	segw_frame_t frame;
	size_t at = 0, len = strlen(stream), n, used;
	segw_status_t status;

	*found = '\0';
	CHECK_NUMBER(SEGW_OK, segw_frame_init(&frame));
	CHECK_NUMBER(1, segw_frame_idle(&frame));
	while (at < len) {
		n = len - at < piece ? len - at : piece;
		used = 99;
		status = segw_frame_push(&frame, stream + at, n, &used);
		CHECK(status == SEGW_OK ? used >= 1 && used <= n : status == SEGW_AGAIN && used == n);
		strncat(found, stream + at, used);
		strcat(found, status == SEGW_OK ? "|" : "");
		at += used;
	}
	return segw_frame_idle(&frame);
}

static void requests_arrive_in_pieces(void)
{
	char found[256];
	size_t piece;

	for (piece = 1; piece < 40; piece++) {
		CHECK_NUMBER(1, cut("STATUS vpn\nA {\n\"a\":[{\"}\":\"\\\"{\"}]}VERSION\n", piece, found));
		CHECK_TEXT("STATUS vpn\n|A {\n\"a\":[{\"}\":\"\\\"{\"}]}|VERSION\n|", found);
		CHECK_NUMBER(1, cut(" \r\n", piece, found));
		CHECK_NUMBER(0, cut("STATUS", piece, found));
		CHECK_TEXT("STATUS", found);
		CHECK_NUMBER(0, cut("APPLY_CONFIG {\"name\":\"vp", piece, found));
		CHECK_NUMBER(1, cut("A {\"no end\nB\n", piece, found));
		CHECK_TEXT("A {\"no end\n|B\n|", found);
	}
}

static void a_client_narrows_its_events(void)
{
	static const char wish[] = "SUBSCRIBE {\"events\":[\"segw_failover\"],\"connections\":[\"vpn\"]}\n";
	static const char typo[] = "SUBSCRIBE {\"events\":[\"segw_failovr\"]}\n";
	segw_filter_t filter;
	segw_filter_t *bad = (segw_filter_t *)(void *)((char *)(void *)&filter + 1);
	segw_subject_t up, moved, other;
	char line[SEGW_EVENT_CAP];
	size_t len = 0;

	start();
	drain();
	CHECK_NUMBER(SEGW_OK, child_updown(1, true));
	CHECK_NUMBER(SEGW_OK, segw_next_event(ctx, line, sizeof line, &len, &up));
	CHECK(strncmp(line, "{\"event\":\"tunnel_up\"", 20) == 0);
	CHECK_TEXT("vpn", up.connection);
	lose(1);
	/* After charon's reason. */
	do {
		CHECK_NUMBER(SEGW_OK, segw_next_event(ctx, line, sizeof line, &len, &moved));
	} while (strncmp(line, "{\"event\":\"alert\"", 16) == 0);
	CHECK(strncmp(line, "{\"event\":\"segw_failover\"", 24) == 0);
	CHECK_TEXT("vpn", moved.connection);
	other = moved;
	strcpy(other.connection, "vp");

	CHECK_NUMBER(SEGW_VERB_SUBSCRIBE, segw_verb(wish, strlen(wish)));
	CHECK_NUMBER(SEGW_OK, segw_filter_init(&filter));
	CHECK_NUMBER(1, segw_filter_wants(&filter, &up));
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_filter_read(&filter, typo, strlen(typo), reply, SEGW_REPLY_CAP, &len));
	reply[len] = '\0';
	CHECK_HAS(reply, "did you mean segw_failover?\",\"path\":\"events[0]\"");
	CHECK_NUMBER(1, segw_filter_wants(&filter, &up));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_filter_read(&filter, wish, strlen(wish), reply, 8, &len));
	CHECK_NUMBER(1, segw_filter_wants(&filter, &up));
	CHECK_NUMBER(SEGW_OK, segw_filter_read(&filter, wish, strlen(wish), reply, SEGW_REPLY_CAP, &len));
	reply[len] = '\0';
	CHECK_TEXT("{\"reply\":\"SUBSCRIBE\",\"ok\":true}\n", reply);
	CHECK_NUMBER(0, segw_filter_wants(&filter, &up));
	CHECK_NUMBER(1, segw_filter_wants(&filter, &moved));
	CHECK_NUMBER(0, segw_filter_wants(&filter, &other));
	other.event = UINT32_MAX;
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_filter_wants(&filter, &other));
	other = moved;
	memset(other.connection, 'x', sizeof other.connection);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_filter_wants(&filter, &other));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_filter_read(&filter, "STATUS", 6, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_filter_init(NULL));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_filter_init(bad));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_filter_read(NULL, wish, 9, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_filter_read(bad, wish, 9, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_filter_read(&filter, NULL, 9, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_filter_wants(NULL, &up));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_filter_wants(&filter, NULL));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_filter_wants(&filter, (segw_subject_t *)(void *)((char *)(void *)&up + 1)));
	/* Not the engine's business. */
	CHECK_NUMBER(SEGW_ERR_REFUSED, request(wish));
}

/* What the bytes of a record mean is the caller's affair; the context has no part in it. */
static void a_record_is_told_in_parts(void)
{
	static const uint8_t data[6] = {'f', 'o', 'o', 'b', 'a', 'r'};
	static const char whole[] = "RECORD\n", rest[] = "RECORD 7 4\n", other[] = "RECORD 8 4\n";
	size_t len = 0;

	CHECK_NUMBER(SEGW_OK, segw_record_reply(whole, sizeof whole - 1, data, sizeof data, 7, reply, SEGW_REPLY_CAP, &len));
	reply[len] = '\0';
	CHECK_TEXT("{\"reply\":\"RECORD\",\"ok\":true,\"serial\":7,\"size\":6,\"offset\":0,\"data\":\"Zm9vYmFy\"}\n", reply);
	CHECK_NUMBER(SEGW_OK, segw_record_reply(rest, sizeof rest - 1, data, sizeof data, 7, reply, SEGW_REPLY_CAP, &len));
	reply[len] = '\0';
	CHECK_HAS(reply, "\"offset\":4,\"data\":\"YXI=\"}");
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_record_reply(other, sizeof other - 1, data, sizeof data, 7, reply, SEGW_REPLY_CAP, &len));
	reply[len] = '\0';
	CHECK_HAS(reply, "\"ok\":false");
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_record_reply(whole, sizeof whole - 1, data, sizeof data, 7, reply, 8, &len));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_record_reply("STATUS", 6, data, sizeof data, 7, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_record_reply(whole, sizeof whole - 1, NULL, 6, 7, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_record_reply(whole, sizeof whole - 1, data, sizeof data, 7, reply, SEGW_REPLY_CAP, NULL));
	CHECK_NUMBER(SEGW_ERR_REFUSED, request(whole));
}

static void charons_reasons_are_told(void)
{
	bring_up("");
	drain();
	CHECK_NUMBER(SEGW_OK, alert(1, SEGW_ALERT_RETRANSMIT_TIMEOUT));
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, alert(99, SEGW_ALERT_RETRANSMIT_TIMEOUT));
	drain();
	CHECK_HAS(events, "{\"event\":\"alert\"");
	CHECK_HAS(events, "\"ike_sa_name\":\"vpn\",\"unique_id\":1,\"remote\":\"10.0.0.1\",\"alert\":\"RETRANSMIT_SEND_TIMEOUT\"}");
	CHECK_HAS_NOT(events, "\"unique_id\":99");
}

static void what_has_changed_is_set_up_anew(void)
{
	bring_up("");
	drain();
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"failover\":{\"stable_ms\":1}")));
	CHECK_HAS(reply, "\"unchanged\":[\"vpn\"],\"restarted\":[]");
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", ",\"dpd\":{\"delay\":7}")));
	CHECK_HAS(reply, "\"unchanged\":[],\"restarted\":[\"vpn\"]");
	CHECK_NUMBER(SEGW_ACTION_TERMINATE, next_action().kind);
	CHECK_NUMBER(SEGW_ACTION_INITIATE, next_action().kind);
}

const test_t request_tests[] = {
	{"a_client_narrows_its_events", a_client_narrows_its_events},
	{"a_record_is_told_in_parts", a_record_is_told_in_parts},
	{"charons_reasons_are_told", charons_reasons_are_told},
	{"what_has_changed_is_set_up_anew", what_has_changed_is_set_up_anew},
	{"versions", versions},
	{"verbs", verbs},
	{"status_and_history", status_and_history},
	{"counters_begin_anew", counters_begin_anew},
	{"what_only_the_caller_knows", what_only_the_caller_knows},
		{"what_only_the_caller_knows", what_only_the_caller_knows},
	{"dpd_probes", dpd_probes},
	{"terminate_and_remove", terminate_and_remove},
	{"removing_what_is_up_ends_it_first", removing_what_is_up_ends_it_first},
	{"the_same_configuration_runs_on", the_same_configuration_runs_on},
	{"one_address_is_told", one_address_is_told},
	{"refusals_name_the_place", refusals_name_the_place},
	{"a_blank_request_has_no_reply", a_blank_request_has_no_reply},
	{"requests_arrive_in_pieces", requests_arrive_in_pieces},
	{NULL, NULL},
};
