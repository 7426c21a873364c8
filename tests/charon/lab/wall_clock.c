/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Preloaded into a charon, shifts what its wall clock says by as many milliseconds as the file WALL_CLOCK holds, in the machine's own
 * form. Whoever runs the lab writes them there: the clock jumps at once.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *shift;

__attribute__((constructor)) static void find(void)
{
	const char *path = getenv("WALL_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (fd != -1) {
		page = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
		shift = page == MAP_FAILED ? NULL : page;
		close(fd);
	}
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int done = syscall(SYS_clock_gettime, clock, time);
	int64_t ms;

	if (done == 0 && clock == CLOCK_REALTIME && shift) {
		ms = time->tv_sec * 1000LL + time->tv_nsec / 1000000 + *shift;
		time->tv_sec = ms / 1000;
		time->tv_nsec = ms % 1000 * 1000000;
	}
	return done;
}
