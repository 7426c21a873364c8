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
 * @defgroup extsock_backend extsock_backend
 * @{ @ingroup extsock
 *
 * strongSwan adapter: what is configured, and what is done to IKE_SAs.
 */

#ifndef EXTSOCK_BACKEND_H_
#define EXTSOCK_BACKEND_H_

typedef struct extsock_backend_t extsock_backend_t;

#include "extsock_staged.h"

#include <config/backend.h>

/**
 * Callback to announce the IKE_SA of a dial, before anything is sent.
 *
 * Invoked with the IKE_SA checked out by the calling thread.
 *
 * @param user			user data passed to dial()
 * @param unique_id		unique ID of the IKE_SA
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @return				TRUE to go on, FALSE to give the IKE_SA up
 */
typedef bool (*extsock_dialling_cb_t)(void *user, uint32_t unique_id,
									  bool more);

/**
 * Store of connections and secrets, and the operations on IKE_SAs.
 *
 * dial(), terminate() and probe() may wait for IKE_SAs in use by other threads,
 * or for a name to be resolved: call them from jobs, never from a bus hook. A
 * job that dials a name has to let itself be canceled.
 */
struct extsock_backend_t {

	/**
	 * Implements backend_t.
	 */
	backend_t backend;

	/**
	 * Check a connection and build its objects, nothing is changed yet.
	 *
	 * @param config		connection
	 * @param refusal		receives the reason if it is refused
	 * @return				staged connection, NULL if refused
	 */
	extsock_staged_t *(*stage)(extsock_backend_t *this,
							   const segw_config_t *config,
							   extsock_refusal_t *refusal);

	/**
	 * Load a staged connection, replaces one of the same name atomically.
	 *
	 * @param staged		staged connection, adopted
	 */
	void (*commit)(extsock_backend_t *this, extsock_staged_t *staged);

	/**
	 * Drop a staged connection.
	 *
	 * @param staged		staged connection, adopted
	 */
	void (*discard)(extsock_backend_t *this, extsock_staged_t *staged);

	/**
	 * Unload a connection, its credentials and traps, IKE_SAs are left alone.
	 *
	 * @param name			name of the connection
	 */
	void (*unload)(extsock_backend_t *this, char *name);

	/**
	 * Get the peer config of a SEGW with an identity of its own. Made for a bus
	 * hook.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @return				reference of the peer config; NULL if that of the
	 *						connection is for all SEGWs, or there is none
	 */
	peer_cfg_t *(*get_segw_cfg)(extsock_backend_t *this, char *name,
								u_int index);

	/**
	 * Dial one SEGW of a connection, with a new IKE_SA.
	 *
	 * Connections of other backends can be dialled as well.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @param address		address or name of the SEGW
	 * @param again			TRUE to dial an address behind the name that was
	 *						not dialled since the last dial without it
	 * @param cb			callback to announce the IKE_SA
	 * @param user			user data to pass to callback
	 * @return				SUCCESS if the IKE_SA was announced, its end is
	 *						reported by the bus; NOT_FOUND if there is no such
	 *						connection; INVALID_STATE if the callback gave it
	 *						up; NOT_SUPPORTED if the name does not resolve,
	 *						which may take long, or not to another address;
	 *						OUT_OF_RES if this host has no route; FAILED if
	 *						charon could not create an IKE_SA
	 */
	status_t (*dial)(extsock_backend_t *this, char *name, u_int index,
					 char *address, bool again, extsock_dialling_cb_t cb,
					 void *user);

	/**
	 * Check if this host has a route towards a SEGW of a connection.
	 *
	 * Asks the kernel, but resolves no name: for a SEGW given by name this
	 * host only has to have a network.
	 *
	 * @param name			name of the connection
	 * @param address		address or name of the SEGW
	 * @return				TRUE if it could be dialled
	 */
	bool (*has_route)(extsock_backend_t *this, char *name, char *address);

	/**
	 * Terminate an IKE_SA, without waiting for the peer.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*terminate)(extsock_backend_t *this, uint32_t unique_id);

	/**
	 * Check the liveness of an IKE_SA now.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*probe)(extsock_backend_t *this, uint32_t unique_id);

	/**
	 * Initiate those of the connection's CHILD_SAs that an IKE_SA lacks.
	 *
	 * Waits for the IKE_SA if it is checked out.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*complete)(extsock_backend_t *this, uint32_t unique_id);

	/**
	 * Count the packets that came in through the CHILD_SAs of an IKE_SA, and
	 * check if any could go out.
	 *
	 * Asks the kernel, and waits for the IKE_SA if it is checked out.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param packets		receives the number
	 * @param route			receives TRUE if there is a route to the peer
	 * @return				FALSE if there is no such IKE_SA
	 */
	bool (*measure)(extsock_backend_t *this, uint32_t unique_id,
					uint64_t *packets, bool *route);

	/**
	 * Unregister from charon and destroy the backend.
	 */
	void (*destroy)(extsock_backend_t *this);
};

/**
 * Create the backend and register it with charon.
 *
 * @return				backend
 */
extsock_backend_t *extsock_backend_create();

#endif /** EXTSOCK_BACKEND_H_ @}*/
