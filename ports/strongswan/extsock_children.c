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

#include "extsock_children.h"
#include "extsock_child_cfg.h"

/**
 * Check if a child is one that IKE negotiates; charon's configuration may also
 * have shunts.
 *
 * @param child_cfg		child
 * @return				TRUE if it is negotiated
 */
static bool is_negotiated(child_cfg_t *child_cfg)
{
	ipsec_mode_t mode = child_cfg->get_mode(child_cfg);

	return mode != MODE_PASS && mode != MODE_DROP;
}

/*
 * Described in header
 */
array_t *extsock_children_get(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	array_t *children;
	bool all;

	children = array_create(0, 0);
	for (all = FALSE; !array_count(children); all = TRUE)
	{
		enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
		while (enumerator->enumerate(enumerator, &child_cfg))
		{
			if (is_negotiated(child_cfg) &&
				(all ||
				 extsock_child_cfg_get_start_action(child_cfg) & ACTION_START))
			{
				array_insert(children, ARRAY_TAIL,
							 child_cfg->get_ref(child_cfg));
			}
		}
		enumerator->destroy(enumerator);
		if (all)
		{
			break;
		}
	}
	return children;
}

/*
 * Described in header
 */
u_int extsock_children_count(peer_cfg_t *peer_cfg)
{
	child_cfg_t *child_cfg;
	array_t *children;
	u_int count;

	children = extsock_children_get(peer_cfg);
	count = array_count(children);
	while (array_remove(children, ARRAY_HEAD, &child_cfg))
	{
		child_cfg->destroy(child_cfg);
	}
	array_destroy(children);
	return count;
}
