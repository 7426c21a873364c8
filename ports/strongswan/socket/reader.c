/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "reader.h"
#include "input.h"
#include "pace.h"

#include <errno.h>

typedef struct private_extsock_reader_t private_extsock_reader_t;

/**
 * Private data of an extsock_reader_t object
 */
struct private_extsock_reader_t {

	/**
	 * Public interface
	 */
	extsock_reader_t public;

	/**
	 * Stream to the client
	 */
	stream_t *stream;

	/**
	 * Callback for input
	 */
	extsock_read_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * What the client has sent; belongs to on_read() while that is registered,
	 * else to the client's turn
	 */
	extsock_input_t *input;

	/**
	 * Has the lock, which covers all that follows
	 */
	extsock_turns_t *turns;

	/**
	 * When the client has to go on, and when it may
	 */
	extsock_pace_t *pace;

	/**
	 * on_read() is to be registered
	 */
	bool want_watch;

	/**
	 * look() is to look if a part of a request is that of an old client
	 */
	bool want_look;

	/**
	 * The input has a request, which belongs to the client's turn
	 */
	bool request;

	/**
	 * The input has a part of a request
	 */
	bool partial;

	/**
	 * Nothing is read any more
	 */
	bool stopped;

	/**
	 * No request counts any more
	 */
	bool dropped;
};

METHOD(extsock_reader_t, has_request, bool,
	private_extsock_reader_t *this)
{
	return this->request;
}

METHOD(extsock_reader_t, is_paused, bool,
	private_extsock_reader_t *this, uint64_t now)
{
	return this->pace->get_turn(this->pace) > now;
}

METHOD(extsock_reader_t, is_due, bool,
	private_extsock_reader_t *this, uint64_t now)
{
	return (this->request || this->want_watch) && !is_paused(this, now);
}

METHOD(extsock_reader_t, get_time, uint64_t,
	private_extsock_reader_t *this, uint64_t now)
{
	if ((this->request || this->want_watch) && is_paused(this, now))
	{
		return this->pace->get_turn(this->pace);
	}
	return this->partial ? this->pace->get_deadline(this->pace) : 0;
}

METHOD(extsock_reader_t, expire, bool,
	private_extsock_reader_t *this, uint64_t now)
{
	if (this->pace->expire(this->pace, now))
	{
		return TRUE;
	}
	this->want_look = TRUE;
	return FALSE;
}

/**
 * Find out what the input has, called locked.
 *
 * @param this			reader whose input belongs to the caller
 */
static void look_at_input(private_extsock_reader_t *this)
{
	this->request = !this->dropped &&
					this->input->get_request(this->input, NULL);
	this->partial = !this->stopped && this->input->is_partial(this->input);
	if (this->partial)
	{
		this->pace->moved(this->pace);
	}
}

CALLBACK(on_read, bool,
	private_extsock_reader_t *this, stream_t *stream)
{
	bool keep = FALSE;
	ssize_t len;

	len = this->input->read(this->input, stream);
	if (len < 0 && errno == EWOULDBLOCK)
	{
		return TRUE;
	}
	this->turns->lock(this->turns);
	if (!this->stopped)
	{
		if (len == 0)
		{	/* a line may end with the stream; half a JSON is dropped */
			this->input->complete(this->input, FALSE);
		}
		look_at_input(this);
		this->cb(this->user, len);
		keep = len > 0 && !this->request;
	}
	this->turns->unlock(this->turns);
	return keep;
}

METHOD(extsock_reader_t, look, bool,
	private_extsock_reader_t *this)
{
	bool look;

	this->turns->lock(this->turns);
	look = this->want_look;
	this->want_look = FALSE;
	this->turns->unlock(this->turns);
	if (!look)
	{
		return FALSE;
	}
	/* waits until no callback is running: the input is ours from now on */
	this->stream->on_read(this->stream, NULL, NULL);

	this->turns->lock(this->turns);
	if (!this->stopped && !this->request)
	{
		if (this->pace->is_silent(this->pace))
		{
			this->input->complete(this->input, TRUE);
			this->request = this->input->get_request(this->input, NULL);
			this->partial = this->input->is_partial(this->input);
		}
		this->want_watch = !this->request;
	}
	this->turns->unlock(this->turns);
	return TRUE;
}

METHOD(extsock_reader_t, watch, void,
	private_extsock_reader_t *this)
{
	bool watch;

	this->turns->lock(this->turns);
	watch = this->want_watch && !is_paused(this, extsock_timer_now());
	this->want_watch &= !watch;
	this->turns->unlock(this->turns);

	if (watch)
	{
		this->stream->on_read(this->stream, on_read, this);
	}
}

METHOD(extsock_reader_t, get_request, bool,
	private_extsock_reader_t *this, chunk_t *request)
{
	this->input->get_request(this->input, request);
	return !this->input->is_overlong(this->input);
}

METHOD(extsock_reader_t, done, void,
	private_extsock_reader_t *this, bool accepted)
{
	this->input->done_request(this->input);

	this->turns->lock(this->turns);
	if (!accepted)
	{
		this->pace->refused(this->pace);
	}
	look_at_input(this);
	this->want_watch = !this->request && !this->stopped;
	this->turns->unlock(this->turns);
}

METHOD(extsock_reader_t, stop, void,
	private_extsock_reader_t *this, bool drop)
{
	this->stopped = TRUE;
	this->want_watch = this->partial = FALSE;
	if (drop)
	{
		this->dropped = TRUE;
		this->request = FALSE;
	}
}

METHOD(extsock_reader_t, set_idle_timeout, void,
	private_extsock_reader_t *this, u_int timeout)
{
	this->pace->set_idle_timeout(this->pace, timeout);
}

METHOD(extsock_reader_t, destroy, void,
	private_extsock_reader_t *this)
{
	this->input->destroy(this->input);
	this->pace->destroy(this->pace);
	free(this);
}

/*
 * Described in header
 */
extsock_reader_t *extsock_reader_create(stream_t *stream,
										extsock_turns_t *turns,
										u_int idle_timeout,
										extsock_read_cb_t cb, void *user)
{
	private_extsock_reader_t *this;

	INIT(this,
		.public = {
			.has_request = _has_request,
			.is_paused = _is_paused,
			.is_due = _is_due,
			.get_time = _get_time,
			.expire = _expire,
			.look = _look,
			.watch = _watch,
			.get_request = _get_request,
			.done = _done,
			.stop = _stop,
			.set_idle_timeout = _set_idle_timeout,
			.destroy = _destroy,
		},
		.stream = stream,
		.cb = cb,
		.user = user,
		.input = extsock_input_create(),
		.turns = turns,
		.pace = extsock_pace_create(idle_timeout),
		.want_watch = TRUE,
	);
	return &this->public;
}
