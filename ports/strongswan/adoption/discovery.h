/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_discovery extsock_discovery
 * @{ @ingroup extsock
 *
 * IKE_SAs of adopted connections that libsegw does not know of.
 */

#ifndef EXTSOCK_DISCOVERY_H_
#define EXTSOCK_DISCOVERY_H_

typedef struct extsock_discovery_t extsock_discovery_t;

#include "manager.h"

/**
 * Reports IKE_SAs that were there before their connection was adopted, and such
 * that charon dialled by the name of a SEGW.
 */
struct extsock_discovery_t {

	/**
	 * Report the IKE_SAs we initiated of some connections, those that are
	 * followed left out.
	 *
	 * Done in a job, one at a time: it waits for IKE_SAs that are checked out,
	 * and perhaps for a name server.
	 *
	 * @param configs		list of peer_cfg_t references, may be empty, adopted
	 */
	void (*report)(extsock_discovery_t *this, linked_list_t *configs);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_discovery_t *this);
};

/**
 * Create an object to report IKE_SAs.
 *
 * @param failover		failover manager to report to
 * @return				object
 */
extsock_discovery_t *extsock_discovery_create(extsock_failover_manager_t *failover);

#endif /** EXTSOCK_DISCOVERY_H_ @}*/
