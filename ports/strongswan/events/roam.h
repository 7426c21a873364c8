/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_roam extsock_roam
 * @{ @ingroup extsock
 *
 * Event use case: what happens to this host's own addresses and routes.
 */

#ifndef EXTSOCK_ROAM_H_
#define EXTSOCK_ROAM_H_

typedef struct extsock_roam_t extsock_roam_t;

#include "failover.h"

#include <kernel/kernel_listener.h>

/**
 * Listener on the kernel interface.
 */
struct extsock_roam_t {

	/**
	 * Implements kernel_listener_t
	 */
	kernel_listener_t listener;

	/**
	 * Unregister and destroy the listener.
	 */
	void (*destroy)(extsock_roam_t *this);
};

/**
 * Create the listener and register it with the kernel interface.
 *
 * @param failover		failover manager to tell
 * @return				listener
 */
extsock_roam_t *extsock_roam_create(extsock_failover_manager_t *failover);

#endif /** EXTSOCK_ROAM_H_ @}*/
