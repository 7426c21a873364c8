/* A configuration as charon's side gets to it. SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#define AUTH "\"local_auth\":{\"auth\":\"psk\",\"id\":\"cpe@example.org\",\"secret\":\"S3\\u00e9\\\"\"},\"remote_auth\":{\"auth\":\"psk\"}"
#define LEAST "{\"name\":\"a\",\"ike_cfg\":{\"remote_addrs\":\"10.0.0.1\"}," AUTH ",\"children\":[{\"name\":\"net\"}]}"
#define FULL "{\"name\":\"b\",\"ike_cfg\":{\"version\":2,\"local_addrs\":[\"%any\"],\"remote_addrs\":[\"10.0.0.1\",\"segw.example.org\"],"   \
             "\"local_port\":4500,\"remote_port\":4501,\"proposals\":[\"aes256-sha256-modp2048\",\"default\"],\"dscp\":\"101110\","           \
             "\"encap\":true,\"lifetime\":{\"rekey_time\":100,\"reauth_time\":200,\"over_time\":5,\"jitter_time\":6}},"                       \
             "\"mobike\":false,\"unique\":\"replace\",\"vips\":[\"0.0.0.0\"],\"dpd\":{\"delay\":10,\"timeout\":60}," AUTH ","                 \
             "\"children\":[{\"name\":\"x\"},{\"name\":\"y\",\"local_ts\":[\"10.1.0.0/16\"],\"remote_ts\":\"0.0.0.0/0, ::/0\","               \
             "\"esp_proposals\":[\"aes128gcm16\"],\"mode\":\"transport\",\"start_action\":\"start\",\"copy_dscp\":\"no\","                    \
             "\"lifetime\":{\"rekey_time\":50,\"life_time\":70}}]}"
#define BOTH "APPLY_CONFIG {\"connections\":[" LEAST "," FULL "]}\n"

/* Valgrind and ASan see it when the library reads what was not there before. */
static segw_config_t *fresh(void)
{
	segw_config_t *config = (segw_config_t *)malloc(sizeof *config);

	if (config == NULL) {
		abort();
	}
	return config;
}

/* Reads up to connection `index`. */
static segw_status_t parse(const char *text, uint32_t index, segw_config_t *config, uint32_t *count)
{
	size_t cursor = 0, len = 0;
	segw_status_t status = SEGW_OK;
	uint32_t i;

	for (i = 0; status == SEGW_OK && i <= index; i++) {
		status = segw_config_parse(text, strlen(text), &cursor, config, count, reply, SEGW_REPLY_CAP, &len);
	}
	reply[len] = '\0';
	return status;
}

static const char *item(const segw_config_t *config, const segw_text_list_t *list, uint32_t index)
{
	CHECK(index < list->len && list->len <= SEGW_LIST_CAP);
	return segw_text(config, list->items[index]);
}

