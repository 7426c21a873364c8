/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "link.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * Get the flags of an interface.
 *
 * @param name			name of the interface
 * @param flags			receives IFF_*
 * @return				FALSE if they can't be told
 */
static bool get_flags(const char *name, int *flags)
{
	struct ifreq request;
	bool got;
	int fd;

	memset(&request, 0, sizeof(request));
	if (strlen(name) >= sizeof(request.ifr_name))
	{
		return FALSE;
	}
	strcpy(request.ifr_name, name);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
	{
		return FALSE;
	}
	got = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
	*flags = request.ifr_flags;
	close(fd);
	return got;
}

/*
 * Described in header
 */
bool extsock_link_exists(const char *name)
{
	const int needed = IFF_UP | IFF_RUNNING;
	int flags;

	return !get_flags(name, &flags) || (flags & needed) == needed;
}

/*
 * Described in header
 */
bool extsock_link_is_loopback(const char *name)
{
	int flags;

	return get_flags(name, &flags) && (flags & IFF_LOOPBACK);
}
