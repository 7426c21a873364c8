/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_private_key extsock_private_key
 * @{ @ingroup extsock
 *
 * Private keys as clients give them.
 */

#ifndef EXTSOCK_PRIVATE_KEY_H_
#define EXTSOCK_PRIVATE_KEY_H_

#include "refusal.h"

#include <credentials/keys/private_key.h>

/**
 * Load the private key of this side, decrypted with its passphrase.
 *
 * @param config		connection with a private key
 * @param refusal		receives the reason
 * @return				private key, NULL if refused
 */
private_key_t *extsock_private_key_create(const segw_config_t *config,
										  extsock_refusal_t *refusal);

#endif /** EXTSOCK_PRIVATE_KEY_H_ @}*/
