/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_remote_auth extsock_remote_auth
 * @{ @ingroup extsock
 *
 * How the SEGWs of a connection prove who they are.
 */

#ifndef EXTSOCK_REMOTE_AUTH_H_
#define EXTSOCK_REMOTE_AUTH_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>
#include <credentials/sets/mem_cred.h>

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
auth_cfg_t *extsock_remote_auth_create(const segw_config_t *config,
									   mem_cred_t *creds,
									   extsock_refusal_t *refusal);

#endif /** EXTSOCK_REMOTE_AUTH_H_ @}*/
