/*
 * How deep a function's stack gets: what lies below the caller's frame is painted before the call, and looked at
 * afterwards. On a stack of our own, so that its end is known. SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "replay.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define STACK_SIZE (512 * 1024)
/* Left alone right below the caller's frame: what the painting itself needs. */
#define SLACK 256
#define PAINT 0xa5a5a5a5u
#define NAMES 32

int stack_wanted;
/* Below the caller's frame this much is painted. */
size_t stack_depth = 48 * 1024;

static uint64_t stack[STACK_SIZE / 8];
static uint32_t *floor_at, *from;
static struct {
	const char *name;
	unsigned long deepest;
} seen[NAMES];
static int (*work)(void);
static int result;

__attribute__((noinline)) void stack_paint(void)
{
	uint32_t here;
	volatile uint32_t *at;

	from = (uint32_t *)((uintptr_t)&here & ~(uintptr_t)7);
	floor_at = from - stack_depth / 4;
	for (at = floor_at; at < from - SLACK / 4; at++) {
		*at = PAINT;
	}
}

__attribute__((noinline)) void stack_look(const char *name)
{
	volatile uint32_t *at = floor_at;
	unsigned long depth;
	int i;

	while (at < from && *at == PAINT) {
		at++;
	}
	depth = (unsigned long)(from - at) * 4;
	for (i = 0; i < NAMES - 1 && seen[i].name != NULL && strcmp(seen[i].name, name) != 0; i++) {
	}
	seen[i].name = name;
	if (seen[i].deepest < depth) {
		seen[i].deepest = depth;
	}
}

void print_stacks(void)
{
	int i;

	for (i = 0; i < NAMES && seen[i].name != NULL; i++) {
		printf("stack %lu %s\n", seen[i].deepest, seen[i].name);
	}
}

static void *start(void *unused)
{
	(void)unused;
	result = work();
	return NULL;
}

int on_painted_stack(int (*what)(void))
{
	pthread_attr_t attributes;
	pthread_t thread;

	work = what;
	if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack, sizeof stack) != 0 ||
	    pthread_create(&thread, &attributes, start, NULL) != 0 || pthread_join(thread, NULL) != 0) {
		fprintf(stderr, "no thread with a stack of its own\n");
		return 2;
	}
	return result;
}
