/*
 * The connections of swanctl.conf: which of them the plugin would guard with what strongswan.conf says, and how; and keys that charon
 * would refuse, for which swanctl leaves a connection out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "check.h"
#include "extsockctl.h"

#include <options.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MESSAGE_CAP 512
#define PATH_CAP 200

/* What a key's value is, as far as it is looked at. */
typedef enum { TEXT, TIME, FLAG, COUNT, PORT, BITS, WORD, AUTH, PROPOSALS, SELECTORS, IKE_VERSION, SECTION } kind_t;

typedef struct {
	const char *name;
	kind_t kind;
} known_t;

#define ACTIONS "none, start, trap, trap|start, clear, restart, route, start|trap"

/* The words that charon takes for a key that is a WORD. */
static const struct {
	const char *name, *words;
} choices[] = {
	{"fragmentation", "yes, accept, force, no"}, {"childless", "allow, prefer, force, never"},
	{"send_cert", "ifasked, always, never"}, {"unique", "no, never, keep, replace"},
	{"mode", "tunnel, transport, transport_proxy, beet, pass, drop, iptfs"}, {"start_action", ACTIONS},
	{"close_action", ACTIONS}, {"dpd_action", ACTIONS}, {"hw_offload", "no, yes, crypto, packet, auto"},
	{"copy_dscp", "out, in, yes, no"}, {"revocation", "strict, ifuri, relaxed"},
};

/* swanctl.conf(5) of strongSwan 6; `*` at the end: whatever follows. */
static const known_t of_connection[] = {
	{"version", IKE_VERSION}, {"local_addrs", TEXT}, {"remote_addrs", TEXT}, {"local_port", PORT}, {"remote_port", PORT},
	{"proposals", PROPOSALS}, {"vips", TEXT}, {"aggressive", FLAG}, {"pull", FLAG}, {"dscp", BITS}, {"encap", FLAG}, {"mobike", FLAG},
	{"dpd_delay", TIME}, {"dpd_timeout", TIME}, {"fragmentation", WORD},
	{"childless", WORD}, {"send_certreq", FLAG},
	{"send_cert", WORD}, {"ocsp", TEXT}, {"ppk_id", TEXT}, {"ppk_required", FLAG}, {"keyingtries", COUNT},
	{"unique", WORD},
	{"reauth_time", TIME}, {"rekey_time", TIME}, {"over_time", TIME}, {"rand_time", TIME}, {"pools", TEXT}, {"if_id_in", TEXT},
	{"if_id_out", TEXT}, {"mediation", FLAG}, {"mediated_by", TEXT}, {"mediation_peer", TEXT}, {"local*", SECTION},
	{"remote*", SECTION}, {"children", SECTION}, {NULL, TEXT},
};

static const known_t of_child[] = {
	{"ah_proposals", PROPOSALS}, {"esp_proposals", PROPOSALS}, {"sha256_96", FLAG}, {"local_ts", SELECTORS}, {"remote_ts", SELECTORS},
	{"rekey_time", TIME}, {"life_time", TIME}, {"rand_time", TIME}, {"rekey_bytes", TEXT}, {"life_bytes", TEXT},
	{"rand_bytes", TEXT}, {"rekey_packets", COUNT}, {"life_packets", COUNT}, {"rand_packets", COUNT}, {"updown", TEXT},
	{"hostaccess", FLAG}, {"mode", WORD}, {"policies", FLAG}, {"policies_fwd_out", FLAG}, {"dpd_action", WORD}, {"ipcomp", FLAG},
	{"inactivity", TIME}, {"reqid", COUNT}, {"priority", COUNT}, {"interface", TEXT}, {"mark_in", TEXT}, {"mark_in_sa", FLAG},
	{"mark_out", TEXT}, {"set_mark_in", TEXT}, {"set_mark_out", TEXT}, {"if_id_in", TEXT}, {"if_id_out", TEXT}, {"label", TEXT},
	{"label_mode", TEXT}, {"tfc_padding", TEXT}, {"replay_window", COUNT}, {"hw_offload", WORD}, {"copy_df", FLAG},
	{"copy_ecn", FLAG}, {"copy_dscp", WORD},
	{"start_action", WORD}, {"close_action", WORD}, {"per_cpu_sas", TEXT},
	{"iptfs", TEXT}, {NULL, TEXT},
};

