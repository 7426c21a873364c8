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

#include "extsock_actions.h"
#include "extsock_compat.h"
#include "extsock_resolve.h"

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

typedef struct private_extsock_actions_t private_extsock_actions_t;

/**
 * Private data of an extsock_actions_t object
 */
struct private_extsock_actions_t {

	/**
	 * Public interface
	 */
	extsock_actions_t public;

	/**
	 * strongSwan adapter
	 */
	extsock_backend_t *backend;

	/**
	 * Callback to report to
	 */
	extsock_report_cb_t report;

	/**
	 * Callback to get the SEGWs of a connection
	 */
	extsock_segw_cb_t segw;

	/**
	 * User data to pass to callbacks
	 */
	void *user;

	/**
	 * Covers all that follows
	 */
	spinlock_t *lock;

	/**
	 * TRUE once nothing is to be begun any more
	 */
	bool stopped;

	/**
	 * Threads that dial by name
	 */
	u_int named;
};

/**
 * Data of a job
 */
typedef struct {
	/** object carrying out the action */
	private_extsock_actions_t *this;
	/** action to carry out */
	segw_action_t action;
	/** TRUE to dial by name, which waits for a name server */
	bool named;
	/** libsegw's answer to the announcement of the IKE_SA */
	segw_status_t announced;
} task_data_t;

/**
 * Check if the action is to be left undone.
 *
 * @param this			object
 * @return				TRUE once stopped
 */
static bool is_stopped(private_extsock_actions_t *this)
{
	bool stopped;

	this->lock->lock(this->lock);
	stopped = this->stopped;
	this->lock->unlock(this->lock);
	return stopped;
}

/**
 * Start a report about an action.
 *
 * @param event			event to set
 * @param kind			SEGW_IKE_*
 * @param action		action carried out
 */
static void init_event(segw_ike_event_t *event, uint32_t kind,
					   const segw_action_t *action)
{
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->serial = action->serial;
	memcpy(event->connection, action->connection, sizeof(event->connection));
}

/**
 * Announce the IKE_SA of a dial, implements extsock_dialling_cb_t.
 *
 * @param user			action being carried out, as task_data_t
 * @param unique_id		unique ID of the IKE_SA
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @return				TRUE if it is to be initiated
 */
static bool announce(void *user, uint32_t unique_id, bool more)
{
	task_data_t *data = user;
	private_extsock_actions_t *this = data->this;
	segw_ike_event_t event;

	if (is_stopped(this))
	{
		data->announced = SEGW_ERR_UNKNOWN;
		return FALSE;
	}
	init_event(&event, SEGW_IKE_DIALLING, &data->action);
	event.unique_id = unique_id;
	event.more = more;
	data->announced = this->report(this->user, &event);
	return data->announced == SEGW_OK;
}

/**
 * Report a dial that did not come to an IKE_SA.
 *
 * @param this			object
 * @param action		action carried out
 * @param status		result of the dial
 */
