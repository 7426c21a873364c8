/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_creds extsock_creds
 * @{ @ingroup extsock
 *
 * Credentials of all connections, as one set of charon's.
 */

#ifndef EXTSOCK_CREDS_H_
#define EXTSOCK_CREDS_H_

typedef struct extsock_creds_t extsock_creds_t;

#include <credentials/sets/mem_cred.h>

/**
 * Credentials by the connection they belong to.
 *
 * Who enumerates them sees those that were there when it began, and holds up
 * nobody who changes them: charon fetches CRLs while it enumerates.
 */
struct extsock_creds_t {

	/**
	 * Implements credential_set_t.
	 */
	credential_set_t set;

	/**
	 * Replace the credentials of a connection, all at once.
	 *
	 * @param name			name of the connection
	 * @param creds			credentials, adopted; NULL to have none
	 */
	void (*replace)(extsock_creds_t *this, char *name, mem_cred_t *creds);

	/**
	 * Unregister from charon and destroy all credentials.
	 */
	void (*destroy)(extsock_creds_t *this);
};

/**
 * Create the set and register it with charon.
 *
 * @return				set
 */
extsock_creds_t *extsock_creds_create();

#endif /** EXTSOCK_CREDS_H_ @}*/
