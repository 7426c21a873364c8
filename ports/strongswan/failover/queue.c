/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "queue.h"

/**
 * Actions that fit in. More than one per connection is rare.
 */
#define ACTION_SLOTS 64

/**
 * Events that fit in
 */
#define EVENT_SLOTS 64

typedef struct private_extsock_queue_t private_extsock_queue_t;

/**
 * An event line
 */
typedef struct {
	/** bytes used */
	size_t len;
	/** the line, not terminated */
	char text[SEGW_EVENT_CAP];
} event_t;

/**
 * Private data of an extsock_queue_t object
 */
struct private_extsock_queue_t {

	/**
	 * Public interface
	 */
	extsock_queue_t public;

	/**
	 * Ring of actions
	 */
	segw_action_t actions[ACTION_SLOTS];

	/**
	 * Index of the oldest action
	 */
	u_int first_action;

	/**
	 * Number of actions
	 */
	u_int action_count;

	/**
	 * Ring of events
	 */
	event_t events[EVENT_SLOTS];

	/**
	 * Index of the oldest event
	 */
	u_int first_event;

	/**
	 * Number of events
	 */
	u_int event_count;
};

METHOD(extsock_queue_t, drain, bool,
	private_extsock_queue_t *this, segw_ctx_t *ctx)
{
	segw_action_t *action;
	event_t *event;
	u_int slot;

	while (this->action_count < ACTION_SLOTS)
	{
		slot = (this->first_action + this->action_count) % ACTION_SLOTS;
		action = &this->actions[slot];
		if (segw_next_action(ctx, action) != SEGW_OK)
		{
			break;
		}
		this->action_count++;
	}
	while (this->event_count < EVENT_SLOTS)
	{
		slot = (this->first_event + this->event_count) % EVENT_SLOTS;
		event = &this->events[slot];
		if (segw_next_event(ctx, event->text, sizeof(event->text),
							&event->len) != SEGW_OK)
		{
			break;
		}
		this->event_count++;
	}
	return this->action_count || this->event_count;
}

METHOD(extsock_queue_t, next_action, bool,
	private_extsock_queue_t *this, bool in_hook, segw_action_t *action)
{
	segw_action_t *first = &this->actions[this->first_action];

	/* to unload a connection takes the backend's lock, and must not come after
	 * a request that loads it anew */
	if (!this->action_count ||
		(in_hook && first->kind == SEGW_ACTION_UNLOAD))
	{
		return FALSE;
	}
	*action = *first;
	this->first_action = (this->first_action + 1) % ACTION_SLOTS;
	this->action_count--;
	return TRUE;
}

METHOD(extsock_queue_t, next_event, size_t,
	private_extsock_queue_t *this, char *text)
{
	event_t *event;

	if (!this->event_count)
	{
		return 0;
	}
	event = &this->events[this->first_event];
	memcpy(text, event->text, event->len);
	this->first_event = (this->first_event + 1) % EVENT_SLOTS;
	this->event_count--;
	return event->len;
}

METHOD(extsock_queue_t, destroy, void,
	private_extsock_queue_t *this)
{
	free(this);
}

/*
 * Described in header
 */
extsock_queue_t *extsock_queue_create()
{
	private_extsock_queue_t *this;

	INIT(this,
		.public = {
			.drain = _drain,
			.next_action = _next_action,
			.next_event = _next_event,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
