/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "repeat.h"
#include "request.h"
#include "timer.h"

#include <collections/linked_list.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <sa/task_manager.h>
#include <threading/mutex.h>

/**
 * Shortest time until a request is sent for the second time, in milliseconds;
 * then it doubles
 */
#define FIRST_REPEAT 500

/**
 * The same as long as no response has ever come; as RFC 6298, section 2
 */
#define UNKNOWN_REPEAT 1000

/**
 * More is not learned from one response, in milliseconds: a SEGW that was away
 * for long is not far away
 */
#define LONGEST 2000

/**
 * Time after which a dropped response is looked for, in milliseconds; it
 * doubles as long as the IKE_SA is not checked in
 */
#define FIRST_LOOK 10

typedef struct private_extsock_repeat_t private_extsock_repeat_t;

/**
 * Private data of an extsock_repeat_t object
 */
struct private_extsock_repeat_t {

	/**
	 * Public interface
	 */
	extsock_repeat_t public;

	/**
	 * Failover manager to ask
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Requests that may be sent again, as entry_t
	 */
	linked_list_t *entries;

	/**
	 * Longest time of late until an IKE_SA_INIT had its response, in
	 * milliseconds, 0 if none had
	 */
	u_int longest;

	/**
	 * Covers the list, what the entries say of responses, and longest
	 */
	mutex_t *mutex;
};

/**
 * A request in the list, data of a job
 */
typedef struct {
	/** who has it in the list */
	private_extsock_repeat_t *repeat;
	/** the request */
	extsock_request_t *request;
	/** when it was sent first */
	uint64_t sent_at;
	/** time between the job's last run and this one, in milliseconds */
	u_int delay;
	/** it was sent again; written and read with the IKE_SA checked out */
	bool repeated;
	/** the IKE_SA may not be checked in yet */
	bool early;
	/** there was a response before it was checked in, so charon dropped it */
	bool dropped;
	/** another one came after it: it was answered, maybe with the demand to ask
	 * once more under the same message ID */
	bool outdated;
} entry_t;

/**
 * Destroy an entry.
 *
 * @param entry			entry to destroy
 */
static void entry_destroy(entry_t *entry)
{
	private_extsock_repeat_t *this = entry->repeat;

	this->mutex->lock(this->mutex);
	this->entries->remove(this->entries, entry, NULL);
	this->mutex->unlock(this->mutex);
	entry->request->destroy(entry->request);
	free(entry);
}

/**
 * Get the SPI that tells whose request one is.
 *
 * @param request		request
 * @return				our SPI of its IKE_SA, which a response can not change
 */
static uint64_t get_spi(extsock_request_t *request)
{
	ike_sa_id_t *id = request->get_id(request);

	return id->get_initiator_spi(id);
}

/**
 * Find the last request of an IKE_SA, called locked.
 *
 * @param this			object that has the list
 * @param spi			our SPI of the IKE_SA
 * @return				entry, NULL if there is none
 */
static entry_t *find_entry(private_extsock_repeat_t *this, uint64_t spi)
{
	enumerator_t *enumerator;
	entry_t *entry, *found = NULL;

	enumerator = this->entries->create_enumerator(this->entries);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->outdated && get_spi(entry->request) == spi)
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add an entry to the list; the request of its IKE_SA before it was answered.
 *
 * @param this			object that has the list
 * @param entry			entry to add
 */
static void add_entry(private_extsock_repeat_t *this, entry_t *entry)
{
	entry_t *other;
	u_int took;

	this->mutex->lock(this->mutex);
	other = find_entry(this, get_spi(entry->request));
	if (other)
	{
		other->outdated = TRUE;
		/* a response to one sent twice may be that to either; where the next is
		 * in danger, which get_delay() is about, it is better to wait longer */
		if (other->request->is_init(other->request) &&
			(!other->repeated || entry->request->is_init(entry->request)))
		{
			took = min(entry->sent_at - other->sent_at, LONGEST);
			this->longest = max(max(took, this->longest / 8 * 7), 1);
		}
	}
	this->entries->insert_last(this->entries, entry);
	this->mutex->unlock(this->mutex);
}

