/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pace.h"
#include "timer.h"

/**
 * Refused requests that a client may send in a row, and the time after which it
 * may send one more, in milliseconds
 */
#define REFUSED_MAX 16
#define REFUSED_COST 50

/**
 * Silence after which a request of an old client is taken as complete without
 * its newline, in milliseconds
 */
#define SILENCE 1000

typedef struct private_extsock_pace_t private_extsock_pace_t;

/**
 * Private data of an extsock_pace_t object
 */
struct private_extsock_pace_t {

	/**
	 * Public interface
	 */
	extsock_pace_t public;

	/**
	 * Time the client may leave a request unfinished, 0 for any
	 */
	u_int idle_timeout;

	/**
	 * When it last moved
	 */
	uint64_t moved_at;

	/**
	 * When its refused requests are paid for, REFUSED_COST each
	 */
	uint64_t paid_at;

	/**
	 * TRUE if SILENCE has passed since it moved
	 */
	bool silent;
};

METHOD(extsock_pace_t, moved, void,
	private_extsock_pace_t *this)
{
	this->moved_at = extsock_timer_now();
	this->silent = FALSE;
}

METHOD(extsock_pace_t, refused, void,
	private_extsock_pace_t *this)
{
	this->paid_at = max(this->paid_at, extsock_timer_now()) + REFUSED_COST;
}

METHOD(extsock_pace_t, get_turn, uint64_t,
	private_extsock_pace_t *this)
{
	uint64_t grace = REFUSED_MAX * REFUSED_COST;

	return this->paid_at > grace ? this->paid_at - grace : 0;
}

METHOD(extsock_pace_t, get_deadline, uint64_t,
	private_extsock_pace_t *this)
{
	u_int timeout = this->idle_timeout;

	if (!this->silent && (!timeout || timeout > SILENCE))
	{
		timeout = SILENCE;
	}
	return timeout ? this->moved_at + timeout : 0;
}

METHOD(extsock_pace_t, expire, bool,
	private_extsock_pace_t *this, uint64_t now)
{
	if (this->idle_timeout && now - this->moved_at >= this->idle_timeout)
	{
		return TRUE;
	}
	this->silent = TRUE;
	return FALSE;
}

METHOD(extsock_pace_t, is_silent, bool,
	private_extsock_pace_t *this)
{
	return this->silent;
}

METHOD(extsock_pace_t, set_idle_timeout, void,
	private_extsock_pace_t *this, u_int timeout)
{
	this->idle_timeout = timeout;
}

METHOD(extsock_pace_t, destroy, void,
	private_extsock_pace_t *this)
{
	free(this);
}

/*
 * Described in header
 */
extsock_pace_t *extsock_pace_create(u_int idle_timeout)
{
	private_extsock_pace_t *this;

	INIT(this,
		.public = {
			.moved = _moved,
			.refused = _refused,
			.get_turn = _get_turn,
			.get_deadline = _get_deadline,
			.expire = _expire,
			.is_silent = _is_silent,
			.set_idle_timeout = _set_idle_timeout,
			.destroy = _destroy,
		},
		.idle_timeout = idle_timeout,
	);
	return &this->public;
}
