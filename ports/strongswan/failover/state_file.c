/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "state_file.h"
#include "log_group.h"
#include "replace.h"
#include "setting.h"
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
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

/**
 * The last line of the file, a checksum of all before it, and its length
 */
#define SUM_FORMAT "sum %08x\n"
#define SUM_LEN 13

/**
 * The longest file, a byte more by which a longer one shows, and a NUL
 */
#define IO_LEN (SEGW_MEMORY_CAP + SUM_LEN + 2)

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
	 * What is being read or written, with its checksum, IO_LEN bytes if there is
	 * a path: too much for a thread's stack where there are many connections.
	 * Only one at a time does either
	 */
	char *io;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Text to write, SEGW_MEMORY_CAP bytes if there is a path
	 */
	char *text;

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

/**
 * Write the checksum behind a text.
 *
 * @param text			text, with room for SUM_LEN + 1 bytes more
 * @param len			length of text
 * @return				length with the checksum
 */
static size_t add_sum(char *text, size_t len)
{
	u_int sum = chunk_hash_static(chunk_create(text, len));

	return len + snprintf(text + len, SUM_LEN + 1, SUM_FORMAT, sum);
}

/**
 * Read the file; who made it is not known, so it may be anything.
 *
 * @param this			state file
 * @param text			receives what it says
 * @param size			size of text
 * @return				length of text, -1 if it can not be read, errno tells why
 */
static ssize_t read_file(private_extsock_state_file_t *this, char *text,
						 size_t size)
{
	struct stat st;
	ssize_t len = -1;
	int fd;

	/* to open a FIFO would wait for a writer */
	fd = open(this->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
	{
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
	{
		len = read(fd, text, size);
	}
	else
	{
		errno = EINVAL;
	}
	close(fd);
	return len;
}

METHOD(extsock_state_file_t, restore, void,
	private_extsock_state_file_t *this, segw_ctx_t *ctx)
{
	char *text = this->io, sum[SUM_LEN];
	ssize_t len, text_len;

	if (!this->path)
	{
		return;
	}
	/* the NUL of the checksum has to fit behind the longest file that is read */
	len = read_file(this, text, IO_LEN - 1);
	if (len < 0)
	{
		if (errno != ENOENT)
		{
			DBG1(DBG_EXTSOCK, "reading '%s' failed: %s", this->path,
				 errno == EINVAL ? "it is no regular file" :
				 errno == ELOOP ? "it is a symbolic link" : strerror(errno));
		}
		return;
	}
	text_len = len - SUM_LEN;
	if (text_len >= 0)
	{
		memcpy(sum, text + text_len, SUM_LEN);
	}
	if (text_len < 0 || add_sum(text, text_len) != len ||
		memcmp(sum, text + text_len, SUM_LEN) != 0)
	{
		DBG1(DBG_EXTSOCK, "'%s' is not as it was written, it counts for nothing",
			 this->path);
		return;
	}
	/* and yet it may be a stranger's: libsegw sees to that */
	segw_restore(ctx, text, text_len);
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
	if (segw_memory(ctx, this->text, SEGW_MEMORY_CAP, &this->len) == SEGW_OK)
	{
		this->dirty = TRUE;
		save = !this->scheduled;
		this->scheduled = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return save;
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
	bool dirty, failed;
	u_int again = 0;
	size_t len;

	this->mutex->lock(this->mutex);
	dirty = this->dirty;
	len = this->len;
	memcpy(this->io, this->text, len);
	this->dirty = FALSE;
	this->mutex->unlock(this->mutex);

	failed = dirty && !extsock_replace_file(this->path,
							chunk_create(this->io, add_sum(this->io, len)), TRUE);
	if (failed && !this->failed)
	{
		DBG1(DBG_EXTSOCK, "writing '%s' failed: %s; trying again every %us",
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
	if (this->path)
	{
		flush_text(this);
	}
	this->mutex->destroy(this->mutex);
	free(this->io);
	free(this->text);
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
		.interval = extsock_setting_number("state_interval_ms",
												DEFAULT_INTERVAL_MS),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	if (path)
	{
		this->io = malloc(IO_LEN);
		this->text = malloc(SEGW_MEMORY_CAP);
	}
	return &this->public;
}
