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

static int is_check, has_complained;

void complain_as_check(void)
{
	is_check = 1;
}

void complain(const char *format, ...)
{
	va_list arguments;
	FILE *to;

	/* --watch may have the screen */
	screen_end();
	flushed();
	/* of a check the first line is what people are sent */
	to = is_check && !has_complained ? stdout : stderr;
	has_complained = 1;
	fputs(to == stdout ? "UNKNOWN - " : "extsockctl: ", to);
	va_start(arguments, format);
	vfprintf(to, format, arguments);
	va_end(arguments);
	fputc('\n', to);
}

int finish(int status)
{
	/* a full disk must not look like success; a reader that has left is no news */
	if (flushed() || output_error() == EPIPE) {
		return status;
	}
	has_complained = 1;
	complain("cannot write: %s", strerror(output_error()));
	return status == DONE ? BROKEN : status;
}
