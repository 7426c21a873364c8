/*
 * What libsegw costs, in instructions: each case is one call, or what a caller does in one go, counted by callgrind.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "segw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#define CONNECTION(remote_addrs) \
	"{\"name\":\"vpn\",\"ike_cfg\":{\"version\":2,\"local_addrs\":[\"%any\"],\"" remote_addrs "\":\"10.0.0.1, 10.0.0.2\"," \
	"\"proposals\":[\"aes256-sha256-modp2048\"],\"lifetime\":{\"rekey_time\":14400}},\"mobike\":false," \
	"\"local_auth\":{\"auth\":\"psk\",\"id\":\"cpe@example.org\",\"secret\":\"an example, which is no secret at all\"}," \
	"\"remote_auth\":{\"auth\":\"psk\",\"id\":\"segw@example.org\"}," \
	"\"children\":[{\"name\":\"net\",\"local_ts\":[\"10.1.0.0/16\"],\"remote_ts\":[\"0.0.0.0/0\"]," \
	"\"start_action\":\"start\"}]}"

static segw_ctx_t ctx;
static segw_config_t config;
static char reply[SEGW_REPLY_CAP];
static char batch[16384];
static char line[SEGW_EVENT_CAP];
static uint64_t now_ms;

static void expect(int right, const char *what)
{
	if (!right) {
		fprintf(stderr, "%s: not as expected: %.200s\n", what, reply);
		exit(1);
	}
}

#define BEGIN CALLGRIND_ZERO_STATS
#define END(name) CALLGRIND_DUMP_STATS_AT(name)

/* What is to be done, and what is told; the serial of the last INITIATE action. */
static uint32_t drain(unsigned *events)
{
	segw_action_t action;
	segw_subject_t subject;
	uint32_t serial = 0;
	size_t len;

	while (segw_next_action(&ctx, &action) == SEGW_OK) {
		if (action.kind == SEGW_ACTION_INITIATE) {
			serial = action.serial;
		}
	}
	while (segw_next_event(&ctx, line, sizeof line, &len, &subject) == SEGW_OK) {
		++*events;
	}
	return serial;
}

static segw_status_t command(const char *request)
{
	size_t len = 0;

	return segw_command(&ctx, now_ms, request, strlen(request), reply, sizeof reply, &len);
}

static void tell(segw_ike_event_t *event)
{
	expect(segw_ike_event(&ctx, now_ms, event) == SEGW_OK, "segw_ike_event");
}

static segw_ike_event_t about(uint32_t kind, uint32_t id)
{
	segw_ike_event_t event = { .kind = kind, .unique_id = id, .facts = SEGW_FACT_INITIATOR, .up = true };

	strcpy(event.connection, "vpn");
	strcpy(event.remote, "10.0.0.1");
	return event;
}

static segw_ike_event_t tunnel(uint32_t id)
{
	segw_ike_event_t event = about(SEGW_IKE_CHILD_UPDOWN, id);

	strcpy(event.child, "net");
	event.details.spi_in = 0xc0ffee01;
	event.details.spi_out = 0xc0ffee02;
	strcpy(event.details.state, "INSTALLED");
	strcpy(event.details.protocol, "esp");
	strcpy(event.details.mode, "tunnel");
	strcpy(event.details.enc_alg, "AES_CBC_256");
	strcpy(event.details.integ_alg, "HMAC_SHA2_256_128");
	strcpy(event.details.local_ts, "10.1.0.0/16");
	strcpy(event.details.remote_ts, "0.0.0.0/0");
	strcpy(event.details.local, "192.0.2.17");
	return event;
}

/* As the plugin does: read for charon, then handed over. */
static void parse_all(void)
{
	size_t cursor = 0, len;
	uint32_t count = 0, read = 0;

	while (segw_config_parse(batch, strlen(batch), &cursor, &config, &count, reply, sizeof reply, &len) == SEGW_OK) {
		read++;
	}
	expect(read == 16 && count == 16, "segw_config_parse");
}

