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
 * @defgroup extsock_client extsock_client
 * @{ @ingroup extsock
 *
 * Buffers of one client: requests are cut out of one, lines wait in the other.
 */

#ifndef EXTSOCK_CLIENT_H_
#define EXTSOCK_CLIENT_H_

typedef struct extsock_client_t extsock_client_t;

#include <library.h>
#include <networking/streams/stream.h>

/**
 * The two buffers of a client.
 *
 * The input methods are to be used by one thread at a time, and so are the
 * output methods; the two sets are independent of each other.
 */
struct extsock_client_t {

	/**
	 * Read what has arrived, without blocking.
	 *
	 * @param stream		stream to read from
	 * @return				number of bytes read, 0 if the client has sent its
	 *						last, -1 on error, with errno set
	 */
	ssize_t (*read)(extsock_client_t *this, stream_t *stream);

	/**
	 * Get the oldest complete request, without removing it.
	 *
	 * @param request		receives the request, points into the buffer
	 * @return				FALSE if there is none yet
	 */
	bool (*get_request)(extsock_client_t *this, chunk_t *request);

	/**
	 * Check if a request has begun that is not complete.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_partial)(extsock_client_t *this);

	/**
	 * Take a request in words as complete although its newline is missing.
	 *
	 * @param old			TRUE for the requests of clients only that send no
	 *						newline, START_DPD and REMOVE_CONFIG
	 */
	void (*complete)(extsock_client_t *this, bool old);

	/**
	 * Check if the request is too long; nothing after it can be understood.
	 *
	 * @return				TRUE if get_request() got a request too long
	 */
	bool (*is_overlong)(extsock_client_t *this);

	/**
	 * Remove and wipe the request got with get_request().
	 */
	void (*done_request)(extsock_client_t *this);

	/**
	 * Queue a line to send, or count it as missed if there is no room.
	 *
	 * @param text			line to send
	 * @param must			TRUE to queue it even if there is no room
	 */
	void (*queue)(extsock_client_t *this, chunk_t text, bool must);

	/**
	 * Check if lines are waiting to be sent.
	 *
	 * @return				TRUE if so
	 */
	bool (*has_output)(extsock_client_t *this);

	/**
	 * Check if the client is slow, so that it had better not ask for more.
	 *
	 * @return				TRUE if its queue is full
	 */
	bool (*is_full)(extsock_client_t *this);

	/**
	 * Write as much as possible of what is waiting, without blocking.
	 *
	 * @param stream		stream to write to
	 * @return				FALSE if the stream is broken
	 */
	bool (*write)(extsock_client_t *this, stream_t *stream);

	/**
	 * Drop all lines that are waiting.
	 */
	void (*drop_output)(extsock_client_t *this);

	/**
	 * Destroy the buffers, input is wiped.
	 */
	void (*destroy)(extsock_client_t *this);
};

/**
 * Create empty buffers.
 *
 * @return				buffers
 */
extsock_client_t *extsock_client_create();

#endif /** EXTSOCK_CLIENT_H_ @}*/
