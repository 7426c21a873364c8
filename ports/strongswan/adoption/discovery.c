/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "discovery.h"
#include "compat.h"
#include "event.h"
#include "resolve.h"

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/thread.h>

typedef struct private_extsock_discovery_t private_extsock_discovery_t;

/**
 * Private data of an extsock_discovery_t object
 */
struct private_extsock_discovery_t {

	/**
	 * Public interface
	 */
	extsock_discovery_t public;

	/**
	 * Failover manager to report to
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Connections whose IKE_SAs are still to be reported, peer_cfg_t
	 */
	linked_list_t *pending;

	/**
	 * TRUE if a job is queued or running
	 */
	bool busy;
};

/**
 * An IKE_SA to report
 */
typedef struct {
	/** unique ID */
	uint32_t unique_id;
	/** address of its SEGW */
	host_t *host;
	/** its connection */
	peer_cfg_t *peer_cfg;
} sighting_t;

/**
 * Destroy an IKE_SA to report.
 *
 * @param sighting		IKE_SA to report
 */
static void sighting_destroy(sighting_t *sighting)
{
	sighting->host->destroy(sighting->host);
	sighting->peer_cfg->destroy(sighting->peer_cfg);
	free(sighting);
}

/**
 * Destroy a list of IKE_SAs to report.
 *
 * @param sightings		list of sighting_t
 */
static void sightings_destroy(linked_list_t *sightings)
{
	sightings->destroy_function(sightings, (void*)sighting_destroy);
}

/**
 * Destroy a list of connections.
 *
 * @param configs		list of peer_cfg_t references
 */
static void configs_destroy(linked_list_t *configs)
{
	configs->destroy_offset(configs, offsetof(peer_cfg_t, destroy));
}

/**
 * Find a connection by its name.
 *
 * @param configs		list of peer_cfg_t
 * @param name			name of the connection
 * @return				connection, NULL if there is none
 */
