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
 * @defgroup extsock_psk extsock_psk
 * @{ @ingroup extsock
 *
 * The pre-shared key of a connection.
 */

#ifndef EXTSOCK_PSK_H_
#define EXTSOCK_PSK_H_

#include "extsock_refusal.h"

#include <credentials/sets/mem_cred.h>

/**
 * Add the pre-shared key of a connection, if it has one.
 *
 * @param config		connection
 * @param creds			set to add the key to
 * @param refusal		receives the reason if refused
 * @return				FALSE if refused
 */
bool extsock_psk_add(const segw_config_t *config, mem_cred_t *creds,
					 extsock_refusal_t *refusal);

#endif /** EXTSOCK_PSK_H_ @}*/
