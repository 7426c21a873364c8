/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "state_file.h"
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Default of the state_interval_ms option
 */
#define DEFAULT_INTERVAL_MS 10000

/**
 * Time until a write that failed is tried again, in milliseconds: a medium may
 * be mounted late
 */
#define RETRY_MS 10000

typedef struct private_extsock_state_file_t private_extsock_state_file_t;

/**
 * Private data of an extsock_state_file_t object
 */
struct private_extsock_state_file_t {

	/**
	 * Public interface
	 */
	extsock_state_file_t public;

	/**
	 * Path of the file, NULL to keep nothing
	 */
	char *path;

	/**
	 * Shortest time between two writes, in milliseconds
	 */
	u_int interval;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Text to write
	 */
	char text[SEGW_MEMORY_CAP];

	/**
	 * Length of text
	 */
	size_t len;

	/**
	 * TRUE if text is not written yet
	 */
	bool dirty;

	/**
	 * TRUE if a job is scheduled to write it, or is writing
	 */
	bool scheduled;

	/**
	 * TRUE if the last write failed, and that was logged
	 */
	bool failed;

	/**
	 * Earliest time of the next write
	 */
	uint64_t next;
};

METHOD(extsock_state_file_t, restore, void,
	private_extsock_state_file_t *this, segw_ctx_t *ctx)
{
	char text[SEGW_MEMORY_CAP];
	FILE *file;
	size_t len;

	if (!this->path)
	{
		return;
	}
	file = fopen(this->path, "r");
	if (!file)
	{
		if (errno != ENOENT)
		{
			DBG1(DBG_CFG, "opening '%s' failed: %s", this->path,
				 strerror(errno));
		}
		return;
	}
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	/* a torn or foreign file is libsegw's to recognise */
	segw_restore(ctx, text, len);
}

METHOD(extsock_state_file_t, update, bool,
	private_extsock_state_file_t *this, segw_ctx_t *ctx)
{
	bool save = FALSE;

	if (!this->path)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	if (segw_memory(ctx, this->text, sizeof(this->text),
					&this->len) == SEGW_OK)
	{
		this->dirty = TRUE;
		save = !this->scheduled;
		this->scheduled = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return save;
}

/**
 * Write a text to a new file.
 *
 * @param path			path of the file
 * @param text			text to write
 * @param len			length of text
 * @return				TRUE if it has reached the medium
 */
static bool write_file(char *path, char *text, size_t len)
{
	bool done;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
	{
		return FALSE;
	}
	done = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	return close(fd) == 0 && done;
}

/**
 * Put a text in the file's place, whole or not at all.
 *
 * @param this			state file
 * @param text			text to write
 * @param len			length of text
 * @return				FALSE if that failed, errno tells why
 */
static bool replace_file(private_extsock_state_file_t *this, char *text, size_t len)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s.new", this->path) >= sizeof(path))
	{
		errno = ENAMETOOLONG;
		return FALSE;
	}
	return write_file(path, text, len) && rename(path, this->path) == 0;
}

/**
 * Write what is not written yet.
 *
 * @param this			state file
 * @return				time until it is to be called again, in milliseconds; 0 if
 *						all is written
 */
static u_int flush_text(private_extsock_state_file_t *this)
{
	char text[SEGW_MEMORY_CAP];
	bool dirty, failed;
	u_int again = 0;
	size_t len;

	this->mutex->lock(this->mutex);
	dirty = this->dirty;
	len = this->len;
	memcpy(text, this->text, len);
	this->dirty = FALSE;
	this->mutex->unlock(this->mutex);

	failed = dirty && !replace_file(this, text, len);
	if (failed && !this->failed)
	{
		DBG1(DBG_CFG, "writing '%s' failed: %s; trying again every %us",
			 this->path, strerror(errno), RETRY_MS / 1000);
	}
	this->failed = failed;

	this->mutex->lock(this->mutex);
	this->dirty |= failed;
	/* or it has changed meanwhile */
	if (this->dirty)
	{
		again = max(failed ? RETRY_MS : this->interval, 1);
	}
	this->scheduled = this->dirty;
	this->next = extsock_timer_now() + this->interval;
	this->mutex->unlock(this->mutex);
	return again;
}

CALLBACK(flush_job, job_requeue_t,
	private_extsock_state_file_t *this)
{
	u_int again = flush_text(this);

	return again ? JOB_RESCHEDULE_MS(again) : JOB_REQUEUE_NONE;
}

METHOD(extsock_state_file_t, save, void,
	private_extsock_state_file_t *this)
{
	uint64_t now, next;

	this->mutex->lock(this->mutex);
	next = this->next;
	this->mutex->unlock(this->mutex);

	now = extsock_timer_now();
	lib->scheduler->schedule_job_ms(lib->scheduler,
			(job_t*)callback_job_create_with_prio(flush_job, this, NULL, NULL,
												  JOB_PRIO_LOW),
			next > now ? next - now : 0);
}

METHOD(extsock_state_file_t, destroy, void,
	private_extsock_state_file_t *this)
{
	flush_text(this);
	this->mutex->destroy(this->mutex);
	free(this->path);
	free(this);
}

/*
 * Described in header
 */
extsock_state_file_t *extsock_state_file_create()
{
	private_extsock_state_file_t *this;
	char *path;

	path = lib->settings->get_str(lib->settings,
							"%s.plugins.extsock.state_file", NULL, lib->ns);
	INIT(this,
		.public = {
			.restore = _restore,
			.update = _update,
			.save = _save,
			.destroy = _destroy,
		},
		.path = strdupnull(path),
		.interval = lib->settings->get_int(lib->settings,
							"%s.plugins.extsock.state_interval_ms",
							DEFAULT_INTERVAL_MS, lib->ns),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
