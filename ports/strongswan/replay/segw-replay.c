/*
 * segw-replay: plays a trace of the extsock plugin through libsegw, and prints every decision with its reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAME = 0, DIFFERENT = 1, USAGE = 2, UNREADABLE = 3 };

/* The trace: where it is read, and the time of its first record. */
typedef struct {
	FILE *file;
	uint64_t began, now;
	unsigned long inputs, actions, different;
} trace_t;

static segw_ctx_t ctx;
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

static void play(trace_t *trace, const extsock_trace_record_t *record, const void *data)
{
	const extsock_trace_adopt_t *adopt = data;
	size_t len;

	trace->now = record->now_ms;
	if (record->kind == EXTSOCK_TRACE_ACTION) {
		play_action(trace, data);
		return;
	}
	trace->inputs++;
	switch (record->kind) {
	case EXTSOCK_TRACE_IKE_EVENT:
		segw_ike_event(&ctx, record->now_ms, data);
		break;
	case EXTSOCK_TRACE_TIMEOUT:
		segw_timeout(&ctx, record->now_ms);
		break;
	case EXTSOCK_TRACE_REQUEST:
		print_time(trace);
		printf("request %.*s\n", (int)strcspn(data, "\r\n"), (const char *)data);
		segw_command(&ctx, record->now_ms, data, record->len, reply, sizeof reply, &len);
		break;
	case EXTSOCK_TRACE_ADOPT:
		print_time(trace);
		printf("adopts %s: %s\n", adopt->name, adopt->addresses);
		segw_adopt(&ctx, record->now_ms, adopt->name, adopt->addresses, adopt->children, &adopt->policy, reply,
				   sizeof reply);
		break;
	case EXTSOCK_TRACE_RELEASE:
		print_time(trace);
		printf("releases %s\n", (const char *)data);
		segw_release(&ctx, record->now_ms, data);
		break;
	default:
		break;
	}
	print_events(trace);
}

/* Bytes that a record of this kind has at least; 0: there is no such kind. */
static size_t least(uint32_t kind)
{
	switch (kind) {
	case EXTSOCK_TRACE_IKE_EVENT:
		return sizeof(segw_ike_event_t);
	case EXTSOCK_TRACE_ADOPT:
		return sizeof(extsock_trace_adopt_t);
	case EXTSOCK_TRACE_ACTION:
		return sizeof(segw_action_t);
	case EXTSOCK_TRACE_TIMEOUT:
	case EXTSOCK_TRACE_REQUEST:
	case EXTSOCK_TRACE_RELEASE:
		return 1;
	default:
		return 0;
	}
}

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "segw-replay: %s: %s\n", path, what);
	return UNREADABLE;
}

static int read_head(const trace_t *trace, const char *path)
{
	extsock_trace_head_t head;

	if (fread(&head, sizeof head, 1, trace->file) != 1 || memcmp(head.magic, EXTSOCK_TRACE_MAGIC, sizeof EXTSOCK_TRACE_MAGIC) != 0) {
		return complain(path, "this is no trace of the extsock plugin");
	}
	head.version[sizeof head.version - 1] = '\0';
	if (head.abi != SEGW_ABI || head.ctx_len != sizeof ctx || strcmp(head.version, SEGW_VERSION) != 0) {
		fprintf(stderr, "segw-replay: %s: written by libsegw %s with a context of %" PRIu32 " bytes, this is %s with %zu: "
				"build segw-replay as that plugin was built, for the same machine\n", path, head.version, head.ctx_len,
				SEGW_VERSION, sizeof ctx);
		return UNREADABLE;
	}
	if (fread(&ctx, sizeof ctx, 1, trace->file) != 1) {
		return complain(path, "it ends in libsegw's context");
	}
	return SAME;
}

static int run(trace_t *trace, const char *path)
{
	static union {
		extsock_trace_adopt_t adopt;
		segw_ike_event_t event;
		segw_action_t action;
		char bytes[65536];
	} data;
	extsock_trace_record_t record;
	int status = read_head(trace, path);

	if (status != SAME) {
		return status;
	}
	while (fread(&record, sizeof record, 1, trace->file) == 1) {
		if (least(record.kind) == 0 || record.len >= sizeof data.bytes ||
			(record.kind != EXTSOCK_TRACE_TIMEOUT && record.len < least(record.kind))) {
			return complain(path, "a record makes no sense");
		}
		if (record.len > 0 && fread(&data, record.len, 1, trace->file) != 1) {
			return complain(path, "it ends in a record");
		}
		data.bytes[record.len] = '\0';
		if (trace->inputs == 0 && trace->actions == 0) {
			trace->began = record.now_ms;
		}
		play(trace, &record, &data);
	}
	printf("%lu inputs, %lu actions, %lu of them different\n", trace->inputs, trace->actions, trace->different);
	return trace->different == 0 ? SAME : DIFFERENT;
}

int main(int argc, char **argv)
{
	trace_t trace = {NULL, 0, 0, 0, 0, 0};
	int status;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: segw-replay FILE\n\n"
				"Plays a trace that charon.plugins.extsock.trace_file has written through libsegw, and prints\n"
				"every decision with its reason. Exit status: 0 the same actions, 1 others, 3 no such trace.\n");
		return USAGE;
	}
	trace.file = fopen(argv[1], "rb");
	if (trace.file == NULL) {
		perror(argv[1]);
		return UNREADABLE;
	}
	segw_log_init(print_decision, &trace, 4);
	status = run(&trace, argv[1]);
	fclose(trace.file);
	return status;
}
