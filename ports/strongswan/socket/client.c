/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "client.h"
#include "reader.h"
#include "writer.h"

#include <poll.h>

/**
 * Time a client that is about to be disconnected may read nothing of what is
 * left for it, in milliseconds
 */
#define LINGER 30000

/**
 * What a client is told that does not finish its request
 */
#define UNFINISHED EXTSOCK_REFUSAL("request not finished in time")

typedef struct private_extsock_client_t private_extsock_client_t;

/**
 * Private data of an extsock_client_t object.
 *
 * Heads up! A stream must not be destroyed, nor its callbacks changed, from
 * within these callbacks, nor by two threads at once. So only one thread ever
 * does: that of the turns. All others set a flag and wake() the client.
 */
struct private_extsock_client_t {

	/**
	 * Public interface
	 */
	extsock_client_t public;

	/**
	 * File descriptor of the stream, tells who the client is
	 */
	int fd;

	/**
	 * Stream to the client
	 */
	stream_t *stream;

	/**
	 * Callback to carry out requests
	 */
	extsock_request_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Has the lock, which covers all that follows
	 */
	extsock_turns_t *turns;

	/**
	 * Requests
	 */
	extsock_reader_t *reader;

	/**
	 * Replies and events
	 */
	extsock_writer_t *writer;

	/**
	 * Events the client wants
	 */
	segw_filter_t filter;

	/**
	 * It has a turn to come, or must not get one any more
	 */
	bool awake;

	/**
	 * Its request waits for release()
	 */
	bool held;

	/**
	 * No request follows; the client is gone once its output is sent
	 */
	bool ending;

	/**
	 * When it is gone in any case if it is ending and reads nothing
	 */
	uint64_t gone_at;

	/**
	 * The stream is of no more use
	 */
	bool broken;
};

/**
 * Have the client attended to, called locked.
 *
 * @param this			client
 */
static void wake(private_extsock_client_t *this)
{
	if (!this->awake)
	{
		this->awake = TRUE;
		this->turns->add(this->turns, &this->public);
	}
}

/**
 * Get the time something is due for the client, called locked.
 *
 * @param this			client
 * @param now			current time
 * @return				time, 0 for never
 */
static uint64_t get_time(private_extsock_client_t *this, uint64_t now)
{
	uint64_t at;

	if (this->broken)
	{
		return 0;
	}
	at = this->reader->get_time(this->reader, now);
	return !at && this->ending ? this->gone_at : at;
}

/**
 * Have check_time() called when something is due, called locked.
 *
 * @param this			client
 */
static void watch_time(private_extsock_client_t *this)
{
	uint64_t at = get_time(this, extsock_timer_now());

	/* what a client does only makes it later: one timer is enough for all */
	if (at)
	{
		this->turns->call_at(this->turns, at);
	}
}

METHOD(extsock_client_t, write_, void,
	private_extsock_client_t *this)
{
	if (this->writer->write(this->writer))
	{
		wake(this);
	}
}

/**
 * Let the client go once its output is sent, called locked.
 *
 * @param this			client
 * @param drop			TRUE to carry out no more of its requests
 */
static void leave(private_extsock_client_t *this, bool drop)
{
	this->reader->stop(this->reader, drop);
	this->ending = TRUE;
	this->gone_at = extsock_timer_now() + LINGER;
	watch_time(this);
	write_(this);
	wake(this);
}

/**
 * Disconnect the client for no request of its own, called locked.
 *
 * @param this			client
 * @param text			why, a line
 */
static void end(private_extsock_client_t *this, char *text)
{
	this->writer->queue(this->writer, chunk_from_str(text), TRUE);
	leave(this, TRUE);
}

METHOD(extsock_client_t, check_time, void,
	private_extsock_client_t *this, uint64_t now)
{
	uint64_t at = get_time(this, now);
	bool passed = at && at <= now;

	if (this->reader->is_due(this->reader, now))
	{
		wake(this);
	}
	if (passed && this->ending)
	{
		this->broken = TRUE;
		wake(this);
	}
	else if (passed && this->reader->expire(this->reader, now))
	{
		end(this, UNFINISHED);
	}
	else if (passed)
	{	/* the reader is to have a look */
		wake(this);
	}
	watch_time(this);
}

/**
 * Deal with input, implements extsock_read_cb_t.
 *
 * @param user			client
 * @param len			number of bytes read, 0 if these were the last, or -1
 */
static void on_input(void *user, ssize_t len)
{
	private_extsock_client_t *this = user;

	if (len < 0)
	{
		this->broken = TRUE;
	}
	else if (len == 0)
	{
		leave(this, FALSE);
	}
	if (len <= 0 || this->reader->has_request(this->reader))
	{
		wake(this);
	}
	watch_time(this);
}

/**
 * Deal with output that was written, implements extsock_written_cb_t.
 *
 * @param user			client
 * @param left			TRUE if output is left
 */
static void on_written(void *user, bool left)
{
	private_extsock_client_t *this = user;

	if (this->ending)
	{
		this->gone_at = extsock_timer_now() + LINGER;
		watch_time(this);
	}
	if (!left || this->reader->has_request(this->reader))
	{	/* it may be the end, or a request waiting for room */
		wake(this);
	}
}

