/*
 * status --check: how well a connection is, in one line and an exit code, for monit, keepalived, Nagios and their like.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"
#include "screen.h"
#include "status.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {"OK", "WARNING", "CRITICAL"};

static int code_of(standing_t standing)
{
	switch (standing) {
	case IS_FINE:
		return CHECK_OK;
	case IS_ELSEWHERE:
	case LACKS_CHILD:
		return CHECK_WARNING;
	default:
		return CHECK_CRITICAL;
	}
}

static void print_place(const connection_t *connection)
{
	char address[SEGW_ADDR_CAP];

	if (connection->active != NO_SEGW) {
		connection_address(connection, connection->active, address);
		printf(" on %s", address);
	}
	if (connection->active != NO_SEGW && connection->active != 0) {
		connection_address(connection, 0, address);
		printf(", not on %s", address);
	}
}

static void print_one(const connection_t *connection, uint64_t now)
{
	const child_row_t *child;
	char age[TIME_CAP];

	printf("%s: %s", connection->name, connection->state);
	print_place(connection);
	if (connection->since_ms != NO_TIME) {
		age_text(age, now > connection->since_ms ? now - connection->since_ms : 0);
		printf(", for %s", age);
	}
	if (connection->active != NO_SEGW && connection->missing_count != 0) {
		child = connection_missing(connection, 0);
		printf(", child %s is down%s%s", child->name, *child->cause != '\0' ? ": " : "", child->cause);
	}
	printf("%s%s\n", *connection->next != '\0' ? ", " : "", connection->next);
}

int check_print(const options_t *options)
{
	static connection_t connection;
	uint64_t now = reply_clock(client.line, client.line_len);
	unsigned counts[STANDINGS] = {0}, total = 0;
	int worst = CHECK_OK, code, several = 0;
	char text[160];
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "connections")) {
		while (connection_next(&connection, &json)) {
			counts[standing_of(&connection)]++;
			code = code_of(standing_of(&connection));
			worst = code > worst ? code : worst;
			total++;
		}
	}
	if (total == 0) {
		complain("there are no connections");
		return CHECK_UNKNOWN;
	}
	if (options->quiet) {
		return worst;
	}
	printf("%s - ", words[worst]);
	if (total > 1) {
		several = 1;
		counts_text(counts, text, sizeof text);
		printf("%s\n", text);
	}
	/* with several only those that are not well, each in a line */
	enter_list(&json, client.line, client.line_len, "connections");
	while (connection_next(&connection, &json)) {
		if (!several || code_of(standing_of(&connection)) != CHECK_OK) {
			print_one(&connection, now);
		}
	}
	return worst;
}
