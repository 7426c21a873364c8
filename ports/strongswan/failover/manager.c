/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "manager.h"
#include "clock.h"
#include "device.h"
#include "event.h"
#include "executor.h"
#include "ike_sa.h"
#include "log.h"
#include "log_group.h"
#include "recorder.h"
#include "state_file.h"
#include "timer.h"

#include <time.h>
#include <unistd.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * By how much the wall clock differs from what libsegw was told before it is
 * told again, in milliseconds
 */
#define CLOCK_SLACK_MS 1000

typedef struct private_extsock_failover_manager_t
										private_extsock_failover_manager_t;

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
	 * Carries out actions
	 */
	extsock_executor_t *executor;

	/**
	 * Publishes events
	 */
	extsock_publish_cb_t publish;

	/**
	 * User data of it
	 */
	void *user;

	/**
	 * Keeps what outlives a restart
	 */
	extsock_state_file_t *state_file;

	/**
	 * Takes libsegw's diagnostics
	 */
	extsock_log_t *log;

	/**
	 * Keeps the last inputs, and gives each its time
	 */
	extsock_recorder_t *recorder;

	/**
	 * Timer for the time libsegw wants to be asked at
	 */
	extsock_timer_t *timer;

	/**
	 * Serialises commands and the publishing of events: so that replies and
	 * events stay in order. Taken before the other, never in a bus hook.
	 */
	mutex_t *order;

	/**
	 * Covers all that follows, a leaf: nothing of charon is called with it
	 * held
	 */
	mutex_t *mutex;

	/**
	 * TRUE if a job is queued to publish events
	 */
	bool publishing;

	/**
	 * TRUE while a command is under way: only its thread takes actions then. A
	 * connection is loaded before it is dialled, and what is unloaded is so
	 * before the next command loads it anew.
	 */
	bool commanding;

	/**
	 * TRUE once charon is about to end
	 */
	bool stopped;

	/**
	 * Wall clock that libsegw was told
	 */
	extsock_trace_clock_t clock;

	/**
	 * When it was told
	 */
	uint64_t clock_told;

	/**
	 * The decision core
	 */
	segw_ctx_t ctx;
};

/**
 * What is left to do after an input, apart from the actions
 */
typedef struct {
	/** have the events published */
	bool publish;
	/** have the state saved */
	bool save;
	/** have the timer set */
	bool timer;
	/** when to */
	uint64_t at;
} followup_t;

/**
 * Check if libsegw has an event, called with the mutex held.
 *
 * @param this			failover manager
 * @return				TRUE if it has
 */
static bool has_event(private_extsock_failover_manager_t *this)
{
	char none[1];
	size_t len;

	return segw_next_event(&this->ctx, none, 0, &len, NULL) == SEGW_ERR_SHORT;
}

/**
 * Complete an input, called with the mutex held.
 *
 * @param this			failover manager
 * @param followup		receives what is left to do
 */
static void complete(private_extsock_failover_manager_t *this,
					 followup_t *followup)
{
	followup->publish = !this->publishing && has_event(this);
	this->publishing |= followup->publish;
	followup->save = this->state_file->update(this->state_file, &this->ctx);
	/* also if it waits for nothing: the wall clock may be set */
	followup->timer = !this->stopped;
	followup->at = UINT64_MAX;
	segw_poll_at(&this->ctx, &followup->at);
}

/**
 * Take the oldest action.
 *
 * @param this			failover manager
 * @param command		TRUE in the thread of the command that is under way,
 *						which it is no more if there is no action left
 * @param action		receives the action
 * @return				FALSE if there is none to carry out
 */
static bool next_action(private_extsock_failover_manager_t *this, bool command,
						segw_action_t *action)
{
	bool got;

	this->mutex->lock(this->mutex);
	got = !this->stopped && (command || !this->commanding) &&
		  segw_next_action(&this->ctx, action) == SEGW_OK;
	if (got)
	{
		this->recorder->action(this->recorder, action);
	}
	if (command)
	{
		this->commanding = got;
	}
	this->mutex->unlock(this->mutex);
	return got;
}

/**
 * Carry out all actions there are.
 *
 * @param this			failover manager
 * @param command		as next_action()
 */
static void carry_out(private_extsock_failover_manager_t *this, bool command)
{
	segw_action_t action;

	while (next_action(this, command, &action))
	{
		this->executor->carry_out(this->executor, &action);
	}
}

/**
 * Publish all events there are, called with the order's mutex held.
 *
 * @param this			failover manager
 */
