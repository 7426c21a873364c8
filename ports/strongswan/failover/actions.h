/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_actions extsock_actions
 * @{ @ingroup extsock
 *
 * libsegw's actions as jobs.
 */

#ifndef EXTSOCK_ACTIONS_H_
#define EXTSOCK_ACTIONS_H_

typedef struct extsock_actions_t extsock_actions_t;

#include "core.h"
#include "dialer.h"
#include "event.h"

/**
 * Carries out actions, each that may wait for an IKE_SA in its own job.
 */
struct extsock_actions_t {

	/**
	 * Carry out an action.
	 *
	 * Unloading is complete on return, all else is only begun, and may be in a
	 * bus hook.
	 *
	 * @param action		action to carry out
	 */
	void (*carry_out)(extsock_actions_t *this, const segw_action_t *action);

	/**
	 * Leave all undone that has not begun yet. May be called in a bus hook.
	 */
	void (*stop)(extsock_actions_t *this);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_actions_t *this);
};

/**
 * Create an object to carry out actions.
 *
 * @param core			knows the SEGWs of a connection
 * @param backend		unloads connections
 * @param dialer		dials, and knows routes
 * @param report		callback to report SEGW_IKE_DIALLING,
 *						SEGW_IKE_NOT_DIALLED, SEGW_IKE_COUNTED and
 *						SEGW_IKE_ROUTES to
 * @param user			user data to pass to callback
 * @return				object
 */
extsock_actions_t *extsock_actions_create(extsock_core_t *core,
										  extsock_backend_t *backend,
										  extsock_dialer_t *dialer,
										  extsock_report_cb_t report,
										  void *user);

#endif /** EXTSOCK_ACTIONS_H_ @}*/
