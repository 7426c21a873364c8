/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "adoption.h"
#include "adopted.h"
#include "compat.h"
#include "connection.h"
#include "discovery.h"
#include "policies.h"
#include "timer.h"
#include "unreadable.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>
#include <threading/spinlock.h>

/**
 * Time between two looks, in milliseconds
 */
#define INTERVAL_MS 1000

/**
 * Dials that charon gave up which are kept until the next look
 */
#define GIVEN_UP_CAP SEGW_CONNECTION_CAP

/**
 * Bytes of a reason why charon can not read its settings
 */
#define REASON_CAP 256

typedef struct private_extsock_adoption_t private_extsock_adoption_t;

/**
 * A dial that charon gave up before libsegw followed it, or an IKE_SA that it
 * has closed to load its connection anew
 */
typedef struct {
	/** name of the connection, empty if unused */
	char name[SEGW_NAME_CAP];
	/** unique ID of its IKE_SA */
	uint32_t unique_id;
	/** TRUE if it was closed */
	bool closed;
} given_up_t;

/**
 * Private data of an extsock_adoption_t object
 */
struct private_extsock_adoption_t {

	/**
	 * Public interface
	 */
	extsock_adoption_t public;

	/**
	 * Our own backend
	 */
	extsock_backend_t *backend;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Reports IKE_SAs libsegw does not know of
	 */
	extsock_discovery_t *discovery;

	/**
	 * Timer for the next look
	 */
	extsock_timer_t *timer;

	/**
	 * Serialises looks, covers what they use; never taken in a bus hook
	 */
	mutex_t *mutex;

	/**
	 * Connections there were at the last look, name => extsock_adopted_t
	 */
	hashtable_t *connections;

	/**
	 * What strongswan.conf says about them
	 */
	extsock_policies_t *policies;

	/**
	 * Hears it if charon can not read that
	 */
	extsock_unreadable_t *unreadable;

	/**
	 * Covers all that follows
	 */
	spinlock_t *lock;

	/**
	 * TRUE if there may be something to adopt
	 */
	bool active;

	/**
	 * TRUE if the timer is set because of trigger()
	 */
	bool triggered;

	/**
	 * TRUE if the options are to be read anew
	 */
	bool stale;

	/**
	 * Dials that charon gave up since the last look, a ring
	 */
	given_up_t given_up[GIVEN_UP_CAP];

	/**
	 * Number of dials ever put into the ring
	 */
	u_int given_up_count;
};

/**
 * Read the options anew.
 *
 * @param this			object
 * @return				TRUE if there may be something to adopt
 */
static bool read_options(private_extsock_adoption_t *this)
{
	extsock_adopted_t *connection;
	enumerator_t *enumerator;

	this->policies->reload(this->policies);
	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &connection))
	{
		connection->configure(connection, this->policies);
	}
	enumerator->destroy(enumerator);
	return this->policies->any(this->policies);
}

/**
 * Take the dial of a connection that charon gave up, if there is one.
 *
 * @param this			object
 * @param name			name of the connection
 * @param unique_id		receives the unique ID of its IKE_SA
 * @param closed		receives TRUE if it was closed, not given up
 * @return				TRUE if there is one
 */
static bool take_given_up(private_extsock_adoption_t *this, const char *name,
						  uint32_t *unique_id, bool *closed)
{
	bool found = FALSE;
	u_int i;

	this->lock->lock(this->lock);
	for (i = 0; i < GIVEN_UP_CAP; i++)
	{
		if (streq(this->given_up[i].name, name))
		{
			*unique_id = this->given_up[i].unique_id;
			*closed = this->given_up[i].closed;
			this->given_up[i].name[0] = '\0';
			found = TRUE;
		}
	}
	this->lock->unlock(this->lock);
	return found;
}

/**
 * Tell libsegw of a dial that charon gave up before the connection was guarded:
 * nobody would try again.
 *
 * @param this			object
 * @param name			name of the connection
 * @param unique_id		unique ID of the IKE_SA
 */
static void report_given_up(private_extsock_adoption_t *this, const char *name,
							uint32_t unique_id)
{
	segw_ike_event_t event = {
		.kind = SEGW_IKE_STATE,
		.unique_id = unique_id,
		.previous = SEGW_STATE_CREATED,
		.state = SEGW_STATE_DESTROYING,
		.facts = SEGW_FACT_INITIATOR,
	};

	snprintf(event.connection, sizeof(event.connection), "%s", name);
	this->failover->ike_event(this->failover, &event);
}

/**
 * Look at a connection.
 *
 * @param this			object
 * @param peer_cfg		its config
 * @param seen			receives it, name => extsock_adopted_t
 * @return				SEGW_OK if it is new or has other SEGWs, SEGW_AGAIN if
 *						it is guarded as before, or else an error
 */
