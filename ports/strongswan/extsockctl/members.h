/*
 * An object's members into a row of a struct: a table says which go where.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "json.h"

typedef enum {
	/* uint64_t: 0 where there is none. */
	A_NUMBER,
	/* uint64_t, a time or a place in a list: UINT64_MAX where there is none. */
	A_MOMENT,
	/* char[]. */
	A_TEXT,
	/* int: 1 for true. */
	A_FLAG,
	/* Read by a function, which is given the row. */
	A_PART
} member_kind_t;

/* Ends with one without key. */
typedef struct {
	const char *key;
	member_kind_t kind;
	/* Where in the row, and how large. */
	unsigned short at, cap;
	void (*read)(json_t *json, void *row);
} member_t;

#define MEMBER(type, kind, member) kind, offsetof(type, member), sizeof(((type *)0)->member), NULL

/* Clears a row of `size` bytes, and reads the object that is next into it. */
void members_read(json_t *json, void *row, size_t size, const member_t *members);

/* The same into a row that has something in it already. */
void members_into(json_t *json, void *row, const member_t *members);

#endif
