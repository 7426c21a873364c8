/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_executor extsock_executor
 * @{ @ingroup extsock
 *
 * libsegw's actions as jobs.
 */

#ifndef EXTSOCK_EXECUTOR_H_
#define EXTSOCK_EXECUTOR_H_

typedef struct extsock_executor_t extsock_executor_t;

#include "manager.h"

/**
 * Carries out actions, each that may wait for an IKE_SA or a name server in its
 * own job, and reports what has become of them to the failover manager. Jobs
 * do nothing any more once that is stopped.
 */
struct extsock_executor_t {

	/**
	 * Carry out an action.
	 *
	 * Unloading is complete on return, all else is only begun, and may be in a
	 * bus hook.
	 *
	 * @param action		action to carry out
	 */
	void (*carry_out)(extsock_executor_t *this, const segw_action_t *action);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_executor_t *this);
};

/**
 * Create an object to carry out actions.
 *
 * @param manager		failover manager to ask and to report to
 * @param backend		unloads connections
 * @param registry		finds IKE_SAs
 * @param dialer		dials, and knows routes
 * @return				object
 */
extsock_executor_t *extsock_executor_create(extsock_failover_manager_t *manager,
											extsock_backend_t *backend,
											extsock_registry_t *registry,
											extsock_dialer_t *dialer);

#endif /** EXTSOCK_EXECUTOR_H_ @}*/
