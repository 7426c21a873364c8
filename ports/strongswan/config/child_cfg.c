/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "child_cfg.h"
#include "connection.h"
#include "compat.h"

#include <netdb.h>

/**
 * Longest traffic selector text, in bytes with the closing NUL
 */
#define TS_CAP 256

/**
 * Room for a line of /etc/protocols or /etc/services, in bytes
 */
#define DATABASE_LINE 1024

/**
 * Parse a number, no sign, no trailing bytes.
 *
 * @param text			decimal number
 * @param limit			largest value allowed
 * @param value			receives the number
 * @return				TRUE if it is one
 */
static bool parse_number(const char *text, u_long limit, u_long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
	{
		return FALSE;
	}
	*value = strtoul(text, &end, 10);
	return !*end && *value <= limit;
}

/**
 * Find a protocol by its name.
 *
 * Another thread of charon's may look for one as well.
 *
 * @param name			name, as in /etc/protocols
 * @param protocol		receives the protocol number
 * @return				TRUE if known
 */
static bool find_protocol(const char *name, uint8_t *protocol)
{
	struct protoent *entry;
#ifdef __GLIBC__
	struct protoent data;
	char buf[DATABASE_LINE];

	if (getprotobyname_r(name, &data, buf, sizeof(buf), &entry) != 0)
	{
		return FALSE;
	}
#else
	/* musl has no other form, and names in a table of its own */
	entry = getprotobyname(name);
#endif
	if (entry)
	{
		*protocol = entry->p_proto;
	}
	return entry != NULL;
}

/**
 * Find the port of a service by its name.
 *
 * @param name			name, as in /etc/services
 * @param port			receives the port
 * @return				TRUE if known
 */
static bool find_service(const char *name, uint16_t *port)
{
	struct servent data, *entry;
	char buf[DATABASE_LINE];

	if (getservbyname_r(name, NULL, &data, buf, sizeof(buf), &entry) != 0 ||
		!entry)
	{
		return FALSE;
	}
	*port = ntohs(entry->s_port);
	return TRUE;
}

/**
 * Parse the protocol, by name or number.
 *
 * @param text			protocol
 * @param protocol		receives the protocol number, 0 for any
 * @return				TRUE if known
 */
static bool parse_protocol(const char *text, uint8_t *protocol)
{
	u_long number;

	if (streq(text, "any"))
	{
		*protocol = 0;
		return TRUE;
	}
	if (find_protocol(text, protocol))
	{
		return TRUE;
	}
	if (parse_number(text, 0xff, &number))
	{
		*protocol = number;
		return TRUE;
	}
	return FALSE;
}

/**
 * Parse the port: "any", "opaque", a service, a number or a range.
 *
 * @param text			port, modified
 * @param from			receives the first port
 * @param to			receives the last port
 * @return				TRUE if valid
 */
static bool parse_port(char *text, uint16_t *from, uint16_t *to)
{
	u_long first, last;
	char *dash;

	if (streq(text, "any"))
	{
		return TRUE;
	}
	if (streq(text, "opaque"))
	{	/* RFC 7296, section 3.13.1 */
		*from = 0xffff;
		*to = 0;
		return TRUE;
	}
	if (find_service(text, from))
	{
		*to = *from;
		return TRUE;
	}
	dash = strchr(text, '-');
	if (dash)
	{
		*(dash++) = '\0';
	}
	if (!parse_number(text, 0xffff, &first) ||
		!parse_number(dash ?: text, 0xffff, &last) || last < first)
	{
		return FALSE;
	}
	*from = first;
	*to = last;
	return TRUE;
}

/**
 * Create a traffic selector of an address range.
 *
 * @param range			range, e.g. 10.0.0.1-10.0.0.9
 * @param protocol		protocol number
 * @param from			first port
 * @param to			last port
 * @return				traffic selector, NULL if malformed
 */