static segw_status_t look_at(private_extsock_adoption_t *this,
							 peer_cfg_t *peer_cfg, hashtable_t *seen)
{
	char *name = peer_cfg->get_name(peer_cfg);
	extsock_adopted_t *connection;
	segw_status_t status;
	uint32_t unique_id;
	bool closed;

	if (seen->get(seen, name))
	{	/* what the first backend has counts, as it does for charon */
		return SEGW_ERR_REFUSED;
	}
	connection = this->connections->remove(this->connections, name);
	if (!connection)
	{
		connection = extsock_adopted_create(name, this->failover);
		connection->configure(connection, this->policies);
	}
	seen->put(seen, connection->get_name(connection), connection);
	status = connection->adopt(connection, peer_cfg);
	if (take_given_up(this, name, &unique_id, &closed))
	{
		/* libsegw was told itself of a dial if it guarded it before */
		if (closed ? extsock_children_are_started(peer_cfg) &&
			(status == SEGW_OK || status == SEGW_AGAIN) : status == SEGW_OK)
		{
			report_given_up(this, name, unique_id);
		}
	}
	return status;
}

/**
 * Release connections that are gone.
 *
 * @param connections	name => extsock_adopted_t, adopted
 */
static void release_all(hashtable_t *connections)
{
	extsock_adopted_t *connection;
	enumerator_t *enumerator;

	enumerator = connections->create_enumerator(connections);
	while (enumerator->enumerate(enumerator, NULL, &connection))
	{
		connections->remove_at(connections, enumerator);
		connection->forget(connection);
		connection->destroy(connection);
	}
	enumerator->destroy(enumerator);
	connections->destroy(connections);
}

/**
 * Create a table for connections.
 *
 * @return				empty table, name => extsock_adopted_t
 */
static hashtable_t *create_table()
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

/**
 * Check if a connection is one that a client applied.
 *
 * @param backend		our own backend
 * @param name			name of the connection
 * @return				TRUE if our own backend has it
 */
static bool is_applied(extsock_backend_t *backend, char *name)
{
	peer_cfg_t *found;

	found = backend->backend.get_peer_cfg_by_name(&backend->backend, name);
	if (!found)
	{
		return FALSE;
	}
	found->destroy(found);
	return TRUE;
}

/**
 * Collect the connections of other backends, also those that can not be guarded,
 * as that is to be said. Takes locks of charon's: not for bus hooks.
 *
 * @param backend		our own backend: what clients applied is none, nor is
 *						what has the same name
 * @return				list of peer_cfg_t references, in the order of charon's
 *						backends; names may be there twice
 */
static linked_list_t *get_candidates(extsock_backend_t *backend)
{
	enumerator_t *enumerator;
	linked_list_t *configs;
	peer_cfg_t *peer_cfg;

	/* the enumerator holds locks of charon's: copied first, asked about then */
	configs = linked_list_create();
	enumerator = charon->backends->create_peer_cfg_enumerator(charon->backends,
											NULL, NULL, NULL, NULL, IKE_ANY);
	while (enumerator->enumerate(enumerator, &peer_cfg))
	{
		configs->insert_last(configs, peer_cfg->get_ref(peer_cfg));
	}
	enumerator->destroy(enumerator);

	enumerator = configs->create_enumerator(configs);
	while (enumerator->enumerate(enumerator, &peer_cfg))
	{
		if (is_applied(backend, peer_cfg->get_name(peer_cfg)))
		{
			configs->remove_at(configs, enumerator);
			peer_cfg->destroy(peer_cfg);
		}
	}
	enumerator->destroy(enumerator);
	return configs;
}

/**
 * Look at all connections.
 *
 * @param this			object
 * @param active		FALSE to see none, all are released then
 * @param triggered		TRUE if there is an IKE_SA nobody guards
 */
static void look_at_all(private_extsock_adoption_t *this, bool active,
						bool triggered)
{
	linked_list_t *configs, *guarded;
	peer_cfg_t *peer_cfg;
	segw_status_t status;
	hashtable_t *seen;

	seen = create_table();
	guarded = linked_list_create();
	configs = active ? get_candidates(this->backend)
					 : linked_list_create();
	while (configs->remove_first(configs, (void**)&peer_cfg) == SUCCESS)
	{
		status = look_at(this, peer_cfg, seen);
		if (status == SEGW_OK || (status == SEGW_AGAIN && triggered))
		{
			guarded->insert_last(guarded, peer_cfg->get_ref(peer_cfg));
		}
		peer_cfg->destroy(peer_cfg);
	}
	configs->destroy(configs);
	release_all(this->connections);
	this->connections = seen;
	if (active)
	{
		this->policies->compare(this->policies, seen);
	}
	this->discovery->report(this->discovery, guarded);
}

/**
 * Look at the connections, implements extsock_timer_cb_t.
 *
 * @param user			object
 */
