/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_cfg.h"
#include "compat.h"
#include "route.h"

#include <sa/keymat.h>

/**
 * Join a list of addresses with commas, as charon wants them.
 *
 * @param draft			connection
 * @param list			list of addresses
 * @return				allocated string, "%any" if the list is empty
 */
static char *join(extsock_draft_t *draft, const segw_text_list_t *list)
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
		strcat(joined, extsock_get_text(draft, list->items[i]));
	}
	return joined;
}

/**
 * Add a proposal, as far as charon can use it.
 *
 * @param draft			connection
 * @param proposal		proposal, adopted
 * @param ike_cfg		config to add it to
 * @param lack			buffer of EXTSOCK_LACK_CAP bytes, receives what is
 *						lacking; empty if nothing is
 * @return				FALSE if charon can not use it
 */
static bool add_usable(extsock_draft_t *draft, proposal_t *proposal,
					   ike_cfg_t *ike_cfg, char *lack)
{
	proposal = extsock_lack_strip(proposal, draft->config->version == 2, lack);
	ike_cfg->add_proposal(ike_cfg, proposal);
	return proposal != NULL;
}

/**
 * Add charon's default proposals, those of what it has.
 *
 * @param draft			connection
 * @param ike_cfg		config to add the proposals to
 * @param lack			buffer of EXTSOCK_LACK_CAP bytes, receives what is
 *						lacking if it can use none
 * @return				FALSE if so
 */
static bool add_defaults(extsock_draft_t *draft, ike_cfg_t *ike_cfg, char *lack)
{
	char other[EXTSOCK_LACK_CAP];
	bool aead, traditional;

	traditional = add_usable(draft, proposal_create_default(PROTO_IKE),
							 ike_cfg, lack);
	aead = add_usable(draft, proposal_create_default_aead(PROTO_IKE), ike_cfg,
					  other);
	if (traditional || aead)
	{
		*lack = '\0';
	}
	return traditional || aead;
}

/**
 * Add the IKE proposals, charon's defaults if none are configured.
 *
 * @param draft			connection
 * @param ike_cfg		config to add the proposals to
 * @return				FALSE if refused
 */
static bool add_ike_proposals(extsock_draft_t *draft, ike_cfg_t *ike_cfg)
{
	const segw_config_t *config = draft->config;
	char lack[EXTSOCK_LACK_CAP] = "";
	proposal_t *proposal;
	uint32_t i, first = UINT32_MAX;
	bool usable = FALSE;
	char *text;

	if (!config->proposals.len)
	{
		return add_defaults(draft, ike_cfg, draft->text) ||
			   extsock_refuse(draft, draft->text, "ike_cfg");
	}
	for (i = 0; i < config->proposals.len; i++)
	{
		text = extsock_get_text(draft, config->proposals.items[i]);
		if (streq(text, "default"))
		{
			usable |= add_defaults(draft, ike_cfg, lack);
		}
		else
		{
			proposal = proposal_create_from_string(PROTO_IKE, text);
			if (!proposal)
			{
				return extsock_refuse(draft, "charon does not know this "
									  "proposal; one is like aes256-sha256-"
									  "modp2048, with a group and without !",
									  "ike_cfg.proposals[%u]", i);
			}
			usable |= add_usable(draft, proposal, ike_cfg, lack);
		}
		if (*lack)
		{
			extsock_note_lack(draft, lack, "ike_cfg.proposals[%u] left out", i);
			if (first == UINT32_MAX)
			{
				first = i;
				strcpy(draft->text, lack);
			}
		}
	}
	return usable || extsock_refuse(draft, draft->text, "ike_cfg.proposals[%u]",
									first);
}

/**
 * Charon's values of libsegw's fragmentation policies
 */
static const fragmentation_t fragmentations[] = {
	[SEGW_FRAGMENTATION_NO] = FRAGMENTATION_NO,
	[SEGW_FRAGMENTATION_ACCEPT] = FRAGMENTATION_ACCEPT,
	[SEGW_FRAGMENTATION_YES] = FRAGMENTATION_YES,
	[SEGW_FRAGMENTATION_FORCE] = FRAGMENTATION_FORCE,
};

