/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_server extsock_server
 * @{ @ingroup extsock
 *
 * Socket adapter: clients, their requests as bytes and their events as bytes.
 */

#ifndef EXTSOCK_SERVER_H_
#define EXTSOCK_SERVER_H_

typedef struct extsock_server_t extsock_server_t;

#include "serializer.h"

/**
 * Serves any number of clients, up to a limit, on a UNIX socket.
 *
 * No client can delay another one or charon: writing never blocks, what a
 * client does not read in time is queued up to a limit, what does not fit is
 * counted and the count told to the client. All clients together occupy one
 * worker thread with their requests, and a second one with those that may take
 * long: who has waited longest is next, and whatever else charon has to do
 * comes in between. One whose requests are refused has to pause.
 */
struct extsock_server_t {

	/**
	 * Start to accept clients, as the options say.
	 *
	 * If that can not be done the log says why, and reload() may bring it.
	 *
	 * @param cb			callback to carry out requests
	 * @param is_slow		callback to tell which may take long
	 * @param user			user data to pass to callbacks
	 */
	void (*listen)(extsock_server_t *this, extsock_request_cb_t cb,
				   extsock_slow_cb_t is_slow, void *user);

	/**
	 * Take changed options over. Clients that may not be any more are told so
	 * and disconnected; those beyond a lower limit stay.
	 */
	void (*reload)(extsock_server_t *this);

	/**
	 * Send an event to all clients that want it. Not for bus hooks.
	 *
	 * @param text			event, a line as libsegw has it
	 * @param len			length of text
	 * @param subject		what it is about
	 */
	void (*publish)(extsock_server_t *this, const char *text, size_t len,
					const segw_subject_t *subject);

	/**
	 * Disconnect all clients, once they got as much of what is queued as they
	 * have room for, and destroy the server; no thread may run jobs any more.
	 */
	void (*destroy)(extsock_server_t *this);
};

/**
 * Create a server that does not listen yet.
 *
 * @return				server
 */
extsock_server_t *extsock_server_create();

#endif /** EXTSOCK_SERVER_H_ @}*/
