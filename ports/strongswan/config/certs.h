/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_certs extsock_certs
 * @{ @ingroup extsock
 *
 * Certificates as clients give them.
 */

#ifndef EXTSOCK_CERTS_H_
#define EXTSOCK_CERTS_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>
#include <credentials/sets/mem_cred.h>

/**
 * Add the certificate of a side; others that follow it in its file are those
 * of the authorities between it and the root.
 *
 * @param config		connection
 * @param local			TRUE for this side
 * @param creds			set to add the certificate to
 * @param refusal		receives the reason if refused
 * @return				certificate, NULL if refused
 */
certificate_t *extsock_certs_add(const segw_config_t *config, bool local,
								 mem_cred_t *creds,
								 extsock_refusal_t *refusal);

/**
 * Add the authorities of a side; what those of the SEGWs issue is trusted.
 *
 * @param config		connection
 * @param local			TRUE for this side
 * @param creds			set to add the certificates to
 * @param cfg			round to accept only what comes from them, or NULL
 * @param refusal		receives the reason if refused
 * @return				FALSE if refused
 */
bool extsock_certs_add_cas(const segw_config_t *config, bool local,
						   mem_cred_t *creds, auth_cfg_t *cfg,
						   extsock_refusal_t *refusal);

#endif /** EXTSOCK_CERTS_H_ @}*/
