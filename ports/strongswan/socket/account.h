/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_account extsock_account
 * @{ @ingroup extsock
 *
 * Users and groups of this host, by name or number.
 */

#ifndef EXTSOCK_ACCOUNT_H_
#define EXTSOCK_ACCOUNT_H_

#include <library.h>

#include <sys/types.h>

/**
 * Find a user.
 *
 * @param name			name or number
 * @param uid			receives the user's ID
 * @return				FALSE if there is no such user, which is logged
 */
bool extsock_account_user(const char *name, uid_t *uid);

/**
 * Find a group.
 *
 * @param name			name or number
 * @param gid			receives the group's ID
 * @return				FALSE if there is no such group, which is logged
 */
bool extsock_account_group(const char *name, gid_t *gid);

#endif /** EXTSOCK_ACCOUNT_H_ @}*/
