/*
 * What a line of the plugin is, and what a reply says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REPLY_H
#define REPLY_H

#include "json.h"

/* Whether a line is a reply, an event or neither. */
enum {
	NEITHER,
	REPLY,
	EVENT
};
int line_kind(const char *line, size_t len);

typedef struct {
	int ok;
	char error[320], path[256];
	/* Place in the request, or NO_OFFSET. */
	uint64_t offset;
} reply_t;

#define NO_OFFSET UINT64_MAX

void reply_read(reply_t *reply, const char *line, size_t len);

/* Enters the list `key` of the object that a line is. */
int enter_list(json_t *json, const char *line, size_t len, const char *key);

#endif
