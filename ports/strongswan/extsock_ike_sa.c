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

#include "extsock_ike_sa.h"
#include "extsock_children.h"
#include "extsock_compat.h"
#include "extsock_ike_cfg.h"

#include <collections/array.h>

#include <segw.h>

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
void extsock_ike_sa_use(uint32_t unique_id, status_t (*act)(ike_sa_t *ike_sa))
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout_by_id(manager, unique_id);
	if (!ike_sa)
	{
		return;
	}
	if (ike_sa->get_state(ike_sa) == IKE_ESTABLISHED &&
		act(ike_sa) == DESTROY_ME)
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	else
	{
		manager->checkin(manager, ike_sa);
	}
}

/*
 * Described in header
 */
void extsock_ike_sa_complete(uint32_t unique_id)
{
	extsock_ike_sa_use(unique_id, extsock_ike_sa_initiate);
}
