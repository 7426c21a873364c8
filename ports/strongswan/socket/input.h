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
#include <networking/streams/stream.h>

/**
 * Buffer of a client's requests, to be used by one thread at a time.
 */
struct extsock_input_t {

	/**
	 * Read what has arrived, without blocking.
	 *
	 * @param stream		stream to read from
	 * @return				number of bytes read, 0 if the client has sent its
	 *						last, -1 on error, with errno set
	 */
	ssize_t (*read)(extsock_input_t *this, stream_t *stream);

	/**
	 * Get the oldest complete request, without removing it.
	 *
	 * @param request		receives the request, points into the buffer; NULL
	 *						to only check
	 * @return				FALSE if there is none yet
	 */
	bool (*get_request)(extsock_input_t *this, chunk_t *request);

	/**
	 * Check if a request has begun that is not complete.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_partial)(extsock_input_t *this);

	/**
	 * Take a request in words as complete although its newline is missing.
	 *
	 * @param old			TRUE for the requests of clients only that send no
	 *						newline, START_DPD and REMOVE_CONFIG
	 */
	void (*complete)(extsock_input_t *this, bool old);

	/**
	 * Check if the request is too long; nothing after it can be understood.
	 *
	 * @return				TRUE if get_request() got a request too long
	 */
	bool (*is_overlong)(extsock_input_t *this);

	/**
	 * Remove and wipe the request got with get_request().
	 */
	void (*done_request)(extsock_input_t *this);

	/**
	 * Destroy the buffer, which is wiped.
	 */
	void (*destroy)(extsock_input_t *this);
};

/**
 * Create an empty buffer.
 *
 * @return				buffer
 */
extsock_input_t *extsock_input_create();

#endif /** EXTSOCK_INPUT_H_ @}*/