static const known_t of_auth[] = {
	{"round", COUNT}, {"certs", TEXT}, {"cert*", SECTION}, {"pubkeys", TEXT}, {"auth", AUTH}, {"id", TEXT}, {"eap_id", TEXT},
	{"aaa_id", TEXT}, {"xauth_id", TEXT}, {"cacerts", TEXT}, {"cacert*", SECTION}, {"ca_id", TEXT}, {"groups", TEXT},
	{"cert_policy", TEXT}, {"revocation", WORD}, {NULL, TEXT},
};

/* What the names of sections in `secrets` begin with. */
static const char *const secret_types[] = {"eap", "xauth", "ntlm", "ike", "ppk", "private", "rsa", "ecdsa", "pkcs8", "pkcs12",
										   "token"};

static const known_t of_secret[] = {
	{"secret", TEXT}, {"id*", TEXT}, {"file", TEXT}, {"handle", TEXT}, {"slot", TEXT}, {"module", TEXT}, {"pin", TEXT},
	{NULL, TEXT},
};

#define OF_CHILD " of a CHILD_SA, \"children { NAME { } }\""

/* Keys of ipsec.conf, and others that people write; what takes their place, and where. */
static const struct {
	const char *name, *here, *where;
} others[] = {
	{"left", "local_addrs", ""},
	{"right", "remote_addrs", ""},
	{"leftid", "id", " in \"local { }\""},
	{"rightid", "id", " in \"remote { }\""},
	{"leftauth", "auth", " in \"local { }\""},
	{"rightauth", "auth", " in \"remote { }\""},
	{"authby", "auth", " in \"local { }\" and \"remote { }\""},
	{"leftcert", "certs", " in \"local { }\""},
	{"rightcert", "certs", " in \"remote { }\""},
	{"leftsubnet", "local_ts", OF_CHILD},
	{"rightsubnet", "remote_ts", OF_CHILD},
	{"local_subnet", "local_ts", OF_CHILD},
	{"remote_subnet", "remote_ts", OF_CHILD},
	{"leftsourceip", "vips", ""},
	{"leftupdown", "updown", OF_CHILD},
	{"keyexchange", "version", ""},
	{"ike", "proposals", ""},
	{"esp", "esp_proposals", OF_CHILD},
	{"auto", "start_action", OF_CHILD},
	{"type", "mode", OF_CHILD},
	{"dpdaction", "dpd_action", OF_CHILD},
	{"closeaction", "close_action", OF_CHILD},
	{"dpddelay", "dpd_delay", ""},
	{"dpdtimeout", "dpd_timeout", ""},
	{"ikelifetime", "rekey_time", ""},
	{"lifetime", "life_time", OF_CHILD},
	{"keylife", "life_time", OF_CHILD},
	{"margintime", "over_time", ""},
	{"forceencaps", "encap", ""},
	{"uniqueids", "unique", ""},
	{"compress", "ipcomp", OF_CHILD},
	{"secret", "secret", " in \"secrets { ike-1 { } }\""},
	{"psk", "secret", " in \"secrets { ike-1 { } }\""},
	{"child", "children", ""},
	{"gateway", "remote_addrs", ""},
	{"gateways", "remote_addrs", ""},
	{"segws", "remote_addrs", ""},
	{"servers", "remote_addrs", ""},
	{"primary", "remote_addrs", ", the most preferred first"},
	{"secondary", "remote_addrs", ", the most preferred first"},
};

/* Whether a name is that of a row. */
static int is_known(const known_t *known, const char *name)
{
	size_t len = strlen(known->name);

	if (known->name[len - 1] != '*') {
		return strcmp(known->name, name) == 0;
	}
	len--;
	if (strncmp(known->name, name, len) != 0) {
		return 0;
	}
	/* `local-1`, and an identity's suffix may be any */
	return known->kind != SECTION || name[len + strspn(name + len, "-_0123456789")] == '\0';
}

