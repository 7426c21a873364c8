/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_output extsock_output
 * @{ @ingroup extsock
 *
 * What a client has not read yet.
 */

#ifndef EXTSOCK_OUTPUT_H_
#define EXTSOCK_OUTPUT_H_

typedef struct extsock_output_t extsock_output_t;

#include <library.h>

/**
 * Queue of lines for a client, up to a limit. Not locked, the owner does.
 */
struct extsock_output_t {

	/**
	 * Queue a line, or count it as missed if there is no room: the client is
	 * told the count in place of the lines.
	 *
	 * @param line			line, copied
	 * @param must			TRUE to queue it even if there is no room
	 */
	void (*queue)(extsock_output_t *this, chunk_t line, bool must);

	/**
	 * Write as much as possible of what is waiting, without blocking.
	 *
	 * @param fd			socket to write to
	 * @return				TRUE if something was written
	 */
	bool (*write)(extsock_output_t *this, int fd);

	/**
	 * Check if nothing is waiting.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_empty)(extsock_output_t *this);

	/**
	 * Check if the client is slow, so that it had better not ask for more.
	 *
	 * @return				TRUE if half of the room is taken
	 */
	bool (*is_full)(extsock_output_t *this);

	/**
	 * Check if the socket had no room for all of it at the last write().
	 *
	 * @return				TRUE if so
	 */
	bool (*is_blocked)(extsock_output_t *this);

	/**
	 * Check if the client hears nothing any more; it may have sent requests
	 * before. Nothing is queued then.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_deaf)(extsock_output_t *this);

	/**
	 * Destroy the queue.
	 */
	void (*destroy)(extsock_output_t *this);
};

/**
 * Create an empty queue.
 *
 * @return				queue
 */
extsock_output_t *extsock_output_create();

#endif /** EXTSOCK_OUTPUT_H_ @}*/
