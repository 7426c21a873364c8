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
#include "registry.h"

/**
 * Reports IKE_SAs that were there before their connection was adopted, and such
 * that charon dialled by the name of a SEGW.
 */
struct extsock_discovery_t {

	/**
	 * Report the IKE_SAs we initiated of some connections, those that are
	 * followed left out.
	 *
	 * Done in a job, one at a time: it may wait for a name server. IKE_SAs that
	 * other threads have checked out are looked at later.
	 *
	 * @param configs		list of peer_cfg_t references, may be empty, adopted
	 */
	void (*report)(extsock_discovery_t *this, linked_list_t *configs);

	/**
	 * Report an IKE_SA if it was looked for while some thread had it checked
	 * out, and is at an address that is listed. Made for the bus hooks, whose
	 * thread has it: nobody can be sooner.
	 *
	 * @param ike_sa		IKE_SA we initiated, not in IKE_CREATED
	 */
	void (*meet)(extsock_discovery_t *this, ike_sa_t *ike_sa);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_discovery_t *this);
};

/**
 * Create an object to report IKE_SAs.
 *
 * @param registry		finds IKE_SAs
 * @param failover		failover manager to report to
 * @return				object
 */
extsock_discovery_t *extsock_discovery_create(extsock_registry_t *registry,
										extsock_failover_manager_t *failover);

#endif /** EXTSOCK_DISCOVERY_H_ @}*/
