/*
 * metrics: the reply to STATUS as Prometheus reads it, on standard output or into a file for node_exporter's textfile collector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"
#include "screen.h"
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a sample is of. */
typedef enum {
	OF_CONNECTION,
	OF_SEGW,
	OF_CHILD,
	/* A sample for each state that there is, and for each cause that was one. */
	OF_STATE,
	OF_CAUSE
} subject_t;

/* How its value is found. */
typedef enum {
	/* A number of the row; one that counts milliseconds; a moment of the router's clock. No sample where it is not known. */
	NUMBER_AT,
	SECONDS_AT,
	TIME_AT,
	/* Whether the row's text is "UP", and what is asked of a connection or SEGW. */
	IS_CHILD_UP,
	IS_UP,
	IS_FIRST,
	/* No sample where no standby is wanted. */
	IS_STANDBY_UP,
	STANDBY_NUMBER_AT,
	IS_CARRYING,
	IS_BARRED,
	IS_SILENT,
	/* Of the targets that are asked through it; no sample where nobody can say. */
	ANSWERS
} value_t;

typedef struct {
	const char *name, *type, *help;
	subject_t subject;
	value_t value;
	/* Where in the row. */
	unsigned short at;
} family_t;

#define CONNECTION_AT(member) offsetof(connection_t, member)
#define SEGW_AT(member) offsetof(segw_row_t, member)
#define CHILD_AT(member) offsetof(child_row_t, member)

static const char gauge[] = "gauge", counter[] = "counter";

static const family_t families[] = {
	{"connection_up", gauge, "Whether a SEGW carries the connection.", OF_CONNECTION, IS_UP, 0},
	{"connection_on_first_segw", gauge, "Whether that is its most preferred SEGW.", OF_CONNECTION, IS_FIRST, 0},
	{"connection_state", gauge, "1 for the state that the connection is in.", OF_STATE, IS_UP, 0},
	{"connection_state_changed_timestamp_seconds", gauge, "When its state or SEGW last changed.", OF_CONNECTION, TIME_AT,
	 CONNECTION_AT(since_ms)},
	{"connection_up_since_timestamp_seconds", gauge, "Since when it is up.", OF_CONNECTION, TIME_AT, CONNECTION_AT(up_since_ms)},
	{"connection_down_since_timestamp_seconds", gauge, "Since when it is down.", OF_CONNECTION, TIME_AT,
	 CONNECTION_AT(down_since_ms)},
	{"connection_heard_timestamp_seconds", gauge, "When its SEGW was last heard.", OF_CONNECTION, TIME_AT,
	 CONNECTION_AT(heard_ms)},
	{"connection_silent_data", gauge, "Whether packets go out and none come in, while its SEGW answers.", OF_CONNECTION, IS_SILENT, 0},
	{"connection_next_timestamp_seconds", gauge, "When something is due by itself.", OF_CONNECTION, TIME_AT,
	 CONNECTION_AT(retry_at_ms)},
	{"connection_failed_rounds", gauge, "Rounds in which every SEGW failed, since one was up and stable.", OF_CONNECTION,
	 NUMBER_AT, CONNECTION_AT(round)},
	{"connection_failovers_total", counter, "Moves after a loss.", OF_CONNECTION, NUMBER_AT, CONNECTION_AT(failovers)},
	{"connection_failbacks_total", counter, "Moves back to a more preferred SEGW.", OF_CONNECTION, NUMBER_AT,
	 CONNECTION_AT(failbacks)},
	{"connection_switches_total", counter, "Moves that an operator asked for.", OF_CONNECTION, NUMBER_AT, CONNECTION_AT(switches)},
	{"connection_standby_up", gauge, "Whether the SEGW that would be next has its standby.", OF_CONNECTION, IS_STANDBY_UP, 0},
	{"connection_standby_uses_total", counter, "Times that a standby took the place of a dial.", OF_CONNECTION, STANDBY_NUMBER_AT,
	 CONNECTION_AT(standby.uses)},
	{"connection_standby_failures_total", counter, "Times that a standby could not be set up, or went.", OF_CONNECTION,
	 STANDBY_NUMBER_AT, CONNECTION_AT(standby.failures)},
	{"connection_probe_answers", gauge, "Whether a target of its probe answers.",
	 OF_CONNECTION, ANSWERS, 0},
	{"segw_carrying", gauge, "Whether this SEGW carries the connection.", OF_SEGW, IS_CARRYING, 0},
	{"segw_barred", gauge, "Whether it is left alone after it refused the authentication.", OF_SEGW, IS_BARRED, 0},
	{"segw_dials_total", counter, "Dials.", OF_SEGW, NUMBER_AT, SEGW_AT(attempts)},
	{"segw_successes_total", counter, "Times that it came up.", OF_SEGW, NUMBER_AT, SEGW_AT(successes)},
	{"segw_failures_total", counter, "Dials that failed, and losses.", OF_SEGW, NUMBER_AT, SEGW_AT(failures)},
	{"segw_failures_by_cause_total", counter, "The same by cause.", OF_CAUSE, NUMBER_AT, 0},
	{"segw_connected_seconds_total", counter, "How long it has carried the connection.", OF_SEGW, SECONDS_AT,
	 SEGW_AT(connected_ms)},
	{"segw_response_seconds", gauge, "Its response time, smoothed.", OF_SEGW, SECONDS_AT, SEGW_AT(srtt_ms)},
	{"child_up", gauge, "Whether this CHILD_SA is up; only of those that are wanted.", OF_CHILD, IS_CHILD_UP, 0},
	{"child_received_bytes_total", counter, "Bytes received in the CHILD_SA that is up.", OF_CHILD, NUMBER_AT, CHILD_AT(bytes_in)},
	{"child_received_packets_total", counter, "Packets received in it.", OF_CHILD, NUMBER_AT, CHILD_AT(packets_in)},
	{"child_sent_bytes_total", counter, "Bytes sent in it.", OF_CHILD, NUMBER_AT, CHILD_AT(bytes_out)},
	{"child_sent_packets_total", counter, "Packets sent in it.", OF_CHILD, NUMBER_AT, CHILD_AT(packets_out)},
};

