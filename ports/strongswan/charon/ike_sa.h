/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_ike_sa extsock_ike_sa
 * @{ @ingroup extsock
 *
 * What it takes to dial, and to use an IKE_SA that is up.
 */

#ifndef EXTSOCK_IKE_SA_H_
#define EXTSOCK_IKE_SA_H_

#include <sa/ike_sa.h>

/**
 * Clone an IKE config, with a single remote address.
 *
 * Charon only ever dials the first address of a list that resolves. Setting
 * such a clone on an IKE_SA sends it to another SEGW but leaves its peer
 * config, hence its name, as it is. Pure: takes no lock, resolves no name.
 *
 * @param ike_cfg		config to clone
 * @param address		address or name of the SEGW to dial
 * @return				new config
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address);

/**
 * Create an IKE_SA to dial an address with, checked out; nothing is sent.
 *
 * @param peer_cfg		connection
 * @param host			address to dial
 * @return				IKE_SA, NULL if it could not be created
 */
ike_sa_t *extsock_ike_sa_create(peer_cfg_t *peer_cfg, host_t *host);

/**
 * Initiate an IKE_SA with those of its connection's children that it lacks.
 *
 * @param ike_sa		checked out IKE_SA, with its peer config
 * @return				SUCCESS, or DESTROY_ME
 */
status_t extsock_ike_sa_initiate(ike_sa_t *ike_sa);

/**
 * Initiate those of its connection's children that an established IKE_SA lacks.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if that ended it
 */
status_t extsock_ike_sa_complete(ike_sa_t *ike_sa);

/**
 * Terminate an IKE_SA, without waiting for the peer.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME, as it has to be destroyed
 */
status_t extsock_ike_sa_terminate(ike_sa_t *ike_sa);

#endif /** EXTSOCK_IKE_SA_H_ @}*/
