/*
 * segw-replay: plays a record of the extsock plugin through libsegw, and prints every decision with its reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAME = 0, DIFFERENT = 1, USAGE = 2, UNREADABLE = 3 };

/* Bytes that a file may have; record_bytes has at most half of that. */
#define MOST ((size_t)32 << 20)

/* The record: all of it, what is not read yet, the time of its first entry, and of this one. */
typedef struct {
	uint8_t *bytes;
	const uint8_t *at, *end;
	uint64_t began, now;
	/* Whether there are tables; whether there are next ones, and their sum. */
	int has_tables, has_next;
	uint64_t sum;
	extsock_trace_before_t before;
	unsigned long inputs, actions, different;
} trace_t;

/* What an entry holds. */
typedef union {
	extsock_trace_tables_t tables;
	extsock_trace_adopt_t adopt;
	segw_ike_event_t event;
	segw_action_t action;
	extsock_trace_clock_t clock;
	char bytes[8192];
} object_t;

static segw_ctx_t ctx, next;
static char reply[SEGW_REPLY_CAP];

static void print_time(const trace_t *trace)
{
	uint64_t ms = trace->now - trace->began;

	printf("%9" PRIu64 ".%03u  ", ms / 1000, (unsigned)(ms % 1000));
}

/* libsegw says what it decides, and on what. */
static void print_decision(void *user, uint32_t level, const char *text, size_t len)
{
	(void)level;
	print_time(user);
	printf("%.*s\n", (int)len, text);
}

static void print_events(const trace_t *trace)
{
	char line[SEGW_EVENT_CAP];
	size_t len;

	while (segw_next_event(&ctx, line, sizeof line, &len, NULL) == SEGW_OK) {
		print_time(trace);
		printf("  tells %.*s", (int)len, line);
	}
}

static const char *action_name(uint32_t kind)
{
	switch (kind) {
	case SEGW_ACTION_INITIATE:
		return "dial";
	case SEGW_ACTION_TERMINATE:
		return "end";
	case SEGW_ACTION_PROBE:
		return "probe";
	case SEGW_ACTION_UNLOAD:
		return "unload";
	case SEGW_ACTION_MEASURE:
		return "measure";
	case SEGW_ACTION_COMPLETE:
		return "complete";
	case SEGW_ACTION_REACH:
		return "reach";
	case SEGW_ACTION_REKEY:
		return "rekey";
	case SEGW_ACTION_ROUTES:
		return "routes";
	default:
		return "action";
	}
}

static void print_action(const trace_t *trace, const char *what, const segw_action_t *action)
{
	print_time(trace);
	printf("  %s %s", what, action_name(action->kind));
	if (action->connection[0] != '\0') {
		printf(" %s", action->connection);
	}
	if (action->address[0] != '\0') {
		printf(" %s", action->address);
	}
	if (action->unique_id != 0) {
		printf(" IKE_SA %" PRIu32, action->unique_id);
	}
	printf("%s%s\n", action->parallel ? " beside the one that is up" : "", action->standby ? ", standby" : "");
}

static int is_same(const segw_action_t *a, const segw_action_t *b)
{
	return a->kind == b->kind && a->unique_id == b->unique_id && a->serial == b->serial && a->segw == b->segw &&
		   a->parallel == b->parallel && a->again == b->again && a->standby == b->standby &&
		   strcmp(a->connection, b->connection) == 0 &&
		   strcmp(a->address, b->address) == 0;
}

/* What the plugin got from libsegw then, and what it says now. */
static void play_action(trace_t *trace, const segw_action_t *then)
{
	segw_action_t now;

	trace->actions++;
	if (segw_next_action(&ctx, &now) != SEGW_OK) {
		trace->different++;
		print_action(trace, "DIFFERENT: nothing to do now, but then", then);
	} else if (!is_same(then, &now)) {
		trace->different++;
		print_action(trace, "DIFFERENT: then", then);
		print_action(trace, "           now", &now);
	} else {
		print_action(trace, "does", &now);
	}
}

