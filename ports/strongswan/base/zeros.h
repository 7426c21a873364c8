/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_zeros extsock_zeros
 * @{ @ingroup extsock
 *
 * Objects of C without their zeros: most of libsegw's tables, and of what it is
 * told, is room that nothing is in.
 *
 * Runs follow each other: how many zeros, how many bytes that are none, and
 * those. A number is seven bits a byte, the lowest first; all bytes but its
 * last have the highest bit set.
 */

#ifndef EXTSOCK_ZEROS_H_
#define EXTSOCK_ZEROS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * So many zeros are worth a run
 */
#define EXTSOCK_ZEROS_RUN 4

/**
 * The largest number
 */
#define EXTSOCK_ZEROS_MAX 0xfffffff

/**
 * Write a number.
 *
 * @param to			where to
 * @param cap			bytes of room there
 * @param number		number, at most EXTSOCK_ZEROS_MAX
 * @return				bytes it takes, 0 if there is no room
 */
static inline size_t extsock_zeros_put(uint8_t *to, size_t cap, size_t number)
{
	size_t len = 0;

	do
	{
		if (len == cap)
		{
			return 0;
		}
		to[len++] = (number & 0x7f) | (number > 0x7f ? 0x80 : 0);
		number >>= 7;
	}
	while (number);
	return len;
}

/**
 * Read a number.
 *
 * @param at			where it is, moved on
 * @param end			end of what there is
 * @param number		receives the number
 * @return				0 if there is none
 */
static inline int extsock_zeros_get(const uint8_t **at, const uint8_t *end,
									size_t *number)
{
	unsigned shift = 0;
	uint8_t byte;

	*number = 0;
	do
	{
		if (*at == end || shift > 21)
		{
			return 0;
		}
		byte = *(*at)++;
		*number |= (size_t)(byte & 0x7f) << shift;
		shift += 7;
	}
	while (byte & 0x80);
	return 1;
}

/**
 * Pack an object.
 *
 * @param to			where to
 * @param cap			bytes of room there
 * @param from			object, of less than 256 MiB
 * @param len			bytes of it
 * @param packed		receives how many bytes that makes
 * @return				0 if there is no room
 */
static inline int extsock_zeros_pack(uint8_t *to, size_t cap, const void *from,
									 size_t len, size_t *packed)
{
	const uint8_t *bytes = from;
	size_t at = 0, used = 0, put, zeros, rest, run;

	while (at < len)
	{
		for (zeros = 0; at + zeros < len && !bytes[at + zeros]; zeros++);
		at += zeros;
		/* up to the next zeros that are worth a run */
		for (rest = 0, run = 0; at + rest < len && run < EXTSOCK_ZEROS_RUN; rest++)
		{
			run = bytes[at + rest] ? 0 : run + 1;
		}
		rest -= run;
		put = extsock_zeros_put(to + used, cap - used, zeros);
		used += put;
		if (!put)
		{
			return 0;
		}
		put = extsock_zeros_put(to + used, cap - used, rest);
		used += put;
		if (!put || rest > cap - used)
		{
			return 0;
		}
		memcpy(to + used, bytes + at, rest);
		used += rest;
		at += rest;
	}
	*packed = used;
	return 1;
}

/**
 * Make an object of what was packed.
 *
 * @param to			where to
 * @param cap			bytes of room there
 * @param from			what was packed
 * @param len			bytes of it
 * @param unpacked		receives how many bytes that makes
 * @return				0 if it makes no sense, or there is no room
 */
static inline int extsock_zeros_unpack(void *to, size_t cap, const void *from,
									   size_t len, size_t *unpacked)
{
	const uint8_t *at = from, *end = at + len;
	uint8_t *bytes = to;
	size_t used = 0, zeros, rest;

	while (at < end)
	{
		if (!extsock_zeros_get(&at, end, &zeros) ||
			!extsock_zeros_get(&at, end, &rest) ||
			rest > (size_t)(end - at) || zeros > cap - used ||
			rest > cap - used - zeros)
		{
			return 0;
		}
		memset(bytes + used, 0, zeros);
		memcpy(bytes + used + zeros, at, rest);
		used += zeros + rest;
		at += rest;
	}
	*unpacked = used;
	return 1;
}

#endif /** EXTSOCK_ZEROS_H_ @}*/
