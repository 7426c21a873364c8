/*
 * A connection as STATUS tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "json.h"

#include <segw.h>

/* More than libsegw of today has, should it grow; what is beyond is counted. */
#define CONNECTION_SEGW_CAP 16
/* The same of children that are missing. */
#define CONNECTION_CHILD_CAP 32
#define NO_TIME UINT64_MAX
#define NO_SEGW UINT64_MAX
/* Names of causes with their counts, as many as there are. */
#define CAUSES_CAP 480

typedef struct {
	char address[SEGW_ADDR_CAP];
	uint64_t attempts, successes, failures, connected_ms, changed_ms, barred_until_ms;
	/* `LIVENESS 2, AUTH_FAILED 1`, and how many kinds these are. */
	char causes[CAUSES_CAP];
	unsigned cause_kinds;
	char last_cause[40];
} segw_row_t;

/* A child that is wanted and not up. */
typedef struct {
	char name[SEGW_NAME_CAP * 4], cause[40];
	uint64_t retry_at_ms;
} child_row_t;

typedef struct {
	char name[SEGW_NAME_CAP * 4], state[24];
	/* Places in the list: carrying traffic, being dialled. */
	uint64_t active, dialled;
	uint64_t since_ms, retry_at_ms, failovers;
	unsigned segw_count, left_out;
	segw_row_t segws[CONNECTION_SEGW_CAP];
	unsigned missing_count;
	child_row_t missing[CONNECTION_CHILD_CAP];
} connection_t;

/* Reads the object that is next; what it lacks is empty. */
void connection_read(connection_t *connection, json_t *json);

/* The address of a SEGW; `#9` if there is none in that place, "" for NO_SEGW. */
void connection_address(const connection_t *connection, uint64_t segw, char address[SEGW_ADDR_CAP]);

#endif
