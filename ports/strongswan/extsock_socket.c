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
#include "extsock_client.h"

#include <errno.h>

#include <collections/linked_list.h>
#include <networking/streams/stream_service.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Clients waiting to be accepted
 */
#define BACKLOG 8

/**
 * What a client is told that is one too many
 */
#define REFUSED "{\"reply\":\"\",\"ok\":false,\"error\":\"too many clients\"}\n"

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
	 * Service accepting clients
	 */
	stream_service_t *service;

	/**
	 * Clients to serve at once
	 */
	u_int max_clients;

	/**
	 * Callback to carry out requests
	 */
	extsock_request_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Clients, as entry_t
	 */
	linked_list_t *clients;

	/**
	 * Covers the list and the clients' output and flags
	 */
	mutex_t *mutex;
};

/**
 * A client.
 *
 * A stream must not be destroyed, nor its callbacks changed, from within these
 * callbacks, nor by two threads at once. So only one thread ever does: the
 * client's job, of which there is at most one. All others set a flag and wake
 * it up. The input belongs to on_read() while that is registered, else to the
 * job.
 */
typedef struct {
	/** socket */
	private_extsock_socket_t *this;
	/** stream to the client */
	stream_t *stream;
	/** input and output */
	extsock_client_t *buffers;
	/** a job is queued or running */
	bool awake;
	/** on_read() is to be registered */
	bool want_read;
	/** on_write() is to be registered */
	bool want_write;
	/** on_write() is registered */
	bool writing;
	/** the input has a request, owned by the job */
	bool has_request;
	/** no request follows; the client is gone once its output is sent */
	bool ending;
	/** the stream is of no more use */
	bool broken;
} entry_t;

/**
 * Destroy a client, not to be called from a callback of its stream.
 *
 * @param entry			client, not in the list any more
 */
static void destroy_entry(entry_t *entry)
{
	/* waits until no callback is running */
	entry->stream->destroy(entry->stream);
	entry->buffers->destroy(entry->buffers);
	free(entry);
}

/**
 * Make sure the client's job runs, called with the mutex held.
 *
 * @param entry			client
 */
static void wake(entry_t *entry);

/**
 * Make sure that queued output gets written, called with the mutex held.
 *
 * @param entry			client
 */
static void start_writing(entry_t *entry)
{
	if (!entry->writing && entry->buffers->has_output(entry->buffers))
	{
		entry->writing = entry->want_write = TRUE;
		wake(entry);
	}
}

CALLBACK(on_write, bool,
	entry_t *entry, stream_t *stream)
{
	private_extsock_socket_t *this = entry->this;
	bool keep;

	this->mutex->lock(this->mutex);
	if (!entry->buffers->write(entry->buffers, stream))
	{
		entry->broken = TRUE;
	}
	entry->writing = !entry->broken &&
					 entry->buffers->has_output(entry->buffers);
	if (!entry->writing || entry->has_request)
	{	/* it may be the end, or a request waiting for room */
		wake(entry);
	}
	/* once the mutex is released the job may want to register us again, which
	 * waits until we have returned */
	keep = entry->writing;
	this->mutex->unlock(this->mutex);
	return keep;
}

CALLBACK(on_read, bool,
	entry_t *entry, stream_t *stream)
{
	private_extsock_socket_t *this = entry->this;
	chunk_t request;
	ssize_t len;

	len = entry->buffers->read(entry->buffers, stream);
	if (len < 0 && errno == EWOULDBLOCK)
	{
		return TRUE;
	}
	if (len > 0 && !entry->buffers->get_request(entry->buffers, &request))
	{
		return TRUE;
	}
	/* at the end of the stream an incomplete request is dropped: what is
	 * missing may be the rest of a name */
	this->mutex->lock(this->mutex);
	entry->broken |= len < 0;
	entry->ending |= len == 0;
	entry->has_request = entry->buffers->get_request(entry->buffers, &request);
	wake(entry);
	this->mutex->unlock(this->mutex);
	return FALSE;
}

/**
 * Carry out the request in the input, called by the job.
 *
 * @param entry			client
 */
