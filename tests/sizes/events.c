/*
 * What an event costs among as many connections as fit: run under callgrind, which counts in measured() only. The argument
 * names the event; its cost is that of one, averaged over some connections. Prints how many those are.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "many.h"

#define MOST 16

static segw_action_t action;
static uint64_t at_ms;

static void heard(uint32_t number)
{
	segw_ike_event_t event;

	event.kind = SEGW_IKE_HEARD;
	event.unique_id = first_id(number);
	event.answer_ms = 20;
	MUST(tell(&event) == SEGW_OK);
}

static void foreign(uint32_t number)
{
	segw_ike_event_t event;

	event.kind = SEGW_IKE_ALERT;
	event.unique_id = 1000000 + number;
	event.alert = SEGW_ALERT_OTHER;
	MUST(tell(&event) == SEGW_ERR_UNKNOWN);
}

static void tunnel(uint32_t number)
{
	MUST(child(number, first_id(number), true) == SEGW_OK);
	drain(&action);
}

static void routes(uint32_t number)
{
	segw_ike_event_t event = event_of(SEGW_IKE_ROUTES, number, 0);

	event.routes = 3;
	MUST(tell(&event) == SEGW_OK);
}

static void loss(uint32_t number)
{
	segw_ike_event_t event = event_of(SEGW_IKE_ALERT, number, first_id(number));

	event.alert = SEGW_ALERT_RETRANSMIT_TIMEOUT;
	MUST(tell(&event) == SEGW_OK);
	MUST(becomes(number, first_id(number), SEGW_STATE_DESTROYING) == SEGW_OK);
	MUST(drain(&action) == 1);
	MUST(segw_poll_at(&ctx, &at_ms) == SEGW_OK);
}

/* A look whether a SEGW lives: the timer, the action, and the answer to it. */
static void look(uint32_t number)
{
	segw_ike_event_t event;

	(void)number;
	MUST(segw_timeout(&ctx, now) == SEGW_OK);
	MUST(segw_next_action(&ctx, &action) == SEGW_OK && action.kind == SEGW_ACTION_MEASURE);
	event.kind = SEGW_IKE_COUNTED;
	event.unique_id = action.unique_id;
	event.facts = 0;
	event.up = true;
	event.packets = event.sent = now;
	MUST(tell(&event) == SEGW_OK);
	MUST(segw_poll_at(&ctx, &at_ms) == SEGW_OK);
}

static const struct {
	const char *name;
	void (*happen)(uint32_t number);
} kinds[] = {{"heard", heard}, {"foreign", foreign}, {"tunnel", tunnel}, {"routes", routes}, {"loss", loss}, {"look", look}};

__attribute__((noinline)) void measured(unsigned kind, uint32_t number);

void measured(unsigned kind, uint32_t number)
{
	kinds[kind].happen(number);
}

int main(int argc, char **argv)
{
	uint32_t some = SEGW_CONNECTION_CAP < MOST ? SEGW_CONNECTION_CAP : MOST, i;
	unsigned kind = 0;

	while (argc > 1 && kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, argv[1]) != 0) {
		kind++;
	}
	MUST(argc > 1 && kind < sizeof kinds / sizeof kinds[0]);
	bring_up_all();
	for (i = 0; i < some; i++) {
		if (kinds[kind].happen == look) {
			/* Exactly one connection is due. */
			MUST(segw_poll_at(&ctx, &now) == SEGW_OK);
		}
		measured(kind, i * (SEGW_CONNECTION_CAP / some));
	}
	printf("%u\n", (unsigned)some);
	return 0;
}
