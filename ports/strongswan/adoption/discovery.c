/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "discovery.h"
#include "compat.h"
#include "event.h"
#include "dns.h"

#include <collections/array.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/thread.h>

/**
 * Shortest and longest time until IKE_SAs that other threads have checked out
 * are looked at once more, in milliseconds; it doubles. Most are so for as long
 * as a key exchange takes, and may be lost soon after
 */
#define AGAIN_FIRST 2
#define AGAIN_LIMIT 100

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
	 * Finds IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Unique IDs of IKE_SAs that were looked at since the last report(); only
	 * the one job uses them
	 */
	array_t *seen;

	/**
	 * Until that job is to run again, in milliseconds
	 */
	u_int delay;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Connections whose IKE_SAs are still to be reported, peer_cfg_t
	 */
	linked_list_t *pending;

	/**
	 * Unique IDs of IKE_SAs that other threads had checked out at the last look
	 */
	array_t *busy_ids;

	/**
	 * TRUE if IKE_SAs are to be looked at that were before
	 */
	bool anew;

	/**
	 * TRUE if a job is queued, scheduled or running
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
	/** remote addresses of its connection, separated by commas */
	char *list;
} sighting_t;

/**
 * What one look at all IKE_SAs is about
 */
typedef struct {
	/** connections, peer_cfg_t references */
	linked_list_t *configs;
	/** IKE_SAs to report, sighting_t */
	linked_list_t *sightings;
	/** TRUE if there may be others, checked out by some thread */
	bool incomplete;
} look_t;

/**
 * Destroy an IKE_SA to report.
 *
 * @param sighting		IKE_SA to report
 */
