/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "visits.h"
#include "compat.h"
#include "route.h"

#include <threading/mutex.h>

typedef struct private_extsock_visits_t private_extsock_visits_t;

/**
 * Addresses dialled in one visit at most
 */
#define VISIT_CAP 8

/**
 * A visit
 */
typedef struct {
	/** name of the connection */
	char *connection;
	/** name of the SEGW */
	char *segw;
	/** addresses dialled */
	host_t *hosts[VISIT_CAP];
	/** number of addresses dialled */
	u_int count;
} visit_t;

/**
 * Private data of an extsock_visits_t object
 */
struct private_extsock_visits_t {

	/**
	 * Public interface
	 */
	extsock_visits_t public;

	/**
	 * Visits in which an address has been dialled, visit_t
	 */
	linked_list_t *visits;

	/**
	 * Covers visits, a leaf
	 */
	mutex_t *mutex;
};

/**
 * Destroy a visit.
 *
 * @param this			visit
 */
static void visit_destroy(visit_t *this)
{
	while (this->count)
	{
		this->count--;
		this->hosts[this->count]->destroy(this->hosts[this->count]);
	}
	free(this->connection);
	free(this->segw);
	free(this);
}

/**
 * Remove visits, called with the mutex held.
 *
 * @param this			visits
 * @param connection	name of the connection
 * @param segw			name of the SEGW, NULL for all
 */
static void remove_visits(private_extsock_visits_t *this,
						  const char *connection, const char *segw)
{
	enumerator_t *enumerator;
	visit_t *visit;

	enumerator = this->visits->create_enumerator(this->visits);
	while (enumerator->enumerate(enumerator, &visit))
	{
		if (streq(visit->connection, connection) &&
			(!segw || streq(visit->segw, segw)))
		{
			this->visits->remove_at(this->visits, enumerator);
			visit_destroy(visit);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Find a visit, called with the mutex held.
 *
 * @param this			visits
 * @param connection	name of the connection
 * @param segw			name of the SEGW
 * @return				visit, NULL if no address has been dialled
 */
static visit_t *find_visit(private_extsock_visits_t *this,
						   const char *connection, const char *segw)
{
	enumerator_t *enumerator;
	visit_t *visit, *found = NULL;

	enumerator = this->visits->create_enumerator(this->visits);
	while (!found && enumerator->enumerate(enumerator, &visit))
	{
		if (streq(visit->connection, connection) && streq(visit->segw, segw))
		{
			found = visit;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if a visit contains an address.
 *
 * @param visit			visit
 * @param host			address
 * @return				TRUE if it has been dialled
 */
static bool has_host(visit_t *visit, host_t *host)
{
	u_int i;

	for (i = 0; i < visit->count; i++)
	{
		if (visit->hosts[i]->ip_equals(visit->hosts[i], host))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Collect the addresses that have not been dialled.
 *
 * @param this			visits
 * @param connection	name of the connection
 * @param segw			name of the SEGW
 * @param fresh			addresses the SEGW has now
 * @param room			receives the number that can still be dialled
 * @return				list of those left in fresh, owned by it
 */
static linked_list_t *get_untried(private_extsock_visits_t *this,
								  const char *connection, const char *segw,
								  linked_list_t *fresh, u_int *room)
{
	enumerator_t *enumerator;
	linked_list_t *untried;
	visit_t *visit;
	host_t *host;

	untried = linked_list_create();
	this->mutex->lock(this->mutex);
	visit = find_visit(this, connection, segw);
	*room = visit ? VISIT_CAP - visit->count : VISIT_CAP;
	enumerator = fresh->create_enumerator(fresh);
	while (*room && enumerator->enumerate(enumerator, &host))
	{
		if (!visit || !has_host(visit, host))
		{
			untried->insert_last(untried, host);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return untried;
}

METHOD(extsock_visits_t, begin, void,
	private_extsock_visits_t *this, const char *connection, const char *segw)
{
	this->mutex->lock(this->mutex);
	remove_visits(this, connection, segw);
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_visits_t, choose, status_t,
	private_extsock_visits_t *this, const char *connection, const char *segw,
	linked_list_t *fresh, ike_cfg_t *ike_cfg, bool *more, host_t **host)
{
	status_t status = NOT_FOUND;
	linked_list_t *untried;
	host_t *current, *chosen = NULL;
	u_int room;

	/* the kernel is asked without the mutex */
	untried = get_untried(this, connection, segw, fresh, &room);
	while (!*more &&
		   untried->remove_first(untried, (void**)&current) == SUCCESS)
	{
		if (chosen && (room == 1 || chosen->ip_equals(chosen, current)))
		{
			continue;
		}
		if (!extsock_route_exists(current, ike_cfg))
		{
			status = chosen ? SUCCESS : OUT_OF_RES;
		}
		else if (chosen)
		{
			*more = TRUE;
		}
		else
		{
			chosen = current;
			*host = current->clone(current);
			status = SUCCESS;
		}
	}
	untried->destroy(untried);
	return status;
}

METHOD(extsock_visits_t, add, void,
	private_extsock_visits_t *this, const char *connection, const char *segw,
	host_t *host)
{
	visit_t *visit;

	this->mutex->lock(this->mutex);
	visit = find_visit(this, connection, segw);
	if (!visit)
	{
		INIT(visit,
			.connection = strdup(connection),
			.segw = strdup(segw),
		);
		this->visits->insert_last(this->visits, visit);
	}
	if (visit->count < VISIT_CAP && !has_host(visit, host))
	{
		visit->hosts[visit->count++] = host->clone(host);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_visits_t, forget, void,
	private_extsock_visits_t *this, const char *connection)
{
	this->mutex->lock(this->mutex);
	remove_visits(this, connection, NULL);
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_visits_t, destroy, void,
	private_extsock_visits_t *this)
{
	this->visits->destroy_function(this->visits, (void*)visit_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_visits_t *extsock_visits_create()
{
	private_extsock_visits_t *this;

	INIT(this,
		.public = {
			.begin = _begin,
			.choose = _choose,
			.add = _add,
			.forget = _forget,
			.destroy = _destroy,
		},
		.visits = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
