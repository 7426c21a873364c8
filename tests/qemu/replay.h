/* What the files of the replay share. SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef REPLAY_H
#define REPLAY_H

#include <segw.h>
#include <stdio.h>

/* ---- replay.c: the library's functions, each drained and printed ---- */
extern uint64_t now, next_poll;
/* Where a request is put; SEGW_REQUEST_CAP bytes and a NUL. */
extern char *const text;
/* The last INITIATE action. */
extern segw_action_t last_dial;

void begin(uint64_t seed);
void timeout(void);
void tell(const segw_ike_event_t *event);
void request(size_t len);
void adopt(const char *name, const char *addresses, uint32_t children);
void release(const char *name);
void set_policy(const char *key, const char *value);
void restore(const char *kept);

/* ---- script.c: reads the recorded script ---- */
int play(FILE *script);

/* ---- storm.c: a charon that does anything, from a seed ---- */
void storm(uint64_t seed, uint32_t steps);
/* Hears of every action. */
void acted(const segw_action_t *action);

/* ---- stack.c: how deep a function's stack gets ---- */
extern int stack_wanted;
extern size_t stack_depth;
#define STACK(name, call)                \
	do {                                 \
		if (stack_wanted) {              \
			stack_paint();               \
			call;                        \
			stack_look(name);            \
		} else {                         \
			call;                        \
		}                                \
	} while (0)

int on_painted_stack(int (*what)(void));
void stack_paint(void);
void stack_look(const char *name);
void print_stacks(void);

#endif