/**
 * Map the policy for childless IKE_SAs.
 *
 * @param draft			connection
 * @param childless		receives charon's value
 * @return				FALSE if refused
 */
static bool map_childless(extsock_draft_t *draft, childless_t *childless)
{
	const segw_config_t *config = draft->config;
	if (config->version == 1 && config->childless != SEGW_CHILDLESS_ALLOW)
	{
		return extsock_refuse(draft, "childless IKE_SAs are of IKEv2",
							  "ike_cfg.childless");
	}
	switch (config->childless)
	{
		case SEGW_CHILDLESS_PREFER:
			return extsock_get_childless_prefer(childless) ||
				   extsock_refuse(draft, "charon knows it since 5.9.10",
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
 * @param draft			connection
 * @return				FALSE if refused
 */
static bool check_version(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	if (!has_version(config->version))
	{
		return extsock_refuse(draft, config->version == 1 ?
							  "charon was built without IKEv1" :
							  "charon was built without IKEv2",
							  "ike_cfg.version");
	}
	if (config->version == 2 && !config->pull)
	{
		return extsock_refuse(draft, "pushing addresses is of IKEv1", "pull");
	}
	if (config->version == 2 &&
		config->fragmentation == SEGW_FRAGMENTATION_FORCE)
	{
		return extsock_refuse(draft, "without the peer's support messages "
							  "are fragmented with IKEv1 only",
							  "ike_cfg.fragmentation");
	}
	return TRUE;
}

/**
 * Get the local port, if charon can send from it.
 *
 * @param draft			connection
 * @param port			receives the port
 * @return				FALSE if refused
 */
static bool get_local_port(extsock_draft_t *draft, uint16_t *port)
{
	uint16_t ike, natt;

	ike = charon->socket->get_port(charon->socket, FALSE);
	natt = charon->socket->get_port(charon->socket, TRUE);
	*port = draft->config->local_port;
	if (*port == IKEV2_UDP_PORT)
	{	/* the default means charon's port, which can be configured */
		*port = ike;
	}
	/* 0: the socket plugin takes any */
	return !ike || *port == ike || *port == natt ||
		   extsock_refuse(draft, "charon does not listen on this port",
						  "ike_cfg.local_port");
}

/**
 * Check that no local address is the name of an interface.
 *
 * @param draft			connection
 * @return				FALSE if refused
 */
static bool check_local(extsock_draft_t *draft)
{
	const segw_text_list_t *list = &draft->config->local_addrs;
	uint32_t i;

	for (i = 0; i < list->len; i++)
	{
		if (extsock_route_is_interface(extsock_get_text(draft, list->items[i])))
		{
			return extsock_refuse(draft, "this is an interface; write an "
								  "address of it, or leave the key out",
								  "ike_cfg.local_addrs[%u]", i);
		}
	}
	return TRUE;
}

/*
 * Described in header
 */
ike_cfg_t *extsock_ike_cfg_create(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	ike_cfg_create_t data = {
		.version = config->version,
		.remote_port = config->remote_port,
		.no_certreq = !config->send_certreq,
		.force_encap = config->encap,
		.fragmentation = fragmentations[config->fragmentation],
		.dscp = config->dscp,
	};
	ike_cfg_t *ike_cfg;

	if (!check_version(draft) ||
		!check_local(draft) ||
		!map_childless(draft, &data.childless) ||
		!get_local_port(draft, &data.local_port))
	{
		return NULL;
	}
	data.local = join(draft, &config->local_addrs);
	data.remote = join(draft, &config->remote_addrs);
	ike_cfg = ike_cfg_create(&data);
	free(data.local);
	free(data.remote);

	if (!add_ike_proposals(draft, ike_cfg))
	{
		ike_cfg->destroy(ike_cfg);
		return NULL;
	}
	return ike_cfg;
}
