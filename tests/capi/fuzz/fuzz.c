/*
 * Random calls of every function of segw.h: in no order, with garbage where a program could have any, with a clock that jumps
 * back, with buffers that are exactly as long as is said. What must hold: nothing outside of the buffers is touched (ASan, in
 * the library too), nothing panics, and what comes out is what the header says. The same seed makes the same calls.
 *
 * usage: fuzz [--seconds N] [--calls N] [--seed N]
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <segw.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint64_t state, calls, seed = 1, now = 1000;
static segw_ctx_t *ctx;
static segw_action_t last;
static unsigned long answers[16];
static const char *calling = "nothing";

#define MUST(what) must((what), #what, __LINE__)

static void must(int holds, const char *what, int line)
{
	if (!holds) {
		fprintf(stderr, "fuzz.c:%d: does not hold: %s, in %s, call %" PRIu64 " of seed %" PRIu64 "\n", line, what, calling,
		        calls, seed);
		abort();
	}
}

/* xorshift64*: a number below `limit`, which is not 0. */
static uint32_t below(uint32_t limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 32) % limit;
}

static int rarely(uint32_t odds)
{
	return below(odds) == 0;
}

static uint32_t number(void)
{
	static const uint32_t edges[] = {0, 1, 2, 7, 8, 15, 16, 255, 256, 65535, 0x7fffffff, 0x80000000u, 0xffffffffu};

	return rarely(4) ? edges[below(COUNT(edges))] : rarely(8) ? below(0xffffffffu) : below(12);
}

static void garbage(void *at, size_t len)
{
	unsigned char *bytes = (unsigned char *)at;
	size_t i;

	for (i = 0; i < len; i++) {
		bytes[i] = (unsigned char)below(256);
	}
}

/* Memory that is exactly as long as is said; NULL rarely, and never for 0 bytes only. */
static void *room(size_t len)
{
	void *made = malloc(len > 0 ? len : 1);

	MUST(made != NULL);
	return made;
}

/* The pointer, or seldom none, or one beside it. */
static void *maybe(void *pointer)
{
	return rarely(200) ? NULL : pointer;
}

static segw_status_t answered(segw_status_t status)
{
	MUST(status >= SEGW_ERR_STATE && status <= SEGW_AGAIN);
	MUST(strlen(segw_strerror(status)) > 0);
	answers[status - SEGW_ERR_STATE]++;
	return status;
}

