/*
 * Which word was probably meant; as libsegw has it for keys and requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

#include <stddef.h>
#include <string.h>

/* A word this many letters off may still have been meant. */
#define FAR 2
/* What is longer is far from everything. */
#define LONGEST 64

/* Levenshtein's distance. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[LONGEST], above, replaced, diagonal, left, line;
	size_t i, len = strlen(b);

	if (len >= LONGEST) {
		return LONGEST;
	}
	for (i = 0; i <= len; i++) {
		row[i] = (unsigned)i;
	}
	for (line = 1; *a != '\0'; line++, a++) {
		diagonal = row[0];
		row[0] = left = line;
		for (i = 0; i < len; i++) {
			above = row[i + 1];
			replaced = diagonal + (*a != b[i]);
			left = (left < above ? left : above) + 1;
			left = left < replaced ? left : replaced;
			row[i + 1] = left;
			diagonal = above;
		}
	}
	return row[len];
}

const char *nearest(const char *word, const char *(*next)(void *from), void *from)
{
	const char *candidate, *found = NULL;
	unsigned least = FAR + 1, far;

	while ((candidate = next(from)) != NULL) {
		far = distance(word, candidate);
		if (far < least && far * 2 < strlen(candidate)) {
			least = far;
			found = candidate;
		}
	}
	return found;
}
