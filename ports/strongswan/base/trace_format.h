/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_trace_format extsock_trace_format
 * @{ @ingroup extsock
 *
 * A record: what the plugin told libsegw, and what that answered. Made by the
 * plugin, read by segw-replay of the same build.
 */

#ifndef EXTSOCK_TRACE_FORMAT_H_
#define EXTSOCK_TRACE_FORMAT_H_

#include <stddef.h>
#include <stdint.h>

#include <segw.h>

#include "zeros.h"

#define EXTSOCK_TRACE_MAGIC "segw trace 2\n"

/**
 * Begins the file; behind it come entries, the first is EXTSOCK_TRACE_TABLES
 */
typedef struct {
	/** EXTSOCK_TRACE_MAGIC */
	char magic[16];
	/** version of libsegw */
	char version[16];
	/** SEGW_ABI */
	uint32_t abi;
	/** bytes of the context */
	uint32_t ctx_len;
} extsock_trace_head_t;

/**
 * What an entry is. It is three numbers, see extsock_zeros: what it is, how many
 * bytes come behind it, and the milliseconds since the entry before it. The
 * bytes are without zeros; of events and actions they are what differs (XOR)
 * from the one before behind the same tables, as most are much alike.
 */
typedef enum {
	/** segw_ike_event(): a segw_ike_event_t */
	EXTSOCK_TRACE_IKE_EVENT = 1,
	/** segw_timeout() */
	EXTSOCK_TRACE_TIMEOUT = 2,
	/** segw_command(): the request, one that holds no configuration */
	EXTSOCK_TRACE_REQUEST = 3,
	/** segw_adopt(): an extsock_trace_adopt_t */
	EXTSOCK_TRACE_ADOPT = 4,
	/** segw_release(): the connection's name and its NUL */
	EXTSOCK_TRACE_RELEASE = 5,
	/** what segw_next_action() gave: a segw_action_t */
	EXTSOCK_TRACE_ACTION = 6,
	/** libsegw's context as it is now; EXTSOCK_TRACE_BEGIN comes next */
	EXTSOCK_TRACE_TABLES = 7,
	/** an extsock_trace_tables_t about the tables before it */
	EXTSOCK_TRACE_BEGIN = 8,
	/** segw_clock(): an extsock_trace_clock_t */
	EXTSOCK_TRACE_CLOCK = 9,
} extsock_trace_kind_t;

/**
 * The most milliseconds that an entry can say
 */
#define EXTSOCK_TRACE_AFTER_MAX EXTSOCK_ZEROS_MAX

/**
 * The event and the action before, nothing behind tables
 */
typedef struct {
	segw_ike_event_t event;
	segw_action_t action;
} extsock_trace_before_t;

/**
 * About the tables
 */
typedef struct {
	/** the monotonic clock, and the wall clock since 1970, in milliseconds */
	uint64_t now_ms, unix_ms;
	/** inputs before them since charon's start, kept or not */
	uint64_t inputs;
	/** 1: something that cannot be kept came between the entry before them and
	 * them, a configuration; 0: they only repeat what the entries lead to */
	uint64_t gap;
	/** extsock_trace_sum() of their entry: tables that were damaged must not be
	 * played, they are libsegw's memory */
	uint64_t sum;
} extsock_trace_tables_t;

/**
 * What the wall clock says
 */
typedef struct {
	/** milliseconds since 1970 UTC */
	uint64_t unix_ms;
	/** seconds that local time is ahead of that */
	int32_t utc_offset_s;
	/** nothing, 0 */
	uint32_t none;
} extsock_trace_clock_t;

/**
 * A connection of charon's own configuration
 */
typedef struct {
	segw_policy_t policy;
	uint32_t children;
	char name[SEGW_NAME_CAP];
	char addresses[1024];
} extsock_trace_adopt_t;

/**
 * Make of an object what differs from the one before, or of what differs the
 * object.
 *
 * @param object		object
 * @param before		the one before
 * @param len			bytes of either
 */
static inline void extsock_trace_xor(void *object, const void *before,
									 size_t len)
{
	const uint8_t *other = before;
	uint8_t *bytes = object;
	size_t i;

	for (i = 0; i < len; i++)
	{
		bytes[i] ^= other[i];
	}
}

/**
 * Get the sum of bytes that may be damaged, but not on purpose (FNV-1a).
 *
 * @param data			bytes
 * @param len			number of them
 * @return				sum
 */
static inline uint64_t extsock_trace_sum(const uint8_t *data, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < len; i++)
	{
		sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
	}
	return sum;
}

#endif /** EXTSOCK_TRACE_FORMAT_H_ @}*/
