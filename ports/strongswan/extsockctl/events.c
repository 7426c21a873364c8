/*
 * What is happening: a line for each event. An event this program does not know is printed with all its fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection.h"
#include "hook.h"
#include "reply.h"
#include "screen.h"
#include "status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns for the names of the event and of the connection; a longer one moves its line only. */
#define EVENT_WIDTH 14
#define NAME_WIDTH 8

#define TEXT_CAP 256

/* What a clock can show in a router's life: garbage must not overflow when clocks are added. */
#define CLOCK_MASK (INT64_MAX / 2)

/* What segw_move_failed is with the cause OPERATOR: nothing failed. */
#define CALLED_BACK "(called back)"
/* What segw_not_guarded is if it is over. */
#define NO_REASON "segw_not_guarded, over"
/* What segw_redirect is if we do not go. */
#define REFUSED "(redirect refused)"
/* What segw_drill is if it did not work. */
#define DRILL_FAILED "(drill failed)"

/* How an event looks, and what is put after its connection. A part, up to |, is left out if a field of it is null. */
static const struct {
	const char *event;
	style_t style;
	const char *format;
} looks[] = {
	{"segw_failover", BAD, "{from} |-> {to}| after {cause}| (attempt {attempt})"},
	{"segw_failback", GOOD, "{from} |-> {to}"},
	{"segw_switch", WARN, "{from} |-> {to}"},
	{"segw_move_failed", BAD, "{to} did not come up| after {cause}|, stays on {from}"},
	{CALLED_BACK, WARN, "{to} called back by an operator|, stays on {from}"},
	{"segw_backoff", BAD, "this round failed|, at last {from}| with {cause}|; next round in {delay_ms}"},
	{"segw_exhausted", BAD, "all rounds failed|, at last {from}| with {cause}|; status shows if it tries again"},
	{"segw_next_address", WARN, "another address of {to}| after {cause}"},
	{"segw_hold", BAD, "no route or no local address|, stays with {from}"},
	{"segw_resumed", GOOD, "route and local address are there|: {to}"},
	{"segw_stopped", WARN, "an operator stopped it"},
	{"segw_alone", WARN, "has one SEGW, nowhere to fail over to"},
	{"segw_adopted", PLAIN, "charon's own connection, guarded from now on"},
	{"segw_released", WARN, "guarded no longer"},
	{NO_REASON, GOOD, "as it should be again"},
	{"segw_not_guarded", BAD, "{reason}"},
	{"config_applied", PLAIN, "loaded"},
	{"config_removed", WARN, "forgotten"},
	{"ike_sa_up", GOOD, "IKE_SA {unique_id}| with {remote}"},
	{"ike_sa_down", WARN, "IKE_SA {unique_id}| with {remote}"},
	{"ike_rekey", DIM, "IKE_SA {unique_id} is the new one"},
	{"child_rekey", DIM, "CHILD_SA {new_child_sa_name}"},
	{"tunnel_up", GOOD, "{child_sa_name}|: {local_ts} === {remote_ts}| via {dst}|, {enc_alg}"},
	{"tunnel_down", WARN, "{child_sa_name}|: {local_ts} === {remote_ts}| via {dst}"},
	{"alert", WARN, "{alert}|, child {child_sa_name}|, IKE_SA {unique_id}| with {remote}"},
	{"segw_child_down", BAD, "child {child_sa_name}| is down: {cause}|, asked for in {delay_ms}"},
	{REFUSED, WARN, "{from} sends us to {to}: not obeyed"},
	{"segw_silent_data", WARN, "{segw} answers IKE; packets through it: {action}"},
	{"segw_probe", WARN, "{targets} through {segw}: {action}|, {cause}"},
	{DRILL_FAILED, BAD, "drill to {to}: {cause}|, no CHILD_SA for {gap_ms} ms"},
	{"segw_drill", GOOD, "drill to {to} and back|: there in {out_ms} ms|, back in {back_ms} ms|, no CHILD_SA for {gap_ms} ms"},
	{"segw_redirect", WARN, "{from} sends us to {to}: obeyed"},
	{"segw_standby", PLAIN, "standby {segw}: {state}|, {cause}"},
	{"table_full", BAD, "no room in the table of {table}: cannot be followed"},
	{"missed", BAD, "{count} events were missed: this client, or charon, was too slow"},
};

static size_t look_of(const char *event)
{
	size_t i = 0;

	while (i < sizeof looks / sizeof looks[0] && strcmp(looks[i].event, event) != 0) {
		i++;
	}
	return i;
}

