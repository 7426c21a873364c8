/*
 * Options of strongswan.conf that the plugin could not take as they are, as STATUS names them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "status.h"
#include "client.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

void print_policy_errors(table_t *table, const char *line, size_t len)
{
	char text[400], key[32];
	uint64_t more = 0;
	json_t json;

	if (!enter_list(&json, line, len, "policy_error")) {
		return;
	}
	while (json_item(&json)) {
		json_text(&json, text, sizeof text);
		table_rest(table, BAD, text);
	}
	json_init(&json, line, len);
	if (json_enter(&json, '{')) {
		while (json_key(&json, key, sizeof key)) {
			if (strcmp(key, "more_policy_error") == 0) {
				more = json_number(&json, 0);
			} else {
				json_skip(&json);
			}
		}
	}
	if (more != 0) {
		snprintf(text, sizeof text, "and %llu more options that are wrong, see charon's log", (unsigned long long)more);
		table_rest(table, BAD, text);
	}
}
