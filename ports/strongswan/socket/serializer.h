/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_serializer extsock_serializer
 * @{ @ingroup extsock
 *
 * Whose request is next: one thread for all clients.
 */

#ifndef EXTSOCK_SERIALIZER_H_
#define EXTSOCK_SERIALIZER_H_

typedef struct extsock_serializer_t extsock_serializer_t;

#include "rights.h"

#include <library.h>
#include <collections/linked_list.h>
#include <threading/mutex.h>

#include <segw.h>

/**
 * Callback to carry out a request.
 *
 * Invoked on a worker thread, for one request at a time, and one that may take
 * long beside it. The request is wiped afterwards.
 *
 * @param user			user data
 * @param request		one request, as sent
 * @param rights		what the client may do
 * @param filter		which events the client wants, may be changed: that
 *						counts for events published after the reply
 * @param reply			receives the reply to send, allocated, may be empty
 * @return				FALSE if the request was refused
 */
typedef bool (*extsock_request_cb_t)(void *user, chunk_t request,
									 extsock_rights_t rights,
									 segw_filter_t *filter, chunk_t *reply);

/**
 * Callback to tell if a request may take so long that those of others, which do
 * not, should not wait for it.
 *
 * Invoked by any thread, under a lock: it has to be quick.
 *
 * @param user			user data
 * @param request		request, as sent
 * @return				TRUE if it may
 */
typedef bool (*extsock_slow_cb_t)(void *user, chunk_t request);

/**
 * Callback for a client that has changed, called locked.
 *
 * @param user			user data
 */
typedef void (*extsock_settle_cb_t)(void *user);

/**
 * Has the requests of clients carried out one at a time, by a job: who has waited
 * longest is next, whatever else charon has to do comes in between.
 */
struct extsock_serializer_t {

	/**
	 * Go on, if a request waits. Called locked.
	 */
	void (*start)(extsock_serializer_t *this);

	/**
	 * Destroy the object; no thread may run jobs any more.
	 */
	void (*destroy)(extsock_serializer_t *this);
};

/**
 * Create a serializer.
 *
 * @param slow			TRUE for the requests that may take long, FALSE for all
 *						others
 * @param mutex			the lock, which covers clients and what they have
 * @param clients		extsock_client_t, in the order they connected
 * @param cb			callback to carry out requests
 * @param is_slow		callback to tell which may take long
 * @param user			user data to pass to these
 * @param settle		callback for a client that has changed
 * @param settle_user	user data to pass to it
 * @return				serializer
 */
extsock_serializer_t *extsock_serializer_create(bool slow, mutex_t *mutex,
										linked_list_t *clients,
										extsock_request_cb_t cb,
										extsock_slow_cb_t is_slow, void *user,
										extsock_settle_cb_t settle,
										void *settle_user);

#endif /** EXTSOCK_SERIALIZER_H_ @}*/
