/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "output.h"

#include <errno.h>

#include <collections/linked_list.h>

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

typedef struct private_extsock_output_t private_extsock_output_t;

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
 * Private data of an extsock_output_t object
 */
struct private_extsock_output_t {

	/**
	 * Public interface
	 */
	extsock_output_t public;

	/**
	 * Lines waiting, as line_t
	 */
	linked_list_t *lines;

	/**
	 * Bytes in these lines
	 */
	size_t len;

	/**
	 * Lines there was no room for, not yet told to the client
	 */
	u_int missed;
};

/**
 * Append a line.
 *
 * @param this			output
 * @param text			line to append
 */
static void append(private_extsock_output_t *this, chunk_t text)
{
	line_t *line;

	line = malloc(sizeof(*line) + text.len);
	line->len = text.len;
	line->done = 0;
	memcpy(line->text, text.ptr, text.len);
	this->lines->insert_last(this->lines, line);
	this->len += text.len;
}

/**
 * Tell the client how many lines it missed, if it did and there is room.
 *
 * @param this			output
 * @param room			bytes that must be left
 */
static void tell_missed(private_extsock_output_t *this, size_t room)
{
	char notice[NOTICE_CAP];
	int len;

	if (this->missed && this->len + NOTICE_CAP + room <= OUTPUT_CAP)
	{
		len = snprintf(notice, sizeof(notice),
					   "{\"event\":\"missed\",\"count\":%u}\n", this->missed);
		append(this, chunk_create((u_char*)notice, len));
		this->missed = 0;
	}
}

METHOD(extsock_output_t, queue, void,
	private_extsock_output_t *this, chunk_t line, bool must)
{
	tell_missed(this, line.len);
	if (must || (!this->missed && this->len + line.len <= OUTPUT_CAP))
	{
		append(this, line);
	}
	else
	{
		this->missed++;
	}
}

METHOD(extsock_output_t, is_empty, bool,
	private_extsock_output_t *this)
{
	return this->len == 0;
}

METHOD(extsock_output_t, is_full, bool,
	private_extsock_output_t *this)
{
	return this->len >= OUTPUT_CAP / 2;
}

/**
 * Get what to write next: as much as possible of the lines, or of a long one.
 *
 * @param this			output with lines
 * @param buf			room for WRITE_CAP bytes
 * @return				bytes, in buf or in the line
 */
static chunk_t get_next(private_extsock_output_t *this, char *buf)
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
 * @param this			output
 * @param len			bytes written
 */
static void remove_written(private_extsock_output_t *this, size_t len)
{
	line_t *line;
	size_t part;

	this->len -= len;
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

METHOD(extsock_output_t, write_, bool,
	private_extsock_output_t *this, stream_t *stream)
{
	char buf[WRITE_CAP];
	ssize_t len;
	chunk_t next;

	while (this->len)
	{
		next = get_next(this, buf);
		len = stream->write(stream, next.ptr, next.len, FALSE);
		if (len <= 0)
		{
			return len < 0 && errno == EWOULDBLOCK;
		}
		remove_written(this, len);
		tell_missed(this, 0);
	}
	return TRUE;
}

METHOD(extsock_output_t, drop, void,
	private_extsock_output_t *this)
{
	line_t *line;

	while (this->lines->remove_first(this->lines, (void**)&line) == SUCCESS)
	{
		free(line);
	}
	this->len = 0;
	this->missed = 0;
}

METHOD(extsock_output_t, destroy, void,
	private_extsock_output_t *this)
{
	this->lines->destroy_function(this->lines, free);
	free(this);
}

/*
 * Described in header
 */
extsock_output_t *extsock_output_create()
{
	private_extsock_output_t *this;

	INIT(this,
		.public = {
			.queue = _queue,
			.is_empty = _is_empty,
			.is_full = _is_full,
			.write = _write_,
			.drop = _drop,
			.destroy = _destroy,
		},
		.lines = linked_list_create(),
	);
	return &this->public;
}
