/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "attempts.h"
#include "compat.h"
#include "resolve.h"

#include <processing/jobs/callback_job.h>
#include <threading/spinlock.h>
#include <threading/thread.h>

/**
 * Share of charon's threads that may wait for name servers, one in so many
 */
#define NAMED_SHARE 4

/**
 * Until a dial by name tries again to get one of these threads, in milliseconds
 */
#define NAMED_RETRY 100

typedef struct private_extsock_attempts_t private_extsock_attempts_t;

/**
 * Private data of an extsock_attempts_t object
 */
struct private_extsock_attempts_t {

	/**
	 * Public interface
	 */
	extsock_attempts_t public;

	/**
	 * The decision core
	 */
	extsock_core_t *core;

	/**
	 * Dials
	 */
	extsock_dialer_t *dialer;

	/**
	 * Callback to report to
	 */
	extsock_report_cb_t report;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Covers all that follows
	 */
	spinlock_t *lock;

	/**
	 * TRUE once nothing is to be dialled any more
	 */
	bool stopped;

	/**
	 * Threads that dial by name
	 */
	u_int named;
};

/**
 * An attempt, data of a job
 */
typedef struct {
	/** object it belongs to */
	private_extsock_attempts_t *this;
	/** what was asked for */
	segw_action_t action;
	/** TRUE to dial by name, which waits for a name server */
	bool named;
	/** libsegw's answer to the announcement of the IKE_SA */
	segw_status_t announced;
} attempt_t;

/**
 * Check if attempts are to be given up.
 *
 * @param this			attempts
 * @return				TRUE once stopped
 */
static bool is_stopped(private_extsock_attempts_t *this)
{
	bool stopped;

	this->lock->lock(this->lock);
	stopped = this->stopped;
	this->lock->unlock(this->lock);
	return stopped;
}

/**
 * Announce the IKE_SA of a dial, implements extsock_dialling_cb_t.
 *
 * @param user			attempt, as attempt_t
 * @param unique_id		unique ID of the IKE_SA
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @return				TRUE if it is to be initiated
 */
static bool announce(void *user, uint32_t unique_id, bool more)
{
	attempt_t *attempt = user;
	private_extsock_attempts_t *this = attempt->this;
	segw_ike_event_t event;

	if (is_stopped(this))
	{
		attempt->announced = SEGW_ERR_UNKNOWN;
		return FALSE;
	}
	extsock_event_init_action(&event, SEGW_IKE_DIALLING, &attempt->action);
	event.unique_id = unique_id;
	event.more = more;
	attempt->announced = this->report(this->user, &event);
	return attempt->announced == SEGW_OK;
}

/**
 * Report a dial that did not come to an IKE_SA.
 *
 * @param this			attempts
 * @param action		what was asked for
 * @param status		result of the dial
 */
static void report_failure(private_extsock_attempts_t *this,
						   const segw_action_t *action, status_t status)
{
	segw_ike_event_t event;
	char *reason;

	extsock_event_init_action(&event, SEGW_IKE_NOT_DIALLED, action);
	switch (status)
	{
		case NOT_FOUND:
			event.alert = SEGW_ALERT_NO_CONFIG;
			reason = "no such connection";
			break;
		case NOT_SUPPORTED:
			event.alert = SEGW_ALERT_ADDR_FAILED;
			reason = "no address to dial";
			break;
		case OUT_OF_RES:
			event.alert = SEGW_ALERT_NO_ROUTE;
			reason = "no route from here";
			break;
		default:
			event.alert = SEGW_ALERT_OTHER;
			reason = "no IKE_SA";
			break;
	}
	DBG1(DBG_CFG, "dialling SEGW %s of connection '%s' failed: %s",
		 action->address, action->connection, reason);
	this->report(this->user, &event);
}

/**
 * Dial, and report if that fails.
 *
 * @param attempt		attempt to make
 */
static void dial(attempt_t *attempt)
{
	private_extsock_attempts_t *this = attempt->this;
	segw_action_t *action = &attempt->action;
	status_t status;

	DBG1(DBG_CFG, "dialling SEGW %s of connection '%s'", action->address,
		 action->connection);
	status = this->dialer->dial(this->dialer, action->connection, action->segw,
								action->address, action->again, announce,
								attempt);
	if (status == SUCCESS || (status == INVALID_STATE &&
							  attempt->announced == SEGW_ERR_UNKNOWN))
	{	/* on its way, or overtaken by another action */
		return;
	}
	report_failure(this, action, status);
}

/**
 * Get one of the threads for dials by name.
 *
 * Many slow names at once would occupy all of charon's threads.
 *
 * @param this			attempts
 * @return				FALSE if none is left
 */
static bool get_thread(private_extsock_attempts_t *this)
{
	u_int total;
	bool got = FALSE;

	total = lib->processor->get_total_threads(lib->processor);
	this->lock->lock(this->lock);
	if (this->named < max(total / NAMED_SHARE, 1))
	{
		this->named++;
		got = TRUE;
	}
	this->lock->unlock(this->lock);
	return got;
}

/**
 * Return a thread got for a dial by name.
 *
 * @param this			attempts
 */
static void put_thread(private_extsock_attempts_t *this)
{
	this->lock->lock(this->lock);
	this->named--;
	this->lock->unlock(this->lock);
}

CALLBACK(dial_job, job_requeue_t,
	attempt_t *attempt)
{
	private_extsock_attempts_t *this = attempt->this;

	if (is_stopped(this) || !this->core->wants(this->core, &attempt->action))
	{	/* a dial that is not wanted any more must not keep a thread from one
		 * that is */
		return JOB_REQUEUE_NONE;
	}
	if (!attempt->named)
	{
		dial(attempt);
		return JOB_REQUEUE_NONE;
	}
	if (!get_thread(this))
	{
		return JOB_RESCHEDULE_MS(NAMED_RETRY);
	}
	thread_cleanup_push((thread_cleanup_t)put_thread, this);
	dial(attempt);
	thread_cleanup_pop(TRUE);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_attempts_t, begin, void,
	private_extsock_attempts_t *this, const segw_action_t *action)
{
	callback_job_cancel_t cancel = NULL;
	/* not behind IKE_AUTH and other low priority work: the site is down */
	job_priority_t prio = JOB_PRIO_HIGH;
	attempt_t *attempt;

	INIT(attempt,
		.this = this,
		.action = *action,
		.named = extsock_resolve_is_name(action->address),
	);
	if (attempt->named)
	{	/* nobody else may have to wait for it, nor does a shutdown */
		cancel = extsock_cancel_thread;
		prio = JOB_PRIO_LOW;
	}
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(dial_job, attempt, free,
													  cancel, prio));
}

METHOD(extsock_attempts_t, stop, void,
	private_extsock_attempts_t *this)
{
	this->lock->lock(this->lock);
	this->stopped = TRUE;
	this->lock->unlock(this->lock);
}

METHOD(extsock_attempts_t, destroy, void,
	private_extsock_attempts_t *this)
{
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_attempts_t *extsock_attempts_create(extsock_core_t *core,
											extsock_dialer_t *dialer,
											extsock_report_cb_t report,
											void *user)
{
	private_extsock_attempts_t *this;

	INIT(this,
		.public = {
			.begin = _begin,
			.stop = _stop,
			.destroy = _destroy,
		},
		.core = core,
		.dialer = dialer,
		.report = report,
		.user = user,
		.lock = spinlock_create(),
	);
	return &this->public;
}
