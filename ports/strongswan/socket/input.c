/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "input.h"
#include "timer.h"

#include <errno.h>
#include <sys/socket.h>

#include <segw.h>

/**
 * Refused requests that a client may send in a row, and the time after which it
 * may send one more, in milliseconds
 */
#define REFUSED_MAX 16
#define REFUSED_COST 50

/**
 * Silence after which a request of an old client is taken as complete without
 * its newline, in milliseconds
 */
#define SILENCE 1000

typedef struct private_extsock_input_t private_extsock_input_t;

/**
 * Private data of an extsock_input_t object
 */
struct private_extsock_input_t {

	/**
	 * Public interface
	 */
	extsock_input_t public;

	/**
	 * Time the client may leave a request unfinished, 0 for any
	 */
	u_int idle_timeout;

	/**
	 * When the part of a request that there is was seen to grow
	 */
	uint64_t moved_at;

	/**
	 * When the complete request at begin was found
	 */
	uint64_t since;

	/**
	 * When the refused requests are paid for, REFUSED_COST each
	 */
	uint64_t paid_at;

	/**
	 * Scanner finding the end of requests
	 */
	segw_frame_t frame;

	/**
	 * Bytes in buf
	 */
	size_t len;

	/**
	 * Bytes already done, and wiped
	 */
	size_t begin;

	/**
	 * Bytes already scanned, those done among them
	 */
	size_t scanned;

	/**
	 * Length of the complete request at begin, 0 if there is none
	 */
	size_t request_len;

	/**
	 * Bytes received, one more than the longest request tells one too long
	 */
	char buf[SEGW_REQUEST_CAP + 1];
};

/**
 * Check if a request has begun that is not complete.
 *
 * @param this			input
 * @return				TRUE if so
 */
static bool is_partial(private_extsock_input_t *this)
{
	return !this->request_len && segw_frame_idle(&this->frame) == 0;
}

/**
 * Find the end of a request in what has not been scanned yet.
 *
 * @param this			input without a complete request
 * @return				length of the request, 0 if it is not complete
 */
static size_t find_request(private_extsock_input_t *this)
{
	size_t used = 0;

	if (this->scanned == this->len)
	{
		return 0;
	}
	if (segw_frame_push(&this->frame, this->buf + this->scanned,
						this->len - this->scanned, &used) == SEGW_OK)
	{
		this->scanned += used;
		return this->scanned - this->begin;
	}
	this->scanned = this->len;
	if (segw_frame_idle(&this->frame) == 1)
	{	/* blank, and no part of any request */
		this->begin = this->scanned;
	}
	return this->len - this->begin == sizeof(this->buf) ? this->len : 0;
}

/**
 * Scan what has not been scanned yet, and note the time of what is found.
 *
 * @param this			input without a complete request
 */
static void scan(private_extsock_input_t *this)
{
	this->request_len = find_request(this);
	if (this->request_len)
	{
		this->since = extsock_timer_now();
	}
	else if (is_partial(this))
	{
		this->moved_at = extsock_timer_now();
	}
}

/**
 * Take a request in words as complete although its newline is missing.
 *
 * @param this			input
 * @param old			TRUE for the requests of clients only that send no
 *						newline, START_DPD and REMOVE_CONFIG
 */
static void complete(private_extsock_input_t *this, bool old)
{
	char *request = this->buf + this->begin;
	size_t len = this->len - this->begin;

	if (!is_partial(this) || memchr(request, '{', len) ||
		this->len == sizeof(this->buf))
	{
		return;
	}
	switch (segw_verb(request, len))
	{
		case SEGW_VERB_START_DPD:
		case SEGW_VERB_REMOVE_CONFIG:
			break;
		default:
			if (old)
			{
				return;
			}
			break;
	}
	this->buf[this->len++] = '\n';
	scan(this);
}

/**
 * Make room for what arrives next.
 *
 * @param this			input without a complete request
 */
static void compact(private_extsock_input_t *this)
{
	size_t rest = this->len - this->begin;

	if (this->begin)
	{
		memmove(this->buf, this->buf + this->begin, rest);
		memwipe(this->buf + rest, this->begin);
		this->len = rest;
		this->scanned -= this->begin;
		this->begin = 0;
	}
}

