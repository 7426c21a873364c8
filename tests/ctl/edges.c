/*
 * What no plugin sends, given to the readers of extsockctl, built with ASan and UBSan: each sample cut at every byte, and
 * with every byte replaced. Nothing may be read beyond a line, which lies in memory of exactly its length; nothing may
 * take long. Also the reader by itself, and that a file is wiped. Ends with `N passed, N failed, 0 skipped`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "file.h"
#include "json.h"
#include "reply.h"
#include "screen.h"
#include "status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const samples[] = {
	"{\"reply\":\"STATUS\",\"ok\":true,\"now_ms\":15437448,\"connections\":[{\"connection\":\"v\\u00e9\\ud83d\\ude00\",\"state\":"
	"\"MOVING\",\"active\":0,\"since_ms\":15437412,\"retry_at_ms\":99999999,\"new\":{\"a\":[1,{}]},\"segws\":[{\"address\":"
	"\"10.9.0.1\",\"failures\":3,\"causes\":{\"INIT_UNREACHABLE\":2,\"LIVENESS\":1},\"last_cause\":\"LIVENESS\","
	"\"connected_ms\":4149,\"changed_ms\":15436554,\"barred_until_ms\":15999999},{\"address\":null}],"
	"\"children\":[{\"name\":\"n\",\"state\":\"DOWN\",\"cause\":\"EXPIRED\",\"retry_at_ms\":15437500},{}],"
	"\"ike_sas\":[{\"unique_id\":1,\"segw\":1,\"state\":\"CONNECTING\"}]},{}],"
	"\"policy_error\":[\"a: no\",{},7],\"more_policy_error\":2,\"not_guarded\":[{\"connection\":\"w\",\"reason\":\"is not adopted: no\"},{}],\"more_not_guarded\":2}",
	"{\"reply\":\"HISTORY\",\"ok\":true,\"now_ms\":9,\"connections\":[{\"connection\":\"v\",\"overwritten\":7,\"records\":[{\"time_ms\":"
	"5,\"kind\":\"FAILOVER\",\"from\":0,\"to\":9,\"cause\":\"LIVENESS\"},{\"time_ms\":6,\"kind\":\"STOP\",\"from\":null}]}]}",
	"{\"event\":\"segw_backoff\",\"time_ms\":1,\"seq\":2,\"connection\":\"v\",\"from\":\"10.9.0.1\",\"to\":null,\"cause\":\"LIVENESS\","
	"\"attempt\":3,\"delay_ms\":500}",
	"{\"event\":\"tomorrow\",\"connection\":\"v\",\"list\":[1],\"text\":\"\\\"\\\\\\n\\u001b\\ud800x\",\"number\":-1.5e9}",
	"{\"reply\":\"APPLY_CONFIG\",\"ok\":false,\"error\":\"no\",\"path\":\"a[0]\",\"offset\":18446744073709551616}",
};

static int failed, passed;

static void check(const char *what, int holds)
{
	fprintf(stderr, "%s %s\n", holds ? "ok  " : "FAIL", what);
	*(holds ? &passed : &failed) += 1;
}

/* All readers, on a copy that ends where its memory does. */
static void read_line(const char *text, size_t len)
{
	static const options_t options;
	char *line = malloc(len != 0 ? len : 1);
	reply_t reply;

	if (line == NULL) {
		abort();
	}
	memcpy(line, text, len);
	client.line = line;
	client.line_len = len;
	line_kind(client.line, client.line_len);
	reply_read(&reply, line, len);
	status_print(0);
	status_print(1);
	counters_print();
	complain_as_check();
	check_print(&options);
	history_print(samples[0], strlen(samples[0]), 0, UINT64_MAX);
	history_print(line, len, 1, 3);
	event_print(0);
	free(line);
}

static void cut_and_bend(const char *sample)
{
	static const char bent[] = "\"\\{}[],:0-x\x80\xff\xe2\x01";
	size_t len = strlen(sample), i, k;
	char *text = malloc(len + 1);

	if (text == NULL) {
		abort();
	}
	for (i = 0; i <= len; i++) {
		read_line(sample, i);
	}
	memcpy(text, sample, len + 1);
	for (i = 0; i < len; i++) {
		for (k = 0; k < sizeof bent; k++) {
			text[i] = bent[k];
			read_line(text, len);
		}
		text[i] = sample[i];
	}
	free(text);
}

