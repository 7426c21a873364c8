/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "dns.h"
#include "compat.h"
#include "log_group.h"
#include "route.h"

#include <netdb.h>

#include <threading/mutex.h>
#include <threading/thread.h>

/*
 * Described in header
 */
bool extsock_dns_is_name(const char *address)
{
	host_t *host;

	host = host_create_from_string((char*)address, 0);
	if (!host)
	{
		return TRUE;
	}
	host->destroy(host);
	return FALSE;
}

/*
 * Described in header
 */
linked_list_t *extsock_dns_resolve(const char *name)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		/* each address once, not for each type of socket */
		.ai_socktype = SOCK_DGRAM,
	};
	struct addrinfo *result, *current;
	linked_list_t *hosts;
	host_t *host;
	int error;
	bool old;

	old = thread_cancelability(TRUE);
	error = getaddrinfo(name, NULL, &hints, &result);
	thread_cancelability(old);
	if (error)
	{
		DBG1(DBG_EXTSOCK, "resolving '%s' failed: %s", name, gai_strerror(error));
		return NULL;
	}
	hosts = linked_list_create();
	for (current = result; current; current = current->ai_next)
	{
		host = host_create_from_sockaddr(current->ai_addr);
		if (host)
		{
			hosts->insert_last(hosts, host);
		}
	}
	freeaddrinfo(result);
	return hosts;
}

typedef struct private_extsock_dns_t private_extsock_dns_t;

/**
 * Addresses tried of one SEGW at most, until they are forgotten
 */
#define TRIED_CAP 8

/**
 * What has been tried of a SEGW
 */
typedef struct {
	/** name of the connection */
	char *connection;
	/** name of the SEGW */
	char *segw;
	/** addresses dialled */
	host_t *hosts[TRIED_CAP];
	/** number of addresses dialled */
	u_int count;
} tried_t;

/**
 * Private data of an extsock_dns_t object
 */
struct private_extsock_dns_t {

	/**
	 * Public interface
	 */
	extsock_dns_t public;

	/**
	 * SEGWs of which an address has been dialled, tried_t
	 */
	linked_list_t *entries;

	/**
	 * Covers the entries, a leaf
	 */
	mutex_t *mutex;
};

/**
 * Destroy an entry.
 *
 * @param this			entry
 */
static void tried_destroy(tried_t *this)
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

METHOD(extsock_dns_t, forget, void,
	private_extsock_dns_t *this, const char *connection, const char *segw)
{
	enumerator_t *enumerator;
	tried_t *tried;

	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &tried))
	{
		if (streq(tried->connection, connection) &&
			(!segw || streq(tried->segw, segw)))
		{
			this->entries->remove_at(this->entries, enumerator);
			tried_destroy(tried);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

/**
 * Find what has been tried of a SEGW, called with the mutex held.
 *
 * @param this			object
 * @param connection	name of the connection
 * @param segw			name of the SEGW
 * @return				entry, NULL if no address has been dialled
 */
static tried_t *find_tried(private_extsock_dns_t *this,
						   const char *connection, const char *segw)
{
	enumerator_t *enumerator;
	tried_t *tried, *found = NULL;

	enumerator = this->entries->create_enumerator(this->entries);
	while (!found && enumerator->enumerate(enumerator, &tried))
	{
		if (streq(tried->connection, connection) && streq(tried->segw, segw))
		{
			found = tried;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if an address has been dialled.
 *
 * @param tried			entry
 * @param host			address
 * @return				TRUE if it has been dialled
 */
static bool has_host(tried_t *tried, host_t *host)
{
	u_int i;

	for (i = 0; i < tried->count; i++)
	{
		if (tried->hosts[i]->ip_equals(tried->hosts[i], host))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Collect the addresses that have not been dialled.
 *
 * @param this			object
 * @param connection	name of the connection
 * @param segw			name of the SEGW
 * @param fresh			addresses the SEGW has now
 * @param room			receives the number that can still be dialled
 * @return				list of those left in fresh, owned by it
 */
static linked_list_t *get_untried(private_extsock_dns_t *this,
								  const char *connection, const char *segw,
								  linked_list_t *fresh, u_int *room)
{
	enumerator_t *enumerator;
	linked_list_t *untried;
	tried_t *tried;
	host_t *host;

	untried = linked_list_create();
	this->mutex->lock(this->mutex);
	tried = find_tried(this, connection, segw);
	*room = tried ? TRIED_CAP - tried->count : TRIED_CAP;
	enumerator = fresh->create_enumerator(fresh);
	while (*room && enumerator->enumerate(enumerator, &host))
	{
		if (!tried || !has_host(tried, host))
		{
			untried->insert_last(untried, host);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return untried;
}

METHOD(extsock_dns_t, choose, status_t,
	private_extsock_dns_t *this, const char *connection, const char *segw,
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

METHOD(extsock_dns_t, add, void,
	private_extsock_dns_t *this, const char *connection, const char *segw,
	host_t *host)
{
	tried_t *tried;

	this->mutex->lock(this->mutex);
	tried = find_tried(this, connection, segw);
	if (!tried)
	{
		INIT(tried,
			.connection = strdup(connection),
			.segw = strdup(segw),
		);
		this->entries->insert_last(this->entries, tried);
	}
	if (tried->count < TRIED_CAP && !has_host(tried, host))
	{
		tried->hosts[tried->count++] = host->clone(host);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_dns_t, destroy, void,
	private_extsock_dns_t *this)
{
	this->entries->destroy_function(this->entries, (void*)tried_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_dns_t *extsock_dns_create()
{
	private_extsock_dns_t *this;

	INIT(this,
		.public = {
			.choose = _choose,
			.add = _add,
			.forget = _forget,
			.destroy = _destroy,
		},
		.entries = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
