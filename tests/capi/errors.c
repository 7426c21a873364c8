/* Misuse, each answered with its status. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

/* One byte off: misaligned for every type but char. Never dereferenced here. */
#define OFF(type, pointer) ((type)(void *)((char *)(void *)(pointer) + 1))

static segw_config_t config;
static segw_action_t action;
static char buffer[1024];
static size_t cursor, len;
static uint32_t count;
static uint64_t at_ms;
static segw_subject_t subject;

static void null_pointers(void)
{
	segw_frame_t frame;
	segw_ike_event_t event = ike(SEGW_IKE_SHUTDOWN, 0);

	segw_frame_init(&frame);
	CHECK_NUMBER(SEGW_ERR_NULL, segw_init(NULL, 0, 0));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_command(NULL, 0, "STATUS", 6, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_command(ctx, 0, NULL, 6, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_command(ctx, 0, "STATUS", 6, NULL, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_command(ctx, 0, "STATUS", 6, buffer, sizeof buffer, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_ike_event(NULL, 0, &event));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_ike_event(ctx, 0, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_timeout(NULL, 0));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_clock(NULL, 0, 0, 0));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_next_action(NULL, &action));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_next_action(ctx, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_wants(NULL, "vpn", 1));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_wants(ctx, NULL, 1));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_next_event(NULL, buffer, sizeof buffer, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_next_event(ctx, NULL, sizeof buffer, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_next_event(ctx, buffer, sizeof buffer, NULL, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_poll_at(NULL, &at_ms));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_poll_at(ctx, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_address(NULL, 1, buffer, sizeof buffer));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_address(ctx, 1, NULL, sizeof buffer));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_frame_init(NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_frame_push(NULL, "x", 1, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_frame_push(&frame, NULL, 1, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_frame_push(&frame, "x", 1, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_frame_idle(NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse(NULL, 1, &cursor, &config, &count, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse("x", 1, NULL, &config, &count, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse("x", 1, &cursor, NULL, &count, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse("x", 1, &cursor, &config, NULL, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse("x", 1, &cursor, &config, &count, NULL, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_parse("x", 1, &cursor, &config, &count, buffer, sizeof buffer, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_refuse(NULL, 1, 0, "a", "b", buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_refuse("x", 1, 0, NULL, "b", buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_refuse("x", 1, 0, "a", NULL, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_refuse("x", 1, 0, "a", "b", NULL, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_config_refuse("x", 1, 0, "a", "b", buffer, sizeof buffer, NULL));
	CHECK_NUMBER(SEGW_ERR_NULL, segw_log_init(NULL, NULL, 3));
}

static void misaligned_pointers(void)
{
	segw_ctx_t *bad = OFF(segw_ctx_t *, ctx);
	segw_ike_event_t event = ike(SEGW_IKE_SHUTDOWN, 0);
	segw_frame_t frame;

	segw_frame_init(&frame);
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_init(bad, 0, 0));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_command(bad, 0, "STATUS", 6, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_command(ctx, 0, "STATUS", 6, buffer, sizeof buffer, OFF(size_t *, &len)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_ike_event(bad, 0, &event));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_ike_event(ctx, 0, OFF(segw_ike_event_t *, &event)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_timeout(bad, 0));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_clock(bad, 0, 0, 0));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_next_action(bad, &action));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_next_action(ctx, OFF(segw_action_t *, &action)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_wants(bad, "vpn", 1));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_next_event(bad, buffer, sizeof buffer, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_next_event(ctx, buffer, sizeof buffer, OFF(size_t *, &len), NULL));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_next_event(ctx, buffer, sizeof buffer, &len, OFF(segw_subject_t *, &subject)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_poll_at(bad, &at_ms));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_poll_at(ctx, OFF(uint64_t *, &at_ms)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_address(bad, 1, buffer, sizeof buffer));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_frame_init(OFF(segw_frame_t *, &frame)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_frame_push(OFF(segw_frame_t *, &frame), "x", 1, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_frame_push(&frame, "x", 1, OFF(size_t *, &len)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_frame_idle(OFF(segw_frame_t *, &frame)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_config_parse("x", 1, OFF(size_t *, &cursor), &config, &count, buffer,
	                                               sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_config_parse("x", 1, &cursor, OFF(segw_config_t *, &config), &count, buffer,
	                                               sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_config_parse("x", 1, &cursor, &config, OFF(uint32_t *, &count), buffer,
	                                               sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_config_parse("x", 1, &cursor, &config, &count, buffer, sizeof buffer,
	                                               OFF(size_t *, &len)));
	CHECK_NUMBER(SEGW_ERR_ALIGN, segw_config_refuse("x", 1, 0, "a", "b", buffer, sizeof buffer, OFF(size_t *, &len)));
}

static void an_uninitialised_context(void)
{
	segw_ctx_t *zero = (segw_ctx_t *)calloc(1, sizeof *zero);
	segw_ike_event_t event = ike(SEGW_IKE_SHUTDOWN, 0);

	CHECK_NUMBER(SEGW_ERR_STATE, segw_command(zero, 0, "STATUS", 6, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_ike_event(zero, 0, &event));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_timeout(zero, 0));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_clock(zero, 0, 0, 0));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_next_action(zero, &action));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_wants(zero, "vpn", 1));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_next_event(zero, buffer, sizeof buffer, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_poll_at(zero, &at_ms));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_address(zero, 1, buffer, sizeof buffer));
	free(zero);
}

static void a_second_init_forgets_everything(void)
{
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_AGAIN, segw_next_event(ctx, buffer, sizeof buffer, &len, NULL));
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"connections\":[]");
}

static void short_buffers(void)
{
	len = 77;
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_command(ctx, now, "VERSION", 7, buffer, 0, &len));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_command(ctx, now, "VERSION", 7, buffer, 20, &len));
	CHECK_NUMBER(77, (int64_t)len);
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_NUMBER(SEGW_OK, dialling(1, next_action().serial));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_next_event(ctx, buffer, 20, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_next_event(ctx, buffer, 0, &len, NULL));
	CHECK_NUMBER(77, (int64_t)len);
	drain();
	CHECK_HAS(events, "\"event\":\"config_applied\"");
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_address(ctx, 1, buffer, strlen("10.0.0.1")));
	CHECK_NUMBER(SEGW_OK, segw_address(ctx, 1, buffer, strlen("10.0.0.1") + 1));
	CHECK_TEXT("10.0.0.1", buffer);
	CHECK_NUMBER(SEGW_ERR_UNKNOWN, segw_address(ctx, 2, buffer, sizeof buffer));
}

static void lengths_that_cannot_be(void)
{
	segw_frame_t frame;

	segw_frame_init(&frame);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_command(ctx, 0, "STATUS", SIZE_MAX, buffer, sizeof buffer, &len));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_command(ctx, 0, "STATUS", 6, buffer, SIZE_MAX, &len));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_next_event(ctx, buffer, SIZE_MAX, &len, NULL));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_address(ctx, 1, buffer, SIZE_MAX));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_frame_push(&frame, "x", SIZE_MAX, &len));
}

static void events_outside_their_range(void)
{
	segw_ike_event_t event;

	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	event = ike(0, 1);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(1000, 1);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(UINT32_MAX, 1);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, state(1, 8, 0));
	event = ike(SEGW_IKE_UPDOWN, 1);
	event.state = 8;
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(SEGW_IKE_STATE, 1);
	memset(event.connection, 'x', sizeof event.connection);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(SEGW_IKE_UPDOWN, 1);
	memset(event.remote, 'x', sizeof event.remote);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(SEGW_IKE_CHILD_UPDOWN, 1);
	memset(event.child, 'x', sizeof event.child);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(SEGW_IKE_CHILD_UPDOWN, 1);
	memset(event.details.mode, 'x', sizeof event.details.mode);
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	event = ike(SEGW_IKE_STATE, 1);
	strcpy(event.connection, "\303\50");
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, tell(&event));
	/* An alert of a later charon is none of our business, but no error. */
	CHECK_NUMBER(SEGW_OK, dialling(1, next_action().serial));
	CHECK_NUMBER(SEGW_OK, alert(1, 4711));
	CHECK_NUMBER(0, next_action().kind);
}

/* A typo in an id or a name is not silent; nor does it change anything. */
static void ids_and_names_that_nobody_knows(void)
{
	static const uint32_t by_id[] = {SEGW_IKE_UPDOWN, SEGW_IKE_REKEYED, SEGW_IKE_REESTABLISH, SEGW_IKE_REESTABLISHED,
	                                 SEGW_IKE_CHILD_UPDOWN, SEGW_IKE_ALERT, SEGW_IKE_HEARD, SEGW_IKE_COUNTED};
	static const uint32_t by_name[] = {SEGW_IKE_STATE, SEGW_IKE_CHILD_REKEYED, SEGW_IKE_DIALLING,
	                                   SEGW_IKE_NOT_DIALLED, SEGW_IKE_ROUTES, SEGW_IKE_FOUND};
	segw_ike_event_t event;
	uint32_t to;
	size_t i;

	bring_up("");
	for (i = 0; i < sizeof by_id / sizeof by_id[0]; i++) {
		event = ike(by_id[i], 77);
		event.other_id = 78;
		CHECK_NUMBER(SEGW_ERR_UNKNOWN, tell(&event));
	}
	for (to = SEGW_STATE_ESTABLISHED; to <= SEGW_STATE_DESTROYING; to++) {
		CHECK_NUMBER(SEGW_ERR_UNKNOWN, state(77, to, 0));
	}
	for (i = 0; i < sizeof by_name / sizeof by_name[0]; i++) {
		event = ike(by_name[i], 77);
		event.state = SEGW_STATE_CONNECTING;
		event.facts = SEGW_FACT_INITIATOR;
		strcpy(event.connection, "vpm");
		CHECK_NUMBER(SEGW_ERR_UNKNOWN, tell(&event));
	}
	CHECK_NUMBER(0, next_action().kind);
	CHECK_NUMBER(SEGW_OK, request("STATUS\n"));
	CHECK_HAS(reply, "\"state\":\"ACTIVE\"");
	CHECK_HAS_NOT(reply, "77");
}

static void every_status_has_a_sentence(void)
{
	const char *unknown = segw_strerror(4711);
	segw_status_t status;

	for (status = SEGW_ERR_STATE; status <= SEGW_AGAIN; status++) {
		CHECK(strlen(segw_strerror(status)) > 3 && strcmp(segw_strerror(status), unknown) != 0);
	}
	CHECK_TEXT(unknown, segw_strerror(SEGW_ERR_STATE - 1));
	CHECK_TEXT(unknown, segw_strerror(2));
	CHECK_TEXT(unknown, segw_strerror(INT32_MIN));
}

static unsigned lines;
static int user;

static void sink(void *handed, uint32_t level, const char *text, size_t text_len)
{
	CHECK(handed == &user);
	CHECK(level >= 1 && level <= 4);
	CHECK(text_len > 0 && memchr(text, '\0', text_len) == NULL);
	lines++;
}

/* Once a process: everything about the sink in one test. The tests after it run with the sink in place. */
static void the_log_sink(void)
{
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_log_init(sink, &user, 6));
	CHECK_NUMBER(SEGW_OK, segw_log_init(sink, &user, 4));
	CHECK_NUMBER(SEGW_ERR_STATE, segw_log_init(sink, &user, 4));
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", "")));
	CHECK_HAS_NOT(reply, "S3cret");
	CHECK(lines > 0);
}

const test_t error_tests[] = {
	{"null_pointers", null_pointers},
	{"misaligned_pointers", misaligned_pointers},
	{"an_uninitialised_context", an_uninitialised_context},
	{"a_second_init_forgets_everything", a_second_init_forgets_everything},
	{"short_buffers", short_buffers},
	{"lengths_that_cannot_be", lengths_that_cannot_be},
	{"events_outside_their_range", events_outside_their_range},
	{"ids_and_names_that_nobody_knows", ids_and_names_that_nobody_knows},
	{"every_status_has_a_sentence", every_status_has_a_sentence},
	{"the_log_sink", the_log_sink},
	{NULL, NULL},
};
