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
 * @defgroup extsock_attempts extsock_attempts
 * @{ @ingroup extsock
 *
 * Attempts to dial a SEGW, as libsegw asks for them.
 */

#ifndef EXTSOCK_ATTEMPTS_H_
#define EXTSOCK_ATTEMPTS_H_

typedef struct extsock_attempts_t extsock_attempts_t;

#include "extsock_core.h"
#include "extsock_dialer.h"
#include "extsock_event.h"

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
