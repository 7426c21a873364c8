/*
 * A charon that does anything, and clients that ask for anything, from a seed: mostly what could happen, often what could
 * not. SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "replay.h"

#include <string.h>

#define LIVE 24

uint64_t next_poll;

static uint64_t dice;
static segw_action_t dials[8];
static uint32_t dialled;
static uint32_t live[LIVE];
static uint32_t next_id = 100;
static uint32_t ended[64], ends;

static const char *const names[] = {"vpn", "site-b", "core", "nobody"};
static const char *const remotes[] = {"10.0.0.1", "10.0.0.2", "2001:db8::7", "192.0.2.99"};

/* xorshift64*: the high half. Once a statement at most: C leaves the order open within one. */
static uint32_t roll(uint32_t sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (uint32_t)((dice * 0x2545f4914f6cdd1du) >> 32) % sides;
}

void acted(const segw_action_t *action)
{
	if (action->kind == SEGW_ACTION_INITIATE) {
		dials[dialled % 8] = *action;
		dialled++;
	} else if (action->kind == SEGW_ACTION_TERMINATE && ends < 64) {
		ended[ends++] = action->unique_id;
	}
}

static segw_ike_event_t blank(uint32_t kind, uint32_t id)
{
	segw_ike_event_t event;

	memset(&event, 0, sizeof event);
	event.kind = kind;
	event.unique_id = id;
	event.facts = SEGW_FACT_INITIATOR;
	strcpy(event.connection, names[roll(4)]);
	strcpy(event.child, "net");
	strcpy(event.remote, remotes[roll(4)]);
	strcpy(event.details.state, "INSTALLED");
	strcpy(event.details.protocol, "esp");
	strcpy(event.details.enc_alg, "AES_CBC-256");
	event.details.spi_in = roll(0xffffffffu);
	return event;
}

/* The end of an IKE_SA, for whatever reason. */
static void end(uint32_t id)
{
	segw_ike_event_t event = blank(SEGW_IKE_STATE, id);

	event.state = SEGW_STATE_DESTROYING;
	if (roll(4) == 0) {
		event.facts |= SEGW_FACT_PEER_DELETE;
	}
	tell(&event);
}

/* Carries out what was asked for, and lets old IKE_SAs end. */
static void obey(void)
{
	while (ends > 0) {
		end(ended[--ends]);
	}
	if (live[next_id % LIVE] != 0) {
		end(live[next_id % LIVE]);
		live[next_id % LIVE] = 0;
	}
}

/* Dials as asked, and comes up or not. */
static void answer(void)
{
	segw_action_t *dial = &dials[roll(8)];
	segw_ike_event_t event = blank(SEGW_IKE_DIALLING, next_id);

	if (dialled > 0 && roll(8) != 0) {
		dial = &dials[(dialled - 1) % 8];
	}
	event.serial = dial->serial;
	strcpy(event.connection, dial->connection);
	memcpy(event.remote, dial->address, sizeof event.remote - 1);
	event.more = roll(6) == 0;
	if (roll(6) == 0) {
		event.kind = SEGW_IKE_NOT_DIALLED;
		event.alert = roll(14);
		tell(&event);
		return;
	}
	tell(&event);
	live[next_id % LIVE] = next_id;
	next_id++;
	event.kind = SEGW_IKE_STATE;
	event.state = SEGW_STATE_CONNECTING;
	tell(&event);
	if (roll(3) == 0) {
		event.kind = SEGW_IKE_ALERT;
		event.alert = roll(14);
		tell(&event);
		event.kind = SEGW_IKE_STATE;
		event.state = SEGW_STATE_DESTROYING;
		tell(&event);
		return;
	}
	event.state = SEGW_STATE_ESTABLISHED;
	tell(&event);
	event.kind = SEGW_IKE_UPDOWN;
	event.up = true;
	tell(&event);
	event.kind = SEGW_IKE_CHILD_UPDOWN;
	tell(&event);
}

static void anything(void)
{
	uint32_t kind = roll(18);
	segw_ike_event_t event = blank(kind, live[roll(LIVE)]);

	if (event.kind == SEGW_IKE_SHUTDOWN) {
		event.kind = SEGW_IKE_ROAM;
	}
	event.other_id = live[roll(LIVE)];
	if (roll(2) == 0) {
		event.other_id = next_id++;
	}
	event.state = roll(9);
	event.facts = roll(256);
	event.alert = roll(15);
	event.packets = (uint64_t)roll(16) << 32;
	event.packets += roll(1000);
	event.routes = roll(256);
	event.children = roll(3);
	event.up = roll(2) == 0;
	tell(&event);
}

static void ask(void)
{
	static const char *const requests[] = {
		"STATUS\n", "HISTORY vpn\n", "STATUS site-b\n", "SWITCH vpn next\n", "SWITCH site-b primary\n", "INITIATE vpn\n",
		"TERMINATE site-b\n", "INITIATE site-b\n", "START_DPD vpn\n", "VERSION\n", "SWITCH vpn 10.0.0.2\n", "STATSU\n",
		("APPLY_CONFIG {\"name\":\"vpn\",\"ike_cfg\":{\"remote_addrs\":\"10.0.0.1,10.0.0.2,2001:db8::7\"},\"local_auth\":"
		"{\"auth\":\"psk\",\"secret\":\"example only\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[{\"name\":\"net\","
		"\"start_action\":\"start\"}],\"failover\":{\"liveness_interval_ms\":1000}}\n"),
		("APPLY_CONFIG {\"name\":\"site-b\",\"ike_cfg\":{\"remote_addrs\":[\"10.0.0.1\",\"b.example.org\"]},\"local_auth\":"
		"{\"auth\":\"psk\",\"secret\":\"example only\"},\"remote_auth\":{\"auth\":\"psk\"},\"children\":[{\"name\":\"net\"}]}\n"),
		"REMOVE_CONFIG site-b\n", "SUBSCRIBE {\"events\":[\"segw_failover\"]}\n",
	};
	const char *chosen = requests[roll(sizeof requests / sizeof requests[0])];
	size_t len = strlen(chosen);
	uint32_t at;

	memcpy(text, chosen, len + 1);
	if (roll(10) == 0) {
		/* Torn or spoilt on the way, but still a line. */
		at = roll((uint32_t)len - 1);
		text[at] = (char)('!' + roll(90));
	}
	request(len);
}

/* A connection of charon's own comes, or has changed. */
static void load(void)
{
	const char *name = names[roll(3)];
	const char *addresses = roll(2) == 0 ? "10.0.0.1,10.0.0.2" : "c.example.org, 2001:db8::7,%any";

	adopt(name, addresses, roll(3));
}

void storm(uint64_t seed, uint32_t steps)
{
	dice = seed;
	begin(seed);
	while (steps-- > 0) {
		if (roll(8) != 0) {
			obey();
		}
		switch (roll(8)) {
		case 0:
			ask();
			break;
		case 1:
		case 2:
			answer();
			break;
		case 3:
		case 4:
			if (next_poll > now) {
				now = next_poll;
			}
			timeout();
			break;
		case 5:
			load();
			break;
		default:
			anything();
			break;
		}
		now += roll(2000);
	}
}
