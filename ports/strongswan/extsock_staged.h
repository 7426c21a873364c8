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
 * @defgroup extsock_staged extsock_staged
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_STAGED_H_
#define EXTSOCK_STAGED_H_

typedef struct extsock_staged_t extsock_staged_t;

#include "extsock_refusal.h"
#include "extsock_segws.h"

#include <credentials/sets/mem_cred.h>

/**
 * A connection charon has accepted but does not use yet.
 */
struct extsock_staged_t {

	/**
	 * Get the peer configs built.
	 *
	 * @return			SEGWs of the connection, owned by this object
	 */
	extsock_segws_t *(*get_segws)(extsock_staged_t *this);

	/**
	 * Take the credentials out of this object.
	 *
	 * @return			credentials, owned by the caller
	 */
	mem_cred_t *(*take_creds)(extsock_staged_t *this);

	/**
	 * Destroy this object, secrets are wiped.
	 */
	void (*destroy)(extsock_staged_t *this);
};

/**
 * Build charon's configuration objects of a connection, and load its
 * credentials.
 *
 * @param config		connection, as parsed by libsegw
 * @param refusal		receives the reason if the connection is refused
 * @return				staged connection, NULL if refused
 */
extsock_staged_t *extsock_staged_create(const segw_config_t *config,
										extsock_refusal_t *refusal);

#endif /** EXTSOCK_STAGED_H_ @}*/
