/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

#include "extsock_traps.h"
#include "extsock_child_cfg.h"
#include "extsock_compat.h"
#include "extsock_resolve.h"

#include <collections/hashtable.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/thread.h>

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
	 * Connections with traps, name => entry_t
	 */
	hashtable_t *entries;

	/**
	 * Covers the entries, a leaf: held while looking at them only
	 */
	mutex_t *mutex;

	/**
	 * Serialises the jobs that install and remove, taken before mutex
	 */
	mutex_t *working;
};

/**
 * Traps of a connection
 */
typedef struct {
	/** name of the connection */
	char *name;
	/** what is configured, NULL once it is removed */
	extsock_segws_t *wanted;
	/** what is installed, NULL if nothing is */
	extsock_segws_t *installed;
} entry_t;

/**
 * Data of a job
 */
typedef struct {
	/** object keeping the traps */
	private_extsock_traps_t *this;
	/** name of the connection */
	char *name;
} job_data_t;

/**
 * Destroy the data of a job.
 *
 * @param data			data
 */
static void destroy_job_data(job_data_t *data)
{
	free(data->name);
	free(data);
}

/**
 * Destroy an entry.
 *
 * @param entry			entry
 */
static void destroy_entry(entry_t *entry)
{
	DESTROY_IF(entry->wanted);
	DESTROY_IF(entry->installed);
	free(entry->name);
	free(entry);
}

/**
 * Check if a peer config has a child to trap.
 *
 * @param peer_cfg		peer config
 * @param name			name of the child, NULL for any
 * @return				TRUE if it has
 */
static bool has_trap(peer_cfg_t *peer_cfg, char *name)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool found = FALSE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (!found && enumerator->enumerate(enumerator, &child_cfg))
	{
		found = extsock_child_cfg_get_start_action(child_cfg) & ACTION_TRAP &&
				(!name || streq(name, child_cfg->get_name(child_cfg)));
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Remove the traps of a peer config that another does not have.
 *
 * @param old			peer config whose traps are installed
 * @param new			peer config to be installed, NULL if none
 */
static void uninstall(peer_cfg_t *old, peer_cfg_t *new)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	char *name;

	enumerator = old->create_child_cfg_enumerator(old);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{
		name = child_cfg->get_name(child_cfg);
		if (extsock_child_cfg_get_start_action(child_cfg) & ACTION_TRAP &&
			(!new || !has_trap(new, name)))
		{
			DBG1(DBG_CFG, "uninstalling '%s'", name);
			charon->traps->uninstall(charon->traps, old->get_name(old), name);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Install the traps of a peer config, in place of those of the same name.
 *
 * @param peer_cfg		peer config
 */
static void install(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{
		if (extsock_child_cfg_get_start_action(child_cfg) & ACTION_TRAP)
		{
			DBG1(DBG_CFG, "installing '%s'", child_cfg->get_name(child_cfg));
			if (!charon->traps->install(charon->traps, peer_cfg, child_cfg))
			{
				DBG1(DBG_CFG, "installing '%s' failed, traffic will not dial "
					 "connection '%s'", child_cfg->get_name(child_cfg),
					 peer_cfg->get_name(peer_cfg));
			}
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Bring the traps of a connection in step, called with the working mutex held.
 *
 * @param this			object
 * @param name			name of the connection
 */
static void adjust(private_extsock_traps_t *this, char *name)
{
	extsock_segws_t *old = NULL, *new = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, name);
	if (entry)
	{
		old = entry->installed;
		new = entry->wanted;
		entry->installed = new ? new->get_ref(new) : NULL;
		/* for ourselves, another request may replace it meanwhile */
		new = new ? new->get_ref(new) : NULL;
		if (!new)
		{
			this->entries->remove(this->entries, name);
			destroy_entry(entry);
		}
	}
	this->mutex->unlock(this->mutex);

	if (old && old != new)
	{
		uninstall(old->get(old, 0), new ? new->get(new, 0) : NULL);
	}
	if (new && old != new)
	{
		install(new->get(new, 0));
	}
	DESTROY_IF(old);
	DESTROY_IF(new);
}

CALLBACK(adjust_job, job_requeue_t,
	job_data_t *data)
{
	private_extsock_traps_t *this = data->this;

	this->working->lock(this->working);
	thread_cleanup_push((thread_cleanup_t)this->working->unlock,
						this->working);
	adjust(this, data->name);
	thread_cleanup_pop(TRUE);
	return JOB_REQUEUE_NONE;
}

/**
 * Check if charon has to resolve a name to install a trap.
 *
 * @param segws			SEGWs of the connection
 * @return				TRUE if any of them is given by name
 */
static bool is_named(extsock_segws_t *segws)
{
	enumerator_t *enumerator;
	peer_cfg_t *peer_cfg;
	ike_cfg_t *ike_cfg;
	bool named = FALSE;
	char *address;

	peer_cfg = segws->get(segws, 0);
	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	enumerator = enumerator_create_token(ike_cfg->get_other_addr(ike_cfg), ",",
										 " ");
	while (!named && enumerator->enumerate(enumerator, &address))
	{
		named = extsock_resolve_is_name(address);
	}
	enumerator->destroy(enumerator);
	return named;
}

METHOD(extsock_traps_t, set, void,
	private_extsock_traps_t *this, char *name, extsock_segws_t *segws)
{
	job_priority_t prio = JOB_PRIO_HIGH;
	job_data_t *data;
	entry_t *entry;

	if (segws && !has_trap(segws->get(segws, 0), NULL))
	{
		segws = NULL;
	}
	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, name);
	if (!entry && segws)
	{
		INIT(entry,
			.name = strdup(name),
		);
		this->entries->put(this->entries, entry->name, entry);
	}
	if (entry)
	{
		DESTROY_IF(entry->wanted);
		entry->wanted = segws ? segws->get_ref(segws) : NULL;
	}
	this->mutex->unlock(this->mutex);

	if (entry)
	{
		INIT(data,
			.this = this,
			.name = strdup(name),
		);
		if (segws && is_named(segws))
		{	/* nobody has to wait for a name server, nor does a shutdown */
			prio = JOB_PRIO_LOW;
		}
		lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(adjust_job, data,
								(void*)destroy_job_data, extsock_cancel_thread,
								prio));
	}
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
	this->mutex->destroy(this->mutex);
	this->working->destroy(this->working);
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
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									4),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.working = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