static void publish_all(private_extsock_failover_manager_t *this)
{
	char event[SEGW_EVENT_CAP];
	segw_subject_t subject;
	bool got;
	size_t len;

	do
	{
		this->mutex->lock(this->mutex);
		got = segw_next_event(&this->ctx, event, sizeof(event), &len,
							  &subject) == SEGW_OK;
		this->mutex->unlock(this->mutex);
		if (got)
		{
			this->publish(this->user, event, len, &subject);
		}
	}
	while (got);
}

CALLBACK(publish_job, job_requeue_t,
	private_extsock_failover_manager_t *this)
{
	this->order->lock(this->order);
	/* reset before: what comes later gets a new job */
	this->mutex->lock(this->mutex);
	this->publishing = FALSE;
	this->mutex->unlock(this->mutex);
	publish_all(this);
	this->order->unlock(this->order);
	return JOB_REQUEUE_NONE;
}

/**
 * Do what is left to do after an input, with no mutex held.
 *
 * @param this			failover manager
 * @param command		TRUE after a command, as next_action()
 * @param followup		what is left to do
 */
static void follow_up(private_extsock_failover_manager_t *this, bool command,
					  followup_t *followup)
{
	/* charon can't do without the small allocations for jobs, all the rest is
	 * allocated once. A job each, queued first of all: the site is down */
	carry_out(this, command);
	this->log->flush(this->log);
	if (followup->publish)
	{
		lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(publish_job, this, NULL,
													  NULL, JOB_PRIO_HIGH));
	}
	if (followup->save)
	{
		this->state_file->save(this->state_file);
	}
	if (followup->timer)
	{
		this->timer->set(this->timer, followup->at);
	}
}

METHOD(extsock_failover_manager_t, ike_event, segw_status_t,
	private_extsock_failover_manager_t *this, const segw_ike_event_t *event)
{
	segw_status_t status;
	followup_t followup;
	uint64_t now;

	this->mutex->lock(this->mutex);
	if (event->kind == SEGW_IKE_SHUTDOWN)
	{
		this->stopped = TRUE;
	}
	now = this->recorder->begin(this->recorder, EXTSOCK_TRACE_IKE_EVENT, event,
								sizeof(*event));
	status = segw_ike_event(&this->ctx, now, event);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	if (event->kind == SEGW_IKE_SHUTDOWN)
	{
		this->backend->stop(this->backend);
	}
	follow_up(this, FALSE, &followup);
	return status;
}

/**
 * Look at the wall clock, with no mutex held.
 *
 * @param clock			receives what it says
 */
static void look_at_clock(extsock_trace_clock_t *clock)
{
	memset(clock, 0, sizeof(*clock));
	clock->unix_ms = extsock_clock_now();
	clock->utc_offset_s = extsock_clock_offset(clock->unix_ms);
}

/**
 * Tell libsegw the wall clock if it has jumped, or never was told, called with
 * the mutex held.
 *
 * @param this			failover manager
 * @param clock			what it says
 */
static void tell_clock(private_extsock_failover_manager_t *this,
					   const extsock_trace_clock_t *clock)
{
	uint64_t expected, now;

	expected = this->clock.unix_ms + extsock_timer_now() - this->clock_told;
	if (clock->utc_offset_s == this->clock.utc_offset_s &&
		clock->unix_ms + CLOCK_SLACK_MS > expected &&
		clock->unix_ms < expected + CLOCK_SLACK_MS)
	{
		return;
	}
	now = this->recorder->begin(this->recorder, EXTSOCK_TRACE_CLOCK, clock,
								sizeof(*clock));
	segw_clock(&this->ctx, now, clock->unix_ms, clock->utc_offset_s);
	this->clock = *clock;
	this->clock_told = now;
}

/**
 * Tell libsegw that time has come, implements extsock_timer_cb_t.
 *
 * @param user			failover manager
 */
static void timeout(void *user)
{
	private_extsock_failover_manager_t *this = user;
	extsock_trace_clock_t clock;
	followup_t followup;

	look_at_clock(&clock);
	this->mutex->lock(this->mutex);
	tell_clock(this, &clock);
	segw_timeout(&this->ctx, this->recorder->begin(this->recorder,
											EXTSOCK_TRACE_TIMEOUT, NULL, 0));
	complete(this, &followup);
	this->mutex->unlock(this->mutex);
	follow_up(this, FALSE, &followup);
}

METHOD(extsock_failover_manager_t, handle_connection_failure, void,
	private_extsock_failover_manager_t *this, ike_sa_t *ike_sa)
{
	segw_ike_event_t event;

	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, IKE_DESTROYING);
	ike_event(this, &event);
}

METHOD(extsock_failover_manager_t, is_stopped, bool,
	private_extsock_failover_manager_t *this)
{
	bool stopped;

	this->mutex->lock(this->mutex);
	stopped = this->stopped;
	this->mutex->unlock(this->mutex);
	return stopped;
}

