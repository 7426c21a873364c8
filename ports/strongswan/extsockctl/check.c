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
	int byte;

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
	fclose(stream);
	return byte == EOF || byte == '{' || byte == '[';
}

static int check_json(const char *name, int quiet)
{
	int status = file_read(name);

	if (status == DONE) {
		status = check();
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