static void print_head(const char *name, const char *type, const char *help)
{
	printf("# HELP extsock_%s %s\n# TYPE extsock_%s %s\n", name, help, name, type);
}

static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value != '\0'; value++) {
		/* of what has to be escaped these are left: control characters do not get here */
		if (*value == '"' || *value == '\\') {
			putchar('\\');
		}
		putchar(*value);
	}
	putchar('"');
}

/* The name, and the labels that all samples have. */
static void print_name(const family_t *family, const connection_t *connection, const char *label, const char *value)
{
	printf("extsock_%s{", family->name);
	print_label("connection", connection->name);
	if (label != NULL) {
		putchar(',');
		print_label(label, value);
	}
}

static void print_seconds(uint64_t ms)
{
	uint64_t rest, whole = divided(ms, 1000, &rest);

	printf("} %llu.%03u\n", (unsigned long long)whole, (unsigned)rest);
}

/* A sample of a row; `place` is that of a SEGW. */
static void print_sample(const family_t *family, const connection_t *connection, const void *row, unsigned place, uint64_t clock)
{
	const char *label = family->subject == OF_SEGW ? "segw" : family->subject == OF_CHILD ? "child" : NULL;
	int holds = 0, answers = strcmp(connection->probe.state, "ANSWERS") == 0;
	uint64_t number;

	memcpy(&number, (const char *)row + family->at, sizeof number);
	if (family->value <= TIME_AT && number == NO_TIME) {
		return;
	}
	if ((family->value == IS_STANDBY_UP || family->value == STANDBY_NUMBER_AT) && *connection->standby.state == '\0') {
		return;
	}
	if (family->value == ANSWERS && !answers && strcmp(connection->probe.state, "SILENT") != 0) {
		return;
	}
	/* the first member of these rows is their name */
	print_name(family, connection, label, row);
	switch (family->value) {
	case NUMBER_AT:
	case STANDBY_NUMBER_AT:
		printf("} %llu\n", (unsigned long long)number);
		return;
	case SECONDS_AT:
		print_seconds(number);
		return;
	case TIME_AT:
		/* the plugin's clock starts with the router; what is to come is later than now */
		print_seconds((uint64_t)date_ms((int64_t)now_ms() + (int64_t)(number - clock)));
		return;
	case IS_UP:
		holds = connection->active != NO_SEGW;
		break;
	case IS_FIRST:
		holds = connection->active == 0;
		break;
	case IS_STANDBY_UP:
		holds = strcmp(connection->standby.state, "UP") == 0;
		break;
	case IS_CHILD_UP:
		holds = strcmp(((const child_row_t *)row)->state, "UP") == 0;
		break;
	case IS_CARRYING:
		holds = connection->active == place;
		break;
	case IS_SILENT:
		holds = connection->silent_data_since_ms != NO_TIME;
		break;
	case ANSWERS:
		holds = answers;
		break;
	case IS_BARRED:
		holds = connection->segws[place].barred_until_ms != NO_TIME && connection->segws[place].barred_until_ms > clock;
		break;
	}
	printf("} %d\n", holds);
}

