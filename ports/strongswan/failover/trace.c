/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "trace.h"
#include "clock.h"
#include "log_group.h"
#include "replace.h"
#include "setting.h"
#include "timer.h"

#include <errno.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Default of the record_bytes option
 */
#define RECORD_BYTES 32768

/**
 * Time from an input until the file is written, in milliseconds
 */
#define INTERVAL_MS 5000

/**
 * Some entries, the first of which has libsegw's tables
 */
typedef struct {
	/** entries */
	uint8_t *data;
	/** bytes of them */
	size_t len;
} part_t;

/**
 * Bytes of a part that an input leaves for the actions that it leads to
 */
#define SLACK(trace) ((trace)->cap / 8)

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
	 * Path of the file, NULL if there is to be none
	 */
	char *path;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Part that is full, and the one that follows it
	 */
	part_t older, newer;

	/**
	 * Bytes of room in each
	 */
	size_t cap;

	/**
	 * Number of the first entry that there is: another one means that what was
	 * there is not there any more
	 */
	uint32_t serial;

	/**
	 * Inputs so far
	 */
	uint64_t inputs;

	/**
	 * Time of the last entry
	 */
	uint64_t last;

	/**
	 * The event and the action before
	 */
	extsock_trace_before_t before;

	/**
	 * TRUE from a request on until its answer
	 */
	bool asked;

	/**
	 * TRUE if the last entry is a request that may be refused: nobody gets to
	 * see it until that is known
	 */
	bool unsure;

	/**
	 * Bytes and time of the newer part before that request
	 */
	size_t sure_len;
	uint64_t sure_last;

	/**
	 * TRUE if something happened since the last entry that cannot be kept
	 */
	bool gap;

	/**
	 * TRUE if libsegw's tables do not fit into a part; they change with the
	 * configuration
	 */
	bool small;

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
 * Throw away what there is, called with the mutex held.
 *
 * @param this			trace
 */
static void clear(private_extsock_trace_t *this)
{
	this->older.len = this->newer.len = 0;
	this->serial++;
}

/**
 * Add an entry to the newer part.
 *
 * @param this			trace
 * @param kind			what it is
 * @param now			time of it
 * @param keep			bytes of room that have to be left
 * @param data			what belongs to it
 * @param len			bytes of data
 * @return				FALSE if there is no room
 */
static bool add(private_extsock_trace_t *this, extsock_trace_kind_t kind,
				uint64_t now, size_t keep, const void *data, size_t len)
{
	/* the bytes stand behind their number, of which nobody knows yet how many
	 * it takes: they are moved */
	uint8_t head[16], *at = this->newer.data + this->newer.len;
	size_t packed, used, room = this->cap - this->newer.len;

	if (room < keep + sizeof(head) ||
		!extsock_zeros_pack(at + sizeof(head), room - keep - sizeof(head),
							data, len, &packed))
	{
		return FALSE;
	}
	used = extsock_zeros_put(head, sizeof(head), kind);
	used += extsock_zeros_put(head + used, sizeof(head) - used, packed);
	used += extsock_zeros_put(head + used, sizeof(head) - used,
							  now - this->last);
	memcpy(at, head, used);
	memmove(at + used, at + sizeof(head), packed);
	this->newer.len += used + packed;
	this->last = now;
	return TRUE;
}

/**
 * Add an input or action to the newer part.
 *
 * @param this			trace
 * @param kind			what it is
 * @param now			time of it
 * @param keep			bytes of room that have to be left
 * @param data			what belongs to it
 * @param len			bytes of data
 * @return				FALSE if there is no room
 */
static bool add_one(private_extsock_trace_t *this, extsock_trace_kind_t kind,
					uint64_t now, size_t keep, const void *data, size_t len)
{
	extsock_trace_before_t differing;
	const void *what = data;
	void *before = NULL;

	switch (kind)
	{
		case EXTSOCK_TRACE_IKE_EVENT:
			before = &this->before.event;
			what = memcpy(&differing.event, data, len);
			extsock_trace_xor(&differing.event, before, len);
			break;
		case EXTSOCK_TRACE_ACTION:
			before = &this->before.action;
			what = memcpy(&differing.action, data, len);
			extsock_trace_xor(&differing.action, before, len);
			break;
		default:
			break;
	}
	if (!add(this, kind, now, keep, what, len))
	{
		return FALSE;
	}
	if (before)
	{
		memcpy(before, data, len);
	}
	return TRUE;
}

