/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_policies extsock_policies
 * @{ @ingroup extsock
 *
 * What strongswan.conf says about connections that somebody else loads.
 */

#ifndef EXTSOCK_POLICIES_H_
#define EXTSOCK_POLICIES_H_

typedef struct extsock_policies_t extsock_policies_t;

#include "manager.h"

#include <collections/hashtable.h>

/**
 * The plugin's section of strongswan.conf: which connections to adopt, and how
 * they fail over. Each mistake in it is told in charon's log and in STATUS, with
 * its path and what would be right.
 *
 * While something in it can not be understood, what was understood before goes
 * on: a typo releases no connection and weakens no policy.
 *
 * Not locked, the owner does.
 */
struct extsock_policies_t {

	/**
	 * Read the section anew.
	 */
	void (*reload)(extsock_policies_t *this);

	/**
	 * Check if there may be something to adopt.
	 *
	 * @return				FALSE if there is nothing to look for
	 */
	bool (*any)(extsock_policies_t *this);

	/**
	 * Check if a connection is one to adopt.
	 *
	 * @param name			name of the connection
	 * @return				its adopt option, or else that of all
	 */
	bool (*wants)(extsock_policies_t *this, const char *name);

	/**
	 * Get the policy of a connection.
	 *
	 * @param name			name of the connection
	 * @param former		TRUE if it has one already
	 * @param policy		receives the policy
	 * @return				FALSE if an option is refused, or another may have
	 *						been meant for it and it has a policy already
	 */
	bool (*get)(extsock_policies_t *this, const char *name, bool former,
				segw_policy_t *policy);

	/**
	 * Get what is wrong with the options of a connection.
	 *
	 * @param name			name of the connection
	 * @return				the first mistake, NULL if there is none
	 */
	const char *(*get_mistake)(extsock_policies_t *this, const char *name);

	/**
	 * Tell of sections for connections that are not loaded.
	 *
	 * @param names			those that are, by name
	 */
	void (*compare)(extsock_policies_t *this, hashtable_t *names);

	/**
	 * Note that charon could not read its settings, and so keeps the former.
	 *
	 * @param reason		where and why
	 */
	void (*unreadable)(extsock_policies_t *this, const char *reason);

	/**
	 * Destroy this object.
	 */
	void (*destroy)(extsock_policies_t *this);
};

/**
 * Create an object that has read nothing yet.
 *
 * @param failover		failover manager, whose STATUS tells of mistakes
 * @return				object
 */
extsock_policies_t *extsock_policies_create(
										extsock_failover_manager_t *failover);

#endif /** EXTSOCK_POLICIES_H_ @}*/
