/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "refusal.h"

/*
 * Described in header
 */
bool extsock_refuse(extsock_refusal_t *refusal, const char *message,
					const char *path, ...)
{
	va_list args;

	va_start(args, path);
	vsnprintf(refusal->path, sizeof(refusal->path), path, args);
	va_end(args);
	refusal->message = message;
	return FALSE;
}

/*
 * Described in header
 */
bool extsock_refuse_file(extsock_refusal_t *refusal, const char *file,
						 const char *reason, const char *path)
{
	size_t len = min(strlen(file), sizeof(refusal->text) / 2);

	while (len && (file[len] & 0xc0) == 0x80)
	{	/* not within a character of UTF-8 */
		len--;
	}
	snprintf(refusal->text, sizeof(refusal->text), "%.*s: %s", (int)len, file,
			 reason);
	return extsock_refuse(refusal, refusal->text, "%s", path);
}
