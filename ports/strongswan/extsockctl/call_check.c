/*
 * `check` is a program of its own, extsockctl-check: beside this one, or where programs are looked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHECK "extsockctl-check"

int run_check(const command_t *command, const options_t *options)
{
	const char *slash = strrchr(options->program, '/');
	char path[1024], *arguments[4] = {CHECK, "-q", options->words[0], NULL};
	char **argv = arguments;

	(void)command;
	if (!options->quiet) {
		argv++;
		argv[0] = CHECK;
	}
	if (slash != NULL && snprintf(path, sizeof path, "%.*s" CHECK, (int)(slash + 1 - options->program),
								  options->program) < (int)sizeof path) {
		execv(path, argv);
	}
	execvp(CHECK, argv);
	complain("cannot run " CHECK ": %s; it is installed on its own where space is short", strerror(errno));
	return BROKEN;
}
