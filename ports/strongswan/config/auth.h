/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_auth extsock_auth
 * @{ @ingroup extsock
 *
 * How both sides of a connection prove who they are.
 */

#ifndef EXTSOCK_AUTH_H_
#define EXTSOCK_AUTH_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>
#include <credentials/sets/mem_cred.h>

/**
 * Build this side's authentication round.
 *
 * @param config		connection
 * @param creds			set to add our certificate, key and password to; a
 *						pre-shared key is extsock_auth_add_psk()'s
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
