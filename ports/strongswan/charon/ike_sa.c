/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa.h"
#include "children.h"
#include "compat.h"

#include <collections/array.h>

#include <segw.h>

/*
 * Described in header
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address)
{
	ike_cfg_create_t data = {
		.version = ike_cfg->get_version(ike_cfg),
		.local = ike_cfg->get_my_addr(ike_cfg),
		.local_port = ike_cfg->get_my_port(ike_cfg),
		.remote = (char*)address,
		.remote_port = ike_cfg->get_other_port(ike_cfg),
		.no_certreq = !ike_cfg->send_certreq(ike_cfg),
		.force_encap = ike_cfg->force_encap(ike_cfg),
		.fragmentation = ike_cfg->fragmentation(ike_cfg),
		.childless = ike_cfg->childless(ike_cfg),
		.dscp = ike_cfg->get_dscp(ike_cfg),
	};
	linked_list_t *proposals;
	proposal_t *proposal;
	ike_cfg_t *clone;

	extsock_copy_ocsp_certreq(&data, ike_cfg);
	clone = ike_cfg_create(&data);
	proposals = extsock_get_proposals(ike_cfg);
	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		clone->add_proposal(clone, proposal);
	}
	proposals->destroy(proposals);
	return clone;
}

/*
 * Described in header
 */
ike_sa_t *extsock_ike_sa_create(peer_cfg_t *peer_cfg, host_t *host)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	char address[SEGW_ADDR_CAP];
	ike_cfg_t *ike_cfg;
	ike_sa_t *ike_sa;

	/* not checkout_by_config(): it waits for IKE_SAs other threads have checked
	 * out, perhaps for long, and may return the one that is to be replaced */
	ike_sa = manager->create_new(manager, peer_cfg->get_ike_version(peer_cfg),
								 TRUE);
	if (ike_sa)
	{
		snprintf(address, sizeof(address), "%H", host);
		ike_cfg = extsock_ike_cfg_at(peer_cfg->get_ike_cfg(peer_cfg), address);
		ike_sa->set_peer_cfg(ike_sa, peer_cfg);
		ike_sa->set_ike_cfg(ike_sa, ike_cfg);
		ike_cfg->destroy(ike_cfg);
		manager->checkout_new(manager, ike_sa);
		charon->bus->set_sa(charon->bus, ike_sa);
	}
	return ike_sa;
}

/**
 * Check if an IKE_SA has a CHILD_SA, or is about to replace it.
 *
 * @param ike_sa		checked out IKE_SA
 * @param name			name of the CHILD_SA
 * @return				TRUE if it has
 */
static bool has_child(ike_sa_t *ike_sa, char *name)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	bool found = FALSE;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!found && enumerator->enumerate(enumerator, &child_sa))
	{
		found = streq(child_sa->get_name(child_sa), name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_initiate(ike_sa_t *ike_sa)
{
	status_t status = SUCCESS;
	child_cfg_t *child_cfg;
	array_t *children;

	children = extsock_children_get(ike_sa->get_peer_cfg(ike_sa));
	if (!array_count(children))
	{
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	while (array_remove(children, ARRAY_HEAD, &child_cfg))
	{
		if (status == DESTROY_ME ||
			has_child(ike_sa, child_cfg->get_name(child_cfg)))
		{
			child_cfg->destroy(child_cfg);
			continue;
		}
		/* adopts the reference */
		status = ike_sa->initiate(ike_sa, child_cfg, NULL);
	}
	array_destroy(children);
	return status;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_complete(ike_sa_t *ike_sa)
{
	return ike_sa->get_state(ike_sa) == IKE_ESTABLISHED
				? extsock_ike_sa_initiate(ike_sa) : SUCCESS;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_terminate(ike_sa_t *ike_sa)
{
	/* forced: this sends the DELETE if it can be sent now and destroys the
	 * IKE_SA at once, also if it is half open or has an exchange outstanding */
	return ike_sa->delete(ike_sa, TRUE);
}