static traffic_selector_t *create_from_range(char *range, uint8_t protocol,
											 uint16_t from, uint16_t to)
{
	traffic_selector_t *ts = NULL;
	host_t *lower, *upper;
	ts_type_t type;

	if (!host_create_from_range(range, &lower, &upper))
	{
		return NULL;
	}
	type = lower->get_family(lower) == AF_INET ? TS_IPV4_ADDR_RANGE
											   : TS_IPV6_ADDR_RANGE;
	/* charon takes one that ends before it begins, and nothing is in it */
	if (chunk_compare(lower->get_address(lower), upper->get_address(upper)) <= 0)
	{
		ts = traffic_selector_create_from_bytes(protocol, type,
								lower->get_address(lower), from,
								upper->get_address(upper), to);
	}
	lower->destroy(lower);
	upper->destroy(upper);
	return ts;
}

/**
 * Create a traffic selector of a subnet or an address.
 *
 * Charon makes something of any prefix length, so it is checked here.
 *
 * @param subnet		subnet, e.g. 10.0.0.0/8
 * @param protocol		protocol number
 * @param from			first port
 * @param to			last port
 * @return				traffic selector, NULL if malformed
 */
static traffic_selector_t *create_from_subnet(char *subnet, uint8_t protocol,
											  uint16_t from, uint16_t to)
{
	u_long prefix;
	char *slash;

	slash = strchr(subnet, '/');
	if (slash &&
		!parse_number(slash + 1, strchr(subnet, ':') ? 128 : 32, &prefix))
	{
		return NULL;
	}
	return traffic_selector_create_from_cidr(subnet, protocol, from, to);
}

/**
 * Parse a traffic selector as swanctl.conf writes it.
 *
 * That is "dynamic", a subnet or a range, optionally followed by
 * "[protocol/port]", e.g. "10.1.0.0/16[tcp/80-90]".
 *
 * @param text			traffic selector
 * @return				traffic selector, NULL if malformed
 */
static traffic_selector_t *create_ts(const char *text)
{
	char buf[TS_CAP], *selector, *port, *end;
	uint16_t from = 0, to = 0xffff;
	uint8_t protocol = 0;

	if (strlen(text) >= sizeof(buf))
	{
		return NULL;
	}
	strcpy(buf, text);

	selector = strchr(buf, '[');
	if (selector)
	{
		*(selector++) = '\0';
		end = strchr(selector, ']');
		if (!end || end[1])
		{
			return NULL;
		}
		*end = '\0';
		port = strchr(selector, '/');
		if (port)
		{
			*(port++) = '\0';
		}
		if (!parse_protocol(selector, &protocol) ||
			(port && !parse_port(port, &from, &to)))
		{
			return NULL;
		}
	}
	if (streq(buf, "dynamic"))
	{
		return traffic_selector_create_dynamic(protocol, from, to);
	}
	if (strchr(buf, '-'))
	{
		return create_from_range(buf, protocol, from, to);
	}
	return create_from_subnet(buf, protocol, from, to);
}

/**
 * Check that a number, up to a slash if there is one, fits 32 bits: charon
 * would cut it.
 *
 * @param text			number in any notation of C, or a word
 * @return				FALSE if it is too large, or negative
 */
static bool fits(const char *text)
{
	return *text == '%' ||
		   (*text >= '0' && *text <= '9' && strtoull(text, NULL, 0) <=
			UINT32_MAX);
}

/**
 * Get a mark of a child.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param key			name of the key
 * @param text			span of the mark, perhaps absent
 * @param op			special values that are allowed
 * @param mark			receives the mark, unchanged if absent
 * @return				FALSE if refused
 */
static bool get_mark(extsock_draft_t *draft, uint32_t index, const char *key,
					 segw_text_t text, mark_op_t op, mark_t *mark)
{
	char *value, *mask;

	if (!text.len)
	{
		return TRUE;
	}
	value = extsock_get_text(draft, text);
	mask = strchr(value, '/');
	return (fits(value) && (!mask || (mask[1] != '%' && fits(mask + 1))) &&
			mark_from_string(value, op, mark)) ||
		   extsock_refuse(draft, "not a valid mark; one is like 42 or 0x10/0xff",
						  "children[%u].%s", index, key);
}

/*
 * Described in header
 */
