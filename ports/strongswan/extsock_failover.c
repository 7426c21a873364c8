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

#include "extsock_failover.h"
#include "extsock_actions.h"
#include "extsock_compat.h"
#include "extsock_event.h"
#include "extsock_log.h"
#include "extsock_queue.h"
#include "extsock_state.h"
#include "extsock_timer.h"

#include <time.h>
#include <unistd.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_extsock_failover_manager_t
										private_extsock_failover_manager_t;

/**
 * Actions that are carried out without the detour over the queue. An event of
 * charon's causes two: the end of an IKE_SA and the dial of another.
 */
#define ACTIONS_AT_ONCE 4

/**
 * Private data of an extsock_failover_manager_t object
 */
struct private_extsock_failover_manager_t {

	/**
	 * Public interface
	 */
	extsock_failover_manager_t public;

	/**
	 * strongSwan adapter
	 */
	extsock_backend_t *backend;

	/**
	 * Socket to publish events on
	 */
	extsock_socket_t *socket;

	/**
	 * Carries out actions
	 */
	extsock_actions_t *actions;

	/**
	 * Timer for the time libsegw wants to be asked at
	 */
	extsock_timer_t *timer;

	/**
	 * Keeps what outlives a restart
	 */
	extsock_state_t *state;

	/**
	 * Takes libsegw's diagnostics
	 */
	extsock_log_t *log;

