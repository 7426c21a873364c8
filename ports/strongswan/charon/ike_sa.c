/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa.h"
#include "compat.h"
#include "connection.h"
#include "event.h"
#include "lack.h"
#include "log_group.h"
#include "route.h"
#include "timer.h"

#include <collections/array.h>
#include <sa/ikev2/tasks/ike_dpd.h>
#include <sa/ikev2/tasks/ike_mobike.h>

#include <segw.h>

/**
 * Check if a config lists a local address itself.
 *
 * @param ike_cfg		config
 * @param local			address, or %any
 * @return				TRUE if it does
 */
static bool is_listed(ike_cfg_t *ike_cfg, host_t *local)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	host_t *host;
	char *addr;

	enumerator = enumerator_create_token(ike_cfg->get_my_addr(ike_cfg), ",",
										 " ");
	while (!found && enumerator->enumerate(enumerator, &addr))
	{
		host = host_create_from_string_and_family(addr,
											local->get_family(local), 0);
		found = host && host->ip_equals(host, local);
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Copy the proposals of a config, those that charon can use if there are any:
 * it would begin with a group it lacks, or the SEGW might select such an
 * algorithm.
 *
 * @param from			config
 * @param to			config to add them to
 */
static void copy_proposals(ike_cfg_t *from, ike_cfg_t *to)
{
	bool ikev2 = from->get_version(from) != IKEV1, any = FALSE;
	proposal_t *proposal, *usable;
	enumerator_t *enumerator;
	linked_list_t *proposals;
	char lack[EXTSOCK_LACK_CAP];

	proposals = extsock_get_proposals(from);
	enumerator = proposals->create_enumerator(proposals);
	while (enumerator->enumerate(enumerator, &proposal))
	{
		usable = extsock_lack_strip(proposal->clone(proposal, 0), ikev2, lack);
		any |= usable != NULL;
		to->add_proposal(to, usable);
	}
	enumerator->destroy(enumerator);
	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		if (any)
		{
			proposal->destroy(proposal);
			continue;
		}
		to->add_proposal(to, proposal);
	}
	proposals->destroy(proposals);
}

/*
 * Described in header
 */
bool extsock_ike_cfg_is_usable(ike_cfg_t *ike_cfg)
{
	bool ikev2 = ike_cfg->get_version(ike_cfg) != IKEV1, usable = FALSE;
	linked_list_t *proposals;
	proposal_t *proposal;
	char lack[EXTSOCK_LACK_CAP];

	proposals = extsock_get_proposals(ike_cfg);
	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		proposal = extsock_lack_strip(proposal, ikev2, lack);
		usable |= proposal != NULL;
		DESTROY_IF(proposal);
	}
	proposals->destroy(proposals);
	return usable;
}

/*
 * Described in header
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address,
							  host_t *local)
{
	char local_addr[SEGW_ADDR_CAP];
	ike_cfg_create_t data = {
		.version = ike_cfg->get_version(ike_cfg),
		.local = ike_cfg->get_my_addr(ike_cfg),
		.local_port = ike_cfg->get_my_port(ike_cfg),
		.remote = (char*)address,
		.remote_port = ike_cfg->get_other_port(ike_cfg),
		.no_certreq = !ike_cfg->send_certreq(ike_cfg),
		.force_encap = ike_cfg->force_encap(ike_cfg),
		.fragmentation = ike_cfg->fragmentation(ike_cfg),
		.childless = ike_cfg->childless(ike_cfg),
		.dscp = ike_cfg->get_dscp(ike_cfg),
	};
	ike_cfg_t *clone;

	if (local && is_listed(ike_cfg, local))
	{
		snprintf(local_addr, sizeof(local_addr), "%H", local);
		data.local = local_addr;
	}
	extsock_copy_ocsp_certreq(&data, ike_cfg);
	clone = ike_cfg_create(&data);
	copy_proposals(ike_cfg, clone);
	return clone;
}

/*
 * Described in header
 */
