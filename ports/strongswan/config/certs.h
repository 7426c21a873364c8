/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_certs extsock_certs
 * @{ @ingroup extsock
 *
 * Certificates as clients give them.
 */

#ifndef EXTSOCK_CERTS_H_
#define EXTSOCK_CERTS_H_

#include "draft.h"

#include <credentials/auth_cfg.h>

/**
 * Add the certificate of a side to the credentials; others that follow it in
 * its file are those of the authorities between it and the root.
 *
 * @param draft			connection
 * @param local			TRUE for this side
 * @param index			which certificate of that side
 * @return				certificate, NULL if refused
 */
certificate_t *extsock_certs_add(extsock_draft_t *draft, bool local,
								 u_int index);

/**
 * Add the authorities of a side to the credentials; what those of the SEGWs
 * issue is trusted.
 *
 * @param draft			connection
 * @param local			TRUE for this side
 * @param cfg			round to accept only what comes from them, or NULL
 * @return				FALSE if refused
 */
bool extsock_certs_add_cas(extsock_draft_t *draft, bool local, auth_cfg_t *cfg);

#endif /** EXTSOCK_CERTS_H_ @}*/