static const char *const names[] = {"vpn", "b", "c3", "site-4", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"};
static const char *const addresses[] = {"192.0.2.1,192.0.2.2", "a.example, b.example,192.0.2.9", "192.0.2.1", "%any",
                                        "192.0.2.1,192.0.2.2,192.0.2.3,2001:db8::1,2001:db8::2,x,y,z,too.many", "",
                                        "192.0.2.3,192.0.2.1", ",,,", "192.0.2.1,192.0.2.256"};
static const char *const remotes[] = {"192.0.2.1", "192.0.2.2", "a.example", "192.0.2.77", "", "::"};

/* A text of its own, as long as it is: from a list, or mutated, or garbage. Freed by the caller. */
static char *text_of(const char *const *list, size_t count)
{
	const char *from = list[below((uint32_t)count)];
	size_t len = strlen(from);
	char *text = (char *)room(len + 1);

	memcpy(text, from, len + 1);
	if (rarely(16) && len > 0) {
		text[below((uint32_t)len)] = (char)below(256);
	}
	return text;
}

#define TEXT_OF(list) text_of((list), COUNT(list))

static void fill(char *array, size_t cap, const char *const *list, size_t count)
{
	if (rarely(64)) {
		garbage(array, cap);
	} else {
		snprintf(array, cap, "%s", list[below((uint32_t)count)]);
	}
}

static const char *const requests[] = {
    "APPLY_CONFIG {\"name\":\"vpn\",\"ike_cfg\":{\"remote_addrs\":\"192.0.2.1,192.0.2.2\"},\"local_auth\":{\"auth\":\"psk\",\"secret\":"
    "\"x\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[{\"name\":\"net\",\"start_action\":\"start\"}]}",
    "APPLY_CONFIG {\"connections\":[{\"name\":\"b\",\"ike_cfg\":{\"remote_addrs\":[\"a.example\",\"192.0.2.2\",\"192.0.2.3\"]},"
    "\"local_auth\":{\"auth\":\"psk\",\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[{\"name\":\"net\"}],"
    "\"failover\":{\"failback\":\"hold_down\",\"hold_down_ms\":1000,\"max_rounds\":2,\"backoff_limit_ms\":100,"
    "\"backoff_initial_ms\":10}},{\"name\":\"c3\",\"ike_cfg\":{\"remote_addrs\":\"192.0.2.1\"},\"local_auth\":{\"auth\":\"psk\","
    "\"secret\":\"x\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[]}]}",
    "APPLY_CONFIG {\"name\":\"vpn\",\"ike_cfg\":{\"remote_addrs\":\"192.0.2.2,192.0.2.1\"},\"local_auth\":{\"auth\":\"psk\",\"secret\":"
    "\"\\u0041\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[{\"name\":\"net\",\"start_action\":\"start\"}]}",
    "INITIATE vpn", "INITIATE b", "TERMINATE vpn", "TERMINATE b", "SWITCH vpn next", "SWITCH vpn primary", "SWITCH b 2",
    "SWITCH vpn 192.0.2.2", "START_DPD vpn", "STATUS", "STATUS vpn", "HISTORY", "HISTORY b", "VERSION", "REMOVE_CONFIG vpn",
    "REMOVE_CONFIG b", "REMOVE_CONFIG c3", "SUBSCRIBE {\"events\":[\"alert\",\"tunnel_up\"],\"connections\":[\"vpn\"]}",
    "SUBSCRIBE {}", "", " ", "POLICY vpn", "EXPLAIN vpn"};

/* A request: whole, torn, mutated or garbage. */
static char *any_request(size_t *len)
{
	const char *from = requests[below(COUNT(requests))];
	char *made;
	uint32_t times;

	*len = rarely(16) ? below((uint32_t)strlen(from) + 1) : strlen(from);
	made = (char *)room(*len);
	memcpy(made, from, *len);
	if (rarely(64)) {
		garbage(made, *len);
	}
	for (times = rarely(3) ? below(4) : 0; times > 0 && *len > 0; times--) {
		static const char letters[] = "{}[]\",:\\ue09.-+ \n\t\0\x80\xff";

		made[below((uint32_t)*len)] = letters[below(sizeof letters)];
	}
	return made;
}

static size_t any_cap(size_t enough)
{
	return rarely(3) ? below(300) : enough;
}

static uint64_t any_time(void)
{
	if (rarely(50)) {
		now -= below(100000);
	} else if (rarely(20000)) {
		return UINT64_MAX - below(3);
	} else {
		now += rarely(20) ? below(4000000) : below(700);
	}
	return now;
}

/* ---- the calls ---- */

static void init(void)
{
	answered(segw_init((segw_ctx_t *)maybe(ctx), any_time(), below(1000)));
}

static void command(void)
{
	size_t len, cap = any_cap(SEGW_REPLY_CAP), reply_len = 0;
	char *request = any_request(&len), *reply = (char *)room(cap);
	segw_status_t status;

	status = answered(segw_command((segw_ctx_t *)maybe(ctx), any_time(), (char *)maybe(request), len, (char *)maybe(reply), cap,
	                               &reply_len));
	if (status == SEGW_OK || status == SEGW_ERR_REFUSED) {
		MUST(reply_len <= cap);
		MUST(reply_len == 0 || (reply[0] == '{' && reply[reply_len - 1] == '\n'));
		MUST(reply_len == 0 || memchr(reply, '\n', reply_len) == reply + reply_len - 1);
	}
	free(request);
	free(reply);
}

static void ike_event(void)
{
	segw_ike_event_t *event = (segw_ike_event_t *)room(sizeof *event);

	garbage(event, rarely(64) ? sizeof *event : 0);
	if (!rarely(64)) {
		memset(event, 0, sizeof *event);
		event->kind = rarely(32) ? number() : 1 + below(16);
		event->unique_id = 1 + below(12);
		event->other_id = 1 + below(12);
		event->serial = rarely(4) ? number() : last.serial;
		event->state = rarely(64) ? number() : below(8);
		event->facts = rarely(4) ? number() : SEGW_FACT_INITIATOR | (rarely(4) ? below(512) : 0);
		event->alert = below(16);
		event->packets = rarely(3) ? now : 7;
		event->routes = rarely(2) ? 255 : number();
		event->children = below(3);
		event->up = rarely(2);
		event->more = rarely(4);
		fill(event->connection, sizeof event->connection, names, COUNT(names));
		if (event->kind == SEGW_IKE_DIALLING || event->kind == SEGW_IKE_NOT_DIALLED) {
			memcpy(event->connection, last.connection, sizeof event->connection);
		}
		fill(event->remote, sizeof event->remote, remotes, COUNT(remotes));
		fill(event->child, sizeof event->child, names, COUNT(names));
		fill(event->details.local_ts, sizeof event->details.local_ts, remotes, COUNT(remotes));
		/* a bool of C's has no other values */
	} else {
		event->up = event->more = false;
	}
	if (event->kind == SEGW_IKE_SHUTDOWN && !rarely(50)) {
		event->kind = SEGW_IKE_ROAM;
	}
	answered(segw_ike_event((segw_ctx_t *)maybe(ctx), any_time(), (segw_ike_event_t *)maybe(event)));
	free(event);
}

static void timeout(void)
{
	if (rarely(8)) {
		answered(segw_clock(ctx, any_time(), rarely(4) ? any_time() : 1795392000000u + any_time() % 700000000u, (int32_t)below(180000) - 90000));
	}
	answered(segw_timeout(ctx, any_time()));
}

static void next_action(void)
{
	segw_action_t *action = (segw_action_t *)room(sizeof *action);

	if (answered(segw_next_action(ctx, (segw_action_t *)maybe(action))) == SEGW_OK) {
		MUST(action->kind >= SEGW_ACTION_INITIATE && action->kind <= SEGW_ACTION_ROUTES);
		MUST(memchr(action->connection, '\0', sizeof action->connection) != NULL);
		MUST(memchr(action->address, '\0', sizeof action->address) != NULL);
		MUST(action->kind != SEGW_ACTION_INITIATE || (action->segw < SEGW_SEGW_CAP && action->address[0] != '\0'));
		if (action->kind == SEGW_ACTION_INITIATE) {
			last = *action;
		}
	}
	free(action);
}

static void next_event(void)
{
	size_t cap = any_cap(SEGW_EVENT_CAP), len = 0;
	char *line = (char *)room(cap);
	segw_subject_t *subject = (segw_subject_t *)room(sizeof *subject);
	segw_status_t status = answered(segw_next_event(ctx, (char *)maybe(line), cap, &len, rarely(2) ? NULL : subject));

	free(subject);
	if (status == SEGW_OK) {
		MUST(len > 2 && len <= cap && line[0] == '{' && line[len - 2] == '}' && line[len - 1] == '\n');
	}
	MUST(cap < SEGW_EVENT_CAP || status != SEGW_ERR_SHORT);
	free(line);
}

static void poll_at(void)
{
	uint64_t *at = (uint64_t *)room(sizeof *at);

	answered(segw_poll_at(ctx, (uint64_t *)maybe(at)));
	free(at);
}

static void look_up(void)
{
	char *name = TEXT_OF(names);
	size_t cap = any_cap(SEGW_ADDR_CAP);
	char *address = (char *)room(cap);
	segw_status_t status;

	answered(segw_wants(ctx, (char *)maybe(name), rarely(2) ? last.serial : number()));
	status = rarely(2) ? segw_address(ctx, 1 + below(12), address, cap) : segw_address_at(ctx, name, number(), address, cap);
	if (answered(status) == SEGW_OK) {
		MUST(memchr(address, '\0', cap) != NULL);
	}
	free(address);
	free(name);
}

static void keep(void)
{
	size_t cap = any_cap(SEGW_MEMORY_CAP), len = 0;
	char *memory = (char *)room(cap);

	if (answered(segw_memory(ctx, memory, cap, &len)) == SEGW_OK) {
		MUST(len > 0 && len <= cap && memory[len - 1] == '\n');
		if (rarely(3)) {
			memory[below((uint32_t)len)] = (char)below(256);
		}
		if (rarely(50)) {
			answered(segw_restore(ctx, memory, rarely(2) ? len : below((uint32_t)len)));
		}
	}
	if (rarely(50)) {
		answered(segw_set_device(ctx, now, memory, below((uint32_t)len + 1)));
	}
	free(memory);
}

static void adopted(void)
{
	static const char *const keys[] = {"failback", "hold_down_ms", "max_rounds", "liveness_interval_ms", "on_refusal", "nonsense"};
	static const char *const values[] = {"off", "hold_down", "stay", "100", "0", "4294967295", "-1", ""};
	char *name = TEXT_OF(names), *list = TEXT_OF(addresses), *key = TEXT_OF(keys), *value = TEXT_OF(values);
	segw_policy_t *policy = (segw_policy_t *)room(sizeof *policy);
	size_t cap = any_cap(100);
	char *message = (char *)room(cap);
	const char *words[] = {name, value};
	size_t index = 0;

	if (rarely(8)) {
		garbage(policy, sizeof *policy);
	} else {
		answered(segw_policy_init(policy));
		if (rarely(8)) {
			garbage((char *)(void *)policy + 4 * below(24), 4);
		}
	}
	if (answered(segw_policy_set(policy, key, value, message, cap)) == SEGW_ERR_REFUSED) {
		MUST(memchr(message, '\0', cap) != NULL);
	}
	if (answered(segw_adopt(ctx, any_time(), (char *)maybe(name), list, number(), (segw_policy_t *)maybe(policy), message, cap)) ==
	    SEGW_ERR_REFUSED) {
		MUST(memchr(message, '\0', cap) != NULL);
	}
	if (rarely(8)) {
		answered(segw_release(ctx, any_time(), name));
	}
	answered(segw_not_guarded(ctx, any_time(), (char *)maybe(name), rarely(4) ? NULL : value));
	answered(segw_policy_error(ctx, (char *)maybe(name), rarely(4) ? NULL : value));
	if (answered(segw_policy_check((segw_policy_t *)maybe(policy), message, cap)) == SEGW_ERR_REFUSED) {
		MUST(memchr(message, '\0', cap) != NULL);
	}
	if (answered(segw_local_addresses((char *)maybe(list), message, cap)) == SEGW_ERR_REFUSED) {
		MUST(memchr(message, '\0', cap) != NULL);
	}
	if (answered(segw_policy_key((char *)maybe(key), message, cap)) == SEGW_OK) {
		MUST(memchr(message, '\0', cap) != NULL);
	}
	if (answered(segw_nearest((char *)maybe(key), words, below(3), &index)) == SEGW_OK) {
		MUST(index < 2);
	}
	free(message);
	free(policy);
	free(name);
	free(list);
	free(key);
	free(value);
}

static void stream(void)
{
	segw_frame_t *frame = (segw_frame_t *)room(sizeof *frame);
	size_t len, used = 0;
	char *bytes = any_request(&len);
	segw_status_t status;

	if (rarely(4)) {
		garbage(frame, sizeof *frame);
	} else {
		answered(segw_frame_init(frame));
	}
	status = answered(segw_frame_push(frame, bytes, len, &used));
	MUST(status < 0 || used <= len);
	MUST(status != SEGW_AGAIN || used == len);
	answered(segw_frame_idle(frame));
	MUST(segw_verb((char *)maybe(bytes), len) <= SEGW_VERB_SUBSCRIBE + 8);
	free(bytes);
	free(frame);
}

static void configuration(void)
{
	segw_config_t *config = (segw_config_t *)room(sizeof *config);
	size_t len, cap = any_cap(4096), reply_len = 0;
	char *request = any_request(&len), *reply = (char *)room(cap), *path = TEXT_OF(names), *message = TEXT_OF(addresses);
	const char *text;
	uint32_t count = 1;
	size_t cursor = rarely(4) ? number() : 0;
	segw_status_t status;

	status = segw_config_parse(request, len, &cursor, (segw_config_t *)maybe(config), &count, reply, cap, &reply_len);
	if (answered(status) == SEGW_OK) {
		MUST(count >= 1 && count <= SEGW_CONNECTION_CAP);
		text = segw_text(config, config->name);
		MUST(text != NULL && strlen(text) == config->name.len);
	}
	MUST(status != SEGW_ERR_REFUSED || reply_len <= cap);
	answered(segw_config_refuse(request, len, below(3), path, message, reply, cap, &reply_len));
	free(request);
	free(reply);
	free(path);
	free(message);
	free(config);
}

static void subscription(void)
{
	segw_filter_t *filter = (segw_filter_t *)room(sizeof *filter);
	size_t len, cap = any_cap(4096), reply_len = 0;
	char *request = any_request(&len), *reply = (char *)room(cap);
	segw_subject_t subject;

	garbage(&subject, sizeof subject);
	if (!rarely(8)) {
		subject.event = number();
		fill(subject.connection, sizeof subject.connection, names, COUNT(names));
	}
	if (rarely(4)) {
		garbage(filter, sizeof *filter);
		MUST(segw_filter_wants(filter, &subject) == SEGW_ERR_STATE);
	} else {
		answered(segw_filter_init(filter));
	}
	answered(segw_filter_read(filter, request, len, reply, cap, &reply_len));
	answered(segw_record_reply(request, len, (const uint8_t *)request, len, below(3), reply, cap, &reply_len));
	answered(segw_filter_wants(filter, &subject));
	free(request);
	free(reply);
	free(filter);
}

static void unprepared(void)
{
	uint64_t at;
	segw_ctx_t *other = (segw_ctx_t *)room(sizeof *other);
	char reply[64];
	size_t len;

	memset(other, (int)below(256), 64);
	MUST(answered(segw_timeout(other, now)) == SEGW_ERR_STATE);
	MUST(answered(segw_poll_at(other, &at)) == SEGW_ERR_STATE);
	MUST(answered(segw_command(other, now, "STATUS", 6, reply, sizeof reply, &len)) == SEGW_ERR_STATE);
	free(other);
}

/* How often each is called among 1,000. */
static const struct {
	const char *name;
	void (*call)(void);
	uint32_t odds;
} kinds[] = {{"init", init, 1}, {"command", command, 60}, {"ike_event", ike_event, 400}, {"timeout", timeout, 90},
             {"next_action", next_action, 190}, {"next_event", next_event, 110}, {"poll_at", poll_at, 60},
             {"look_up", look_up, 20}, {"keep", keep, 10}, {"adopted", adopted, 20}, {"stream", stream, 10},
             {"configuration", configuration, 20}, {"subscription", subscription, 8}, {"unprepared", unprepared, 1}};

static void one_call(void)
{
	uint32_t left = below(1000);
	size_t i = 0;

	while (i + 1 < COUNT(kinds) && left >= kinds[i].odds) {
		left -= kinds[i].odds;
		i++;
	}
	calling = kinds[i].name;
	kinds[i].call();
	calls++;
}

int main(int argc, char **argv)
{
	uint64_t most = UINT64_MAX, seconds = 0, begun = (uint64_t)time(NULL);
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--seconds") == 0) {
			seconds = value;
		} else if (strcmp(argv[i], "--calls") == 0) {
			most = value;
		} else if (strcmp(argv[i], "--seed") == 0) {
			seed = value;
		}
	}
	if (i != argc || (seconds == 0 && most == UINT64_MAX)) {
		fprintf(stderr, "usage: fuzz [--seconds N] [--calls N] [--seed N]\n");
		return 2;
	}
	state = seed * 0x9e3779b97f4a7c15u + 1;
	ctx = (segw_ctx_t *)room(sizeof *ctx);
	MUST(segw_init(ctx, now, seed) == SEGW_OK);
	while (calls < most && (seconds == 0 || (calls & 1023) != 0 || (uint64_t)time(NULL) - begun < seconds)) {
		one_call();
	}
	free(ctx);
	printf("calls %" PRIu64 ", seed %" PRIu64 ", answers", calls, seed);
	for (i = SEGW_ERR_STATE; i <= SEGW_AGAIN; i++) {
		printf(" %d: %lu", i, answers[i - SEGW_ERR_STATE]);
	}
	printf("\nok   random calls: %" PRIu64 "\n1 passed, 0 failed, 0 skipped\n", calls);
	return 0;
}
