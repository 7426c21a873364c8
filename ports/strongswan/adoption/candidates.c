/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "candidates.h"
#include "compat.h"

#include <segw.h>

/**
 * Check if a connection is one that a client applied.
 *
 * @param backend		our own backend
 * @param name			name of the connection
 * @return				TRUE if our own backend has it
 */
static bool is_applied(extsock_backend_t *backend, char *name)
{
	peer_cfg_t *found;

	found = backend->backend.get_peer_cfg_by_name(&backend->backend, name);
	if (!found)
	{
		return FALSE;
	}
	found->destroy(found);
	return TRUE;
}

/**
 * Check if a connection is one that libsegw can guard.
 *
 * @param peer_cfg		connection
 * @return				TRUE if it is
 */
static bool is_guardable(peer_cfg_t *peer_cfg)
{
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);

	return peer_cfg->get_ike_version(peer_cfg) != IKEV1 &&
		   strlen(peer_cfg->get_name(peer_cfg)) < SEGW_NAME_CAP &&
		   strchr(ike_cfg->get_other_addr(ike_cfg), ',');
}

/*
 * Described in header
 */
linked_list_t *extsock_candidates_get(extsock_backend_t *backend)
{
	enumerator_t *enumerator;
	linked_list_t *configs;
	peer_cfg_t *peer_cfg;

	/* the enumerator holds locks of charon's: copied first, asked about then */
	configs = linked_list_create();
	enumerator = charon->backends->create_peer_cfg_enumerator(charon->backends,
											NULL, NULL, NULL, NULL, IKE_ANY);
	while (enumerator->enumerate(enumerator, &peer_cfg))
	{
		if (is_guardable(peer_cfg))
		{
			configs->insert_last(configs, peer_cfg->get_ref(peer_cfg));
		}
	}
	enumerator->destroy(enumerator);

	enumerator = configs->create_enumerator(configs);
	while (enumerator->enumerate(enumerator, &peer_cfg))
	{
		if (is_applied(backend, peer_cfg->get_name(peer_cfg)))
		{
			configs->remove_at(configs, enumerator);
			peer_cfg->destroy(peer_cfg);
		}
	}
	enumerator->destroy(enumerator);
	return configs;
}