static void play(trace_t *trace, uint32_t kind, const void *data, size_t data_len)
{
	const extsock_trace_adopt_t *adopt = data;
	const extsock_trace_clock_t *clock = data;
	size_t len;

	if (kind == EXTSOCK_TRACE_ACTION) {
		play_action(trace, data);
		return;
	}
	trace->inputs++;
	switch (kind) {
	case EXTSOCK_TRACE_IKE_EVENT:
		segw_ike_event(&ctx, trace->now, data);
		break;
	case EXTSOCK_TRACE_TIMEOUT:
		segw_timeout(&ctx, trace->now);
		break;
	case EXTSOCK_TRACE_REQUEST:
		print_time(trace);
		printf("request %.*s\n", (int)strcspn(data, "\r\n"), (const char *)data);
		segw_command(&ctx, trace->now, data, data_len, reply, sizeof reply, &len);
		break;
	case EXTSOCK_TRACE_ADOPT:
		print_time(trace);
		printf("adopts %s: %s\n", adopt->name, adopt->addresses);
		segw_adopt(&ctx, trace->now, adopt->name, adopt->addresses, adopt->children, &adopt->policy, reply,
				   sizeof reply);
		break;
	case EXTSOCK_TRACE_CLOCK:
		print_time(trace);
		printf("the clock says %" PRIu64 ".%03u s since 1970 UTC, local time is ahead of that by %" PRId32 " s\n",
			   clock->unix_ms / 1000, (unsigned)(clock->unix_ms % 1000), clock->utc_offset_s);
		segw_clock(&ctx, trace->now, clock->unix_ms, clock->utc_offset_s);
		break;
	case EXTSOCK_TRACE_RELEASE:
		print_time(trace);
		printf("releases %s\n", (const char *)data);
		segw_release(&ctx, trace->now, data);
		break;
	default:
		break;
	}
	print_events(trace);
}

/* Bytes that an entry of this kind has at least once it has its zeros again; SIZE_MAX: there is no such kind. */
static size_t least(uint32_t kind)
{
	switch (kind) {
	case EXTSOCK_TRACE_IKE_EVENT:
		return sizeof(segw_ike_event_t);
	case EXTSOCK_TRACE_ADOPT:
		return sizeof(extsock_trace_adopt_t);
	case EXTSOCK_TRACE_ACTION:
		return sizeof(segw_action_t);
	case EXTSOCK_TRACE_BEGIN:
		return sizeof(extsock_trace_tables_t);
	case EXTSOCK_TRACE_CLOCK:
		return sizeof(extsock_trace_clock_t);
	case EXTSOCK_TRACE_REQUEST:
	case EXTSOCK_TRACE_RELEASE:
		return 1;
	case EXTSOCK_TRACE_TIMEOUT:
		return 0;
	default:
		return SIZE_MAX;
	}
}

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "segw-replay: %s: %s\n", path, what);
	return UNREADABLE;
}

/* The whole file, in memory. */
static int load(trace_t *trace, const char *path)
{
	size_t cap = 65536, len = 0, got;
	uint8_t *bytes = NULL, *more;
	FILE *file = fopen(path, "rb");

	if (file == NULL) {
		perror(path);
		return UNREADABLE;
	}
	do {
		cap *= 2;
		more = realloc(bytes, cap);
		if (more == NULL || cap > MOST) {
			free(more != NULL ? more : bytes);
			fclose(file);
			return complain(path, "it is too large");
		}
		bytes = more;
		got = fread(bytes + len, 1, cap - len, file);
		len += got;
	} while (len == cap);
	fclose(file);
	trace->bytes = bytes;
	trace->at = bytes;
	trace->end = bytes + len;
	return SAME;
}

static int read_head(trace_t *trace, const char *path)
{
	extsock_trace_head_t head;

	if ((size_t)(trace->end - trace->at) < sizeof head || memcmp(trace->at, EXTSOCK_TRACE_MAGIC, sizeof EXTSOCK_TRACE_MAGIC) != 0) {
		return complain(path, "this is no record of this extsock plugin");
	}
	memcpy(&head, trace->at, sizeof head);
	trace->at += sizeof head;
	head.version[sizeof head.version - 1] = '\0';
	if (head.abi != SEGW_ABI || head.ctx_len != sizeof ctx || strcmp(head.version, SEGW_VERSION) != 0) {
		fprintf(stderr, "segw-replay: %s: written by libsegw %s with a context of %" PRIu32 " bytes, this is %s with %zu: "
				"build segw-replay as that plugin was built, for the same machine\n", path, head.version, head.ctx_len,
				SEGW_VERSION, sizeof ctx);
		return UNREADABLE;
	}
	return SAME;
}

/* When it was, by the router's wall clock. */
static void print_date(const extsock_trace_tables_t *tables)
{
	time_t seconds = (time_t)(tables->unix_ms / 1000);
	struct tm *utc = gmtime(&seconds);
	char text[32] = "";

	if (utc != NULL) {
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", utc);
	}
	printf("%s.%03u UTC", text, (unsigned)(tables->unix_ms % 1000));
}