static void print_states(const family_t *family, const connection_t *connection)
{
	const char *state;
	unsigned i;

	for (i = 0; (state = state_name(i)) != NULL; i++) {
		print_name(family, connection, "state", state);
		printf("} %d\n", strcmp(state, connection->state) == 0);
	}
}

/* `LIVENESS 2, AUTH_FAILED 1` */
static void print_causes(const family_t *family, const connection_t *connection, const segw_row_t *row)
{
	const char *at = row->causes;
	char cause[40];
	size_t len;

	while (*at != '\0') {
		len = strcspn(at, " ");
		snprintf(cause, sizeof cause, "%.*s", (int)len, at);
		at += len;
		print_name(family, connection, "segw", row->address);
		putchar(',');
		print_label("cause", cause);
		len = strcspn(at, ",");
		printf("}%.*s\n", (int)len, at);
		at += len;
		at += strspn(at, ", ");
	}
}

static void print_rows(const family_t *family, const connection_t *connection, uint64_t clock)
{
	unsigned i;

	switch (family->subject) {
	case OF_CONNECTION:
		print_sample(family, connection, connection, 0, clock);
		break;
	case OF_STATE:
		print_states(family, connection);
		break;
	case OF_SEGW:
	case OF_CAUSE:
		for (i = 0; i < connection->segw_count; i++) {
			if (family->subject == OF_CAUSE) {
				print_causes(family, connection, &connection->segws[i]);
			} else {
				print_sample(family, connection, &connection->segws[i], i, clock);
			}
		}
		break;
	case OF_CHILD:
		for (i = 0; i < connection->child_count; i++) {
			if (strcmp(connection->children[i].state, "OFF") != 0) {
				print_sample(family, connection, &connection->children[i], i, clock);
			}
		}
		break;
	}
}

/* All samples of a family stand together. */
static void print_family(const family_t *family, uint64_t clock)
{
	static connection_t connection;
	json_t json;

	print_head(family->name, family->type, family->help);
	if (enter_list(&json, client.line, client.line_len, "connections")) {
		while (connection_next(&connection, &json)) {
			print_rows(family, &connection, clock);
		}
	}
}

void metrics_print(int is_there)
{
	uint64_t clock = reply_clock(client.line, client.line_len);
	size_t i;

	print_head("up", gauge, "Whether charon answers.");
	printf("extsock_up %d\n", is_there);
	if (!is_there) {
		return;
	}
	print_head("not_guarded_connections", gauge, "Connections of charon's own that are to be guarded and are not, or in part.");
	printf("extsock_not_guarded_connections %llu\n", (unsigned long long)not_guarded_count());
	for (i = 0; i < sizeof families / sizeof families[0]; i++) {
		print_family(&families[i], clock);
	}
}

static int write_file(const char *path, int is_there)
{
	int fd = replacement_open(path, 0644), status = DONE;

	if (fd < 0) {
		return BROKEN;
	}
	if (dup2(fd, STDOUT_FILENO) < 0) {
		status = replacement_failed();
	} else {
		metrics_print(is_there);
		if (!flushed()) {
			errno = output_error();
			status = replacement_failed();
		}
	}
	return replacement_close(path, fd, status);
}

int run_metrics(const command_t *command, const options_t *options)
{
	int status = ask(options, command->verb, "", ""), written = DONE;

	if (options->output != NULL) {
		written = write_file(options->output, status == DONE);
	} else {
		metrics_print(status == DONE);
	}
	return written != DONE ? written : status;
}
