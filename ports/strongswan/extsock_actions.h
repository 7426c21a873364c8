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
 * @defgroup extsock_actions extsock_actions
 * @{ @ingroup extsock
 *
 * libsegw's actions as jobs.
 */

#ifndef EXTSOCK_ACTIONS_H_
#define EXTSOCK_ACTIONS_H_

typedef struct extsock_actions_t extsock_actions_t;

#include "extsock_backend.h"

/**
 * Callback to report what has become of an action.
 *
 * @param user			user data passed to extsock_actions_create()
 * @param event			SEGW_IKE_DIALLING, SEGW_IKE_NOT_DIALLED,
 *						SEGW_IKE_COUNTED or SEGW_IKE_ROUTES
 * @return				libsegw's answer
 */
typedef segw_status_t (*extsock_report_cb_t)(void *user,
											 const segw_ike_event_t *event);

/**
 * Callback to get a SEGW of a connection.
 *
 * @param user			user data passed to extsock_actions_create()
 * @param connection	name of the connection
 * @param index			place of the SEGW in the connection's list
 * @param address		receives the address or name
 * @param cap			size of address
 * @return				FALSE if there is none
 */
typedef bool (*extsock_segw_cb_t)(void *user, const char *connection,
								  uint32_t index, char *address, size_t cap);

/**
 * Carries out actions, each that may wait for an IKE_SA in its own job.
 */
struct extsock_actions_t {

	/**
	 * Carry out an action.
	 *
	 * Unloading is complete on return, all else is only begun. Not for bus
	 * hooks.
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
 * @param backend		strongSwan adapter
 * @param report		callback to report to
 * @param segw			callback to get the SEGWs of a connection
 * @param user			user data to pass to callbacks
 * @return				object
 */
extsock_actions_t *extsock_actions_create(extsock_backend_t *backend,
										  extsock_report_cb_t report,
										  extsock_segw_cb_t segw, void *user);

#endif /** EXTSOCK_ACTIONS_H_ @}*/
