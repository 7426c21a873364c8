/*
 * Complaints, and what they and the output are written to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Why the first write failed that did; what comes later says less, and C libraries forget it. */
static int write_error;

void complain(const char *format, ...)
{
	va_list arguments;

	/* --watch may have the screen */
	screen_end();
	flushed();
	fputs("extsockctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

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

int finish(int status)
{
	/* a full disk must not look like success; a reader that has left is no news */
	if (flushed() || write_error == EPIPE) {
		return status;
	}
	complain("cannot write: %s", strerror(write_error));
	return status == DONE ? BROKEN : status;
}
