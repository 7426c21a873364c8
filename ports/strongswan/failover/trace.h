/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_trace extsock_trace
 * @{ @ingroup extsock
 *
 * A ring of what libsegw was last told and answered, for segw-replay.
 */

#ifndef EXTSOCK_TRACE_H_
#define EXTSOCK_TRACE_H_

typedef struct extsock_trace_t extsock_trace_t;

#include "trace_format.h"

#include <library.h>

/**
 * Keeps the last inputs in memory, with libsegw's tables as they were before
 * them, for who asks, and has them written to a file now and then and when
 * charon ends if there is to be one.
 *
 * Bounded, and without secrets: libsegw's context holds none between two calls,
 * and a request that holds a configuration is not kept. After one the tables
 * are kept anew. All but destroy() may be called in a bus hook, with the
 * failover manager's mutex held.
 *
 * It is two parts, each of which begins with the tables. When the newer one is
 * full the older one is thrown away.
 */
struct extsock_trace_t {

	/**
	 * An input is about to be given to libsegw.
	 *
	 * @param kind			what it is
	 * @param now			time of it
	 * @param data			what belongs to it, see extsock_trace_kind_t
	 * @param len			bytes of data
	 * @param ctx			libsegw's context before it
	 */
	void (*input)(extsock_trace_t *this, extsock_trace_kind_t kind, uint64_t now,
				  const void *data, size_t len, const segw_ctx_t *ctx);

	/**
	 * Libsegw has answered a request. One that was refused is taken back: it has
	 * changed nothing, and nobody knows what is in it.
	 *
	 * @param accepted		FALSE if it was refused
	 */
	void (*answer)(extsock_trace_t *this, bool accepted);

	/**
	 * Libsegw has given an action.
	 *
	 * @param action		the action
	 */
	void (*action)(extsock_trace_t *this, const segw_action_t *action);

	/**
	 * Something happened that cannot be kept: keep the tables anew before the
	 * next input.
	 */
	void (*forget)(extsock_trace_t *this);

	/**
	 * Get a copy of it, as it stands in a file.
	 *
	 * @param data			receives it, allocated
	 * @param serial		receives a number: while it is the same one, what was
	 *						there stays, and more is added behind it
	 * @return				FALSE if libsegw's tables do not fit, so that there is
	 *						none
	 */
	bool (*get)(extsock_trace_t *this, chunk_t *data, uint32_t *serial);

	/**
	 * Write what is not written yet, and destroy the object.
	 */
	void (*destroy)(extsock_trace_t *this);
};

/**
 * Create an extsock_trace_t.
 *
 * @return				trace, NULL if none is to be kept
 */
extsock_trace_t *extsock_trace_create();

#endif /** EXTSOCK_TRACE_H_ @}*/
