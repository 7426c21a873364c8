/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_socket extsock_socket
 * @{ @ingroup extsock
 *
 * Socket adapter: clients, their requests as bytes and their events as bytes.
 */

#ifndef EXTSOCK_SOCKET_H_
#define EXTSOCK_SOCKET_H_

typedef struct extsock_socket_t extsock_socket_t;

#include "client.h"

/**
 * Stream socket serving any number of clients, up to a limit.
 *
 * No client can delay another one or charon: writing never blocks, what a
 * client does not read in time is queued up to a limit, what does not fit is
 * counted and the count told to the client. All clients together occupy one
 * worker thread with their requests, and take turns; one whose requests are
 * refused has to pause in between.
 */
struct extsock_socket_t {

	/**
	 * Start to accept clients, as the options say.
	 *
	 * If that can not be done the log says why, and reload() may bring it.
	 *
	 * @param cb			callback to carry out requests
	 * @param user			user data to pass to callback
	 */
	void (*listen)(extsock_socket_t *this, extsock_request_cb_t cb, void *user);

	/**
	 * Take changed options over. Clients that may not be any more are told so
	 * and disconnected; those beyond a lower limit stay.
	 */
	void (*reload)(extsock_socket_t *this);

	/**
	 * Send an event to all clients that want it. Not for bus hooks.
	 *
	 * @param text			event, a line as libsegw has it
	 * @param len			length of text
	 */
	void (*publish)(extsock_socket_t *this, const char *text, size_t len);

	/**
	 * Disconnect all clients, once they got as much of what is queued as they
	 * have room for, and destroy the socket; no thread may run jobs any more.
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
