/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "builder.h"
#include "auth.h"
#include "child_cfg.h"
#include "compat.h"
#include "identity.h"
#include "ike_cfg.h"

/**
 * What the peer configs of a connection have in common
 */
typedef struct {
	/** IKE config */
	ike_cfg_t *ike_cfg;
	/** our authentication round */
	auth_cfg_t *local;
	/** the SEGWs' rounds, auth_cfg_t */
	array_t *remotes;
	/** children, child_cfg_t */
	array_t *children;
} parts_t;

/**
 * Charon's own comparison of peer configs, the same function for all of them.
 */
static bool (*charon_equals)(peer_cfg_t *this, peer_cfg_t *other);

/**
 * Compare peer configs of SEGWs with identities of their own.
 *
 * Charon looks for an IKE_SA to use by its peer config: without this, traffic
 * that hits a trap or an operator's initiate would not find the IKE_SA with
 * another SEGW, and dial a second one. Those of one connection, and only those,
 * share their IKE config.
 *
 * @param this			peer config
 * @param other			peer config to compare it with
 * @return				TRUE if they are of the same connection, or equal
 */
static bool equals_sibling(peer_cfg_t *this, peer_cfg_t *other)
{
	return this->get_ike_cfg(this) == other->get_ike_cfg(other) ||
		   charon_equals(this, other);
}

/**
 * Add the virtual IPs to request.
 *
 * @param draft			connection
 * @param peer_cfg		config to add the virtual IPs to
 * @return				FALSE if refused
 */
static bool add_vips(extsock_draft_t *draft, peer_cfg_t *peer_cfg)
{
	const segw_config_t *config = draft->config;
	host_t *host;
	uint32_t i;

	for (i = 0; i < config->vips.len; i++)
	{
		host = host_create_from_string(
						extsock_get_text(draft, config->vips.items[i]), 0);
		if (!host)
		{
			return extsock_refuse(draft, "not a valid address",
								  "vips[%u]", i);
		}
		peer_cfg->add_virtual_ip(peer_cfg, host);
	}
	return TRUE;
}

/**
 * Charon's values of libsegw's uniqueness policies
 */
static const unique_policy_t uniques[] = {
	[SEGW_UNIQUE_NO] = UNIQUE_NO,
	[SEGW_UNIQUE_NEVER] = UNIQUE_NEVER,
	[SEGW_UNIQUE_REPLACE] = UNIQUE_REPLACE,
	[SEGW_UNIQUE_KEEP] = UNIQUE_KEEP,
};

/**
 * Charon's values of libsegw's policies to send our certificate
 */
static const cert_policy_t send_certs[] = {
	[SEGW_SEND_CERT_IFASKED] = CERT_SEND_IF_ASKED,
	[SEGW_SEND_CERT_ALWAYS] = CERT_ALWAYS_SEND,
	[SEGW_SEND_CERT_NEVER] = CERT_NEVER_SEND,
};

/**
 * Build the peer config of a SEGW.
 *
 * @param draft			connection
 * @param parts			what it has in common with those of others
 * @param segw			index of the SEGW
 * @return				peer config, NULL if refused
 */
