/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log.h"
#include "log_group.h"

#include <segw.h>

#include <threading/mutex.h>

/**
 * Lines that fit in, an input of libsegw makes two or three
 */
#define LOG_SLOTS 16

/**
 * Bytes of a line, libsegw's longest is shorter
 */
#define LOG_LINE 200

typedef struct private_extsock_log_t private_extsock_log_t;

/**
 * A line
 */
typedef struct {
	/** level to log with */
	level_t level;
	/** bytes used */
	size_t len;
	/** text, not terminated */
	char text[LOG_LINE];
} line_t;

/**
 * Private data of an extsock_log_t object
 */
struct private_extsock_log_t {

	/**
	 * Public interface
	 */
	extsock_log_t public;

	/**
	 * Covers all that follows, a leaf
	 */
	mutex_t *mutex;

	/**
	 * Lines not yet logged
	 */
	line_t lines[LOG_SLOTS];

	/**
	 * Number of lines
	 */
	u_int count;

	/**
	 * Lines that found no room
	 */
	u_int missed;
};

/**
 * The object that takes the lines: libsegw has one sink in a process, for good
 */
static private_extsock_log_t *instance;

/**
 * Take a line, implements segw_log_fn.
 *
 * @param user			unused
 * @param level			1 error .. 5 trace
 * @param text			text to log, not terminated
 * @param len			length of text
 */
static void take(void *user, uint32_t level, const char *text, size_t len)
{
	private_extsock_log_t *this = instance;
	line_t *line;

	if (!this)
	{
		return;
	}
	this->mutex->lock(this->mutex);
	if (this->count < LOG_SLOTS)
	{
		line = &this->lines[this->count++];
		line->level = level <= 3 ? LEVEL_CTRL : LEVEL_CTRL + level - 3;
		line->len = min(len, sizeof(line->text));
		memcpy(line->text, text, line->len);
	}
	else
	{
		this->missed++;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_log_t, flush, void,
	private_extsock_log_t *this)
{
	line_t lines[LOG_SLOTS];
	u_int count, missed, i;

	this->mutex->lock(this->mutex);
	count = this->count;
	missed = this->missed;
	memcpy(lines, this->lines, count * sizeof(*lines));
	this->count = this->missed = 0;
	this->mutex->unlock(this->mutex);

	for (i = 0; i < count; i++)
	{
		dbg(DBG_EXTSOCK, lines[i].level, "%.*s", (int)lines[i].len, lines[i].text);
	}
	if (missed)
	{
		DBG1(DBG_EXTSOCK, "%u more lines of libsegw not logged", missed);
	}
}

METHOD(extsock_log_t, destroy, void,
	private_extsock_log_t *this)
{
	flush(this);
	instance = NULL;
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_log_t *extsock_log_create()
{
	private_extsock_log_t *this;

	INIT(this,
		.public = {
			.flush = _flush,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	instance = this;
	/* refused if the plugin was loaded before, the sink is the same then */
	segw_log_init(take, NULL, 5);
	return &this->public;
}
