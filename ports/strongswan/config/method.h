/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_method extsock_method
 * @{ @ingroup extsock
 *
 * By which method a side proves who it is, and what goes with it.
 */

#ifndef EXTSOCK_METHOD_H_
#define EXTSOCK_METHOD_H_

#include "refusal.h"

#include <credentials/auth_cfg.h>
#include <eap/eap.h>

/**
 * Check if a method is EAP.
 *
 * @param auth			how a side proves who it is
 * @return				TRUE if it is
 */
bool extsock_method_is_eap(const segw_auth_t *auth);

/**
 * Check if a method may make use of certificates; any EAP may be EAP-TLS.
 *
 * @param auth			how a side proves who it is
 * @return				TRUE if it may
 */
bool extsock_method_takes_certs(const segw_auth_t *auth);

/**
 * Check if charon has an EAP method.
 *
 * @param type			method
 * @return				TRUE if a plugin provides it
 */
bool extsock_method_has_eap(eap_type_t type);

/**
 * Refuse certificates and keys with a method that has no use for any.
 *
 * @param auth			how a side proves who it is
 * @param refusal		receives the reason if refused
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
bool extsock_method_check_certs(const segw_auth_t *auth,
								extsock_refusal_t *refusal,
								const char *section);

/**
 * Add the class of authentication, and which EAP method.
 *
 * @param auth			how a side proves who it is
 * @param cfg			round to add it to
 * @param refusal		receives the reason if refused
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
bool extsock_method_add(const segw_auth_t *auth, auth_cfg_t *cfg,
						extsock_refusal_t *refusal, const char *section);

#endif /** EXTSOCK_METHOD_H_ @}*/
