/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

#include "extsock_peer_cfg.h"
#include "extsock_child_cfg.h"
#include "extsock_compat.h"

/**
 * Join a list of addresses with commas, as charon wants them.
 *
 * @param config		connection
 * @param list			list of addresses
 * @return				allocated string, "%any" if the list is empty
 */
static char *join(const segw_config_t *config, const segw_text_list_t *list)
{
	size_t len = sizeof("%any");
	char *joined;
	uint32_t i;

	for (i = 0; i < list->len; i++)
	{
		len += list->items[i].len + 1;
	}
	joined = malloc(len);
	strcpy(joined, list->len ? "" : "%any");
	for (i = 0; i < list->len; i++)
	{
		if (i)
		{
			strcat(joined, ",");
		}
		strcat(joined, extsock_get_text(config, list->items[i]));
	}
	return joined;
}

/**
 * Add the IKE proposals, charon's defaults if none are configured.
 *
 * @param config		connection
 * @param ike_cfg		config to add the proposals to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_ike_proposals(const segw_config_t *config, ike_cfg_t *ike_cfg,
							  extsock_refusal_t *refusal)
{
	proposal_t *proposal;
	uint32_t i;

	if (!config->proposals.len)
	{
		ike_cfg->add_proposal(ike_cfg, proposal_create_default(PROTO_IKE));
		ike_cfg->add_proposal(ike_cfg, proposal_create_default_aead(PROTO_IKE));
	}
	for (i = 0; i < config->proposals.len; i++)
	{
		proposal = proposal_create_from_string(PROTO_IKE,
						extsock_get_text(config, config->proposals.items[i]));
		if (!proposal)
		{
			return extsock_refuse(refusal, "charon does not know this proposal",
								  "ike_cfg.proposals[%u]", i);
		}
		ike_cfg->add_proposal(ike_cfg, proposal);
	}
	return TRUE;
}

/**
 * Build the IKE config, with all SEGWs as remote addresses.
 *
 * @param config		connection
 * @param refusal		receives the reason
 * @return				IKE config, NULL if refused
 */
static ike_cfg_t *build_ike_cfg(const segw_config_t *config,
								extsock_refusal_t *refusal)
{
	ike_cfg_create_t data = {
		.version = config->version,
		.local = join(config, &config->local_addrs),
		.local_port = config->local_port,
		.remote = join(config, &config->remote_addrs),
		.remote_port = config->remote_port,
		.force_encap = config->encap,
		.fragmentation = FRAGMENTATION_YES,
		.childless = CHILDLESS_ALLOW,
		.dscp = config->dscp,
	};
	ike_cfg_t *ike_cfg;

	if (data.local_port == IKEV2_UDP_PORT)
	{	/* the default means charon's port, which can be configured */
		data.local_port = charon->socket->get_port(charon->socket, FALSE);
	}
	ike_cfg = ike_cfg_create(&data);
	free(data.local);
	free(data.remote);

	if (!add_ike_proposals(config, ike_cfg, refusal))
	{
		ike_cfg->destroy(ike_cfg);
		return NULL;
	}
	return ike_cfg;
}

/**
 * Parse an identity.
 *
 * Charon takes anything for an identity: what looks like a distinguished name
 * but is none silently becomes a key ID, which no peer would ever match.
 *
 * @param text			identity, NULL if absent
 * @return				identity, NULL if malformed
 */
static identification_t *parse_identity(char *text)
{
	identification_t *id;

	id = identification_create_from_string(text ?: "%any");
	if (text && id->get_type(id) == ID_KEY_ID && strchr(text, '=') &&
		text[0] != '@' && !strcasepfx(text, "keyid:"))
	{
		id->destroy(id);
		return NULL;
	}
	return id;
}

