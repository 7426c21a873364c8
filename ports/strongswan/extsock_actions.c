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

#include <processing/jobs/callback_job.h>
#include <threading/spinlock.h>

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
	extsock_report_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Covers stopped
	 */
	spinlock_t *lock;

	/**
	 * TRUE once nothing is to be begun any more
	 */
	bool stopped;
};

/**
 * Data of a job
 */
typedef struct {
	/** object carrying out the action */
	private_extsock_actions_t *this;
	/** action to carry out */
	segw_action_t action;
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
 * Start a report about a dial.
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
 * @return				TRUE if it is to be initiated
 */
static bool announce(void *user, uint32_t unique_id)
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
	data->announced = this->cb(this->user, &event);
	return data->announced == SEGW_OK;
}

CALLBACK(initiate_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_actions_t *this = data->this;
	segw_action_t *action = &data->action;
	segw_ike_event_t event;
	status_t status;

	if (is_stopped(this))
	{
		return JOB_REQUEUE_NONE;
	}
	DBG1(DBG_CFG, "dialling SEGW %s of connection '%s'", action->address,
		 action->connection);
	status = this->backend->dial(this->backend, action->connection,
								 action->address, announce, data);
	if (status == SUCCESS ||
		(status == INVALID_STATE && data->announced == SEGW_ERR_UNKNOWN))
	{	/* on its way, or overtaken by another action */
		return JOB_REQUEUE_NONE;
	}
	DBG1(DBG_CFG, "dialling SEGW %s of connection '%s' failed: %N",
		 action->address, action->connection, status_names, status);
	init_event(&event, SEGW_IKE_NOT_DIALLED, action);
	switch (status)
	{
		case NOT_FOUND:
			event.alert = SEGW_ALERT_NO_CONFIG;
			break;
		case NOT_SUPPORTED:
			event.alert = SEGW_ALERT_ADDR_FAILED;
			break;
		default:
			event.alert = SEGW_ALERT_OTHER;
			break;
	}
	this->cb(this->user, &event);
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

	if (!is_stopped(this))
	{
		init_event(&event, SEGW_IKE_COUNTED, &data->action);
		event.unique_id = data->action.unique_id;
		event.up = this->backend->measure(this->backend, event.unique_id,
										  &event.packets);
		this->cb(this->user, &event);
	}
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
 * Get the priority to carry out an action with.
 *
 * @param action		action to carry out
 * @return				priority
 */
static job_priority_t get_prio(const segw_action_t *action)
{
	host_t *host;

	if (action->kind != SEGW_ACTION_INITIATE)
	{
		return JOB_PRIO_HIGH;
	}
	host = host_create_from_string((char*)action->address, 0);
	if (!host)
	{	/* waits for a name server, nobody else may have to */
		return JOB_PRIO_LOW;
	}
	host->destroy(host);
	/* not behind IKE_AUTH and other low priority work: the site is down */
	return JOB_PRIO_HIGH;
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
	);
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(cb, data, free, NULL,
												  get_prio(action)));
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
										  extsock_report_cb_t cb, void *user)
{
	private_extsock_actions_t *this;

	INIT(this,
		.public = {
			.carry_out = _carry_out,
			.stop = _stop,
			.destroy = _destroy,
		},
		.backend = backend,
		.cb = cb,
		.user = user,
		.lock = spinlock_create(),
	);
	return &this->public;
}