static int knows(const known_t *known, const char *name)
{
	while (known->name != NULL && !is_known(known, name)) {
		known++;
	}
	return known->name != NULL;
}

/* Whether it is one of the words, capitals or not. */
static int is_word(const char *words, const char *value)
{
	size_t len = strlen(value);
	const char *at;

	for (at = words; *at != '\0'; at += strspn(at, ", ")) {
		if (strcspn(at, ",") == len && strncasecmp(at, value, len) == 0) {
			return 1;
		}
		at += strcspn(at, ",");
	}
	return 0;
}

/* An address and the bits of a prefix behind it, or the last address of a range. */
static int is_selector(const char *text, size_t len)
{
	char part[2][64] = {"", ""};
	unsigned char bytes[16];
	size_t first = 0, width;
	char *end;
	unsigned long bits;
	int family;

	while (first < len && strchr("/-", text[first]) == NULL) {
		first++;
	}
	if (first >= sizeof part[0] || len - first > sizeof part[1]) {
		return 0;
	}
	memcpy(part[0], text, first);
	memcpy(part[1], text + first + (first < len), len - first - (first < len));
	family = strchr(part[0], ':') != NULL ? AF_INET6 : AF_INET;
	width = family == AF_INET6 ? 128 : 32;
	if (inet_pton(family, part[0], bytes) != 1) {
		return 0;
	}
	if (first == len) {
		return 1;
	}
	if (text[first] == '-') {
		return inet_pton(family, part[1], bytes) == 1;
	}
	bits = strtoul(part[1], &end, 10);
	return isdigit((unsigned char)part[1][0]) && *end == '\0' && bits <= width;
}

/* Whether a list has selectors only: subnets, ranges, or dynamic, each perhaps with protocol and port in brackets. */
static int are_selectors(const char *value)
{
	size_t len, own;

	for (; *value != '\0'; value += len + (value[len] == ',')) {
		value += strspn(value, " ");
		len = strcspn(value, ",");
		own = strcspn(value, "[,");
		while (own > 0 && value[own - 1] == ' ') {
			own--;
		}
		if (own != 0 && !(own == 7 && strncasecmp(value, "dynamic", 7) == 0) && !is_selector(value, own)) {
			return 0;
		}
	}
	return 1;
}

/* What is wrong with a value; NULL if nothing is. */
static const char *fault_of(const known_t *known, const char *value)
{
	static const char *const auths[] = {"pubkey", "rsa", "ecdsa", "bliss", "ike:", "eap", "xauth"};
	static char message[MESSAGE_CAP];
	size_t len = strspn(value, "0123456789"), i;
	bool flag;

	switch (known->kind) {
	case WORD:
		for (i = 0; i + 1 < sizeof choices / sizeof choices[0] && strcmp(choices[i].name, known->name) != 0; i++) {
		}
		snprintf(message, sizeof message, "expected one of %s", choices[i].words);
		return is_word(choices[i].words, value) ? NULL : message;
	case BITS:
		return *value != '\0' && value[strspn(value, "01")] == '\0' ? NULL : "expected six binary digits, like 101110";
	case TIME:
		return len != 0 && (value[len] == '\0' || (strchr("smhd", value[len]) != NULL && value[len + 1] == '\0'))
				   ? NULL : "expected a time: seconds, or a number with s, m, h or d right behind it, like 30s";
	case FLAG:
		return extsock_options_flag(value, &flag) ? NULL : "expected yes or no";
	case COUNT:
		return len != 0 && value[len] == '\0' ? NULL : "expected a number";
	case PORT:
		return len != 0 && len < 6 && value[len] == '\0' && atol(value) < 65536 ? NULL : "expected a number from 0 to 65535";
	case AUTH:
		for (i = 0; i < sizeof auths / sizeof auths[0] && strncasecmp(value, auths[i], strlen(auths[i])) != 0; i++) {
		}
		return strcasecmp(value, "psk") == 0 || i < sizeof auths / sizeof auths[0]
				   ? NULL : "expected one of psk, pubkey, eap-..., xauth-..., or a kind of key like rsa and ecdsa";
	case PROPOSALS:
		return strchr(value, '!') != NULL ? "no ! is needed here: only what is listed is proposed"
			 : strcspn(value, ";|") != strlen(value) ? "proposals are separated by commas" : NULL;
	case SELECTORS:
		return are_selectors(value) ? NULL : "expected subnets or addresses like 10.1.0.0/16 or 2001:db8::/64, dynamic, or a list of them with commas";
	case IKE_VERSION:
		return strlen(value) == 1 && strchr("012", *value) != NULL ? NULL : "expected 1, 2, or 0 for both";
	case SECTION:
		return "this is a section: write it with { }";
	case TEXT:
		break;
	}
	return NULL;
}

