/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_secrets extsock_secrets
 * @{ @ingroup extsock
 *
 * Shared secrets and private keys as clients give them.
 */

#ifndef EXTSOCK_SECRETS_H_
#define EXTSOCK_SECRETS_H_

#include "draft.h"

#include <credentials/keys/private_key.h>
#include <credentials/keys/shared_key.h>

/**
 * Create a shared key of a secret; "0x" and "0s" announce hexadecimal and
 * base64 digits, as in swanctl.conf.
 *
 * @param draft			connection
 * @param text			span of the secret
 * @param type			what it is for
 * @param path			path to name if refused
 * @return				shared key, NULL if refused
 */
shared_key_t *extsock_secrets_create_shared(extsock_draft_t *draft,
											segw_text_t text,
											shared_key_type_t type,
											const char *path);

/**
 * Load the private key of this side, decrypted with its passphrase.
 *
 * @param draft			connection with a private key
 * @return				private key, NULL if refused
 */
private_key_t *extsock_secrets_create_private(extsock_draft_t *draft);

#endif /** EXTSOCK_SECRETS_H_ @}*/
