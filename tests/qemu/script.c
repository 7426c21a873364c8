/*
 * Reads the recorded script, one input a line; see the file `script`. SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

static char input[SEGW_REQUEST_CAP];

/* The number after `key` and an equals sign in the line, or 0. */
static uint64_t number(const char *key)
{
	const char *at = strstr(input, key);

	return at == NULL ? 0 : (uint64_t)strtoull(at + strlen(key), NULL, 0);
}

/* The word after `key`, copied; `fallback` if it is not there. */
static void word(const char *key, const char *fallback, char *to, size_t cap)
{
	const char *at = strstr(input, key);
	size_t len;

	at = at == NULL ? fallback : at + strlen(key);
	len = strcspn(at, " \n");
	if (len > cap - 1) {
		len = cap - 1;
	}
	memcpy(to, at, len);
	to[len] = '\0';
}

static void ike(void)
{
	segw_ike_event_t event;

	memset(&event, 0, sizeof event);
	event.kind = (uint32_t)number(" kind=");
	event.unique_id = (uint32_t)number(" id=");
	event.other_id = (uint32_t)number(" other=");
	event.serial = number(" serial=") == 0 ? last_dial.serial : (uint32_t)number(" serial=");
	event.state = (uint32_t)number(" state=");
	event.facts = (uint32_t)number(" facts=");
	event.alert = (uint32_t)number(" alert=");
	event.packets = number(" packets=");
	event.routes = (uint32_t)number(" routes=");
	event.children = (uint32_t)number(" children=");
	event.up = number(" up=") != 0;
	event.more = number(" more=") != 0;
	word(" conn=", "vpn", event.connection, sizeof event.connection);
	word(" child=", "net", event.child, sizeof event.child);
	word(" remote=", "10.0.0.1", event.remote, sizeof event.remote);
	event.details.spi_in = 0xc0ffee01u;
	event.details.spi_out = 0x1eaf0002u;
	strcpy(event.details.state, "INSTALLED");
	strcpy(event.details.protocol, "esp");
	strcpy(event.details.mode, "tunnel");
	strcpy(event.details.enc_alg, "AES_GCM_16-128");
	strcpy(event.details.local_ts, "10.1.0.0/16");
	strcpy(event.details.remote_ts, "0.0.0.0/0");
	strcpy(event.details.local, "10.0.0.9");
	tell(&event);
}

static int is(const char *verb)
{
	size_t len = strlen(verb);

	return strncmp(input, verb, len) == 0 && (input[len] == ' ' || input[len] == '\n');
}

int play(FILE *script)
{
	char a[160], b[160];
	size_t len;

	while (fgets(input, sizeof input, script) != NULL) {
		a[0] = b[0] = '\0';
		if (input[0] == '#' || input[0] == '\n') {
			continue;
		} else if (is("at")) {
			now = strtoull(input + 3, NULL, 0);
		} else if (is("timeout")) {
			timeout();
		} else if (is("due")) {
			now = next_poll > now ? next_poll : now;
			timeout();
		} else if (is("ike")) {
			ike();
		} else if (is("adopt") && sscanf(input + 6, "%159s %159s", a, b) == 2) {
			adopt(a, b, 1);
		} else if (is("release") && sscanf(input + 8, "%159s", a) == 1) {
			release(a);
		} else if (is("policy") && sscanf(input + 7, "%159s %159s", a, b) == 2) {
			set_policy(a, b);
		} else if (is("restore")) {
			restore(input + 8);
		} else if (is("request")) {
			len = strlen(input + 8);
			memcpy(text, input + 8, len + 1);
			request(len);
		} else {
			fprintf(stderr, "not an input: %s", input);
			return 0;
		}
	}
	return !ferror(script);
}
