/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_liveness extsock_liveness
 * @{ @ingroup extsock
 *
 * Signs of life of an IKE_SA's peer.
 */

#ifndef EXTSOCK_LIVENESS_H_
#define EXTSOCK_LIVENESS_H_

#include "registry.h"

/**
 * Ask for one now, if the IKE_SA is established.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if that ended it
 */
status_t extsock_liveness_probe(ike_sa_t *ike_sa);

/**
 * Count the packets that came in through the CHILD_SAs of an IKE_SA, and check
 * if any could go out. Waits for the IKE_SA if it is checked out, asks the
 * kernel: not for bus hooks.
 *
 * @param registry		finds the IKE_SA
 * @param unique_id		unique ID of the IKE_SA
 * @param packets		receives the number
 * @param route			receives TRUE if there is a route to the peer
 * @return				FALSE if there is no such IKE_SA
 */
bool extsock_liveness_measure(extsock_registry_t *registry, uint32_t unique_id,
							  uint64_t *packets, bool *route);

#endif /** EXTSOCK_LIVENESS_H_ @}*/
