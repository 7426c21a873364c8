/*
 * Strings of JSON: escapes undone, cut to fit between two characters, fit for a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json.h"

#include <string.h>

/* Where text goes that is cut to fit. */
typedef struct {
	char *to;
	size_t cap, len;
	int full;
} sink_t;

static void put(sink_t *sink, const char *bytes, size_t len)
{
	/* once a character did not fit none may, or the text would have a gap */
	if (sink->full || sink->len + len >= sink->cap) {
		sink->full = 1;
		return;
	}
	memcpy(sink->to + sink->len, bytes, len);
	sink->len += len;
}

size_t json_utf8(const char *at, const char *end)
{
	unsigned char lead = at < end ? (unsigned char)*at : 0x80;
	size_t len = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0, i;

	if (len > (size_t)(end - at)) {
		return 0;
	}
	for (i = 1; i < len; i++) {
		if (((unsigned char)at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return len;
}

static void put_code(sink_t *sink, uint32_t code)
{
	char bytes[4];

	/* control characters, also the upper ones, would reach the terminal; a surrogate left alone is no character */
	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000)) {
		code = '?';
	}
	if (code < 0x80) {
		bytes[0] = (char)code;
		put(sink, bytes, 1);
	} else if (code < 0x800) {
		bytes[0] = (char)(0xc0 | code >> 6);
		bytes[1] = (char)(0x80 | (code & 0x3f));
		put(sink, bytes, 2);
	} else if (code < 0x10000) {
		bytes[0] = (char)(0xe0 | code >> 12);
		bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (code & 0x3f));
		put(sink, bytes, 3);
	} else {
		bytes[0] = (char)(0xf0 | code >> 18);
		bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
		bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[3] = (char)(0x80 | (code & 0x3f));
		put(sink, bytes, 4);
	}
}

/* Four hex digits; sets `bad` if there are none. */
static uint32_t hex(json_t *json)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t code = 0;
	const char *digit;
	int i;

	for (i = 0; i < 4; i++, json->at++) {
		if (json->at == json->end || *json->at == '\0' || (digit = strchr(digits, *json->at | 0x20)) == NULL ||
			*json->at < '0') {
			json->bad = 1;
			return 0;
		}
		code = code << 4 | (uint32_t)(digit - digits);
	}
	return code;
}

/* What follows a backslash. */
static void escape(json_t *json, sink_t *sink)
{
	static const char letters[] = "\"\\/bfnrt";
	uint32_t code, low;
	const char *here;

	if (json->at == json->end || *json->at == '\0' || (strchr(letters, *json->at) == NULL && *json->at != 'u')) {
		json->bad = 1;
		return;
	}
	code = (unsigned char)*json->at++;
	if (code != 'u') {
		put_code(sink, strchr("bfnrt", (int)code) != NULL ? ' ' : code);
		return;
	}
	code = hex(json);
	if (code >= 0xd800 && code < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u') {
		here = json->at;
		json->at += 2;
		low = hex(json);
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
		} else if (!json->bad) {
			json->at = here;
		}
	}
	put_code(sink, code);
}

/* A raw character of a string. */
static void raw(json_t *json, sink_t *sink)
{
	size_t len = json_utf8(json->at, json->end);

	if ((unsigned char)*json->at < 0x20) {
		json->bad = 1;
		return;
	}
	if (len == 0 || *json->at == 0x7f || (len == 2 && json->at[0] == '\xc2' && (unsigned char)json->at[1] < 0xa0)) {
		put_code(sink, '?');
	} else {
		put(sink, json->at, len);
	}
	json->at += len == 0 ? 1 : len;
}

size_t json_string(json_t *json, char *text, size_t cap)
{
	sink_t sink = {text, cap, 0, 0};

	json->at++;
	while (!json->bad) {
		if (json->at == json->end) {
			json->bad = 1;
		} else if (*json->at == '"') {
			json->at++;
			break;
		} else if (*json->at == '\\') {
			json->at++;
			escape(json, &sink);
		} else {
			raw(json, &sink);
		}
	}
	return sink.len;
}
