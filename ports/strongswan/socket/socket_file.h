/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_socket_file extsock_socket_file
 * @{ @ingroup extsock
 *
 * The socket's file: its rights, its beginning and its end.
 */

#ifndef EXTSOCK_SOCKET_FILE_H_
#define EXTSOCK_SOCKET_FILE_H_

typedef struct extsock_socket_file_t extsock_socket_file_t;

#include "socket_options.h"

/**
 * A UNIX socket that listens, and its file. Not locked, the owner does.
 *
 * Nobody can connect before mode and owner are those of the options; a file is
 * replaced only if it is a socket that nobody answers on; symbolic links are
 * not followed.
 */
struct extsock_socket_file_t {

	/**
	 * Get the listening socket, which is non-blocking.
	 *
	 * @return				file descriptor, of this object
	 */
	int (*get_fd)(extsock_socket_file_t *this);

	/**
	 * Give the file other rights.
	 *
	 * @param options		what the options ask for
	 * @return				FALSE if the file is gone, or not where the options
	 *						ask for. TRUE also if the rights can not be changed,
	 *						which is logged
	 */
	bool (*update)(extsock_socket_file_t *this,
				   extsock_socket_options_t *options);

	/**
	 * Listen no longer, and remove the file if it is still ours.
	 */
	void (*destroy)(extsock_socket_file_t *this);
};

/**
 * Create the file and listen.
 *
 * @param options		what the options ask for
 * @return				socket, NULL if that is not possible, which is logged
 */
extsock_socket_file_t *extsock_socket_file_create(
										extsock_socket_options_t *options);

#endif /** EXTSOCK_SOCKET_FILE_H_ @}*/
