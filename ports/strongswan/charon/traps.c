/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "traps.h"
#include "compat.h"
#include "timer.h"
#include "trap.h"

#include <collections/hashtable.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/thread.h>

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
	extsock_segws_t *wanted;
	/** what was installed, NULL if nothing was; only for adjust_job() */
	extsock_segws_t *installed;
	/** TRUE if some of that could not be */
	bool incomplete;
	/** TRUE if adjust_job() has to look at it */
	bool pending;
	/** TRUE if charon has to resolve a name to install it */
	bool named;
} entry_t;

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
 * Bring the traps of a connection in step.
 *
 * @param this			object
 * @param entry			connection
 * @param new			what is to be installed, adopted; NULL if nothing is
 */
static void adjust(private_extsock_traps_t *this, entry_t *entry,
				   extsock_segws_t *new)
{
	extsock_segws_t *old = entry->installed;
	bool complete = TRUE, gone;

	if (old && old != new)
	{
		extsock_trap_uninstall(old->get(old, 0), new ? new->get(new, 0) : NULL,
							   &this->stopped);
	}
	if (new && (old != new || entry->incomplete))
	{
		thread_cleanup_push((void*)new->destroy, new);
		complete = extsock_trap_install(new->get(new, 0), &this->stopped);
		thread_cleanup_pop(FALSE);
	}
	this->mutex->lock(this->mutex);
	entry->installed = new;
	entry->incomplete = !complete;
	gone = !new && !entry->wanted;
	if (gone)
	{
		this->entries->remove(this->entries, entry->name);
	}
	this->mutex->unlock(this->mutex);

	DESTROY_IF(old);
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
static entry_t *begin(private_extsock_traps_t *this, extsock_segws_t **new)
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
	extsock_segws_t *new;
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
	/* nobody has to wait for a name server, nor does a shutdown */
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(
									(callback_job_cb_t)adjust_job, this, NULL,
									extsock_cancel_thread, JOB_PRIO_LOW));
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
	private_extsock_traps_t *this, char *name, extsock_segws_t *segws)
{
	bool queue = FALSE, named = FALSE;
	extsock_segws_t *old = NULL;
	entry_t *entry;

	if (segws && !extsock_trap_exists(segws->get(segws, 0)))
	{
		segws = NULL;
	}
	if (segws)
	{
		named = extsock_trap_is_named(segws->get(segws, 0));
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
		old = entry->wanted;
		entry->wanted = segws ? segws->get_ref(segws) : NULL;
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
