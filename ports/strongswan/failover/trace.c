/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "trace.h"
#include "log_group.h"
#include "setting.h"
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Bytes of records behind one context
 */
#define RECORDS 131072

/**
 * Bytes of them that are kept free for the actions that an input leads to
 */
#define SLACK 16384

/**
 * Time from an input until the file is written, in milliseconds
 */
#define INTERVAL_MS 5000

/**
 * A context, and what came after
 */
typedef struct {
	/** libsegw's context before the first record */
	segw_ctx_t ctx;
	/** records */
	char data[RECORDS];
	/** bytes of them; 0: there is no context either */
	size_t len;
} part_t;

typedef struct private_extsock_trace_t private_extsock_trace_t;

/**
 * Private data of an extsock_trace_t object
 */
struct private_extsock_trace_t {

	/**
	 * Public interface
	 */
	extsock_trace_t public;

	/**
	 * Path of the file
	 */
	char *path;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Part that is full, and the one that follows it
	 */
	part_t *older, *newer;

	/**
	 * TRUE if there is something new
	 */
	bool dirty;

	/**
	 * TRUE if a job is scheduled to write it
	 */
	bool scheduled;

	/**
	 * TRUE if the last write failed, and that was logged
	 */
	bool failed;
};

/**
 * Add a record, there is room for it.
 *
 * @param part			part to add to
 * @param kind			what it is
 * @param now			time of it
 * @param data			what belongs to it
 * @param len			bytes of data
 */
static void add(part_t *part, extsock_trace_kind_t kind, uint64_t now,
				const void *data, size_t len)
{
	extsock_trace_record_t record = {
		.kind = kind,
		.len = len,
		.now_ms = now,
	};

	memcpy(part->data + part->len, &record, sizeof(record));
	part->len += sizeof(record);
	if (len)
	{
		memcpy(part->data + part->len, data, len);
		part->len += len;
	}
}

/**
 * Write to a file that is open.
 *
 * @param fd			file
 * @param data			what to write
 * @param len			bytes of it
 * @return				TRUE if all was written
 */
static bool put(int fd, const void *data, size_t len)
{
	return write(fd, data, len) == (ssize_t)len;
}

/**
 * Put a trace in the file's place, whole or not at all.
 *
 * @param this			trace
 * @param first			part that it begins with
 * @param second		part that follows, NULL if none does
 * @return				FALSE if that failed, errno tells why
 */
static bool write_trace(private_extsock_trace_t *this, part_t *first,
						part_t *second)
{
	extsock_trace_head_t head = {
		.magic = EXTSOCK_TRACE_MAGIC,
		.version = SEGW_VERSION,
		.abi = SEGW_ABI,
		.ctx_len = sizeof(segw_ctx_t),
	};
	char path[PATH_MAX];
	bool done;
	int fd, error;

	if (snprintf(path, sizeof(path), "%s.new", this->path) >= sizeof(path))
	{
		errno = ENAMETOOLONG;
		return FALSE;
	}
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
	{
		return FALSE;
	}
	done = put(fd, &head, sizeof(head)) && put(fd, &first->ctx, sizeof(first->ctx)) &&
		   put(fd, first->data, first->len) &&
		   (!second || put(fd, second->data, second->len));
	error = errno;
	if (close(fd) == 0 && done && rename(path, this->path) == 0)
	{
		return TRUE;
	}
	error = done ? errno : error;
	unlink(path);
	errno = error;
	return FALSE;
}

/**
 * Write what there is, if there is something new.
 *
 * @param this			trace
 */
static void flush_trace(private_extsock_trace_t *this)
{
	part_t *parts[2] = {};
	size_t count = 0;
	bool done;

	/* what is written is a copy: nobody waits for a file */
	this->mutex->lock(this->mutex);
	if (this->dirty && this->older->len)
	{
		parts[count++] = malloc_thing(part_t);
		memcpy(parts[0], this->older, sizeof(part_t));
	}
	if (this->dirty && this->newer->len)
	{
		parts[count] = malloc_thing(part_t);
		memcpy(parts[count++], this->newer, sizeof(part_t));
	}
	this->dirty = FALSE;
	this->scheduled = FALSE;
	this->mutex->unlock(this->mutex);

	if (count)
	{
		done = write_trace(this, parts[0], parts[1]);
		if (!done && !this->failed)
		{
			DBG1(DBG_EXTSOCK, "writing '%s' failed: %s", this->path,
				 strerror(errno));
		}
		this->failed = !done;
	}
	free(parts[0]);
	free(parts[1]);
}

CALLBACK(flush_job, job_requeue_t,
	private_extsock_trace_t *this)
{
	flush_trace(this);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_trace_t, input, void,
	private_extsock_trace_t *this, extsock_trace_kind_t kind, uint64_t now,
	const void *data, size_t len, const segw_ctx_t *ctx)
{
	part_t *part;
	bool schedule;

	this->mutex->lock(this->mutex);
	if (this->newer->len + sizeof(extsock_trace_record_t) + len > RECORDS - SLACK)
	{
		part = this->older;
		this->older = this->newer;
		this->newer = part;
		part->len = 0;
	}
	if (!this->newer->len)
	{
		memcpy(&this->newer->ctx, ctx, sizeof(*ctx));
	}
	add(this->newer, kind, now, data, len);
	this->dirty = TRUE;
	schedule = !this->scheduled;
	this->scheduled = TRUE;
	this->mutex->unlock(this->mutex);

	if (schedule)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(flush_job, this, NULL,
													  NULL, JOB_PRIO_LOW),
				INTERVAL_MS);
	}
}

METHOD(extsock_trace_t, action, void,
	private_extsock_trace_t *this, const segw_action_t *action)
{
	this->mutex->lock(this->mutex);
	if (this->newer->len + sizeof(extsock_trace_record_t) + sizeof(*action) > RECORDS)
	{	/* what follows would not fit to what libsegw has left */
		this->older->len = this->newer->len = 0;
	}
	else if (this->newer->len)
	{
		add(this->newer, EXTSOCK_TRACE_ACTION, extsock_timer_now(), action,
			sizeof(*action));
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_trace_t, forget, void,
	private_extsock_trace_t *this)
{
	this->mutex->lock(this->mutex);
	this->older->len = this->newer->len = 0;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_trace_t, destroy, void,
	private_extsock_trace_t *this)
{
	flush_trace(this);
	this->mutex->destroy(this->mutex);
	free(this->older);
	free(this->newer);
	free(this->path);
	free(this);
}

/*
 * Described in header
 */
extsock_trace_t *extsock_trace_create()
{
	private_extsock_trace_t *this;
	char *path;

	path = lib->settings->get_str(lib->settings,
								  "%s.plugins.extsock.trace_file", NULL,
								  lib->ns);
	if (!path || !*path)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.input = _input,
			.action = _action,
			.forget = _forget,
			.destroy = _destroy,
		},
		.path = strdup(path),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.older = malloc_thing(part_t),
		.newer = malloc_thing(part_t),
	);
	this->older->len = this->newer->len = 0;
	return &this->public;
}
