/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "adopt.h"
#include "adopted.h"
#include "candidates.h"
#include "compat.h"
#include "found.h"
#include "policy.h"
#include "timer.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>
#include <threading/spinlock.h>

/**
 * Time between two looks, in milliseconds
 */
#define INTERVAL_MS 1000

typedef struct private_extsock_adopt_t private_extsock_adopt_t;

/**
 * Private data of an extsock_adopt_t object
 */
struct private_extsock_adopt_t {

	/**
	 * Public interface
	 */
	extsock_adopt_t public;

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
	extsock_found_t *found;

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
	 * Policy of all connections
	 */
	segw_policy_t policy;

	/**
	 * TRUE if none of its options is refused
	 */
	bool policy_valid;

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
};

/**
 * Configure a connection.
 *
 * @param this			object
 * @param connection	connection
 */
static void configure(private_extsock_adopt_t *this,
					  extsock_adopted_t *connection)
{
	connection->configure(connection,
						  this->policy_valid ? &this->policy : NULL);
}

/**
 * Read the options anew.
 *
 * @param this			object
 * @return				TRUE if there may be something to adopt
 */
static bool read_options(private_extsock_adopt_t *this)
{
	extsock_adopted_t *connection;
	enumerator_t *enumerator;

	if (!extsock_policy_adopts_any())
	{
		return FALSE;
	}
	this->policy_valid = extsock_policy_read(&this->policy);
	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &connection))
	{
		configure(this, connection);
	}
	enumerator->destroy(enumerator);
	return TRUE;
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
static segw_status_t look_at(private_extsock_adopt_t *this,
							 peer_cfg_t *peer_cfg, hashtable_t *seen)
{
	char *name = peer_cfg->get_name(peer_cfg);
	extsock_adopted_t *connection;

	if (seen->get(seen, name))
	{	/* what the first backend has counts, as it does for charon */
		return SEGW_ERR_REFUSED;
	}
	connection = this->connections->remove(this->connections, name);
	if (!connection)
	{
		connection = extsock_adopted_create(name, this->failover);
		configure(this, connection);
	}
	seen->put(seen, connection->get_name(connection), connection);
	return connection->adopt(connection, peer_cfg);
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
		connection->release(connection);
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
 * Look at all connections.
 *
 * @param this			object
 * @param active		FALSE to see none, all are released then
 * @param triggered		TRUE if there is an IKE_SA nobody guards
 */
static void look_at_all(private_extsock_adopt_t *this, bool active,
						bool triggered)
{
	linked_list_t *configs, *guarded;
	peer_cfg_t *peer_cfg;
	segw_status_t status;
	hashtable_t *seen;

	seen = create_table();
	guarded = linked_list_create();
	configs = active ? extsock_candidates_get(this->backend)
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
	this->found->report(this->found, guarded);
}

/**
 * Look at the connections, implements extsock_timer_cb_t.
 *
 * @param user			object
 */
static void look(void *user)
{
	private_extsock_adopt_t *this = user;
	bool active, stale, triggered;

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
	look_at_all(this, active, triggered);
	this->mutex->unlock(this->mutex);

	if (active)
	{
		this->timer->set(this->timer, extsock_timer_now() + INTERVAL_MS);
	}
}

METHOD(extsock_adopt_t, trigger, void,
	private_extsock_adopt_t *this)
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

METHOD(extsock_adopt_t, reload, void,
	private_extsock_adopt_t *this)
{
	this->lock->lock(this->lock);
	this->stale = TRUE;
	this->lock->unlock(this->lock);
	this->timer->set(this->timer, 0);
}

METHOD(extsock_adopt_t, destroy, void,
	private_extsock_adopt_t *this)
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
	this->timer->destroy(this->timer);
	this->found->destroy(this->found);
	this->lock->destroy(this->lock);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_adopt_t *extsock_adopt_create(extsock_backend_t *backend,
									  extsock_failover_manager_t *failover)
{
	private_extsock_adopt_t *this;

	INIT(this,
		.public = {
			.trigger = _trigger,
			.reload = _reload,
			.destroy = _destroy,
		},
		.backend = backend,
		.failover = failover,
		.found = extsock_found_create(failover),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.connections = create_table(),
		.lock = spinlock_create(),
	);
	this->timer = extsock_timer_create(look, this);
	return &this->public;
}
