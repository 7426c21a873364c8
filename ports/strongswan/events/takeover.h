/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_takeover extsock_takeover
 * @{ @ingroup extsock
 *
 * IKE_SAs that charon replaces others by, and the SEGW they go to.
 */

#ifndef EXTSOCK_TAKEOVER_H_
#define EXTSOCK_TAKEOVER_H_

#include "manager.h"

/**
 * Keep a successor on the SEGW libsegw wants it to be at. Made for the bus
 * hooks that announce it.
 *
 * A new IKE_SA gets the peer config's address list, of which charon dials the
 * first one only.
 *
 * @param ike_sa		IKE_SA replacing another
 * @param failover		failover manager to ask
 * @param from			SEGW of its predecessor, NULL if that is the same
 */
void extsock_takeover_place(ike_sa_t *ike_sa,
							extsock_failover_manager_t *failover,
							const char *from);

/**
 * Keep a successor from being dialled. Made for the bus hooks that announce it.
 *
 * Charon can not resolve the address it is given, and ends the IKE_SA before
 * anything is sent: no later job could find it until charon checks it in, which
 * is after it has been dialled. With charon.retry_initiate_interval charon puts
 * it off instead, to be terminated once it is checked in.
 *
 * @param ike_sa		IKE_SA replacing another
 */
void extsock_takeover_refuse(ike_sa_t *ike_sa);

#endif /** EXTSOCK_TAKEOVER_H_ @}*/
