/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_trap extsock_trap
 * @{ @ingroup extsock
 *
 * The traps of one peer config, in charon.
 */

#ifndef EXTSOCK_TRAP_H_
#define EXTSOCK_TRAP_H_

#include <config/peer_cfg.h>

/**
 * Check if a peer config has a child to trap.
 *
 * @param peer_cfg		peer config
 * @return				TRUE if it has
 */
bool extsock_trap_exists(peer_cfg_t *peer_cfg);

/**
 * Check if charon has to resolve a name to install the traps.
 *
 * @param peer_cfg		peer config
 * @return				TRUE if any of its SEGWs is given by name
 */
bool extsock_trap_is_named(peer_cfg_t *peer_cfg);

/**
 * Install the traps of a peer config, in place of those of the same name.
 *
 * The thread may wait for a name server, and be canceled there.
 *
 * @param peer_cfg		peer config
 * @param stopped		not 0 once no more is to be installed
 * @return				FALSE if any could not be installed
 */
bool extsock_trap_install(peer_cfg_t *peer_cfg, refcount_t *stopped);

/**
 * Remove the traps of a peer config that another does not have.
 *
 * @param old			peer config whose traps are installed
 * @param new			peer config to be installed, NULL if none
 * @param stopped		not 0 once no more is to be removed
 */
void extsock_trap_uninstall(peer_cfg_t *old, peer_cfg_t *new,
							refcount_t *stopped);

#endif /** EXTSOCK_TRAP_H_ @}*/
