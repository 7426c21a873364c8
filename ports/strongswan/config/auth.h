/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_auth extsock_auth
 * @{ @ingroup extsock
 *
 * How both sides of a connection prove who they are.
 */

#ifndef EXTSOCK_AUTH_H_
#define EXTSOCK_AUTH_H_

#include "draft.h"

#include <credentials/auth_cfg.h>

/**
 * Build this side's authentication round, add our certificate, key and password
 * to the credentials; a pre-shared key is extsock_auth_add_psk()'s.
 *
 * @param draft			connection
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_auth_create_local(extsock_draft_t *draft);

/**
 * Build the authentication round of the SEGWs, but for their identities, add
 * the authorities and the SEGW's certificate to the credentials.
 *
 * To be built before ours: a certificate that is in the set already does not
 * become a trusted one.
 *
 * @param draft			connection
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_auth_create_remote(extsock_draft_t *draft);

/**
 * Add the pre-shared key of a connection to the credentials, if it has one.
 *
 * @param draft			connection
 * @return				FALSE if refused
 */
bool extsock_auth_add_psk(extsock_draft_t *draft);

#endif /** EXTSOCK_AUTH_H_ @}*/