/**
 * Carry out a request, called by attend().
 *
 * @param this			client that has one
 */
static void carry_out(private_extsock_client_t *this)
{
	chunk_t request, reply = chunk_empty;
	segw_filter_t filter = this->filter;
	bool complete, accepted;

	complete = this->reader->get_request(this->reader, &request);
	accepted = this->cb(this->user, request, EXTSOCK_PRIVILEGED, &filter,
						&reply);
	this->reader->done(this->reader, accepted);

	this->turns->lock(this->turns);
	/* with its reply in the queue: no event of the old filter comes after */
	this->filter = filter;
	if (reply.len)
	{
		this->writer->queue(this->writer, reply, TRUE);
	}
	if (complete)
	{
		watch_time(this);
		write_(this);
		wake(this);
	}
	else
	{
		leave(this, TRUE);
	}
	this->turns->unlock(this->turns);
	chunk_free(&reply);
}

METHOD(extsock_client_t, attend, bool,
	private_extsock_client_t *this, bool hold)
{
	bool request, paused;

	this->turns->lock(this->turns);
	request = this->reader->has_request(this->reader);
	if (this->broken || (this->ending && !request &&
						 this->writer->is_empty(this->writer)))
	{	/* a callback may still try to wake it up: it stays awake */
		this->turns->unlock(this->turns);
		return FALSE;
	}
	this->awake = FALSE;
	paused = this->reader->is_paused(this->reader, extsock_timer_now());
	if (paused)
	{
		watch_time(this);
		if (this->writer->is_deaf(this->writer))
		{	/* a place for each request of one that has gone is too much */
			this->broken = TRUE;
			wake(this);
		}
	}
	this->held = request && hold;
	request &= !hold && !paused && !this->writer->is_full(this->writer);
	this->turns->unlock(this->turns);

	if (this->reader->look(this->reader))
	{
		this->turns->lock(this->turns);
		wake(this);
		this->turns->unlock(this->turns);
		return TRUE;
	}
	this->writer->watch(this->writer);
	this->reader->watch(this->reader);
	if (request)
	{
		carry_out(this);
	}
	return TRUE;
}

METHOD(extsock_client_t, release, void,
	private_extsock_client_t *this)
{
	if (this->held)
	{
		this->held = FALSE;
		wake(this);
	}
}

METHOD(extsock_client_t, has_request, bool,
	private_extsock_client_t *this)
{
	return this->reader->has_request(this->reader);
}

METHOD(extsock_client_t, is_closed, bool,
	private_extsock_client_t *this)
{
	struct pollfd pfd = {
		.fd = this->fd,
	};

	return poll(&pfd, 1, 0) == 1 && pfd.revents & POLLHUP;
}

/**
 * Check if the client is disconnected, or about to be, called locked.
 *
 * @param this			client
 * @return				TRUE if so
 */
static bool is_leaving(private_extsock_client_t *this)
{
	return this->broken || this->ending;
}

METHOD(extsock_client_t, check, bool,
	private_extsock_client_t *this, extsock_access_t *access, char *text)
{
	if (is_leaving(this) || access->allows(access, this->fd, FALSE))
	{
		return FALSE;
	}
	end(this, text);
	return TRUE;
}

METHOD(extsock_client_t, publish, bool,
	private_extsock_client_t *this, chunk_t event)
{
	if (is_leaving(this) || this->writer->is_deaf(this->writer) ||
		segw_filter_wants(&this->filter, event.ptr, event.len) == 0)
	{
		return FALSE;
	}
	this->writer->queue(this->writer, event, FALSE);
	return TRUE;
}

METHOD(extsock_client_t, set_idle_timeout, void,
	private_extsock_client_t *this, u_int timeout)
{
	this->reader->set_idle_timeout(this->reader, timeout);
	watch_time(this);
}

METHOD(extsock_client_t, flush, void,
	private_extsock_client_t *this)
{
	this->writer->flush(this->writer);
}

METHOD(extsock_client_t, destroy, void,
	private_extsock_client_t *this)
{
	/* waits until no callback is running */
	this->stream->destroy(this->stream);
	this->writer->destroy(this->writer);
	this->reader->destroy(this->reader);
	free(this);
}

/*
 * Described in header
 */
extsock_client_t *extsock_client_create(int fd, extsock_turns_t *turns,
										u_int idle_timeout,
										extsock_request_cb_t cb, void *user)
{
	private_extsock_client_t *this;

	INIT(this,
		.public = {
			.attend = _attend,
			.release = _release,
			.has_request = _has_request,
			.is_closed = _is_closed,
			.publish = _publish,
			.write = _write_,
			.check_time = _check_time,
			.check = _check,
			.set_idle_timeout = _set_idle_timeout,
			.flush = _flush,
			.destroy = _destroy,
		},
		.fd = fd,
		.stream = stream_create_from_fd(fd),
		.cb = cb,
		.user = user,
		.turns = turns,
	);
	this->reader = extsock_reader_create(this->stream, turns, idle_timeout,
										 on_input, this);
	this->writer = extsock_writer_create(this->stream, turns, on_written, this);
	segw_filter_init(&this->filter);
	wake(this);
	return &this->public;
}
