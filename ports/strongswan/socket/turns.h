/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_turns extsock_turns
 * @{ @ingroup extsock
 *
 * Whose turn it is: one thread for all clients of the socket.
 */

#ifndef EXTSOCK_TURNS_H_
#define EXTSOCK_TURNS_H_

typedef struct extsock_turns_t extsock_turns_t;

#include "timer.h"

/**
 * Callback for a turn, invoked on a worker thread, for one at a time.
 *
 * @param user			user data passed to extsock_turns_create()
 * @param item			whose turn it is
 */
typedef void (*extsock_turn_cb_t)(void *user, void *item);

/**
 * What the clients of a socket share: a lock, a thread to do what only one
 * thread may, which they take turns with, and a timer.
 *
 * Whatever else charon has to do comes between two turns.
 */
struct extsock_turns_t {

	/**
	 * Take the lock: no other object's is taken with it held, but for those of
	 * access rules, timers and charon's queues of jobs. Not for bus hooks.
	 */
	void (*lock)(extsock_turns_t *this);

	/**
	 * Release the lock.
	 */
	void (*unlock)(extsock_turns_t *this);

	/**
	 * Give an item a turn, after all others that have one. Called locked.
	 *
	 * @param item			item that has none yet
	 */
	void (*add)(extsock_turns_t *this, void *item);

	/**
	 * Have the callback for the time invoked. Called locked.
	 *
	 * @param at			time, at which it is invoked or before
	 */
	void (*call_at)(extsock_turns_t *this, uint64_t at);

	/**
	 * Destroy this object; no thread may run jobs any more.
	 */
	void (*destroy)(extsock_turns_t *this);
};

/**
 * Create an object without anybody taking turns.
 *
 * @param turn			callback for a turn
 * @param time			callback for the time
 * @param user			user data to pass to callbacks
 * @return				object
 */
extsock_turns_t *extsock_turns_create(extsock_turn_cb_t turn,
									  extsock_timer_cb_t time, void *user);

#endif /** EXTSOCK_TURNS_H_ @}*/
