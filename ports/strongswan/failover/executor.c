/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "executor.h"
#include "compat.h"
#include "dns.h"
#include "event.h"
#include "ike_sa.h"
#include "log_group.h"
#include "reach.h"

#include <processing/jobs/callback_job.h>
#include <threading/spinlock.h>
#include <threading/thread.h>

/**
 * Until an IKE_SA that is not found is looked for once more, in milliseconds
 */
#define TERMINATE_AGAIN 100

/**
 * Until an IKE_SA that waits for an answer is to use another way again, in
 * milliseconds, and how often
 */
#define FOLLOW_AGAIN 200
#define FOLLOW_TRIES 25

/**
 * Time between two looks for a route while a dial waits for its answer, in
 * milliseconds, and looks after the first until there is none
 */
#define LOOK_AGAIN 250
#define LOOK_TRIES 4

/**
 * Share of charon's threads that may wait for name servers, one in so many
 */
#define NAMED_SHARE 4

/**
 * Until a dial by name tries again to get one of these threads, in milliseconds
 */
#define NAMED_RETRY 100

typedef struct private_extsock_executor_t private_extsock_executor_t;

/**
 * Private data of an extsock_executor_t object
 */
struct private_extsock_executor_t {

	/**
	 * Public interface
	 */
	extsock_executor_t public;

	/**
	 * Failover manager to ask and to report to
	 */
	extsock_failover_manager_t *manager;

	/**
	 * Unloads connections
	 */
	extsock_backend_t *backend;

	/**
	 * Finds IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Dials, and knows routes
	 */
	extsock_dialer_t *dialer;

	/**
	 * Asks what is behind a SEGW
	 */
	extsock_reach_t *reach;

	/**
	 * Covers named
	 */
	spinlock_t *lock;

	/**
	 * Threads that dial by name
	 */
	u_int named;
};

/**
 * An action, data of its job
 */
typedef struct {
	/** object carrying out the action */
	private_extsock_executor_t *this;
	/** action to carry out */
	segw_action_t action;
	/** a dial by name, which waits for a name server */
	bool named;
	/** how often IKE_SAs could not use the way there is now yet */
	u_int followed;
	/** how often there was no route for a dial that waits for its answer */
	u_int looked;
	/** libsegw's answer to the announcement of the IKE_SA of a dial */
	segw_status_t announced;
} task_data_t;

/**
 * Check if actions are to be left undone.
 *
 * @param this			object
 * @return				TRUE once charon is about to end
 */
static bool is_stopped(private_extsock_executor_t *this)
{
	return this->manager->is_stopped(this->manager);
}

/**
 * Report to libsegw what has become of an action.
 *
 * @param this			object
 * @param event			event
 * @return				libsegw's answer
 */
static segw_status_t report(private_extsock_executor_t *this,
							const segw_ike_event_t *event)
{
	return this->manager->ike_event(this->manager, event);
}

/**
 * Get a SEGW of the connection that an action is about.
 *
 * @param data			action
 * @param index			place of the SEGW in the connection's list
 * @param address		buffer of SEGW_ADDR_CAP bytes, receives the address
 * @return				FALSE if there is none
 */
static bool get_segw(task_data_t *data, uint32_t index, char *address)
{
	extsock_failover_manager_t *manager = data->this->manager;

	return index < SEGW_SEGW_CAP &&
		   manager->get_segw(manager, data->action.connection, index, address,
							 SEGW_ADDR_CAP);
}

/**
 * Check if a dial is to set up a child, implements extsock_wants_child_cb_t.
 *
 * @param user			action, as task_data_t
 * @param connection	name of the connection
 * @param child			name of the child
 * @param configured	TRUE if the configuration wants it
 * @return				TRUE if it is
 */
static bool wants_child(void *user, const char *connection, const char *child,
						bool configured)
{
	extsock_failover_manager_t *manager = ((task_data_t*)user)->this->manager;

	return manager->wants_child(manager, connection, child, configured);
}

/**
 * Do with an IKE_SA what an action asks for.
 *
 * @param user			action, as task_data_t
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if it is to be destroyed
 */
