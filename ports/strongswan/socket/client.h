/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_client extsock_client
 * @{ @ingroup extsock
 *
 * One client of the socket.
 */

#ifndef EXTSOCK_CLIENT_H_
#define EXTSOCK_CLIENT_H_

typedef struct extsock_client_t extsock_client_t;

#include "access.h"
#include "rights.h"
#include "turns.h"

#include <segw.h>

/**
 * What a client is told that is disconnected for no request of its own
 */
#define EXTSOCK_REFUSAL(reason) \
	"{\"reply\":\"\",\"ok\":false,\"error\":\"" reason "\"}\n"

/**
 * Callback to carry out a request.
 *
 * Invoked on a worker thread, for one request at a time. The request is wiped
 * afterwards.
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
 * A client: its requests are read and carried out, replies and events written.
 *
 * Methods are called with the turns' lock held, unless they say otherwise.
 */
struct extsock_client_t {

	/**
	 * Do what there is to do, in the client's turn. Called without the lock.
	 *
	 * @param hold			TRUE to carry out no request, until release()
	 * @return				FALSE if the client is to be destroyed, it gets no
	 *						turn any more
	 */
	bool (*attend)(extsock_client_t *this, bool hold);

	/**
	 * Carry on with a request that was on hold, if there is one.
	 */
	void (*release)(extsock_client_t *this);

	/**
	 * Check if the client has a request to carry out.
	 *
	 * @return				TRUE if it has
	 */
	bool (*has_request)(extsock_client_t *this);

	/**
	 * Check if the process has closed its end: nothing comes any more, but what
	 * it wrote before may be unread yet.
	 *
	 * @return				TRUE if it has
	 */
	bool (*is_closed)(extsock_client_t *this);

	/**
	 * Queue an event, if the client wants it.
	 *
	 * @param event			event, a line as libsegw has it
	 * @return				TRUE if it was queued, write() is to be called
	 */
	bool (*publish)(extsock_client_t *this, chunk_t event);

	/**
	 * Write what is queued.
	 */
	void (*write)(extsock_client_t *this);

	/**
	 * See what the client has to do at this time.
	 *
	 * @param now			current time, of extsock_timer_now()
	 */
	void (*check_time)(extsock_client_t *this, uint64_t now);

	/**
	 * Disconnect the client if it may not be one, once its output is sent.
	 *
	 * @param access		who may be a client
	 * @param text			what to tell it, a line
	 * @return				TRUE if it is disconnected for that
	 */
	bool (*check)(extsock_client_t *this, extsock_access_t *access,
				  char *text);

	/**
	 * Change the idle timeout.
	 *
	 * @param timeout		time a client may leave a request unfinished, in
	 *						milliseconds, 0 for any
	 */
	void (*set_idle_timeout)(extsock_client_t *this, u_int timeout);

	/**
	 * Write once more what there is room for; no thread may run any more.
	 */
	void (*flush)(extsock_client_t *this);

	/**
	 * Disconnect and destroy the client. Called without the lock, in its turn
	 * or if no thread runs any more.
	 */
	void (*destroy)(extsock_client_t *this);
};

/**
 * Create a client, which gets its first turn. Called with the turns' lock held.
 *
 * @param fd			socket, connected by the client, adopted
 * @param turns			turns, their item is the client
 * @param idle_timeout	as for set_idle_timeout()
 * @param cb			callback to carry out requests
 * @param user			user data to pass to callback
 * @return				client
 */
extsock_client_t *extsock_client_create(int fd, extsock_turns_t *turns,
										u_int idle_timeout,
										extsock_request_cb_t cb, void *user);

#endif /** EXTSOCK_CLIENT_H_ @}*/
