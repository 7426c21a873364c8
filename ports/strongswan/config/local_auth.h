/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_local_auth extsock_local_auth
 * @{ @ingroup extsock
 *
 * How this side of a connection proves who it is.
 */

#ifndef EXTSOCK_LOCAL_AUTH_H_
#define EXTSOCK_LOCAL_AUTH_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>
#include <credentials/sets/mem_cred.h>

/**
 * Build this side's authentication round.
 *
 * @param config		connection
 * @param creds			set to add our certificate, key and password to; a
 *						pre-shared key is extsock_psk_add()'s
 * @param refusal		receives the reason if refused
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_local_auth_create(const segw_config_t *config,
									  mem_cred_t *creds,
									  extsock_refusal_t *refusal);

#endif /** EXTSOCK_LOCAL_AUTH_H_ @}*/