/**
 * Add an authentication round to the peer config.
 *
 * @param config		connection
 * @param peer_cfg		config to add the round to
 * @param local			TRUE for the local round
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_auth(const segw_config_t *config, peer_cfg_t *peer_cfg,
					 bool local, extsock_refusal_t *refusal)
{
	const segw_auth_t *auth;
	identification_t *id;
	auth_cfg_t *cfg;
	char *section, *text;

	section = local ? "local_auth" : "remote_auth";
	auth = local ? &config->local_auth : &config->remote_auth;
	if (auth->method != SEGW_AUTH_PSK)
	{
		return extsock_refuse(refusal, "this method is not supported",
							  "%s.auth", section);
	}
	text = extsock_get_text(config, auth->id);
	id = parse_identity(text);
	if (!id)
	{
		return extsock_refuse(refusal, "not a valid identity",
							  "%s.id", section);
	}
	if (local && text && id->contains_wildcards(id))
	{
		id->destroy(id);
		return extsock_refuse(refusal, "our own identity can't be a wildcard",
							  "%s.id", section);
	}
	cfg = auth_cfg_create();
	cfg->add(cfg, AUTH_RULE_AUTH_CLASS, AUTH_CLASS_PSK);
	if (local && !text)
	{	/* charon identifies itself with its address */
		id->destroy(id);
	}
	else
	{
		cfg->add(cfg, AUTH_RULE_IDENTITY, id);
	}
	peer_cfg->add_auth_cfg(peer_cfg, cfg, local);
	return TRUE;
}

/**
 * Add the virtual IPs to request.
 *
 * @param config		connection
 * @param peer_cfg		config to add the virtual IPs to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_vips(const segw_config_t *config, peer_cfg_t *peer_cfg,
					 extsock_refusal_t *refusal)
{
	host_t *host;
	uint32_t i;

	for (i = 0; i < config->vips.len; i++)
	{
		host = host_create_from_string(
						extsock_get_text(config, config->vips.items[i]), 0);
		if (!host)
		{
			return extsock_refuse(refusal, "not a valid address",
								  "vips[%u]", i);
		}
		peer_cfg->add_virtual_ip(peer_cfg, host);
	}
	return TRUE;
}

/**
 * Map the uniqueness policy.
 *
 * @param unique		libsegw's value
 * @return				charon's value
 */
static unique_policy_t map_unique(uint32_t unique)
{
	switch (unique)
	{
		case SEGW_UNIQUE_NEVER:
			return UNIQUE_NEVER;
		case SEGW_UNIQUE_REPLACE:
			return UNIQUE_REPLACE;
		case SEGW_UNIQUE_KEEP:
			return UNIQUE_KEEP;
		default:
			return UNIQUE_NO;
	}
}

/*
 * Described in header
 */
peer_cfg_t *extsock_peer_cfg_create(const segw_config_t *config,
									extsock_refusal_t *refusal)
{
	peer_cfg_create_t data = {
		.cert_policy = CERT_SEND_IF_ASKED,
		.unique = map_unique(config->unique),
		/* one attempt per IKE_SA, retries are the failover manager's */
		.keyingtries = 1,
		.rekey_time = config->rekey_time_s,
		.reauth_time = config->reauth_time_s,
		.jitter_time = config->jitter_time_s,
		.over_time = config->over_time_s,
		.dpd = config->dpd_delay_s,
		.dpd_timeout = config->dpd_timeout_s,
	};
	child_cfg_t *child_cfg;
	peer_cfg_t *peer_cfg;
	ike_cfg_t *ike_cfg;
	uint32_t i;
	bool accepted;

	ike_cfg = build_ike_cfg(config, refusal);
	if (!ike_cfg)
	{
		return NULL;
	}
	extsock_set_mobike(&data, config->mobike);
	peer_cfg = peer_cfg_create(extsock_get_text(config, config->name), ike_cfg,
							   &data);

	accepted = add_auth(config, peer_cfg, TRUE, refusal) &&
			   add_auth(config, peer_cfg, FALSE, refusal) &&
			   add_vips(config, peer_cfg, refusal);
	for (i = 0; accepted && i < config->children_len; i++)
	{
		child_cfg = extsock_child_cfg_create(config, i, refusal);
		accepted = child_cfg != NULL;
		if (accepted)
		{
			peer_cfg->add_child_cfg(peer_cfg, child_cfg);
		}
	}
	if (!accepted)
	{
		peer_cfg->destroy(peer_cfg);
		return NULL;
	}
	return peer_cfg;
}
