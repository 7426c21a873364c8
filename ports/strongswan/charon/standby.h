/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_standby extsock_standby
 * @{ @ingroup extsock
 *
 * Peer configs of warm standbys.
 */

#ifndef EXTSOCK_STANDBY_H_
#define EXTSOCK_STANDBY_H_

#include <sa/ike_sa.h>

/**
 * Create the peer config that an IKE_SA has while it is a standby: that of its
 * connection, but without children, and not equal to it in charon's eyes. Charon
 * looks for an IKE_SA to set up a child with by its peer config (a trap,
 * swanctl --initiate): it has to find the one that carries the traffic. And the
 * SEGW is not told that this is our first IKE_SA (INITIAL_CONTACT), it could end
 * the other one.
 *
 * @param peer_cfg		connection
 * @return				peer config of the same name
 */
peer_cfg_t *extsock_standby_create_cfg(peer_cfg_t *peer_cfg);

/**
 * Give the IKE_SA of a standby the peer config of its connection. The address it
 * has been dialled at stays.
 *
 * @param ike_sa		checked out IKE_SA
 * @param peer_cfg		connection
 */
void extsock_standby_set_cfg(ike_sa_t *ike_sa, peer_cfg_t *peer_cfg);

#endif /** EXTSOCK_STANDBY_H_ @}*/
