/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_psk extsock_psk
 * @{ @ingroup extsock
 *
 * The pre-shared key of a connection.
 */

#ifndef EXTSOCK_PSK_H_
#define EXTSOCK_PSK_H_

#include "refusal.h"

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
