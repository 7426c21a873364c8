/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "clock.h"

#include <time.h>

/*
 * Described in header
 */
uint64_t extsock_clock_now()
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec < 0)
	{	/* before 1970: it was never set */
		return 0;
	}
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/*
 * Described in header
 */
int32_t extsock_clock_offset(uint64_t unix_ms)
{
	time_t now = unix_ms / 1000;
	struct tm local;

	/* localtime_r() need not notice that somebody has chosen another zone */
	tzset();
	return localtime_r(&now, &local) ? local.tm_gmtoff : 0;
}
