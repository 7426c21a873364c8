/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_timer extsock_timer
 * @{ @ingroup extsock
 *
 * The clock, and one timer on it.
 */

#ifndef EXTSOCK_TIMER_H_
#define EXTSOCK_TIMER_H_

typedef struct extsock_timer_t extsock_timer_t;

#include <library.h>

/**
 * Callback for a time that has come, invoked on a worker thread.
 *
 * @param user			user data passed to extsock_timer_create()
 */
typedef void (*extsock_timer_cb_t)(void *user);

/**
 * A timer for the earliest of the times it is set to.
 *
 * Charon's jobs can't be unscheduled, so setting a later time than the one
 * pending does nothing: the callback is then invoked early, and has to set the
 * timer again. All methods but destroy() may be called in a bus hook.
 */
struct extsock_timer_t {

	/**
	 * Make sure that the callback is invoked at a time, or before: within a
	 * minute in any case.
	 *
	 * @param at			time, in milliseconds
	 */
	void (*set)(extsock_timer_t *this, uint64_t at);

	/**
	 * Never invoke the callback again.
	 */
	void (*stop)(extsock_timer_t *this);

	/**
	 * Destroy the timer; no job may be scheduled any more.
	 */
	void (*destroy)(extsock_timer_t *this);
};

/**
 * Create a timer that is not set.
 *
 * @param cb			callback to invoke
 * @param user			user data to pass to callback
 * @return				timer
 */
extsock_timer_t *extsock_timer_create(extsock_timer_cb_t cb, void *user);

/**
 * Get the current time.
 *
 * @return				monotonic time, in milliseconds
 */
uint64_t extsock_timer_now();

#endif /** EXTSOCK_TIMER_H_ @}*/
