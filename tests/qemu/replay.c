/*
 * Drives libsegw from a recorded script and a seeded storm, and prints everything that comes out of it: the same bytes on
 * every machine. With --stack it prints the deepest stack of each function instead.
 *
 * usage: replay [--stack] < SCRIPT
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static segw_ctx_t ctx;
static segw_policy_t policy;
static segw_frame_t frame;
static segw_filter_t filter;
static segw_config_t config;
uint64_t now;
segw_action_t last_dial;

/* Buffers of bytes start at odd addresses: the library may not assume more. */
static char reply_room[SEGW_REPLY_CAP + 1], event_room[SEGW_EVENT_CAP + 1], memory_room[SEGW_MEMORY_CAP + 1];
static char request_room[SEGW_REQUEST_CAP + 2], address_room[SEGW_ADDR_CAP + 1], message_room[200 + 1];
static char *const reply = reply_room + 1, *const line = event_room + 1, *const memory = memory_room + 1;
static char *const address = address_room + 1, *const message = message_room + 1;
char *const text = request_room + 1;

static uint64_t hash = 0xcbf29ce484222325u;

/* FNV-1a over what is printed. */
static void put(const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	}
	if (!stack_wanted) {
		fwrite(bytes, 1, len, stdout);
	}
}

static void print_status(const char *what, segw_status_t status)
{
	char room[128];
	int len = snprintf(room, sizeof room, "%s %" PRId32 " at %" PRIu64 "\n", what, status, now);

	put(room, (size_t)len);
}

static void drain_action(const segw_action_t *action)
{
	char room[512];
	int len;

	if (action->kind == SEGW_ACTION_INITIATE) {
		last_dial = *action;
	}
	acted(action);
	len = snprintf(room, sizeof room, "action %" PRIu32 " id %" PRIu32 " serial %" PRIu32 " segw %" PRIu32 " %d %d %s %s\n",
	               action->kind, action->unique_id, action->serial, action->segw, action->parallel, action->again,
	               action->connection, action->address);
	put(room, (size_t)len);
}

/* Everything that waits: actions, events, the memory, the next time. */
static void drain(void)
{
	segw_action_t action;
	segw_status_t status;
	segw_subject_t subject;
	size_t len = 0;
	uint64_t at = 0;

	for (;;) {
		STACK("segw_next_action", status = segw_next_action(&ctx, &action));
		if (status != SEGW_OK) {
			break;
		}
		drain_action(&action);
	}
	for (;;) {
		STACK("segw_next_event", status = segw_next_event(&ctx, line, SEGW_EVENT_CAP, &len, &subject));
		if (status != SEGW_OK) {
			break;
		}
		put(line, len);
		STACK("segw_filter_wants", status = segw_filter_wants(&filter, &subject));
		put(status == 1 ? "+\n" : "-\n", 2);
	}
	STACK("segw_memory", status = segw_memory(&ctx, memory, SEGW_MEMORY_CAP, &len));
	if (status == SEGW_OK) {
		put(memory, len);
	}
	STACK("segw_poll_at", status = segw_poll_at(&ctx, &at));
	if (status == SEGW_OK) {
		char room[64];
		int used = snprintf(room, sizeof room, "poll %" PRIu64 "\n", at);

		put(room, (size_t)used);
		next_poll = at;
	} else {
		next_poll = 0;
	}
}

void begin(uint64_t seed)
{
	segw_status_t status;

	/* Once a life; it may take more than all others. */
	stack_depth *= 5;
	STACK("segw_init", status = segw_init(&ctx, now, seed));
	stack_depth /= 5;
	print_status("init", status);
	STACK("segw_policy_init", status = segw_policy_init(&policy));
	STACK("segw_frame_init", status = segw_frame_init(&frame));
	STACK("segw_filter_init", status = segw_filter_init(&filter));
}

void timeout(void)
{
	segw_status_t status;

	STACK("segw_timeout", status = segw_timeout(&ctx, now));
	print_status("timeout", status);
	drain();
}

void tell(const segw_ike_event_t *event)
{
	segw_status_t status;

	STACK("segw_ike_event", status = segw_ike_event(&ctx, now, event));
	print_status("ike", status);
	STACK("segw_address", status = segw_address(&ctx, event->unique_id, address, SEGW_ADDR_CAP));
	if (status == SEGW_OK) {
		put(address, strlen(address));
		put("\n", 1);
	}
	drain();
}

