/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "operator.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/spinlock.h>

/**
 * What charon's log says when an operator has an IKE_SA terminated by its name,
 * before it looks for one
 */
#define VICI_TERMINATE "vici terminate IKE_SA '"

/**
 * What it says when vici closes an IKE_SA whose connection is loaded anew: what
 * the line begins with, in older versions and in newer ones, and what stands
 * before the unique ID at its end
 */
#define VICI_CLOSING_OLD "closing IKE_SA #"
#define VICI_CLOSING_NEW "vici closing IKE_SA '"
#define VICI_CLOSING_ID " #"

/**
 * IKE_SAs that are closed for that which are remembered until they end
 */
#define CLOSING_CAP 16

typedef struct private_extsock_operator_t private_extsock_operator_t;

/**
 * Private data of an extsock_operator_t object
 */
struct private_extsock_operator_t {

	/**
	 * Public interface
	 */
	extsock_operator_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Knows the IKE_SAs there are
	 */
	extsock_registry_t *registry;

	/**
	 * Unique IDs of IKE_SAs that vici closes, a ring; 0 if unused
	 */
	uint32_t closing[CLOSING_CAP];

	/**
	 * Number of IKE_SAs ever put into it
	 */
	u_int closing_count;

	/**
	 * Covers both
	 */
	spinlock_t *lock;
};

METHOD(extsock_operator_t, take_closing, bool,
	private_extsock_operator_t *this, uint32_t unique_id)
{
	bool found = FALSE;
	int i;

	this->lock->lock(this->lock);
	for (i = 0; i < CLOSING_CAP; i++)
	{
		if (this->closing[i] == unique_id)
		{
			this->closing[i] = 0;
			found = TRUE;
		}
	}
	this->lock->unlock(this->lock);
	return found;
}

/**
 * Data of a job
 */
typedef struct {
	/** failover manager to tell */
	extsock_failover_manager_t *failover;
	/** name of the connection */
	char name[SEGW_NAME_CAP];
} terminate_data_t;

CALLBACK(terminate_job, job_requeue_t,
	terminate_data_t *data)
{
	data->failover->terminate(data->failover, data->name);
	return JOB_REQUEUE_NONE;
}

/**
 * Check if there is an IKE_SA of a connection.
 *
 * @param registry		knows the IKE_SAs
 * @param name			name of the connection
 * @return				TRUE if there is
 */
static bool has_ike_sa(extsock_registry_t *registry, const char *name)
{
	enumerator_t *enumerator;
	uint32_t unique_id;
	bool found = FALSE;
	char *current;

	enumerator = registry->create_enumerator(registry);
	while (!found && enumerator->enumerate(enumerator, &unique_id, &current))
	{
		found = streq(current, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Note an IKE_SA that vici closes as its connection is loaded anew.
 *
 * @param this			operator
 * @param message		what charon's log says of it
 */
static void note_closing(private_extsock_operator_t *this, const char *message)
{
	const char *number = strstr(message, VICI_CLOSING_ID), *next;
	u_int unique_id;

	/* the last one: the name of the connection may have one as well */
	while (number && (next = strstr(number + 1, VICI_CLOSING_ID)))
	{
		number = next;
	}
	if (number && sscanf(number, VICI_CLOSING_ID "%u", &unique_id) == 1)
	{
		this->lock->lock(this->lock);
		this->closing[this->closing_count++ % CLOSING_CAP] = unique_id;
		this->lock->unlock(this->lock);
	}
}

METHOD(logger_t, log_, void,
	private_extsock_operator_t *this, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *message)
{
	terminate_data_t *data;
	char name[SEGW_NAME_CAP];
	int end = 0;

	if (group == DBG_CFG && (strpfx(message, VICI_CLOSING_OLD) ||
							 strpfx(message, VICI_CLOSING_NEW)))
	{
		note_closing(this, message);
	}
	if (group != DBG_CFG || !strpfx(message, VICI_TERMINATE))
	{
		return;
	}
	/* all of it: the beginning of a longer one may be the name of another */
	ignore_result(sscanf(message + strlen(VICI_TERMINATE), "%63[^']'%n", name,
						 &end));
	if (!end || has_ike_sa(this->registry, name))
	{
		return;
	}
	INIT(data,
		.failover = this->failover,
	);
	strcpy(data->name, name);
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(terminate_job, data,
												free, NULL, JOB_PRIO_HIGH));
}

METHOD(logger_t, get_level, level_t,
	private_extsock_operator_t *this, debug_t group)
{
	return group == DBG_CFG ? LEVEL_CTRL : LEVEL_SILENT;
}

METHOD(extsock_operator_t, destroy, void,
	private_extsock_operator_t *this)
{
	charon->bus->remove_logger(charon->bus, &this->public.logger);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_operator_t *extsock_operator_create(
										extsock_failover_manager_t *failover,
										extsock_registry_t *registry)
{
	private_extsock_operator_t *this;

	INIT(this,
		.public = {
			.logger = {
				.log = _log_,
				.get_level = _get_level,
			},
			.take_closing = _take_closing,
			.destroy = _destroy,
		},
		.failover = failover,
		.registry = registry,
		.lock = spinlock_create(),
	);
	charon->bus->add_logger(charon->bus, &this->public.logger);
	return &this->public;
}
