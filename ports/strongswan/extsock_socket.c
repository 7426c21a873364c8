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

#include "extsock_socket.h"
#include "extsock_access.h"
#include "extsock_client.h"
#include "extsock_endpoint.h"
#include "extsock_timer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <collections/linked_list.h>
#include <networking/streams/stream.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

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
 * Time a client that is about to be disconnected may read nothing of what is
 * left for it, in milliseconds
 */
#define LINGER 30000

/**
 * Refused requests that a client may send in a row, and the time after which it
 * may send one more, in milliseconds: what it sends may be no requests at all
 */
#define REFUSED_MAX 16
#define REFUSED_COST 50

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
 * Silence after which a request of an old client is taken as complete without
 * its newline, in milliseconds
 */
#define SILENCE 1000

/**
 * Shortest time between two lines in the log about too many clients, in
 * milliseconds
 */
#define REFUSED_EVERY 60000

/**
 * What a client is told that is disconnected for no request of its own
 */
#define REFUSAL(reason) \
	"{\"reply\":\"\",\"ok\":false,\"error\":\"" reason "\"}\n"

/**
 * What a client is told that is one too many
 */
#define TOO_MANY REFUSAL("too many clients")

/**
 * What a client is told whose user is not let in
 */
#define NOT_ALLOWED REFUSAL("not permitted for this user")

/**
 * What a client is told that does not finish its request
 */
#define UNFINISHED REFUSAL("request not finished in time")

typedef struct private_extsock_socket_t private_extsock_socket_t;

/**
 * Private data of an extsock_socket_t object
 */
struct private_extsock_socket_t {

	/**
	 * Public interface
	 */
	extsock_socket_t public;

	/**
	 * Socket that clients connect to
	 */
	extsock_endpoint_t *endpoint;

	/**
	 * Who may be a client
	 */
	extsock_access_t *access;

	/**
	 * Callback to carry out requests
	 */
	extsock_request_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Clients to serve at once
	 */
	u_int max_clients;

	/**
	 * Time a client may leave a request unfinished, 0 for any
	 */
	u_int idle_timeout;

	/**
	 * Clients, as entry_t
	 */
	linked_list_t *clients;

	/**
	 * Those of them with something to do for attend(), in turn
	 */
	linked_list_t *due;

	/**
	 * TRUE while attend() is queued or running
	 */
	bool attending;

	/**
	 * TRUE while write_events() is scheduled
	 */
	bool gathering;

	/**
	 * When on_time() runs, 0 if it is not going to
	 */
	uint64_t time_at;

	/**
	 * When the log was last told of too many clients, 0 for never
	 */
	uint64_t refused_at;

	/**
	 * Covers all from max_clients on, and the clients' output and flags
	 */
	mutex_t *mutex;
};

/**
 * A client.
 *
 * A stream must not be destroyed, nor its callbacks changed, from within these
 * callbacks, nor by two threads at once. So only one thread ever does: that of
 * attend(), of which there is at most one. All others set a flag and wake it
 * up. The input belongs to on_read() while that is registered, else to
 * attend().
 */
typedef struct {
	/** socket */
	private_extsock_socket_t *this;
	/** stream to the client */
	stream_t *stream;
	/** its file descriptor */
	int fd;
	/** input and output */
	extsock_client_t *buffers;
	/** events it wants */
	segw_filter_t filter;
	/** it is in the list of those to attend to, or must not get there */
	bool due;
	/** on_read() is to be registered */
	bool want_read;
	/** on_write() is to be registered */
	bool want_write;
	/** on_write() is registered */
	bool writing;
	/** the input has a request, owned by attend() */
	bool has_request;
	/** the input has a part of a request */
	bool partial;
	/** no request follows; the client is gone once its output is sent */
	bool ending;
	/** it was told that it is disconnected, its requests count no more */
	bool refused;
	/** it hears nothing any more, but may have sent requests before */
	bool deaf;
	/** the stream is of no more use */
	bool broken;
	/** SILENCE has passed since it sent a part of a request */
	bool silent;
	/** attend() is to look if that part is a request of an old client */
	bool want_look;
	/** when it last sent a part of a request, or read while ending */
	uint64_t moved_at;
	/** when its refused requests are paid for, REFUSED_COST each */
	uint64_t paid_at;
} entry_t;

