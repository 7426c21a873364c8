/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_traps extsock_traps
 * @{ @ingroup extsock
 *
 * Trap policies: traffic that hits one makes charon dial.
 */

#ifndef EXTSOCK_TRAPS_H_
#define EXTSOCK_TRAPS_H_

typedef struct extsock_traps_t extsock_traps_t;

#include "connection.h"

/**
 * Keeps the traps that are installed in step with the configuration.
 *
 * They are external ones for charon's trap manager: it dials when traffic meets
 * them, but neither lists nor removes them.
 */
struct extsock_traps_t {

	/**
	 * Have the traps of a connection installed, and those it had before and
	 * has no longer removed.
	 *
	 * Returns at once: charon may have to resolve a name. What can not be
	 * installed is tried again by and by, and if this is called again.
	 *
	 * @param name			name of the connection
	 * @param connection			its SEGWs, NULL to remove its traps
	 */
	void (*set)(extsock_traps_t *this, char *name, extsock_connection_t *connection);

	/**
	 * Install and remove nothing any more: charon is to end. Made for a bus
	 * hook.
	 */
	void (*stop)(extsock_traps_t *this);

	/**
	 * Remove the traps and destroy this object; no job may run any more.
	 */
	void (*destroy)(extsock_traps_t *this);
};

/**
 * Create an object to keep traps.
 *
 * @return				object
 */
extsock_traps_t *extsock_traps_create();

#endif /** EXTSOCK_TRAPS_H_ @}*/
