/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_socket_options extsock_socket_options
 * @{ @ingroup extsock
 *
 * What the options ask of the socket's file.
 */

#ifndef EXTSOCK_SOCKET_OPTIONS_H_
#define EXTSOCK_SOCKET_OPTIONS_H_

#include <library.h>

#include <sys/types.h>
#include <sys/un.h>

typedef struct extsock_socket_options_t extsock_socket_options_t;

/**
 * The options socket, mode, owner and group.
 */
struct extsock_socket_options_t {

	/**
	 * Where to listen, an absolute path
	 */
	struct sockaddr_un addr;

	/**
	 * Mode of the file, 0 to 0777
	 */
	mode_t mode;

	/**
	 * Owner of the file
	 */
	uid_t uid;

	/**
	 * Group of the file
	 */
	gid_t gid;
};

/**
 * Read the options.
 *
 * @param options		receives what they ask for, or the defaults
 * @return				FALSE if one makes no sense, which is logged
 */
bool extsock_socket_options_read(extsock_socket_options_t *options);

#endif /** EXTSOCK_SOCKET_OPTIONS_H_ @}*/
