/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "server.h"
#include "setting.h"
#include "access.h"
#include "client.h"
#include "endpoint.h"
#include "log_group.h"
#include "serializer.h"
#include "timer.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <collections/linked_list.h>
#include <threading/mutex.h>

/**
 * Clients served at once, if not configured
 */
#define DEFAULT_MAX_CLIENTS 32

/**
 * Those of them that one user may have, if not configured
 */
#define DEFAULT_MAX_PER_USER 16

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
 * Sockets attended to, and processes accepted, before others may do something
 */
#define READY_MAX 16
#define ACCEPT_MAX 16

/**
 * Shortest time between two lines in the log about too many clients, in
 * milliseconds
 */
#define REFUSED_EVERY 60000

/**
 * What a client is told that is one too many
 */
#define TOO_MANY EXTSOCK_REFUSAL("too many clients")

/**
 * What a client is told that is one too many of its user
 */
#define TOO_MANY_OF_USER EXTSOCK_REFUSAL("too many clients of this user")

/**
 * What a client is told whose user is not let in
 */
#define NOT_ALLOWED EXTSOCK_REFUSAL("not permitted for this user")

typedef struct private_extsock_server_t private_extsock_server_t;

/**
 * Private data of an extsock_server_t object.
 *
 * Sockets that are to be read, or have room again, are found by epoll, which has
 * one descriptor for all of them: charon's watcher has to watch for one only,
 * and never has to be told of a change.
 */
struct private_extsock_server_t {

	/**
	 * Public interface
	 */
	extsock_server_t public;

	/**
	 * Descriptor of epoll, with the clients as data, NULL for the endpoint
	 */
	int epoll;

	/**
	 * Where processes connect
	 */
	extsock_endpoint_t *endpoint;

	/**
	 * Who may be a client
	 */
	extsock_access_t *access;

	/**
	 * Timer for what is due for a client
	 */
	extsock_timer_t *timer;

	/**
	 * Covers all that follows. With it held no lock is taken but those of
	 * access rules, timers and charon's queues of jobs, and nothing is logged.
	 */
	mutex_t *mutex;

	/**
	 * Clients, as extsock_client_t, in the order they connected
	 */
	linked_list_t *clients;

	/**
	 * Carries out most requests
	 */
	extsock_serializer_t *quick;

	/**
	 * Carries out those that may take long
	 */
	extsock_serializer_t *slow;

	/**
	 * Clients to serve at once; root's are not among those of others, so that
	 * it finds a place whoever else is there
	 */
	u_int max_clients;

	/**
	 * Clients of a user to serve at once, 0 for any; not for root
	 */
	u_int max_per_user;

	/**
	 * Time a client may leave a request unfinished, in milliseconds, 0 for any
	 */
	u_int idle_timeout;

	/**
	 * When the log was last told of too many clients, 0 for never
	 */
	uint64_t refused_at;
};

/**
 * Do what follows from a change of any client, called locked, without holding an
 * enumerator: destroys those that are gone. Implements extsock_settle_cb_t.
 *
 * @param user			server
 */
static void settle(void *user)
{
	private_extsock_server_t *this = user;
	uint64_t now = extsock_timer_now(), at, next = 0;
	enumerator_t *enumerator;
	extsock_client_t *client;

	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (client->is_gone(client, now))
		{
			this->clients->remove_at(this->clients, enumerator);
			client->destroy(client);
			continue;
		}
		client->watch(client, this->epoll, now);
		at = client->get_time(client, now);
		next = at && (!next || at < next) ? at : next;
	}
	enumerator->destroy(enumerator);

	if (next)
	{
		this->timer->set(this->timer, next);
	}
	if (this->quick)
	{
		this->quick->start(this->quick);
		this->slow->start(this->slow);
	}
}

/**
 * See what clients have to do now, implements extsock_timer_cb_t.
 *
 * @param user			server
 */
static void check_time(void *user)
{
	private_extsock_server_t *this = user;
	uint64_t now = extsock_timer_now();
	enumerator_t *enumerator;
	extsock_client_t *client;

	this->mutex->lock(this->mutex);
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->write(client);
		client->check_time(client, now);
	}
	enumerator->destroy(enumerator);
	settle(this);
	this->mutex->unlock(this->mutex);
}