bool extsock_child_cfg_get_if_id(extsock_draft_t *draft, segw_text_t text,
								 uint32_t *if_id, const char *path)
{
	char *value;

	if (!text.len)
	{
		return TRUE;
	}
	value = extsock_get_text(draft, text);
	return (fits(value) && if_id_from_string(value, if_id)) ||
		   extsock_refuse(draft, "not a valid interface ID; one is like 42, no "
						  "name of an interface", "%s", path);
}

/**
 * Add charon's default proposals, which name no group.
 *
 * @param proto			PROTO_ESP or PROTO_AH
 * @param child_cfg		config to add the proposals to
 */
static void add_defaults(protocol_id_t proto, child_cfg_t *child_cfg)
{
	if (proto == PROTO_ESP)
	{
		child_cfg->add_proposal(child_cfg, proposal_create_default_aead(proto));
	}
	child_cfg->add_proposal(child_cfg, proposal_create_default(proto));
}

/**
 * Add the proposals of a list.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param proto			PROTO_ESP or PROTO_AH
 * @param child_cfg		config to add the proposals to
 * @return				FALSE if refused
 */
static bool add_list(extsock_draft_t *draft, uint32_t index,
					 protocol_id_t proto, child_cfg_t *child_cfg)
{
	const segw_child_t *child = &draft->config->children[index];
	const char *key = proto == PROTO_AH ? "ah" : "esp";
	const segw_text_list_t *list;
	char lack[EXTSOCK_LACK_CAP];
	proposal_t *proposal;
	uint32_t i, first = UINT32_MAX;
	bool usable = FALSE;
	char *text;

	list = proto == PROTO_AH ? &child->ah_proposals : &child->esp_proposals;
	for (i = 0; i < list->len; i++)
	{
		text = extsock_get_text(draft, list->items[i]);
		if (streq(text, "default"))
		{
			add_defaults(proto, child_cfg);
			usable = TRUE;
			continue;
		}
		proposal = proposal_create_from_string(proto, text);
		if (!proposal)
		{
			return extsock_refuse(draft, "charon does not know this proposal; one "
								  "is like aes128gcm16 or aes128-sha256",
								  "children[%u].%s_proposals[%u]", index, key,
								  i);
		}
		proposal = extsock_lack_strip(proposal, TRUE, lack);
		if (*lack)
		{
			extsock_note_lack(draft, lack, "children[%u].%s_proposals[%u] "
							  "left out", index, key, i);
			if (first == UINT32_MAX)
			{
				first = i;
				strcpy(draft->text, lack);
			}
		}
		usable |= proposal != NULL;
		child_cfg->add_proposal(child_cfg, proposal);
	}
	return usable || !list->len ||
		   extsock_refuse(draft, draft->text, "children[%u].%s_proposals[%u]",
						  index, key, first);
}

/**
 * Add the proposals, charon's defaults if none are configured.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param child_cfg		config to add the proposals to
 * @return				FALSE if refused
 */
static bool add_proposals(extsock_draft_t *draft, uint32_t index,
						  child_cfg_t *child_cfg)
{
	const segw_child_t *child = &draft->config->children[index];

	if (!child->esp_proposals.len && !child->ah_proposals.len)
	{
		add_defaults(PROTO_ESP, child_cfg);
	}
	return add_list(draft, index, PROTO_ESP, child_cfg) &&
		   add_list(draft, index, PROTO_AH, child_cfg);
}

/**
 * Add the traffic selectors of one side, "dynamic" if none are configured.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param local			TRUE for the local side
 * @param child_cfg		config to add the traffic selectors to
 * @return				FALSE if refused
 */
static bool add_ts(extsock_draft_t *draft, uint32_t index, bool local,
				   child_cfg_t *child_cfg)
{
	const segw_child_t *child = &draft->config->children[index];
	const segw_text_list_t *list;
	traffic_selector_t *ts;
	uint32_t i;

	list = local ? &child->local_ts : &child->remote_ts;
	if (!list->len)
	{
		child_cfg->add_traffic_selector(child_cfg, local,
							traffic_selector_create_dynamic(0, 0, 65535));
	}
	for (i = 0; i < list->len; i++)
	{
		ts = create_ts(extsock_get_text(draft, list->items[i]));
		if (!ts)
		{
			return extsock_refuse(draft, "not a valid traffic selector; one is "
								  "like 10.1.0.0/24, 10.1.0.0/24[tcp/443] or "
								  "dynamic",
								  "children[%u].%s_ts[%u]", index,
								  local ? "local" : "remote", i);
		}
		child_cfg->add_traffic_selector(child_cfg, local, ts);
	}
	return TRUE;
}