static void report_failure(private_extsock_actions_t *this,
						   const segw_action_t *action, status_t status)
{
	segw_ike_event_t event;
	char *reason;

	init_event(&event, SEGW_IKE_NOT_DIALLED, action);
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
 * @param data			action to carry out
 */
static void dial(task_data_t *data)
{
	private_extsock_actions_t *this = data->this;
	segw_action_t *action = &data->action;
	status_t status;

	DBG1(DBG_CFG, "dialling SEGW %s of connection '%s'", action->address,
		 action->connection);
	status = this->backend->dial(this->backend, action->connection,
								 action->segw, action->address, action->again,
								 announce, data);
	if (status == SUCCESS ||
		(status == INVALID_STATE && data->announced == SEGW_ERR_UNKNOWN))
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
 * @param this			object
 * @return				FALSE if none is left
 */
static bool get_thread(private_extsock_actions_t *this)
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
 * @param this			object
 */
static void put_thread(private_extsock_actions_t *this)
{
	this->lock->lock(this->lock);
	this->named--;
	this->lock->unlock(this->lock);
}

CALLBACK(initiate_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;

	if (is_stopped(this))
	{
		return JOB_REQUEUE_NONE;
	}
	if (!data->named)
	{
		dial(data);
		return JOB_REQUEUE_NONE;
	}
	if (!get_thread(this))
	{
		return JOB_RESCHEDULE_MS(NAMED_RETRY);
	}
	thread_cleanup_push((thread_cleanup_t)put_thread, this);
	dial(data);
	thread_cleanup_pop(TRUE);
	return JOB_REQUEUE_NONE;
}

CALLBACK(terminate_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;

	if (!is_stopped(this))
	{
		this->backend->terminate(this->backend, data->action.unique_id);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(probe_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;

	if (!is_stopped(this))
	{
		this->backend->probe(this->backend, data->action.unique_id);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(measure_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;
	segw_ike_event_t event;
	bool route = TRUE;

	if (!is_stopped(this))
	{
		init_event(&event, SEGW_IKE_COUNTED, &data->action);
		event.unique_id = data->action.unique_id;
		event.up = this->backend->measure(this->backend, event.unique_id,
										  &event.packets, &route);
		if (!route)
		{
			event.facts |= SEGW_FACT_NO_ROUTE;
		}
		this->report(this->user, &event);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(routes_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;
	char *connection = data->action.connection;
	char address[SEGW_ADDR_CAP];
	segw_ike_event_t event;
	uint32_t i;

	if (is_stopped(this))
	{
		return JOB_REQUEUE_NONE;
	}
	init_event(&event, SEGW_IKE_ROUTES, &data->action);
	for (i = 0; i < SEGW_SEGW_CAP && this->segw(this->user, connection, i,
												address, sizeof(address)); i++)
	{
		if (this->backend->has_route(this->backend, connection, address))
		{
			event.routes |= 1 << i;
		}
	}
	this->report(this->user, &event);
	return JOB_REQUEUE_NONE;
}

CALLBACK(complete_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;

	if (!is_stopped(this))
	{
		this->backend->complete(this->backend, data->action.unique_id);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Have the thread of a job canceled, implements callback_job_cancel_t.
 *
 * @param data			data of the job
 * @return				FALSE, as the job does not end by itself
 */
static bool cancel_thread(void *data)
{
	return FALSE;
}

/**
 * Create the job to carry out an action in.
 *
 * @param cb			function to run
 * @param data			data for it, adopted
 * @return				job
 */
static job_t *create_job(callback_job_cb_t cb, task_data_t *data)
{
	callback_job_cancel_t cancel = NULL;
	/* not behind IKE_AUTH and other low priority work: the site is down */
	job_priority_t prio = JOB_PRIO_HIGH;

	if (data->named)
	{	/* nobody else may have to wait for it, nor does a shutdown */
		cancel = cancel_thread;
		prio = JOB_PRIO_LOW;
	}
	return (job_t*)callback_job_create_with_prio(cb, data, free, cancel, prio);
}

METHOD(extsock_actions_t, carry_out, void,
	private_extsock_actions_t *this, const segw_action_t *action)
{
	callback_job_cb_t cb;
	task_data_t *data;

	if (is_stopped(this))
	{
		return;
	}
	switch (action->kind)
	{
		case SEGW_ACTION_INITIATE:
			cb = initiate_job;
			break;
		case SEGW_ACTION_TERMINATE:
			cb = terminate_job;
			break;
		case SEGW_ACTION_PROBE:
			cb = probe_job;
			break;
		case SEGW_ACTION_MEASURE:
			cb = measure_job;
			break;
		case SEGW_ACTION_COMPLETE:
			cb = complete_job;
			break;
		case SEGW_ACTION_ROUTES:
			cb = routes_job;
			break;
		case SEGW_ACTION_UNLOAD:
			this->backend->unload(this->backend, (char*)action->connection);
			return;
		default:
			DBG1(DBG_CFG, "unknown action %u ignored", action->kind);
			return;
	}
	INIT(data,
		.this = this,
		.action = *action,
		.named = action->kind == SEGW_ACTION_INITIATE &&
				 extsock_resolve_is_name(action->address),
	);
	lib->processor->queue_job(lib->processor, create_job(cb, data));
}

METHOD(extsock_actions_t, stop, void,
	private_extsock_actions_t *this)
{
	this->lock->lock(this->lock);
	this->stopped = TRUE;
	this->lock->unlock(this->lock);
}

METHOD(extsock_actions_t, destroy, void,
	private_extsock_actions_t *this)
{
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_actions_t *extsock_actions_create(extsock_backend_t *backend,
										  extsock_report_cb_t report,
										  extsock_segw_cb_t segw, void *user)
{
	private_extsock_actions_t *this;

	INIT(this,
		.public = {
			.carry_out = _carry_out,
			.stop = _stop,
			.destroy = _destroy,
		},
		.backend = backend,
		.report = report,
		.segw = segw,
		.user = user,
		.lock = spinlock_create(),
	);
	return &this->public;
}
