/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_staged extsock_staged
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_STAGED_H_
#define EXTSOCK_STAGED_H_

typedef struct extsock_staged_t extsock_staged_t;

#include "segws.h"

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
 * Stage a connection.
 *
 * @param segws			SEGWs of the connection, adopted
 * @param creds			its credentials, adopted
 * @return				staged connection
 */
extsock_staged_t *extsock_staged_create(extsock_segws_t *segws,
										mem_cred_t *creds);

#endif /** EXTSOCK_STAGED_H_ @}*/