ike_sa_t *extsock_ike_sa_create(peer_cfg_t *peer_cfg, host_t *host)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	char address[SEGW_ADDR_CAP];
	ike_cfg_t *ike_cfg;
	ike_sa_t *ike_sa;
	host_t *local;

	/* not checkout_by_config(): it waits for IKE_SAs other threads have checked
	 * out, perhaps for long, and may return the one that is to be replaced */
	ike_sa = manager->create_new(manager, peer_cfg->get_ike_version(peer_cfg),
								 TRUE);
	if (ike_sa)
	{
		snprintf(address, sizeof(address), "%H", host);
		ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
		extsock_route_find(host, ike_cfg, &local);
		ike_cfg = extsock_ike_cfg_at(ike_cfg, address, local);
		DESTROY_IF(local);
		ike_sa->set_peer_cfg(ike_sa, peer_cfg);
		ike_sa->set_ike_cfg(ike_sa, ike_cfg);
		ike_cfg->destroy(ike_cfg);
		manager->checkout_new(manager, ike_sa);
		charon->bus->set_sa(charon->bus, ike_sa);
	}
	return ike_sa;
}

/**
 * Check if an IKE_SA has a CHILD_SA, or is about to replace it.
 *
 * @param ike_sa		checked out IKE_SA
 * @param name			name of the CHILD_SA
 * @return				TRUE if it has
 */
static bool has_child(ike_sa_t *ike_sa, char *name)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	bool found = FALSE;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!found && enumerator->enumerate(enumerator, &child_sa))
	{
		found = streq(child_sa->get_name(child_sa), name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_initiate(ike_sa_t *ike_sa,
								 extsock_wants_child_cb_t wants, void *user)
{
	status_t status = SUCCESS;
	child_cfg_t *child_cfg;
	array_t *children;

	children = extsock_children_get(ike_sa->get_peer_cfg(ike_sa), wants, user);
	if (!array_count(children))
	{
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	while (array_remove(children, ARRAY_HEAD, &child_cfg))
	{
		if (status == DESTROY_ME ||
			has_child(ike_sa, child_cfg->get_name(child_cfg)))
		{
			child_cfg->destroy(child_cfg);
			continue;
		}
		/* adopts the reference */
		status = ike_sa->initiate(ike_sa, child_cfg, NULL);
	}
	array_destroy(children);
	return status;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_complete(ike_sa_t *ike_sa,
								 extsock_wants_child_cb_t wants, void *user)
{
	if (ike_sa->get_state(ike_sa) != IKE_ESTABLISHED ||
		extsock_event_is_asked_for_child(ike_sa))
	{	/* those that are asked for already must not come twice */
		return SUCCESS;
	}
	return extsock_ike_sa_initiate(ike_sa, wants, user);
}

/*
 * Described in header
 */
status_t extsock_ike_sa_terminate(ike_sa_t *ike_sa)
{
	/* forced: this sends the DELETE if it can be sent now and destroys the
	 * IKE_SA at once, also if it is half open or has an exchange outstanding */
	return ike_sa->delete(ike_sa, TRUE);
}

/**
 * Create the task that asks the peer for a sign of life, as charon does (see
 * queue_dpd() in task_manager_v2.c).
 *
 * With MOBIKE the question also finds out whether a NAT maps us as before: ours
 * keeps charon's own, which does, from being asked.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				task
 */
static task_t *create_dpd(ike_sa_t *ike_sa)
{
	ike_mobike_t *mobike;

	if (ike_sa->supports_extension(ike_sa, EXT_MOBIKE) &&
		ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR))
	{
		mobike = ike_mobike_create(ike_sa, TRUE);
		mobike->dpd(mobike);
		return &mobike->task;
	}
	return (task_t*)ike_dpd_create(TRUE);
}

/*
 * Described in header
 */
status_t extsock_ike_sa_probe(extsock_registry_t *registry, ike_sa_t *ike_sa,
							  bool again)
{
	if (ike_sa->get_state(ike_sa) != IKE_ESTABLISHED)
	{
		registry->ask_again(registry, ike_sa, NULL);
		return SUCCESS;
	}
	if (ike_sa->get_version(ike_sa) == IKEV1)
	{	/* libsegw leaves it no delay, so it asks at once; nothing of it is sent
		 * again, each question is a message of its own */
		return ike_sa->send_dpd(ike_sa);
	}
	/* not with it, if possible: it asks only if the peer was silent for the
	 * configured DPD delay, and each call begins another series of checks */
	if (extsock_event_is_asked(ike_sa))
	{	/* the answer to what is asked already will do */
		registry->ask_again(registry, ike_sa, NULL);
		return SUCCESS;
	}
	if (again)
	{
		return SUCCESS;
	}
	DBG1(DBG_IKE, "sending DPD request");
	ike_sa->queue_task(ike_sa, create_dpd(ike_sa));
	return ike_sa->initiate(ike_sa, NULL, NULL);
}

/*
 * Described in header
 */
status_t extsock_ike_sa_rekey_children(ike_sa_t *ike_sa)
{
	struct {
		protocol_id_t protocol;
		uint32_t spi;
	} current;
	status_t status = SUCCESS;
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	array_t *children;

	if (ike_sa->get_state(ike_sa) != IKE_ESTABLISHED)
	{
		return SUCCESS;
	}
	/* copied, as they may change under the enumerator */
	children = array_create(sizeof(current), 0);
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		if (child_sa->get_state(child_sa) == CHILD_INSTALLED)
		{
			current.protocol = child_sa->get_protocol(child_sa);
			current.spi = child_sa->get_spi(child_sa, TRUE);
			array_insert(children, ARRAY_TAIL, &current);
		}
	}
	enumerator->destroy(enumerator);
	while (status != DESTROY_ME && array_remove(children, ARRAY_HEAD, &current))
	{
		status = ike_sa->rekey_child_sa(ike_sa, current.protocol, current.spi);
	}
	array_destroy(children);
	return status;
}

/**
 * Count the packets that went through all CHILD_SAs.
 *
 * @param ike_sa		checked out IKE_SA
 * @param received		receives the number of those that came in
 * @param sent			receives the number of those that went out
 */
static void count_packets(ike_sa_t *ike_sa, uint64_t *received, uint64_t *sent)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	uint64_t count;

	*received = *sent = 0;
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		child_sa->get_usestats(child_sa, TRUE, NULL, NULL, &count);
		*received += count;
		child_sa->get_usestats(child_sa, FALSE, NULL, NULL, &count);
		*sent += count;
	}
	enumerator->destroy(enumerator);
}

