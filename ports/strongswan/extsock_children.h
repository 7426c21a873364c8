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
