/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_adopted extsock_adopted
 * @{ @ingroup extsock
 *
 * One connection that somebody else loaded.
 */

#ifndef EXTSOCK_ADOPTED_H_
#define EXTSOCK_ADOPTED_H_

typedef struct extsock_adopted_t extsock_adopted_t;

#include "manager.h"
#include "policies.h"

#include <config/peer_cfg.h>

/**
 * A connection with a list of SEGWs, and the policy strongswan.conf has for it.
 *
 * Not locked, the owner does. If it is not guarded, or not with all of its list,
 * that is logged once, with the reason.
 */
struct extsock_adopted_t {

	/**
	 * Get the name of the connection.
	 *
	 * @return				name, owned by this object
	 */
	char *(*get_name)(extsock_adopted_t *this);

	/**
	 * Take over what the options say of the connection.
	 *
	 * If one is refused the connection keeps the policy it has, and is not
	 * adopted without one: a typo does not weaken it.
	 *
	 * @param policies		the options
	 */
	void (*configure)(extsock_adopted_t *this, extsock_policies_t *policies);

	/**
	 * Have the connection guarded, or what has changed in it taken over.
	 *
	 * @param peer_cfg		config of the connection
	 * @return				SEGW_OK if it is new or has other SEGWs, SEGW_AGAIN
	 *						if it is guarded as before, or else an error
	 */
	segw_status_t (*adopt)(extsock_adopted_t *this, peer_cfg_t *peer_cfg);

	/**
	 * Have the connection guarded no longer, and nothing said of it: it is
	 * gone.
	 */
	void (*forget)(extsock_adopted_t *this);

	/**
	 * Destroy this object, which releases nothing.
	 */
	void (*destroy)(extsock_adopted_t *this);
};

/**
 * Create an object for a connection that is neither configured nor adopted.
 *
 * @param name			name of the connection
 * @param failover		failover manager to tell
 * @return				object
 */
extsock_adopted_t *extsock_adopted_create(const char *name,
										  extsock_failover_manager_t *failover);

#endif /** EXTSOCK_ADOPTED_H_ @}*/