METHOD(extsock_failover_manager_t, wants, bool,
	private_extsock_failover_manager_t *this, const segw_action_t *action)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_wants(&this->ctx, action->connection, action->serial);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
}

METHOD(extsock_failover_manager_t, wants_child, bool,
	private_extsock_failover_manager_t *this, const char *connection,
	const char *child, bool configured)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_wants_child(&this->ctx, connection, child);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK || (status != SEGW_AGAIN && configured);
}

METHOD(extsock_failover_manager_t, get_segw, bool,
	private_extsock_failover_manager_t *this, const char *connection,
	uint32_t index, char *address, size_t cap)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_address_at(&this->ctx, connection, index, address, cap);
	this->mutex->unlock(this->mutex);
	return status == SEGW_OK;
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

METHOD(extsock_failover_manager_t, follows, bool,
	private_extsock_failover_manager_t *this, uint32_t unique_id)
{
	segw_status_t status;

	this->mutex->lock(this->mutex);
	status = segw_follows(&this->ctx, unique_id);
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
 * Commit or discard what has been staged for a request.
 *
 * @param this			failover manager
 * @param staged		list of extsock_connection_t, adopted
 * @param accepted		TRUE to commit
 */
static void settle(private_extsock_failover_manager_t *this,
				   linked_list_t *staged, bool accepted)
{
	extsock_connection_t *current;

	while (staged->remove_first(staged, (void**)&current) == SUCCESS)
	{
		if (accepted)
		{
			this->backend->commit(this->backend, current);
		}
		else
		{
			current->destroy(current);
		}
	}
	staged->destroy(staged);
}

/**
 * Check if the reply to a request tells the traffic of CHILD_SAs.
 *
 * @param request		the request
 * @return				TRUE if it does
 */
static bool tells_traffic(chunk_t request)
{
	switch (segw_verb(request.ptr, request.len))
	{
		case SEGW_VERB_STATUS:
		case SEGW_VERB_EXPLAIN:
			return TRUE;
		default:
			return FALSE;
	}
}

METHOD(extsock_failover_manager_t, command, segw_status_t,
	private_extsock_failover_manager_t *this, chunk_t request,
	linked_list_t *staged, char *reply, size_t *reply_len)
{
	segw_traffic_t *traffic = NULL;
	segw_outside_t outside = {};
	segw_status_t status;
	followup_t followup;
	uint64_t now;

	*reply_len = 0;
	outside.unix_ms = extsock_clock_now();
	if (tells_traffic(request))
	{	/* before anything is locked, it asks the kernel */
		outside.count = extsock_ike_sa_traffic(NULL, &traffic);
		outside.traffic = traffic;
	}
	this->order->lock(this->order);
	this->mutex->lock(this->mutex);
	this->commanding = TRUE;
	now = this->recorder->begin_request(this->recorder, request);
	status = segw_command_with(&this->ctx, now, &outside, request.ptr,
							   request.len, reply, SEGW_REPLY_CAP, reply_len);
	this->recorder->end_request(this->recorder, status == SEGW_OK);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);

	if (staged)
	{	/* loaded before the first action can dial it */
		settle(this, staged, status == SEGW_OK);
	}
	follow_up(this, TRUE, &followup);
	publish_all(this);
	this->order->unlock(this->order);
	free(traffic);
	return status;
}

METHOD(extsock_failover_manager_t, adopt, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name,
	const char *addresses, uint32_t children, const segw_policy_t *policy,
	char *message, size_t cap)
{
	segw_status_t status;
	followup_t followup;
	uint64_t now;

	this->mutex->lock(this->mutex);
	now = this->recorder->begin_adoption(this->recorder, name, addresses,
										 children, policy);
	status = segw_adopt(&this->ctx, now, name, addresses, children, policy,
						message, cap);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);
	follow_up(this, FALSE, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, release, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name)
{
	segw_status_t status;
	followup_t followup;
	uint64_t now;

	this->mutex->lock(this->mutex);
	now = this->recorder->begin(this->recorder, EXTSOCK_TRACE_RELEASE, name,
								strlen(name) + 1);
	status = segw_release(&this->ctx, now, name);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);
	follow_up(this, FALSE, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, not_guarded, void,
	private_extsock_failover_manager_t *this, const char *name,
	const char *reason)
{
	followup_t followup;

	this->mutex->lock(this->mutex);
	segw_not_guarded(&this->ctx, extsock_timer_now(), name, reason);
	complete(this, &followup);
	this->mutex->unlock(this->mutex);
	follow_up(this, FALSE, &followup);
}

