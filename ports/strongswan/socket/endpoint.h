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
 * A UNIX socket that listens, and its file: the options socket, mode, owner and
 * group.
 *
 * Nobody can connect before the file has its mode and owner; in its place only a
 * socket is replaced that nobody answers on; symbolic links are not followed.
 *
 * Not lib->streams->create_service(): that one unlinks whatever is there, and
 * has one mode and owner.
 */
struct extsock_endpoint_t {

	/**
	 * Bring the socket in line with the options.
	 *
	 * If that can not be done it stays as it is, and the log says why.
	 */
	void (*reload)(extsock_endpoint_t *this);

	/**
	 * Accept a process that has connected, without blocking.
	 *
	 * @return				its socket, -1 if there is none
	 */
	int (*accept)(extsock_endpoint_t *this);

	/**
	 * Listen no longer, and remove the socket's file if it is still ours.
	 */
	void (*destroy)(extsock_endpoint_t *this);
};

/**
 * Create an endpoint that does not listen until reload() is called.
 *
 * @param epoll			descriptor of epoll, with which the socket is watched,
 *						with NULL as data
 * @return				endpoint
 */
extsock_endpoint_t *extsock_endpoint_create(int epoll);

#endif /** EXTSOCK_ENDPOINT_H_ @}*/
