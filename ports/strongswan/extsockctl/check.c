/*
 * extsockctl-check, the part of extsockctl that needs libsegw: what `apply` would be refused for by libsegw, offline; and what the
 * plugin would say of strongswan.conf and swanctl.conf.
 * A program of its own because the parser is larger than all the rest, and a router may do without.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "check.h"
#include "extsockctl.h"
#include "file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static char reply[SEGW_REPLY_CAP];
static size_t reply_len;
static char names[SEGW_CONNECTION_CAP][SEGW_NAME_CAP];

/* Reads connection `index`, which is at `*cursor`; keeps its name. */
static segw_status_t parse(uint32_t index, size_t *cursor, uint32_t *count)
{
	static segw_config_t config;
	const char *name;
	volatile char *byte = (volatile char *)&config;
	segw_status_t status;
	size_t i;

	status = segw_config_parse(file.request, file.len, cursor, &config, count, reply, sizeof reply, &reply_len);
	if (status == SEGW_OK && index < SEGW_CONNECTION_CAP) {
		name = segw_text(&config, config.name);
		snprintf(names[index], sizeof names[index], "%s", name != NULL ? name : "");
	}
	for (i = 0; i < sizeof config; i++) {
		byte[i] = 0;
	}
	return status;
}

/* libsegw looks for these only when it takes the connections over. */
static segw_status_t check_name(uint32_t index)
{
	uint32_t other;

	for (other = 0; other < index; other++) {
		if (strcmp(names[other], names[index]) == 0) {
			return segw_config_refuse(file.request, file.len, index, "name", "two connections have this name", reply,
									  sizeof reply, &reply_len);
		}
	}
	return SEGW_OK;
}

static int check(void)
{
	uint32_t count = 1, index;
	size_t cursor = 0;
	segw_status_t status = SEGW_OK;

	for (index = 0; index < count && status == SEGW_OK; index++) {
		status = parse(index, &cursor, &count);
		if (status == SEGW_OK && index >= SEGW_CONNECTION_CAP) {
			file_complain(UINT64_MAX, "connections", "more than the plugin has room for");
			return INVALID_FILE;
		}
		if (status == SEGW_OK) {
			status = check_name(index);
		}
	}
	if (status == SEGW_ERR_REFUSED) {
		file_refused(reply, reply_len);
	} else if (status != SEGW_OK) {
		file_complain(UINT64_MAX, "", segw_strerror(status));
	}
	return status == SEGW_OK ? DONE : INVALID_FILE;
}

/* Keys of `failover` that do nothing by themselves unless there is a failback. */
static const char *const idle_keys[] = {"failback_window", "hold_down_ms", "hold_down_limit_ms"};

#define IDLE_KEYS (sizeof idle_keys / sizeof idle_keys[0])

/* Where the next value stands in the request. */
static uint64_t place(json_t *json)
{
	json_type(json);
	return (uint64_t)(json->at - file.request);
}

/* Reads a connection's `failover`, and notes what has no effect there; `above` is the path of the connection. */
static void note_failover(json_t *json, const char *above)
{
	char key[40], failback[20] = "", path[80];
	uint64_t places[IDLE_KEYS] = {0};
	size_t i;

	for (json_enter(json, '{'); json_key(json, key, sizeof key);) {
		for (i = 0; i < IDLE_KEYS; i++) {
			places[i] = strcmp(key, idle_keys[i]) == 0 ? place(json) : places[i];
		}
		if (strcmp(key, "failback") == 0) {
			json_text(json, failback, sizeof failback);
		} else {
			json_skip(json);
		}
	}
	for (i = 0; i < IDLE_KEYS && strcmp(failback, "hold_down") != 0; i++) {
		if (places[i] != 0) {
			snprintf(path, sizeof path, "%sfailover.%s", above, idle_keys[i]);
			file_complain(places[i], path, "note: without \"failback\": \"hold_down\" nothing goes back by itself");
		}
	}
}

/* The same of a connection. */
static void note_connection(json_t *json, const char *above)
{
	char key[40], path[80];
	uint64_t probe;
	int targets;

	for (json_enter(json, '{'); json_key(json, key, sizeof key);) {
		if (strcmp(key, "failover") == 0) {
			note_failover(json, above);
		} else if (strcmp(key, "probe") == 0) {
			probe = place(json);
			targets = 0;
			for (json_enter(json, '{'); json_key(json, key, sizeof key); json_skip(json)) {
				targets |= strcmp(key, "targets") == 0;
			}
			if (!targets) {
				snprintf(path, sizeof path, "%sprobe", above);
				file_complain(probe, path, "note: without \"targets\" nothing is asked");
			}
		} else {
			json_skip(json);
		}
	}
}

/* Notes what is valid, and has no effect. */
static void note_idle(void)
{
	char key[40], above[40];
	unsigned index = 0;
	json_t json, list;

	json_init(&json, file.request + sizeof APPLY - 1, file.len - sizeof APPLY);
	list = json;
	json_enter(&list, '{');
	if (json_key(&list, key, sizeof key) && strcmp(key, "connections") == 0 && json_enter(&list, '[')) {
		while (json_item(&list)) {
			snprintf(above, sizeof above, "connections[%u].", index++);
			note_connection(&list, above);
		}
	} else {
		note_connection(&json, "");
	}
}

static void print_names(void)
{
	unsigned i;

	printf("%s: valid:", file.name);
	for (i = 0; i < SEGW_CONNECTION_CAP && *names[i] != '\0'; i++) {
		printf("%s %s", i != 0 ? "," : "", names[i]);
	}
	putchar('\n');
}

/* Whether a file is one of JSON: by its name, or by what it begins with. */
static int is_json(const char *name)
{
	size_t len = strlen(name);
	FILE *stream;
	int byte, letter;

	if (strcmp(name, "-") == 0 || (len > 5 && strcmp(name + len - 5, ".json") == 0)) {
		return 1;
	}
	stream = fopen(name, "r");
	if (stream == NULL) {
		/* that it cannot be read is told there */
		return 1;
	}
	do {
		byte = getc(stream);
	} while (byte != EOF && strchr(" \t\r\n", byte) != NULL);
	/* `[charon]` is of another format, and of none that is read here */
	letter = byte == '[' && isalpha(getc(stream));
	fclose(stream);
	return byte == EOF || byte == '{' || (byte == '[' && !letter);
}

static int check_json(const char *name, int quiet)
{
	int status = file_read(name);

	if (status == DONE) {
		status = check();
	}
	if (status == DONE && !quiet) {
		note_idle();
	}
	file_wipe();
	if (status == DONE && !quiet) {
		print_names();
	}
	return status;
}

int main(int argc, char **argv)
{
	int quiet = argc == 3 && strcmp(argv[1], "-q") == 0, status;

	if (!hold_places()) {
		return BROKEN;
	}
	if (argc != 2 + quiet) {
		fputs("usage: extsockctl-check [-q] FILE|-\n", stderr);
		return USAGE;
	}
	if (segw_abi() != SEGW_ABI) {
		complain("built with another libsegw");
		return BROKEN;
	}
	status = is_json(argv[1 + quiet]) ? check_json(argv[1 + quiet], quiet) : check_conf(argv[1 + quiet], quiet);
	return finish(status);
}
