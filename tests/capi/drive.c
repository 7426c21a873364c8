/* Drives one context: what a program around the library does, in small. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <string.h>

segw_ctx_t *ctx;
uint64_t now;
char reply[SEGW_REPLY_CAP + 1];
char events[65536];

const char *connection(const char *name, const char *more)
{
	static char text[4096];

	snprintf(text, sizeof text,
	         "APPLY_CONFIG {\"name\":\"%s\",\"ike_cfg\":{\"remote_addrs\":\"10.0.0.1, 10.0.0.2\"},"
	         "\"local_auth\":{\"auth\":\"psk\",\"id\":\"cpe\",\"secret\":\"S3cret\"},\"remote_auth\":{\"auth\":\"psk\"},"
	         "\"children\":[{\"name\":\"net\",\"start_action\":\"start\"}]%s}\n",
	         name, more);
	return text;
}

segw_status_t request(const char *text)
{
	size_t len = 0;
	segw_status_t status = segw_command(ctx, now, text, strlen(text), reply, SEGW_REPLY_CAP, &len);

	reply[len] = '\0';
	if (len > 0) {
		CHECK_NUMBER('\n', reply[len - 1]);
	}
	return status;
}

segw_action_t next_action(void)
{
	segw_action_t action;
	segw_status_t status;

	memset(&action, 0, sizeof action);
	status = segw_next_action(ctx, &action);
	CHECK(status == (action.kind == 0 ? SEGW_AGAIN : SEGW_OK));
	return action;
}

void drain(void)
{
	size_t used = 0, len = 0;

	while (next_action().kind != 0) {
	}
	while (segw_next_event(ctx, events + used, sizeof events - used - 1, &len, NULL) == SEGW_OK) {
		CHECK(len > 1 && events[used + len - 1] == '\n' && events[used] == '{');
		used += len;
	}
	events[used] = '\0';
}

segw_ike_event_t ike(uint32_t kind, uint32_t unique_id)
{
	segw_ike_event_t event;

	memset(&event, 0, sizeof event);
	event.kind = kind;
	event.unique_id = unique_id;
	strcpy(event.connection, "vpn");
	/* Where it was dialled; of others the first. */
	if (segw_address(ctx, unique_id, event.remote, sizeof event.remote) != SEGW_OK) {
		strcpy(event.remote, "10.0.0.1");
	}
	return event;
}

segw_status_t tell(const segw_ike_event_t *event)
{
	return segw_ike_event(ctx, now, event);
}

segw_status_t dialling(uint32_t unique_id, uint32_t serial)
{
	segw_ike_event_t event = ike(SEGW_IKE_DIALLING, unique_id);

	event.serial = serial;
	return tell(&event);
}

segw_status_t state(uint32_t unique_id, uint32_t to, uint32_t facts)
{
	segw_ike_event_t event = ike(SEGW_IKE_STATE, unique_id);

	event.state = to;
	event.facts = facts | SEGW_FACT_INITIATOR;
	return tell(&event);
}

segw_status_t updown(uint32_t unique_id, bool up)
{
	segw_ike_event_t event = ike(SEGW_IKE_UPDOWN, unique_id);

	event.state = up ? SEGW_STATE_ESTABLISHED : SEGW_STATE_DELETING;
	event.up = up;
	return tell(&event);
}

segw_status_t child_updown(uint32_t unique_id, bool up)
{
	segw_ike_event_t event = ike(SEGW_IKE_CHILD_UPDOWN, unique_id);

	event.up = up;
	strcpy(event.child, "net");
	event.details.spi_in = 0xc0ffee01;
	event.details.spi_out = 0xc0ffee02;
	strcpy(event.details.state, "INSTALLED");
	strcpy(event.details.protocol, "esp");
	strcpy(event.details.mode, "tunnel");
	strcpy(event.details.enc_alg, "AES_GCM_16-128");
	strcpy(event.details.local_ts, "10.1.0.0/16");
	strcpy(event.details.remote_ts, "0.0.0.0/0");
	strcpy(event.details.local, "10.0.0.9");
	return tell(&event);
}

segw_status_t alert(uint32_t unique_id, uint32_t what)
{
	segw_ike_event_t event = ike(SEGW_IKE_ALERT, unique_id);

	event.alert = what;
	return tell(&event);
}

void come_up(uint32_t unique_id, uint32_t segw)
{
	segw_action_t action = next_action();

	CHECK_NUMBER(SEGW_ACTION_INITIATE, action.kind);
	CHECK_NUMBER(segw, action.segw);
	CHECK_TEXT("vpn", action.connection);
	CHECK_TEXT(segw == 0 ? "10.0.0.1" : "10.0.0.2", action.address);
	CHECK_NUMBER(SEGW_OK, dialling(unique_id, action.serial));
	CHECK_NUMBER(SEGW_OK, state(unique_id, SEGW_STATE_CONNECTING, 0));
	CHECK_NUMBER(SEGW_OK, state(unique_id, SEGW_STATE_ESTABLISHED, 0));
	CHECK_NUMBER(SEGW_OK, updown(unique_id, true));
	CHECK_NUMBER(SEGW_OK, child_updown(unique_id, true));
}

void lose(uint32_t unique_id)
{
	CHECK_NUMBER(SEGW_OK, alert(unique_id, SEGW_ALERT_RETRANSMIT_TIMEOUT));
	CHECK_NUMBER(SEGW_OK, state(unique_id, SEGW_STATE_DESTROYING, 0));
}

void bring_up(const char *more)
{
	CHECK_NUMBER(SEGW_OK, request(connection("vpn", more)));
	come_up(1, 0);
}

uint64_t poll_at(void)
{
	uint64_t at = 0;

	CHECK_NUMBER(SEGW_OK, segw_poll_at(ctx, &at));
	return at;
}