/**
 * Destroy a client, not to be called from a callback of its stream.
 *
 * @param entry			client, not in a list any more
 */
static void destroy_entry(entry_t *entry)
{
	/* waits until no callback is running */
	entry->stream->destroy(entry->stream);
	entry->buffers->destroy(entry->buffers);
	free(entry);
}

/**
 * Queue the job that attends to clients.
 *
 * @param this			socket
 */
static void queue_attend(private_extsock_socket_t *this);

/**
 * Have a client attended to, called with the mutex held.
 *
 * @param entry			client
 */
static void wake(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;

	if (!entry->due)
	{
		entry->due = TRUE;
		this->due->insert_last(this->due, entry);
	}
	if (!this->attending)
	{
		this->attending = TRUE;
		queue_attend(this);
	}
}

/**
 * Schedule on_time().
 *
 * @param this			socket
 * @param delay			when to run it, in milliseconds from now
 */
static void schedule_time(private_extsock_socket_t *this, uint32_t delay);

/**
 * Get the time the next request of a client is looked at.
 *
 * @param entry			client
 * @return				time, may have passed
 */
static uint64_t get_turn(entry_t *entry)
{
	uint64_t grace = REFUSED_MAX * REFUSED_COST;

	return entry->paid_at > grace ? entry->paid_at - grace : 0;
}

/**
 * Get the time something is due for a client, called with the mutex held.
 *
 * @param entry			client
 * @param now			current time
 * @return				time, 0 for never
 */
static uint64_t get_time(entry_t *entry, uint64_t now)
{
	u_int timeout;

	if (entry->broken)
	{
		return 0;
	}
	if ((entry->has_request || entry->want_read) && get_turn(entry) > now)
	{
		return get_turn(entry);
	}
	if (entry->ending)
	{
		return entry->moved_at + LINGER;
	}
	if (entry->partial)
	{
		timeout = entry->this->idle_timeout;
		if (!entry->silent && (!timeout || timeout > SILENCE))
		{
			timeout = SILENCE;
		}
		return timeout ? entry->moved_at + timeout : 0;
	}
	return 0;
}

/**
 * Have on_time() run when something is due for a client, called with the mutex
 * held.
 *
 * @param entry			client
 */
static void watch_time(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	uint64_t at, now = extsock_timer_now();

	at = get_time(entry, now);
	/* what moves a client only makes it later: one job is enough for all */
	if (at && (!this->time_at || at < this->time_at))
	{
		this->time_at = at;
		schedule_time(this, at > now ? at - now : 0);
	}
}

/**
 * Note that a client has moved, called with the mutex held.
 *
 * @param entry			client
 */
static void moved(entry_t *entry)
{
	entry->moved_at = extsock_timer_now();
	watch_time(entry);
}

/**
 * Write as much as there is room for, called with the mutex held.
 *
 * @param entry			client
 * @return				TRUE if output is left
 */
static bool write_some(entry_t *entry)
{
	if (!entry->buffers->write(entry->buffers, entry->stream))
	{	/* what it sent before it went away still counts */
		entry->deaf = TRUE;
		entry->buffers->drop_output(entry->buffers);
	}
	return entry->buffers->has_output(entry->buffers);
}

/**
 * Write queued output, called with the mutex held.
 *
 * @param entry			client
 */
static void write_out(entry_t *entry)
{
	if (!entry->writing && entry->buffers->has_output(entry->buffers) &&
		write_some(entry))
	{
		entry->writing = entry->want_write = TRUE;
		wake(entry);
	}
}

/**
 * Queue a line for a client, called with the mutex held.
 *
 * @param entry			client
 * @param line			line
 * @param must			TRUE to queue it even if there is no room
 */
static void queue(entry_t *entry, chunk_t line, bool must)
{
	if (!entry->deaf)
	{
		entry->buffers->queue(entry->buffers, line, must);
	}
}

