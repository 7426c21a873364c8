/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "timer.h"

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Longest time to sleep, in milliseconds; the wall clock may be set meanwhile,
 * which nobody tells
 */
#define SLEEP_LIMIT_MS 60000

typedef struct private_extsock_timer_t private_extsock_timer_t;

/**
 * Private data of an extsock_timer_t object
 */
struct private_extsock_timer_t {

	/**
	 * Public interface
	 */
	extsock_timer_t public;

	/**
	 * Callback to invoke
	 */
	extsock_timer_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * TRUE if a job is scheduled that is not outdated
	 */
	bool armed;

	/**
	 * TRUE once stopped
	 */
	bool stopped;

	/**
	 * Time of that job
	 */
	uint64_t at;

	/**
	 * Number of that job, those before it do nothing
	 */
	u_int generation;
};

/**
 * Data of a job
 */
typedef struct {
	/** timer */
	private_extsock_timer_t *this;
	/** number of the job */
	u_int generation;
} job_data_t;

/*
 * Described in header
 */
uint64_t extsock_timer_now()
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

CALLBACK(expire, job_requeue_t,
	job_data_t *data)
{
	private_extsock_timer_t *this = data->this;
	bool due;

	this->mutex->lock(this->mutex);
	due = this->armed && data->generation == this->generation;
	if (due)
	{
		this->armed = FALSE;
	}
	this->mutex->unlock(this->mutex);

	if (due)
	{
		this->cb(this->user);
	}
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_timer_t, set, void,
	private_extsock_timer_t *this, uint64_t at)
{
	job_data_t *data = NULL;
	uint64_t now;

	now = extsock_timer_now();
	at = max(at, now + 1);
	at = min(at, now + SLEEP_LIMIT_MS);

	this->mutex->lock(this->mutex);
	if (!this->stopped && (!this->armed || at < this->at))
	{
		this->armed = TRUE;
		this->at = at;
		INIT(data,
			.this = this,
			.generation = ++this->generation,
		);
	}
	this->mutex->unlock(this->mutex);

	if (data)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(expire, data, free, NULL,
													  JOB_PRIO_HIGH), at - now);
	}
}

METHOD(extsock_timer_t, stop, void,
	private_extsock_timer_t *this)
{
	this->mutex->lock(this->mutex);
	this->stopped = TRUE;
	this->armed = FALSE;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_timer_t, destroy, void,
	private_extsock_timer_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_timer_t *extsock_timer_create(extsock_timer_cb_t cb, void *user)
{
	private_extsock_timer_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.stop = _stop,
			.destroy = _destroy,
		},
		.cb = cb,
		.user = user,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
