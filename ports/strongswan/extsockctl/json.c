/*
 * A pull reader for JSON (RFC 8259): objects, lists, numbers, words; json_string.c has the strings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json.h"

#include <string.h>

void json_init(json_t *json, const char *text, size_t len)
{
	memset(json, 0, sizeof *json);
	json->at = text;
	json->end = text + len;
	json->first = 1;
}

static int fail(json_t *json)
{
	json->bad = 1;
	return 0;
}

/* The next byte after blanks, -1 at the end. */
static int ahead(json_t *json)
{
	while (!json->bad && json->at < json->end && strchr(" \t\r\n", *json->at) != NULL && *json->at != '\0') {
		json->at++;
	}
	return json->bad || json->at == json->end ? -1 : (unsigned char)*json->at;
}

int json_type(json_t *json)
{
	int byte = ahead(json);

	if (byte == '-' || (byte >= '0' && byte <= '9')) {
		return '0';
	}
	return byte > 0 && strchr("{[\"tfn", byte) != NULL ? byte : 0;
}

int json_enter(json_t *json, int type)
{
	if (json_type(json) != type) {
		json_skip(json);
		return 0;
	}
	if (json->depth == JSON_DEPTH_CAP) {
		return fail(json);
	}
	json->at++;
	json->depth++;
	json->objects = json->objects << 1 | (type == '{');
	json->first = 1;
	return 1;
}

int json_item(json_t *json)
{
	int byte = ahead(json);

	if (json->depth == 0) {
		return fail(json);
	}
	if (byte == (json->objects & 1 ? '}' : ']')) {
		json->at++;
		json->depth--;
		json->objects >>= 1;
		json->first = 0;
		return 0;
	}
	if (!json->first) {
		if (byte != ',') {
			return fail(json);
		}
		json->at++;
	}
	json->first = 0;
	return json_type(json) ? 1 : fail(json);
}

int json_key(json_t *json, char *key, size_t cap)
{
	if (!json_item(json)) {
		return 0;
	}
	if (*json->at != '"') {
		return fail(json);
	}
	json_text(json, key, cap);
	if (ahead(json) != ':') {
		return fail(json);
	}
	json->at++;
	return json_type(json) ? 1 : fail(json);
}

/* A number or a word, up to what ends it. Numbers are not checked further: "1-2" passes, harmlessly. */
static size_t word(json_t *json, int type)
{
	const char *known = type == 't' ? "true" : type == 'f' ? "false" : type == 'n' ? "null" : NULL;
	const char *start = json->at;
	size_t len;

	while (json->at < json->end && *json->at != '\0' &&
		   strchr(known != NULL ? "truefalsn" : "-+.eE0123456789", *json->at) != NULL) {
		json->at++;
	}
	len = (size_t)(json->at - start);
	if (known != NULL && (len != strlen(known) || memcmp(start, known, len) != 0)) {
		json->at = start;
		fail(json);
	}
	return len;
}

/* Reads a value that is no object or list into `text`; its length there. */
static size_t scalar(json_t *json, char *text, size_t cap)
{
	int type = json_type(json);
	const char *start = json->at;
	size_t len;

	if (type == '"') {
		return json_string(json, text, cap);
	}
	if (type == 0) {
		fail(json);
		return 0;
	}
	len = word(json, type);
	if (type == 'n' || len >= cap) {
		return 0;
	}
	memcpy(text, start, len);
	return len;
}

void json_text(json_t *json, char *text, size_t cap)
{
	int type = json_type(json);
	size_t len = 0;

	if (type == '{' || type == '[') {
		json_skip(json);
	} else {
		len = scalar(json, text, cap);
	}
	text[json->bad ? 0 : len] = '\0';
}

uint64_t json_number(json_t *json, uint64_t otherwise)
{
	char text[40];
	uint64_t number = 0;
	size_t i, len;

	if (json_type(json) != '0') {
		json_skip(json);
		return otherwise;
	}
	json_text(json, text, sizeof text);
	len = strspn(text, "0123456789");
	if (json->bad || len == 0 || text[len] != '\0') {
		return otherwise;
	}
	for (i = 0; i < len; i++) {
		if (number > (UINT64_MAX - 9) / 10) {
			return UINT64_MAX;
		}
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number;
}

void json_skip(json_t *json)
{
	unsigned outside = json->depth;
	char key[1];
	int type;

	for (;;) {
		type = json_type(json);
		if (type == '{' || type == '[') {
			json_enter(json, type);
		} else {
			scalar(json, NULL, 0);
		}
		/* leave what ends here, go on to the next value */
		do {
			if (json->bad || json->depth == outside) {
				return;
			}
		} while (!(json->objects & 1 ? json_key(json, key, sizeof key) : json_item(json)));
	}
}

int json_at_end(json_t *json)
{
	return !json->bad && ahead(json) < 0;
}
