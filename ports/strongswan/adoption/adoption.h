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
#include "registry.h"

/**
 * Has libsegw guard every connection in charon with two or more SEGWs, or a name
 * behind which there may be several.
 *
 * Charon does not tell when a connection is loaded, changed or removed, hence
 * a look at all of them each second, while the configuration wants that.
 */
struct extsock_adoption_t {

	/**
	 * An IKE_SA that nobody guards starts to connect: look at the connections
	 * now, in a job. Made for a bus hook.
	 *
	 * @param name			name of its connection
	 */
	void (*connecting)(extsock_adoption_t *this, const char *name);

	/**
	 * Something happens to an IKE_SA we initiated, which is not in IKE_CREATED:
	 * it may be one that is looked for. Made for a bus hook.
	 *
	 * @param ike_sa		IKE_SA the calling thread has checked out
	 */
	void (*meet)(extsock_adoption_t *this, ike_sa_t *ike_sa);

	/**
	 * Charon gives up an IKE_SA that nobody guards yet, as it can't resolve
	 * where to, lacks something or is refused: dial in its place once its
	 * connection is adopted, in a job. Made for a bus hook.
	 *
	 * @param name			name of its connection
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*gave_up)(extsock_adoption_t *this, const char *name,
					uint32_t unique_id);

	/**
	 * The IKE_SA of a connection has been closed because the connection is
	 * loaded anew: dial if it is to be up by itself, as it is loaded now. Made
	 * for a bus hook.
	 *
	 * @param name			name of its connection
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*reloaded)(extsock_adoption_t *this, const char *name,
					 uint32_t unique_id);

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
 * @param registry		finds IKE_SAs
 * @param failover		failover manager to tell
 * @return				object
 */
extsock_adoption_t *extsock_adoption_create(extsock_backend_t *backend,
										extsock_registry_t *registry,
										extsock_failover_manager_t *failover);

#endif /** EXTSOCK_ADOPTION_H_ @}*/