METHOD(extsock_failover_manager_t, policy_error, void,
	private_extsock_failover_manager_t *this, const char *option,
	const char *reason)
{
	this->mutex->lock(this->mutex);
	segw_policy_error(&this->ctx, option, reason);
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_failover_manager_t, get_record, char*,
	private_extsock_failover_manager_t *this, chunk_t *data, uint32_t *serial)
{
	return this->recorder->get(this->recorder, data, serial);
}

/**
 * Carry out a request about a connection.
 *
 * @param this			failover manager
 * @param verb			verb of the request
 * @param name			name of the connection
 * @param argument		what follows the name, empty if nothing does
 * @return				libsegw's answer
 */
static segw_status_t request(private_extsock_failover_manager_t *this,
							 const char *verb, const char *name,
							 const char *argument)
{
	char text[SEGW_NAME_CAP + 32], *reply;
	segw_status_t status;
	size_t len;

	if (!*name || strlen(name) >= SEGW_NAME_CAP || strpbrk(name, " \t\r\n"))
	{
		return SEGW_ERR_ARGUMENT;
	}
	snprintf(text, sizeof(text), "%s %s%s\n", verb, name, argument);
	reply = malloc(SEGW_REPLY_CAP);
	status = command(this, chunk_from_str(text), NULL, reply, &len);
	free(reply);
	return status;
}

METHOD(extsock_failover_manager_t, switch_to_secondary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return request(this, "SWITCH", connection_name, " secondary");
}

METHOD(extsock_failover_manager_t, switch_to_primary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return request(this, "SWITCH", connection_name, " primary");
}

METHOD(extsock_failover_manager_t, terminate, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return request(this, "TERMINATE", connection_name, "");
}

METHOD(extsock_failover_manager_t, destroy, void,
	private_extsock_failover_manager_t *this)
{
	if (this->executor)
	{	/* the last IKE_SAs went down without a thread to tell the clients */
		publish_all(this);
		this->executor->destroy(this->executor);
	}
	this->timer->destroy(this->timer);
	this->log->destroy(this->log);
	this->recorder->destroy(this->recorder);
	this->state_file->destroy(this->state_file);
	this->order->destroy(this->order);
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

/**
 * Tell libsegw which device this is.
 *
 * @param this			manager
 */
static void set_device(private_extsock_failover_manager_t *this)
{
	chunk_t id;

	id = extsock_device_id();
	if (!id.len)
	{
		DBG1(DBG_EXTSOCK, "nothing names this device: with order = hash it has "
			 "the same order as others without a name, set device_id");
	}
	segw_set_device(&this->ctx, extsock_timer_now(), (char*)id.ptr, id.len);
	chunk_free(&id);
}

/*
 * Described in header
 */
extsock_failover_manager_t *extsock_failover_manager_create(
						extsock_backend_t *backend, extsock_registry_t *registry,
						extsock_dialer_t *dialer, extsock_publish_cb_t publish,
						void *user)
{
	private_extsock_failover_manager_t *this;
	segw_status_t status;

	INIT(this,
		.public = {
			.switch_to_secondary = _switch_to_secondary,
			.switch_to_primary = _switch_to_primary,
			.terminate = _terminate,
			.handle_connection_failure = _handle_connection_failure,
			.ike_event = _ike_event,
			.is_stopped = _is_stopped,
			.wants = _wants,
			.wants_child = _wants_child,
			.get_segw = _get_segw,
			.get_address = _get_address,
			.follows = _follows,
			.get_peer_cfg = _get_peer_cfg,
			.command = _command,
			.adopt = _adopt,
			.release = _release,
			.not_guarded = _not_guarded,
			.policy_error = _policy_error,
			.get_record = _get_record,
			.destroy = _destroy,
		},
		.backend = backend,
		.publish = publish,
		.user = user,
		.state_file = extsock_state_file_create(),
		.log = extsock_log_create(),
		.order = mutex_create(MUTEX_TYPE_DEFAULT),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->recorder = extsock_recorder_create(&this->ctx);
	this->timer = extsock_timer_create(timeout, this);
	status = segw_init(&this->ctx, extsock_timer_now(), get_seed());
	if (segw_abi() != SEGW_ABI || status != SEGW_OK)
	{
		DBG1(DBG_EXTSOCK, "initializing libsegw %s failed: %s", segw_version(),
			 segw_strerror(status));
		destroy(this);
		return NULL;
	}
	set_device(this);
	/* the time of what is restored goes on by it. Not in the trace: that begins
	 * with all of this */
	look_at_clock(&this->clock);
	this->clock_told = extsock_timer_now();
	segw_clock(&this->ctx, this->clock_told, this->clock.unix_ms,
			   this->clock.utc_offset_s);
	this->state_file->restore(this->state_file, &this->ctx);
	this->executor = extsock_executor_create(&this->public, backend, registry,
											 dialer);
	return &this->public;
}
