/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_core extsock_core
 * @{ @ingroup extsock
 *
 * The decision core, libsegw, under its mutex.
 */

#ifndef EXTSOCK_CORE_H_
#define EXTSOCK_CORE_H_

typedef struct extsock_core_t extsock_core_t;
typedef struct extsock_followup_t extsock_followup_t;

#include "state.h"

/**
 * Actions that are carried out without the detour over the queue. An event of
 * charon's causes two: the end of an IKE_SA and the dial of another.
 */
#define EXTSOCK_ACTIONS_AT_ONCE 4

/**
 * What the caller has to do after an input
 */
struct extsock_followup_t {

	/**
	 * Actions to carry out
	 */
	segw_action_t actions[EXTSOCK_ACTIONS_AT_ONCE];

	/**
	 * Number of actions
	 */
	u_int count;

	/**
	 * Have what is queued dispatched: a job that calls begin_dispatch() and
	 * next()
	 */
	bool dispatch;

	/**
	 * Have the state saved
	 */
	bool save;

	/**
	 * Have timeout() called
	 */
	bool timer;

	/**
	 * When to, in milliseconds of extsock_timer_now()
	 */
	uint64_t at;
};

/**
 * libsegw's context, and what it has said that is not yet dispatched.
 *
 * All methods but destroy() may be called by any thread, in bus hooks too: they
 * allocate nothing, call nothing of charon's and wait for nothing but a short
 * leaf mutex. Each input is followed up by the caller, without any mutex.
 */
struct extsock_core_t {

	/**
	 * Tell of an event of charon's.
	 *
	 * @param event			event, all memory not used zeroed
	 * @param followup		receives what is left to do
	 * @return				libsegw's answer
	 */
	segw_status_t (*ike_event)(extsock_core_t *this,
							   const segw_ike_event_t *event,
							   extsock_followup_t *followup);

	/**
	 * Tell that time has come.
	 *
	 * @param followup		receives what is left to do
	 */
	void (*timeout)(extsock_core_t *this, extsock_followup_t *followup);

	/**
	 * Carry out a request of a client.
	 *
	 * @param request		the request
	 * @param loading		TRUE to keep all actions in the queue until loaded()
	 * @param reply			buffer of SEGW_REPLY_CAP bytes
	 * @param reply_len		receives the length of the reply
	 * @param followup		receives what is left to do
	 * @return				SEGW_OK, or why the request is refused
	 */
	segw_status_t (*command)(extsock_core_t *this, chunk_t request,
							 bool loading, char *reply, size_t *reply_len,
							 extsock_followup_t *followup);

	/**
	 * The connections of a request are loaded, or will not be.
	 */
	void (*loaded)(extsock_core_t *this);

	/**
	 * Guard a connection that somebody else loaded.
	 *
	 * @param name			name of the connection
	 * @param addresses		addresses of its SEGWs, separated by commas
	 * @param children		number of CHILD_SAs a dial initiates
	 * @param policy		how it fails over
	 * @param message		receives the reason with SEGW_ERR_REFUSED
	 * @param cap			size of message
	 * @param followup		receives what is left to do
	 * @return				libsegw's answer
	 */
	segw_status_t (*adopt)(extsock_core_t *this, const char *name,
						   const char *addresses, uint32_t children,
						   const segw_policy_t *policy, char *message,
						   size_t cap, extsock_followup_t *followup);

	/**
	 * Check if a dial is still to be made.
	 *
	 * @param action		SEGW_ACTION_INITIATE
	 * @return				FALSE if another action has overtaken it
	 */
	bool (*wants)(extsock_core_t *this, const segw_action_t *action);

	/**
	 * Guard an adopted connection no longer.
	 *
	 * @param name			name of the connection
	 * @param followup		receives what is left to do
	 * @return				libsegw's answer
	 */
	segw_status_t (*release)(extsock_core_t *this, const char *name,
							 extsock_followup_t *followup);

	/**
	 * Get the SEGW an IKE_SA belongs to.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param address		receives the address or name
	 * @param cap			size of address
	 * @return				FALSE if it is not one of ours
	 */
	bool (*get_address)(extsock_core_t *this, uint32_t unique_id,
						char *address, size_t cap);

	/**
	 * Get a SEGW of a connection.
	 *
	 * @param connection	name of the connection
	 * @param index			place of the SEGW in the connection's list
	 * @param address		receives the address or name
	 * @param cap			size of address
	 * @return				FALSE if there is none
	 */
	bool (*get_segw)(extsock_core_t *this, const char *connection,
					 uint32_t index, char *address, size_t cap);

	/**
	 * Begin to dispatch what is queued: what comes later gets a new job.
	 */
	void (*begin_dispatch)(extsock_core_t *this);

	/**
	 * Take the oldest action and the oldest event.
	 *
	 * @param action		receives the action
	 * @param has_action	receives FALSE if there is none
	 * @param event			buffer of SEGW_EVENT_CAP bytes, receives the event
	 * @param len			receives its length, 0 if there is none
	 * @return				FALSE if there is neither
	 */
	bool (*next)(extsock_core_t *this, segw_action_t *action, bool *has_action,
				 char *event, size_t *len);

	/**
	 * Hand libsegw's diagnostics to charon's loggers; the one method that calls
	 * something of charon's.
	 */
	void (*flush_log)(extsock_core_t *this);

	/**
	 * Destroy the core.
	 */
	void (*destroy)(extsock_core_t *this);
};

/**
 * Create the core.
 *
 * @param state			keeps what outlives a restart, which is restored
 * @return				core, NULL if libsegw does not fit, which is logged
 */
extsock_core_t *extsock_core_create(extsock_state_t *state);

#endif /** EXTSOCK_CORE_H_ @}*/
