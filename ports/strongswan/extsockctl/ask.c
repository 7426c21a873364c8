/*
 * Asking the plugin: what kind of line came, and a request with its refusal told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "reply.h"

#include <string.h>

int client_kind(void)
{
	json_t json;
	char key[32];
	int kind = NEITHER;

	json_init(&json, client.line, client.line_len);
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

int ask_again(const char *verb, const char *first, const char *second)
{
	int status = client_request(verb, first, second);
	reply_t reply;

	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	if (reply.ok) {
		return DONE;
	}
	complain("%s%s%s", first, *first != '\0' ? ": " : "", *reply.error != '\0' ? reply.error : "refused");
	return REFUSED;
}

int ask(const options_t *options, const char *verb, const char *first, const char *second)
{
	int status = client_connect(options);

	return status == DONE ? ask_again(verb, first, second) : status;
}
