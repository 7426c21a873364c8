/*
 * What the conformance tests share: checks, one context for each test, and how to talk to it.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef CHECK_H
#define CHECK_H

#include <segw.h>

/* A test; main.c runs each with a fresh `ctx` at `now` 1000. */
typedef struct {
	const char *name;
	void (*run)(void);
} test_t;

extern const test_t lifecycle_tests[], following_tests[], network_tests[], request_tests[], config_tests[], error_tests[], table_tests[];

extern segw_ctx_t *ctx;
extern uint64_t now;
/* The reply to the last request, and all events since drain(), NUL-terminated. */
extern char reply[SEGW_REPLY_CAP + 1];
extern char events[65536];

/* A failed check is printed and fails the test, which goes on. */
#define CHECK(what) check_that((what), #what, __FILE__, __LINE__)
#define CHECK_NUMBER(expected, found) check_number((expected), (found), #found, __FILE__, __LINE__)
#define CHECK_TEXT(expected, found) check_text((expected), (found), #found, __FILE__, __LINE__)
#define CHECK_HAS(text, part) check_has((text), (part), 1, __FILE__, __LINE__)
#define CHECK_HAS_NOT(text, part) check_has((text), (part), 0, __FILE__, __LINE__)

void check_that(int holds, const char *what, const char *file, int line);
void check_number(int64_t expected, int64_t found, const char *what, const char *file, int line);
void check_text(const char *expected, const char *found, const char *what, const char *file, int line);
void check_has(const char *text, const char *part, int expected, const char *file, int line);

/* APPLY_CONFIG of a connection to 10.0.0.1 and 10.0.0.2 that is dialled at once; `more` goes in before the closing brace. */
const char *connection(const char *name, const char *more);

/* Sends a request; the reply is in `reply`. */
segw_status_t request(const char *text);

/* The next action; kind 0 if there is none. */
segw_action_t next_action(void);

/* Forgets actions; moves events into `events`. */
void drain(void);

/* An event of that kind about an IKE_SA of connection "vpn" to 10.0.0.1. */
segw_ike_event_t ike(uint32_t kind, uint32_t unique_id);
segw_status_t tell(const segw_ike_event_t *event);

/* One fact each. */
segw_status_t dialling(uint32_t unique_id, uint32_t serial);
segw_status_t state(uint32_t unique_id, uint32_t to, uint32_t facts);
segw_status_t updown(uint32_t unique_id, bool up);
segw_status_t child_updown(uint32_t unique_id, bool up);
segw_status_t alert(uint32_t unique_id, uint32_t alert);

/* The way of IKE_SA `unique_id` from an INITIATE action to a CHILD_SA. Checks the action. */
void come_up(uint32_t unique_id, uint32_t segw);

/* Configures connection "vpn" and brings it up with IKE_SA 1 to 10.0.0.1. */
void bring_up(const char *more);

/* When segw_timeout() is due; it must be. */
uint64_t poll_at(void);

/* The loss of an IKE_SA: no answer to retransmits. */
void lose(uint32_t unique_id);

#endif