/**
 * Check if there is room for one more client, called locked.
 *
 * @param this			server
 * @param uid			user of the client
 * @param used			receives how many it competes with
 * @return				NULL if there is, else what to tell it
 */
static char *check_room(private_extsock_server_t *this, uid_t uid, u_int *used)
{
	u_int same = 0, others = 0;
	enumerator_t *enumerator;
	extsock_client_t *client;
	extsock_peer_t *peer;

	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		peer = client->get_peer(client);
		same += peer->uid == uid;
		others += peer->uid != 0;
	}
	enumerator->destroy(enumerator);

	*used = same;
	if (uid != 0 && this->max_per_user && same >= this->max_per_user)
	{
		return TOO_MANY_OF_USER;
	}
	*used = uid ? others : same;
	return *used >= this->max_clients ? TOO_MANY : NULL;
}

/**
 * Take a client in, if there is room; if not this is logged once a minute.
 *
 * @param this			server
 * @param fd			socket, connected by the client, adopted if it is taken
 * @param peer			who it is
 * @return				NULL if it is taken, else what to tell it
 */
static char *add(private_extsock_server_t *this, int fd, extsock_peer_t peer)
{
	uint64_t now = extsock_timer_now();
	bool log = FALSE;
	char *refusal;
	u_int used;

	this->mutex->lock(this->mutex);
	refusal = check_room(this, peer.uid, &used);
	if (!refusal)
	{
		this->clients->insert_last(this->clients,
						extsock_client_create(fd, peer, this->idle_timeout));
		settle(this);
	}
	else if (!this->refused_at || now - this->refused_at >= REFUSED_EVERY)
	{
		this->refused_at = now;
		log = TRUE;
	}
	this->mutex->unlock(this->mutex);

	if (log)
	{
		DBG1(DBG_EXTSOCK, "refused extsock client of user %u, %u are connected%s; "
			 "others are refused without a line like this for a minute",
			 peer.uid, used, streq(refusal, TOO_MANY) ? "" : " of this user");
	}
	return refusal;
}

/**
 * Disconnect a process that does not become a client.
 *
 * @param fd			its socket
 * @param text			what to tell it
 */
static void refuse(int fd, char *text)
{
	/* an empty socket has room for a line */
	send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

/**
 * Let those in that have connected.
 *
 * @param this			server
 */
static void let_in(private_extsock_server_t *this)
{
	extsock_peer_t peer;
	char *refusal;
	int fd, i;

	for (i = 0; i < ACCEPT_MAX; i++)
	{
		fd = this->endpoint->accept(this->endpoint);
		if (fd == -1)
		{
			break;
		}
		refusal = NOT_ALLOWED;
		if (this->access->allows(this->access, fd, TRUE, &peer))
		{
			refusal = add(this, fd, peer);
		}
		if (refusal)
		{
			refuse(fd, refusal);
		}
	}
}

CALLBACK(on_ready, bool,
	private_extsock_server_t *this, int fd, watcher_event_t event)
{
	struct epoll_event ready[READY_MAX];
	extsock_client_t *client;
	bool connected = FALSE;
	int i, count;

	this->mutex->lock(this->mutex);
	count = epoll_wait(this->epoll, ready, READY_MAX, 0);
	for (i = 0; i < count; i++)
	{
		client = ready[i].data.ptr;
		if (client)
		{
			client->transfer(client);
		}
		else
		{
			connected = TRUE;
		}
	}
	settle(this);
	this->mutex->unlock(this->mutex);

	if (connected)
	{
		let_in(this);
	}
	return TRUE;
}

/**
 * Read the options max_clients, max_clients_per_user and idle_timeout_ms.
 *
 * @param this			server
 */
static void read_options(private_extsock_server_t *this)
{
	int max_clients, max_per_user, idle_timeout;
	enumerator_t *enumerator;
	extsock_client_t *client;

	max_clients = extsock_setting_number("max_clients",
										  DEFAULT_MAX_CLIENTS);
	max_per_user = extsock_setting_number("max_clients_per_user",
										  DEFAULT_MAX_PER_USER);
	idle_timeout = extsock_setting_number("idle_timeout_ms",
										  DEFAULT_IDLE_TIMEOUT);
	this->mutex->lock(this->mutex);
	this->max_clients = max(max_clients, 1);
	this->max_per_user = max(max_per_user, 0);
	this->idle_timeout = max(idle_timeout, 0);
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->set_idle_timeout(client, this->idle_timeout);
	}
	enumerator->destroy(enumerator);
	settle(this);
	this->mutex->unlock(this->mutex);
}

