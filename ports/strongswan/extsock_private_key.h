/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

/**
 * @defgroup extsock_private_key extsock_private_key
 * @{ @ingroup extsock
 *
 * Private keys as clients give them.
 */

#ifndef EXTSOCK_PRIVATE_KEY_H_
#define EXTSOCK_PRIVATE_KEY_H_

#include "extsock_refusal.h"

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
