/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_adoption extsock_adoption
 * @{ @ingroup extsock
 *
 * Connections that somebody else loaded: swanctl.conf, vici, UCI.
 */

#ifndef EXTSOCK_ADOPTION_H_
#define EXTSOCK_ADOPTION_H_

typedef struct extsock_adoption_t extsock_adoption_t;

#include "backend.h"
#include "manager.h"

/**
 * Has libsegw guard every connection in charon with two or more SEGWs.
 *
 * Charon does not tell when a connection is loaded, changed or removed, hence
 * a look at all of them each second, while the configuration wants that.
 */
struct extsock_adoption_t {

	/**
	 * Look at the connections now, in a job. Made for a bus hook.
	 */
	void (*trigger)(extsock_adoption_t *this);

	/**
	 * Read the options anew and look at the connections, in a job.
	 *
	 * Also starts it: nothing is looked at before.
	 */
	void (*reload)(extsock_adoption_t *this);

	/**
	 * Destroy this object; no job may be scheduled any more.
	 */
	void (*destroy)(extsock_adoption_t *this);
};

/**
 * Create an object to adopt connections, does nothing yet.
 *
 * @param backend		our own backend, whose connections are not adopted
 * @param failover		failover manager to tell
 * @return				object
 */
extsock_adoption_t *extsock_adoption_create(extsock_backend_t *backend,
									  extsock_failover_manager_t *failover);

#endif /** EXTSOCK_ADOPTION_H_ @}*/
