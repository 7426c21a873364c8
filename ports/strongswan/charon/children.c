/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "children.h"

/*
 * Described in header
 */
action_t extsock_children_get_start_action(child_cfg_t *child_cfg)
{
	if (child_cfg->has_option(child_cfg, OPT_EXTSOCK_START))
	{
		return ACTION_START;
	}
	if (child_cfg->has_option(child_cfg, OPT_EXTSOCK_TRAP))
	{
		return ACTION_TRAP;
	}
	return child_cfg->get_start_action(child_cfg);
}

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
				 extsock_children_get_start_action(child_cfg) & ACTION_START))
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
