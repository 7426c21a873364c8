/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_recorder extsock_recorder
 * @{ @ingroup extsock
 *
 * Decides what of libsegw's inputs goes into the record, and what must not.
 */

#ifndef EXTSOCK_RECORDER_H_
#define EXTSOCK_RECORDER_H_

typedef struct extsock_recorder_t extsock_recorder_t;

#include "trace_format.h"

#include <library.h>

/**
 * Each input to libsegw begins with one of the begin functions. They give the
 * input its time, and keep it in the trace, if there is one and if it holds no
 * secret: of what is not kept the tables that it leaves behind are.
 *
 * All but get() and destroy() are called with the failover manager's mutex held,
 * and may be in a bus hook.
 */
struct extsock_recorder_t {

	/**
	 * Begin an input.
	 *
	 * @param kind			what it is
	 * @param data			what belongs to it, see extsock_trace_kind_t
	 * @param len			bytes of data
	 * @return				time of it, in milliseconds
	 */
	uint64_t (*begin)(extsock_recorder_t *this, extsock_trace_kind_t kind,
					  const void *data, size_t len);

	/**
	 * Begin a request of a client. One that applies a configuration is not kept,
	 * one that only asks changes nothing.
	 *
	 * @param request		the request
	 * @return				time of it, in milliseconds
	 */
	uint64_t (*begin_request)(extsock_recorder_t *this, chunk_t request);

	/**
	 * Libsegw has answered that request. One that was refused is taken back.
	 *
	 * @param accepted		FALSE if it was refused
	 */
	void (*end_request)(extsock_recorder_t *this, bool accepted);

	/**
	 * Begin the adoption of a connection.
	 *
	 * @param name			its name
	 * @param addresses		its SEGWs
	 * @param children		number of its CHILD_SAs
	 * @param policy		how it fails over
	 * @return				time of it, in milliseconds
	 */
	uint64_t (*begin_adoption)(extsock_recorder_t *this, const char *name,
							   const char *addresses, uint32_t children,
							   const segw_policy_t *policy);

	/**
	 * Keep an action that libsegw has given.
	 *
	 * @param action		the action
	 */
	void (*action)(extsock_recorder_t *this, const segw_action_t *action);

	/**
	 * Get a copy of the record, as it stands in a file.
	 *
	 * @param data			receives it, allocated
	 * @param serial		receives a number: while it is the same one, what was
	 *						there stays, and more is added behind it
	 * @return				NULL, or why there is no record
	 */
	char *(*get)(extsock_recorder_t *this, chunk_t *data, uint32_t *serial);

	/**
	 * Destroy the recorder, and have written what is not written yet.
	 */
	void (*destroy)(extsock_recorder_t *this);
};

/**
 * Create a recorder.
 *
 * @param ctx			libsegw's context, before its first input
 * @return				recorder
 */
extsock_recorder_t *extsock_recorder_create(const segw_ctx_t *ctx);

#endif /** EXTSOCK_RECORDER_H_ @}*/