/**
 * Let a client go once its output is sent, called with the mutex held.
 *
 * @param entry			client
 * @param text			why it is disconnected, NULL if that was its own wish
 */
static void end(entry_t *entry, char *text)
{
	if (text)
	{
		queue(entry, chunk_from_str(text), TRUE);
		entry->refused = TRUE;
		entry->has_request = FALSE;
	}
	entry->ending = TRUE;
	entry->want_read = entry->partial = FALSE;
	moved(entry);
	write_out(entry);
	wake(entry);
}

/**
 * Deal with a client that did not move in time, called with the mutex held.
 *
 * @param entry			client
 * @param now			current time
 */
static void not_moved(entry_t *entry, uint64_t now)
{
	private_extsock_socket_t *this = entry->this;

	if (entry->ending)
	{
		entry->broken = TRUE;
		wake(entry);
	}
	else if (this->idle_timeout && now - entry->moved_at >= this->idle_timeout)
	{
		end(entry, UNFINISHED);
	}
	else
	{
		entry->silent = entry->want_look = TRUE;
		wake(entry);
	}
}

CALLBACK(on_time, job_requeue_t,
	private_extsock_socket_t *this)
{
	uint64_t at, now = extsock_timer_now();
	enumerator_t *enumerator;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	/* there may be a second job, for a later time, which does no harm */
	this->time_at = 0;
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &entry))
	{
		at = get_time(entry, now);
		if ((entry->has_request || entry->want_read) && get_turn(entry) <= now)
		{
			wake(entry);
		}
		if (at && at <= now)
		{
			not_moved(entry, now);
		}
		watch_time(entry);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

static void schedule_time(private_extsock_socket_t *this, uint32_t delay)
{
	lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create(on_time, this, NULL, NULL), delay);
}

CALLBACK(on_write, bool,
	entry_t *entry, stream_t *stream)
{
	private_extsock_socket_t *this = entry->this;
	bool keep;

	this->mutex->lock(this->mutex);
	entry->writing = write_some(entry);
	if (entry->ending)
	{
		moved(entry);
	}
	if (!entry->writing || entry->has_request)
	{	/* it may be the end, or a request waiting for room */
		wake(entry);
	}
	/* once the mutex is released attend() may want to register us again, which
	 * waits until we have returned */
	keep = entry->writing;
	this->mutex->unlock(this->mutex);
	return keep;
}

/**
 * Find out what the input has, called with the mutex held.
 *
 * @param entry			client whose input belongs to the caller
 */
static void look_at_input(entry_t *entry)
{
	chunk_t request;

	entry->has_request = !entry->refused &&
						 entry->buffers->get_request(entry->buffers, &request);
	entry->partial = entry->buffers->is_partial(entry->buffers);
	entry->silent = FALSE;
	if (entry->partial)
	{
		moved(entry);
	}
}

CALLBACK(on_read, bool,
	entry_t *entry, stream_t *stream)
{
	private_extsock_socket_t *this = entry->this;
	bool keep = TRUE;
	ssize_t len;

	len = entry->buffers->read(entry->buffers, stream);
	if (len < 0 && errno == EWOULDBLOCK)
	{
		return TRUE;
	}
	this->mutex->lock(this->mutex);
	if (entry->ending)
	{	/* told so in the meantime */
		keep = FALSE;
	}
	else
	{
		if (len == 0)
		{	/* a line may end with the stream; half a JSON is dropped */
			entry->buffers->complete(entry->buffers, FALSE);
		}
		look_at_input(entry);
		if (len < 0)
		{
			entry->broken = TRUE;
		}
		else if (len == 0)
		{
			end(entry, NULL);
		}
		if (len <= 0 || entry->has_request)
		{
			wake(entry);
			keep = FALSE;
		}
	}
	this->mutex->unlock(this->mutex);
	return keep;
}

/**
 * Carry out the request in the input, called by attend().
 *
 * @param entry			client
 */
