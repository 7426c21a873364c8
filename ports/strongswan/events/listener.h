/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_listener extsock_listener
 * @{ @ingroup extsock
 *
 * Event use case: what charon's bus says, passed on as plain data.
 */

#ifndef EXTSOCK_LISTENER_H_
#define EXTSOCK_LISTENER_H_

typedef struct extsock_listener_t extsock_listener_t;

#include "adopt.h"
#include "overlap.h"
#include "failover.h"

#include <bus/listeners/listener.h>

/**
 * Bus listener following the IKE_SAs we initiated.
 */
struct extsock_listener_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	/**
	 * Unregister from the bus and destroy the listener.
	 */
	void (*destroy)(extsock_listener_t *this);
};

/**
 * Create the listener and register it with the bus.
 *
 * @param failover		failover manager to tell
 * @param adopt			adopts connections that are dialled unguarded
 * @param overlap		told of the ends of CHILD_SAs
 * @return				listener
 */
extsock_listener_t *extsock_listener_create(
										extsock_failover_manager_t *failover,
										extsock_adopt_t *adopt,
										extsock_overlap_t *overlap);

#endif /** EXTSOCK_LISTENER_H_ @}*/