static void absent_keys_have_defaults(void)
{
	segw_config_t *config = fresh();
	uint32_t count = 0;

	CHECK_NUMBER(SEGW_OK, parse("APPLY_CONFIG " LEAST, 0, config, &count));
	CHECK_TEXT("", reply);
	CHECK_NUMBER(1, count);
	CHECK_TEXT("a", segw_text(config, config->name));
	CHECK_NUMBER(2, config->version);
	CHECK_NUMBER(0, config->local_addrs.len);
	CHECK(segw_text(config, config->local_addrs.items[0]) == NULL);
	CHECK_NUMBER(1, config->remote_addrs.len);
	CHECK_TEXT("10.0.0.1", item(config, &config->remote_addrs, 0));
	CHECK_NUMBER(500, config->local_port);
	CHECK_NUMBER(500, config->remote_port);
	CHECK_NUMBER(0, config->proposals.len);
	CHECK_NUMBER(0, config->vips.len);
	CHECK_NUMBER(0, config->dscp);
	CHECK_NUMBER(0, config->encap);
	CHECK_NUMBER(1, config->mobike);
	CHECK_NUMBER(SEGW_UNIQUE_NO, config->unique);
	CHECK_NUMBER(14400, config->rekey_time_s);
	CHECK_NUMBER(0, config->reauth_time_s);
	CHECK_NUMBER(1440, config->over_time_s);
	CHECK_NUMBER(1440, config->jitter_time_s);
	CHECK_NUMBER(30, config->dpd_delay_s);
	CHECK_NUMBER(0, config->dpd_timeout_s);
	CHECK_NUMBER(SEGW_AUTH_PSK, config->local_auth.method);
	CHECK_TEXT("cpe@example.org", segw_text(config, config->local_auth.ids.items[0]));
	CHECK_TEXT("S3\303\251\"", segw_text(config, config->local_auth.secret));
	CHECK(segw_text(config, config->remote_auth.ids.items[0]) == NULL);
	CHECK(segw_text(config, config->remote_auth.secret) == NULL);
	CHECK_NUMBER(1, config->children_len);
	CHECK_TEXT("net", segw_text(config, config->children[0].name));
	CHECK_NUMBER(0, config->children[0].local_ts.len);
	CHECK_NUMBER(SEGW_MODE_TUNNEL, config->children[0].mode);
	CHECK_NUMBER(SEGW_START_NONE, config->children[0].start_action);
	CHECK_NUMBER(3600, config->children[0].rekey_time_s);
	CHECK_NUMBER(3960, config->children[0].life_time_s);
	CHECK_NUMBER(SEGW_DSCP_OUT, config->children[0].copy_dscp);
	CHECK_NUMBER(0, config->aggressive);
	CHECK_NUMBER(SEGW_FRAGMENTATION_YES, config->fragmentation);
	CHECK_NUMBER(SEGW_CHILDLESS_ALLOW, config->childless);
	CHECK_NUMBER(SEGW_SEND_CERT_IFASKED, config->send_cert);
	CHECK_NUMBER(1, config->send_certreq);
	CHECK(segw_text(config, config->if_id_in) == NULL);
	CHECK_NUMBER(SEGW_REVOCATION_RELAXED, config->remote_auth.revocation);
	CHECK_NUMBER(1, config->remote_auth.ocsp);
	CHECK_NUMBER(1, config->remote_auth.crl);
	CHECK_NUMBER(0, config->remote_auth.ca_certs.len);
	CHECK_NUMBER(0, config->children[0].ah_proposals.len);
	CHECK_NUMBER(360, config->children[0].jitter_time_s);
	CHECK_NUMBER(0, config->children[0].inactivity_s);
	CHECK_NUMBER(0, config->children[0].bytes.life);
	CHECK_NUMBER(0, config->children[0].packets.rekey);
	CHECK_NUMBER(0, config->children[0].reqid);
	CHECK_NUMBER(1, config->children[0].policies);
	CHECK_NUMBER(SEGW_HW_OFFLOAD_NO, config->children[0].hw_offload);
	CHECK_NUMBER(UINT32_MAX, config->children[0].replay_window);
	free(config);
}

/* The keys that not every connection has. */
static const char rest[] =
	"APPLY_CONFIG {\"name\":\"c\",\"if_id_in\":42,\"if_id_out\":\"%unique\","
	"\"ike_cfg\":{\"version\":1,\"aggressive\":true,\"remote_addrs\":[\"10.0.0.1\",\"10.0.0.2\"],"
	"\"fragmentation\":\"force\",\"childless\":\"never\",\"send_cert\":\"always\",\"send_certreq\":false},"
	"\"local_auth\":{\"auth\":\"cert\",\"id\":\"C=CH, O=x, CN=cpe\",\"cert\":\"-----BEGIN\\nX\\n-----END\","
	"\"private_key\":\"/etc/key.pem\",\"private_key_passphrase\":\"p\",\"ca_cert\":\"/etc/sub.pem\"},"
	"\"remote_auth\":{\"auth\":\"pubkey\",\"id\":[\"C=CH, CN=a\",\"C=CH, CN=b\"],\"ca_cert\":[\"/etc/a.pem\",\"/etc/b.pem\"],"
	"\"revocation\":\"strict\",\"enable_ocsp\":false,\"enable_crl\":true},"
	"\"children\":[{\"name\":\"x\",\"ah_proposals\":\"sha256\",\"mode\":\"beet\",\"start_action\":\"trap\","
	"\"updown\":\"/etc/up\",\"mark_in\":7,\"mark_out\":\"8/0xff\",\"if_id_in\":1,\"if_id_out\":\"2\",\"reqid\":4294967295,"
	"\"policies\":false,\"hw_offload\":\"packet\",\"interface\":\"eth0\",\"priority\":9,\"replay_window\":64,"
	"\"ipcomp\":true,\"inactivity\":60,\"lifetime\":{\"rand_time\":3,\"rekey_bytes\":18446744073709551614,"
	"\"life_bytes\":18446744073709551615,\"rand_bytes\":1,\"rekey_packets\":3,\"life_packets\":4,\"rand_packets\":2}}]}";