static status_t act(void *user, ike_sa_t *ike_sa)
{
	task_data_t *data = user;

	switch (data->action.kind)
	{
		case SEGW_ACTION_TERMINATE:
			return extsock_ike_sa_terminate(ike_sa);
		case SEGW_ACTION_PROBE:
			return extsock_ike_sa_probe(data->this->registry, ike_sa,
										data->action.again);
		case SEGW_ACTION_REKEY:
			return extsock_ike_sa_rekey_children(ike_sa);
		default:
			return extsock_ike_sa_complete(ike_sa, wants_child, data);
	}
}

CALLBACK(act_job, job_requeue_t,
	task_data_t *data)
{
	extsock_registry_t *registry = data->this->registry;

	if (!is_stopped(data->this))
	{
		registry->use(registry, data->action.unique_id, act, data);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(lead_job, job_requeue_t,
	task_data_t *data)
{
	extsock_dialer_t *dialer = data->this->dialer;
	segw_action_t *action = &data->action;

	if (!is_stopped(data->this))
	{
		DBG1(DBG_EXTSOCK, "standby at SEGW number %u of connection '%s' takes "
			 "the place of a dial", action->segw, action->connection);
		dialer->lead(dialer, action->connection, action->segw,
					 action->unique_id, wants_child, data);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(terminate_job, job_requeue_t,
	task_data_t *data)
{
	extsock_failover_manager_t *manager = data->this->manager;
	extsock_registry_t *registry = data->this->registry;
	uint32_t unique_id = data->action.unique_id;

	if (!is_stopped(data->this) &&
		!registry->use(registry, unique_id, act, data) &&
		manager->follows(manager, unique_id))
	{	/* charon checks in what it dials in place of another only after it
		 * has told everybody, and has made keys for it, which may take long */
		return JOB_RESCHEDULE_MS(TERMINATE_AGAIN);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(measure_job, job_requeue_t,
	task_data_t *data)
{
	segw_ike_event_t event;
	bool route = TRUE;

	if (!is_stopped(data->this))
	{
		extsock_event_init_action(&event, SEGW_IKE_COUNTED, &data->action);
		event.unique_id = data->action.unique_id;
		event.up = extsock_ike_sa_measure(data->this->registry,
											event.unique_id, &event.packets,
											&event.sent, data->action.again,
											&route);
		if (!route)
		{
			event.facts |= SEGW_FACT_NO_ROUTE;
		}
		report(data->this, &event);
	}
	return JOB_REQUEUE_NONE;
}

CALLBACK(reach_job, job_requeue_t,
	task_data_t *data)
{
	extsock_reach_t *reach = data->this->reach;

	if (!is_stopped(data->this))
	{
		reach->ask(reach, &data->action);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Report what has become of a question, implements extsock_reach_cb_t.
 *
 * @param user			executor
 * @param event			event
 */
static void reached(void *user, const segw_ike_event_t *event)
{
	private_extsock_executor_t *this = user;

	if (!is_stopped(this))
	{
		report(this, event);
	}
}

/**
 * What the IKE_SAs of a connection use the way there is now with
 */
typedef struct {
	/** knows what waits for its answer */
	extsock_registry_t *registry;
	/** TRUE if an answer has to come first */
	bool again;
	/** TRUE if an IKE_SA is being dialled, and if one is up */
	bool dialled, up;
} follow_t;

/**
 * Have an IKE_SA use the way there is now.
 *
 * @param user			follow_t
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if it is to be destroyed
 */
static status_t follow_route(void *user, ike_sa_t *ike_sa)
{
	follow_t *follow = user;

	switch (ike_sa->get_state(ike_sa))
	{
		case IKE_CONNECTING:
			follow->dialled = TRUE;
			break;
		case IKE_ESTABLISHED:
		case IKE_REKEYING:
			follow->up = TRUE;
			break;
		default:
			break;
	}
	return extsock_ike_sa_follow_route(follow->registry, ike_sa,
									   &follow->again);
}

/**
 * Have the IKE_SAs of a connection use the way there is now.
 *
 * @param this			object
 * @param connection	name of the connection
 * @param follow		receives what was found
 */
static void follow_routes(private_extsock_executor_t *this, char *connection,
						  follow_t *follow)
{
	enumerator_t *enumerator;
	uint32_t unique_id;
	char *name;

	enumerator = this->registry->create_enumerator(this->registry);
	while (enumerator->enumerate(enumerator, &unique_id, &name))
	{
		/* one that was rekeyed is no longer followed, and its DELETE is to be
		 * answered all the same */
		if (streq(name, connection) &&
			(this->manager->follows(this->manager, unique_id) ||
			 this->registry->is_deleting(this->registry, unique_id)))
		{
			this->registry->use(this->registry, unique_id, follow_route, follow);
		}
	}
	enumerator->destroy(enumerator);
}

CALLBACK(routes_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_executor_t *this = data->this;
	char address[SEGW_ADDR_CAP];
	follow_t follow = {
		.registry = this->registry,
	};
	segw_ike_event_t event;
	uint32_t i;

	if (is_stopped(this))
	{
		return JOB_REQUEUE_NONE;
	}
	extsock_event_init_action(&event, SEGW_IKE_ROUTES, &data->action);
	for (i = 0; get_segw(data, i, address); i++)
	{
		if (this->dialer->has_route(this->dialer, data->action.connection,
									address))
		{
			event.routes |= 1 << i;
		}
	}
	if (!event.routes && data->looked < LOOK_TRIES)
	{	/* a route that comes and goes must not end each dial before its answer */
		follow_routes(this, data->action.connection, &follow);
		if (follow.dialled && !follow.up)
		{
			data->looked++;
			return JOB_RESCHEDULE_MS(LOOK_AGAIN);
		}
	}
	report(this, &event);
	follow_routes(this, data->action.connection, &follow);
	if (follow.again && data->followed++ < FOLLOW_TRIES)
	{
		return JOB_RESCHEDULE_MS(FOLLOW_AGAIN);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Announce the IKE_SA of a dial, implements extsock_dialling_cb_t.
 *
 * @param user			dial, as task_data_t
 * @param unique_id		unique ID of the IKE_SA
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @return				TRUE if it is to be initiated
 */
static bool announce(void *user, uint32_t unique_id, bool more)
{
	task_data_t *data = user;
	segw_ike_event_t event;

	if (is_stopped(data->this))
	{
		data->announced = SEGW_ERR_UNKNOWN;
		return FALSE;
	}
	extsock_event_init_action(&event, SEGW_IKE_DIALLING, &data->action);
	event.unique_id = unique_id;
	event.more = more;
	data->announced = report(data->this, &event);
	return data->announced == SEGW_OK;
}

/**
 * Report a dial that did not come to an IKE_SA.
 *
 * @param data			dial
 * @param status		result of the dial
 */
static void report_failure(task_data_t *data, status_t status)
{
	segw_ike_event_t event;
	char *reason;

	extsock_event_init_action(&event, SEGW_IKE_NOT_DIALLED, &data->action);
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
		case INVALID_ARG:
			event.alert = SEGW_ALERT_LACKING;
			reason = "charon lacks what its proposals name";
			break;
		default:
			event.alert = SEGW_ALERT_OTHER;
			reason = "no IKE_SA";
			break;
	}
	DBG1(DBG_EXTSOCK, "dialling SEGW %s of connection '%s' failed: %s",
		 data->action.address, data->action.connection, reason);
	report(data->this, &event);
}

/**
 * Dial, and report if that fails.
 *
 * @param data			dial
 */
static void dial(task_data_t *data)
{
	extsock_dialer_t *dialer = data->this->dialer;
	segw_action_t *action = &data->action;
	status_t status;

	DBG1(DBG_EXTSOCK, "dialling SEGW %s of connection '%s'%s", action->address,
		 action->connection, action->standby ? " as standby" : "");
	status = dialer->dial(dialer, action->connection, action->segw,
						  action->address, action->again, action->standby,
						  announce, wants_child, data);
	if (status == SUCCESS || (status == INVALID_STATE &&
							  data->announced == SEGW_ERR_UNKNOWN))
	{	/* on its way, or overtaken by another action */
		return;
	}
	report_failure(data, status);
}

/**
 * Get one of the threads for dials by name.
 *
 * Many slow names at once would occupy all of charon's threads.
 *
 * @param this			object
 * @return				FALSE if none is left
 */
static bool get_thread(private_extsock_executor_t *this)
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
static void put_thread(private_extsock_executor_t *this)
{
	this->lock->lock(this->lock);
	this->named--;
	this->lock->unlock(this->lock);
}

CALLBACK(dial_job, job_requeue_t,
	task_data_t *data)
{
	private_extsock_executor_t *this = data->this;

	if (is_stopped(this) || !this->manager->wants(this->manager, &data->action))
	{	/* a dial that is not wanted any more must not keep a thread from one
		 * that is */
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

/**
 * Get the job that carries out an action.
 *
 * @param action		action
 * @return				its callback, NULL if it is none for a job
 */
static callback_job_cb_t get_job(const segw_action_t *action)
{
	switch (action->kind)
	{
		case SEGW_ACTION_INITIATE:
			return dial_job;
		case SEGW_ACTION_TERMINATE:
			return terminate_job;
		case SEGW_ACTION_PROBE:
		case SEGW_ACTION_REKEY:
			return act_job;
		case SEGW_ACTION_COMPLETE:
			return action->standby ? lead_job : act_job;
		case SEGW_ACTION_REACH:
			return reach_job;
		case SEGW_ACTION_MEASURE:
			return measure_job;
		case SEGW_ACTION_ROUTES:
			return routes_job;
		default:
			return NULL;
	}
}

METHOD(extsock_executor_t, carry_out, void,
	private_extsock_executor_t *this, const segw_action_t *action)
{
	callback_job_cancel_t cancel = NULL;
	callback_job_cb_t job;
	/* not behind IKE_AUTH and other low priority work: the site is down */
	job_priority_t prio = JOB_PRIO_HIGH;
	task_data_t *data;

	if (action->kind == SEGW_ACTION_UNLOAD)
	{
		this->backend->unload(this->backend, (char*)action->connection);
		return;
	}
	job = get_job(action);
	if (!job)
	{
		DBG1(DBG_EXTSOCK, "unknown action %u ignored", action->kind);
		return;
	}
	if (action->kind == SEGW_ACTION_REACH)
	{	/* whoever waits for it has time */
		prio = JOB_PRIO_MEDIUM;
	}
	if (action->kind == SEGW_ACTION_MEASURE && action->again)
	{	/* an answer that waits to be read is no silence: not before it, also
		 * if it is that to a CREATE_CHILD_SA */
		prio = JOB_PRIO_MEDIUM;
	}
	INIT(data,
		.this = this,
		.action = *action,
		.named = action->kind == SEGW_ACTION_INITIATE &&
				 extsock_dns_is_name(action->address),
	);
	if (data->named)
	{	/* nobody else may have to wait for it, nor does a shutdown */
		cancel = extsock_cancel_thread;
		prio = JOB_PRIO_LOW;
	}
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(job, data, free, cancel,
													  prio));
}

METHOD(extsock_executor_t, destroy, void,
	private_extsock_executor_t *this)
{
	this->reach->destroy(this->reach);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_executor_t *extsock_executor_create(extsock_failover_manager_t *manager,
											extsock_backend_t *backend,
											extsock_registry_t *registry,
											extsock_dialer_t *dialer)
{
	private_extsock_executor_t *this;

	INIT(this,
		.public = {
			.carry_out = _carry_out,
			.destroy = _destroy,
		},
		.manager = manager,
		.backend = backend,
		.registry = registry,
		.dialer = dialer,
		.lock = spinlock_create(),
	);
	this->reach = extsock_reach_create(registry, reached, this);
	return &this->public;
}