/* What the plugin would hand to charon: all of the configuration but its padding, of which there is none. */
static void configure(size_t len)
{
	uint32_t index, count = 1;
	segw_status_t status;
	size_t cursor = 0, used = 0;
	char room[96];
	int n;

	for (index = 0; index < count; index++) {
		STACK("segw_config_parse", status = segw_config_parse(text, len, &cursor, &config, &count, reply, SEGW_REPLY_CAP, &used));
		print_status("config", status);
		if (status != SEGW_OK) {
			put(reply, used);
			return;
		}
		n = snprintf(room, sizeof room, "%s of %" PRIu32 "\n", segw_text(&config, config.name), count);
		put(room, (size_t)n);
		put((const char *)config.text, sizeof config.text);
	}
	STACK("segw_config_refuse", status = segw_config_refuse(text, len, 0, "ike_cfg.proposals[0]", "not known", reply, SEGW_REPLY_CAP, &used));
	print_status("refuse", status);
	put(reply, used);
}

/* The request in `text`, in the pieces that a stream would bring. */
void request(size_t len)
{
	size_t used = 0, step, at, reply_len = 0;
	segw_status_t status;
	uint32_t verb;

	for (at = 0; at < len; at += used) {
		step = len - at < 7 ? len - at : 7;
		STACK("segw_frame_push", status = segw_frame_push(&frame, text + at, step, &used));
		if (status < 0 || used == 0) {
			break;
		}
	}
	STACK("segw_frame_idle", status = segw_frame_idle(&frame));
	print_status("idle", status);
	STACK("segw_verb", verb = segw_verb(text, len));
	if (verb == SEGW_VERB_SUBSCRIBE) {
		STACK("segw_filter_read", status = segw_filter_read(&filter, text, len, reply, SEGW_REPLY_CAP, &reply_len));
	} else {
		if (verb == SEGW_VERB_APPLY_CONFIG) {
			configure(len);
		}
		STACK(verb == SEGW_VERB_APPLY_CONFIG ? "segw_command APPLY_CONFIG" : "segw_command",
		      status = segw_command(&ctx, now, text, len, reply, SEGW_REPLY_CAP, &reply_len));
	}
	print_status("request", status);
	put(reply, reply_len);
	drain();
}

void adopt(const char *name, const char *addresses, uint32_t children)
{
	segw_status_t status;

	message[0] = '\0';
	STACK("segw_adopt", status = segw_adopt(&ctx, now, name, addresses, children, &policy, message, 200));
	print_status("adopt", status);
	put(message, strlen(message));
	STACK("segw_address_at", status = segw_address_at(&ctx, name, 1, address, SEGW_ADDR_CAP));
	print_status("second", status);
	drain();
}

void release(const char *name)
{
	segw_status_t status;

	STACK("segw_release", status = segw_release(&ctx, now, name));
	print_status("release", status);
	drain();
}

void set_policy(const char *key, const char *value)
{
	segw_status_t status;

	message[0] = '\0';
	STACK("segw_policy_set", status = segw_policy_set(&policy, key, value, message, 200));
	print_status("policy", status);
	put(message, strlen(message));
}

void restore(const char *kept)
{
	segw_status_t status;

	STACK("segw_restore", status = segw_restore(&ctx, kept, strlen(kept)));
	print_status("restore", status);
}

int run_all(void)
{
	char room[64];
	int len;

	if (segw_abi() != SEGW_ABI || strcmp(segw_version(), SEGW_VERSION) != 0) {
		fprintf(stderr, "libsegw.a and segw.h differ: %s and %s\n", segw_version(), SEGW_VERSION);
		return 2;
	}
	now = 1000;
	begin(1);
	if (!play(stdin)) {
		return 2;
	}
	storm(20240229, 3000);
	len = snprintf(room, sizeof room, "hash %016" PRIx64 "\n", hash);
	if (stack_wanted) {
		print_stacks();
		printf("context %lu\n", (unsigned long)sizeof(segw_ctx_t));
	} else {
		fwrite(room, 1, (size_t)len, stdout);
	}
	return fflush(stdout) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	stack_wanted = argc > 1 && strcmp(argv[1], "--stack") == 0;
	return stack_wanted ? on_painted_stack(run_all) : run_all();
}
