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
 * @defgroup extsock_auth extsock_auth
 * @{ @ingroup extsock
 *
 * How both sides of a connection prove who they are.
 */

#ifndef EXTSOCK_AUTH_H_
#define EXTSOCK_AUTH_H_

#include "extsock_refusal.h"

#include <credentials/auth_cfg.h>
#include <credentials/sets/mem_cred.h>

/**
 * Build this side's authentication round.
 *
 * @param config		connection
 * @param creds			set to add our certificate, key and secret to
 * @param refusal		receives the reason if refused
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_auth_create_local(const segw_config_t *config,
									  mem_cred_t *creds,
									  extsock_refusal_t *refusal);

/**
 * Build the authentication round of the SEGWs, but for their identities.
 *
 * To be built before ours: a certificate that is in the set already does not
 * become a trusted one.
 *
 * @param config		connection
 * @param creds			set to add the authorities and the SEGW's certificate to
 * @param refusal		receives the reason if refused
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_auth_create_remote(const segw_config_t *config,
									   mem_cred_t *creds,
									   extsock_refusal_t *refusal);

/**
 * Get the number of SEGWs with an identity of their own.
 *
 * @param config		connection
 * @return				number, 1 if all have the same
 */
u_int extsock_auth_count(const segw_config_t *config);

/**
 * Get the identity of a SEGW.
 *
 * @param config		connection
 * @param segw			index of the SEGW, less than extsock_auth_count()
 * @param refusal		receives the reason if refused
 * @return				identity, %any if none is configured; NULL if refused
 */
identification_t *extsock_auth_get_segw(const segw_config_t *config, u_int segw,
										extsock_refusal_t *refusal);

/**
 * Add the pre-shared key of a connection, if it has one.
 *
 * @param config		connection
 * @param creds			set to add the key to
 * @param refusal		receives the reason if refused
 * @return				FALSE if refused
 */
bool extsock_auth_add_psk(const segw_config_t *config, mem_cred_t *creds,
						  extsock_refusal_t *refusal);

#endif /** EXTSOCK_AUTH_H_ @}*/