static peer_cfg_t *build(extsock_draft_t *draft, parts_t *parts, u_int segw)
{
	const segw_config_t *config = draft->config;
	peer_cfg_create_t data = {
		.cert_policy = send_certs[config->send_cert],
		.unique = uniques[config->unique],
		/* one attempt per IKE_SA, retries are the failover manager's */
		.keyingtries = 1,
		.rekey_time = config->rekey_time_s,
		.reauth_time = config->reauth_time_s,
		.jitter_time = config->jitter_time_s,
		.over_time = config->over_time_s,
		.dpd = config->dpd_delay_s,
		.dpd_timeout = config->dpd_timeout_s,
	};
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	peer_cfg_t *peer_cfg;
	auth_cfg_t *remote;

	if (!extsock_child_cfg_get_if_id(draft, config->if_id_in, &data.if_id_in,
									 "if_id_in") ||
		!extsock_child_cfg_get_if_id(draft, config->if_id_out, &data.if_id_out,
									 "if_id_out"))
	{
		return NULL;
	}
	if (config->ppk_id.len)
	{	/* checked with its key */
		data.ppk_id = identification_create_from_string(
									extsock_get_text(draft, config->ppk_id));
	}
	extsock_set_options(&data, config->mobike, config->aggressive,
						!config->pull, config->ppk_required);
	peer_cfg = peer_cfg_create(extsock_get_text(draft, config->name),
							   parts->ike_cfg->get_ref(parts->ike_cfg), &data);

	array_get(parts->remotes, segw, &remote);
	peer_cfg->add_auth_cfg(peer_cfg, parts->local->clone(parts->local), TRUE);
	peer_cfg->add_auth_cfg(peer_cfg, remote->clone(remote), FALSE);

	enumerator = array_create_enumerator(parts->children);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{
		peer_cfg->add_child_cfg(peer_cfg, child_cfg->get_ref(child_cfg));
	}
	enumerator->destroy(enumerator);

	if (!add_vips(draft, peer_cfg))
	{
		peer_cfg->destroy(peer_cfg);
		return NULL;
	}
	if (extsock_identity_count(draft) > 1)
	{
		charon_equals = peer_cfg->equals;
		peer_cfg->equals = equals_sibling;
	}
	return peer_cfg;
}

/**
 * Build the children.
 *
 * @param draft			connection
 * @param children		array to add them to
 * @return				FALSE if refused
 */
static bool build_children(extsock_draft_t *draft, array_t *children)
{
	child_cfg_t *child_cfg;
	uint32_t i;

	for (i = 0; i < draft->config->children_len; i++)
	{
		child_cfg = extsock_child_cfg_create(draft, i);
		if (!child_cfg)
		{
			return FALSE;
		}
		array_insert(children, ARRAY_TAIL, child_cfg);
	}
	return TRUE;
}

/**
 * Build the rounds of the SEGWs.
 *
 * @param draft			connection
 * @param remotes		array to add them to
 * @return				FALSE if refused
 */
static bool build_remotes(extsock_draft_t *draft, array_t *remotes)
{
	auth_cfg_t *common, *remote;
	bool accepted;
	u_int i;

	common = extsock_auth_create_remote(draft);
	accepted = common != NULL;
	for (i = 0; accepted && i < extsock_identity_count(draft); i++)
	{
		remote = common->clone(common);
		array_insert(remotes, ARRAY_TAIL, remote);
		accepted = extsock_auth_add_segw(draft, i, remote);
	}
	DESTROY_IF(common);
	return accepted;
}

/**
 * Build what the peer configs have in common.
 *
 * @param draft			connection
 * @param parts			receives the parts, those built also if refused
 * @return				FALSE if refused
 */
static bool build_parts(extsock_draft_t *draft, parts_t *parts)
{
	parts->ike_cfg = extsock_ike_cfg_create(draft);
	if (!parts->ike_cfg)
	{
		return FALSE;
	}
	if (!build_remotes(draft, parts->remotes))
	{
		return FALSE;
	}
	parts->local = extsock_auth_create_local(draft);
	if (!parts->local)
	{
		return FALSE;
	}
	return extsock_auth_add_psk(draft) && extsock_auth_add_ppk(draft) &&
		   build_children(draft, parts->children);
}

/*
 * Described in header
 */
array_t *extsock_builder_create_peer_cfgs(extsock_draft_t *draft)
{
	parts_t parts = {
		.children = array_create(0, 0),
		.remotes = array_create(0, 0),
	};
	peer_cfg_t *peer_cfg;
	array_t *configs;
	bool accepted;
	u_int i;

	configs = array_create(0, 0);
	accepted = build_parts(draft, &parts);
	for (i = 0; accepted && i < extsock_identity_count(draft); i++)
	{
		peer_cfg = build(draft, &parts, i);
		accepted = peer_cfg != NULL;
		if (accepted)
		{
			array_insert(configs, ARRAY_TAIL, peer_cfg);
		}
	}
	DESTROY_IF(parts.ike_cfg);
	DESTROY_IF(parts.local);
	array_destroy_offset(parts.remotes, offsetof(auth_cfg_t, destroy));
	array_destroy_offset(parts.children, offsetof(child_cfg_t, destroy));
	if (!accepted)
	{
		array_destroy_offset(configs, offsetof(peer_cfg_t, destroy));
		return NULL;
	}
	return configs;
}
