/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core.h"
#include "log.h"
#include "queue.h"
#include "timer.h"

#include <time.h>
#include <unistd.h>

#include <threading/mutex.h>

typedef struct private_extsock_core_t private_extsock_core_t;

/**
 * Private data of an extsock_core_t object
 */
struct private_extsock_core_t {

	/**
	 * Public interface
	 */
	extsock_core_t public;

	/**
	 * Keeps what outlives a restart
	 */
	extsock_state_t *state;

	/**
	 * Takes libsegw's diagnostics
	 */
	extsock_log_t *log;

	/**
	 * Covers all that follows, a leaf: nothing of charon is called with it
	 * held
	 */
	mutex_t *mutex;

	/**
	 * Actions and events not yet dispatched
	 */
	extsock_queue_t *queue;

	/**
	 * TRUE if a job is queued to dispatch
	 */
	bool dispatch_queued;

	/**
	 * TRUE while libsegw knows of connections that are not loaded yet: all
	 * actions wait in the queue then
	 */
	bool loading;

	/**
	 * The decision core
	 */
	segw_ctx_t ctx;
};

/**
 * Complete an input: take over what libsegw decided.
 *
 * Called with the mutex held.
 *
 * @param this			core
 * @param followup		receives what is left to do
 */
static void complete(private_extsock_core_t *this,
					 extsock_followup_t *followup)
{
	memset(followup, 0, sizeof(*followup));
	if (this->queue->drain(this->queue, &this->ctx))
	{
		while (!this->loading && followup->count < EXTSOCK_ACTIONS_AT_ONCE &&
			   this->queue->next_action(this->queue, TRUE,
										&followup->actions[followup->count]))
		{
			followup->count++;
		}
		if (!this->dispatch_queued)
		{
			this->dispatch_queued = followup->dispatch = TRUE;
		}
	}
	followup->save = this->state->update(this->state, &this->ctx);
	followup->timer = segw_poll_at(&this->ctx, &followup->at) == SEGW_OK;
}

METHOD(extsock_core_t, ike_event, segw_status_t,
	private_extsock_core_t *this, const segw_ike_event_t *event,
	extsock_followup_t *followup)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_ike_event(&this->ctx, extsock_timer_now(), event);
	complete(this, followup);
	this->mutex->unlock(this->mutex);
	return status;
}

METHOD(extsock_core_t, timeout, void,
	private_extsock_core_t *this, extsock_followup_t *followup)
{
	this->mutex->lock(this->mutex);
	segw_timeout(&this->ctx, extsock_timer_now());
	complete(this, followup);
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_core_t, command, segw_status_t,
	private_extsock_core_t *this, chunk_t request, bool loading, char *reply,
	size_t *reply_len, extsock_followup_t *followup)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	this->loading = loading;
	status = segw_command(&this->ctx, extsock_timer_now(), request.ptr,
						  request.len, reply, SEGW_REPLY_CAP, reply_len);
	complete(this, followup);
	this->mutex->unlock(this->mutex);
	return status;
}

METHOD(extsock_core_t, loaded, void,
	private_extsock_core_t *this)
{
	this->mutex->lock(this->mutex);
	this->loading = FALSE;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_core_t, adopt, segw_status_t,
	private_extsock_core_t *this, const char *name, const char *addresses,
	uint32_t children, const segw_policy_t *policy, char *message, size_t cap,
	extsock_followup_t *followup)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_adopt(&this->ctx, extsock_timer_now(), name, addresses,
						children, policy, message, cap);
	complete(this, followup);
	this->mutex->unlock(this->mutex);
	return status;
}

METHOD(extsock_core_t, release, segw_status_t,
	private_extsock_core_t *this, const char *name,
	extsock_followup_t *followup)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_release(&this->ctx, extsock_timer_now(), name);
	complete(this, followup);
	this->mutex->unlock(this->mutex);
	return status;
}

METHOD(extsock_core_t, wants, bool,
	private_extsock_core_t *this, const segw_action_t *action)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_wants(&this->ctx, action->connection, action->serial);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

METHOD(extsock_core_t, get_address, bool,
	private_extsock_core_t *this, uint32_t unique_id,
	char *address, size_t cap)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_address(&this->ctx, unique_id, address, cap);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

METHOD(extsock_core_t, get_segw, bool,
	private_extsock_core_t *this, const char *connection, uint32_t index,
	char *address, size_t cap)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_address_at(&this->ctx, connection, index, address, cap);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

METHOD(extsock_core_t, begin_dispatch, void,
	private_extsock_core_t *this)
{
	this->mutex->lock(this->mutex);
	this->dispatch_queued = FALSE;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_core_t, next, bool,
	private_extsock_core_t *this, segw_action_t *action, bool *has_action,
	char *event, size_t *len)
{
	this->mutex->lock(this->mutex);
	this->queue->drain(this->queue, &this->ctx);
	*has_action = this->queue->next_action(this->queue, FALSE, action);
	*len = this->queue->next_event(this->queue, event);
	this->mutex->unlock(this->mutex);
	return *has_action || *len;
}

METHOD(extsock_core_t, flush_log, void,
	private_extsock_core_t *this)
{
	this->log->flush(this->log);
}

METHOD(extsock_core_t, destroy, void,
	private_extsock_core_t *this)
{
	this->log->destroy(this->log);
	this->queue->destroy(this->queue);
	this->mutex->destroy(this->mutex);
	free(this);
}

/**
 * Get a seed, so that a fleet of routers does not retry in step.
 *
 * @return				seed
 */
static uint64_t get_seed()
{
	uint64_t seed;
	rng_t *rng;

	rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK);
	if (!rng || !rng->get_bytes(rng, sizeof(seed), (uint8_t*)&seed))
	{
		seed = ((uint64_t)time(NULL) << 32) ^ (extsock_timer_now() << 16) ^
			   getpid();
	}
	DESTROY_IF(rng);
	return seed;
}

/*
 * Described in header
 */
extsock_core_t *extsock_core_create(extsock_state_t *state)
{
	private_extsock_core_t *this;
	segw_status_t status;

	INIT(this,
		.public = {
			.ike_event = _ike_event,
			.timeout = _timeout,
			.command = _command,
			.loaded = _loaded,
			.adopt = _adopt,
			.release = _release,
			.wants = _wants,
			.get_address = _get_address,
			.get_segw = _get_segw,
			.begin_dispatch = _begin_dispatch,
			.next = _next,
			.flush_log = _flush_log,
			.destroy = _destroy,
		},
		.state = state,
		.log = extsock_log_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.queue = extsock_queue_create(),
	);
	status = segw_init(&this->ctx, extsock_timer_now(), get_seed());
	if (segw_abi() != SEGW_ABI || status != SEGW_OK)
	{
		DBG1(DBG_CFG, "initializing libsegw %s failed: %s", segw_version(),
			 segw_strerror(status));
		destroy(this);
		return NULL;
	}
	state->restore(state, &this->ctx);
	return &this->public;
}
