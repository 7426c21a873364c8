/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "draft.h"
#include "log_group.h"

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

/*
 * Described in header
 */
bool extsock_check_feature(extsock_draft_t *draft, plugin_feature_t feature,
						   const char *plugin, const char *other,
						   const char *what, const char *path)
{
	if (extsock_lack_has(feature))
	{
		return TRUE;
	}
	extsock_lack_write(draft->text, plugin, other, "%s", what);
	return extsock_refuse(draft, draft->text, "%s", path);
}

/*
 * Described in header
 */
void extsock_note_lack(extsock_draft_t *draft, const char *lack,
					   const char *what, ...)
{
	char buf[sizeof(draft->lack)];
	va_list args;
	int len;

	va_start(args, what);
	len = vsnprintf(buf, sizeof(buf) - EXTSOCK_LACK_CAP, what, args);
	va_end(args);
	len = min(len, sizeof(buf) - EXTSOCK_LACK_CAP - 1);
	snprintf(buf + len, sizeof(buf) - len, ": %s", lack);
	DBG1(DBG_EXTSOCK, "connection '%s': %s",
		 extsock_get_text(draft, draft->config->name), buf);
	if (!*draft->lack)
	{
		strcpy(draft->lack, buf);
	}
}
