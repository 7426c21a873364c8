/*
 * A script that is run for each event, one at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hook.h"
#include "extsockctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell says of a program that is not there, or cannot be run. */
#define NOT_RUN 127

int hook_check(const char *script)
{
	struct stat what;

	if (stat(script, &what) != 0 || (S_ISREG(what.st_mode) ? access(script, X_OK) != 0 : (errno = EACCES))) {
		complain("cannot run %s: %s; --exec takes the path of a program", script, strerror(errno));
		return INVALID_FILE;
	}
	return DONE;
}

/* In the child. What it prints goes where ours does; there is nothing to read. */
static void become(const char *script)
{
	char *argv[2];
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing >= 0) {
		dup2(nothing, STDIN_FILENO);
	}
	argv[0] = (char *)script;
	argv[1] = NULL;
	execv(script, argv);
	_exit(NOT_RUN);
}

void hook_run(const char *script)
{
	const char *action = getenv("ACTION"), *connection = getenv("CONNECTION");
	pid_t child = fork();
	int status = 0;

	if (child < 0) {
		complain("%s: %s", script, strerror(errno));
		return;
	}
	if (child == 0) {
		become(script);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	if (WIFSIGNALED(status)) {
		complain("%s: ended by signal %d at %s %s", script, WTERMSIG(status), action, connection);
	} else if (WEXITSTATUS(status) != 0) {
		complain("%s: exit %d at %s %s", script, WEXITSTATUS(status), action, connection);
	}
}
