/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_writer extsock_writer
 * @{ @ingroup extsock
 *
 * Sends a client its lines, as it has room for them.
 */

#ifndef EXTSOCK_WRITER_H_
#define EXTSOCK_WRITER_H_

typedef struct extsock_writer_t extsock_writer_t;

#include "turns.h"

#include <networking/streams/stream.h>

/**
 * Callback for output that was written because there is room again. Called
 * locked, by the stream's callback.
 *
 * @param user			user data passed to extsock_writer_create()
 * @param left			TRUE if output is left
 */
typedef void (*extsock_written_cb_t)(void *user, bool left);

/**
 * Output of a client on its way to the stream.
 *
 * All methods but watch() and destroy() are called with the turns' lock held.
 */
struct extsock_writer_t {

	/**
	 * Queue a line, as extsock_output_t does; not if the client is deaf.
	 *
	 * @param line			line, copied
	 * @param must			TRUE to queue it even if there is no room
	 */
	void (*queue)(extsock_writer_t *this, chunk_t line, bool must);

	/**
	 * Write what is queued, as much as there is room for.
	 *
	 * @return				TRUE if a turn is needed to watch() for more room
	 */
	bool (*write)(extsock_writer_t *this);

	/**
	 * Have the rest written when there is room, if write() asked for it.
	 *
	 * In the client's turn, without the lock: changes the stream's callback.
	 */
	void (*watch)(extsock_writer_t *this);

	/**
	 * Check if nothing is left to be written.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_empty)(extsock_writer_t *this);

	/**
	 * Check if the client is slow, so that it had better not ask for more.
	 *
	 * @return				TRUE if half of the room for output is taken
	 */
	bool (*is_full)(extsock_writer_t *this);

	/**
	 * Check if the client hears nothing any more; it may have sent requests
	 * before.
	 *
	 * @return				TRUE if so
	 */
	bool (*is_deaf)(extsock_writer_t *this);

	/**
	 * Write once more what there is room for, whoever is to do it otherwise.
	 */
	void (*flush)(extsock_writer_t *this);

	/**
	 * Destroy the object, once the stream is destroyed.
	 */
	void (*destroy)(extsock_writer_t *this);
};

/**
 * Create a writer without output.
 *
 * @param stream		stream to the client
 * @param turns			has the lock
 * @param cb			callback for output written by watch()
 * @param user			user data to pass to callback
 * @return				writer
 */
extsock_writer_t *extsock_writer_create(stream_t *stream,
										extsock_turns_t *turns,
										extsock_written_cb_t cb, void *user);

#endif /** EXTSOCK_WRITER_H_ @}*/
