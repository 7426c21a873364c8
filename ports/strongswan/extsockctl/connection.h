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
/* The same of children. */
#define CONNECTION_CHILD_CAP 32
#define NO_TIME UINT64_MAX
#define NO_SEGW UINT64_MAX
/* Names of causes with their counts, as many as there are. */
#define CAUSES_CAP 480

typedef struct {
	char address[SEGW_ADDR_CAP];
	uint64_t attempts, successes, failures, connected_ms, changed_ms, barred_until_ms, rests_until_ms;
	/* `LIVENESS 2, AUTH_FAILED 1`, and how many kinds these are. */
	char causes[CAUSES_CAP];
	unsigned cause_kinds;
	char last_cause[40], last_detail[40], hint[24];
	int drained;
	/* Response time; NO_TIME where it is not known. */
	uint64_t srtt_ms;
} segw_row_t;

typedef struct {
	char name[SEGW_NAME_CAP * 4], state[24], cause[40];
	uint64_t retry_at_ms;
	/* NO_TIME where it is not known. */
	uint64_t bytes_in, packets_in, bytes_out, packets_out, heard_ms;
} child_row_t;

/* How the SEGW that carried it last was lost. */
typedef struct {
	uint64_t time_ms, segw, silent_ms;
	char cause[40], detail[40];
} loss_t;

/* The IKE_SA to the SEGW that would be next; no state where none is wanted. */
typedef struct {
	uint64_t segw, since_ms, retry_at_ms, uses, failures;
	char state[16], reason[40];
} standby_t;
/* What is known of the targets that are asked through it; no state: there are none. */
typedef struct {
	char state[24], cause[40];
	uint64_t since_ms;
} probe_t;

typedef struct {
	char name[SEGW_NAME_CAP * 4], state[24];
	/* Places in the list: carrying traffic, being dialled. */
	uint64_t active, dialled;
	/* The last two: since when it is up, or down; NO_TIME if it is not. */
	uint64_t since_ms, up_since_ms, down_since_ms;
	/* When the SEGW was last heard. */
	uint64_t heard_ms;
	/* Since when packets go out and none come in, while it answers; NO_TIME if that is not so. */
	uint64_t silent_data_since_ms;
	loss_t lost;
	standby_t standby;
	probe_t probe;
	/* What happens next by itself, in words. */
	char next[160];
	uint64_t retry_at_ms, round, failovers, failbacks, switches;
	unsigned segw_count, left_out;
	segw_row_t segws[CONNECTION_SEGW_CAP];
	/* Children, how many of them are up, and how many are wanted and not. */
	unsigned child_count, up_count, missing_count;
	child_row_t children[CONNECTION_CHILD_CAP];
	/* IKE_SAs, also those that end. */
	unsigned ike_sa_count;
} connection_t;

/* How well it is, trouble first. */
typedef enum {
	/* Nothing is up, or none of its children. */
	IS_DOWN,
	/* Up, a child that is wanted is not. */
	LACKS_CHILD,
	/* Up, not on the most preferred SEGW. */
	IS_ELSEWHERE,
	/* IDLE or STOPPED: nobody wants it up. */
	IS_AT_REST,
	IS_FINE,
	STANDINGS
} standing_t;

standing_t standing_of(const connection_t *connection);

/* Reads the object that is next; what it lacks is empty. */
void connection_read(connection_t *connection, json_t *json);

/* The child that is missing in this place, from 0 to missing_count. */
const child_row_t *connection_missing(const connection_t *connection, unsigned place);

/* The next one of a list of connections that was entered; 0 at its end. */
int connection_next(connection_t *connection, json_t *json);

/* Finds it in a reply to STATUS; 0, and it has nothing, if it is not there. */
int connection_find(connection_t *connection, const char *line, size_t len, const char *name);

/* The address of a SEGW; `#9` if there is none in that place, "" for NO_SEGW. */
void connection_address(const connection_t *connection, uint64_t segw, char address[SEGW_ADDR_CAP]);

#endif
