/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "resolve.h"
#include "compat.h"

#include <netdb.h>

#include <threading/thread.h>

/*
 * Described in header
 */
bool extsock_resolve_is_name(const char *address)
{
	host_t *host;

	host = host_create_from_string((char*)address, 0);
	if (!host)
	{
		return TRUE;
	}
	host->destroy(host);
	return FALSE;
}

/*
 * Described in header
 */
linked_list_t *extsock_resolve(const char *name)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		/* each address once, not for each type of socket */
		.ai_socktype = SOCK_DGRAM,
	};
	struct addrinfo *result, *current;
	linked_list_t *hosts;
	host_t *host;
	int error;
	bool old;

	old = thread_cancelability(TRUE);
	error = getaddrinfo(name, NULL, &hints, &result);
	thread_cancelability(old);
	if (error)
	{
		DBG1(DBG_CFG, "resolving '%s' failed: %s", name, gai_strerror(error));
		return NULL;
	}
	hosts = linked_list_create();
	for (current = result; current; current = current->ai_next)
	{
		host = host_create_from_sockaddr(current->ai_addr);
		if (host)
		{
			hosts->insert_last(hosts, host);
		}
	}
	freeaddrinfo(result);
	return hosts;
}
