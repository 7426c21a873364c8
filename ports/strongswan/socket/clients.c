/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "clients.h"

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>

/**
 * Clients served at once, if not configured
 */
#define DEFAULT_MAX_CLIENTS 32

/**
 * Time a client may leave a request unfinished, if not configured, in
 * milliseconds
 */
#define DEFAULT_IDLE_TIMEOUT 30000

/**
 * Time events are gathered before they are written, in milliseconds. To write
 * to many clients takes as long as a dial, which is not to compete with it.
 */
#define GATHER 10

/**
 * As many clients are written to at once
 */
#define FEW 8

/**
 * Shortest time between two lines in the log about too many clients, in
 * milliseconds
 */
#define REFUSED_EVERY 60000

typedef struct private_extsock_clients_t private_extsock_clients_t;

/**
 * Private data of an extsock_clients_t object
 */
struct private_extsock_clients_t {

	/**
	 * Public interface
	 */
	extsock_clients_t public;

	/**
	 * Callback to carry out requests
	 */
	extsock_request_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Turns that clients take, their lock covers all that follows
	 */
	extsock_turns_t *turns;

	/**
	 * Clients, as extsock_client_t
	 */
	linked_list_t *list;

	/**
	 * Clients to serve at once
	 */
	u_int max_clients;

	/**
	 * Time a client may leave a request unfinished, in milliseconds, 0 for any
	 */
	u_int idle_timeout;

	/**
	 * TRUE while write_events() is scheduled
	 */
	bool gathering;

	/**
	 * When the log was last told of too many clients, 0 for never
	 */
	uint64_t refused_at;
};

/**
 * Check if a client's request has to wait for those of a process that wrote
 * them and closed its end, maybe before this client was there: which of the two
 * sockets is read first is chance.
 *
 * @param this			set
 * @param client		client in its turn
 * @return				TRUE if an earlier client is closed and still in the set
 */
static bool is_overtaking(private_extsock_clients_t *this,
						  extsock_client_t *client)
{
	enumerator_t *enumerator;
	extsock_client_t *earlier;
	bool found = FALSE;

	this->turns->lock(this->turns);
	if (client->has_request(client))
	{
		enumerator = this->list->create_enumerator(this->list);
		while (!found && enumerator->enumerate(enumerator, &earlier) &&
			   earlier != client)
		{
			found = earlier->is_closed(earlier);
		}
		enumerator->destroy(enumerator);
	}
	this->turns->unlock(this->turns);
	return found;
}

/**
 * Take a client out of the set; those that wait for one may go on.
 *
 * @param this			set
 * @param client		client in its turn, gets destroyed
 */
static void remove_client(private_extsock_clients_t *this,
						  extsock_client_t *client)
{
	enumerator_t *enumerator;
	extsock_client_t *other;

	this->turns->lock(this->turns);
	this->list->remove(this->list, client, NULL);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &other))
	{
		other->release(other);
	}
	enumerator->destroy(enumerator);
	this->turns->unlock(this->turns);
	client->destroy(client);
}

/**
 * Let a client have its turn, implements extsock_turn_cb_t.
 *
 * @param user			set
 * @param item			client
 */
static void take_turn(void *user, void *item)
{
	private_extsock_clients_t *this = user;
	extsock_client_t *client = item;

	if (!client->attend(client, is_overtaking(this, client)))
	{
		remove_client(this, client);
	}
}

/**
 * See what clients have to do now, implements extsock_timer_cb_t.
 *
 * @param user			set
 */
static void check_time(void *user)
{
	private_extsock_clients_t *this = user;
	uint64_t now = extsock_timer_now();
	enumerator_t *enumerator;
	extsock_client_t *client;

	this->turns->lock(this->turns);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->check_time(client, now);
	}
	enumerator->destroy(enumerator);
	this->turns->unlock(this->turns);
}

METHOD(extsock_clients_t, serve, void,
	private_extsock_clients_t *this, extsock_request_cb_t cb, void *user)
{
	this->cb = cb;
	this->user = user;
}

