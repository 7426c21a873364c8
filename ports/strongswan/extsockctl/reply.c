/*
 * What a line of the plugin is, and what a reply says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"

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

void reply_read(reply_t *reply, const char *line, size_t len)
{
	json_t json;
	char key[KEY_CAP];

	memset(reply, 0, sizeof *reply);
	reply->offset = NO_OFFSET;
	json_init(&json, line, len);
	if (!json_enter(&json, '{')) {
		return;
	}
	while (json_key(&json, key, sizeof key)) {
		if (strcmp(key, "ok") == 0) {
			reply->ok = json_type(&json) == 't';
			json_skip(&json);
		} else if (strcmp(key, "error") == 0) {
			json_text(&json, reply->error, sizeof reply->error);
		} else if (strcmp(key, "path") == 0) {
			json_text(&json, reply->path, sizeof reply->path);
		} else if (strcmp(key, "offset") == 0) {
			reply->offset = json_number(&json, NO_OFFSET);
		} else {
			json_skip(&json);
		}
	}
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
