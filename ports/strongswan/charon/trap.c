/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "trap.h"
#include "children.h"
#include "resolve.h"

#include <daemon.h>
#include <threading/thread.h>

/**
 * Check if a peer config has a child to trap.
 *
 * @param peer_cfg		peer config
 * @param name			name of the child, NULL for any
 * @return				TRUE if it has
 */
static bool has_trap(peer_cfg_t *peer_cfg, char *name)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool found = FALSE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (!found && enumerator->enumerate(enumerator, &child_cfg))
	{
		found = extsock_children_get_start_action(child_cfg) & ACTION_TRAP &&
				(!name || streq(name, child_cfg->get_name(child_cfg)));
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
bool extsock_trap_exists(peer_cfg_t *peer_cfg)
{
	return has_trap(peer_cfg, NULL);
}

/*
 * Described in header
 */
void extsock_trap_uninstall(peer_cfg_t *old, peer_cfg_t *new,
							refcount_t *stopped)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool cancelable;
	char *name;

	enumerator = old->create_child_cfg_enumerator(old);
	/* once charon has removed all traps itself, its uninstall() never returns */
	while (enumerator->enumerate(enumerator, &child_cfg) && !ref_cur(stopped))
	{
		name = child_cfg->get_name(child_cfg);
		if (extsock_children_get_start_action(child_cfg) & ACTION_TRAP &&
			(!new || !has_trap(new, name)))
		{
			DBG1(DBG_CFG, "uninstalling '%s'", name);
			/* if charon removes all of them just now it has to be canceled */
			cancelable = thread_cancelability(TRUE);
			charon->traps->uninstall(charon->traps, old->get_name(old), name);
			thread_cancelability(cancelable);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
bool extsock_trap_install(peer_cfg_t *peer_cfg, refcount_t *stopped)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool complete = TRUE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	thread_cleanup_push((void*)enumerator->destroy, enumerator);
	while (enumerator->enumerate(enumerator, &child_cfg) && !ref_cur(stopped))
	{
		if (extsock_children_get_start_action(child_cfg) & ACTION_TRAP)
		{
			DBG1(DBG_CFG, "installing '%s'", child_cfg->get_name(child_cfg));
			if (!charon->traps->install(charon->traps, peer_cfg, child_cfg))
			{
				DBG1(DBG_CFG, "installing '%s' failed, traffic does not dial "
					 "connection '%s' yet",
					 child_cfg->get_name(child_cfg),
					 peer_cfg->get_name(peer_cfg));
				complete = FALSE;
			}
		}
	}
	thread_cleanup_pop(TRUE);
	return complete;
}

/*
 * Described in header
 */
bool extsock_trap_is_named(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	ike_cfg_t *ike_cfg;
	bool named = FALSE;
	char *address;

	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	enumerator = enumerator_create_token(ike_cfg->get_other_addr(ike_cfg), ",",
										 " ");
	while (!named && enumerator->enumerate(enumerator, &address))
	{
		named = extsock_resolve_is_name(address);
	}
	enumerator->destroy(enumerator);
	return named;
}
