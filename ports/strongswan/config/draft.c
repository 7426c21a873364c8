/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "draft.h"

/*
 * Described in header
 */
bool extsock_refuse(extsock_draft_t *draft, const char *message,
					const char *path, ...)
{
	va_list args;

	va_start(args, path);
	vsnprintf(draft->path, sizeof(draft->path), path, args);
	va_end(args);
	draft->message = message;
	return FALSE;
}

/*
 * Described in header
 */
bool extsock_refuse_file(extsock_draft_t *draft, const char *file,
						 const char *reason, const char *path)
{
	size_t len = min(strlen(file), sizeof(draft->text) / 2);

	while (len && (file[len] & 0xc0) == 0x80)
	{	/* not within a character of UTF-8 */
		len--;
	}
	snprintf(draft->text, sizeof(draft->text), "%.*s: %s", (int)len, file,
			 reason);
	return extsock_refuse(draft, draft->text, "%s", path);
}
