/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_reader extsock_reader
 * @{ @ingroup extsock
 *
 * Reads a client's requests, one after the other.
 */

#ifndef EXTSOCK_READER_H_
#define EXTSOCK_READER_H_

typedef struct extsock_reader_t extsock_reader_t;

#include "turns.h"

#include <networking/streams/stream.h>

/**
 * Callback for input, called locked, by the stream's callback.
 *
 * @param user			user data passed to extsock_reader_create()
 * @param len			number of bytes read, 0 if the client has sent its last,
 *						-1 if the stream is broken
 */
typedef void (*extsock_read_cb_t)(void *user, ssize_t len);

/**
 * Input of a client.
 *
 * It is not read on while there is a request in it. Methods are called with the
 * turns' lock held; those for the client's turn without, as they change the
 * stream's callback or what belongs to it.
 */
struct extsock_reader_t {

	/**
	 * Check if there is a request, complete.
	 *
	 * @return				TRUE if so
	 */
	bool (*has_request)(extsock_reader_t *this);

	/**
	 * Check if the client has to pause before its next request, having had too
	 * many refused.
	 *
	 * @param now			current time, of extsock_timer_now()
	 * @return				TRUE if so
	 */
	bool (*is_paused)(extsock_reader_t *this, uint64_t now);

	/**
	 * Check if there is something to do in the client's turn.
	 *
	 * @param now			current time
	 * @return				TRUE if so
	 */
	bool (*is_due)(extsock_reader_t *this, uint64_t now);

	/**
	 * Get the time from which on is_due(), or until which the rest of a request
	 * has to come, or else expire() is to be called.
	 *
	 * @param now			current time
	 * @return				time, in the past for the latter only; 0 for never
	 */
	uint64_t (*get_time)(extsock_reader_t *this, uint64_t now);

	/**
	 * The rest of a request did not come in time.
	 *
	 * @param now			current time
	 * @return				FALSE if look() is to be called, TRUE if it is too
	 *						late even for that
	 */
	bool (*expire)(extsock_reader_t *this, uint64_t now);

	/**
	 * Take what there is as a request if that is how old clients send it, if
	 * expire() asked for it. For the client's turn.
	 *
	 * @return				TRUE if something has changed
	 */
	bool (*look)(extsock_reader_t *this);

	/**
	 * Read on, unless the client has to pause. For the client's turn.
	 */
	void (*watch)(extsock_reader_t *this);

	/**
	 * Get the request. For the client's turn.
	 *
	 * @param request		receives the request, valid until done()
	 * @return				FALSE if it is too long, and the last that can be
	 *						understood
	 */
	bool (*get_request)(extsock_reader_t *this, chunk_t *request);

	/**
	 * Remove and wipe the request, and look for the next one. For the client's
	 * turn.
	 *
	 * @param accepted		FALSE if it was refused
	 */
	void (*done)(extsock_reader_t *this, bool accepted);

	/**
	 * Read no more.
	 *
	 * @param drop			TRUE to carry out no more requests either
	 */
	void (*stop)(extsock_reader_t *this, bool drop);

	/**
	 * Change the idle timeout.
	 *
	 * @param timeout		time a client may leave a request unfinished, in
	 *						milliseconds, 0 for any
	 */
	void (*set_idle_timeout)(extsock_reader_t *this, u_int timeout);

	/**
	 * Destroy the reader, once the stream is destroyed.
	 */
	void (*destroy)(extsock_reader_t *this);
};

/**
 * Create a reader, that does not read before watch() is called.
 *
 * @param stream		stream to the client
 * @param turns			has the lock
 * @param idle_timeout	as for set_idle_timeout()
 * @param cb			callback for input
 * @param user			user data to pass to callback
 * @return				reader
 */
extsock_reader_t *extsock_reader_create(stream_t *stream,
										extsock_turns_t *turns,
										u_int idle_timeout,
										extsock_read_cb_t cb, void *user);

#endif /** EXTSOCK_READER_H_ @}*/