static void the_rest_of_the_keys_arrives_too(void)
{
	segw_config_t *config = fresh();
	const segw_child_t *child = &config->children[0];
	uint32_t count = 0;

	CHECK_NUMBER(SEGW_OK, parse(rest, 0, config, &count));
	CHECK_TEXT("42", segw_text(config, config->if_id_in));
	CHECK_TEXT("%unique", segw_text(config, config->if_id_out));
	CHECK_NUMBER(1, config->version);
	CHECK_NUMBER(1, config->aggressive);
	CHECK_NUMBER(SEGW_FRAGMENTATION_FORCE, config->fragmentation);
	CHECK_NUMBER(SEGW_CHILDLESS_NEVER, config->childless);
	CHECK_NUMBER(SEGW_SEND_CERT_ALWAYS, config->send_cert);
	CHECK_NUMBER(0, config->send_certreq);
	CHECK_NUMBER(SEGW_AUTH_PUBKEY, config->local_auth.method);
	/* Commas are part of a distinguished name. */
	CHECK_NUMBER(1, config->local_auth.ids.len);
	CHECK_TEXT("C=CH, O=x, CN=cpe", item(config, &config->local_auth.ids, 0));
	CHECK_TEXT("-----BEGIN\nX\n-----END", segw_text(config, config->local_auth.cert));
	CHECK_TEXT("/etc/key.pem", segw_text(config, config->local_auth.private_key));
	CHECK_TEXT("p", segw_text(config, config->local_auth.private_key_passphrase));
	CHECK_TEXT("/etc/sub.pem", item(config, &config->local_auth.ca_certs, 0));
	CHECK_NUMBER(2, config->remote_auth.ids.len);
	CHECK_TEXT("C=CH, CN=b", item(config, &config->remote_auth.ids, 1));
	CHECK_TEXT("/etc/b.pem", item(config, &config->remote_auth.ca_certs, 1));
	CHECK_NUMBER(SEGW_REVOCATION_STRICT, config->remote_auth.revocation);
	CHECK_NUMBER(0, config->remote_auth.ocsp);
	CHECK_NUMBER(1, config->remote_auth.crl);
	CHECK_TEXT("sha256", item(config, &child->ah_proposals, 0));
	CHECK_NUMBER(SEGW_MODE_BEET, child->mode);
	CHECK_NUMBER(SEGW_START_TRAP, child->start_action);
	CHECK_TEXT("/etc/up", segw_text(config, child->updown));
	CHECK_TEXT("7", segw_text(config, child->mark_in));
	CHECK_TEXT("8/0xff", segw_text(config, child->mark_out));
	CHECK_TEXT("1", segw_text(config, child->if_id_in));
	CHECK_TEXT("2", segw_text(config, child->if_id_out));
	CHECK_NUMBER(UINT32_MAX, child->reqid);
	CHECK_NUMBER(0, child->policies);
	CHECK_NUMBER(SEGW_HW_OFFLOAD_PACKET, child->hw_offload);
	CHECK_TEXT("eth0", segw_text(config, child->interface));
	CHECK_NUMBER(9, child->priority);
	CHECK_NUMBER(64, child->replay_window);
	CHECK_NUMBER(1, child->ipcomp);
	CHECK_NUMBER(60, child->inactivity_s);
	CHECK_NUMBER(3, child->jitter_time_s);
	CHECK(child->bytes.rekey == UINT64_MAX - 1 && child->bytes.life == UINT64_MAX && child->bytes.jitter == 1);
	CHECK(child->packets.rekey == 3 && child->packets.life == 4 && child->packets.jitter == 2);
	free(config);
}