/**
 * Add libsegw's tables to the newer part.
 *
 * @param this			trace
 * @param now			time of them
 * @param keep			bytes of room that have to be left
 * @param ctx			libsegw's context
 * @return				FALSE if there is no room
 */
static bool add_tables(private_extsock_trace_t *this, uint64_t now, size_t keep,
					   const segw_ctx_t *ctx)
{
	extsock_trace_tables_t tables = {
		.now_ms = now,
		.unix_ms = extsock_clock_now(),
		.inputs = this->inputs,
		.gap = this->gap,
	};
	size_t len = this->newer.len;

	/* they have their own time */
	this->last = now;
	if (!add(this, EXTSOCK_TRACE_TABLES, now, keep, ctx, sizeof(*ctx)))
	{
		return FALSE;
	}
	tables.sum = extsock_trace_sum(this->newer.data + len,
								   this->newer.len - len);
	if (!add(this, EXTSOCK_TRACE_BEGIN, now, keep, &tables, sizeof(tables)))
	{
		this->newer.len = len;
		return FALSE;
	}
	memset(&this->before, 0, sizeof(this->before));
	this->gap = FALSE;
	return TRUE;
}

/**
 * Add an input to the newer part, where the actions that it leads to fit as
 * well.
 *
 * @param this			trace
 * @param kind			what it is
 * @param now			time of it
 * @param data			what belongs to it
 * @param len			bytes of data
 * @return				FALSE if there is no room
 */
static bool add_input(private_extsock_trace_t *this, extsock_trace_kind_t kind,
					  uint64_t now, const void *data, size_t len)
{
	this->sure_len = this->newer.len;
	this->sure_last = this->last;
	return add_one(this, kind, now, SLACK(this), data, len);
}

/**
 * Have the newer part be the older one, and begin anew with libsegw's tables.
 *
 * @param this			trace
 * @param now			time of them
 * @param keep			bytes of room that have to be left
 * @param ctx			libsegw's context
 * @return				FALSE if there is no room
 */
static bool turn(private_extsock_trace_t *this, uint64_t now, size_t keep,
				 const segw_ctx_t *ctx)
{
	part_t part = this->older;

	this->older = this->newer;
	this->newer = part;
	this->newer.len = 0;
	this->serial++;
	return add_tables(this, now, keep, ctx);
}

/**
 * Copy what there is, called with the mutex held.
 *
 * @param this			trace
 * @return				allocated, with its head
 */
static chunk_t copy(private_extsock_trace_t *this)
{
	extsock_trace_head_t head = {
		.magic = EXTSOCK_TRACE_MAGIC,
		.version = SEGW_VERSION,
		.abi = SEGW_ABI,
		.ctx_len = sizeof(segw_ctx_t),
	};

	return chunk_cat("ccc", chunk_from_thing(head),
					 chunk_create(this->older.data, this->older.len),
					 chunk_create(this->newer.data, this->unsure ?
								  this->sure_len : this->newer.len));
}

/**
 * Write what there is, if there is something new.
 *
 * @param this			trace
 */
static void flush_trace(private_extsock_trace_t *this)
{
	chunk_t data = chunk_empty;
	bool done;

	/* what is written is a copy: nobody waits for a file */
	this->mutex->lock(this->mutex);
	if (this->dirty && this->newer.len)
	{
		data = copy(this);
	}
	this->dirty = FALSE;
	this->scheduled = FALSE;
	this->mutex->unlock(this->mutex);

	if (data.len)
	{
		done = extsock_replace_file(this->path, data, FALSE);
		if (!done && !this->failed)
		{
			DBG1(DBG_EXTSOCK, "writing '%s' failed: %s", this->path,
				 strerror(errno));
		}
		this->failed = !done;
	}
	free(data.ptr);
}

CALLBACK(flush_job, job_requeue_t,
	private_extsock_trace_t *this)
{
	flush_trace(this);
	return JOB_REQUEUE_NONE;
}