/* Where a key that is unknown here belongs; NULL if it is one of no other place either. */
static const char *place_of(const known_t *known, const char *name)
{
	char meant[SEGW_NAME_CAP];

	if (known != of_child && knows(of_child, name)) {
		return "it belongs in the section of a CHILD_SA, \"children { NAME { } }\"";
	}
	if (known != of_connection && knows(of_connection, name)) {
		return "it belongs in the section of the connection";
	}
	if (known != of_auth && knows(of_auth, name)) {
		return "it belongs in \"local { }\" or \"remote { }\"";
	}
	if (strcmp(name, "secrets") == 0 || strcmp(name, "pools") == 0 || strcmp(name, "authorities") == 0) {
		return "it belongs beside \"connections { }\"";
	}
	if (strcmp(name, "failover") == 0 || strcmp(name, "adopt") == 0 || strcmp(name, "extsock") == 0 || strcmp(name, "probe") == 0 ||
		(segw_policy_key(name, meant, sizeof meant) == SEGW_OK && strcmp(name, meant) == 0)) {
		return "it belongs in strongswan.conf, \"charon.plugins.extsock\"";
	}
	return NULL;
}

/* A key's row; NULL, and a message with what was meant. */
static const known_t *find_known(const known_t *known, const conf_t *conf, char *message, size_t cap)
{
	const char *name = conf->name, *place;
	const char *names[64];
	size_t count, meant, i;

	for (count = 0; known[count].name != NULL; count++) {
		if (is_known(&known[count], name)) {
			return &known[count];
		}
		names[count] = known[count].name;
	}
	for (i = 0; i < sizeof others / sizeof others[0] && (known == of_secret || strcmp(others[i].name, name) != 0); i++) {
	}
	place = place_of(known, name);
	if (place != NULL) {
		snprintf(message, cap, "unknown key; %s", place);
	} else if (i < sizeof others / sizeof others[0]) {
		snprintf(message, cap, "unknown key; it is \"%s\" here%s", others[i].here, others[i].where);
	} else if (segw_nearest(name, names, count, &meant) == SEGW_OK) {
		snprintf(message, cap, "unknown key; did you mean \"%.*s\"?", (int)strcspn(names[meant], "*"), names[meant]);
	} else {
		snprintf(message, cap, "unknown key: charon refuses it%s",
				 conf->value == NULL && known == of_connection ? "; those of CHILD_SAs stand in \"children { }\"" : "");
	}
	return NULL;
}

/* The keys in a section; the number of mistakes. */
static unsigned check_keys(const conf_t *section, const char *path, const known_t *known)
{
	char message[MESSAGE_CAP];
	const known_t *row;
	const conf_t *conf;
	const char *fault;
	unsigned mistakes = 0;

	for (conf = section->first; conf != NULL; conf = conf->next) {
		row = find_known(known, conf, message, sizeof message);
		if (row == NULL) {
			conf_complain(conf, path, 0, message);
			mistakes++;
		} else if (conf->value != NULL) {
			fault = fault_of(row, conf->value);
			if (fault != NULL) {
				conf_complain(conf, path, row->kind != SECTION, fault);
				mistakes++;
			}
		} else if (row->kind != SECTION) {
			conf_complain(conf, path, 0, "this is a key, no section: write it with =");
			mistakes++;
		}
	}
	return mistakes;
}

