/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_access extsock_access
 * @{ @ingroup extsock
 *
 * Who may be a client, and what it may do: users and groups, as the kernel tells
 * them.
 */

#ifndef EXTSOCK_ACCESS_H_
#define EXTSOCK_ACCESS_H_

typedef struct extsock_access_t extsock_access_t;
typedef struct extsock_peer_t extsock_peer_t;

#include "rights.h"

#include <library.h>

/**
 * Who connected a socket.
 */
struct extsock_peer_t {

	/**
	 * User its process ran as
	 */
	uid_t uid;

	/**
	 * What it may do
	 */
	extsock_rights_t rights;
};

/**
 * The options users and groups, and those of rights.h.
 *
 * Without users and groups everybody is let in whom the mode of the socket lets
 * in. With either, a client's process must run as one of these users or in one
 * of these groups. Whoever may more than read, root and the user charon runs as
 * among them, always is. A name that nobody has lets nobody in.
 *
 * All methods may be called by any thread.
 */
struct extsock_access_t {

	/**
	 * Check if the process that connected a socket may be a client.
	 *
	 * @param fd			socket, connected by the process
	 * @param log			TRUE to log a refusal, once a minute for each user
	 * @param peer			receives who it is
	 * @return				TRUE if so
	 */
	bool (*allows)(extsock_access_t *this, int fd, bool log,
				   extsock_peer_t *peer);

	/**
	 * Read the options anew.
	 */
	void (*reload)(extsock_access_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(extsock_access_t *this);
};

/**
 * Read the options.
 *
 * @return				access rules
 */
extsock_access_t *extsock_access_create();

/**
 * Find a user or group of this host.
 *
 * @param group			TRUE for a group
 * @param name			name or number
 * @param id			receives the ID
 * @return				FALSE if there is none, which is logged
 */
bool extsock_access_find(bool group, const char *name, u_int *id);

#endif /** EXTSOCK_ACCESS_H_ @}*/