/**
 * Get the time until a request is sent for the second time.
 *
 * Twice what a response takes: a request that is sent twice may be answered
 * twice, and if both say INVALID_KE_PAYLOAD charon begins anew on the second,
 * with another key than the one it has just sent.
 *
 * @param this			object that knows what a response takes
 * @return				time, in milliseconds
 */
static u_int get_delay(private_extsock_repeat_t *this)
{
	u_int longest;

	this->mutex->lock(this->mutex);
	longest = this->longest;
	this->mutex->unlock(this->mutex);
	return longest ? max(longest * 2, FIRST_REPEAT) : UNKNOWN_REPEAT;
}

/**
 * Check if the response to a request has not come.
 *
 * @param entry			request
 * @param ike_sa		its IKE_SA, checked out: it sends no other now
 * @param dropped		receives TRUE if it has, but charon dropped it
 * @return				TRUE if it has not, and libsegw follows the IKE_SA
 */
static bool is_waiting(entry_t *entry, ike_sa_t *ike_sa, bool *dropped)
{
	private_extsock_repeat_t *this = entry->repeat;
	bool outdated;

	this->mutex->lock(this->mutex);
	outdated = entry->outdated;
	*dropped = entry->dropped;
	this->mutex->unlock(this->mutex);

	return !outdated && entry->request->is_pending(entry->request, ike_sa) &&
		   this->failover->follows(this->failover,
								   ike_sa->get_unique_id(ike_sa));
}

/**
 * Check if a request is to be sent again.
 *
 * @param delay			time after it was last sent, in milliseconds
 * @return				FALSE if charon's own turn comes before the next
 */
static bool is_worthwhile(u_int delay)
{
	double timeout;

	timeout = lib->settings->get_double(lib->settings, "%s.retransmit_timeout",
										RETRANSMIT_TIMEOUT, lib->ns);
	return delay * 2 < timeout * 1000.0;
}

CALLBACK(repeat_job, job_requeue_t,
	entry_t *entry)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	bool waiting, dropped;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout(manager,
							   entry->request->get_id(entry->request));
	if (!ike_sa)
	{
		entry->delay *= 2;
		return entry->early && entry->delay < FIRST_REPEAT ?
								JOB_RESCHEDULE_MS(entry->delay) :
								JOB_REQUEUE_NONE;
	}
	waiting = is_waiting(entry, ike_sa, &dropped);
	if (waiting && (entry->early ? dropped : is_worthwhile(entry->delay)))
	{
		entry->request->send(entry->request, ike_sa);
		entry->repeated = TRUE;
	}
	manager->checkin(manager, ike_sa);

	/* also if it is not sent again: how long the response takes is of use */
	entry->delay = entry->early ? get_delay(entry->repeat) : entry->delay * 2;
	entry->early = FALSE;
	return waiting ? JOB_RESCHEDULE_MS(entry->delay) : JOB_REQUEUE_NONE;
}

METHOD(extsock_repeat_t, sent, void,
	private_extsock_repeat_t *this, message_t *message)
{
	extsock_request_t *request;
	entry_t *entry;

	request = extsock_request_create(message);
	if (!request)
	{
		return;
	}
	INIT(entry,
		.repeat = this,
		.request = request,
		.sent_at = extsock_timer_now(),
		.early = request->is_init(request),
	);
	entry->delay = entry->early ? FIRST_LOOK : get_delay(this);
	add_entry(this, entry);
	lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(
									(callback_job_cb_t)repeat_job, entry,
									(callback_job_cleanup_t)entry_destroy,
									NULL, JOB_PRIO_HIGH), entry->delay);
}

METHOD(extsock_repeat_t, dropped, void,
	private_extsock_repeat_t *this, message_t *message)
{
	ike_sa_id_t *id = message->get_ike_sa_id(message);
	entry_t *entry;

	if (message->get_request(message))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	entry = find_entry(this, id->get_initiator_spi(id));
	if (entry)
	{
		entry->dropped = TRUE;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_repeat_t, destroy, void,
	private_extsock_repeat_t *this)
{
	/* charon drops all jobs before it unloads plugins */
	this->entries->destroy(this->entries);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_repeat_t *extsock_repeat_create(extsock_failover_manager_t *failover)
{
	private_extsock_repeat_t *this;

	INIT(this,
		.public = {
			.sent = _sent,
			.dropped = _dropped,
			.destroy = _destroy,
		},
		.failover = failover,
		.entries = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
