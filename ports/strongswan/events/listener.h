/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_listener extsock_listener
 * @{ @ingroup extsock
 *
 * Event use case: what charon's bus and the kernel say, passed on as plain data.
 */

#ifndef EXTSOCK_LISTENER_H_
#define EXTSOCK_LISTENER_H_

typedef struct extsock_listener_t extsock_listener_t;

#include "adoption.h"
#include "transit.h"
#include "manager.h"
#include "registry.h"

#include <bus/listeners/listener.h>

/**
 * Bus listener following the IKE_SAs we initiated, and kernel listener for this
 * host's own addresses and routes.
 */
struct extsock_listener_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	/**
	 * Unregister and destroy the listener.
	 */
	void (*destroy)(extsock_listener_t *this);
};

/**
 * Create the listener and register it with the bus and the kernel interface.
 *
 * @param failover		failover manager to tell
 * @param registry		knows the IKE_SAs there are
 * @param adoption		adopts connections that are dialled unguarded
 * @param transit		told of the ends of CHILD_SAs
 * @return				listener
 */
extsock_listener_t *extsock_listener_create(
										extsock_failover_manager_t *failover,
										extsock_registry_t *registry,
										extsock_adoption_t *adoption,
										extsock_transit_t *transit);

#endif /** EXTSOCK_LISTENER_H_ @}*/