/* Copies a field of the event; 0 if there is none, or it is null. */
static int field(const char *wanted, size_t len, char text[TEXT_CAP])
{
	json_t json;
	char key[40];

	text[0] = '\0';
	json_init(&json, client.line, client.line_len);
	if (json_enter(&json, '{')) {
		while (json_key(&json, key, sizeof key)) {
			if (strlen(key) == len && memcmp(key, wanted, len) == 0) {
				json_text(&json, text, TEXT_CAP);
				return *text != '\0';
			}
			json_skip(&json);
		}
	}
	return 0;
}

static uint64_t number_field(const char *wanted)
{
	json_t json;
	char text[TEXT_CAP];

	if (!field(wanted, strlen(wanted), text)) {
		return 0;
	}
	json_init(&json, text, strlen(text));
	return json_number(&json, 0);
}

/* One part of a format; printed only if all its fields are there. */
static void print_part(const char *part, size_t len)
{
	char text[TEXT_CAP], out[2 * TEXT_CAP];
	size_t used = 0, name_len;
	const char *end = part + len, *close;

	while (part < end) {
		if (*part != '{') {
			snprintf(out + used, sizeof out - used, "%c", *part++);
			used = strlen(out);
			continue;
		}
		close = strchr(part, '}');
		name_len = (size_t)(close - part - 1);
		if (!field(part + 1, name_len, text)) {
			return;
		}
		if (name_len == 8 && memcmp(part + 1, "delay_ms", 8) == 0) {
			age_text(text, number_field("delay_ms"));
		}
		snprintf(out + used, sizeof out - used, "%s", text);
		used = strlen(out);
		part = close + 1;
	}
	fwrite(out, 1, used, stdout);
}

static void print_format(const char *format)
{
	size_t len;

	while (*format != '\0') {
		len = strcspn(format, "|");
		print_part(format, len);
		format += len + (format[len] == '|');
	}
}

/* An event of a later plugin: all that it says. */
static void print_fields(void)
{
	static const char *const known[] = {"event", "time_ms", "seq", "connection", "ike_sa_name"};
	char key[40], text[TEXT_CAP];
	size_t i, count = sizeof known / sizeof known[0];
	json_t json;

	json_init(&json, client.line, client.line_len);
	if (!json_enter(&json, '{')) {
		return;
	}
	while (json_key(&json, key, sizeof key)) {
		json_text(&json, text, sizeof text);
		for (i = 0; i < count && strcmp(key, known[i]) != 0; i++) {
		}
		if (i == count && *text != '\0') {
			printf("%s=%s ", key, text);
		}
	}
}

/* The connection that the event is about; 0 if it is about none. */
static int connection_of(char name[TEXT_CAP])
{
	static const char *const keys[] = {"connection", "ike_sa_name", "new_ike_sa_name"};
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (field(keys[i], strlen(keys[i]), name)) {
			return 1;
		}
	}
	return 0;
}

/* What is about no connection is for everybody: that events were missed above all. */
static int is_wanted(const options_t *options)
{
	char name[TEXT_CAP];
	int i;

	if (line_kind(client.line, client.line_len) != EVENT) {
		return 0;
	}
	if (options->word_count == 0 || !connection_of(name)) {
		return 1;
	}
	for (i = 0; i < options->word_count; i++) {
		if (strcmp(name, options->words[i]) == 0) {
			return 1;
		}
	}
	return 0;
}

void event_print(int64_t behind)
{
	char name[TEXT_CAP], event[TEXT_CAP], cause[TEXT_CAP], time[TIME_CAP];
	const char *look_as;
	unsigned ms;
	size_t look;

	field("event", 5, event);
	connection_of(name);
	look_as = event;
	if (strcmp(event, "segw_move_failed") == 0 && field("cause", 5, cause) && strcmp(cause, "OPERATOR") == 0) {
		look_as = CALLED_BACK;
	} else if (strcmp(event, "segw_redirect") == 0 && field("followed", 8, cause) && strcmp(cause, "false") == 0) {
		look_as = REFUSED;
	} else if (strcmp(event, "segw_drill") == 0 && field("done", 4, cause) && strcmp(cause, "false") == 0) {
		look_as = DRILL_FAILED;
	} else if (strcmp(event, "segw_not_guarded") == 0 && !field("reason", 6, cause)) {
		look_as = NO_REASON;
	}
	look = look_of(look_as);
	ms = date_text(time, (int64_t)(number_field("time_ms") & CLOCK_MASK) + behind);
	printf("%s.%03u  %-*s  ", time, ms, NAME_WIDTH, *name != '\0' ? name : "-");
	if (look < sizeof looks / sizeof looks[0]) {
		printf("%s%-*s%s  ", style_on(looks[look].style), EVENT_WIDTH, event, style_off(looks[look].style));
		print_format(looks[look].format);
	} else {
		printf("%-*s  ", EVENT_WIDTH, event);
		print_fields();
	}
	putchar('\n');
}

