/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "traps.h"
#include "compat.h"
#include "dns.h"
#include "log_group.h"
#include "timer.h"

#include <collections/hashtable.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Until traps that could not be installed are tried again, in milliseconds: a
 * name may resolve by then
 */
#define INSTALL_AGAIN 60000

typedef struct private_extsock_traps_t private_extsock_traps_t;

/**
 * Private data of an extsock_traps_t object
 */
struct private_extsock_traps_t {

	/**
	 * Public interface
	 */
	extsock_traps_t public;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Connections with traps, name => entry_t; only adjust_job() removes one
	 */
	hashtable_t *entries;

	/**
	 * TRUE if adjust_job() is queued or running: only one works at a time, and
	 * no more than one thread waits for name servers
	 */
	bool busy;

	/**
	 * Timer for those that could not be installed
	 */
	extsock_timer_t *timer;

	/**
	 * Not 0 once nothing is to be installed or removed any more
	 */
	refcount_t stopped;
};

/**
 * Traps of a connection
 */
typedef struct {
	/** name of the connection */
	char *name;
	/** what is configured, NULL once it is removed */
	extsock_connection_t *wanted;
	/** the traps there are, child_sa_t; only for adjust_job() */
	linked_list_t *traps;
	/** TRUE if some could not be installed */
	bool incomplete;
	/** TRUE if adjust_job() has to look at it */
	bool pending;
	/** TRUE if charon has to resolve a name to install it */
	bool named;
} entry_t;

/**
 * Find a child to trap in a peer config.
 *
 * @param peer_cfg		peer config
 * @param name			name of the child, NULL for any
 * @return				TRUE if it has one
 */
