/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_queue extsock_queue
 * @{ @ingroup extsock
 *
 * Actions and events on their way from libsegw to charon and the clients.
 */

#ifndef EXTSOCK_QUEUE_H_
#define EXTSOCK_QUEUE_H_

typedef struct extsock_queue_t extsock_queue_t;

#include <library.h>

#include <segw.h>

/**
 * Two bounded FIFOs, allocated once, so that nothing is in a bus hook.
 *
 * When one is full the rest stays in libsegw until drain() is called again.
 * Not locked, the owner does.
 */
struct extsock_queue_t {

	/**
	 * Take over what libsegw has to say, as far as there is room.
	 *
	 * @param ctx			context to drain
	 * @return				TRUE if there is something in the queue
	 */
	bool (*drain)(extsock_queue_t *this, segw_ctx_t *ctx);

	/**
	 * Remove the oldest action.
	 *
	 * @param in_hook		TRUE to leave it if it is none for a bus hook
	 * @param action		receives the action
	 * @return				FALSE if there is none
	 */
	bool (*next_action)(extsock_queue_t *this, bool in_hook,
						segw_action_t *action);

	/**
	 * Remove the oldest event.
	 *
	 * @param event			buffer of SEGW_EVENT_CAP bytes, receives the event
	 * @return				length of the event, 0 if there is none
	 */
	size_t (*next_event)(extsock_queue_t *this, char *event);

	/**
	 * Destroy the queue.
	 */
	void (*destroy)(extsock_queue_t *this);
};

/**
 * Create an empty queue.
 *
 * @return				queue
 */
extsock_queue_t *extsock_queue_create();

#endif /** EXTSOCK_QUEUE_H_ @}*/
