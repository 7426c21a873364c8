/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_revocation extsock_revocation
 * @{ @ingroup extsock
 *
 * How it is checked whether the SEGWs' certificates are revoked.
 */

#ifndef EXTSOCK_REVOCATION_H_
#define EXTSOCK_REVOCATION_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>

/**
 * Add how certificates have to be checked.
 *
 * @param auth			how the SEGWs prove who they are
 * @param cfg			round of the SEGWs
 * @param refusal		receives the reason if refused: most is switched for all
 *						of charon
 * @return				FALSE if refused
 */
bool extsock_revocation_add(const segw_auth_t *auth, auth_cfg_t *cfg,
							extsock_refusal_t *refusal);

#endif /** EXTSOCK_REVOCATION_H_ @}*/
