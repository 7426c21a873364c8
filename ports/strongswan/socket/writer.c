/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "writer.h"
#include "output.h"

typedef struct private_extsock_writer_t private_extsock_writer_t;

/**
 * Private data of an extsock_writer_t object
 */
struct private_extsock_writer_t {

	/**
	 * Public interface
	 */
	extsock_writer_t public;

	/**
	 * Stream to the client
	 */
	stream_t *stream;

	/**
	 * Has the lock, which covers all that follows after user
	 */
	extsock_turns_t *turns;

	/**
	 * Callback for output written by on_write()
	 */
	extsock_written_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * Lines waiting
	 */
	extsock_output_t *output;

	/**
	 * on_write() is registered, or to be
	 */
	bool writing;

	/**
	 * on_write() is to be registered
	 */
	bool want_watch;

	/**
	 * The client hears nothing any more
	 */
	bool deaf;
};

METHOD(extsock_writer_t, queue, void,
	private_extsock_writer_t *this, chunk_t line, bool must)
{
	if (!this->deaf)
	{
		this->output->queue(this->output, line, must);
	}
}

/**
 * Write as much as there is room for, called locked.
 *
 * @param this			writer
 * @return				TRUE if output is left
 */
static bool write_some(private_extsock_writer_t *this)
{
	if (!this->output->write(this->output, this->stream))
	{	/* what the client sent before it went away still counts */
		this->deaf = TRUE;
		this->output->drop(this->output);
	}
	return !this->output->is_empty(this->output);
}

METHOD(extsock_writer_t, write_, bool,
	private_extsock_writer_t *this)
{
	if (!this->writing && !this->output->is_empty(this->output) &&
		write_some(this))
	{
		this->writing = this->want_watch = TRUE;
		return TRUE;
	}
	return FALSE;
}

CALLBACK(on_write, bool,
	private_extsock_writer_t *this, stream_t *stream)
{
	bool keep;

	this->turns->lock(this->turns);
	this->writing = write_some(this);
	this->cb(this->user, this->writing);
	/* once the lock is released watch() may want to register us again, which
	 * waits until we have returned */
	keep = this->writing;
	this->turns->unlock(this->turns);
	return keep;
}

METHOD(extsock_writer_t, watch, void,
	private_extsock_writer_t *this)
{
	bool watch;

	this->turns->lock(this->turns);
	watch = this->want_watch;
	this->want_watch = FALSE;
	this->turns->unlock(this->turns);

	if (watch)
	{
		this->stream->on_write(this->stream, on_write, this);
	}
}

METHOD(extsock_writer_t, is_empty, bool,
	private_extsock_writer_t *this)
{
	return this->output->is_empty(this->output);
}

METHOD(extsock_writer_t, is_full, bool,
	private_extsock_writer_t *this)
{
	return this->output->is_full(this->output);
}

METHOD(extsock_writer_t, is_deaf, bool,
	private_extsock_writer_t *this)
{
	return this->deaf;
}

METHOD(extsock_writer_t, flush, void,
	private_extsock_writer_t *this)
{
	write_some(this);
}

METHOD(extsock_writer_t, destroy, void,
	private_extsock_writer_t *this)
{
	this->output->destroy(this->output);
	free(this);
}

/*
 * Described in header
 */
extsock_writer_t *extsock_writer_create(stream_t *stream,
										extsock_turns_t *turns,
										extsock_written_cb_t cb, void *user)
{
	private_extsock_writer_t *this;

	INIT(this,
		.public = {
			.queue = _queue,
			.write = _write_,
			.watch = _watch,
			.is_empty = _is_empty,
			.is_full = _is_full,
			.is_deaf = _is_deaf,
			.flush = _flush,
			.destroy = _destroy,
		},
		.stream = stream,
		.turns = turns,
		.cb = cb,
		.user = user,
		.output = extsock_output_create(),
	);
	return &this->public;
}
