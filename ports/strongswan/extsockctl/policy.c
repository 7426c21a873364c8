/*
 * Every tunable in effect, and where it was set: the reply to POLICY.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "members.h"
#include "reply.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#include <segw.h>

/* Where options of strongswan.conf are. */
#define SECTION "charon.plugins.extsock."

typedef struct {
	char key[48], value[24], unit[8], otherwise[24], set_in[24], path[160];
} setting_t;

static const member_t setting_members[] = {
	{"key", MEMBER(setting_t, A_TEXT, key)},
	{"value", MEMBER(setting_t, A_TEXT, value)},
	{"unit", MEMBER(setting_t, A_TEXT, unit)},
	{"default", MEMBER(setting_t, A_TEXT, otherwise)},
	{"set_in", MEMBER(setting_t, A_TEXT, set_in)},
	{"path", MEMBER(setting_t, A_TEXT, path)},
	{NULL, A_TEXT, 0, 0, NULL},
};

static void print_value(table_t *table, style_t style, const char *value, const char *unit)
{
	char text[40];

	snprintf(text, sizeof text, "%s%s%s", value, *unit != '\0' ? " " : "", unit);
	table_cell(table, style, text);
}

static void print_setting(table_t *table, const setting_t *setting)
{
	int set = setting->set_in[0] != '\0', conf = strcmp(setting->set_in, "APPLY_CONFIG") != 0;
	style_t style = set ? BOLD : PLAIN;
	char text[256];

	table_cell(table, style, setting->key);
	print_value(table, style, setting->value, setting->unit);
	print_value(table, PLAIN, setting->otherwise, setting->unit);
	snprintf(text, sizeof text, "%s: %s%s", setting->set_in, conf ? SECTION : "", setting->path);
	table_rest(table, PLAIN, set ? text : "default");
}

static void walk_settings(table_t *table, json_t *json)
{
	static setting_t setting;

	if (json_enter(json, '[')) {
		while (json_item(json)) {
			members_read(json, &setting, sizeof setting, setting_members);
			print_setting(table, &setting);
		}
	}
}

/* The name of a connection comes before its settings, as all of libsegw's versions write them. */
static unsigned walk(table_t *table)
{
	char key[32], name[SEGW_NAME_CAP * 4];
	unsigned count = 0;
	json_t json;

	if (!enter_list(&json, client.line, client.line_len, "connections")) {
		return 0;
	}
	for (; json_item(&json); count++) {
		if (!json_enter(&json, '{')) {
			continue;
		}
		while (json_key(&json, key, sizeof key)) {
			if (strcmp(key, "connection") == 0) {
				json_text(&json, name, sizeof name);
				if (table->printing) {
					printf("%s%s%s\n", style_on(BOLD), name, style_off(BOLD));
				}
				table_row(table, DIM, "SETTING|VALUE|DEFAULT|SET IN");
			} else if (strcmp(key, "settings") == 0) {
				walk_settings(table, &json);
			} else {
				json_skip(&json);
			}
		}
	}
	return count;
}

static void policy_print(void)
{
	static table_t table;

	memset(&table, 0, sizeof table);
	table.indent = 2;
	if (walk(&table) == 0) {
		printf("no connections\n");
		return;
	}
	table_print(&table);
	walk(&table);
}

int run_policy(const command_t *command, const options_t *options)
{
	int status = check_words(options);

	if (status == DONE) {
		status = ask(options, command->verb, options->word_count > 0 ? options->words[0] : "", "");
	}
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		policy_print();
	}
	return status;
}
