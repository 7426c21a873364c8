/*
 * What happened how often: the counters of the reply to STATUS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reply.h"
#include "status.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	table_t connections, segws;
} counts_t;

static void print_heads(counts_t *counts)
{
	table_row(&counts->connections, BOLD, "CONNECTION|FAILOVERS|FAILBACKS|SWITCHES|FAILED ROUNDS");
	table_row(&counts->segws, DIM, "SEGW|DIALLED|UP|FAILED|CONNECTED|CAUSES OF FAILURE");
}

static void print_connection(counts_t *counts, const connection_t *connection)
{
	const segw_row_t *row;
	char text[TIME_CAP];
	unsigned i;

	table_cell(&counts->connections, BOLD, connection->name);
	table_number(&counts->connections, connection->failovers);
	table_number(&counts->connections, connection->failbacks);
	table_number(&counts->connections, connection->switches);
	snprintf(text, sizeof text, "%llu", (unsigned long long)connection->round);
	table_rest(&counts->connections, PLAIN, text);
	for (i = 0; i < connection->segw_count; i++) {
		row = &connection->segws[i];
		table_cell(&counts->segws, PLAIN, row->address);
		table_number(&counts->segws, row->attempts);
		table_number(&counts->segws, row->successes);
		table_number(&counts->segws, row->failures);
		age_text(text, row->connected_ms);
		table_cell(&counts->segws, PLAIN, row->connected_ms != 0 ? text : "");
		table_rest(&counts->segws, row->failures != 0 ? WARN : PLAIN, row->causes);
	}
}

static unsigned walk(counts_t *counts)
{
	static connection_t connection;
	unsigned total = 0;
	json_t json;

	if (enter_list(&json, client.line, client.line_len, "connections")) {
		while (connection_next(&connection, &json)) {
			if (total++ == 0) {
				print_heads(counts);
			}
			print_connection(counts, &connection);
		}
	}
	return total;
}

void counters_print(void)
{
	static counts_t counts;

	memset(&counts, 0, sizeof counts);
	counts.segws.indent = 2;
	if (walk(&counts) == 0) {
		printf("no connections\n");
		return;
	}
	table_print(&counts.connections);
	table_print(&counts.segws);
	walk(&counts);
}

int run_counters(const command_t *command, const options_t *options)
{
	int status = check_words(options);

	if (status == DONE) {
		/* the reply to the reset has them as they were: none is lost between the two */
		status = ask(options, options->reset ? "RESET_COUNTERS" : command->verb, options->word_count > 0 ? options->words[0] : "", "");
	}
	if (status == DONE && options->json) {
		client_print();
	} else if (status == DONE) {
		counters_print();
	}
	return status;
}