static void carry_out(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	chunk_t request, reply = chunk_empty;
	segw_filter_t filter = entry->filter;
	bool overlong, accepted;

	entry->buffers->get_request(entry->buffers, &request);
	overlong = entry->buffers->is_overlong(entry->buffers);
	accepted = this->cb(this->user, request, &filter, &reply);
	entry->buffers->done_request(entry->buffers);

	this->mutex->lock(this->mutex);
	/* with its reply in the queue: no event of the old filter comes after */
	entry->filter = filter;
	if (reply.len)
	{
		queue(entry, reply, TRUE);
	}
	if (!accepted)
	{
		entry->paid_at = max(entry->paid_at, extsock_timer_now()) +
						 REFUSED_COST;
	}
	if (overlong)
	{
		entry->has_request = FALSE;
		end(entry, NULL);
	}
	else
	{
		look_at_input(entry);
		entry->want_read = !entry->has_request && !entry->ending;
		write_out(entry);
		wake(entry);
	}
	this->mutex->unlock(this->mutex);
	chunk_free(&reply);
}

/**
 * Take what is in the input as a request if that is how old clients write it,
 * called by attend().
 *
 * @param entry			client that is silent
 */
static void look_again(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	chunk_t request;

	/* waits until no callback is running: the input is ours from now on */
	entry->stream->on_read(entry->stream, NULL, NULL);

	this->mutex->lock(this->mutex);
	if (!entry->ending && !entry->has_request)
	{
		if (entry->silent)
		{
			entry->buffers->complete(entry->buffers, TRUE);
			entry->has_request = entry->buffers->get_request(entry->buffers,
															 &request);
			entry->partial = entry->buffers->is_partial(entry->buffers);
		}
		entry->want_read = !entry->has_request;
	}
	wake(entry);
	this->mutex->unlock(this->mutex);
}

/**
 * Do what there is to do for a client, called by attend().
 *
 * @param entry			client
 */
static void attend_to(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	bool want_read, want_write, request;

	this->mutex->lock(this->mutex);
	if (entry->broken || (entry->ending && !entry->has_request &&
						  !entry->buffers->has_output(entry->buffers)))
	{
		/* a callback may have woken it up since, and may still try to */
		this->due->remove(this->due, entry, NULL);
		entry->due = TRUE;
		this->clients->remove(this->clients, entry, NULL);
		this->mutex->unlock(this->mutex);
		destroy_entry(entry);
		return;
	}
	if (entry->want_look)
	{
		entry->want_look = FALSE;
		this->mutex->unlock(this->mutex);
		look_again(entry);
		return;
	}
	want_read = entry->want_read;
	want_write = entry->want_write;
	request = entry->has_request && !entry->buffers->is_full(entry->buffers);
	if (get_turn(entry) > extsock_timer_now())
	{	/* nor is anything read, which is as much work */
		want_read = request = FALSE;
		watch_time(entry);
		if (entry->deaf)
		{	/* a place for each request of one that has gone is too much */
			entry->broken = TRUE;
			wake(entry);
		}
	}
	entry->want_read &= !want_read;
	entry->want_write = FALSE;
	this->mutex->unlock(this->mutex);

	if (want_write)
	{
		entry->stream->on_write(entry->stream, on_write, entry);
	}
	if (want_read)
	{
		entry->stream->on_read(entry->stream, on_read, entry);
	}
	if (request)
	{
		carry_out(entry);
	}
}

CALLBACK(attend, job_requeue_t,
	private_extsock_socket_t *this)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	if (this->due->remove_first(this->due, (void**)&entry) != SUCCESS)
	{
		this->attending = FALSE;
		this->mutex->unlock(this->mutex);
		return JOB_REQUEUE_NONE;
	}
	entry->due = FALSE;
	this->mutex->unlock(this->mutex);

	attend_to(entry);
	/* whatever else charon has to do comes before the next request */
	return JOB_REQUEUE_FAIR;
}

static void queue_attend(private_extsock_socket_t *this)
{
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create(attend, this, NULL, NULL));
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

