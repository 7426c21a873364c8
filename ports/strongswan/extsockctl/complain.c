/*
 * Complaints, also that the output could not be written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

int finish(int status)
{
	/* a full disk must not look like success; a reader that has left is no news */
	if (flushed() || output_error() == EPIPE) {
		return status;
	}
	complain("cannot write: %s", strerror(output_error()));
	return status == DONE ? BROKEN : status;
}