/**
 * Have the next DPD update the peer by MOBIKE if a NAT may map this host anew
 * unseen.
 *
 * Charon compares the mapping that an answer tells with that of the answer before.
 * So the first answer of an IKE_SA, a rekeyed one too, shows nothing: if the NAT has
 * mapped us anew by then, the peer answers, but its packets go astray for good.
 *
 * @param registry		notes the packets
 * @param ike_sa		checked out IKE_SA
 * @param received		number of packets that came in
 * @param sent			number of packets that went out
 */
static void suspect_mapping(extsock_registry_t *registry, ike_sa_t *ike_sa,
							uint64_t received, uint64_t sent)
{
	if (ike_sa->supports_extension(ike_sa, EXT_MOBIKE) &&
		ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) &&
		ike_sa->has_condition(ike_sa, COND_NAT_HERE) &&
		registry->stays_silent(registry, ike_sa, received, sent))
	{
		DBG1(DBG_EXTSOCK, "%s: %H answers, but no packets come in: the NAT may "
			 "map us anew", ike_sa->get_name(ike_sa),
			 ike_sa->get_other_host(ike_sa));
		/* no mapping at all, so that of the next answer is another one */
		ike_sa->has_mapping_changed(ike_sa, chunk_from_chars(0));
	}
}

/**
 * Check if this host could send to an IKE_SA's peer. Asks the kernel.
 *
 * @param other			address of the peer, destroyed
 * @param ike_cfg		config whose local address is used, destroyed; or NULL
 * @return				TRUE if there is a route
 */
static bool has_route(host_t *other, ike_cfg_t *ike_cfg)
{
	bool found;

	found = other->is_anyaddr(other) || extsock_route_exists(other, ike_cfg);
	other->destroy(other);
	DESTROY_IF(ike_cfg);
	return found;
}