static void carry_out(entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	chunk_t request, reply = chunk_empty;
	bool overlong;

	entry->buffers->get_request(entry->buffers, &request);
	overlong = entry->buffers->is_overlong(entry->buffers);
	reply = this->cb(this->user, request);
	entry->buffers->done_request(entry->buffers);

	this->mutex->lock(this->mutex);
	if (reply.len)
	{
		entry->buffers->queue(entry->buffers, reply, TRUE);
		start_writing(entry);
	}
	entry->ending |= overlong;
	entry->has_request = !overlong &&
						 entry->buffers->get_request(entry->buffers, &request);
	entry->want_read = !entry->has_request && !entry->ending;
	this->mutex->unlock(this->mutex);
	chunk_free(&reply);
}

CALLBACK(serve, job_requeue_t,
	entry_t *entry)
{
	private_extsock_socket_t *this = entry->this;
	extsock_client_t *buffers = entry->buffers;
	stream_t *stream = entry->stream;

	while (TRUE)
	{
		this->mutex->lock(this->mutex);
		if (entry->broken || (entry->ending && !entry->has_request &&
							  !buffers->has_output(buffers)))
		{
			this->clients->remove(this->clients, entry, NULL);
			this->mutex->unlock(this->mutex);
			destroy_entry(entry);
			return JOB_REQUEUE_NONE;
		}
		if (entry->want_write)
		{
			entry->want_write = FALSE;
			this->mutex->unlock(this->mutex);
			stream->on_write(stream, on_write, entry);
		}
		else if (entry->has_request && !buffers->is_full(buffers))
		{
			this->mutex->unlock(this->mutex);
			carry_out(entry);
		}
		else if (entry->want_read)
		{
			entry->want_read = FALSE;
			this->mutex->unlock(this->mutex);
			stream->on_read(stream, on_read, entry);
		}
		else
		{
			entry->awake = FALSE;
			this->mutex->unlock(this->mutex);
			return JOB_REQUEUE_NONE;
		}
	}
}

static void wake(entry_t *entry)
{
	if (!entry->awake)
	{	/* the job refers to the client, which only the job can destroy */
		entry->awake = TRUE;
		lib->processor->queue_job(lib->processor,
					(job_t*)callback_job_create(serve, entry, NULL, NULL));
	}
}

CALLBACK(on_accept, bool,
	private_extsock_socket_t *this, stream_t *stream)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	if (this->clients->get_count(this->clients) >= this->max_clients)
	{
		this->mutex->unlock(this->mutex);
		DBG1(DBG_CFG, "refused extsock client, %u are connected",
			 this->max_clients);
		stream->write(stream, REFUSED, strlen(REFUSED), FALSE);
		return FALSE;
	}
	INIT(entry,
		.this = this,
		.stream = stream,
		.buffers = extsock_client_create(),
		.want_read = TRUE,
	);
	this->clients->insert_last(this->clients, entry);
	wake(entry);
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(extsock_socket_t, listen_, bool,
	private_extsock_socket_t *this, char *uri, u_int max_clients,
	extsock_request_cb_t cb, void *user)
{
	char buf[256];

	this->max_clients = max_clients;
	this->cb = cb;
	this->user = user;

	snprintf(buf, sizeof(buf), "%s%s", strstr(uri, "://") ? "" : "unix://",
			 uri);
	this->service = lib->streams->create_service(lib->streams, buf, BACKLOG);
	if (!this->service)
	{
		DBG1(DBG_CFG, "creating extsock socket %s failed", buf);
		return FALSE;
	}
	this->service->on_accept(this->service, on_accept, this,
							 JOB_PRIO_CRITICAL, 0);
	return TRUE;
}

METHOD(extsock_socket_t, publish, void,
	private_extsock_socket_t *this, const char *text, size_t len)
{
	enumerator_t *enumerator;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	enumerator = this->clients->create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->broken && !entry->ending)
		{
			entry->buffers->queue(entry->buffers,
								  chunk_create((u_char*)text, len), FALSE);
			start_writing(entry);
		}
	}
	enumerator->destroy(enumerator);
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
	DESTROY_IF(this->service);
	/* the last events, to those who have room for them */
	this->clients->destroy_function(this->clients, flush_entry);
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
			.publish = _publish,
			.destroy = _destroy,
		},
		.clients = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
