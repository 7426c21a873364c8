/* SPDX-License-Identifier: GPL-2.0-or-later */

/* for accept4() */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "endpoint.h"
#include "socket_file.h"

#include <errno.h>
#include <sys/socket.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Processes accepted before others may do something
 */
#define ACCEPT_MAX 16

/**
 * Pause if no client can be accepted for want of descriptors, in seconds
 */
#define PAUSE 1

typedef struct private_extsock_endpoint_t private_extsock_endpoint_t;

/**
 * Private data of an extsock_endpoint_t object
 */
struct private_extsock_endpoint_t {

	/**
	 * Public interface
	 */
	extsock_endpoint_t public;

	/**
	 * Callback for processes that connected
	 */
	extsock_accept_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Socket that listens, NULL if there is none
	 */
	extsock_socket_file_t *file;

	/**
	 * The socket is not watched until resume() runs; written by the watcher's
	 * callback, read when that can not run
	 */
	bool paused;

	/**
	 * Covers all of the above; not for the watcher's callback, whose end is
	 * waited for with it held
	 */
	mutex_t *mutex;
};

/**
 * Have clients accepted from now on.
 *
 * @param this			endpoint that listens
 */
static void watch(private_extsock_endpoint_t *this);

CALLBACK(resume, job_requeue_t,
	private_extsock_endpoint_t *this)
{
	this->mutex->lock(this->mutex);
	if (this->paused && this->file)
	{
		this->paused = FALSE;
		watch(this);
	}
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

CALLBACK(on_ready, bool,
	private_extsock_endpoint_t *this, int fd, watcher_event_t event)
{
	int client, i;

	for (i = 0; i < ACCEPT_MAX; i++)
	{
		client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (client != -1)
		{
			this->cb(this->user, client);
		}
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
		{
			break;
		}
		else if (errno != EINTR && errno != ECONNABORTED)
		{	/* still ready: to watch on would be a busy loop */
			DBG1(DBG_CFG, "extsock: accepting a client failed, trying again in "
				 "%d s: %s", PAUSE, strerror(errno));
			this->paused = TRUE;
			lib->scheduler->schedule_job(lib->scheduler,
					(job_t*)callback_job_create(resume, this, NULL, NULL),
					PAUSE);
			return FALSE;
		}
	}
	return TRUE;
}

static void watch(private_extsock_endpoint_t *this)
{
	lib->watcher->add(lib->watcher, this->file->get_fd(this->file),
					  WATCHER_READ, on_ready, this);
}

/**
 * Listen no longer, called with the mutex held.
 *
 * @param this			endpoint
 */
static void close_socket(private_extsock_endpoint_t *this)
{
	if (this->file)
	{
		/* waits until the callback has returned */
		lib->watcher->remove(lib->watcher, this->file->get_fd(this->file));
		this->file->destroy(this->file);
		this->file = NULL;
		this->paused = FALSE;
	}
}

/**
 * Do what the options ask for, called with the mutex held.
 *
 * @param this			endpoint, keeps its socket if there can be no other
 * @param options		what the options ask for
 */
static void follow(private_extsock_endpoint_t *this,
				   extsock_socket_options_t *options)
{
	extsock_socket_file_t *file;

	if (this->file && this->file->update(this->file, options))
	{
		return;
	}
	file = extsock_socket_file_create(options);
	if (file)
	{
		close_socket(this);
		this->file = file;
		watch(this);
	}
}

METHOD(extsock_endpoint_t, reload, void,
	private_extsock_endpoint_t *this)
{
	extsock_socket_options_t options;

	this->mutex->lock(this->mutex);
	if (extsock_socket_options_read(&options))
	{
		follow(this, &options);
	}
	if (!this->file)
	{
		DBG1(DBG_CFG, "extsock has no socket, clients can not connect");
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_endpoint_t, destroy, void,
	private_extsock_endpoint_t *this)
{
	close_socket(this);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_endpoint_t *extsock_endpoint_create(extsock_accept_cb_t cb, void *user)
{
	private_extsock_endpoint_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.destroy = _destroy,
		},
		.cb = cb,
		.user = user,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