static void fill_batch(void)
{
	static const char one[] = CONNECTION("remote_addrs");
	size_t len = (size_t)sprintf(batch, "APPLY_CONFIG {\"connections\":[");
	unsigned i;

	for (i = 0; i < 16; i++) {
		len += (size_t)sprintf(batch + len, "%s{\"name\":\"vpn%02u%s", i != 0 ? "," : "", i, one + strlen("{\"name\":\"vpn"));
	}
	sprintf(batch + len, "]}\n");
}

int main(void)
{
	static const char apply[] = "APPLY_CONFIG " CONNECTION("remote_addrs") "\n";
	static const char typo[] = "APPLY_CONFIG " CONNECTION("remote_addr") "\n";
	unsigned events = 0;
	segw_ike_event_t event;
	uint32_t serial;
	size_t len;

	expect(segw_init(&ctx, now_ms, 1) == SEGW_OK, "segw_init");

	BEGIN;
	segw_status_t status = segw_command(&ctx, now_ms, apply, sizeof apply - 1, reply, sizeof reply, &len);
	END("apply");
	expect(status == SEGW_OK, "apply");

	BEGIN;
	status = segw_command(&ctx, now_ms, typo, sizeof typo - 1, reply, sizeof reply, &len);
	END("typo");
	expect(status == SEGW_ERR_REFUSED && strstr(reply, "did you mean \\\"remote_addrs\\\"") != NULL, "typo");

	BEGIN;
	status = segw_command(&ctx, now_ms, "STATUS", 6, reply, sizeof reply, &len);
	END("status_1");
	expect(status == SEGW_OK, "STATUS");

	/* up on the primary, with one tunnel */
	serial = drain(&events);
	event = about(SEGW_IKE_DIALLING, 1);
	event.serial = serial;
	tell(&event);
	event = about(SEGW_IKE_STATE, 1);
	event.state = SEGW_STATE_CONNECTING;
	tell(&event);
	event.state = SEGW_STATE_ESTABLISHED;
	tell(&event);
	event = about(SEGW_IKE_UPDOWN, 1);
	event.state = SEGW_STATE_ESTABLISHED;
	tell(&event);
	drain(&events);
	now_ms += 20000;

	event = tunnel(1);
	events = 0;
	BEGIN;
	status = segw_ike_event(&ctx, now_ms, &event);
	drain(&events);
	END("tunnel");
	expect(status == SEGW_OK && events == 1, "tunnel");

	now_ms += 20000;
	event = about(SEGW_IKE_STATE, 1);
	event.state = SEGW_STATE_DESTROYING;
	events = 0;
	BEGIN;
	status = segw_ike_event(&ctx, now_ms, &event);
	serial = drain(&events);
	END("loss");
	expect(status == SEGW_OK && events == 1 && serial != 0, "loss");

	expect(command("REMOVE_CONFIG vpn") == SEGW_OK, "REMOVE_CONFIG");
	drain(&events);
	fill_batch();
	printf("requests of %zu and %zu bytes\n", sizeof apply - 1, strlen(batch));
	BEGIN;
	status = segw_command(&ctx, now_ms, batch, strlen(batch), reply, sizeof reply, &len);
	END("batch");
	expect(status == SEGW_OK, "batch");
	drain(&events);

	BEGIN;
	status = segw_command(&ctx, now_ms, "STATUS", 6, reply, sizeof reply, &len);
	END("status_16");
	expect(status == SEGW_OK, "STATUS");

	expect(segw_init(&ctx, now_ms, 1) == SEGW_OK, "segw_init");
	BEGIN;
	parse_all();
	status = segw_command(&ctx, now_ms, batch, strlen(batch), reply, sizeof reply, &len);
	END("batch_with_parse");
	expect(status == SEGW_OK, "batch");
	return 0;
}
