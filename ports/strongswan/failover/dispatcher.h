/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_dispatcher extsock_dispatcher
 * @{ @ingroup extsock
 *
 * What libsegw decided, on its way to charon and the clients.
 */

#ifndef EXTSOCK_DISPATCHER_H_
#define EXTSOCK_DISPATCHER_H_

typedef struct extsock_dispatcher_t extsock_dispatcher_t;

#include "core.h"
#include "dialer.h"
#include "event.h"

/**
 * Tells clients of an event.
 *
 * @param user			user data
 * @param text			event, a line as libsegw has it
 * @param len			length of text
 */
typedef void (*extsock_publish_cb_t)(void *user, const char *text, size_t len);

/**
 * Follows each input of libsegw up: actions are carried out, events published,
 * diagnostics logged, the state is saved and the timer set.
 *
 * No method may be called with the core's mutex held.
 */
struct extsock_dispatcher_t {

	/**
	 * Do what is left to do after an input. Made for a bus hook.
	 *
	 * @param followup		what is left to do
	 */
	void (*follow_up)(extsock_dispatcher_t *this,
					  extsock_followup_t *followup);

	/**
	 * Keep everybody else from dispatching what is queued, until finish(): so
	 * that requests and events stay in order, and a connection is loaded before
	 * it is dialled. Not for bus hooks.
	 */
	void (*begin)(extsock_dispatcher_t *this);

	/**
	 * Dispatch all that is queued, and let others do so again.
	 */
	void (*finish)(extsock_dispatcher_t *this);

	/**
	 * Begin nothing any more, nor tell libsegw the time. Made for a bus hook.
	 */
	void (*stop)(extsock_dispatcher_t *this);

	/**
	 * Publish the last events, and destroy the dispatcher; no thread may run
	 * jobs any more.
	 */
	void (*destroy)(extsock_dispatcher_t *this);
};

/**
 * Create a dispatcher.
 *
 * @param core			the decision core
 * @param state			has to be saved
 * @param backend		strongSwan adapter, for actions
 * @param dialer		dials
 * @param publish		callback to publish events
 * @param publish_user	user data to pass to it
 * @param report		callback to report what has become of actions
 * @param report_user	user data to pass to it
 * @return				dispatcher
 */
extsock_dispatcher_t *extsock_dispatcher_create(extsock_core_t *core,
						extsock_state_t *state, extsock_backend_t *backend,
						extsock_dialer_t *dialer,
						extsock_publish_cb_t publish, void *publish_user,
						extsock_report_cb_t report, void *report_user);

#endif /** EXTSOCK_DISPATCHER_H_ @}*/
