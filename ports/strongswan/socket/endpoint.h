/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_endpoint extsock_endpoint
 * @{ @ingroup extsock
 *
 * Where processes connect that become clients.
 */

#ifndef EXTSOCK_ENDPOINT_H_
#define EXTSOCK_ENDPOINT_H_

typedef struct extsock_endpoint_t extsock_endpoint_t;

#include <library.h>

/**
 * Callback for a process that connected. Never blocks.
 *
 * @param user			user data passed to extsock_endpoint_create()
 * @param fd			socket, connected by the process, adopted
 */
typedef void (*extsock_accept_cb_t)(void *user, int fd);

/**
 * Accepts what connects to a UNIX socket.
 *
 * Not lib->streams->create_service(): that one unlinks whatever is there, and
 * has one mode and owner.
 */
struct extsock_endpoint_t {

	/**
	 * Bring the socket in line with the options socket, mode, owner and group.
	 *
	 * If that can not be done it stays as it is, and the log says why.
	 */
	void (*reload)(extsock_endpoint_t *this);

	/**
	 * Listen no longer, and remove the socket's file if it is still ours.
	 */
	void (*destroy)(extsock_endpoint_t *this);
};

/**
 * Create an endpoint that does not listen until reload() is called.
 *
 * @param cb			callback for processes that connected
 * @param user			user data to pass to callback
 * @return				endpoint
 */
extsock_endpoint_t *extsock_endpoint_create(extsock_accept_cb_t cb, void *user);

#endif /** EXTSOCK_ENDPOINT_H_ @}*/
