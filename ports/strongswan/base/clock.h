/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_clock extsock_clock
 * @{ @ingroup extsock
 *
 * The time of day, for what people read and for hours that they write. All else
 * that is decided uses the monotonic clock, see timer.h.
 */

#ifndef EXTSOCK_CLOCK_H_
#define EXTSOCK_CLOCK_H_

#include <stdint.h>

/**
 * Get the time of day.
 *
 * @return				milliseconds since 1970 UTC
 */
uint64_t extsock_clock_now();

/**
 * Get by how much local time is ahead of UTC. Where the time zone comes from
 * may be looked up in a file: not for bus hooks, nor under a mutex.
 *
 * @param unix_ms		time of day, in milliseconds since 1970 UTC
 * @return				seconds, negative west of Greenwich
 */
int32_t extsock_clock_offset(uint64_t unix_ms);

#endif /** EXTSOCK_CLOCK_H_ @}*/