/**
 * Charon's values of libsegw's DSCP policies
 */
static const dscp_copy_t copy_dscps[] = {
	[SEGW_DSCP_OUT] = DSCP_COPY_OUT_ONLY,
	[SEGW_DSCP_IN] = DSCP_COPY_IN_ONLY,
	[SEGW_DSCP_YES] = DSCP_COPY_YES,
	[SEGW_DSCP_NO] = DSCP_COPY_NO,
};

/**
 * Charon's values of libsegw's modes
 */
static const ipsec_mode_t modes[] = {
	[SEGW_MODE_TUNNEL] = MODE_TUNNEL,
	[SEGW_MODE_TRANSPORT] = MODE_TRANSPORT,
	[SEGW_MODE_BEET] = MODE_BEET,
};

/**
 * Our options for libsegw's start actions: charon's own would compete with it
 */
static const child_cfg_option_t start_actions[] = {
	[SEGW_START_NONE] = 0,
	[SEGW_START_START] = OPT_EXTSOCK_START,
	[SEGW_START_TRAP] = OPT_EXTSOCK_TRAP,
	[SEGW_START_TRAP_START] = OPT_EXTSOCK_TRAP | OPT_EXTSOCK_START,
};

/**
 * Get what packets of a child are padded to.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param text			span of a number or "mtu", perhaps absent
 * @param tfc			receives charon's value, unchanged if absent
 * @return				FALSE if refused
 */
static bool get_tfc(extsock_draft_t *draft, uint32_t index, segw_text_t text,
					uint32_t *tfc)
{
	char *value;
	u_long number;

	if (!text.len)
	{
		return TRUE;
	}
	value = extsock_get_text(draft, text);
	if (streq(value, "mtu"))
	{
		*tfc = -1;
		return TRUE;
	}
	if (!parse_number(value, 0xffff, &number))
	{
		return extsock_refuse(draft, "expected \"mtu\", or a number of bytes "
							  "from 0 to 65535", "children[%u].tfc_padding",
							  index);
	}
	*tfc = number;
	return TRUE;
}

/**
 * Get the ID of an XFRM interface of a child.
 *
 * @param draft			connection
 * @param index			index of the child
 * @param key			name of the key
 * @param text			span of the ID, perhaps absent
 * @param if_id			receives the ID, unchanged if absent
 * @return				FALSE if refused
 */
static bool get_if_id(extsock_draft_t *draft, uint32_t index, const char *key,
					  segw_text_t text, uint32_t *if_id)
{
	char path[64];

	snprintf(path, sizeof(path), "children[%u].%s", index, key);
	return extsock_child_cfg_get_if_id(draft, text, if_id, path);
}

/**
 * Get the hardware offload of a child.
 *
 * @param draft			connection
 * @param child			child
 * @param index			index of the child
 * @param offload		receives charon's value
 * @return				FALSE if refused
 */
static bool get_offload(extsock_draft_t *draft, const segw_child_t *child,
						uint32_t index, hw_offload_t *offload)
{
	switch (child->hw_offload)
	{
		case SEGW_HW_OFFLOAD_CRYPTO:
			*offload = extsock_get_offload_crypto();
			return TRUE;
		case SEGW_HW_OFFLOAD_AUTO:
			*offload = HW_OFFLOAD_AUTO;
			return TRUE;
		case SEGW_HW_OFFLOAD_PACKET:
			return extsock_get_offload_packet(offload) ||
				   extsock_refuse(draft, "charon knows it since 5.9.10",
								  "children[%u].hw_offload", index);
		default:
			*offload = HW_OFFLOAD_NO;
			return TRUE;
	}
}

/**
 * Check that the client may have the script of a child run, and that there is
 * somebody to do it.
 *
 * @param draft			connection
 * @param child			child
 * @param index			index of the child
 * @return				FALSE if refused
 */
