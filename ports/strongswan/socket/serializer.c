/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "serializer.h"
#include "client.h"
#include "timer.h"

#include <poll.h>

#include <processing/jobs/callback_job.h>

typedef struct private_extsock_serializer_t private_extsock_serializer_t;

/**
 * Private data of an extsock_serializer_t object
 */
struct private_extsock_serializer_t {

	/**
	 * Public interface
	 */
	extsock_serializer_t public;

	/**
	 * TRUE for the requests that may take long
	 */
	bool slow;

	/**
	 * Callback to carry out requests
	 */
	extsock_request_cb_t cb;

	/**
	 * Callback to tell which may take long
	 */
	extsock_slow_cb_t is_slow;

	/**
	 * User data to pass to both
	 */
	void *user;

	/**
	 * Callback for a client that has changed
	 */
	extsock_settle_cb_t settle;

	/**
	 * User data to pass to it
	 */
	void *settle_user;

	/**
	 * Covers all that follows
	 */
	mutex_t *mutex;

	/**
	 * Clients, as extsock_client_t
	 */
	linked_list_t *clients;

	/**
	 * TRUE while serve() is queued or running
	 */
	bool serving;
};

/**
 * Count the clients up to the last that has a request for this serializer.
 *
 * @param this			serializer
 * @param now			current time
 * @return				number of clients, 0 if none has one
 */
static u_int count_clients(private_extsock_serializer_t *this, uint64_t now)
{
	enumerator_t *enumerator;
	extsock_client_t *client;
	u_int count = 0, i = 0;

	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		i++;
		if (client->get_since(client, now) &&
			client->is_slow(client, this->is_slow, this->user) == this->slow)
		{
			count = i;
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Find out which processes have closed their end: nothing comes any more, but
 * what they wrote before may be unread yet.
 *
 * @param this			serializer
 * @param count			number of clients to look at
 * @return				for each of them, POLLHUP in revents if so; allocated
 */
static struct pollfd *poll_clients(private_extsock_serializer_t *this,
								   u_int count)
{
	enumerator_t *enumerator;
	extsock_client_t *client;
	struct pollfd *pfds;
	u_int i = 0;

	pfds = calloc(count, sizeof(*pfds));
	enumerator = this->clients->create_enumerator(this->clients);
	while (i < count && enumerator->enumerate(enumerator, &client))
	{
		pfds[i++].fd = client->get_fd(client);
	}
	enumerator->destroy(enumerator);
	poll(pfds, count, 0);
	return pfds;
}

/**
 * Find the client to be served next, called locked.
 *
 * A request has to wait for those of a process that wrote them and closed its
 * end, maybe before this client was there: which of the two sockets is read
 * first is chance. For one that may take long only those wait that do more than
 * ask for something.
 *
 * @param this			serializer
 * @param gone			receives TRUE if its process has closed its end
 * @return				client that has waited longest, NULL if none does
 */
static extsock_client_t *get_next(private_extsock_serializer_t *this,
								  bool *gone)
{
	uint64_t now = extsock_timer_now(), since, oldest = 0;
	extsock_client_t *client, *found = NULL;
	bool slow, closed, behind = FALSE;
	enumerator_t *enumerator;
	struct pollfd *pfds;
	u_int count, i;

	count = count_clients(this, now);
	if (!count)
	{
		return NULL;
	}
	pfds = poll_clients(this, count);
	enumerator = this->clients->create_enumerator(this->clients);
	for (i = 0; i < count && enumerator->enumerate(enumerator, &client); i++)
	{
		since = client->get_since(client, now);
		slow = client->is_slow(client, this->is_slow, this->user);
		closed = pfds[i].revents & POLLHUP;
		if (since && slow == this->slow &&
			(!behind || client->only_asks(client)) &&
			(!found || since < oldest))
		{
			found = client;
			oldest = since;
			*gone = closed;
		}
		if (closed && (this->slow || !slow))
		{
			break;
		}
		behind |= closed;
	}
	enumerator->destroy(enumerator);
	free(pfds);
	return found;
}

/**
 * Carry a request out, called locked, which it is not meanwhile.
 *
 * @param this			serializer
 * @param client		client that has one
 */
static void carry_out(private_extsock_serializer_t *this,
					  extsock_client_t *client)
{
	chunk_t request, reply = chunk_empty;
	segw_filter_t filter;
	extsock_rights_t rights;
	bool accepted;

	request = client->get_request(client, &filter);
	rights = client->get_peer(client)->rights;
	this->mutex->unlock(this->mutex);

	accepted = this->cb(this->user, request, rights, &filter, &reply);

	this->mutex->lock(this->mutex);
	client->done(client, accepted, &filter, reply);
	chunk_free(&reply);
}

CALLBACK(serve, job_requeue_t,
	private_extsock_serializer_t *this)
{
	extsock_client_t *client;
	bool gone = FALSE;

	this->mutex->lock(this->mutex);
	client = get_next(this, &gone);
	if (client)
	{
		if (!gone || !client->skip(client))
		{
			carry_out(this, client);
		}
		this->settle(this->settle_user);
	}
	this->serving = client != NULL;
	this->mutex->unlock(this->mutex);
	/* whatever else charon has to do comes before the next request */
	return client ? JOB_REQUEUE_FAIR : JOB_REQUEUE_NONE;
}

METHOD(extsock_serializer_t, start, void,
	private_extsock_serializer_t *this)
{
	if (!this->serving && count_clients(this, extsock_timer_now()))
	{
		this->serving = TRUE;
		lib->processor->queue_job(lib->processor,
					(job_t*)callback_job_create(serve, this, NULL, NULL));
	}
}

METHOD(extsock_serializer_t, destroy, void,
	private_extsock_serializer_t *this)
{
	free(this);
}

/*
 * Described in header
 */
extsock_serializer_t *extsock_serializer_create(bool slow, mutex_t *mutex,
										linked_list_t *clients,
										extsock_request_cb_t cb,
										extsock_slow_cb_t is_slow, void *user,
										extsock_settle_cb_t settle,
										void *settle_user)
{
	private_extsock_serializer_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.destroy = _destroy,
		},
		.slow = slow,
		.cb = cb,
		.is_slow = is_slow,
		.user = user,
		.settle = settle,
		.settle_user = settle_user,
		.mutex = mutex,
		.clients = clients,
	);
	return &this->public;
}
