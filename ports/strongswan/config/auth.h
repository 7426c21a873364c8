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
 * Build the authentication round of the SEGWs, but for what each has of its own,
 * and add the authorities to the credentials.
 *
 * To be built before ours: a certificate that is in the set already does not
 * become a trusted one.
 *
 * @param draft			connection
 * @return				round, NULL if refused
 */
auth_cfg_t *extsock_auth_create_remote(extsock_draft_t *draft);

/**
 * Add to the round of a SEGW what is its own, the identity and the certificate;
 * the latter to the credentials as well, and therefore before ours too.
 *
 * @param draft			connection
 * @param segw			index of the SEGW, less than extsock_identity_count()
 * @param cfg			its round
 * @return				FALSE if refused
 */
bool extsock_auth_add_segw(extsock_draft_t *draft, u_int segw, auth_cfg_t *cfg);

/**
 * Add the postquantum pre-shared key of a connection to the credentials, if it
 * has one, and check its identity.
 *
 * @param draft			connection
 * @return				FALSE if refused
 */
bool extsock_auth_add_ppk(extsock_draft_t *draft);

/**
 * Add the pre-shared keys of a connection to the credentials, if it has any.
 *
 * @param draft			connection
 * @return				FALSE if refused
 */
bool extsock_auth_add_psk(extsock_draft_t *draft);

#endif /** EXTSOCK_AUTH_H_ @}*/