/*
 * Described in header
 */
bool extsock_ike_sa_measure(extsock_registry_t *registry, uint32_t unique_id,
							uint64_t *received, uint64_t *sent, bool look_up,
							bool *route)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_cfg_t *ike_cfg = NULL;
	host_t *other = NULL;
	ike_sa_t *ike_sa;

	ike_sa = registry->checkout(registry, unique_id);
	if (!ike_sa)
	{
		return FALSE;
	}
	count_packets(ike_sa, received, sent);
	suspect_mapping(registry, ike_sa, *received, *sent);
	*route = !ike_sa->has_condition(ike_sa, COND_STALE);
	if (*route && look_up)
	{
		other = ike_sa->get_other_host(ike_sa);
		other = other->clone(other);
		ike_cfg = ike_sa->get_ike_cfg(ike_sa);
		if (ike_cfg)
		{
			ike_cfg->get_ref(ike_cfg);
		}
	}
	manager->checkin(manager, ike_sa);

	if (other)
	{	/* nobody has to wait for the IKE_SA while the kernel is asked */
		*route = has_route(other, ike_cfg);
	}
	return TRUE;
}

/**
 * Get the address that this host would send to a peer from now, if an IKE_SA may
 * use it and uses another.
 *
 * @param ike_sa		checked out IKE_SA
 * @param gone			receives TRUE if this host has the other one no longer
 * @return				address, NULL if the IKE_SA uses the right one
 */
static host_t *get_better_source(ike_sa_t *ike_sa, bool *gone)
{
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	host_t *me = ike_sa->get_my_host(ike_sa), *src, *bound;

	src = charon->kernel->get_source_addr(charon->kernel,
									ike_sa->get_other_host(ike_sa), NULL);
	if (!src)
	{
		return NULL;
	}
	bound = charon->kernel->get_source_addr(charon->kernel,
									ike_sa->get_other_host(ike_sa), me);
	*gone = !bound || !bound->ip_equals(bound, me);
	DESTROY_IF(bound);
	if (src->ip_equals(src, me) || !ike_cfg || !ike_cfg->match_me(ike_cfg, src))
	{
		src->destroy(src);
		return NULL;
	}
	return src;
}

/**
 * Dial once more from an address that this host has, if the one an IKE_SA is
 * dialled from is not there: charon takes the first of a list.
 *
 * @param ike_sa		checked out IKE_SA, being set up
 * @return				DESTROY_ME if that ended it
 */
