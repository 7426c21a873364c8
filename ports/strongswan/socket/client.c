/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "client.h"
#include "input.h"
#include "output.h"
#include "timer.h"

#include <sys/epoll.h>
#include <unistd.h>

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
 * How far a client is on its way out; it never comes back
 */
typedef enum {
	/** it is read from */
	CLIENT_CONNECTED,
	/** it has sent its last, requests that were read are carried out */
	CLIENT_LEAVING,
	/** no request is carried out, it reads what is left for it */
	CLIENT_REFUSED,
	/** it has read nothing of that for too long */
	CLIENT_STUCK,
} client_state_t;

/**
 * How long a request may take
 */
typedef enum {
	/** it was not looked at for that yet */
	REQUEST_UNKNOWN,
	/** not long */
	REQUEST_QUICK,
	/** long */
	REQUEST_SLOW,
} request_pace_t;

/**
 * Private data of an extsock_client_t object
 */
struct private_extsock_client_t {

	/**
	 * Public interface
	 */
	extsock_client_t public;

	/**
	 * Socket of the client
	 */
	int fd;

	/**
	 * Who it is
	 */
	extsock_peer_t peer;

	/**
	 * Events that epoll watches it for, 0 if it does not
	 */
	uint32_t watched;

	/**
	 * How far it is on its way out
	 */
	client_state_t state;

	/**
	 * When something was last done for it that is on its way out
	 */
	uint64_t moved_at;

	/**
	 * Requests
	 */
	extsock_input_t *input;

	/**
	 * How long the oldest of them may take
	 */
	request_pace_t pace;

	/**
	 * It is being carried out
	 */
	bool served;

	/**
	 * Replies and events
	 */
	extsock_output_t *output;

	/**
	 * Events the client wants
	 */
	segw_filter_t filter;
};

/**
 * Check if the client has to pause before its next request, having had too many
 * refused.
 *
 * @param this			client
 * @param now			current time
 * @return				TRUE if so
 */
static bool is_paused(private_extsock_client_t *this, uint64_t now)
{
	return this->input->get_turn(this->input) > now;
}

/**
 * Check if there is a request, to be carried out now or later.
 *
 * @param this			client
 * @return				TRUE if so
 */
static bool has_request(private_extsock_client_t *this)
{
	return this->state <= CLIENT_LEAVING && this->input->get_since(this->input);
}

/**
 * Check if the client is read from, now or after a pause.
 *
 * @param this			client
 * @return				TRUE if so
 */
static bool is_reading(private_extsock_client_t *this)
{
	return this->state == CLIENT_CONNECTED &&
		   !this->input->get_since(this->input);
}

/**
 * Bring the client on its way out, at least so far.
 *
 * @param this			client
 * @param state			how far
 */
static void leave(private_extsock_client_t *this, client_state_t state)
{
	this->state = max(this->state, state);
	this->moved_at = extsock_timer_now();
}

METHOD(extsock_client_t, get_fd, int,
	private_extsock_client_t *this)
{
	return this->fd;
}

METHOD(extsock_client_t, get_peer, extsock_peer_t*,
	private_extsock_client_t *this)
{
	return &this->peer;
}

METHOD(extsock_client_t, watch, void,
	private_extsock_client_t *this, int epoll, uint64_t now)
{
	bool in = is_reading(this) && !is_paused(this, now);
	struct epoll_event event = {
		.events = (in ? EPOLLIN : 0) |
				  (this->output->is_blocked(this->output) ? EPOLLOUT : 0),
		.data.ptr = &this->public,
	};
	/* one watched for nothing would still be told of being closed */
	int op = !this->watched ? EPOLL_CTL_ADD :
			 !event.events ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (event.events != this->watched &&
		epoll_ctl(epoll, op, this->fd, &event) == 0)
	{
		this->watched = event.events;
	}
}

/**
 * Read what has arrived.
 *
 * @param this			client that is read from
 */
static void read_some(private_extsock_client_t *this)
{
	if (!this->input->read(this->input, this->fd))
	{
		leave(this, CLIENT_LEAVING);
	}
}

/**
 * Write what there is room for.
 *
 * @param this			client
 */
static void write_some(private_extsock_client_t *this)
{
	if (this->output->write(this->output, this->fd))
	{
		this->moved_at = extsock_timer_now();
	}
}

METHOD(extsock_client_t, transfer, void,
	private_extsock_client_t *this)
{
	write_some(this);
	if (is_reading(this))
	{
		read_some(this);
	}
}

METHOD(extsock_client_t, get_since, uint64_t,
	private_extsock_client_t *this, uint64_t now)
{
	if (this->served || !has_request(this) || is_paused(this, now) ||
		this->output->is_full(this->output))
	{
		return 0;
	}
	return this->input->get_since(this->input);
}

METHOD(extsock_client_t, is_slow, bool,
	private_extsock_client_t *this, bool (*is_slow)(void*, chunk_t), void *user)
{
	if (this->pace == REQUEST_UNKNOWN && has_request(this))
	{
		this->pace = is_slow(user, this->input->get_request(this->input)) ?
					 REQUEST_SLOW : REQUEST_QUICK;
	}
	return this->pace == REQUEST_SLOW;
}

/**
 * Remove the request, whatever became of it.
 *
 * @param this			client
 * @param accepted		FALSE if it was refused
 */
