/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_reach extsock_reach
 * @{ @ingroup extsock
 *
 * Asks what is behind a SEGW for an answer, through the tunnel.
 */

#ifndef EXTSOCK_REACH_H_
#define EXTSOCK_REACH_H_

typedef struct extsock_reach_t extsock_reach_t;

#include "registry.h"

#include <segw.h>

/**
 * Callback for what has become of a question, invoked with no lock held.
 *
 * @param user			user data passed to extsock_reach_create()
 * @param event			SEGW_IKE_REACHED
 */
typedef void (*extsock_reach_cb_t)(void *user, const segw_ike_event_t *event);

/**
 * Asks targets with ICMP echo requests and TCP connections, each from an
 * address of this host inside the local traffic selector of a CHILD_SA whose
 * remote one the target is in. Nothing is sent outside of a tunnel.
 *
 * Nothing here waits: answers are read when charon's watcher tells of them, or
 * when their time is over.
 */
struct extsock_reach_t {

	/**
	 * Ask the targets of an action; the callback is invoked once for it, perhaps
	 * before this returns. Waits for the IKE_SA as long as another thread has it.
	 *
	 * @param action		SEGW_ACTION_REACH
	 */
	void (*ask)(extsock_reach_t *this, const segw_action_t *action);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_reach_t *this);
};

/**
 * Create an object that asks. At charon's start, as it keeps CAP_NET_RAW.
 *
 * @param registry		finds IKE_SAs
 * @param cb			invoked with what has become of each question
 * @param user			user data to pass to cb
 * @return				object
 */
extsock_reach_t *extsock_reach_create(extsock_registry_t *registry,
									  extsock_reach_cb_t cb, void *user);

#endif /** EXTSOCK_REACH_H_ @}*/
