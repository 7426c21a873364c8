/*
 * As many connections as fit, adopted and up: what the programs of this folder begin with.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef MANY_H
#define MANY_H

#include <segw.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program if something does not hold. */
#define MUST(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
			exit(1); \
		} \
	} while (0)

static segw_ctx_t ctx;
static uint64_t now = 1000;

/* The IKE_SA of connection `number` that was dialled first; there is room for as many others. */
static uint32_t first_id(uint32_t number)
{
	return number + 1;
}

/* An event about an IKE_SA of connection `number`. */
static segw_ike_event_t event_of(uint32_t kind, uint32_t number, uint32_t unique_id)
{
	segw_ike_event_t event;

	memset(&event, 0, sizeof event);
	event.kind = kind;
	event.unique_id = unique_id;
	event.facts = SEGW_FACT_INITIATOR;
	snprintf(event.connection, sizeof event.connection, "site-%05u", (unsigned)number);
	strcpy(event.remote, "192.0.2.1");
	strcpy(event.child, "net");
	return event;
}

static segw_status_t tell(const segw_ike_event_t *event)
{
	return segw_ike_event(&ctx, now, event);
}

static segw_status_t becomes(uint32_t number, uint32_t unique_id, uint32_t state)
{
	segw_ike_event_t event = event_of(SEGW_IKE_STATE, number, unique_id);

	event.state = state;
	return tell(&event);
}

static segw_status_t child(uint32_t number, uint32_t unique_id, bool up)
{
	segw_ike_event_t event = event_of(SEGW_IKE_CHILD_UPDOWN, number, unique_id);

	event.up = up;
	return tell(&event);
}

/* Takes all that is handed out; the last INITIATE action is left in `action`. How many actions there were. */
static unsigned drain(segw_action_t *action)
{
	char line[SEGW_EVENT_CAP];
	segw_action_t next;
	unsigned count = 0;
	size_t len;

	while (segw_next_action(&ctx, &next) == SEGW_OK) {
		count++;
		if (next.kind == SEGW_ACTION_INITIATE) {
			*action = next;
		}
	}
	while (segw_next_event(&ctx, line, sizeof line, &len, NULL) == SEGW_OK) {
	}
	return count;
}

static segw_status_t adopt(uint32_t number)
{
	segw_ike_event_t event = event_of(0, number, 0);
	char message[128];
	segw_policy_t policy;

	MUST(segw_policy_init(&policy) == SEGW_OK);
	/* A look each 2.5 s: never two of them in the same millisecond. */
	MUST(segw_policy_set(&policy, "suspect_ms", "0", message, sizeof message) == SEGW_OK);
	return segw_adopt(&ctx, now, event.connection, "192.0.2.1,192.0.2.2", 1, &policy, message, sizeof message);
}

/* All of them, each with an IKE_SA that is up; one a millisecond. */
static void bring_up_all(void)
{
	segw_action_t action;
	uint32_t number;

	MUST(segw_init(&ctx, now, 42) == SEGW_OK);
	for (number = 0; number < SEGW_CONNECTION_CAP; number++, now++) {
		MUST(adopt(number) == SEGW_OK);
		MUST(becomes(number, first_id(number), SEGW_STATE_CONNECTING) == SEGW_OK);
		MUST(becomes(number, first_id(number), SEGW_STATE_ESTABLISHED) == SEGW_OK);
		MUST(child(number, first_id(number), true) == SEGW_OK);
		drain(&action);
	}
}

#endif