static bool has_trap(peer_cfg_t *peer_cfg, char *name)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool found = FALSE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (!found && enumerator->enumerate(enumerator, &child_cfg))
	{
		found = extsock_children_get_start_action(child_cfg) & ACTION_TRAP &&
				(!name || streq(name, child_cfg->get_name(child_cfg)));
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if charon has to resolve a name to install the traps.
 *
 * @param peer_cfg		peer config
 * @return				TRUE if any of its SEGWs is given by name
 */
static bool is_named(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	ike_cfg_t *ike_cfg;
	bool named = FALSE;
	char *address;

	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	enumerator = enumerator_create_token(ike_cfg->get_other_addr(ike_cfg), ",",
										 " ");
	while (!named && enumerator->enumerate(enumerator, &address))
	{
		named = extsock_dns_is_name(address);
	}
	enumerator->destroy(enumerator);
	return named;
}

/**
 * Check if any remote traffic selector of a child depends on the SEGW's address.
 *
 * @param child_cfg		child
 * @return				TRUE if one does
 */
static bool is_dynamic(child_cfg_t *child_cfg)
{
	linked_list_t *list = extsock_get_remote_ts(child_cfg);
	traffic_selector_t *ts;
	bool dynamic = FALSE;

	while (list->remove_first(list, (void**)&ts) == SUCCESS)
	{
		dynamic |= ts->is_dynamic(ts);
		ts->destroy(ts);
	}
	list->destroy(list);
	return dynamic;
}

/**
 * Get the addresses of a trap, as charon's own trap manager would. May wait for
 * a name server, until charon ends.
 *
 * @param ike_cfg		config of the peer
 * @param child_cfg		child to trap
 * @param me			receives our address
 * @param other			receives that of the SEGW
 * @return				FALSE if there is none
 */
static bool get_hosts(ike_cfg_t *ike_cfg, child_cfg_t *child_cfg, host_t **me,
					  host_t **other)
{
	host_t *local, *remote;

	remote = ike_cfg->resolve_other(ike_cfg, AF_UNSPEC);
	if (remote ? remote->is_anyaddr(remote) : is_dynamic(child_cfg))
	{
		DESTROY_IF(remote);
		return FALSE;
	}
	local = ike_cfg->resolve_me(ike_cfg, remote ? remote->get_family(remote)
												: AF_UNSPEC);
	if (!remote)
	{	/* it may resolve by the time traffic comes */
		remote = host_create_any(local ? local->get_family(local) : AF_INET);
	}
	else if (!local || local->is_anyaddr(local))
	{
		DESTROY_IF(local);
		local = charon->kernel->get_source_addr(charon->kernel, remote, NULL);
	}
	if (!local)
	{
		local = host_create_any(remote->get_family(remote));
	}
	local->set_port(local, ike_cfg->get_my_port(ike_cfg));
	remote->set_port(remote, ike_cfg->get_other_port(ike_cfg));
	*me = local;
	*other = remote;
	return TRUE;
}

/**
 * Install a trap.
 *
 * It is ours, not the trap manager's: removing one of its own never returns once
 * it has flushed them all at charon's end.
 *
 * @param peer_cfg		peer config
 * @param child_cfg		child to trap
 * @return				trap, NULL if it could not be installed
 */
static child_sa_t *install(peer_cfg_t *peer_cfg, child_cfg_t *child_cfg)
{
	child_sa_create_t data = {
		.if_id_in_def = peer_cfg->get_if_id(peer_cfg, TRUE),
		.if_id_out_def = peer_cfg->get_if_id(peer_cfg, FALSE),
	};
	linked_list_t *local, *remote;
	child_sa_t *child_sa = NULL;
	host_t *me, *other;

	DBG1(DBG_EXTSOCK, "installing '%s'", child_cfg->get_name(child_cfg));
	if (get_hosts(peer_cfg->get_ike_cfg(peer_cfg), child_cfg, &me, &other))
	{
		extsock_set_any_cpu(&data);
		child_sa = child_sa_create(me, other, child_cfg, &data);
		local = linked_list_create_with_items(me, NULL);
		remote = linked_list_create_with_items(other, NULL);
		if (!charon->traps->install_external(charon->traps, peer_cfg, child_sa,
											 local, remote))
		{
			child_sa->destroy(child_sa);
			child_sa = NULL;
		}
		local->destroy_offset(local, offsetof(host_t, destroy));
		remote->destroy_offset(remote, offsetof(host_t, destroy));
	}
	if (!child_sa)
	{
		DBG1(DBG_EXTSOCK, "installing '%s' failed, traffic does not dial "
			 "connection '%s' yet", child_cfg->get_name(child_cfg),
			 peer_cfg->get_name(peer_cfg));
	}
	return child_sa;
}

/**
 * Remove a trap.
 *
 * @param trap			trap, destroyed
 */
static void uninstall(child_sa_t *trap)
{
	/* the manager may have flushed it, its policies are there all the same */
	charon->traps->remove_external(charon->traps, trap);
	trap->destroy(trap);
}

/**
 * Remove traps of a connection.
 *
 * @param entry			connection
 * @param peer_cfg		peer config whose traps are kept, NULL to keep none
 * @param stopped		not 0 once no more is to be removed
 */
static void remove_traps(entry_t *entry, peer_cfg_t *peer_cfg,
						 refcount_t *stopped)
{
	enumerator_t *enumerator;
	child_sa_t *trap;
	char *name;

	enumerator = entry->traps->create_enumerator(entry->traps);
	while (enumerator->enumerate(enumerator, &trap) && !ref_cur(stopped))
	{
		name = trap->get_name(trap);
		if (!peer_cfg || !has_trap(peer_cfg, name))
		{
			DBG1(DBG_EXTSOCK, "uninstalling '%s'", name);
			entry->traps->remove_at(entry->traps, enumerator);
			uninstall(trap);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Find the trap of a child.
 *
 * @param entry			connection
 * @param name			name of the child
 * @return				trap, NULL if there is none
 */
static child_sa_t *find_trap(entry_t *entry, char *name)
{
	child_sa_t *trap, *found = NULL;
	enumerator_t *enumerator;

	enumerator = entry->traps->create_enumerator(entry->traps);
	while (!found && enumerator->enumerate(enumerator, &trap))
	{
		if (streq(trap->get_name(trap), name))
		{
			found = trap;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Install the traps of a peer config, in place of those of the same name.
 *
 * @param entry			connection
 * @param peer_cfg		peer config
 * @param stopped		not 0 once no more is to be installed
 * @return				FALSE if any could not be installed
 */
static bool install_traps(entry_t *entry, peer_cfg_t *peer_cfg,
						  refcount_t *stopped)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	child_sa_t *old, *new;
	bool complete = TRUE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &child_cfg) && !ref_cur(stopped))
	{
		old = find_trap(entry, child_cfg->get_name(child_cfg));
		if (!(extsock_children_get_start_action(child_cfg) & ACTION_TRAP) ||
			(old && old->get_config(old) == child_cfg))
		{
			continue;
		}
		new = install(peer_cfg, child_cfg);
		if (!new)
		{
			complete = FALSE;
			continue;
		}
		entry->traps->insert_last(entry->traps, new);
		if (old)
		{	/* only now, that no packet slips through in between */
			entry->traps->remove(entry->traps, old, NULL);
			uninstall(old);
		}
	}
	enumerator->destroy(enumerator);
	return complete;
}

/**
 * Destroy an entry, its traps are removed.
 *
 * @param entry			entry
 */
static void destroy_entry(entry_t *entry)
{
	entry->traps->destroy_function(entry->traps, (void*)uninstall);
	DESTROY_IF(entry->wanted);
	free(entry->name);
	free(entry);
}

/**
 * Bring the traps of a connection in step.
 *
 * @param this			object
 * @param entry			connection
 * @param wanted		what is to be installed, adopted; NULL if nothing is
 */
static void adjust(private_extsock_traps_t *this, entry_t *entry,
				   extsock_connection_t *wanted)
{
	peer_cfg_t *peer_cfg = wanted ? wanted->get(wanted, 0) : NULL;
	bool complete = TRUE, gone;

	remove_traps(entry, peer_cfg, &this->stopped);
	if (peer_cfg)
	{
		complete = install_traps(entry, peer_cfg, &this->stopped);
	}
	DESTROY_IF(wanted);

	this->mutex->lock(this->mutex);
	entry->incomplete = !complete;
	gone = !wanted && !entry->wanted;
	if (gone)
	{
		this->entries->remove(this->entries, entry->name);
	}
	this->mutex->unlock(this->mutex);
	if (gone)
	{
		destroy_entry(entry);
	}
	if (!complete)
	{
		this->timer->set(this->timer, extsock_timer_now() + INSTALL_AGAIN);
	}
}

/**
 * Begin with the next connection, those without names first.
 *
 * @param this			object
 * @param new			receives what is to be installed, NULL if nothing is
 * @return				entry, NULL if there is none: the job is to end
 */
static entry_t *begin(private_extsock_traps_t *this, extsock_connection_t **new)
{
	entry_t *entry, *found = NULL;
	enumerator_t *enumerator;

	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (!ref_cur(&this->stopped) &&
		   enumerator->enumerate(enumerator, NULL, &entry))
	{
		if (entry->pending && (!found || !entry->named))
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	if (found)
	{
		found->pending = FALSE;
		/* for ourselves, another request may replace it meanwhile */
		*new = found->wanted ? found->wanted->get_ref(found->wanted) : NULL;
	}
	this->busy = found != NULL;
	this->mutex->unlock(this->mutex);
	return found;
}

CALLBACK(adjust_job, job_requeue_t,
	private_extsock_traps_t *this)
{
	extsock_connection_t *new;
	entry_t *entry;

	while ((entry = begin(this, &new)))
	{
		adjust(this, entry, new);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Take it on oneself to queue adjust_job(), called with the mutex held.
 *
 * @param this			object
 * @return				FALSE if it is queued or running, or never will be
 */
static bool take_on(private_extsock_traps_t *this)
{
	bool idle = !this->busy && !ref_cur(&this->stopped);

	this->busy |= idle;
	return idle;
}

/**
 * Queue adjust_job().
 *
 * @param this			object
 */
static void queue_adjust(private_extsock_traps_t *this)
{
	/* nobody has to wait for a name server. Nor does a shutdown: charon's own
	 * resolver gives up then, so this is not to be canceled */
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(
									(callback_job_cb_t)adjust_job, this, NULL,
									NULL, JOB_PRIO_LOW));
}

/**
 * Have another look at what could not be installed, implements
 * extsock_timer_cb_t.
 *
 * @param user			object
 */
static void retry(void *user)
{
	private_extsock_traps_t *this = user;
	enumerator_t *enumerator;
	entry_t *entry;
	bool queue;

	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		entry->pending |= entry->incomplete;
	}
	enumerator->destroy(enumerator);
	queue = take_on(this);
	this->mutex->unlock(this->mutex);

	if (queue)
	{
		queue_adjust(this);
	}
}

METHOD(extsock_traps_t, set, void,
	private_extsock_traps_t *this, char *name, extsock_connection_t *connection)
{
	bool queue = FALSE, named = FALSE;
	extsock_connection_t *old = NULL;
	entry_t *entry;

	if (connection && !has_trap(connection->get(connection, 0), NULL))
	{
		connection = NULL;
	}
	if (connection)
	{
		named = is_named(connection->get(connection, 0));
	}
	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, name);
	if (!entry && connection)
	{
		INIT(entry,
			.name = strdup(name),
			.traps = linked_list_create(),
		);
		this->entries->put(this->entries, entry->name, entry);
	}
	if (entry)
	{
		old = entry->wanted;
		entry->wanted = connection ? connection->get_ref(connection) : NULL;
		entry->named = named;
		entry->pending = TRUE;
		queue = take_on(this);
	}
	this->mutex->unlock(this->mutex);

	DESTROY_IF(old);
	if (queue)
	{
		queue_adjust(this);
	}
}

METHOD(extsock_traps_t, stop, void,
	private_extsock_traps_t *this)
{
	ref_get(&this->stopped);
	this->timer->stop(this->timer);
}

METHOD(extsock_traps_t, destroy, void,
	private_extsock_traps_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		this->entries->remove_at(this->entries, enumerator);
		destroy_entry(entry);
	}
	enumerator->destroy(enumerator);
	this->entries->destroy(this->entries);
	this->timer->destroy(this->timer);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_traps_t *extsock_traps_create()
{
	private_extsock_traps_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.stop = _stop,
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									4),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->timer = extsock_timer_create(retry, this);
	return &this->public;
}
