/*
 * What was expected where a text stops to be JSON, in the words of libsegw, which this program does without: src/json/fault.rs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json.h"

#include <string.h>

/* What stands before a byte: enough of it to tell what may follow. */
typedef struct {
	/* The last byte that is no blank, `"` for a string, `0` for a word or number; 0 at the start. */
	char last;
	/* Whether that is a key. */
	int key;
	/* What is open here, the innermost in the lowest bit: 1 for an object. */
	uint32_t objects;
	unsigned depth;
} before_t;

static int in_object(const before_t *before)
{
	return before->depth > 0 && (before->objects & 1);
}

static void pass(before_t *before, char byte)
{
	if (strchr(" \t\r\n", byte) != NULL && byte != '\0') {
		return;
	}
	if (byte == '{' || byte == '[') {
		before->objects = before->objects << 1 | (byte == '{');
		before->depth++;
	} else if (byte == '}' || byte == ']') {
		before->objects >>= 1;
		before->depth -= before->depth != 0;
	}
	before->key = byte == '"' && in_object(before) && (before->last == '{' || before->last == ',');
	before->last = byte != '\0' && strchr("\",:{}[]", byte) != NULL ? byte : '0';
}

static int alphanumeric(char byte)
{
	return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static int one_of(char byte, const char *bytes)
{
	return byte != '\0' && strchr(bytes, byte) != NULL;
}

/* Whether it is one of U+2018 to U+201F, quotes of every shape. */
static int is_quote(const char *at, const char *end)
{
	return end - at > 2 && (unsigned char)at[0] == 0xe2 && (unsigned char)at[1] == 0x80 && (unsigned char)at[2] >= 0x98 &&
		   (unsigned char)at[2] <= 0x9f;
}

/* What was expected in a string. */
static const char *in_string(const char *at, const char *end, int escaped)
{
	if (at == end) {
		return "a string has no closing quote";
	}
	if (escaped) {
		return "there is no such escape sequence";
	}
	if (*at == '\n' || *at == '\r') {
		return "a string ends on its line; a quote is missing, or write \\n for a line end";
	}
	return (unsigned char)*at < 0x20 ? "a control character in a string; write \\t for a tab" : "this is not UTF-8, or no character";
}

const char *json_fault(const char *text, const char *at, const char *end)
{
	before_t before = {0, 0, 0, 0};
	int string = 0, escaped = 0;
	const char *byte;
	char next;

	for (byte = text; byte < at; byte++) {
		if (!string) {
			pass(&before, *byte);
			string = *byte == '"';
		} else if (escaped) {
			escaped = 0;
		} else if (*byte == '\\') {
			escaped = 1;
		} else {
			string = *byte != '"';
		}
	}
	if (string) {
		return in_string(at, end, escaped);
	}
	if (at == end) {
		return "it ends too soon, a closing bracket is missing";
	}
	next = *at;
	if (next == '/' || next == '#') {
		return "comments are not allowed";
	}
	if (next == '\'' || is_quote(at, end)) {
		return "keys and strings stand in double quotes, \"";
	}
	if ((unsigned char)next >= 0x80) {
		return "outside of strings only ASCII may stand; this character may be invisible or look like another";
	}
	if (before.last == 0) {
		return "expected {";
	}
	if (before.last == '"' && before.key) {
		return "expected a colon behind the key";
	}
	if (before.last == ',' && one_of(next, "}]")) {
		return "a comma too many before the closing bracket";
	}
	if (next == ',' && one_of(before.last, ",[{:")) {
		return "a comma too many, or something is missing before it";
	}
	if (one_of(before.last, "{,") && in_object(&before)) {
		return "expected a key in double quotes";
	}
	if (one_of(before.last, ",:[")) {
		return "expected a value: a string in double quotes, a number, true, false, [ or {";
	}
	if (before.last == '0' && alphanumeric(next) && alphanumeric(at[-1])) {
		return "neither a number nor true, false or null";
	}
	if (before.depth == 0) {
		return "nothing may follow the closing bracket";
	}
	return in_object(&before) ? "expected a comma or }" : "expected a comma or ]";
}
