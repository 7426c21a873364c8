/*
 * Complaints, and whether what was printed has been written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
