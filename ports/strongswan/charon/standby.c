/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "compat.h"
#include "standby.h"

/**
 * Added to the time that an IKE_SA may be over the time for its rekeying, in
 * seconds. Charon takes two peer configs for the same if all times are equal.
 */
#define OTHER_OVER_TIME 1

/**
 * Copy the authentication rounds of one side.
 *
 * @param from			peer config to copy from
 * @param to			peer config to copy to
 * @param local			TRUE for our side
 */
static void copy_auth(peer_cfg_t *from, peer_cfg_t *to, bool local)
{
	enumerator_t *enumerator;
	auth_cfg_t *auth_cfg;

	enumerator = from->create_auth_cfg_enumerator(from, local);
	while (enumerator->enumerate(enumerator, &auth_cfg))
	{
		to->add_auth_cfg(to, auth_cfg->clone(auth_cfg), local);
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
peer_cfg_t *extsock_standby_create_cfg(peer_cfg_t *peer_cfg)
{
	identification_t *ppk_id = peer_cfg->get_ppk_id(peer_cfg);
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	peer_cfg_create_t data = {
		.cert_policy = peer_cfg->get_cert_policy(peer_cfg),
		.unique = UNIQUE_NEVER,
		.keyingtries = 1,
		/* these are random from now on */
		.rekey_time = peer_cfg->get_rekey_time(peer_cfg, TRUE),
		.reauth_time = peer_cfg->get_reauth_time(peer_cfg, TRUE),
		.over_time = peer_cfg->get_over_time(peer_cfg) + OTHER_OVER_TIME,
		.dpd = peer_cfg->get_dpd(peer_cfg),
		.dpd_timeout = peer_cfg->get_dpd_timeout(peer_cfg),
		.if_id_in = peer_cfg->get_if_id(peer_cfg, TRUE),
		.if_id_out = peer_cfg->get_if_id(peer_cfg, FALSE),
		.ppk_id = ppk_id ? ppk_id->clone(ppk_id) : NULL,
	};
	enumerator_t *enumerator;
	peer_cfg_t *standby;
	host_t *vip;

	extsock_copy_options(&data, peer_cfg);
	standby = peer_cfg_create(peer_cfg->get_name(peer_cfg),
							  ike_cfg->get_ref(ike_cfg), &data);
	copy_auth(peer_cfg, standby, TRUE);
	copy_auth(peer_cfg, standby, FALSE);
	/* an address is assigned in IKE_AUTH, or not at all */
	enumerator = peer_cfg->create_virtual_ip_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &vip))
	{
		standby->add_virtual_ip(standby, vip->clone(vip));
	}
	enumerator->destroy(enumerator);
	return standby;
}

/*
 * Described in header
 */
void extsock_standby_set_cfg(ike_sa_t *ike_sa, peer_cfg_t *peer_cfg)
{
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);

	/* it is replaced by that of the connection, with the whole list */
	ike_cfg->get_ref(ike_cfg);
	ike_sa->set_peer_cfg(ike_sa, peer_cfg);
	ike_sa->set_ike_cfg(ike_sa, ike_cfg);
	ike_cfg->destroy(ike_cfg);
}