static void every_key_arrives(void)
{
	segw_config_t *config = fresh();
	const segw_child_t *child = &config->children[1];
	uint32_t count = 0;

	CHECK_NUMBER(SEGW_OK, parse(BOTH, 1, config, &count));
	CHECK_NUMBER(2, count);
	CHECK_TEXT("b", segw_text(config, config->name));
	CHECK_TEXT("%any", item(config, &config->local_addrs, 0));
	CHECK_NUMBER(2, config->remote_addrs.len);
	CHECK_TEXT("segw.example.org", item(config, &config->remote_addrs, 1));
	CHECK_NUMBER(4500, config->local_port);
	CHECK_NUMBER(4501, config->remote_port);
	CHECK_TEXT("default", item(config, &config->proposals, 1));
	CHECK_TEXT("0.0.0.0", item(config, &config->vips, 0));
	CHECK_NUMBER(46, config->dscp);
	CHECK_NUMBER(1, config->encap);
	CHECK_NUMBER(0, config->mobike);
	CHECK_NUMBER(SEGW_UNIQUE_REPLACE, config->unique);
	CHECK_NUMBER(100, config->rekey_time_s);
	CHECK_NUMBER(200, config->reauth_time_s);
	CHECK_NUMBER(5, config->over_time_s);
	CHECK_NUMBER(6, config->jitter_time_s);
	CHECK_NUMBER(10, config->dpd_delay_s);
	CHECK_NUMBER(60, config->dpd_timeout_s);
	CHECK_NUMBER(2, config->children_len);
	CHECK_TEXT("y", segw_text(config, child->name));
	CHECK_TEXT("10.1.0.0/16", item(config, &child->local_ts, 0));
	CHECK_TEXT("::/0", item(config, &child->remote_ts, 1));
	CHECK_TEXT("aes128gcm16", item(config, &child->esp_proposals, 0));
	CHECK_NUMBER(SEGW_MODE_TRANSPORT, child->mode);
	CHECK_NUMBER(SEGW_START_START, child->start_action);
	CHECK_NUMBER(50, child->rekey_time_s);
	CHECK_NUMBER(70, child->life_time_s);
	CHECK_NUMBER(SEGW_DSCP_NO, child->copy_dscp);
	free(config);
}

static void a_refused_configuration_leaves_no_secret(void)
{
	segw_config_t *config = fresh();
	uint32_t count = 99;
	size_t i;

	CHECK_NUMBER(SEGW_ERR_REFUSED, parse("APPLY_CONFIG {\"name\":\"a\"," AUTH ",\"typo\":1}", 0, config, &count));
	CHECK_HAS(reply, "\"path\":\"typo\"");
	CHECK_HAS_NOT(reply, "S3");
	CHECK_NUMBER(99, count);
	for (i = 0; i < sizeof config->text; i++) {
		CHECK_NUMBER(0, config->text[i]);
	}
	CHECK_NUMBER(SEGW_AGAIN, parse(BOTH, 2, config, &count));
	CHECK_NUMBER(SEGW_AGAIN, parse(BOTH, UINT32_MAX, config, &count));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, parse(" \n", 0, config, &count));
	free(config);
}

