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

#include "extsock_client.h"

#include <errno.h>

#include <collections/linked_list.h>

#include <segw.h>

/**
 * Bytes a client may leave unread before it misses lines
 */
#define OUTPUT_CAP (256 * 1024)

/**
 * Bytes written at once, if the lines are shorter
 */
#define WRITE_CAP 8192

/**
 * Size of a notice about missed lines, with the closing NUL
 */
#define NOTICE_CAP 64

typedef struct private_extsock_client_t private_extsock_client_t;

/**
 * A line waiting to be sent
 */
typedef struct {
	/** length of the line */
	size_t len;
	/** bytes already sent */
	size_t done;
	/** the line */
	char text[];
} line_t;

/**
 * Private data of an extsock_client_t object
 */
struct private_extsock_client_t {

	/**
	 * Public interface
	 */
	extsock_client_t public;

	/**
	 * Scanner finding the end of requests
	 */
	segw_frame_t frame;

	/**
	 * Bytes in input
	 */
	size_t input_len;

	/**
	 * Bytes of input already done, and wiped
	 */
	size_t begin;

	/**
	 * Bytes of input already scanned, those done among them
	 */
	size_t scanned;

	/**
	 * Length of the complete request at begin, 0 if there is none
	 */
	size_t request_len;

	/**
	 * Lines waiting, as line_t
	 */
	linked_list_t *lines;

	/**
	 * Bytes in these lines
	 */
	size_t output_len;

	/**
	 * Lines there was no room for, not yet told to the client
	 */
	u_int missed;

	/**
	 * Bytes received, one more than the longest request tells one too long
	 */
	char input[SEGW_REQUEST_CAP + 1];
};

/**
 * Scan what has not been scanned yet for the end of a request.
 *
 * @param this			client
 */
static void scan(private_extsock_client_t *this)
{
	size_t used = 0;

	if (this->request_len || this->scanned == this->input_len)
	{
		return;
	}
	if (segw_frame_push(&this->frame, this->input + this->scanned,
						this->input_len - this->scanned, &used) == SEGW_OK)
	{
		this->scanned += used;
		this->request_len = this->scanned - this->begin;
		return;
	}
	this->scanned = this->input_len;
	if (segw_frame_idle(&this->frame) == 1)
	{	/* blank, and no part of any request */
		this->begin = this->scanned;
	}
	if (this->input_len - this->begin == sizeof(this->input))
	{
		this->request_len = this->input_len;
	}
}

/**
 * Make room for what arrives next.
 *
 * @param this			client without a complete request
 */
static void compact(private_extsock_client_t *this)
{
	size_t rest = this->input_len - this->begin;

	if (this->begin)
	{
		memmove(this->input, this->input + this->begin, rest);
		memwipe(this->input + rest, this->begin);
		this->input_len = rest;
		this->scanned -= this->begin;
		this->begin = 0;
	}
}

METHOD(extsock_client_t, read_, ssize_t,
	private_extsock_client_t *this, stream_t *stream)
{
	ssize_t len;

	compact(this);
	len = stream->read(stream, this->input + this->input_len,
					   sizeof(this->input) - this->input_len, FALSE);
	if (len > 0)
	{
		this->input_len += len;
		scan(this);
	}
	return len;
}

METHOD(extsock_client_t, get_request, bool,
	private_extsock_client_t *this, chunk_t *request)
{
	*request = chunk_create((u_char*)this->input + this->begin,
							this->request_len);
	return this->request_len != 0;
}

METHOD(extsock_client_t, is_partial, bool,
	private_extsock_client_t *this)
{
	return !this->request_len && segw_frame_idle(&this->frame) == 0;
}

METHOD(extsock_client_t, complete, void,
	private_extsock_client_t *this, bool old)
{
	char *request = this->input + this->begin;
	size_t len = this->input_len - this->begin;

	if (!is_partial(this) || memchr(request, '{', len) ||
		this->input_len == sizeof(this->input))
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
	this->input[this->input_len++] = '\n';
	scan(this);
}

METHOD(extsock_client_t, is_overlong, bool,
	private_extsock_client_t *this)
{
	return this->request_len > SEGW_REQUEST_CAP;
}

METHOD(extsock_client_t, done_request, void,
	private_extsock_client_t *this)
{
	memwipe(this->input + this->begin, this->request_len);
	this->begin += this->request_len;
	this->request_len = 0;
	scan(this);
}

/**
 * Append a line.
 *
 * @param this			client
 * @param text			line to append
 */
static void append(private_extsock_client_t *this, chunk_t text)
{
	line_t *line;

	line = malloc(sizeof(*line) + text.len);
	line->len = text.len;
	line->done = 0;
	memcpy(line->text, text.ptr, text.len);
	this->lines->insert_last(this->lines, line);
	this->output_len += text.len;
}