/* A name may be one that is applied later, or mistyped. */
static void name_unknown(const options_t *options)
{
	static connection_t connection;
	int i;

	for (i = 0; i < options->word_count; i++) {
		if (!connection_find(&connection, client.line, client.line_len, options->words[i])) {
			complain("%s: there is no connection of that name now; waiting for one", options->words[i]);
		}
	}
}

/* Events carry the plugin's clock, which starts with the router: a reply tells what it shows now. */
static void read_clock(int64_t *behind)
{
	*behind = (int64_t)now_ms() - (int64_t)(reply_clock(client.line, client.line_len) & CLOCK_MASK);
}

/* What a script is told, its environment. */
static const struct {
	const char *variable, *field;
} environment[] = {{"ACTION", "event"}, {"FROM", "from"}, {"TO", "to"}, {"CAUSE", "cause"}, {"TIME", "time_ms"}};

/* Runs the script for client.line, or for `action` if that is not NULL. */
static void hook_event(const options_t *options, const char *action, int64_t behind)
{
	char text[TEXT_CAP], line[2048];
	size_t i;

	for (i = 0; i < sizeof environment / sizeof environment[0]; i++) {
		text[0] = '\0';
		if (action == NULL) {
			field(environment[i].field, strlen(environment[i].field), text);
		}
		setenv(environment[i].variable, action != NULL && i == 0 ? action : text, 1);
	}
	text[0] = '\0';
	if (action == NULL) {
		connection_of(text);
	}
	setenv("CONNECTION", text, 1);
	if (action != NULL) {
		snprintf(text, sizeof text, "%llu", (unsigned long long)now_ms());
		setenv("TIME", text, 1);
	}
	date_utc(text, action == NULL ? (int64_t)(number_field("time_ms") & CLOCK_MASK) + behind : (int64_t)now_ms());
	setenv("DATE", text, 1);
	line[0] = '\0';
	if (action == NULL && client.line_len < sizeof line) {
		memcpy(line, client.line, client.line_len);
		line[client.line_len] = '\0';
	}
	setenv("EVENT", line, 1);
	hook_run(options->exec);
}

static void tell(const options_t *options, int64_t behind)
{
	if (options->exec != NULL) {
		hook_event(options, NULL, behind);
	} else if (options->json) {
		client_print();
	} else {
		event_print(behind);
	}
}

/* Events until something ends them; NO_CONNECTION when charon does. */
static int follow(const options_t *options, int64_t behind)
{
	int status = DONE;

	while (status == DONE && flushed()) {
		status = client_line(-1);
		if (status == DONE && is_wanted(options)) {
			tell(options, behind);
		}
	}
	return status;
}

/* Connects again once charon is back. */
static int come_back(const options_t *options, int64_t *behind)
{
	uint64_t since = now_ms();
	char age[TIME_CAP];
	int status;

	complain("charon has ended; waiting until it is back");
	if (options->exec != NULL) {
		hook_event(options, "charon_down", 0);
	}
	do {
		status = client_await(options);
		if (status == DONE) {
			status = ask_again("STATUS", "", "");
		}
	} while (status == NO_CONNECTION && client.fd < 0);
	if (status == DONE) {
		read_clock(behind);
		age_text(age, now_ms() - since);
		complain("charon is back after %s; what happened in it before this moment is not known", age);
	}
	return status;
}

/* The first connection; a script is to run for years, and may be started before charon. */
static int begin(const options_t *options, int64_t *behind)
{
	int status = options->exec != NULL ? hook_check(options->exec) : DONE;

	if (status == DONE) {
		status = options->exec != NULL ? client_await(options) : client_connect(options);
	}
	if (status == DONE) {
		status = ask_again("STATUS", "", "");
	}
	if (status == DONE) {
		name_unknown(options);
		read_clock(behind);
	}
	return status;
}

int run_events(const command_t *command, const options_t *options)
{
	int64_t behind = 0;
	int status = check_words(options);

	(void)command;
	if (status == DONE) {
		status = begin(options, &behind);
	}
	client.following = options->exec == NULL;
	client.returning = 1;
	while (status == DONE) {
		if (options->exec != NULL) {
			hook_event(options, "charon_up", 0);
		}
		status = follow(options, behind);
		if (status == NO_CONNECTION && client.fd < 0) {
			status = come_back(options, &behind);
		} else {
			break;
		}
	}
	return status;
}
