/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/**
 * Write all of something; a long text may take several calls.
 *
 * @param fd			file
 * @param data			what to write
 * @return				FALSE if that failed, errno tells why
 */
static bool write_all(int fd, chunk_t data)
{
	ssize_t len;

	while (data.len)
	{
		len = write(fd, data.ptr, data.len);
		if (len < 0 && errno == EINTR)
		{
			continue;
		}
		if (len <= 0)
		{
			return FALSE;
		}
		data = chunk_skip(data, len);
	}
	return TRUE;
}

/**
 * Write a new file.
 *
 * @param path			path of the file
 * @param data			what it is to have
 * @param durable		TRUE if it has to be on the medium
 * @return				FALSE if that failed, errno tells why
 */
static bool write_file(const char *path, chunk_t data, bool durable)
{
	int fd, error;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
	{
		return FALSE;
	}
	if (!write_all(fd, data) || (durable && fsync(fd) != 0))
	{
		error = errno;
		close(fd);
		errno = error;
		return FALSE;
	}
	return close(fd) == 0;
}

/*
 * Described in header
 */
bool extsock_replace_file(const char *path, chunk_t data, bool durable)
{
	char new[PATH_MAX];
	int error;

	if (snprintf(new, sizeof(new), "%s.new", path) >= sizeof(new))
	{
		errno = ENAMETOOLONG;
		return FALSE;
	}
	if (write_file(new, data, durable) && rename(new, path) == 0)
	{
		return TRUE;
	}
	/* half a file on a medium that is full is of no use */
	error = errno;
	unlink(new);
	errno = error;
	return FALSE;
}
