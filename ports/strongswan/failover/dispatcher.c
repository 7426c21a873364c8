/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "dispatcher.h"
#include "actions.h"
#include "timer.h"

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_extsock_dispatcher_t private_extsock_dispatcher_t;

/**
 * Private data of an extsock_dispatcher_t object
 */
struct private_extsock_dispatcher_t {

	/**
	 * Public interface
	 */
	extsock_dispatcher_t public;

	/**
	 * The decision core
	 */
	extsock_core_t *core;

	/**
	 * Keeps what outlives a restart
	 */
	extsock_state_t *state;

	/**
	 * Publishes events
	 */
	extsock_publish_cb_t publish;

	/**
	 * User data of it
	 */
	void *publish_user;

	/**
	 * Carries out actions
	 */
	extsock_actions_t *actions;

	/**
	 * Timer for the time libsegw wants to be asked at
	 */
	extsock_timer_t *timer;

	/**
	 * Serialises all that takes from the core's queue. Taken before the core's
	 * mutex, never in a bus hook.
	 */
	mutex_t *mutex;
};

/**
 * Dispatch all that is queued, called with the mutex held.
 *
 * @param this			dispatcher
 */
static void dispatch(private_extsock_dispatcher_t *this)
{
	char event[SEGW_EVENT_CAP];
	segw_action_t action;
	bool has_action;
	size_t len;

	while (this->core->next(this->core, &action, &has_action, event, &len))
	{
		if (has_action)
		{
			this->actions->carry_out(this->actions, &action);
		}
		if (len)
		{
			this->publish(this->publish_user, event, len);
		}
	}
}

METHOD(extsock_dispatcher_t, begin, void,
	private_extsock_dispatcher_t *this)
{
	this->mutex->lock(this->mutex);
}

METHOD(extsock_dispatcher_t, finish, void,
	private_extsock_dispatcher_t *this)
{
	dispatch(this);
	this->mutex->unlock(this->mutex);
}

CALLBACK(dispatch_job, job_requeue_t,
	private_extsock_dispatcher_t *this)
{
	begin(this);
	this->core->begin_dispatch(this->core);
	finish(this);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_dispatcher_t, follow_up, void,
	private_extsock_dispatcher_t *this, extsock_followup_t *followup)
{
	u_int i;

	/* charon can't do without the small allocations for jobs, all the rest is
	 * allocated once. A job each, queued first of all: the site is down */
	for (i = 0; i < followup->count; i++)
	{
		this->actions->carry_out(this->actions, &followup->actions[i]);
	}
	this->core->flush_log(this->core);
	if (followup->dispatch)
	{
		lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(dispatch_job, this, NULL,
													  NULL, JOB_PRIO_HIGH));
	}
	if (followup->save)
	{
		this->state->save(this->state);
	}
	if (followup->timer)
	{
		this->timer->set(this->timer, followup->at);
	}
}

/**
 * Tell libsegw that time has come, implements extsock_timer_cb_t.
 *
 * @param user			dispatcher
 */
static void timeout(void *user)
{
	private_extsock_dispatcher_t *this = user;
	extsock_followup_t followup;

	this->core->timeout(this->core, &followup);
	follow_up(this, &followup);
}

METHOD(extsock_dispatcher_t, stop, void,
	private_extsock_dispatcher_t *this)
{
	this->actions->stop(this->actions);
	this->timer->stop(this->timer);
}

METHOD(extsock_dispatcher_t, destroy, void,
	private_extsock_dispatcher_t *this)
{
	/* the last IKE_SAs went down without a thread to tell the clients */
	this->actions->stop(this->actions);
	dispatch(this);
	this->timer->destroy(this->timer);
	this->actions->destroy(this->actions);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_dispatcher_t *extsock_dispatcher_create(extsock_core_t *core,
						extsock_state_t *state, extsock_backend_t *backend,
						extsock_dialer_t *dialer,
						extsock_publish_cb_t publish, void *publish_user,
						extsock_report_cb_t report, void *report_user)
{
	private_extsock_dispatcher_t *this;

	INIT(this,
		.public = {
			.follow_up = _follow_up,
			.begin = _begin,
			.finish = _finish,
			.stop = _stop,
			.destroy = _destroy,
		},
		.core = core,
		.state = state,
		.publish = publish,
		.publish_user = publish_user,
		.actions = extsock_actions_create(core, backend, dialer, report,
										  report_user),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->timer = extsock_timer_create(timeout, this);
	return &this->public;
}