/**
 * Give clients the rights they have now, and disconnect those that have none.
 *
 * @param this			server
 */
static void check_access(private_extsock_server_t *this)
{
	enumerator_t *enumerator;
	extsock_client_t *client;
	u_int refused = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (!this->access->allows(this->access, client->get_fd(client), FALSE,
								  client->get_peer(client)) &&
			client->refuse(client, NOT_ALLOWED))
		{
			refused++;
		}
	}
	enumerator->destroy(enumerator);
	settle(this);
	this->mutex->unlock(this->mutex);

	if (refused)
	{
		DBG1(DBG_EXTSOCK, "disconnecting %u extsock clients that are not of the "
			 "configured users or groups any more", refused);
	}
}

METHOD(extsock_server_t, listen_, void,
	private_extsock_server_t *this, extsock_request_cb_t cb,
	extsock_slow_cb_t is_slow, void *user)
{
	this->quick = extsock_serializer_create(FALSE, this->mutex, this->clients,
											cb, is_slow, user, settle, this);
	this->slow = extsock_serializer_create(TRUE, this->mutex, this->clients,
										   cb, is_slow, user, settle, this);
	this->endpoint->reload(this->endpoint);
	lib->watcher->add(lib->watcher, this->epoll, WATCHER_READ, on_ready, this);
}

METHOD(extsock_server_t, reload, void,
	private_extsock_server_t *this)
{
	read_options(this);
	this->access->reload(this->access);
	this->endpoint->reload(this->endpoint);
	check_access(this);
}

METHOD(extsock_server_t, publish, void,
	private_extsock_server_t *this, const char *text, size_t len,
	const segw_subject_t *subject)
{
	chunk_t event = chunk_create((u_char*)text, len);
	enumerator_t *enumerator;
	extsock_client_t *client;
	bool few, gather = FALSE;

	this->mutex->lock(this->mutex);
	few = this->clients->get_count(this->clients) <= FEW;
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (client->publish(client, event, subject))
		{
			if (few)
			{
				client->write(client);
			}
			gather |= !few;
		}
	}
	enumerator->destroy(enumerator);
	if (gather)
	{
		this->timer->set(this->timer, extsock_timer_now() + GATHER);
	}
	settle(this);
	this->mutex->unlock(this->mutex);
}

CALLBACK(dismiss, void,
	extsock_client_t *client)
{
	/* the last events, if it has room for them */
	client->transfer(client);
	client->destroy(client);
}

METHOD(extsock_server_t, destroy, void,
	private_extsock_server_t *this)
{
	lib->watcher->remove(lib->watcher, this->epoll);
	this->endpoint->destroy(this->endpoint);
	this->clients->destroy_function(this->clients, dismiss);
	DESTROY_IF(this->quick);
	DESTROY_IF(this->slow);
	this->access->destroy(this->access);
	this->timer->destroy(this->timer);
	this->mutex->destroy(this->mutex);
	close(this->epoll);
	free(this);
}

/*
 * Described in header
 */
extsock_server_t *extsock_server_create()
{
	private_extsock_server_t *this;

	INIT(this,
		.public = {
			.listen = _listen_,
			.reload = _reload,
			.publish = _publish,
			.destroy = _destroy,
		},
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.access = extsock_access_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.clients = linked_list_create(),
	);
	if (this->epoll == -1)
	{
		DBG1(DBG_EXTSOCK, "extsock: clients can not be served: %s", strerror(errno));
	}
	this->endpoint = extsock_endpoint_create(this->epoll);
	this->timer = extsock_timer_create(check_time, this);
	read_options(this);
	return &this->public;
}
