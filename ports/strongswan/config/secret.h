/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_secret extsock_secret
 * @{ @ingroup extsock
 *
 * Shared secrets as clients give them.
 */

#ifndef EXTSOCK_SECRET_H_
#define EXTSOCK_SECRET_H_

#include "refusal.h"

#include <credentials/keys/shared_key.h>

/**
 * Create a shared key of a secret; "0x" and "0s" announce hexadecimal and
 * base64 digits, as in swanctl.conf.
 *
 * @param config		connection
 * @param text			span of the secret
 * @param type			what it is for
 * @param refusal		receives the reason
 * @param path			path to name if refused
 * @return				shared key, NULL if refused
 */
shared_key_t *extsock_secret_create(const segw_config_t *config,
									segw_text_t text, shared_key_type_t type,
									extsock_refusal_t *refusal,
									const char *path);

#endif /** EXTSOCK_SECRET_H_ @}*/
