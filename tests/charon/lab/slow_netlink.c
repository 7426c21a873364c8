/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Preloaded into charon: every answer of the kernel's on a netlink socket takes
 * SLOW_NETLINK_US microseconds more, as on a router that has other work.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/**
 * Take the time, if it is a netlink socket.
 */
static void slow(int fd)
{
	struct timespec left = {};
	socklen_t len = sizeof(int);
	int domain, error = errno;
	char *us = getenv("SLOW_NETLINK_US");

	if (us && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
		domain == AF_NETLINK)
	{
		left.tv_nsec = atol(us) * 1000;
		nanosleep(&left, NULL);
	}
	errno = error;
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	ssize_t (*next)(int, void*, size_t, int) = dlsym(RTLD_NEXT, "recv");
	ssize_t got = next(fd, buf, size, flags);

	slow(fd);
	return got;
}

ssize_t recvfrom(int fd, void *buf, size_t size, int flags,
				 struct sockaddr *addr, socklen_t *len)
{
	ssize_t (*next)(int, void*, size_t, int, struct sockaddr*, socklen_t*) =
													dlsym(RTLD_NEXT, "recvfrom");
	ssize_t got = next(fd, buf, size, flags, addr, len);

	slow(fd);
	return got;
}
