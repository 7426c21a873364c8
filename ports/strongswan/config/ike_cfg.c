/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_cfg.h"
#include "compat.h"

#include <sa/keymat.h>

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
 * Map the fragmentation policy.
 *
 * @param fragmentation	libsegw's value
 * @return				charon's value
 */
static fragmentation_t map_fragmentation(uint32_t fragmentation)
{
	switch (fragmentation)
	{
		case SEGW_FRAGMENTATION_NO:
			return FRAGMENTATION_NO;
		case SEGW_FRAGMENTATION_ACCEPT:
			return FRAGMENTATION_ACCEPT;
		case SEGW_FRAGMENTATION_FORCE:
			return FRAGMENTATION_FORCE;
		default:
			return FRAGMENTATION_YES;
	}
}

/**
 * Map the policy for childless IKE_SAs.
 *
 * @param config		connection
 * @param childless		receives charon's value
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool map_childless(const segw_config_t *config, childless_t *childless,
						  extsock_refusal_t *refusal)
{
	if (config->version == 1 && config->childless != SEGW_CHILDLESS_ALLOW)
	{
		return extsock_refuse(refusal, "childless IKE_SAs are of IKEv2",
							  "ike_cfg.childless");
	}
	switch (config->childless)
	{
		case SEGW_CHILDLESS_PREFER:
			return extsock_get_childless_prefer(childless) ||
				   extsock_refuse(refusal, "charon knows it since 5.9.10",
								  "ike_cfg.childless");
		case SEGW_CHILDLESS_FORCE:
			*childless = CHILDLESS_FORCE;
			return TRUE;
		case SEGW_CHILDLESS_NEVER:
			*childless = CHILDLESS_NEVER;
			return TRUE;
		default:
			*childless = CHILDLESS_ALLOW;
			return TRUE;
	}
}

/**
 * Check if charon was built with a version of IKE.
 *
 * @param version		version
 * @return				TRUE if it was
 */
static bool has_version(ike_version_t version)
{
	keymat_t *keymat;

	/* charon's own config.h is unknown at build time */
	keymat = keymat_create(version, TRUE);
	DESTROY_IF(keymat);
	return keymat != NULL;
}

/**
 * Check what depends on the version of IKE, and on charon's build.
 *
 * @param config		connection
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool check_version(const segw_config_t *config,
						  extsock_refusal_t *refusal)
{
	if (!has_version(config->version))
	{
		return extsock_refuse(refusal, config->version == 1 ?
							  "charon was built without IKEv1" :
							  "charon was built without IKEv2",
							  "ike_cfg.version");
	}
	if (config->version == 2 &&
		config->fragmentation == SEGW_FRAGMENTATION_FORCE)
	{
		return extsock_refuse(refusal, "without the peer's support messages "
							  "are fragmented with IKEv1 only",
							  "ike_cfg.fragmentation");
	}
	return TRUE;
}

/**
 * Get the local port, if charon can send from it.
 *
 * @param config		connection
 * @param port			receives the port
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool get_local_port(const segw_config_t *config, uint16_t *port,
						   extsock_refusal_t *refusal)
{
	uint16_t ike, natt;

	ike = charon->socket->get_port(charon->socket, FALSE);
	natt = charon->socket->get_port(charon->socket, TRUE);
	*port = config->local_port;
	if (*port == IKEV2_UDP_PORT)
	{	/* the default means charon's port, which can be configured */
		*port = ike;
	}
	/* 0: the socket plugin takes any */
	return !ike || *port == ike || *port == natt ||
		   extsock_refuse(refusal, "charon does not listen on this port",
						  "ike_cfg.local_port");
}

/*
 * Described in header
 */
ike_cfg_t *extsock_ike_cfg_create(const segw_config_t *config,
								  extsock_refusal_t *refusal)
{
	ike_cfg_create_t data = {
		.version = config->version,
		.remote_port = config->remote_port,
		.no_certreq = !config->send_certreq,
		.force_encap = config->encap,
		.fragmentation = map_fragmentation(config->fragmentation),
		.dscp = config->dscp,
	};
	ike_cfg_t *ike_cfg;

	if (!check_version(config, refusal) ||
		!map_childless(config, &data.childless, refusal) ||
		!get_local_port(config, &data.local_port, refusal))
	{
		return NULL;
	}
	data.local = join(config, &config->local_addrs);
	data.remote = join(config, &config->remote_addrs);
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
