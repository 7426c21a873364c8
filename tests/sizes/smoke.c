/*
 * Any set of sizes: full tables are refused, every connection fails over by itself, nothing overwrites anything.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "many.h"

static char reply[SEGW_REPLY_CAP];

int main(void)
{
	segw_ike_event_t event;
	segw_action_t action;
	uint64_t at_ms, before = 0;
	uint32_t number, unique_id;
	unsigned due = 0;
	size_t len;
	char text[8 + SEGW_NAME_CAP], address[SEGW_ADDR_CAP];

	bring_up_all();
	MUST(adopt(SEGW_CONNECTION_CAP) == SEGW_ERR_FULL);
	for (number = 0; number < SEGW_CONNECTION_CAP; number++) {
		event = event_of(0, number, 0);
		MUST(segw_address(&ctx, first_id(number), address, sizeof address) == SEGW_OK);
		MUST(strcmp(address, "192.0.2.1") == 0);
		MUST(segw_address_at(&ctx, event.connection, 1, address, sizeof address) == SEGW_OK);
	}
	/* Each is looked after in its turn: an interval of its own after it came up. */
	while (due < 3 * SEGW_CONNECTION_CAP) {
		MUST(segw_poll_at(&ctx, &at_ms) == SEGW_OK && at_ms >= before);
		before = now = at_ms;
		MUST(segw_timeout(&ctx, now) == SEGW_OK);
		while (segw_next_action(&ctx, &action) == SEGW_OK) {
			if (action.kind == SEGW_ACTION_MEASURE) {
				due++;
				event = event_of(SEGW_IKE_COUNTED, 0, action.unique_id);
				event.up = true;
				event.packets = now;
				MUST(tell(&event) == SEGW_OK);
			}
		}
	}
	/* All are lost at once, the last one first. */
	for (number = SEGW_CONNECTION_CAP; number-- > 0;) {
		event = event_of(SEGW_IKE_ALERT, number, first_id(number));
		event.alert = SEGW_ALERT_RETRANSMIT_TIMEOUT;
		MUST(tell(&event) == SEGW_OK);
		MUST(becomes(number, first_id(number), SEGW_STATE_DESTROYING) == SEGW_OK);
		memset(&action, 0, sizeof action);
		MUST(drain(&action) == 1 && action.kind == SEGW_ACTION_INITIATE && action.segw == 1);
		event = event_of(SEGW_IKE_DIALLING, number, unique_id = first_id(number) + SEGW_CONNECTION_CAP);
		MUST(strcmp(action.connection, event.connection) == 0);
		event.serial = action.serial;
		MUST(tell(&event) == SEGW_OK);
		MUST(becomes(number, unique_id, SEGW_STATE_ESTABLISHED) == SEGW_OK);
		MUST(child(number, unique_id, true) == SEGW_OK);
	}
	/* The requests of a client say the same of each. */
	for (number = 0; number < SEGW_CONNECTION_CAP; number++) {
		event = event_of(0, number, 0);
		snprintf(text, sizeof text, "STATUS %s", event.connection);
		MUST(segw_command(&ctx, now, text, strlen(text), reply, sizeof reply - 1, &len) == SEGW_OK);
		reply[len] = '\0';
		MUST(strstr(reply, "\"state\":\"ACTIVE\"") != NULL && strstr(reply, event.connection) != NULL);
	}
	MUST(segw_command(&ctx, now, "STATUS", 6, reply, sizeof reply, &len) == SEGW_OK);
	MUST(segw_command(&ctx, now, "HISTORY", 7, reply, sizeof reply, &len) == SEGW_OK);
	printf("%u connections, context %lu bytes\n", (unsigned)SEGW_CONNECTION_CAP, (unsigned long)sizeof ctx);
	return 0;
}
