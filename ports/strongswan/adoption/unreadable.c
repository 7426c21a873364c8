/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unreadable.h"
#include "compat.h"

#include <daemon.h>
#include <threading/spinlock.h>

/**
 * Bytes of a line that are kept
 */
#define LINE_CAP 256

/**
 * How charon's line begins that says that it could not read a file
 */
#define INVALID "invalid config file '"

typedef struct private_extsock_unreadable_t private_extsock_unreadable_t;

/**
 * Private data of an extsock_unreadable_t object
 */
struct private_extsock_unreadable_t {

	/**
	 * Public interface
	 */
	extsock_unreadable_t public;

	/**
	 * Implements logger interface
	 */
	logger_t logger;

	/**
	 * Callback, and its user data
	 */
	extsock_unreadable_cb_t cb;
	void *user;

	/**
	 * Covers all that follows
	 */
	spinlock_t *lock;

	/**
	 * Last line about configuration: the parser's, once the next says that it
	 * has given up
	 */
	char line[LINE_CAP];

	/**
	 * Thread that logged it
	 */
	int thread;

	/**
	 * Where and what the mistake is, empty if there is none
	 */
	char reason[LINE_CAP];
};

/**
 * Get the object of its logger.
 *
 * @param logger		its logger
 * @return				object
 */
static private_extsock_unreadable_t *get_this(logger_t *logger)
{
	return (private_extsock_unreadable_t*)((char*)logger -
						offsetof(private_extsock_unreadable_t, logger));
}

/**
 * Check if a line says that charon's own settings could not be read.
 *
 * @param message		line
 * @return				TRUE if it does
 */
static bool is_invalid(const char *message)
{
	size_t len = strlen(INVALID);

	return lib->conf && strpfx((char*)message, INVALID) &&
		   strpfx((char*)message + len, lib->conf);
}

/**
 * Hear a line, implements logger_t.log
 */
static void hear(logger_t *logger, debug_t group, level_t level, int thread,
				 ike_sa_t *ike_sa, const char *message)
{
	private_extsock_unreadable_t *this = get_this(logger);
	bool invalid = is_invalid(message);

	this->lock->lock(this->lock);
	if (invalid)
	{
		snprintf(this->reason, sizeof(this->reason), "%s",
				 this->thread == thread && *this->line ? this->line : message);
	}
	else
	{
		snprintf(this->line, sizeof(this->line), "%s", message);
		this->thread = thread;
	}
	this->lock->unlock(this->lock);
	if (invalid)
	{
		this->cb(this->user);
	}
}

/**
 * Which lines are to be heard, implements logger_t.get_level
 */
static level_t get_level(logger_t *logger, debug_t group)
{
	return group == DBG_CFG ? LEVEL_CTRL : LEVEL_SILENT;
}

METHOD(extsock_unreadable_t, take, bool,
	private_extsock_unreadable_t *this, char *reason, size_t cap)
{
	bool heard;

	this->lock->lock(this->lock);
	heard = *this->reason != '\0';
	snprintf(reason, cap, "%s", this->reason);
	this->reason[0] = '\0';
	this->lock->unlock(this->lock);
	return heard;
}

METHOD(extsock_unreadable_t, destroy, void,
	private_extsock_unreadable_t *this)
{
	charon->bus->remove_logger(charon->bus, &this->logger);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_unreadable_t *extsock_unreadable_create(extsock_unreadable_cb_t cb,
												void *user)
{
	private_extsock_unreadable_t *this;

	INIT(this,
		.public = {
			.take = _take,
			.destroy = _destroy,
		},
		.logger = {
			.log = hear,
			.get_level = get_level,
		},
		.cb = cb,
		.user = user,
		.lock = spinlock_create(),
	);
	charon->bus->add_logger(charon->bus, &this->logger);
	return &this->public;
}
