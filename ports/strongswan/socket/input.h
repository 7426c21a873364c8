/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_input extsock_input
 * @{ @ingroup extsock
 *
 * What a client has sent: requests are cut out of it.
 */

#ifndef EXTSOCK_INPUT_H_
#define EXTSOCK_INPUT_H_

typedef struct extsock_input_t extsock_input_t;

#include <library.h>

/**
 * Buffer of a client's requests, with the time the client may take for one, and
 * a rate limit for those that are refused. Not locked, the owner does.
 *
 * All times are those of extsock_timer_now(), in milliseconds.
 */
struct extsock_input_t {

	/**
	 * Read what has arrived, without blocking. Only without a request.
	 *
	 * @param fd			socket to read from
	 * @return				FALSE if nothing comes any more
	 */
	bool (*read)(extsock_input_t *this, int fd);

	/**
	 * Get the time since when the oldest complete request has been waiting.
	 *
	 * @return				time, 0 if there is none
	 */
	uint64_t (*get_since)(extsock_input_t *this);

	/**
	 * Get the oldest complete request, without removing it.
	 *
	 * @return				request, points into the buffer, until done()
	 */
	chunk_t (*get_request)(extsock_input_t *this);

	/**
	 * Check if that request is too long; nothing after it can be understood.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_overlong)(extsock_input_t *this);

	/**
	 * Remove and wipe the oldest complete request.
	 *
	 * @param accepted		FALSE if it was refused. After some in a row the
	 *						client has to pause, as what it sends may be no
	 *						requests at all.
	 */
	void (*done)(extsock_input_t *this, bool accepted);

	/**
	 * Get the time from which on the next request is read and carried out.
	 *
	 * @return				time, may have passed
	 */
	uint64_t (*get_turn)(extsock_input_t *this);

	/**
	 * Get the time at which is_silent() may tell something new.
	 *
	 * @param now			current time
	 * @return				time, 0 for never
	 */
	uint64_t (*get_time)(extsock_input_t *this, uint64_t now);

	/**
	 * Check if a part of a request has not grown for some time.
	 *
	 * @param now			current time
	 * @return				TRUE if check_time() is to be called, once all that
	 *						has arrived is read
	 */
	bool (*is_silent)(extsock_input_t *this, uint64_t now);

	/**
	 * See if that part is a whole request of an old client, which sends no
	 * newline, or if its rest did not come in time.
	 *
	 * @param now			current time
	 * @return				FALSE if it did not come in time
	 */
	bool (*check_time)(extsock_input_t *this, uint64_t now);

	/**
	 * Change the idle timeout.
	 *
	 * @param timeout		time a client may leave a request unfinished, in
	 *						milliseconds, 0 for any
	 */
	void (*set_idle_timeout)(extsock_input_t *this, u_int timeout);

	/**
	 * Destroy the buffer, which is wiped.
	 */
	void (*destroy)(extsock_input_t *this);
};

/**
 * Create an empty buffer.
 *
 * @param idle_timeout	as for set_idle_timeout()
 * @return				buffer
 */
extsock_input_t *extsock_input_create(u_int idle_timeout);

#endif /** EXTSOCK_INPUT_H_ @}*/