/* What a caller makes up as a cursor does no harm, and what was read before does not shine through. */
static void any_cursor_does_no_harm(void)
{
	segw_config_t *config = fresh();
	size_t at, cursor, len, read = 0;
	uint32_t count = 99;

	for (at = 1; at <= strlen(BOTH) + 2; at++) {
		segw_status_t status;

		cursor = at;
		status = segw_config_parse(BOTH, strlen(BOTH), &cursor, config, &count, reply, SEGW_REPLY_CAP, &len);
		CHECK(status == SEGW_OK || status == SEGW_AGAIN);
		read += status == SEGW_OK;
	}
	cursor = SIZE_MAX;
	CHECK_NUMBER(SEGW_AGAIN, segw_config_parse(BOTH, strlen(BOTH), &cursor, config, &count, reply, SEGW_REPLY_CAP, &len));
	CHECK_NUMBER(2, (int64_t)read);
	CHECK_NUMBER(99, count);
	free(config);
}

static void charon_may_refuse_too(void)
{
	char line[512];
	size_t len = 77, offset = (size_t)(strstr(BOTH, "\"default\"") - BOTH);
	char *end;

	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_config_refuse(BOTH, strlen(BOTH), 1, "ike_cfg.proposals[1]", "no such \"DH\" group",
	                                                  line, sizeof line - 1, &len));
	CHECK(len < sizeof line && line[len - 1] == '\n');
	line[len] = '\0';
	CHECK_HAS(line, "{\"reply\":\"APPLY_CONFIG\",\"ok\":false,\"error\":\"no such \\\"DH\\\" group\","
	                "\"path\":\"connections[1].ike_cfg.proposals[1]\",\"offset\":");
	end = strstr(line, "\"offset\":");
	CHECK_NUMBER((int64_t)offset, end == NULL ? -1 : atol(end + strlen("\"offset\":")));
	CHECK_NUMBER(SEGW_ERR_SHORT, segw_config_refuse(BOTH, strlen(BOTH), 1, "name", "no", line, 8, &len));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_config_refuse(BOTH, strlen(BOTH), 1, "name", "\377", line, sizeof line, &len));
	CHECK_NUMBER(SEGW_ERR_ARGUMENT, segw_config_refuse("", 0, 1, "name", "no", line, sizeof line, &len));
	CHECK_NUMBER(SEGW_ERR_REFUSED, segw_config_refuse(BOTH, strlen(BOTH), 9, "a[9][x].b[", "no", line, sizeof line, &len));
}

static void texts_beyond_the_configuration(void)
{
	segw_config_t *config = fresh();
	uint32_t count;
	segw_text_t span;

	CHECK_NUMBER(SEGW_OK, parse("APPLY_CONFIG " LEAST, 0, config, &count));
	span.offset = UINT16_MAX;
	span.len = 1;
	CHECK(segw_text(config, span) == NULL);
	span.offset = 0;
	span.len = 0;
	CHECK(segw_text(config, span) == NULL);
	CHECK(segw_text(NULL, config->name) == NULL);
	CHECK(segw_text((const segw_config_t *)(const void *)((const char *)config + 1), config->name) == NULL);
	free(config);
}

static void a_short_buffer_for_the_refusal(void)
{
	segw_config_t *config = fresh();
	uint32_t count;
	size_t cursor = 0, len = 77;
	char line[16];

	CHECK_NUMBER(SEGW_ERR_SHORT, segw_config_parse("APPLY_CONFIG {", 14, &cursor, config, &count, line, sizeof line, &len));
	CHECK_NUMBER(77, (int64_t)len);
	free(config);
}

const test_t config_tests[] = {
	{"absent_keys_have_defaults", absent_keys_have_defaults},
	{"every_key_arrives", every_key_arrives},
	{"the_rest_of_the_keys_arrives_too", the_rest_of_the_keys_arrives_too},
	{"a_refused_configuration_leaves_no_secret", a_refused_configuration_leaves_no_secret},
	{"any_cursor_does_no_harm", any_cursor_does_no_harm},
	{"charon_may_refuse_too", charon_may_refuse_too},
	{"texts_beyond_the_configuration", texts_beyond_the_configuration},
	{"a_short_buffer_for_the_refusal", a_short_buffer_for_the_refusal},
	{NULL, NULL},
};
