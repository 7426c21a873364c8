/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "turns.h"

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_extsock_turns_t private_extsock_turns_t;

/**
 * Private data of an extsock_turns_t object
 */
struct private_extsock_turns_t {

	/**
	 * Public interface
	 */
	extsock_turns_t public;

	/**
	 * Callback for a turn
	 */
	extsock_turn_cb_t turn;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Timer for the callback for the time
	 */
	extsock_timer_t *timer;

	/**
	 * Covers all that follows, and what the clients have
	 */
	mutex_t *mutex;

	/**
	 * Items that have a turn, in order
	 */
	linked_list_t *items;

	/**
	 * TRUE while the job is queued or running
	 */
	bool running;
};

METHOD(extsock_turns_t, lock, void,
	private_extsock_turns_t *this)
{
	this->mutex->lock(this->mutex);
}

METHOD(extsock_turns_t, unlock, void,
	private_extsock_turns_t *this)
{
	this->mutex->unlock(this->mutex);
}

CALLBACK(turn_job, job_requeue_t,
	private_extsock_turns_t *this)
{
	void *item;

	this->mutex->lock(this->mutex);
	if (this->items->remove_first(this->items, &item) != SUCCESS)
	{
		this->running = FALSE;
		this->mutex->unlock(this->mutex);
		return JOB_REQUEUE_NONE;
	}
	this->mutex->unlock(this->mutex);

	this->turn(this->user, item);
	/* whatever else charon has to do comes before the next turn */
	return JOB_REQUEUE_FAIR;
}

METHOD(extsock_turns_t, add, void,
	private_extsock_turns_t *this, void *item)
{
	this->items->insert_last(this->items, item);
	if (!this->running)
	{
		this->running = TRUE;
		lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create(turn_job, this, NULL, NULL));
	}
}

METHOD(extsock_turns_t, call_at, void,
	private_extsock_turns_t *this, uint64_t at)
{
	this->timer->set(this->timer, at);
}

METHOD(extsock_turns_t, destroy, void,
	private_extsock_turns_t *this)
{
	this->timer->destroy(this->timer);
	this->items->destroy(this->items);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_turns_t *extsock_turns_create(extsock_turn_cb_t turn,
									  extsock_timer_cb_t time, void *user)
{
	private_extsock_turns_t *this;

	INIT(this,
		.public = {
			.lock = _lock,
			.unlock = _unlock,
			.add = _add,
			.call_at = _call_at,
			.destroy = _destroy,
		},
		.turn = turn,
		.user = user,
		.timer = extsock_timer_create(time, user),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.items = linked_list_create(),
	);
	return &this->public;
}
