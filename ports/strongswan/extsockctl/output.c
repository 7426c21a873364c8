/*
 * Where the output goes, and whether it got there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Why the first write failed that did; what comes later says less, and C libraries forget it. */
static int write_error;

int hold_places(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* the wrong way round: what is read from or written to it has to fail, as it does if it is closed */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
			return 0;
		}
	}
	return 1;
}

int flushed(void)
{
	if (write_error == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
		write_error = errno != 0 ? errno : EIO;
	}
	return write_error == 0;
}

int output_error(void)
{
	return write_error;
}
