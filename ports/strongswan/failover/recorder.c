/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "recorder.h"
#include "timer.h"
#include "trace.h"

/**
 * Bytes of stack that libsegw uses at most, see cross/README.md
 */
#define STACK_LEN 16384

/**
 * Bytes of a " for TIME" behind a request
 */
#define FOR_CAP 32

typedef struct private_extsock_recorder_t private_extsock_recorder_t;

/**
 * Private data of an extsock_recorder_t object
 */
struct private_extsock_recorder_t {

	/**
	 * Public interface
	 */
	extsock_recorder_t public;

	/**
	 * Libsegw's context
	 */
	const segw_ctx_t *ctx;

	/**
	 * Keeps the last inputs, NULL if they are not to be kept
	 */
	extsock_trace_t *trace;
};

/**
 * Wipe the stack that libsegw is about to use. What lies between its members,
 * and where its tables are not full, is what its frames had there, and the
 * record has libsegw's tables as they are: nothing that this thread did before
 * is to get there.
 */
static __attribute__((noinline)) void wipe_stack()
{
	uint8_t below[STACK_LEN];

	memwipe(below, sizeof(below));
}

METHOD(extsock_recorder_t, begin, uint64_t,
	private_extsock_recorder_t *this, extsock_trace_kind_t kind,
	const void *data, size_t len)
{
	uint64_t now = extsock_timer_now();

	if (this->trace)
	{
		this->trace->input(this->trace, kind, now, data, len, this->ctx);
		wipe_stack();
	}
	return now;
}

/**
 * Begin an input that the trace can not keep.
 *
 * @param this			recorder
 * @return				time of it
 */
static uint64_t begin_unkept(private_extsock_recorder_t *this)
{
	if (this->trace)
	{
		this->trace->forget(this->trace);
		wipe_stack();
	}
	return extsock_timer_now();
}

METHOD(extsock_recorder_t, begin_request, uint64_t,
	private_extsock_recorder_t *this, chunk_t request)
{
	switch (segw_verb(request.ptr, request.len))
	{
		case SEGW_VERB_START_DPD:
		case SEGW_VERB_INITIATE:
		case SEGW_VERB_TERMINATE:
		case SEGW_VERB_SWITCH:
		case SEGW_VERB_PIN:
		case SEGW_VERB_UNPIN:
		case SEGW_VERB_DRAIN:
		case SEGW_VERB_UNDRAIN:
		case SEGW_VERB_DRILL:
			if (request.len <= SEGW_NAME_CAP + SEGW_ADDR_CAP + FOR_CAP)
			{
				return begin(this, EXTSOCK_TRACE_REQUEST, request.ptr,
							 request.len);
			}
			break;
		case SEGW_VERB_APPLY_CONFIG:
		case SEGW_VERB_REMOVE_CONFIG:
			return begin_unkept(this);
		default:
			break;
	}
	return extsock_timer_now();
}

METHOD(extsock_recorder_t, end_request, void,
	private_extsock_recorder_t *this, bool accepted)
{
	if (this->trace)
	{
		this->trace->answer(this->trace, accepted);
	}
}

METHOD(extsock_recorder_t, begin_adoption, uint64_t,
	private_extsock_recorder_t *this, const char *name, const char *addresses,
	uint32_t children, const segw_policy_t *policy)
{
	extsock_trace_adopt_t *adopt;
	uint64_t now;

	if (!this->trace)
	{
		return extsock_timer_now();
	}
	INIT(adopt,
		.policy = *policy,
		.children = children,
	);
	if (snprintf(adopt->name, sizeof(adopt->name), "%s",
				 name) < sizeof(adopt->name) &&
		snprintf(adopt->addresses, sizeof(adopt->addresses), "%s",
				 addresses) < sizeof(adopt->addresses))
	{
		now = begin(this, EXTSOCK_TRACE_ADOPT, adopt, sizeof(*adopt));
	}
	else
	{
		now = begin_unkept(this);
	}
	free(adopt);
	return now;
}

METHOD(extsock_recorder_t, action, void,
	private_extsock_recorder_t *this, const segw_action_t *action)
{
	if (this->trace)
	{
		this->trace->action(this->trace, action);
	}
}

METHOD(extsock_recorder_t, get, char*,
	private_extsock_recorder_t *this, chunk_t *data, uint32_t *serial)
{
	if (!this->trace)
	{
		return "no record is kept: charon.plugins.extsock.record_bytes is 0";
	}
	if (!this->trace->get(this->trace, data, serial))
	{
		return "these connections do not fit into a record: raise "
			   "charon.plugins.extsock.record_bytes, and restart charon";
	}
	return NULL;
}

METHOD(extsock_recorder_t, destroy, void,
	private_extsock_recorder_t *this)
{
	DESTROY_IF(this->trace);
	free(this);
}

/*
 * Described in header
 */
extsock_recorder_t *extsock_recorder_create(const segw_ctx_t *ctx)
{
	private_extsock_recorder_t *this;

	INIT(this,
		.public = {
			.begin = _begin,
			.begin_request = _begin_request,
			.end_request = _end_request,
			.begin_adoption = _begin_adoption,
			.action = _action,
			.get = _get,
			.destroy = _destroy,
		},
		.ctx = ctx,
		.trace = extsock_trace_create(),
	);
	return &this->public;
}