/**
 * Have the file written before long, called with the mutex held.
 *
 * @param this			trace
 * @return				TRUE if a job has to be scheduled for it
 */
static bool touch(private_extsock_trace_t *this)
{
	bool schedule = this->path && !this->scheduled;

	this->dirty = TRUE;
	this->scheduled |= schedule;
	return schedule;
}

METHOD(extsock_trace_t, input, void,
	private_extsock_trace_t *this, extsock_trace_kind_t kind, uint64_t now,
	const void *data, size_t len, const segw_ctx_t *ctx)
{
	bool schedule, fits;

	this->mutex->lock(this->mutex);
	if (now - this->last > EXTSOCK_TRACE_AFTER_MAX)
	{	/* more than an entry can say */
		this->gap = TRUE;
	}
	fits = !this->small &&
		   (!this->newer.len || !this->gap ||
			add_tables(this, now, SLACK(this), ctx)) &&
		   this->newer.len &&
		   add_input(this, kind, now, data, len);
	if (!fits && !this->small)
	{
		fits = turn(this, now, SLACK(this), ctx) &&
			   add_input(this, kind, now, data, len);
		if (!fits)
		{
			this->small = TRUE;
			clear(this);
		}
	}
	this->asked = kind == EXTSOCK_TRACE_REQUEST;
	this->unsure = fits && this->asked;
	this->inputs++;
	schedule = fits && touch(this);
	this->mutex->unlock(this->mutex);

	if (schedule)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(flush_job, this, NULL,
													  NULL, JOB_PRIO_LOW),
				INTERVAL_MS);
	}
}

METHOD(extsock_trace_t, answer, void,
	private_extsock_trace_t *this, bool accepted)
{
	part_t *older = &this->older, *newer = &this->newer;

	this->mutex->lock(this->mutex);
	if (this->unsure && !accepted)
	{
		newer->len = this->sure_len;
		this->last = this->sure_last;
		this->inputs--;
	}
	if (this->asked && !accepted)
	{	/* also what a try that did not fit has left behind the entries. A
		 * request that is not kept has left nothing */
		memwipe(older->data + older->len, this->cap - older->len);
		memwipe(newer->data + newer->len, this->cap - newer->len);
	}
	this->asked = FALSE;
	this->unsure = FALSE;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_trace_t, action, void,
	private_extsock_trace_t *this, const segw_action_t *action)
{
	this->mutex->lock(this->mutex);
	if (this->newer.len && !this->gap &&
		!add_one(this, EXTSOCK_TRACE_ACTION, extsock_timer_now(), 0, action,
				 sizeof(*action)))
	{	/* what follows would not fit to what libsegw has left */
		this->gap = TRUE;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_trace_t, forget, void,
	private_extsock_trace_t *this)
{
	this->mutex->lock(this->mutex);
	this->gap = TRUE;
	this->small = FALSE;
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_trace_t, get, bool,
	private_extsock_trace_t *this, chunk_t *data, uint32_t *serial)
{
	bool small;

	this->mutex->lock(this->mutex);
	small = this->small;
	if (!small)
	{
		*data = copy(this);
		*serial = this->serial;
	}
	this->mutex->unlock(this->mutex);
	return !small;
}

METHOD(extsock_trace_t, destroy, void,
	private_extsock_trace_t *this)
{
	if (this->path)
	{
		flush_trace(this);
	}
	this->mutex->destroy(this->mutex);
	free(this->older.data);
	free(this->newer.data);
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
	int bytes;

	path = lib->settings->get_str(lib->settings,
								  "%s.plugins.extsock.trace_file", NULL,
								  lib->ns);
	bytes = extsock_setting_number("record_bytes", RECORD_BYTES);
	if (!bytes)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.input = _input,
			.answer = _answer,
			.action = _action,
			.forget = _forget,
			.get = _get,
			.destroy = _destroy,
		},
		.path = path && *path ? strdup(path) : NULL,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.cap = bytes / 2,
		.last = extsock_timer_now(),
	);
	/* all of it is taken at once, so that nobody wonders what grows later */
	this->older.data = malloc(this->cap);
	this->newer.data = malloc(this->cap);
	memset(this->older.data, 0, this->cap);
	memset(this->newer.data, 0, this->cap);
	return &this->public;
}