CALLBACK(on_accept, void,
	private_extsock_socket_t *this, int fd)
{
	uint64_t now = extsock_timer_now();
	bool full, log = FALSE;
	entry_t *entry;
	u_int count;

	if (!this->access->allows(this->access, fd, TRUE))
	{
		refuse(fd, NOT_ALLOWED);
		return;
	}
	this->mutex->lock(this->mutex);
	count = this->clients->get_count(this->clients);
	full = count >= this->max_clients;
	if (!full)
	{
		INIT(entry,
			.this = this,
			.stream = stream_create_from_fd(fd),
			.fd = fd,
			.buffers = extsock_client_create(),
			.want_read = TRUE,
		);
		segw_filter_init(&entry->filter);
		this->clients->insert_last(this->clients, entry);
		wake(entry);
	}
	else if (!this->refused_at || now - this->refused_at >= REFUSED_EVERY)
	{
		this->refused_at = now;
		log = TRUE;
	}
	this->mutex->unlock(this->mutex);

	if (log)
	{
		DBG1(DBG_CFG, "refused extsock client, %u are connected; others are "
			 "refused without a line like this for a minute", count);
	}
	if (full)
	{
		refuse(fd, TOO_MANY);
	}
}

/**
 * Read the limits.
 *
 * @param this			socket
 */
static void read_limits(private_extsock_socket_t *this)
{
	int max_clients, idle_timeout;

	max_clients = lib->settings->get_int(lib->settings,
								"%s.plugins.extsock.max_clients",
								DEFAULT_MAX_CLIENTS, lib->ns);
	idle_timeout = lib->settings->get_int(lib->settings,
								"%s.plugins.extsock.idle_timeout_ms",
								DEFAULT_IDLE_TIMEOUT, lib->ns);
	this->mutex->lock(this->mutex);
	this->max_clients = max(max_clients, 1);
	this->idle_timeout = max(idle_timeout, 0);
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_socket_t, listen_, void,
	private_extsock_socket_t *this, extsock_request_cb_t cb, void *user)
{
	this->cb = cb;
	this->user = user;
	read_limits(this);
	this->endpoint->reload(this->endpoint);
}

METHOD(extsock_socket_t, reload, void,
	private_extsock_socket_t *this)
{
	enumerator_t *enumerator;
	u_int refused = 0;
	entry_t *entry;

	read_limits(this);
	this->access->reload(this->access);
	this->endpoint->reload(this->endpoint);

	this->mutex->lock(this->mutex);
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->ending && !entry->broken &&
			!this->access->allows(this->access, entry->fd, FALSE))
		{
			end(entry, NOT_ALLOWED);
			refused++;
		}
		watch_time(entry);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);

	if (refused)
	{
		DBG1(DBG_CFG, "disconnecting %u extsock clients that are not of the "
			 "configured users or groups any more", refused);
	}
}

CALLBACK(write_events, job_requeue_t,
	private_extsock_socket_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	this->gathering = FALSE;
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &entry))
	{
		write_out(entry);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_socket_t, publish, void,
	private_extsock_socket_t *this, const char *text, size_t len)
{
	enumerator_t *enumerator;
	bool gather = FALSE, few;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	few = this->clients->get_count(this->clients) <= FEW;
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->broken && !entry->ending && !entry->deaf &&
			segw_filter_wants(&entry->filter, text, len) != 0)
		{
			queue(entry, chunk_create((u_char*)text, len), FALSE);
			if (few)
			{
				write_out(entry);
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
	this->mutex->unlock(this->mutex);
}

CALLBACK(flush_entry, void,
	entry_t *entry)
{
	entry->buffers->write(entry->buffers, entry->stream);
	destroy_entry(entry);
}

METHOD(extsock_socket_t, destroy, void,
	private_extsock_socket_t *this)
{
	this->endpoint->destroy(this->endpoint);
	this->due->destroy(this->due);
	/* the last events, to those who have room for them */
	this->clients->destroy_function(this->clients, flush_entry);
	this->access->destroy(this->access);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_socket_t *extsock_socket_create()
{
	private_extsock_socket_t *this;

	INIT(this,
		.public = {
			.listen = _listen_,
			.reload = _reload,
			.publish = _publish,
			.destroy = _destroy,
		},
		.access = extsock_access_create(),
		.clients = linked_list_create(),
		.due = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->endpoint = extsock_endpoint_create(on_accept, this);
	return &this->public;
}