METHOD(extsock_input_t, read_, bool,
	private_extsock_input_t *this, int fd)
{
	ssize_t len;

	compact(this);
	do
	{
		len = recv(fd, this->buf + this->len, sizeof(this->buf) - this->len,
				   MSG_DONTWAIT);
	}
	while (len < 0 && errno == EINTR);

	if (len > 0)
	{
		this->len += len;
		scan(this);
		return TRUE;
	}
	if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
	{
		return TRUE;
	}
	/* closed, maybe without having read all that was sent to it. A line may end
	 * with the stream; half a JSON is dropped. */
	complete(this, FALSE);
	return FALSE;
}

METHOD(extsock_input_t, get_since, uint64_t,
	private_extsock_input_t *this)
{
	return this->request_len ? this->since : 0;
}

METHOD(extsock_input_t, get_request, chunk_t,
	private_extsock_input_t *this)
{
	return chunk_create((u_char*)this->buf + this->begin, this->request_len);
}

METHOD(extsock_input_t, is_overlong, bool,
	private_extsock_input_t *this)
{
	return this->request_len > SEGW_REQUEST_CAP;
}

METHOD(extsock_input_t, done, void,
	private_extsock_input_t *this, bool accepted)
{
	if (!accepted)
	{
		this->paid_at = max(this->paid_at, extsock_timer_now()) + REFUSED_COST;
	}
	memwipe(this->buf + this->begin, this->request_len);
	this->begin += this->request_len;
	scan(this);
}

METHOD(extsock_input_t, get_turn, uint64_t,
	private_extsock_input_t *this)
{
	uint64_t grace = REFUSED_MAX * REFUSED_COST;

	return this->paid_at > grace ? this->paid_at - grace : 0;
}

/**
 * Get the time after which a part of a request is worth a look.
 *
 * @param this			input
 * @return				time, in milliseconds
 */
static u_int get_silence(private_extsock_input_t *this)
{
	return this->idle_timeout ? min(this->idle_timeout, SILENCE) : SILENCE;
}

METHOD(extsock_input_t, is_silent, bool,
	private_extsock_input_t *this, uint64_t now)
{
	return is_partial(this) && now >= this->moved_at + get_silence(this);
}

METHOD(extsock_input_t, get_time, uint64_t,
	private_extsock_input_t *this, uint64_t now)
{
	if (!is_partial(this))
	{
		return 0;
	}
	if (!is_silent(this, now))
	{
		return this->moved_at + get_silence(this);
	}
	return this->idle_timeout ? this->moved_at + this->idle_timeout : 0;
}

METHOD(extsock_input_t, check_time, bool,
	private_extsock_input_t *this, uint64_t now)
{
	if (is_silent(this, now))
	{
		if (this->idle_timeout && now >= this->moved_at + this->idle_timeout)
		{
			return FALSE;
		}
		complete(this, TRUE);
	}
	return TRUE;
}

METHOD(extsock_input_t, set_idle_timeout, void,
	private_extsock_input_t *this, u_int timeout)
{
	this->idle_timeout = timeout;
}

METHOD(extsock_input_t, destroy, void,
	private_extsock_input_t *this)
{
	memwipe(this->buf, this->len);
	free(this);
}

/*
 * Described in header
 */
extsock_input_t *extsock_input_create(u_int idle_timeout)
{
	private_extsock_input_t *this;

	/* not INIT(): most clients never use most of the buffer */
	this = malloc(sizeof(*this));
	memset(this, 0, offsetof(private_extsock_input_t, buf));
	this->public = (extsock_input_t){
		.read = _read_,
		.get_since = _get_since,
		.get_request = _get_request,
		.is_overlong = _is_overlong,
		.done = _done,
		.get_turn = _get_turn,
		.get_time = _get_time,
		.is_silent = _is_silent,
		.check_time = _check_time,
		.set_idle_timeout = _set_idle_timeout,
		.destroy = _destroy,
	};
	this->idle_timeout = idle_timeout;
	segw_frame_init(&this->frame);
	return &this->public;
}