static peer_cfg_t *find(linked_list_t *configs, char *name)
{
	peer_cfg_t *current, *found = NULL;
	enumerator_t *enumerator;

	enumerator = configs->create_enumerator(configs);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		if (streq(current->get_name(current), name))
		{
			found = current;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if an item of a list is a name; it may also be an address, and a subnet
 * or range that only a responder makes use of.
 *
 * @param item			item of a list
 * @return				TRUE if it is a name
 */
static bool is_name(char *item)
{
	host_t *from, *to;

	if (strchr(item, '/') || *item == '%')
	{
		return FALSE;
	}
	if (host_create_from_range(item, &from, &to))
	{
		from->destroy(from);
		to->destroy(to);
		return FALSE;
	}
	return extsock_resolve_is_name(item);
}

/**
 * Create an enumerator over the items of a list.
 *
 * @param list			remote addresses, separated by commas
 * @return				enumerator over char*
 */
static enumerator_t *create_item_enumerator(const char *list)
{
	return enumerator_create_token((char*)list, ",", " ");
}

/**
 * Check if an address is listed itself.
 *
 * @param list			remote addresses, separated by commas
 * @param host			address
 * @return				TRUE if it is
 */
static bool is_listed(const char *list, host_t *host)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	host_t *listed;
	char *item;

	enumerator = create_item_enumerator(list);
	while (!found && enumerator->enumerate(enumerator, &item))
	{
		listed = host_create_from_string(item, 0);
		found = listed && listed->ip_equals(listed, host);
		DESTROY_IF(listed);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if a name has an address.
 *
 * @param name			name to resolve
 * @param host			address
 * @return				TRUE if it has
 */
static bool has_address(char *name, host_t *host)
{
	linked_list_t *hosts;
	host_t *current;
	bool found = FALSE;

	hosts = extsock_resolve(name);
	while (hosts &&
		   hosts->remove_first(hosts, (void**)&current) == SUCCESS)
	{
		found |= current->ip_equals(current, host);
		current->destroy(current);
	}
	DESTROY_IF(hosts);
	return found;
}

/**
 * Find the name of the SEGW that has an address.
 *
 * If none resolves to it, it is the first name there is: charon dials what it
 * comes to first, and names change. Resolves as extsock_resolve() does, unless
 * the address itself is listed.
 *
 * @param list			remote addresses, separated by commas
 * @param host			address of the SEGW
 * @param name			receives the name, empty if there is none to be found
 * @param cap			size of name
 */
static void find_name(const char *list, host_t *host, char *name, size_t cap)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	char *item;

	*name = '\0';
	if (is_listed(list, host))
	{
		return;
	}
	enumerator = create_item_enumerator(list);
	thread_cleanup_push((void*)enumerator->destroy, enumerator);
	while (!found && enumerator->enumerate(enumerator, &item))
	{
		if (strlen(item) < cap && is_name(item))
		{
			found = has_address(item, host);
			if (found || !*name)
			{
				snprintf(name, cap, "%s", item);
			}
		}
	}
	thread_cleanup_pop(TRUE);
}

/**
 * Collect the IKE_SAs to report. The enumerator holds a lock of the manager's,
 * nothing else is done under it.
 *
 * @param this			object
 * @param configs		connections, peer_cfg_t
 * @return				list of sighting_t
 */
static linked_list_t *collect(private_extsock_discovery_t *this,
							  linked_list_t *configs)
{
	enumerator_t *enumerator;
	linked_list_t *sightings;
	peer_cfg_t *peer_cfg;
	sighting_t *sighting;
	ike_sa_t *ike_sa;
	host_t *host;

	sightings = linked_list_create();
	enumerator = charon->ike_sa_manager->create_enumerator(
											charon->ike_sa_manager, TRUE);
	while (enumerator->enumerate(enumerator, &ike_sa))
	{
		peer_cfg = find(configs, ike_sa->get_name(ike_sa));
		if (peer_cfg && extsock_event_is_initiator(ike_sa) &&
			!this->failover->follows(this->failover,
									  ike_sa->get_unique_id(ike_sa)))
		{
			host = ike_sa->get_other_host(ike_sa);
			INIT(sighting,
				.unique_id = ike_sa->get_unique_id(ike_sa),
				.host = host->clone(host),
				.peer_cfg = peer_cfg->get_ref(peer_cfg),
			);
			sightings->insert_last(sightings, sighting);
		}
	}
	enumerator->destroy(enumerator);
	return sightings;
}

/**
 * Count the CHILD_SAs that carry traffic.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				number of CHILD_SAs
 */
static uint32_t count_children(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	uint32_t count = 0;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		switch (child_sa->get_state(child_sa))
		{
			case CHILD_INSTALLED:
			case CHILD_UPDATING:
			case CHILD_REKEYING:
				count++;
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Report an IKE_SA, if it is still there.
 *
 * @param this			object
 * @param sighting		IKE_SA to report
 */
static void report_one(private_extsock_discovery_t *this, sighting_t *sighting)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	char name[sizeof(((segw_ike_event_t*)NULL)->remote)];
	segw_ike_event_t event;
	ike_cfg_t *ike_cfg;
	ike_sa_t *ike_sa;

	ike_cfg = sighting->peer_cfg->get_ike_cfg(sighting->peer_cfg);
	find_name(ike_cfg->get_other_addr(ike_cfg), sighting->host, name,
			  sizeof(name));
	ike_sa = manager->checkout_by_id(manager, sighting->unique_id);
	if (!ike_sa)
	{
		return;
	}
	/* told while checked out: nothing else of it is told meanwhile */
	extsock_event_init(&event, SEGW_IKE_FOUND, ike_sa);
	if (*name)
	{	/* libsegw knows the SEGW by its name only */
		memcpy(event.remote, name, sizeof(name));
	}
	event.up = ike_sa->get_statistic(ike_sa, STAT_ESTABLISHED) != 0;
	event.children = count_children(ike_sa);
	this->failover->ike_event(this->failover, &event);
	manager->checkin(manager, ike_sa);
}

/**
 * Report the IKE_SAs of some connections.
 *
 * The thread may be canceled while a name is resolved.
 *
 * @param this			object
 * @param configs		list of peer_cfg_t references, adopted
 */
static void report_all(private_extsock_discovery_t *this, linked_list_t *configs)
{
	linked_list_t *sightings;
	enumerator_t *enumerator;
	sighting_t *sighting;

	sightings = collect(this, configs);
	configs_destroy(configs);

	thread_cleanup_push((void*)sightings_destroy, sightings);
	enumerator = sightings->create_enumerator(sightings);
	thread_cleanup_push((void*)enumerator->destroy, enumerator);
	while (enumerator->enumerate(enumerator, &sighting))
	{
		report_one(this, sighting);
	}
	thread_cleanup_pop(TRUE);
	thread_cleanup_pop(TRUE);
}

CALLBACK(report_job, job_requeue_t,
	private_extsock_discovery_t *this)
{
	linked_list_t *configs;

	this->mutex->lock(this->mutex);
	while (this->pending->get_count(this->pending))
	{
		configs = this->pending;
		this->pending = linked_list_create();
		this->mutex->unlock(this->mutex);
		report_all(this, configs);
		this->mutex->lock(this->mutex);
	}
	this->busy = FALSE;
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_discovery_t, report, void,
	private_extsock_discovery_t *this, linked_list_t *configs)
{
	peer_cfg_t *peer_cfg;
	bool queue = FALSE;

	this->mutex->lock(this->mutex);
	while (configs->remove_first(configs, (void**)&peer_cfg) == SUCCESS)
	{
		if (find(this->pending, peer_cfg->get_name(peer_cfg)))
		{
			peer_cfg->destroy(peer_cfg);
			continue;
		}
		this->pending->insert_last(this->pending, peer_cfg);
		queue = !this->busy;
	}
	this->busy |= queue;
	this->mutex->unlock(this->mutex);
	configs->destroy(configs);

	if (queue)
	{	/* may wait for a name server, nobody else may have to */
		lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(report_job, this, NULL,
												  extsock_cancel_thread,
												  JOB_PRIO_LOW));
	}
}

METHOD(extsock_discovery_t, destroy, void,
	private_extsock_discovery_t *this)
{
	configs_destroy(this->pending);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_discovery_t *extsock_discovery_create(extsock_failover_manager_t *failover)
{
	private_extsock_discovery_t *this;

	INIT(this,
		.public = {
			.report = _report,
			.destroy = _destroy,
		},
		.failover = failover,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.pending = linked_list_create(),
	);
	return &this->public;
}
