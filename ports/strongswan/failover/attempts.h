/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_attempts extsock_attempts
 * @{ @ingroup extsock
 *
 * Attempts to dial a SEGW, as libsegw asks for them.
 */

#ifndef EXTSOCK_ATTEMPTS_H_
#define EXTSOCK_ATTEMPTS_H_

typedef struct extsock_attempts_t extsock_attempts_t;

#include "core.h"
#include "dialer.h"
#include "event.h"

/**
 * Dials in jobs, and reports each IKE_SA before it is initiated, or why there
 * is none.
 */
struct extsock_attempts_t {

	/**
	 * Begin an attempt, in a job.
	 *
	 * @param action		SEGW_ACTION_INITIATE
	 */
	void (*begin)(extsock_attempts_t *this, const segw_action_t *action);

	/**
	 * Initiate no IKE_SA any more. May be called in a bus hook.
	 */
	void (*stop)(extsock_attempts_t *this);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_attempts_t *this);
};

/**
 * Create an object to dial with.
 *
 * @param core			knows which dials are still wanted
 * @param dialer		dials
 * @param report		callback to report SEGW_IKE_DIALLING and
 *						SEGW_IKE_NOT_DIALLED to
 * @param user			user data to pass to callback
 * @return				object
 */
extsock_attempts_t *extsock_attempts_create(extsock_core_t *core,
											extsock_dialer_t *dialer,
											extsock_report_cb_t report,
											void *user);

#endif /** EXTSOCK_ATTEMPTS_H_ @}*/
