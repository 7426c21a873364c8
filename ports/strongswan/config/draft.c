/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "draft.h"

/**
 * Note where and why a connection is refused.
 *
 * @param draft			connection
 * @param message		short reason
 * @param path			format string of the path
 * @param args			its arguments
 * @return				FALSE
 */
static bool refuse(extsock_draft_t *draft, const char *message,
				   const char *path, va_list args)
{
	vsnprintf(draft->path, sizeof(draft->path), path, args);
	draft->message = message;
	return FALSE;
}

/*
 * Described in header
 */
bool extsock_refuse(extsock_draft_t *draft, const char *message,
					const char *path, ...)
{
	va_list args;

	va_start(args, path);
	refuse(draft, message, path, args);
	va_end(args);
	return FALSE;
}

/*
 * Described in header
 */
bool extsock_check_privileged(extsock_draft_t *draft, const char *path, ...)
{
	va_list args;

	if (draft->rights >= EXTSOCK_PRIVILEGED)
	{
		return TRUE;
	}
	va_start(args, path);
	refuse(draft, EXTSOCK_LACKS_RIGHT(EXTSOCK_PRIVILEGED_USERS,
									  EXTSOCK_PRIVILEGED_GROUPS), path, args);
	va_end(args);
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
