/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "input.h"

#include <errno.h>

#include <segw.h>

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
 * Scan what has not been scanned yet for the end of a request.
 *
 * @param this			input
 */
static void scan(private_extsock_input_t *this)
{
	size_t used = 0;

	if (this->request_len || this->scanned == this->len)
	{
		return;
	}
	if (segw_frame_push(&this->frame, this->buf + this->scanned,
						this->len - this->scanned, &used) == SEGW_OK)
	{
		this->scanned += used;
		this->request_len = this->scanned - this->begin;
		return;
	}
	this->scanned = this->len;
	if (segw_frame_idle(&this->frame) == 1)
	{	/* blank, and no part of any request */
		this->begin = this->scanned;
	}
	if (this->len - this->begin == sizeof(this->buf))
	{
		this->request_len = this->len;
	}
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

METHOD(extsock_input_t, read_, ssize_t,
	private_extsock_input_t *this, stream_t *stream)
{
	ssize_t len;

	compact(this);
	len = stream->read(stream, this->buf + this->len,
					   sizeof(this->buf) - this->len, FALSE);
	if (len > 0)
	{
		this->len += len;
		scan(this);
	}
	else if (len < 0 && errno == ECONNRESET)
	{	/* closed without having read all that was sent to it */
		len = 0;
	}
	return len;
}

METHOD(extsock_input_t, get_request, bool,
	private_extsock_input_t *this, chunk_t *request)
{
	if (request)
	{
		*request = chunk_create((u_char*)this->buf + this->begin,
								this->request_len);
	}
	return this->request_len != 0;
}

METHOD(extsock_input_t, is_partial, bool,
	private_extsock_input_t *this)
{
	return !this->request_len && segw_frame_idle(&this->frame) == 0;
}

METHOD(extsock_input_t, complete, void,
	private_extsock_input_t *this, bool old)
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

METHOD(extsock_input_t, is_overlong, bool,
	private_extsock_input_t *this)
{
	return this->request_len > SEGW_REQUEST_CAP;
}

METHOD(extsock_input_t, done_request, void,
	private_extsock_input_t *this)
{
	memwipe(this->buf + this->begin, this->request_len);
	this->begin += this->request_len;
	this->request_len = 0;
	scan(this);
}

METHOD(extsock_input_t, destroy, void,
	private_extsock_input_t *this)
{
	memwipe(this->buf, sizeof(this->buf));
	free(this);
}

/*
 * Described in header
 */
extsock_input_t *extsock_input_create()
{
	private_extsock_input_t *this;

	/* not INIT(): most clients never use most of the buffer */
	this = malloc(sizeof(*this));
	memset(this, 0, offsetof(private_extsock_input_t, buf));
	this->public = (extsock_input_t){
		.read = _read_,
		.get_request = _get_request,
		.is_partial = _is_partial,
		.complete = _complete,
		.is_overlong = _is_overlong,
		.done_request = _done_request,
		.destroy = _destroy,
	};
	segw_frame_init(&this->frame);
	return &this->public;
}
