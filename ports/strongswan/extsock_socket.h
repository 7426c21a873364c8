/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

/**
 * @defgroup extsock_socket extsock_socket
 * @{ @ingroup extsock
 *
 * Socket adapter: clients, their requests as bytes and their events as bytes.
 */

#ifndef EXTSOCK_SOCKET_H_
#define EXTSOCK_SOCKET_H_

typedef struct extsock_socket_t extsock_socket_t;

#include <library.h>

/**
 * Callback to carry out a request.
 *
 * Invoked on a worker thread, in order for each client but for several clients
 * at once. The request is wiped afterwards.
 *
 * @param user			user data passed to listen()
 * @param request		one request, as sent
 * @return				reply to send, allocated, may be empty
 */
typedef chunk_t (*extsock_request_cb_t)(void *user, chunk_t request);

/**
 * Stream socket serving any number of clients, up to a limit.
 *
 * No client can delay another one or charon: writing never blocks, what a
 * client does not read in time is queued up to a limit, what does not fit is
 * counted and the count told to the client.
 */
struct extsock_socket_t {

	/**
	 * Start to accept clients.
	 *
	 * @param uri			URI to listen on, or the path of a UNIX socket
	 * @param max_clients	number of clients to serve at once
	 * @param cb			callback to carry out requests
	 * @param user			user data to pass to callback
	 * @return				FALSE if the socket could not be created
	 */
	bool (*listen)(extsock_socket_t *this, char *uri, u_int max_clients,
				   extsock_request_cb_t cb, void *user);

	/**
	 * Send a line to all clients. Not for bus hooks.
	 *
	 * @param text			line to send
	 * @param len			length of text
	 */
	void (*publish)(extsock_socket_t *this, const char *text, size_t len);

	/**
	 * Disconnect all clients and destroy the socket; no thread may run jobs
	 * any more.
	 */
	void (*destroy)(extsock_socket_t *this);
};

/**
 * Create a socket that does not listen yet.
 *
 * @return				socket
 */
extsock_socket_t *extsock_socket_create();

#endif /** EXTSOCK_SOCKET_H_ @}*/
