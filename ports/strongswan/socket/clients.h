/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_clients extsock_clients
 * @{ @ingroup extsock
 *
 * The set of clients.
 */

#ifndef EXTSOCK_CLIENTS_H_
#define EXTSOCK_CLIENTS_H_

typedef struct extsock_clients_t extsock_clients_t;

#include "client.h"

/**
 * All clients, up to a limit. They share one worker thread and one lock.
 *
 * All methods but serve() and destroy() may be called by any thread, but not in
 * bus hooks.
 */
struct extsock_clients_t {

	/**
	 * Have requests carried out. To be called before the first add().
	 *
	 * @param cb			callback to carry out requests
	 * @param user			user data to pass to callback
	 */
	void (*serve)(extsock_clients_t *this, extsock_request_cb_t cb, void *user);

	/**
	 * Take a client in.
	 *
	 * @param fd			socket, connected by the client, adopted if there is
	 *						room for it
	 * @return				FALSE if it is one too many, which is logged once a
	 *						minute
	 */
	bool (*add)(extsock_clients_t *this, int fd);

	/**
	 * Read the options max_clients and idle_timeout_ms anew. Clients beyond a
	 * lower limit stay.
	 */
	void (*reload)(extsock_clients_t *this);

	/**
	 * Disconnect the clients that may not be any.
	 *
	 * @param access		who may be a client
	 * @param text			what to tell them, a line
	 * @return				number of clients
	 */
	u_int (*check)(extsock_clients_t *this, extsock_access_t *access,
				   char *text);

	/**
	 * Send an event to all clients that want it.
	 *
	 * @param event			event, a line as libsegw has it
	 */
	void (*publish)(extsock_clients_t *this, chunk_t event);

	/**
	 * Disconnect all clients, once they got as much of what is queued as they
	 * have room for, and destroy the set; no thread may run jobs any more.
	 */
	void (*destroy)(extsock_clients_t *this);
};

/**
 * Create an empty set, with the options read.
 *
 * @return				set
 */
extsock_clients_t *extsock_clients_create();

#endif /** EXTSOCK_CLIENTS_H_ @}*/
