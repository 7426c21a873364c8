/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "takeover.h"
#include "dns.h"
#include "ike_sa.h"
#include "log_group.h"

/**
 * Replace the name of a SEGW by the address that an IKE_SA has got.
 *
 * Charon gives a replacement the hosts of its predecessor before it calls the
 * hooks. So this is where a rekeyed IKE_SA is, and where a reauthenticated one
 * goes; after a loss it is what charon falls back to, and libsegw is the one to
 * dial the name's other addresses. With the name charon would resolve it on the
 * way, holding the IKE_SA all the time, and could end up somewhere else. An
 * address given in the configuration stays as it is, and so does the name if
 * there is no host yet: that is a redirect, which charon remembers by itself.
 *
 * @param ike_sa		IKE_SA
 * @param segw			address or name of its SEGW, changed if it is a name
 * @param cap			size of segw
 */
static void pin(ike_sa_t *ike_sa, char *segw, size_t cap)
{
	host_t *other = ike_sa->get_other_host(ike_sa);

	if (!other->is_anyaddr(other) && extsock_dns_is_name(segw))
	{
		snprintf(segw, cap, "%H", other);
	}
}

/**
 * Give a successor the configuration as it is now: the identity of the SEGW it
 * moves on to, the certificate that has replaced the old IKE_SA's.
 *
 * @param ike_sa		IKE_SA replacing another
 * @param failover		failover manager to ask
 * @param address		address or name of the SEGW
 */
static void identify(ike_sa_t *ike_sa, extsock_failover_manager_t *failover,
					 const char *address)
{
	peer_cfg_t *peer_cfg;

	peer_cfg = failover->get_peer_cfg(failover, ike_sa->get_name(ike_sa),
									  address);
	if (peer_cfg)
	{
		ike_sa->set_peer_cfg(ike_sa, peer_cfg);
		peer_cfg->destroy(peer_cfg);
	}
}

/*
 * Described in header
 */
void extsock_takeover_place(ike_sa_t *ike_sa,
							extsock_failover_manager_t *failover,
							const char *from)
{
	char address[SEGW_ADDR_CAP];
	ike_cfg_t *ike_cfg;

	if (!ike_sa->get_ike_cfg(ike_sa) ||
		!failover->get_address(failover, ike_sa->get_unique_id(ike_sa),
							   address, sizeof(address)))
	{
		return;
	}
	if (from)
	{
		identify(ike_sa, failover, address);
	}
	if (!from || streq(from, address))
	{
		pin(ike_sa, address, sizeof(address));
	}
	/* from where its predecessor was: of several local addresses charon takes
	 * the first one, which this host may not have */
	ike_cfg = extsock_ike_cfg_at(ike_sa->get_ike_cfg(ike_sa), address,
								 ike_sa->get_my_host(ike_sa));
	ike_sa->set_ike_cfg(ike_sa, ike_cfg);
	ike_cfg->destroy(ike_cfg);
}

/*
 * Described in header
 */
void extsock_takeover_refuse(ike_sa_t *ike_sa)
{
	host_t *other = ike_sa->get_other_host(ike_sa);
	ike_cfg_t *ike_cfg;

	if (!ike_sa->get_ike_cfg(ike_sa))
	{
		return;
	}
	DBG1(DBG_EXTSOCK, "charon's own dial of connection '%s' is not wanted",
		 ike_sa->get_name(ike_sa));
	ike_cfg = extsock_ike_cfg_at(ike_sa->get_ike_cfg(ike_sa), "%any", NULL);
	ike_sa->set_ike_cfg(ike_sa, ike_cfg);
	ike_cfg->destroy(ike_cfg);
	ike_sa->set_other_host(ike_sa,
						   host_create_any(other->get_family(other)));
}
