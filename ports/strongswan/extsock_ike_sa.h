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
 * @defgroup extsock_ike_sa extsock_ike_sa
 * @{ @ingroup extsock
 *
 * What it takes to dial.
 */

#ifndef EXTSOCK_IKE_SA_H_
#define EXTSOCK_IKE_SA_H_

#include <sa/ike_sa.h>

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

#endif /** EXTSOCK_IKE_SA_H_ @}*/
