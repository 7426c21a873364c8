/*
 * What a line of the plugin is, and what a reply says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"
#include "members.h"

#include <string.h>

#define KEY_CAP 32

int line_kind(const char *line, size_t len)
{
	json_t json;
	char key[KEY_CAP];
	int kind = NEITHER;

	json_init(&json, line, len);
	if (!json_enter(&json, '{')) {
		return NEITHER;
	}
	while (json_key(&json, key, sizeof key)) {
		if (strcmp(key, "reply") == 0) {
			kind = REPLY;
		} else if (strcmp(key, "event") == 0 && kind != REPLY) {
			kind = EVENT;
		}
		json_skip(&json);
	}
	return json_at_end(&json) ? kind : NEITHER;
}

static const member_t reply_members[] = {
	{"ok", MEMBER(reply_t, A_FLAG, ok)},
	{"error", MEMBER(reply_t, A_TEXT, error)},
	{"path", MEMBER(reply_t, A_TEXT, path)},
	/* NO_OFFSET if there is none */
	{"offset", MEMBER(reply_t, A_MOMENT, offset)},
	{NULL, A_PART, 0, 0, NULL},
};

void reply_read(reply_t *reply, const char *line, size_t len)
{
	json_t json;

	json_init(&json, line, len);
	members_read(&json, reply, sizeof *reply, reply_members);
}

int enter_list(json_t *json, const char *line, size_t len, const char *wanted)
{
	char key[KEY_CAP];

	json_init(json, line, len);
	if (json_enter(json, '{')) {
		while (json_key(json, key, sizeof key)) {
			if (strcmp(key, wanted) == 0) {
				return json_enter(json, '[');
			}
			json_skip(json);
		}
	}
	return 0;
}