/* The keys of sections that a connection takes what is missing from, each once; the number of mistakes. */
static unsigned check_templates(conf_t *root, const conf_t *connection)
{
	const char *at = connection->references;
	char name[PATH_CAP], message[MESSAGE_CAP];
	unsigned mistakes = 0;
	conf_t *found;
	size_t len;

	while (at != NULL && *at != '\0') {
		at += strspn(at, ", \t\r");
		len = strcspn(at, ", \t\r");
		snprintf(name, sizeof name, "%.*s", (int)len, at);
		found = conf_find(root, root, name);
		if (found == NULL && len != 0) {
			snprintf(message, sizeof message, "it takes what is missing from \"%.64s\", which is not there", name);
			conf_complain(connection, "", 0, message);
			mistakes++;
		} else if (found != NULL && found->value == NULL && !found->seen) {
			found->seen = 1;
			mistakes += check_keys(found, found->name, of_connection) + check_templates(root, found);
		}
		at += len;
	}
	return mistakes;
}

/* The sections of one authentication round, and in them of one certificate each; the number of mistakes. */
static unsigned check_auth(const conf_t *connection, const char *path)
{
	char below[PATH_CAP];
	unsigned mistakes = 0;
	const conf_t *side;

	for (side = connection->first; side != NULL; side = side->next) {
		if (side->value == NULL && (strncmp(side->name, "local", 5) == 0 || strncmp(side->name, "remote", 6) == 0)) {
			snprintf(below, sizeof below, "%.120s.%.64s", path, side->name);
			mistakes += check_keys(side, below, of_auth);
		}
	}
	return mistakes;
}

/* The sections of `secrets`; the number of mistakes. */
static unsigned check_secrets(conf_t *secrets)
{
	const size_t count = sizeof secret_types / sizeof secret_types[0];
	char message[MESSAGE_CAP], path[PATH_CAP];
	unsigned mistakes = 0;
	const conf_t *conf;
	size_t i, meant;

	for (conf = secrets != NULL ? secrets->first : NULL; conf != NULL; conf = conf->next) {
		for (i = 0; i < count && strncmp(conf->name, secret_types[i], strlen(secret_types[i])) != 0; i++) {
		}
		if (i < count && conf->value == NULL) {
			snprintf(path, sizeof path, "secrets.%s", conf->name);
			mistakes += check_keys(conf, path, of_secret);
			continue;
		}
		if (segw_nearest(conf->name, secret_types, count, &meant) == SEGW_OK) {
			snprintf(message, sizeof message, "unknown section; did you mean \"%s\"?", secret_types[meant]);
		} else {
			snprintf(message, sizeof message, "expected a section whose name begins with what it is for, like \"ike-1 { }\"");
		}
		conf_complain(conf, "secrets", 0, message);
		mistakes++;
	}
	return mistakes;
}

static const char *value_of(conf_t *root, conf_t *section, const char *name)
{
	conf_t *found = conf_find(root, section, name);

	return found != NULL && found->value != NULL ? found->value : "";
}

/* Why a connection is not guarded, or only in part: for the key at that place, NULL for that of the connection. The number of mistakes. */
static unsigned say(conf_t *root, conf_t *connection, const char *key, const char *what, const char *why)
{
	char message[MESSAGE_CAP];
	conf_t *place = key != NULL ? conf_find(root, connection, key) : NULL, told = *connection;

	snprintf(message, sizeof message, "%s: %s", what, why);
	if (place != NULL && place->value != NULL) {
		told.file = place->file;
		told.line = place->line;
		told.column = place->column;
	}
	conf_complain(&told, "connections", 0, message);
	return 1;
}

static void print_guarded(conf_t *connection, segw_ctx_t *ctx, conf_t *options)
{
	char address[SEGW_ADDR_CAP];
	uint32_t segw;

	printf("%s: is adopted with SEGWs", connection->name);
	for (segw = 0; segw < SEGW_SEGW_CAP &&
		 segw_address_at(ctx, connection->name, segw, address, sizeof address) == SEGW_OK; segw++) {
		printf("%s %s", segw != 0 ? "," : "", address);
	}
	print_policy(options, connection->name);
}

