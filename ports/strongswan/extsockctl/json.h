/*
 * A pull reader for JSON: the caller asks for what it expects, in order, and gets nothing where it is not. Works in the
 * text itself, allocates nothing, never recurses, never reads beyond the text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

/* Objects and lists within each other; libsegw nests 5 deep and accepts 16. One bit each in json_t. */
#define JSON_DEPTH_CAP 32

typedef struct {
	/* The next byte, and the end of the text. */
	const char *at, *end;
	/* How many objects and lists are open, and which of them are objects, the innermost in bit 0. */
	unsigned depth;
	uint32_t objects;
	/* Nothing was read yet in the innermost one: no comma is due. */
	int first;
	/* The text is not JSON at `at`; from now on every function finds nothing. */
	int bad;
} json_t;

void json_init(json_t *json, const char *text, size_t len);

/* What value is next: one of { [ " 0 t f n, or 0 for none of them. */
int json_type(json_t *json);

/* Enters an object, '{', or a list, '['. If the next value is not one it is skipped, and the result is 0. */
int json_enter(json_t *json, int type);

/* Moves to the next item of the list; 0 at its end, which is left then. */
int json_item(json_t *json);

/* Moves to the next value of the object and copies its key, cut to fit; 0 at the object's end, which is left then. */
int json_key(json_t *json, char *key, size_t cap);

/*
 * Copies the next value, cut to fit: a string without its escapes, fit for a terminal (what could control one becomes
 * '?'); a number, true or false as it is written; "" for all others.
 */
void json_text(json_t *json, char *text, size_t cap);

/* The next value if it is a whole number from 0 on, saturating; or else `otherwise`. */
uint64_t json_number(json_t *json, uint64_t otherwise);

void json_skip(json_t *json);

/* Nothing but blanks is left. */
int json_at_end(json_t *json);

/* For json.c: reads the string that starts here into `text` of `cap` bytes, unterminated; its length there. */
size_t json_string(json_t *json, char *text, size_t cap);

/* Bytes of the UTF-8 character at `at`, 0 if there is none. */
size_t json_utf8(const char *at, const char *end);

/* What was expected at `at`, the first byte of a text that cannot be. */
const char *json_fault(const char *text, const char *at, const char *end);

#endif
