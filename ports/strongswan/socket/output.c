/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "output.h"

#include <errno.h>
#include <sys/socket.h>

/**
 * Bytes a client may leave unread before it misses lines
 */
#define OUTPUT_CAP (256 * 1024)

/**
 * Size of a notice about missed lines, with the closing NUL
 */
#define NOTICE_CAP 64

typedef struct private_extsock_output_t private_extsock_output_t;

/**
 * Private data of an extsock_output_t object
 */
struct private_extsock_output_t {

	/**
	 * Public interface
	 */
	extsock_output_t public;

	/**
	 * Lines waiting, one behind the other; NULL if none is
	 */
	char *buf;

	/**
	 * Size of buf
	 */
	size_t size;

	/**
	 * Bytes at its beginning that are already sent
	 */
	size_t sent;

	/**
	 * Bytes waiting behind these
	 */
	size_t len;

	/**
	 * Lines there was no room for, not yet told to the client
	 */
	u_int missed;

	/**
	 * The socket had no room at the last write()
	 */
	bool blocked;

	/**
	 * The client hears nothing any more
	 */
	bool deaf;
};

/**
 * Forget what is waiting.
 *
 * @param this			output
 */
static void clear(private_extsock_output_t *this)
{
	free(this->buf);
	this->buf = NULL;
	this->size = this->sent = this->len = 0;
	this->blocked = FALSE;
}

/**
 * Append a line.
 *
 * @param this			output
 * @param text			line to append
 */
static void append(private_extsock_output_t *this, chunk_t text)
{
	size_t needed = this->len + text.len;

	if (this->sent + needed > this->size)
	{
		if (this->sent)
		{
			memmove(this->buf, this->buf + this->sent, this->len);
			this->sent = 0;
		}
		if (needed > this->size)
		{	/* events come one by one: do not copy all of them for each */
			this->size = max(needed, this->len ? 2 * this->size : 0);
			this->buf = realloc(this->buf, this->size);
		}
	}
	memcpy(this->buf + this->sent + this->len, text.ptr, text.len);
	this->len = needed;
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
	if (this->deaf)
	{
		return;
	}
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

METHOD(extsock_output_t, write_, bool,
	private_extsock_output_t *this, int fd)
{
	bool written = FALSE;
	ssize_t len;

	while (this->len)
	{
		len = send(fd, this->buf + this->sent, this->len,
				   MSG_DONTWAIT | MSG_NOSIGNAL);
		if (len > 0)
		{
			written = TRUE;
			this->sent += len;
			this->len -= len;
			tell_missed(this, 0);
		}
		else if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		{
			this->blocked = TRUE;
			return written;
		}
		else if (len == 0 || errno != EINTR)
		{	/* what the client sent before it went away still counts */
			this->deaf = TRUE;
			this->len = 0;
		}
	}
	clear(this);
	return written;
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

METHOD(extsock_output_t, is_blocked, bool,
	private_extsock_output_t *this)
{
	return this->blocked;
}

METHOD(extsock_output_t, is_deaf, bool,
	private_extsock_output_t *this)
{
	return this->deaf;
}

METHOD(extsock_output_t, destroy, void,
	private_extsock_output_t *this)
{
	clear(this);
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
			.write = _write_,
			.is_empty = _is_empty,
			.is_full = _is_full,
			.is_blocked = _is_blocked,
			.is_deaf = _is_deaf,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