static status_t dial_from_here(ike_sa_t *ike_sa)
{
	host_t *me = ike_sa->get_my_host(ike_sa), *local = NULL;
	host_t *other = ike_sa->get_other_host(ike_sa);
	char address[SEGW_ADDR_CAP];
	status_t status = SUCCESS;
	ike_cfg_t *ike_cfg;

	if (me->is_anyaddr(me) || extsock_route_is_here(me))
	{
		return SUCCESS;
	}
	ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	if (ike_cfg && extsock_route_find(other, ike_cfg, &local) && local)
	{
		DBG1(DBG_EXTSOCK, "%s: %H is none of our addresses, dialling from %H",
			 ike_sa->get_name(ike_sa), me, local);
		snprintf(address, sizeof(address), "%H", other);
		ike_cfg = extsock_ike_cfg_at(ike_cfg, address, local);
		ike_sa->set_ike_cfg(ike_sa, ike_cfg);
		ike_cfg->destroy(ike_cfg);
		ike_sa->reset(ike_sa, TRUE);
		/* both are looked up anew only if they are not known */
		ike_sa->set_my_host(ike_sa, local->clone(local));
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	DESTROY_IF(local);
	return status;
}

/**
 * Get the traffic of a CHILD_SA.
 *
 * @param ike_sa		its IKE_SA
 * @param child_sa		CHILD_SA
 * @return				traffic
 */
static segw_traffic_t get_traffic(ike_sa_t *ike_sa, child_sa_t *child_sa)
{
	segw_traffic_t traffic = {
		.unique_id = ike_sa->get_unique_id(ike_sa),
	};
	time_t heard = 0, ago;
	uint64_t now = extsock_timer_now();

	child_sa->get_usestats(child_sa, TRUE, &heard, &traffic.bytes_in,
						   &traffic.packets_in);
	child_sa->get_usestats(child_sa, FALSE, NULL, &traffic.bytes_out,
						   &traffic.packets_out);
	if (heard && traffic.packets_in)
	{
		/* the kernel tells it by the wall clock, which may have jumped */
		ago = time_monotonic(NULL) - heard;
		traffic.heard_ms = now - min(now, max(ago, 0) * 1000ULL);
	}
	strncpy(traffic.child, child_sa->get_name(child_sa),
			sizeof(traffic.child) - 1);
	return traffic;
}

/*
 * Described in header
 */
u_int extsock_ike_sa_traffic(const char *name, segw_traffic_t **traffic)
{
	enumerator_t *ike_sas, *children;
	segw_traffic_t current;
	child_sa_t *child_sa;
	ike_sa_t *ike_sa;
	array_t *found;
	u_int i, count;

	found = array_create(sizeof(current), 0);
	ike_sas = charon->ike_sa_manager->create_enumerator(charon->ike_sa_manager,
														FALSE);
	while (ike_sas->enumerate(ike_sas, &ike_sa))
	{
		if (ike_sa->get_state(ike_sa) == IKE_CREATED ||
			(name && !streq(name, ike_sa->get_name(ike_sa))))
		{
			continue;
		}
		children = ike_sa->create_child_sa_enumerator(ike_sa);
		while (children->enumerate(children, &child_sa))
		{
			current = get_traffic(ike_sa, child_sa);
			array_insert(found, ARRAY_TAIL, &current);
		}
		children->destroy(children);
	}
	ike_sas->destroy(ike_sas);

	count = array_count(found);
	*traffic = calloc(max(count, 1), sizeof(current));
	for (i = 0; i < count; i++)
	{
		array_get(found, i, &(*traffic)[i]);
	}
	array_destroy(found);
	return count;
}

/*
 * Described in header
 */
status_t extsock_ike_sa_follow_route(extsock_registry_t *registry,
									 ike_sa_t *ike_sa, bool *again)
{
	status_t status = SUCCESS;
	ike_mobike_t *mobike;
	host_t *src;
	bool gone;

	if (ike_sa->get_version(ike_sa) != IKEV2 ||
		!ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR))
	{
		return SUCCESS;
	}
	switch (ike_sa->get_state(ike_sa))
	{
		case IKE_CONNECTING:
			return dial_from_here(ike_sa);
		case IKE_ESTABLISHED:
		case IKE_REKEYING:
		case IKE_DELETING:
			break;
		default:
			return SUCCESS;
	}
	if (ike_sa->has_condition(ike_sa, COND_STALE))
	{
		return SUCCESS;
	}
	src = get_better_source(ike_sa, &gone);
	if (!src)
	{
		return SUCCESS;
	}
	if (extsock_event_is_asked(ike_sa))
	{	/* charon asks from the old address until there is an answer, which does
		 * not come there: RFC 4555, section 3.5 has it use the new one */
		registry->ask_again(registry, ike_sa, src);
		*again = TRUE;
	}
	else if (gone || ike_sa->get_state(ike_sa) != IKE_ESTABLISHED)
	{	/* charon sees to it by itself, or no longer needs it */
	}
	else if (ike_sa->supports_extension(ike_sa, EXT_MOBIKE))
	{
		DBG1(DBG_EXTSOCK, "%s: the way to %H is from %H now, no longer from %H",
			 ike_sa->get_name(ike_sa), ike_sa->get_other_host(ike_sa), src,
			 ike_sa->get_my_host(ike_sa));
		mobike = ike_mobike_create(ike_sa, TRUE);
		mobike->roam(mobike, FALSE);
		ike_sa->queue_task(ike_sa, &mobike->task);
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	else
	{
		status = ike_sa->reauth(ike_sa);
	}
	src->destroy(src);
	return status;
}