static void remove_request(private_extsock_client_t *this, bool accepted)
{
	this->input->done(this->input, accepted);
	this->pace = REQUEST_UNKNOWN;
}

METHOD(extsock_client_t, only_asks, bool,
	private_extsock_client_t *this)
{
	chunk_t request = this->input->get_request(this->input);

	return extsock_rights_needed(segw_verb(request.ptr,
								 request.len)) == EXTSOCK_READ;
}

METHOD(extsock_client_t, skip, bool,
	private_extsock_client_t *this)
{
	bool skipped = FALSE;

	while (has_request(this) && !this->input->is_overlong(this->input) &&
		   only_asks(this))
	{
		remove_request(this, TRUE);
		skipped = TRUE;
	}
	return skipped;
}

METHOD(extsock_client_t, get_request, chunk_t,
	private_extsock_client_t *this, segw_filter_t *filter)
{
	*filter = this->filter;
	this->served = TRUE;
	return this->input->get_request(this->input);
}

METHOD(extsock_client_t, write_, void,
	private_extsock_client_t *this)
{
	if (!this->output->is_blocked(this->output))
	{
		write_some(this);
	}
}

METHOD(extsock_client_t, done, void,
	private_extsock_client_t *this, bool accepted, segw_filter_t *filter,
	chunk_t reply)
{
	if (this->input->is_overlong(this->input))
	{
		leave(this, CLIENT_REFUSED);
	}
	remove_request(this, accepted);
	this->served = FALSE;
	this->moved_at = extsock_timer_now();
	/* with its reply in the queue: no event of the old filter comes after */
	this->filter = *filter;
	if (reply.len)
	{
		this->output->queue(this->output, reply, TRUE);
	}
	write_(this);
}

METHOD(extsock_client_t, publish, bool,
	private_extsock_client_t *this, chunk_t event,
	const segw_subject_t *subject)
{
	if (this->state != CLIENT_CONNECTED ||
		this->output->is_deaf(this->output) ||
		segw_filter_wants(&this->filter, subject) == 0)
	{
		return FALSE;
	}
	this->output->queue(this->output, event, FALSE);
	return TRUE;
}

METHOD(extsock_client_t, refuse, bool,
	private_extsock_client_t *this, char *text)
{
	if (this->state != CLIENT_CONNECTED)
	{
		return FALSE;
	}
	this->output->queue(this->output, chunk_from_str(text), TRUE);
	leave(this, CLIENT_REFUSED);
	write_(this);
	return TRUE;
}

METHOD(extsock_client_t, get_time, uint64_t,
	private_extsock_client_t *this, uint64_t now)
{
	if (is_paused(this, now) && (is_reading(this) || has_request(this)))
	{
		return this->input->get_turn(this->input);
	}
	if (is_reading(this))
	{
		return this->input->get_time(this->input, now);
	}
	if (this->state != CLIENT_CONNECTED && this->output->is_blocked(this->output))
	{
		return this->moved_at + LINGER;
	}
	return 0;
}

METHOD(extsock_client_t, check_time, void,
	private_extsock_client_t *this, uint64_t now)
{
	if (this->state != CLIENT_CONNECTED)
	{
		if (this->output->is_blocked(this->output) &&
			now >= this->moved_at + LINGER)
		{
			leave(this, CLIENT_STUCK);
		}
	}
	else if (!is_paused(this, now) && this->input->is_silent(this->input, now))
	{	/* this may come earlier than news of what has arrived */
		read_some(this);
		if (!this->input->check_time(this->input, now))
		{
			refuse(this, UNFINISHED);
		}
	}
}

METHOD(extsock_client_t, set_idle_timeout, void,
	private_extsock_client_t *this, u_int timeout)
{
	this->input->set_idle_timeout(this->input, timeout);
}

METHOD(extsock_client_t, is_gone, bool,
	private_extsock_client_t *this, uint64_t now)
{
	if (this->served || this->state == CLIENT_STUCK)
	{
		return !this->served;
	}
	if (this->output->is_deaf(this->output) && is_paused(this, now))
	{	/* a place for each request of one that has gone is too much */
		return TRUE;
	}
	return this->state != CLIENT_CONNECTED && !has_request(this) &&
		   this->output->is_empty(this->output);
}

METHOD(extsock_client_t, destroy, void,
	private_extsock_client_t *this)
{
	close(this->fd);
	this->input->destroy(this->input);
	this->output->destroy(this->output);
	free(this);
}

/*
 * Described in header
 */
extsock_client_t *extsock_client_create(int fd, extsock_peer_t peer,
										u_int idle_timeout)
{
	private_extsock_client_t *this;

	INIT(this,
		.public = {
			.get_fd = _get_fd,
			.get_peer = _get_peer,
			.watch = _watch,
			.transfer = _transfer,
			.get_since = _get_since,
			.is_slow = _is_slow,
			.only_asks = _only_asks,
			.skip = _skip,
			.get_request = _get_request,
			.done = _done,
			.publish = _publish,
			.write = _write_,
			.get_time = _get_time,
			.check_time = _check_time,
			.refuse = _refuse,
			.set_idle_timeout = _set_idle_timeout,
			.is_gone = _is_gone,
			.destroy = _destroy,
		},
		.fd = fd,
		.peer = peer,
		.input = extsock_input_create(idle_timeout),
		.output = extsock_output_create(),
	);
	segw_filter_init(&this->filter);
	return &this->public;
}
