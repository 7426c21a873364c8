/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_dialer extsock_dialer
 * @{ @ingroup extsock
 *
 * Dials SEGWs.
 */

#ifndef EXTSOCK_DIALER_H_
#define EXTSOCK_DIALER_H_

typedef struct extsock_dialer_t extsock_dialer_t;

#include "backend.h"
#include "transit.h"
#include "registry.h"

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
 * Makes an IKE_SA of a connection and the address or name of a SEGW.
 *
 * Connections of other backends can be dialled as well. Not for bus hooks.
 */
struct extsock_dialer_t {

	/**
	 * Dial one SEGW of a connection, with a new IKE_SA.
	 *
	 * May wait for a name server, and the thread be canceled meanwhile: a job
	 * that dials a name has to let itself be canceled.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @param address		address or name of the SEGW
	 * @param again			TRUE to dial an address behind the name that was
	 *						not dialled since the last dial without it
	 * @param standby		TRUE to dial without children, for lead()
	 * @param cb			callback to announce the IKE_SA
	 * @param wants			callback that says which children are wanted
	 * @param user			user data to pass to both
	 * @return				SUCCESS if the IKE_SA was announced, its end is
	 *						reported by the bus; NOT_FOUND if there is no such
	 *						connection; INVALID_STATE if the callback gave it
	 *						up; NOT_SUPPORTED if the name does not resolve,
	 *						which may take long, or not to another address;
	 *						OUT_OF_RES if this host has no route; INVALID_ARG
	 *						if charon lacks what its proposals name; FAILED if
	 *						charon could not create an IKE_SA
	 */
	status_t (*dial)(extsock_dialer_t *this, char *name, u_int index,
					 char *address, bool again, bool standby,
					 extsock_dialling_cb_t cb, extsock_wants_child_cb_t wants,
					 void *user);

	/**
	 * Have a standby's IKE_SA take the place of a dial: its children are
	 * initiated, and from now on it is as one that was dialled.
	 *
	 * @param name			name of the connection
	 * @param index			place of the SEGW in its list
	 * @param unique_id		unique ID of the IKE_SA
	 * @param wants			callback that says which children are wanted
	 * @param user			user data to pass to callback
	 */
	void (*lead)(extsock_dialer_t *this, char *name, u_int index,
				 uint32_t unique_id, extsock_wants_child_cb_t wants,
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
	bool (*has_route)(extsock_dialer_t *this, char *name, char *address);

	/**
	 * Destroy the dialer.
	 */
	void (*destroy)(extsock_dialer_t *this);
};

/**
 * Create a dialer.
 *
 * @param backend		backend to find connections with
 * @param registry		told of the IKE_SAs dialled
 * @param dns			knows which addresses have been dialled
 * @param transit		lets in what comes through two SEGWs
 * @return				dialer
 */
extsock_dialer_t *extsock_dialer_create(extsock_backend_t *backend,
										extsock_registry_t *registry,
										extsock_dns_t *dns,
										extsock_transit_t *transit);

#endif /** EXTSOCK_DIALER_H_ @}*/