static void look(void *user)
{
	private_extsock_adoption_t *this = user;
	bool active, stale, triggered;
	char reason[REASON_CAP];

	this->mutex->lock(this->mutex);
	/* reset before looking: what comes later gets a new job */
	this->lock->lock(this->lock);
	active = this->active;
	stale = this->stale;
	triggered = this->triggered;
	this->stale = this->triggered = FALSE;
	this->lock->unlock(this->lock);

	if (stale)
	{
		active = read_options(this);
		this->lock->lock(this->lock);
		this->active = active;
		this->lock->unlock(this->lock);
	}
	if (this->unreadable->take(this->unreadable, reason, sizeof(reason)))
	{
		this->policies->unreadable(this->policies, reason);
	}
	look_at_all(this, active, triggered);
	this->mutex->unlock(this->mutex);

	if (active)
	{
		this->timer->set(this->timer, extsock_timer_now() + INTERVAL_MS);
	}
}

/**
 * Charon could not read its settings, implements extsock_unreadable_cb_t.
 *
 * @param user			object
 */
static void unreadable(void *user)
{
	private_extsock_adoption_t *this = user;

	this->timer->set(this->timer, 0);
}

/**
 * Look at the connections now, in a job, and at all IKE_SAs.
 *
 * @param this			object
 */
static void trigger(private_extsock_adoption_t *this)
{
	bool set;

	this->lock->lock(this->lock);
	set = this->active && !this->triggered;
	this->triggered |= set;
	this->lock->unlock(this->lock);
	if (set)
	{
		this->timer->set(this->timer, 0);
	}
}

METHOD(extsock_adoption_t, connecting, void,
	private_extsock_adoption_t *this, const char *name)
{
	uint32_t unique_id;
	bool closed;

	take_given_up(this, name, &unique_id, &closed);
	trigger(this);
}

METHOD(extsock_adoption_t, meet, void,
	private_extsock_adoption_t *this, ike_sa_t *ike_sa)
{
	this->discovery->meet(this->discovery, ike_sa);
}

/**
 * Note the end of an IKE_SA until the next look, which is now.
 *
 * @param this			object
 * @param name			name of its connection
 * @param unique_id		unique ID of the IKE_SA
 * @param closed		TRUE if it was closed, FALSE if given up
 */
static void note_end(private_extsock_adoption_t *this, const char *name,
					 uint32_t unique_id, bool closed)
{
	given_up_t *given_up;

	this->lock->lock(this->lock);
	given_up = &this->given_up[this->given_up_count++ % GIVEN_UP_CAP];
	snprintf(given_up->name, sizeof(given_up->name), "%s", name);
	given_up->unique_id = unique_id;
	given_up->closed = closed;
	this->lock->unlock(this->lock);
	trigger(this);
}

METHOD(extsock_adoption_t, gave_up, void,
	private_extsock_adoption_t *this, const char *name, uint32_t unique_id)
{
	note_end(this, name, unique_id, FALSE);
}

METHOD(extsock_adoption_t, reloaded, void,
	private_extsock_adoption_t *this, const char *name, uint32_t unique_id)
{
	note_end(this, name, unique_id, TRUE);
}

METHOD(extsock_adoption_t, reload, void,
	private_extsock_adoption_t *this)
{
	this->lock->lock(this->lock);
	this->stale = TRUE;
	this->lock->unlock(this->lock);
	this->timer->set(this->timer, 0);
}

METHOD(extsock_adoption_t, destroy, void,
	private_extsock_adoption_t *this)
{
	extsock_adopted_t *connection;
	enumerator_t *enumerator;

	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &connection))
	{
		this->connections->remove_at(this->connections, enumerator);
		connection->destroy(connection);
	}
	enumerator->destroy(enumerator);
	this->connections->destroy(this->connections);
	this->unreadable->destroy(this->unreadable);
	this->timer->destroy(this->timer);
	this->policies->destroy(this->policies);
	this->discovery->destroy(this->discovery);
	this->lock->destroy(this->lock);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_adoption_t *extsock_adoption_create(extsock_backend_t *backend,
										extsock_registry_t *registry,
										extsock_failover_manager_t *failover)
{
	private_extsock_adoption_t *this;

	INIT(this,
		.public = {
			.connecting = _connecting,
			.meet = _meet,
			.gave_up = _gave_up,
			.reloaded = _reloaded,
			.reload = _reload,
			.destroy = _destroy,
		},
		.backend = backend,
		.failover = failover,
		.discovery = extsock_discovery_create(registry, failover),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.connections = create_table(),
		.policies = extsock_policies_create(failover),
		.lock = spinlock_create(),
	);
	this->timer = extsock_timer_create(look, this);
	this->unreadable = extsock_unreadable_create(unreadable, this);
	return &this->public;
}