/**
 * Tell the client how many lines it missed, if it did and there is room.
 *
 * @param this			client
 * @param room			bytes that must be left
 */
static void tell_missed(private_extsock_client_t *this, size_t room)
{
	char notice[NOTICE_CAP];
	int len;

	if (this->missed && this->output_len + NOTICE_CAP + room <= OUTPUT_CAP)
	{
		len = snprintf(notice, sizeof(notice),
					   "{\"event\":\"missed\",\"count\":%u}\n", this->missed);
		append(this, chunk_create((u_char*)notice, len));
		this->missed = 0;
	}
}

METHOD(extsock_client_t, queue, void,
	private_extsock_client_t *this, chunk_t text, bool must)
{
	tell_missed(this, text.len);
	if (must || (!this->missed && this->output_len + text.len <= OUTPUT_CAP))
	{
		append(this, text);
	}
	else
	{
		this->missed++;
	}
}

METHOD(extsock_client_t, has_output, bool,
	private_extsock_client_t *this)
{
	return this->output_len != 0;
}

METHOD(extsock_client_t, is_full, bool,
	private_extsock_client_t *this)
{
	return this->output_len >= OUTPUT_CAP / 2;
}

/**
 * Get what to write next: as much as possible of the lines, or of a long one.
 *
 * @param this			client with output
 * @param buf			room for WRITE_CAP bytes
 * @return				bytes, in buf or in the line
 */
static chunk_t get_next(private_extsock_client_t *this, char *buf)
{
	enumerator_t *enumerator;
	size_t len = 0, part;
	line_t *line;

	this->lines->get_first(this->lines, (void**)&line);
	if (line->len - line->done >= WRITE_CAP)
	{
		return chunk_create((u_char*)line->text + line->done,
							line->len - line->done);
	}
	enumerator = this->lines->create_enumerator(this->lines);
	while (len < WRITE_CAP && enumerator->enumerate(enumerator, &line))
	{
		part = min(line->len - line->done, WRITE_CAP - len);
		memcpy(buf + len, line->text + line->done, part);
		len += part;
	}
	enumerator->destroy(enumerator);
	return chunk_create((u_char*)buf, len);
}

/**
 * Remove what was written from the lines.
 *
 * @param this			client
 * @param len			bytes written
 */
static void done_output(private_extsock_client_t *this, size_t len)
{
	line_t *line;
	size_t part;

	this->output_len -= len;
	while (len && this->lines->get_first(this->lines, (void**)&line) == SUCCESS)
	{
		part = min(line->len - line->done, len);
		line->done += part;
		len -= part;
		if (line->done == line->len)
		{
			this->lines->remove_first(this->lines, (void**)&line);
			free(line);
		}
	}
}

METHOD(extsock_client_t, write_, bool,
	private_extsock_client_t *this, stream_t *stream)
{
	char buf[WRITE_CAP];
	ssize_t len;
	chunk_t next;

	while (this->output_len)
	{
		next = get_next(this, buf);
		len = stream->write(stream, next.ptr, next.len, FALSE);
		if (len <= 0)
		{
			return len < 0 && errno == EWOULDBLOCK;
		}
		done_output(this, len);
		tell_missed(this, 0);
	}
	return TRUE;
}

METHOD(extsock_client_t, drop_output, void,
	private_extsock_client_t *this)
{
	line_t *line;

	while (this->lines->remove_first(this->lines, (void**)&line) == SUCCESS)
	{
		free(line);
	}
	this->output_len = 0;
	this->missed = 0;
}

METHOD(extsock_client_t, destroy, void,
	private_extsock_client_t *this)
{
	this->lines->destroy_function(this->lines, free);
	memwipe(this->input, sizeof(this->input));
	free(this);
}

/*
 * Described in header
 */
extsock_client_t *extsock_client_create()
{
	private_extsock_client_t *this;

	/* not INIT(): most clients never use most of the buffer */
	this = malloc(sizeof(*this));
	memset(this, 0, offsetof(private_extsock_client_t, input));
	this->public = (extsock_client_t){
		.read = _read_,
		.get_request = _get_request,
		.is_partial = _is_partial,
		.complete = _complete,
		.is_overlong = _is_overlong,
		.done_request = _done_request,
		.queue = _queue,
		.has_output = _has_output,
		.is_full = _is_full,
		.write = _write_,
		.drop_output = _drop_output,
		.destroy = _destroy,
	};
	this->lines = linked_list_create();
	segw_frame_init(&this->frame);
	return &this->public;
}
