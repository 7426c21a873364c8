/*
 * Division of 64 bits. A 32-bit CPU has none, and what compilers bring for it is four functions of a kilobyte each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

uint64_t divided(uint64_t number, uint64_t by, uint64_t *rest)
{
	uint64_t quotient = 0, left = 0;
	int bit;

	/* by hand, as in school: no divisor here has more than 63 bits */
	for (bit = 63; bit >= 0; bit--) {
		left = left << 1 | (number >> bit & 1);
		quotient <<= 1;
		if (left >= by) {
			left -= by;
			quotient |= 1;
		}
	}
	if (rest != NULL) {
		*rest = left;
	}
	return quotient;
}
