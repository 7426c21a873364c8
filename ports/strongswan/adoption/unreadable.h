/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_unreadable extsock_unreadable
 * @{ @ingroup extsock
 *
 * Settings that charon could not read.
 */

#ifndef EXTSOCK_UNREADABLE_H_
#define EXTSOCK_UNREADABLE_H_

typedef struct extsock_unreadable_t extsock_unreadable_t;

#include <library.h>

/**
 * Called when charon could not read its settings, from within a line of its log:
 * neither logs nor takes a lock that is held while something is logged.
 *
 * @param user			user data
 */
typedef void (*extsock_unreadable_cb_t)(void *user);

/**
 * Hears it when charon reloads its settings and can not read them, as after a
 * brace too few: it goes on with the former ones and tells plugins nothing, but
 * logs where the mistake is.
 */
struct extsock_unreadable_t {

	/**
	 * Take what was heard last.
	 *
	 * @param reason		receives where and what the mistake is
	 * @param cap			size of reason
	 * @return				FALSE if nothing was heard since
	 */
	bool (*take)(extsock_unreadable_t *this, char *reason, size_t cap);

	/**
	 * Destroy this object.
	 */
	void (*destroy)(extsock_unreadable_t *this);
};

/**
 * Create an object that listens.
 *
 * @param cb			callback
 * @param user			user data to pass to it
 * @return				object
 */
extsock_unreadable_t *extsock_unreadable_create(extsock_unreadable_cb_t cb,
												void *user);

#endif /** EXTSOCK_UNREADABLE_H_ @}*/
