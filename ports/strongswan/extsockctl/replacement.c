/*
 * A file that takes another one's place: it is written beside it, whole or not at all, so who reads it sees the one or the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where it is written. */
static char beside[4096];

static int cannot_write(const char *path)
{
	complain("cannot write %s: %s", path, strerror(errno));
	return BROKEN;
}

/* Whether a file may take this place. Says so if there is something else: /dev/null would be gone. */
static int may_replace(const char *path)
{
	struct stat what;

	/* nor a link: /dev/stdout is one, of whatever kind its other end is */
	if (lstat(path, &what) == 0 && !S_ISREG(what.st_mode)) {
		complain("cannot write %s: this is no regular file, and would be replaced by one", path);
		return 0;
	}
	return 1;
}

int replacement_open(const char *path, unsigned mode)
{
	int fd;

	if (!may_replace(path)) {
		return -1;
	}
	if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
		errno = ENAMETOOLONG;
		cannot_write(path);
		return -1;
	}
	/* one that an interrupt has left */
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		cannot_write(beside);
	}
	return fd;
}

int replacement_failed(void)
{
	return cannot_write(beside);
}

int replacement_close(const char *path, int fd, int status)
{
	if (status == DONE && (fsync(fd) != 0 || rename(beside, path) != 0)) {
		status = cannot_write(path);
	}
	close(fd);
	if (status != DONE) {
		unlink(beside);
	}
	return status;
}
