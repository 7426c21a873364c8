/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "actions.h"
#include "attempts.h"
#include "compat.h"
#include "ike_sa.h"
#include "liveness.h"

#include <processing/jobs/callback_job.h>
#include <threading/spinlock.h>

/**
 * Until an IKE_SA that is not found is looked for once more, in milliseconds
 */
#define TERMINATE_AGAIN 100

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
	 * Knows the SEGWs of a connection
	 */
	extsock_core_t *core;

	/**
	 * Unloads connections
	 */
	extsock_backend_t *backend;

	/**
	 * Knows routes
	 */
	extsock_dialer_t *dialer;

	/**
	 * Dials
	 */
	extsock_attempts_t *attempts;

	/**
	 * Callback to report to
	 */
	extsock_report_cb_t report;

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
	/** what is done to an IKE_SA, if it is that */
	void (*act)(uint32_t unique_id);
	/** TRUE if the IKE_SA was not found at first */
	bool again;
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

CALLBACK(act_job, job_requeue_t,
	task_data_t *data)
{
	if (!is_stopped(data->this))
	{
		data->act(data->action.unique_id);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(terminate_job, job_requeue_t,
	task_data_t *data)
{
	if (!is_stopped(data->this) &&
		extsock_terminate_ike(data->action.unique_id) == NOT_FOUND &&
		!data->again)
	{	/* charon checks in what it dials in place of another only after it
		 * has told everybody */
		data->again = TRUE;
		return JOB_RESCHEDULE_MS(TERMINATE_AGAIN);
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
		extsock_event_init_action(&event, SEGW_IKE_COUNTED, &data->action);
		event.unique_id = data->action.unique_id;
		event.up = extsock_liveness_measure(event.unique_id, &event.packets,
											&route);
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
	extsock_event_init_action(&event, SEGW_IKE_ROUTES, &data->action);
	for (i = 0; i < SEGW_SEGW_CAP && this->core->get_segw(this->core,
								connection, i, address, sizeof(address)); i++)
	{
		if (this->dialer->has_route(this->dialer, connection, address))
		{
			event.routes |= 1 << i;
		}
	}
	this->report(this->user, &event);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_actions_t, carry_out, void,
	private_extsock_actions_t *this, const segw_action_t *action)
{
	void (*act)(uint32_t) = NULL;
	callback_job_cb_t cb = act_job;
	task_data_t *data;

	if (is_stopped(this))
	{
		return;
	}
	switch (action->kind)
	{
		case SEGW_ACTION_INITIATE:
			this->attempts->begin(this->attempts, action);
			return;
		case SEGW_ACTION_UNLOAD:
			this->backend->unload(this->backend, (char*)action->connection);
			return;
		case SEGW_ACTION_TERMINATE:
			cb = terminate_job;
			break;
		case SEGW_ACTION_PROBE:
			act = extsock_liveness_probe;
			break;
		case SEGW_ACTION_COMPLETE:
			act = extsock_ike_sa_complete;
			break;
		case SEGW_ACTION_MEASURE:
			cb = measure_job;
			break;
		case SEGW_ACTION_ROUTES:
			cb = routes_job;
			break;
		default:
			DBG1(DBG_CFG, "unknown action %u ignored", action->kind);
			return;
	}
	INIT(data,
		.this = this,
		.action = *action,
		.act = act,
	);
	/* not behind IKE_AUTH and other low priority work: the site is down */
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(cb, data, free, NULL,
													  JOB_PRIO_HIGH));
}

METHOD(extsock_actions_t, stop, void,
	private_extsock_actions_t *this)
{
	this->lock->lock(this->lock);
	this->stopped = TRUE;
	this->lock->unlock(this->lock);
	this->attempts->stop(this->attempts);
	this->backend->stop(this->backend);
}

METHOD(extsock_actions_t, destroy, void,
	private_extsock_actions_t *this)
{
	this->attempts->destroy(this->attempts);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_actions_t *extsock_actions_create(extsock_core_t *core,
										  extsock_backend_t *backend,
										  extsock_dialer_t *dialer,
										  extsock_report_cb_t report,
										  void *user)
{
	private_extsock_actions_t *this;

	INIT(this,
		.public = {
			.carry_out = _carry_out,
			.stop = _stop,
			.destroy = _destroy,
		},
		.core = core,
		.backend = backend,
		.dialer = dialer,
		.attempts = extsock_attempts_create(core, dialer, report, user),
		.report = report,
		.user = user,
		.lock = spinlock_create(),
	);
	return &this->public;
}