/* What is said of the tables before it. They are taken at the beginning, and where something is missing; else they are what there is. */
static void play_tables(trace_t *trace, const extsock_trace_tables_t *tables)
{
	trace->now = tables->now_ms;
	if (!trace->has_tables) {
		trace->began = tables->now_ms;
		print_time(trace);
		printf("the record begins at ");
		print_date(tables);
		if (tables->inputs == 0) {
			printf(" with the first input since charon's start\n");
		} else {
			printf(" with the tables as they are then; %" PRIu64 " inputs came before\n", tables->inputs);
		}
	} else if (tables->gap != 0) {
		print_time(trace);
		printf("a configuration came here, which is not recorded; it goes on at ");
		print_date(tables);
		printf(" with the tables as they are then\n");
	}
	if (!trace->has_tables || tables->gap != 0) {
		ctx = next;
	}
	trace->has_tables = 1;
	memset(&trace->before, 0, sizeof trace->before);
}

/* The object that differs so from the one before. */
static void restore(void *before, void *data, size_t len)
{
	extsock_trace_xor(data, before, len);
	memcpy(before, data, len);
}

/* What is neither TRUE nor FALSE is in no record, and nothing may read it. */
static int is_bool(const bool *value)
{
	return *(const unsigned char *)value <= 1;
}

/* Plays an entry that has its zeros again. */
static int play_entry(trace_t *trace, uint32_t kind, object_t *data, size_t len)
{
	switch (kind) {
	case EXTSOCK_TRACE_BEGIN:
		if (!trace->has_next || data->tables.sum != trace->sum) {
			return 0;
		}
		trace->has_next = 0;
		play_tables(trace, &data->tables);
		return 1;
	case EXTSOCK_TRACE_IKE_EVENT:
		restore(&trace->before.event, &data->event, sizeof data->event);
		if (!is_bool(&data->event.up) || !is_bool(&data->event.more)) {
			return 0;
		}
		break;
	case EXTSOCK_TRACE_ACTION:
		restore(&trace->before.action, &data->action, sizeof data->action);
		if (!is_bool(&data->action.parallel) || !is_bool(&data->action.again) || !is_bool(&data->action.standby)) {
			return 0;
		}
		break;
	default:
		break;
	}
	if (!trace->has_tables || trace->has_next) {
		return 0;
	}
	play(trace, kind, data, len);
	return 1;
}

/* Reads an entry, and plays it; 0 if it makes no sense. */
static int read_entry(trace_t *trace)
{
	static object_t data;
	const uint8_t *entry = trace->at;
	size_t kind, len, after, unpacked;

	if (!extsock_zeros_get(&trace->at, trace->end, &kind) || !extsock_zeros_get(&trace->at, trace->end, &len) ||
		!extsock_zeros_get(&trace->at, trace->end, &after) || len > (size_t)(trace->end - trace->at)) {
		return 0;
	}
	trace->at += len;
	trace->now += after;
	if (kind == EXTSOCK_TRACE_TABLES) {
		trace->has_next = 1;
		trace->sum = extsock_trace_sum(entry, (size_t)(trace->at - entry));
		return extsock_zeros_unpack(&next, sizeof next, trace->at - len, len, &unpacked) && unpacked == sizeof next;
	}
	/* behind a text there is a NUL */
	memset(&data, 0, sizeof data);
	return extsock_zeros_unpack(&data, sizeof data - 1, trace->at - len, len, &unpacked) && unpacked >= least((uint32_t)kind) &&
		   play_entry(trace, (uint32_t)kind, &data, unpacked);
}

static int run(trace_t *trace, const char *path)
{
	int status = read_head(trace, path);

	while (status == SAME && trace->at < trace->end) {
		if (!read_entry(trace)) {
			return complain(path, "it is damaged, or ends in an entry");
		}
	}
	if (status != SAME) {
		return status;
	}
	printf("%lu inputs, %lu actions, %lu of them different\n", trace->inputs, trace->actions, trace->different);
	return trace->different == 0 ? SAME : DIFFERENT;
}

int main(int argc, char **argv)
{
	static trace_t trace;
	int status;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: segw-replay FILE\n\n"
				"Plays what extsockctl record has fetched, or charon.plugins.extsock.trace_file has written, through\n"
				"libsegw, and prints every decision with its reason. Times are seconds since its beginning.\n"
				"Exit status: 0 the same actions, 1 others, 3 no such record.\n");
		return USAGE;
	}
	segw_log_init(print_decision, &trace, 4);
	status = load(&trace, argv[1]);
	if (status == SAME) {
		status = run(&trace, argv[1]);
	}
	free(trace.bytes);
	return status;
}