	/**
	 * Serialises requests and everything that takes events from the queue, so
	 * that they stay in order and a connection is loaded before it is dialled.
	 * Taken before mutex, never in a bus hook.
	 */
	mutex_t *dispatching;

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
 * What is left to do after an input, once the mutex is released
 */
typedef struct {
	/** actions to carry out */
	segw_action_t actions[ACTIONS_AT_ONCE];
	/** number of actions */
	u_int count;
	/** queue a job to dispatch */
	bool dispatch;
	/** have the state saved */
	bool save;
	/** set the timer */
	bool timer;
	/** time to set it to */
	uint64_t at;
} followup_t;

/**
 * Complete an input: take over what libsegw decided.
 *
 * Called with the mutex held.
 *
 * @param this			failover manager
 * @param followup		receives what is left to do
 */
static void complete(private_extsock_failover_manager_t *this,
					 followup_t *followup)
{
	memset(followup, 0, sizeof(*followup));
	if (this->queue->drain(this->queue, &this->ctx))
	{
		while (!this->loading && followup->count < ACTIONS_AT_ONCE &&
			   this->queue->next_action(this->queue,
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

/**
 * Dispatch all that is queued, called with the dispatching mutex held.
 *
 * @param this			failover manager
 */
static void dispatch(private_extsock_failover_manager_t *this)
{
	char event[SEGW_EVENT_CAP];
	segw_action_t action;
	bool has_action;
	size_t len;

	do
	{
		this->mutex->lock(this->mutex);
		this->queue->drain(this->queue, &this->ctx);
		has_action = this->queue->next_action(this->queue, &action);
		len = this->queue->next_event(this->queue, event);
		this->mutex->unlock(this->mutex);

		if (has_action)
		{
			this->actions->carry_out(this->actions, &action);
		}
		if (len)
		{
			this->socket->publish(this->socket, event, len);
		}
	}
	while (has_action || len);
}

CALLBACK(dispatch_job, job_requeue_t,
	private_extsock_failover_manager_t *this)
{
	this->dispatching->lock(this->dispatching);
	/* reset before the queue is emptied: what comes later gets a new job */
	this->mutex->lock(this->mutex);
	this->dispatch_queued = FALSE;
	this->mutex->unlock(this->mutex);
	dispatch(this);
	this->dispatching->unlock(this->dispatching);
	return JOB_REQUEUE_NONE;
}

/**
 * Do what is left to do after an input.
 *
 * Also runs in bus hooks: charon can't do without the small allocations for
 * jobs, all the rest is allocated once.
 *
 * @param this			failover manager
 * @param followup		what is left to do
 */
static void follow_up(private_extsock_failover_manager_t *this,
					  followup_t *followup)
{
	u_int i;

	/* a job each, queued first of all: the site is down */
	for (i = 0; i < followup->count; i++)
	{
		this->actions->carry_out(this->actions, &followup->actions[i]);
	}
	this->log->flush(this->log);
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

METHOD(extsock_failover_manager_t, ike_event, segw_status_t,
	private_extsock_failover_manager_t *this, const segw_ike_event_t *event)
{
	followup_t followup;
	segw_status_t status;

	if (event->kind == SEGW_IKE_SHUTDOWN)
	{	/* nothing is to be dialled any more, nor anything else done */
		this->actions->stop(this->actions);
		this->timer->stop(this->timer);
	}
	this->mutex->lock(this->mutex);
	status = segw_ike_event(&this->ctx, extsock_timer_now(), event);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	follow_up(this, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, handle_connection_failure, void,
	private_extsock_failover_manager_t *this, ike_sa_t *ike_sa)
{
	segw_ike_event_t event;

	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, IKE_DESTROYING);
	ike_event(this, &event);
}

METHOD(extsock_failover_manager_t, get_address, bool,
	private_extsock_failover_manager_t *this, uint32_t unique_id,
	char *address, size_t cap)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_address(&this->ctx, unique_id, address, cap);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

/**
 * Get a SEGW of a connection, implements extsock_segw_cb_t.
 *
 * @param user			failover manager
 * @param connection	name of the connection
 * @param index			place of the SEGW in the connection's list
 * @param address		receives the address or name
 * @param cap			size of address
 * @return				FALSE if there is none
 */
static bool get_segw(void *user, const char *connection, uint32_t index,
					 char *address, size_t cap)
{
	private_extsock_failover_manager_t *this = user;
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_address_at(&this->ctx, connection, index, address, cap);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

METHOD(extsock_failover_manager_t, get_peer_cfg, peer_cfg_t*,
	private_extsock_failover_manager_t *this, char *name, const char *address)
{
	char current[SEGW_ADDR_CAP];
	uint32_t i;

	for (i = 0; i < SEGW_SEGW_CAP &&
				get_segw(this, name, i, current, sizeof(current)); i++)
	{
		if (streq(current, address))
		{
			return this->backend->get_segw_cfg(this->backend, name, i);
		}
	}
	return NULL;
}

/**
 * Tell libsegw that time has come, implements extsock_timer_cb_t.
 *
 * @param user			failover manager
 */
static void timeout(void *user)
{
	private_extsock_failover_manager_t *this = user;
	followup_t followup;

	this->mutex->lock(this->mutex);
	segw_timeout(&this->ctx, extsock_timer_now());
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	follow_up(this, &followup);
}

/**
 * Commit or discard what has been staged for a request.
 *
 * @param this			failover manager
 * @param staged		list of extsock_staged_t, adopted
 * @param accepted		TRUE to commit
 */
static void settle(private_extsock_failover_manager_t *this,
				   linked_list_t *staged, bool accepted)
{
	extsock_staged_t *current;

	while (staged->remove_first(staged, (void**)&current) == SUCCESS)
	{
		if (accepted)
		{
			this->backend->commit(this->backend, current);
		}
		else
		{
			this->backend->discard(this->backend, current);
		}
	}
	staged->destroy(staged);
}

METHOD(extsock_failover_manager_t, command, segw_status_t,
	private_extsock_failover_manager_t *this, chunk_t request,
	linked_list_t *staged, char *reply, size_t *reply_len)
{
	segw_status_t status;
	followup_t followup;

	*reply_len = 0;
	this->dispatching->lock(this->dispatching);

	this->mutex->lock(this->mutex);
	this->loading = staged != NULL;
	status = segw_command(&this->ctx, extsock_timer_now(), request.ptr,
						  request.len, reply, SEGW_REPLY_CAP, reply_len);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	if (staged)
	{	/* loaded before the first action can dial it */
		settle(this, staged, status == SEGW_OK);
		this->mutex->lock(this->mutex);
		this->loading = FALSE;
		this->mutex->unlock(this->mutex);
	}
	follow_up(this, &followup);
	dispatch(this);
	this->dispatching->unlock(this->dispatching);
	return status;
}

METHOD(extsock_failover_manager_t, adopt, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name,
	const char *addresses, uint32_t children, const segw_policy_t *policy,
	char *message, size_t cap)
{
	followup_t followup;
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_adopt(&this->ctx, extsock_timer_now(), name, addresses,
						children, policy, message, cap);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	follow_up(this, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, release, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name)
{
	followup_t followup;
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_release(&this->ctx, extsock_timer_now(), name);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	follow_up(this, &followup);
	return status;
}

/**
 * Switch a connection to one of its SEGWs.
 *
 * @param this			failover manager
 * @param name			name of the connection
 * @param target		SEGW, as in a SWITCH request
 * @return				libsegw's answer
 */
static segw_status_t switch_to(private_extsock_failover_manager_t *this,
							   const char *name, const char *target)
{
	char request[SEGW_NAME_CAP + 32], *reply;
	segw_status_t status;
	size_t len;

	if (!*name || strlen(name) >= SEGW_NAME_CAP || strpbrk(name, " \t\r\n"))
	{
		return SEGW_ERR_ARGUMENT;
	}
	snprintf(request, sizeof(request), "SWITCH %s %s\n", name, target);
	reply = malloc(SEGW_REPLY_CAP);
	status = command(this, chunk_from_str(request), NULL, reply, &len);
	free(reply);
	return status;
}

METHOD(extsock_failover_manager_t, switch_to_secondary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return switch_to(this, connection_name, "secondary");
}

METHOD(extsock_failover_manager_t, switch_to_primary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return switch_to(this, connection_name, "primary");
}

METHOD(extsock_failover_manager_t, destroy, void,
	private_extsock_failover_manager_t *this)
{
	/* the last IKE_SAs went down without a thread to tell the clients */
	this->actions->stop(this->actions);
	dispatch(this);
	this->timer->destroy(this->timer);
	this->actions->destroy(this->actions);
	this->queue->destroy(this->queue);
	this->log->destroy(this->log);
	this->state->destroy(this->state);
	this->mutex->destroy(this->mutex);
	this->dispatching->destroy(this->dispatching);
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
extsock_failover_manager_t *extsock_failover_manager_create(
						extsock_backend_t *backend, extsock_socket_t *socket)
{
	private_extsock_failover_manager_t *this;
	segw_status_t status;

	INIT(this,
		.public = {
			.switch_to_secondary = _switch_to_secondary,
			.switch_to_primary = _switch_to_primary,
			.handle_connection_failure = _handle_connection_failure,
			.ike_event = _ike_event,
			.get_address = _get_address,
			.get_peer_cfg = _get_peer_cfg,
			.command = _command,
			.adopt = _adopt,
			.release = _release,
			.destroy = _destroy,
		},
		.backend = backend,
		.socket = socket,
		.dispatching = mutex_create(MUTEX_TYPE_DEFAULT),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.queue = extsock_queue_create(),
		.log = extsock_log_create(),
		.state = extsock_state_create(),
	);
	this->actions = extsock_actions_create(backend, (void*)_ike_event,
										   get_segw, this);
	this->timer = extsock_timer_create(timeout, this);
	status = segw_init(&this->ctx, extsock_timer_now(), get_seed());
	if (segw_abi() != SEGW_ABI || status != SEGW_OK)
	{
		DBG1(DBG_CFG, "initializing libsegw %s failed: %s", segw_version(),
			 segw_strerror(status));
		destroy(this);
		return NULL;
	}
	this->state->restore(this->state, &this->ctx);
	return &this->public;
}
