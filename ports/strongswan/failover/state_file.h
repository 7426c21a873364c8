/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_state_file extsock_state_file
 * @{ @ingroup extsock
 *
 * What outlives a restart of charon: a small file.
 */

#ifndef EXTSOCK_STATE_FILE_H_
#define EXTSOCK_STATE_FILE_H_

typedef struct extsock_state_file_t extsock_state_file_t;

#include <library.h>

#include <segw.h>

/**
 * Keeps libsegw's memory in a file.
 *
 * Written in one piece and put in place with rename(), so that a power cut
 * leaves the old file or the new one; not more often than configured, because
 * flash wears out. A checksum tells a file that a bad medium has changed; only
 * regular files are read and written, no link is followed.
 */
struct extsock_state_file_t {

	/**
	 * Hand what the file says to libsegw.
	 *
	 * @param ctx			context to restore
	 */
	void (*restore)(extsock_state_file_t *this, segw_ctx_t *ctx);

	/**
	 * Take over what libsegw wants to be kept, if it has changed.
	 *
	 * Writes nothing yet, may be called in a bus hook.
	 *
	 * @param ctx			context to ask
	 * @return				TRUE if save() is to be called
	 */
	bool (*update)(extsock_state_file_t *this, segw_ctx_t *ctx);

	/**
	 * Have it written as soon as the interval allows, by a job.
	 */
	void (*save)(extsock_state_file_t *this);

	/**
	 * Write what is not written yet, and destroy the object.
	 */
	void (*destroy)(extsock_state_file_t *this);
};

/**
 * Create an extsock_state_file_t, which does nothing if no file is configured.
 *
 * @return				state file
 */
extsock_state_file_t *extsock_state_file_create();

#endif /** EXTSOCK_STATE_FILE_H_ @}*/
