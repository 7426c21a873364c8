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
 * What it takes to dial, and to use an IKE_SA that is up.
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

/**
 * Do something with an established IKE_SA. Waits for it if it is checked out:
 * not for bus hooks.
 *
 * @param unique_id		unique ID of the IKE_SA, nothing is done if it's gone
 * @param act			what to do, returns DESTROY_ME to have it destroyed
 */
void extsock_ike_sa_use(uint32_t unique_id, status_t (*act)(ike_sa_t *ike_sa));

/**
 * Initiate those of its connection's children that an established IKE_SA lacks,
 * as extsock_ike_sa_use() does.
 *
 * @param unique_id		unique ID of the IKE_SA
 */
void extsock_ike_sa_complete(uint32_t unique_id);

#endif /** EXTSOCK_IKE_SA_H_ @}*/
