/*
 * What the plugin says, as a person reads it: replies to STATUS and HISTORY as tables, events as lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATUS_H
#define STATUS_H

#include "client.h"
#include "connection.h"
#include "table.h"

/* Prints client.line, a reply to STATUS; `verbose`: with SEGWs also where connections are many. */
void status_print(int verbose);

/* The names of the states, one after the other; NULL at their end. */
const char *state_name(unsigned place);

/* How many connections of charon's own the reply names that are not guarded. */
uint64_t not_guarded_count(void);

/* Prints client.line, a reply to STATUS, as Prometheus reads it; or that there is none. */
void metrics_print(int is_there);

/* How many connections are how well. */
void counts_text(const unsigned counts[STANDINGS], char *text, size_t cap);

/* The same for monitoring: a line, and an exit code as Nagios has them. */
int check_print(const options_t *options);

/*
 * Prints client.line, a reply to HISTORY; `status` is one to STATUS, which has the addresses. Of each connection so many `lines`
 * at most, 0 for all, none older than `oldest` milliseconds.
 */
void history_print(const char *status, size_t len, unsigned lines, uint64_t oldest);

/* Prints client.line, a reply to STATUS, as a table of counters. */
void counters_print(void);

/* Prints client.line, an event; `behind`: how far the plugin's clock is behind ours. */
void event_print(int64_t behind);

/* The plugin's clock when it wrote a reply. */
uint64_t reply_clock(const char *line, size_t len);

/* Adds what is wrong with the options of strongswan.conf. */
void print_policy_errors(table_t *table, const char *line, size_t len);

#endif
