/*
 * A whole failover without any JSON: a connection with two SEGWs is adopted, dialled, comes up, is lost, and the next SEGW is
 * dialled at once; that one does not answer, and a timer gives it up. The IKE daemon is this program's own imagination: it
 * says what a daemon would say, in the order in which it would.
 *
 *   cc -Iinclude -o failover examples/failover.c target/release/libsegw.a && ./failover
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <segw.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static segw_ctx_t ctx;
/* The monotonic clock of this program, in milliseconds. */
static uint64_t now = 1000;

/* Ends the program if a call did not do what it was to do. */
static void must(segw_status_t status, const char *what)
{
	if (status != SEGW_OK)
	{
		fprintf(stderr, "%s: %s\n", what, segw_strerror(status));
		exit(1);
	}
}

/* An event about IKE_SA `unique_id` of the connection. Zeroes are the right value for all that its kind does not read. */
static segw_ike_event_t event(uint32_t kind, uint32_t unique_id)
{
	segw_ike_event_t event;

	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.unique_id = unique_id;
	event.facts = SEGW_FACT_INITIATOR;
	strcpy(event.connection, "vpn");
	return event;
}

/* The IKE_SA changes its state. */
static void becomes(uint32_t unique_id, uint32_t state)
{
	segw_ike_event_t it = event(SEGW_IKE_STATE, unique_id);

	it.state = state;
	must(segw_ike_event(&ctx, now, &it), "state");
}

/* Carries out what libsegw asks for, until it asks for nothing more. Returns how many IKE_SAs were dialled so far, which is the
   id of the last one too. */
static uint32_t drain(void)
{
	static uint32_t dialled;
	segw_action_t action;
	segw_ike_event_t it;

	while (segw_next_action(&ctx, &action) == SEGW_OK)
	{
		switch (action.kind)
		{
			case SEGW_ACTION_INITIATE:
				/* a daemon makes the IKE_SA here; before it sends a packet it says which one it is */
				it = event(SEGW_IKE_DIALLING, ++dialled);
				it.serial = action.serial;
				must(segw_ike_event(&ctx, now, &it), "dialling");
				printf("%6lu ms: dialling %s with IKE_SA %u\n", (unsigned long)now, action.address, (unsigned)dialled);
				break;
			case SEGW_ACTION_TERMINATE:
				printf("%6lu ms: ending IKE_SA %u\n", (unsigned long)now, (unsigned)action.unique_id);
				becomes(action.unique_id, SEGW_STATE_DESTROYING);
				break;
			case SEGW_ACTION_ROUTES:
				it = event(SEGW_IKE_ROUTES, 0);
				/* both SEGWs can be reached */
				it.routes = 3;
				must(segw_ike_event(&ctx, now, &it), "routes");
				break;
			default:
				/* probes and counters, with liveness_interval_ms; configurations, with JSON */
				break;
		}
	}
	return dialled;
}

/* Sleeps until the time that libsegw asks for: a program with a real clock arms a timer instead. */
static void wait_for_timer(void)
{
	must(segw_poll_at(&ctx, &now), "nothing to wait for");
	must(segw_timeout(&ctx, now), "timeout");
}

static void adopt(void)
{
	char message[128] = "";
	segw_policy_t policy;
	segw_status_t status;

	must(segw_policy_init(&policy), "policy");
	must(segw_policy_set(&policy, "connect_timeout_ms", "5000", message, sizeof(message)), message);
	/* this daemon neither probes nor counts */
	must(segw_policy_set(&policy, "liveness_interval_ms", "0", message, sizeof(message)), message);
	status = segw_adopt(&ctx, now, "vpn", "192.0.2.1, 192.0.2.2", 1, &policy, message, sizeof(message));
	must(status, message);
}

int main(void)
{
	segw_ike_event_t it;
	uint32_t first, second, third;

	must(segw_init(&ctx, now, 42), "init");
	adopt();

	/* The daemon dials the first SEGW by itself; one that leaves it to us sends `INITIATE vpn` with segw_command(). */
	first = 100;
	it = event(SEGW_IKE_STATE, first);
	it.state = SEGW_STATE_CONNECTING;
	strcpy(it.remote, "192.0.2.1");
	must(segw_ike_event(&ctx, now, &it), "the daemon's own dial");
	drain();

	/* Up is not when the IKE_SA is established, but when its CHILD_SA is there. */
	becomes(first, SEGW_STATE_ESTABLISHED);
	it = event(SEGW_IKE_CHILD_UPDOWN, first);
	it.up = true;
	strcpy(it.child, "net");
	must(segw_ike_event(&ctx, now, &it), "up");
	drain();
	printf("%6lu ms: up on 192.0.2.1\n", (unsigned long)now);

	/* An hour later the SEGW does not answer any more: the daemon gives the IKE_SA up. */
	now += 3600000;
	it = event(SEGW_IKE_ALERT, first);
	it.alert = SEGW_ALERT_RETRANSMIT_TIMEOUT;
	must(segw_ike_event(&ctx, now, &it), "alert");
	printf("%6lu ms: 192.0.2.1 is lost\n", (unsigned long)now);
	becomes(first, SEGW_STATE_DESTROYING);
	second = drain();

	/* The second SEGW says nothing within connect_timeout_ms. All have failed: libsegw pauses, and begins with the first. */
	wait_for_timer();
	third = drain();
	printf("%6lu ms: 192.0.2.2 is given up\n", (unsigned long)now);
	if (second != 1 || third != second)
	{
		return 1;
	}
	wait_for_timer();
	third = drain();
	becomes(third, SEGW_STATE_ESTABLISHED);
	it = event(SEGW_IKE_CHILD_UPDOWN, third);
	it.up = true;
	must(segw_ike_event(&ctx, now, &it), "up");
	drain();
	printf("%6lu ms: up again\n", (unsigned long)now);
	return third == 2 ? 0 : 1;
}