static unsigned check_connection(conf_t *root, conf_t *connection, conf_t *options, int quiet)
{
	static segw_ctx_t ctx;
	char message[MESSAGE_CAP] = "";
	segw_policy_t policy;
	segw_status_t status;
	unsigned mistakes = 0;
	int adopt = 1;

	if (options != NULL) {
		options_of(options, connection->name, &adopt, &policy);
	} else {
		segw_policy_init(&policy);
	}
	if (!adopt) {
		if (!quiet) {
			printf("%s: is not adopted: adopt is not yes for it\n", connection->name);
		}
		return 0;
	}
	if (strcmp(value_of(root, connection, "version"), "1") == 0) {
		return say(root, connection, "version", "is not adopted", EXTSOCK_OPTIONS_IKEV1);
	}
	segw_init(&ctx, 0, 1);
	status = segw_adopt(&ctx, 0, connection->name, value_of(root, connection, "remote_addrs"), 1, &policy, message,
						sizeof message);
	if (status != SEGW_OK) {
		/* one SEGW may be all there is */
		if (strstr(message, "list another one") == NULL) {
			return say(root, connection, strstr(message, "its name") != NULL ? NULL : "remote_addrs", "is not adopted", *message != '\0' ? message : segw_strerror(status));
		}
		if (!quiet) {
			printf("%s: is not adopted: %s\n", connection->name, message);
		}
		return 0;
	}
	if (*message != '\0') {
		mistakes = say(root, connection, "remote_addrs", "is guarded in part", message);
	}
	if (segw_local_addresses(value_of(root, connection, "local_addrs"), message, sizeof message) == SEGW_ERR_REFUSED) {
		mistakes += say(root, connection, "local_addrs", "is dialled as without what is wrong in local_addrs", message);
	}
	if (!quiet) {
		print_guarded(connection, &ctx, options);
	}
	return mistakes;
}

unsigned check_connections(conf_t *root, conf_t *options, int quiet)
{
	conf_t *connections = conf_find(root, root, "connections"), *connection, *children, *child;
	char path[PATH_CAP];
	unsigned mistakes = check_secrets(conf_find(root, root, "secrets")), own;

	if (options == NULL && !quiet) {
		printf("no section charon.plugins.extsock in strongswan.conf: as if it said adopt = yes\n");
	} else if (options != NULL && check_options(options, 1) != 0) {
		complain("strongswan.conf has mistakes, check it as well");
	}
	for (connection = connections != NULL ? connections->first : NULL; connection != NULL; connection = connection->next) {
		if (connection->value != NULL) {
			conf_complain(connection, "connections", 0, "only sections belong here, one for each connection");
			mistakes++;
			continue;
		}
		if (strcmp(connection->name, "secrets") == 0 || strcmp(connection->name, "pools") == 0 || strcmp(connection->name, "authorities") == 0) {
			conf_complain(connection, "connections", 0, "it belongs beside \"connections { }\"");
			mistakes++;
			continue;
		}
		snprintf(path, sizeof path, "connections.%s", connection->name);
		own = check_keys(connection, path, of_connection) + check_auth(connection, path) + check_templates(root, connection);
		children = conf_find(root, connection, "children");
		for (child = children != NULL ? children->first : NULL; child != NULL; child = child->next) {
			snprintf(path, sizeof path, "connections.%s.children.%s", connection->name, child->name);
			if (child->value != NULL) {
				snprintf(path, sizeof path, "connections.%s.children", connection->name);
				conf_complain(child, path, 0, "charon passes over it: only sections belong here, one for each CHILD_SA, \"children { NAME { } }\"");
				own++;
				continue;
			}
			own += check_keys(child, path, of_child);
		}
		mistakes += own != 0 ? own : check_connection(root, connection, options, quiet);
	}
	return mistakes;
}
