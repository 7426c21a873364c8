/*
 * How long the routers of a fleet should wait at most, so that the SEGW that is left can take them: spread_ms. Asks nobody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* So many percent of what the SEGW can take in that time are dialled: arrivals at random come in clumps, which have to drain
 * again. tests/fleet shows what it gives. */
#define LOAD_PERCENT 87

/* The longest that the policy takes: 30 days. */
#define LONGEST_MS 2592000000u

/* The largest fleet, and the fastest SEGW: their product still fits. */
#define MOST 1000000000u

static int number_of(const char *word, const char *what, uint64_t *number)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end != '\0' || errno != 0 || value < 1 || value > MOST) {
		complain("%s: a whole number from 1 to %u, not %s", what, MOST, word);
		return USAGE;
	}
	*number = value;
	return DONE;
}

static void print_time(const char *label, uint64_t ms)
{
	/* of the largest fleet, too, they fit */
	unsigned s = (unsigned)divided(ms + 999, 1000, NULL);

	printf("%-34s", label);
	if (s >= 3600) {
		printf("%u h ", s / 3600);
	}
	if (s >= 60) {
		printf("%u min ", s / 60 % 60);
	}
	printf("%u s\n", s % 60);
}

int run_spread(const command_t *command, const options_t *options)
{
	uint64_t routers, rate, fastest_ms, spread_ms;

	(void)command;
	if (number_of(options->words[0], "ROUTERS, how many lose the SEGW at once", &routers) != DONE ||
		number_of(options->words[1], "RATE, how many handshakes a second the SEGW that is left completes", &rate) != DONE) {
		return USAGE;
	}
	fastest_ms = divided(routers * 1000 + rate - 1, rate, NULL);
	spread_ms = divided(routers * 100000 + rate * LOAD_PERCENT - 1, rate * LOAD_PERCENT, NULL);
	if (spread_ms > LONGEST_MS) {
		complain("that takes longer than 30 days, the longest spread_ms: spread the routers over more SEGWs");
		return REFUSED;
	}
	print_time("the SEGW needs at least", fastest_ms);
	print_time("the last router dials after", spread_ms);
	printf("%-34s\"spread_ms\": %" PRIu64 "\n", "in the failover block", spread_ms);
	return DONE;
}
