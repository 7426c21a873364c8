/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_children extsock_children
 * @{ @ingroup extsock
 *
 * Which CHILD_SAs of a connection are dialled.
 */

#ifndef EXTSOCK_CHILDREN_H_
#define EXTSOCK_CHILDREN_H_

#include <collections/array.h>
#include <config/peer_cfg.h>

/**
 * What starts a child, as options far from charon's own
 */
#define OPT_EXTSOCK_START (1 << 28)
#define OPT_EXTSOCK_TRAP (1 << 29)

/**
 * Get what starts a child, of a child config made by config/ or by charon.
 *
 * What config/ makes has no start action of charon's: at its start charon
 * would dial whatever a quick client has loaded by then, and so would we.
 *
 * @param child_cfg		child config
 * @return				start action
 */
action_t extsock_children_get_start_action(child_cfg_t *child_cfg);

/**
 * Get the children to initiate: those to start, or all if none is.
 *
 * The enumerator holds a lock of the peer config, initiate() is not called
 * under it.
 *
 * @param peer_cfg		connection
 * @return				array of child_cfg_t references
 */
array_t *extsock_children_get(peer_cfg_t *peer_cfg);

/**
 * Count the children to initiate.
 *
 * @param peer_cfg		connection
 * @return				length of the array above
 */
u_int extsock_children_count(peer_cfg_t *peer_cfg);

#endif /** EXTSOCK_CHILDREN_H_ @}*/
