/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_backend extsock_backend
 * @{ @ingroup extsock
 *
 * strongSwan adapter: the connections that clients applied.
 */

#ifndef EXTSOCK_BACKEND_H_
#define EXTSOCK_BACKEND_H_

typedef struct extsock_backend_t extsock_backend_t;

#include "connection.h"
#include "dns.h"

#include <config/backend.h>

/**
 * Store of connections, with their credentials and traps.
 *
 * All methods but destroy() may be called by any thread; in a bus hook only
 * where it says so.
 */
struct extsock_backend_t {

	/**
	 * Implements backend_t.
	 */
	backend_t backend;

	/**
	 * Load a connection, replaces one of the same name atomically.
	 *
	 * @param connection	connection, adopted
	 */
	void (*commit)(extsock_backend_t *this, extsock_connection_t *connection);

	/**
	 * Unload a connection, its credentials and traps, IKE_SAs are left alone.
	 *
	 * @param name			name of the connection
	 */
	void (*unload)(extsock_backend_t *this, char *name);

	/**
	 * Get the peer config to dial a SEGW with; that of another backend if the
	 * connection is none of ours.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @return				reference of the peer config, NULL if there is none
	 */
	peer_cfg_t *(*find)(extsock_backend_t *this, char *name, u_int index);

	/**
	 * Get the peer config of a SEGW as it is loaded now. Made for a bus hook.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @return				reference of the peer config; NULL if the connection
	 *						is none of ours
	 */
	peer_cfg_t *(*get_segw_cfg)(extsock_backend_t *this, char *name,
								u_int index);

	/**
	 * Install and remove no trap any more: charon is to end. Made for a bus
	 * hook.
	 */
	void (*stop)(extsock_backend_t *this);

	/**
	 * Unregister from charon and destroy the backend.
	 */
	void (*destroy)(extsock_backend_t *this);
};

/**
 * Create the backend and register it with charon.
 *
 * @param dns			forgets what was dialled of what is replaced
 * @return				backend
 */
extsock_backend_t *extsock_backend_create(extsock_dns_t *dns);

#endif /** EXTSOCK_BACKEND_H_ @}*/