static bool check_updown(extsock_draft_t *draft, const segw_child_t *child,
						 uint32_t index)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(CUSTOM, "updown");
	char path[64];

	if (!child->updown.len)
	{
		return TRUE;
	}
	snprintf(path, sizeof(path), "children[%u].updown", index);
	return extsock_check_privileged(draft, "%s", path) &&
		   extsock_check_feature(draft, feature, "updown", "",
								 "what runs updown scripts", path);
}

/**
 * Map the lifetime by a volume.
 *
 * @param from			libsegw's value
 * @param to			receives charon's value
 */
#define MAP_VOLUME(from, to) ({ \
	(to).rekey = (from).rekey; \
	(to).life = (from).life; \
	(to).jitter = (from).jitter; })

/*
 * Described in header
 */
child_cfg_t *extsock_child_cfg_create(extsock_draft_t *draft, uint32_t index)
{
	const segw_config_t *config = draft->config;
	const segw_child_t *child = &config->children[index];
	child_cfg_create_t data = {
		.options = (child->policies ? 0 : OPT_NO_POLICIES) |
				   (child->ipcomp ? OPT_IPCOMP : 0) |
				   (child->hostaccess ? OPT_HOSTACCESS : 0) |
				   (child->policies_fwd_out ? OPT_FWD_OUT_POLICIES : 0) |
				   (child->sha256_96 ? OPT_SHA256_96 : 0) |
				   (child->mark_in_sa ? OPT_MARK_IN_SA : 0) |
				   (child->copy_df ? 0 : OPT_NO_COPY_DF) |
				   (child->copy_ecn ? 0 : OPT_NO_COPY_ECN) |
				   start_actions[child->start_action],
		.reqid = child->reqid,
		.mode = modes[child->mode],
		.priority = child->priority,
		.interface = extsock_get_text(draft, child->interface),
		.lifetime = {
			.time = {
				.life = child->life_time_s,
				.rekey = child->rekey_time_s,
				.jitter = child->jitter_time_s,
			},
		},
		.inactivity = child->inactivity_s,
		.updown = extsock_get_text(draft, child->updown),
		.copy_dscp = copy_dscps[child->copy_dscp],
		.start_action = ACTION_NONE,
		/* exactly one retry loop exists, the failover manager's: charon must
		 * restart nothing on its own, see keyingtries in the peer config */
		.dpd_action = ACTION_NONE,
		.close_action = ACTION_NONE,
	};
	child_cfg_t *child_cfg;

	MAP_VOLUME(child->bytes, data.lifetime.bytes);
	MAP_VOLUME(child->packets, data.lifetime.packets);
	if (!get_mark(draft, index, "mark_in", child->mark_in,
				  MARK_OP_UNIQUE, &data.mark_in) ||
		!get_mark(draft, index, "mark_out", child->mark_out,
				  MARK_OP_UNIQUE, &data.mark_out) ||
		!get_mark(draft, index, "set_mark_in", child->set_mark_in,
				  MARK_OP_SAME, &data.set_mark_in) ||
		!get_mark(draft, index, "set_mark_out", child->set_mark_out,
				  MARK_OP_SAME, &data.set_mark_out) ||
		!get_tfc(draft, index, child->tfc_padding, &data.tfc) ||
		!get_if_id(draft, index, "if_id_in", child->if_id_in, &data.if_id_in) ||
		!get_if_id(draft, index, "if_id_out", child->if_id_out,
				   &data.if_id_out) ||
		!get_offload(draft, child, index, &data.hw_offload) ||
		!check_updown(draft, child, index))
	{
		return NULL;
	}
	child_cfg = child_cfg_create(extsock_get_text(draft, child->name), &data);
	if (child->replay_window != UINT32_MAX)
	{
		child_cfg->set_replay_window(child_cfg, child->replay_window);
	}
	if (!add_proposals(draft, index, child_cfg) ||
		!add_ts(draft, index, TRUE, child_cfg) ||
		!add_ts(draft, index, FALSE, child_cfg))
	{
		child_cfg->destroy(child_cfg);
		return NULL;
	}
	return child_cfg;
}