static void sighting_destroy(sighting_t *sighting)
{
	sighting->host->destroy(sighting->host);
	free(sighting->list);
	free(sighting);
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
 * Destroy what a look is about.
 *
 * @param look			look
 */
static void look_destroy(look_t *look)
{
	configs_destroy(look->configs);
	look->sightings->destroy_function(look->sightings, (void*)sighting_destroy);
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
	return extsock_dns_is_name(item);
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
 * @param host			address, of an IKE_SA that may have none yet
 * @return				TRUE if it has
 */
static bool has_address(char *name, host_t *host)
{
	linked_list_t *hosts;
	host_t *current;
	bool found = FALSE;

	if (host->is_anyaddr(host))
	{
		return FALSE;
	}
	hosts = extsock_dns_resolve(name);
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
 * comes to first, and names change. Resolves as extsock_dns_resolve() does.
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
 * Check if a unique ID is in an array.
 *
 * @param ids			array of uint32_t
 * @param unique_id		ID to find
 * @return				TRUE if it is
 */
static bool has_id(array_t *ids, uint32_t unique_id)
{
	uint32_t current;
	int i;

	for (i = 0; i < array_count(ids); i++)
	{
		array_get(ids, i, &current);
		if (current == unique_id)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Check if an IKE_SA is one to look at: libsegw does not follow it, though it
 * guards its connection.
 *
 * @param this			object
 * @param configs		connections, peer_cfg_t
 * @param unique_id		unique ID of the IKE_SA
 * @param name			name of its connection
 * @return				connection, NULL if it is none to look at
 */
static peer_cfg_t *is_unknown(private_extsock_discovery_t *this,
							  linked_list_t *configs, uint32_t unique_id,
							  char *name)
{
	peer_cfg_t *peer_cfg;

	peer_cfg = find(configs, name);
	if (!peer_cfg || has_id(this->seen, unique_id) ||
		this->failover->follows(this->failover, unique_id))
	{
		return NULL;
	}
	return peer_cfg;
}

/**
 * Collect the IKE_SAs to report among those that no thread has checked out.
 *
 * The enumerator holds a lock of the manager's: nothing is waited for under it,
 * not even for an IKE_SA.
 *
 * @param this			object
 * @param look			receives the IKE_SAs
 */
static void collect(private_extsock_discovery_t *this, look_t *look)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	u_int count = 0, before = manager->get_count(manager);
	enumerator_t *enumerator;
	peer_cfg_t *peer_cfg;
	sighting_t *sighting;
	ike_cfg_t *ike_cfg;
	ike_sa_t *ike_sa;
	uint32_t id;
	host_t *host;

	enumerator = manager->create_enumerator(manager, FALSE);
	while (enumerator->enumerate(enumerator, &ike_sa))
	{
		count++;
		id = ike_sa->get_unique_id(ike_sa);
		peer_cfg = is_unknown(this, look->configs, id,
							  ike_sa->get_name(ike_sa));
		if (!peer_cfg)
		{
			continue;
		}
		if (!extsock_event_is_initiator(ike_sa) &&
			ike_sa->get_state(ike_sa) != IKE_ESTABLISHED)
		{	/* who initiates it is not known for sure yet */
			continue;
		}
		array_insert(this->seen, ARRAY_TAIL, &id);
		/* the bus does not tell of one that waits to be dialled */
		this->registry->note(this->registry, ike_sa);
		host = ike_sa->get_other_host(ike_sa);
		ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
		INIT(sighting,
			.unique_id = id,
			.host = host->clone(host),
			.list = strdup(ike_cfg->get_other_addr(ike_cfg)),
		);
		look->sightings->insert_last(look->sightings, sighting);
	}
	enumerator->destroy(enumerator);
	look->incomplete = count != before || count != manager->get_count(manager);
}

/**
 * Note the IKE_SAs to report that could not be looked at yet.
 *
 * @param this			object
 * @param look			look that was taken
 * @return				TRUE if there are, or may be
 */
static bool note_busy(private_extsock_discovery_t *this, look_t *look)
{
	array_t *ids = array_create(sizeof(uint32_t), 0);
	enumerator_t *enumerator;
	uint32_t unique_id;
	bool any;
	char *name;

	enumerator = this->registry->create_enumerator(this->registry);
	while (enumerator->enumerate(enumerator, &unique_id, &name))
	{
		if (is_unknown(this, look->configs, unique_id, name))
		{
			array_insert(ids, ARRAY_TAIL, &unique_id);
		}
	}
	enumerator->destroy(enumerator);
	any = look->incomplete || array_count(ids);

	this->mutex->lock(this->mutex);
	array_destroy(this->busy_ids);
	this->busy_ids = ids;
	this->mutex->unlock(this->mutex);
	return any;
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
 * Report an IKE_SA.
 *
 * @param this			object
 * @param ike_sa		IKE_SA, checked out by the calling thread
 * @param name			name of its SEGW, empty if libsegw knows the address
 */
static void report_found(private_extsock_discovery_t *this, ike_sa_t *ike_sa,
						 const char *name)
{
	segw_ike_event_t event;

	extsock_event_init(&event, SEGW_IKE_FOUND, ike_sa);
	if (*name)
	{
		snprintf(event.remote, sizeof(event.remote), "%s", name);
	}
	event.up = ike_sa->get_statistic(ike_sa, STAT_ESTABLISHED) != 0;
	event.children = count_children(ike_sa);
	this->failover->ike_event(this->failover, &event);
}

/**
 * Report an IKE_SA, if it is still there.
 *
 * @param this			object
 * @param sighting		IKE_SA to report
 * @param name			name of its SEGW, empty if libsegw knows the address
 */
static void report_one(private_extsock_discovery_t *this, sighting_t *sighting,
					   const char *name)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = this->registry->checkout(this->registry, sighting->unique_id);
	if (ike_sa)
	{	/* told while checked out: nothing else of it is told meanwhile */
		report_found(this, ike_sa, name);
		manager->checkin(manager, ike_sa);
	}
}

/**
 * Report IKE_SAs.
 *
 * Those at an address that is listed first: to find the name of another SEGW may
 * take long, and the thread may be canceled meanwhile.
 *
 * @param this			object
 * @param sightings		IKE_SAs to report, sighting_t; kept
 */
static void report_all(private_extsock_discovery_t *this,
					   linked_list_t *sightings)
{
	char name[sizeof(((segw_ike_event_t*)NULL)->remote)];
	enumerator_t *enumerator;
	sighting_t *sighting;

	enumerator = sightings->create_enumerator(sightings);
	while (enumerator->enumerate(enumerator, &sighting))
	{
		if (is_listed(sighting->list, sighting->host))
		{
			report_one(this, sighting, "");
			sightings->remove_at(sightings, enumerator);
			sighting_destroy(sighting);
		}
	}
	enumerator->destroy(enumerator);

	enumerator = sightings->create_enumerator(sightings);
	thread_cleanup_push((void*)enumerator->destroy, enumerator);
	while (enumerator->enumerate(enumerator, &sighting))
	{
		find_name(sighting->list, sighting->host, name, sizeof(name));
		report_one(this, sighting, name);
	}
	thread_cleanup_pop(TRUE);
}

/**
 * Add connections to those whose IKE_SAs are to be reported, called locked.
 *
 * @param this			object
 * @param configs		list of peer_cfg_t references, emptied
 */
static void add_pending(private_extsock_discovery_t *this,
						linked_list_t *configs)
{
	peer_cfg_t *peer_cfg;

	while (configs->remove_first(configs, (void**)&peer_cfg) == SUCCESS)
	{
		if (find(this->pending, peer_cfg->get_name(peer_cfg)))
		{
			peer_cfg->destroy(peer_cfg);
			continue;
		}
		this->pending->insert_last(this->pending, peer_cfg);
	}
}

CALLBACK(report_job, job_requeue_t,
	private_extsock_discovery_t *this)
{
	look_t look = {
		.sightings = linked_list_create(),
	};
	bool incomplete, again;
	u_int delay;

	this->mutex->lock(this->mutex);
	look.configs = this->pending;
	this->pending = linked_list_create();
	if (this->anew)
	{
		array_destroy(this->seen);
		this->seen = array_create(sizeof(uint32_t), 0);
		this->delay = AGAIN_FIRST;
		this->anew = FALSE;
	}
	this->mutex->unlock(this->mutex);

	thread_cleanup_push((void*)look_destroy, &look);
	collect(this, &look);
	/* first, as to report the others may take long */
	incomplete = note_busy(this, &look) &&
				 !this->failover->is_stopped(this->failover);
	report_all(this, look.sightings);

	this->mutex->lock(this->mutex);
	again = this->pending->get_count(this->pending) != 0;
	if (incomplete)
	{
		add_pending(this, look.configs);
	}
	this->busy = again || incomplete;
	this->mutex->unlock(this->mutex);
	thread_cleanup_pop(TRUE);

	if (again)
	{
		return JOB_REQUEUE_DIRECT;
	}
	if (incomplete)
	{
		delay = this->delay;
		this->delay = min(delay * 2, AGAIN_LIMIT);
		return JOB_RESCHEDULE_MS(delay);
	}
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_discovery_t, meet, void,
	private_extsock_discovery_t *this, ike_sa_t *ike_sa)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	bool wanted;

	this->mutex->lock(this->mutex);
	wanted = has_id(this->busy_ids, unique_id);
	this->mutex->unlock(this->mutex);
	if (wanted && !this->failover->follows(this->failover, unique_id))
	{
		report_found(this, ike_sa, "");
	}
}

METHOD(extsock_discovery_t, report, void,
	private_extsock_discovery_t *this, linked_list_t *configs)
{
	bool queue = FALSE;

	this->mutex->lock(this->mutex);
	if (configs->get_count(configs))
	{
		add_pending(this, configs);
		this->anew = TRUE;
		queue = !this->busy;
		this->busy = TRUE;
	}
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
	array_destroy(this->seen);
	array_destroy(this->busy_ids);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_discovery_t *extsock_discovery_create(extsock_registry_t *registry,
										extsock_failover_manager_t *failover)
{
	private_extsock_discovery_t *this;

	INIT(this,
		.public = {
			.report = _report,
			.meet = _meet,
			.destroy = _destroy,
		},
		.failover = failover,
		.registry = registry,
		.seen = array_create(sizeof(uint32_t), 0),
		.busy_ids = array_create(sizeof(uint32_t), 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.pending = linked_list_create(),
	);
	return &this->public;
}
