/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "account.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>

/**
 * Room for a database entry at first, and at most: a group lists its members
 */
#define ENTRY_MIN 1024
#define ENTRY_MAX (1024 * 1024)

/**
 * Read a number.
 *
 * @param text			text that may be a number
 * @param number		receives the number
 * @return				FALSE if text is none
 */
static bool read_number(const char *text, u_int *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((u_char)*text))
	{
		return FALSE;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	/* the largest one means "leave it" to chown() */
	if (errno || *end || value >= UINT_MAX)
	{
		return FALSE;
	}
	*number = value;
	return TRUE;
}

/**
 * Look a user up, see getpwnam_r(3).
 *
 * @param name			name
 * @param buf			room for the entry
 * @param len			size of buf
 * @param uid			receives the user's ID
 * @return				0 if found, ENOENT or another error
 */
static int look_up_user(const char *name, char *buf, size_t len, u_int *uid)
{
	struct passwd entry, *found = NULL;
	int error;

	error = getpwnam_r(name, &entry, buf, len, &found);
	if (found)
	{
		*uid = entry.pw_uid;
	}
	return found ? 0 : (error ?: ENOENT);
}

/**
 * Look a group up, as look_up_user().
 *
 * @param name			name
 * @param buf			room for the entry
 * @param len			size of buf
 * @param gid			receives the group's ID
 * @return				0 if found, ENOENT or another error
 */
static int look_up_group(const char *name, char *buf, size_t len, u_int *gid)
{
	struct group entry, *found = NULL;
	int error;

	error = getgrnam_r(name, &entry, buf, len, &found);
	if (found)
	{
		*gid = entry.gr_gid;
	}
	return found ? 0 : (error ?: ENOENT);
}

/**
 * Find a user or group.
 *
 * @param what			what it is, for the log
 * @param look_up		function to look it up with
 * @param name			name or number
 * @param number		receives the ID
 * @return				FALSE if there is none
 */
static bool find(const char *what,
				 int (*look_up)(const char*, char*, size_t, u_int*),
				 const char *name, u_int *number)
{
	size_t len = ENTRY_MIN;
	int error = ERANGE;
	char *buf;

	if (read_number(name, number))
	{
		return TRUE;
	}
	while (error == ERANGE && len <= ENTRY_MAX)
	{
		buf = malloc(len);
		error = look_up(name, buf, len, number);
		free(buf);
		len *= 2;
	}
	if (error)
	{
		DBG1(DBG_CFG, "extsock: there is no %s '%s'%s%s", what, name,
			 error == ENOENT ? "" : ": ",
			 error == ENOENT ? "" : strerror(error));
	}
	return !error;
}

/*
 * Described in header
 */
bool extsock_account_user(const char *name, uid_t *uid)
{
	u_int number;

	if (!find("user", look_up_user, name, &number))
	{
		return FALSE;
	}
	*uid = number;
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_account_group(const char *name, gid_t *gid)
{
	u_int number;

	if (!find("group", look_up_group, name, &number))
	{
		return FALSE;
	}
	*gid = number;
	return TRUE;
}
