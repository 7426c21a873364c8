/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_trace_format extsock_trace_format
 * @{ @ingroup extsock
 *
 * A trace: what the plugin told libsegw, and what that answered. Written by the
 * plugin, read by segw-replay of the same build.
 */

#ifndef EXTSOCK_TRACE_FORMAT_H_
#define EXTSOCK_TRACE_FORMAT_H_

#include <stdint.h>

#include <segw.h>

#define EXTSOCK_TRACE_MAGIC "segw trace 1\n"

/**
 * Begins the file; behind it comes libsegw's context as it was before the
 * first record, and then the records
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
 * What a record is
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
} extsock_trace_kind_t;

/**
 * Begins a record; behind it come `len` bytes
 */
typedef struct {
	/** extsock_trace_kind_t */
	uint32_t kind;
	/** bytes that follow */
	uint32_t len;
	/** the monotonic clock in milliseconds */
	uint64_t now_ms;
} extsock_trace_record_t;

/**
 * A connection of charon's own configuration
 */
typedef struct {
	segw_policy_t policy;
	uint32_t children;
	char name[SEGW_NAME_CAP];
	char addresses[1024];
} extsock_trace_adopt_t;

#endif /** EXTSOCK_TRACE_FORMAT_H_ @}*/