METHOD(extsock_clients_t, add, bool,
	private_extsock_clients_t *this, int fd)
{
	uint64_t now = extsock_timer_now();
	bool full, log = FALSE;
	u_int count;

	this->turns->lock(this->turns);
	count = this->list->get_count(this->list);
	full = count >= this->max_clients;
	if (!full)
	{
		this->list->insert_last(this->list,
						extsock_client_create(fd, this->turns,
											  this->idle_timeout,
											  this->cb, this->user));
	}
	else if (!this->refused_at || now - this->refused_at >= REFUSED_EVERY)
	{
		this->refused_at = now;
		log = TRUE;
	}
	this->turns->unlock(this->turns);

	if (log)
	{
		DBG1(DBG_CFG, "refused extsock client, %u are connected; others are "
			 "refused without a line like this for a minute", count);
	}
	return !full;
}

METHOD(extsock_clients_t, reload, void,
	private_extsock_clients_t *this)
{
	int max_clients, idle_timeout;
	enumerator_t *enumerator;
	extsock_client_t *client;

	max_clients = lib->settings->get_int(lib->settings,
								"%s.plugins.extsock.max_clients",
								DEFAULT_MAX_CLIENTS, lib->ns);
	idle_timeout = lib->settings->get_int(lib->settings,
								"%s.plugins.extsock.idle_timeout_ms",
								DEFAULT_IDLE_TIMEOUT, lib->ns);
	this->turns->lock(this->turns);
	this->max_clients = max(max_clients, 1);
	this->idle_timeout = max(idle_timeout, 0);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->set_idle_timeout(client, this->idle_timeout);
	}
	enumerator->destroy(enumerator);
	this->turns->unlock(this->turns);
}

METHOD(extsock_clients_t, check, u_int,
	private_extsock_clients_t *this, extsock_access_t *access, char *text)
{
	enumerator_t *enumerator;
	extsock_client_t *client;
	u_int refused = 0;

	this->turns->lock(this->turns);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (client->check(client, access, text))
		{
			refused++;
		}
	}
	enumerator->destroy(enumerator);
	this->turns->unlock(this->turns);
	return refused;
}

CALLBACK(write_events, job_requeue_t,
	private_extsock_clients_t *this)
{
	enumerator_t *enumerator;
	extsock_client_t *client;

	this->turns->lock(this->turns);
	this->gathering = FALSE;
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->write(client);
	}
	enumerator->destroy(enumerator);
	this->turns->unlock(this->turns);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_clients_t, publish, void,
	private_extsock_clients_t *this, chunk_t event)
{
	enumerator_t *enumerator;
	extsock_client_t *client;
	bool gather = FALSE, few;

	this->turns->lock(this->turns);
	few = this->list->get_count(this->list) <= FEW;
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (client->publish(client, event))
		{
			if (few)
			{
				client->write(client);
			}
			gather |= !few;
		}
	}
	enumerator->destroy(enumerator);
	if (gather && !this->gathering)
	{
		this->gathering = TRUE;
		lib->scheduler->schedule_job_ms(lib->scheduler,
					(job_t*)callback_job_create(write_events, this, NULL, NULL),
					GATHER);
	}
	this->turns->unlock(this->turns);
}

CALLBACK(flush, void,
	extsock_client_t *client)
{
	client->flush(client);
	client->destroy(client);
}

METHOD(extsock_clients_t, destroy, void,
	private_extsock_clients_t *this)
{
	/* the last events, to those who have room for them */
	this->list->destroy_function(this->list, flush);
	this->turns->destroy(this->turns);
	free(this);
}

/*
 * Described in header
 */
extsock_clients_t *extsock_clients_create()
{
	private_extsock_clients_t *this;

	INIT(this,
		.public = {
			.serve = _serve,
			.add = _add,
			.reload = _reload,
			.check = _check,
			.publish = _publish,
			.destroy = _destroy,
		},
		.list = linked_list_create(),
	);
	this->turns = extsock_turns_create(take_turn, check_time, this);
	reload(this);
	return &this->public;
}
