/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_pace extsock_pace
 * @{ @ingroup extsock
 *
 * How long a client may take for a request, and how soon it may send another.
 */

#ifndef EXTSOCK_PACE_H_
#define EXTSOCK_PACE_H_

typedef struct extsock_pace_t extsock_pace_t;

#include <library.h>

/**
 * The pace of a client. Not locked, the owner does.
 *
 * All times are those of extsock_timer_now(), in milliseconds.
 */
struct extsock_pace_t {

	/**
	 * Note that the client sent a part of a request.
	 */
	void (*moved)(extsock_pace_t *this);

	/**
	 * Note that a request of the client was refused. After some in a row it has
	 * to pause, as what it sends may be no requests at all.
	 */
	void (*refused)(extsock_pace_t *this);

	/**
	 * Get the time from which on the next request is looked at.
	 *
	 * @return				time, may have passed
	 */
	uint64_t (*get_turn)(extsock_pace_t *this);

	/**
	 * Get the time until which the client has to send the rest of a request.
	 *
	 * @return				time, 0 for never
	 */
	uint64_t (*get_deadline)(extsock_pace_t *this);

	/**
	 * Note that this deadline has passed: there is a first one, for old clients
	 * that send no newline, and the idle timeout.
	 *
	 * @param now			current time
	 * @return				TRUE if it is the idle timeout
	 */
	bool (*expire)(extsock_pace_t *this, uint64_t now);

	/**
	 * Check if the first of these deadlines has passed since the client moved.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_silent)(extsock_pace_t *this);

	/**
	 * Change the idle timeout.
	 *
	 * @param timeout		time a client may leave a request unfinished, in
	 *						milliseconds, 0 for any
	 */
	void (*set_idle_timeout)(extsock_pace_t *this, u_int timeout);

	/**
	 * Destroy an extsock_pace_t.
	 */
	void (*destroy)(extsock_pace_t *this);
};

/**
 * Create the pace of a client that has just connected.
 *
 * @param idle_timeout	as for set_idle_timeout()
 * @return				pace
 */
extsock_pace_t *extsock_pace_create(u_int idle_timeout);

#endif /** EXTSOCK_PACE_H_ @}*/