/* What json_text() makes of a value, NULL if it finds no JSON. */
static const char *text_of(const char *value, size_t cap)
{
	static char text[64];
	json_t json;

	json_init(&json, value, strlen(value));
	json_text(&json, text, cap);
	return json_at_end(&json) ? text : NULL;
}

static void check_texts(void)
{
	static const struct {
		const char *value, *text;
		size_t cap;
	} rows[] = {
		{"\"a\\u00e9\\ud83d\\ude00\"", "a\xc3\xa9\xf0\x9f\x98\x80", 64},
		{"\"\xc3\xa9\xc3\xa9\"", "\xc3\xa9", 4}, /* cut between characters */
		{"\"\\u001b[2J\\u009b\xc2\x9b\x7f\xff\"", "?[2J????", 64},
		{"\"\\ud800\\ud800\\udc00\"", "?\xf0\x90\x80\x80", 64},
		{"\"\\ud800\\u0041\"", "?A", 64},
		{"\"\\\\ \\/\\n\"", "\\ / ", 64},
		{" 12.5 ", "12.5", 64},
		{"true", "true", 64},
		{"null", "", 64},
		{"[1,{\"a\":[]}]", "", 64},
		{"\"open", NULL, 64},
		{"\"\\u12\"", NULL, 64},
		{"\"\\", NULL, 64},
		{"\"\x01\"", NULL, 64},
		{"tru", NULL, 64},
		{"[1,]", NULL, 64},
		{"{\"a\" 1}", NULL, 64},
		{"{]", NULL, 64},
		{"", NULL, 64},
		{"1 2", NULL, 64},
	};
	size_t i;
	int good = 1, holds;
	const char *text;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text = text_of(rows[i].value, rows[i].cap);
		holds = rows[i].text == NULL ? text == NULL : text != NULL && strcmp(text, rows[i].text) == 0;
		if (!holds) {
			fprintf(stderr, "row %lu: %s: %s\n", (unsigned long)i, rows[i].value, text != NULL ? text : "(bad)");
		}
		good &= holds;
	}
	check("texts are read, cut and made harmless", good);
}

static void check_depth(void)
{
	char deep[JSON_DEPTH_CAP * 2 + 2];
	json_t json;

	memset(deep, '[', JSON_DEPTH_CAP);
	memset(deep + JSON_DEPTH_CAP, ']', JSON_DEPTH_CAP);
	json_init(&json, deep, 2 * JSON_DEPTH_CAP);
	json_skip(&json);
	check("as deep as there is room", json_at_end(&json));
	memset(deep, '[', JSON_DEPTH_CAP + 1);
	memset(deep + JSON_DEPTH_CAP + 1, ']', JSON_DEPTH_CAP + 1);
	json_init(&json, deep, sizeof deep);
	json_skip(&json);
	check("a level deeper is refused", json.bad);
}

static void check_numbers(void)
{
	static const struct {
		const char *text;
		uint64_t number;
	} rows[] = {{"0", 0}, {"18446744073709551615", UINT64_MAX}, {"99999999999999999999999", UINT64_MAX}, {"-1", 7},
				{"1.5", 7}, {"null", 7}, {"\"3\"", 7}, {"[3]", 7}};
	size_t i;
	int good = 1;
	json_t json;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_init(&json, rows[i].text, strlen(rows[i].text));
		good &= json_number(&json, 7) == rows[i].number && json_at_end(&json);
	}
	check("numbers saturate, others are something else", good);
}

static void check_wipe(const char *folder)
{
	static const char text[] = "\n {\"secret\":\"do not find me\"}\n";
	char path[512];
	FILE *to;
	size_t i;
	int clean = 1, was_there;

	snprintf(path, sizeof path, "%s/wiped.json", folder);
	to = fopen(path, "w");
	if (to == NULL || fwrite(text, 1, sizeof text - 1, to) != sizeof text - 1 || fclose(to) != 0) {
		abort();
	}
	check("a file is read", file_read(path) == DONE);
	was_there = strstr(file.request, "do not find me") != NULL;
	file_wipe();
	for (i = 0; i < sizeof file.request; i++) {
		clean &= file.request[i] == 0;
	}
	check("and wiped", was_there && clean);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2 || freopen("/dev/null", "w", stdout) == NULL) {
		return 2;
	}
	alarm(120);
	screen_init();
	check_texts();
	check_depth();
	check_numbers();
	check_wipe(argv[1]);
	for (i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cut_and_bend(samples[i]);
	}
	/* it would have ended here otherwise */
	check("every sample, cut and bent at every byte", 1);
	fprintf(stderr, "%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
