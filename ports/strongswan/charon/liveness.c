/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "liveness.h"
#include "compat.h"
#include "route.h"

#include <sa/ikev2/tasks/ike_dpd.h>

/*
 * Described in header
 */
status_t extsock_liveness_probe(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	task_t *task;
	bool busy;

	if (ike_sa->get_state(ike_sa) != IKE_ESTABLISHED)
	{
		return SUCCESS;
	}
	if (ike_sa->get_version(ike_sa) == IKEV1)
	{	/* libsegw leaves it no delay, so it asks at once */
		return ike_sa->send_dpd(ike_sa);
	}
	/* not with it, if possible: it asks only if the peer was silent for the
	 * configured DPD delay, and each call begins another series of checks */
	enumerator = ike_sa->create_task_enumerator(ike_sa, TASK_QUEUE_ACTIVE);
	busy = enumerator->enumerate(enumerator, &task);
	enumerator->destroy(enumerator);
	if (busy)
	{	/* the answer to what is asked already will do */
		return SUCCESS;
	}
	DBG1(DBG_IKE, "sending DPD request");
	ike_sa->queue_task(ike_sa, (task_t*)ike_dpd_create(TRUE));
	return ike_sa->initiate(ike_sa, NULL, NULL);
}

/**
 * Count the packets that came in through all CHILD_SAs.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				number of packets
 */
static uint64_t count_packets(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	uint64_t count, packets = 0;
	child_sa_t *child_sa;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		child_sa->get_usestats(child_sa, TRUE, NULL, NULL, &count);
		packets += count;
	}
	enumerator->destroy(enumerator);
	return packets;
}

/*
 * Described in header
 */
bool extsock_liveness_measure(extsock_registry_t *registry, uint32_t unique_id,
							  uint64_t *packets, bool *route)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;
	ike_cfg_t *ike_cfg;
	host_t *other;
	bool stale;

	ike_sa = registry->checkout(registry, unique_id);
	if (!ike_sa)
	{
		return FALSE;
	}
	*packets = count_packets(ike_sa);
	stale = ike_sa->has_condition(ike_sa, COND_STALE);
	other = ike_sa->get_other_host(ike_sa);
	other = other->clone(other);
	ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	if (ike_cfg)
	{
		ike_cfg->get_ref(ike_cfg);
	}
	manager->checkin(manager, ike_sa);

	/* nobody has to wait for the IKE_SA while the kernel is asked */
	*route = !stale && (other->is_anyaddr(other) ||
						extsock_route_exists(other, ike_cfg));
	other->destroy(other);
	DESTROY_IF(ike_cfg);
	return TRUE;
}
