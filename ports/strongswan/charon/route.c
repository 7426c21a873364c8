/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "route.h"
#include "compat.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <collections/linked_list.h>

/**
 * Check if charon knows this host's addresses and routes.
 *
 * Not told by looking for addresses: charon does not enumerate those of narrow
 * scope, such as 127.0.0.1, and a host without a network has no others.
 *
 * @return				FALSE if no plugin tells it
 */
static bool can_tell()
{
	plugin_feature_t kernel_net = PLUGIN_PROVIDE(CUSTOM, "kernel-net");
	/* not 0 once found: it looks through all features of all plugins, and those
	 * that are loaded stay */
	static refcount_t found;

	if (!ref_cur(&found) &&
		lib->plugins->has_feature(lib->plugins, kernel_net))
	{
		ref_get(&found);
	}
	return ref_cur(&found);
}

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

/**
 * Check if an interface has a link.
 *
 * The kernel keeps the addresses and routes, and charon does not look, when a
 * cable is pulled.
 *
 * @param name			name of the interface
 * @return				TRUE if it has, or this can't be told
 */
static bool has_link(const char *name)
{
	const int needed = IFF_UP | IFF_RUNNING;
	int flags;

	return !get_flags(name, &flags) || (flags & needed) == needed;
}

/**
 * Check if an interface leads nowhere but to this host.
 *
 * @param name			name of the interface
 * @return				FALSE if it does not, or this can't be told
 */
static bool is_loopback(const char *name)
{
	int flags;

	return get_flags(name, &flags) && (flags & IFF_LOOPBACK);
}

/**
 * Check if an address is one that charon installed, for inner traffic.
 *
 * @param host			address of this host
 * @return				TRUE if it is a virtual IP
 */
static bool is_virtual(host_t *host)
{
	enumerator_t *enumerator;
	host_t *current;
	bool found = FALSE;

	enumerator = charon->kernel->create_address_enumerator(charon->kernel,
														   ADDR_TYPE_VIRTUAL);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = current->ip_equals(current, host);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if an address that the kernel lists is one to send from.
 *
 * @param listed		address, with its interface
 * @param host			receives the address if it is, to be destroyed
 * @return				FALSE if its interface is down, none that charon is to
 *						use or a loopback one, or others can't be reached from it
 */
static bool is_source(struct ifaddrs *listed, host_t **host)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6*)listed->ifa_addr;

	if (!listed->ifa_addr || !(listed->ifa_flags & IFF_UP) ||
		(listed->ifa_flags & IFF_LOOPBACK) ||
		(in6->sin6_family == AF_INET6 &&
		 IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr)) ||
		!charon->kernel->is_interface_usable(charon->kernel, listed->ifa_name))
	{
		return FALSE;
	}
	*host = host_create_from_sockaddr(listed->ifa_addr);
	return *host != NULL;
}

/**
 * Find the interface of an address of this host that charon does not know of.
 *
 * Charon keeps a list by what the kernel announces. Of that the kernel drops what
 * charon does not come to read, while it is stalled or a network with many
 * addresses and routes comes up, and nobody tells it again.
 *
 * @param wanted		address, NULL for any but virtual ones
 * @return				name of the interface, allocated; NULL if there is none
 */
static char *find_unknown(host_t *wanted)
{
	struct ifaddrs *all, *current;
	char *name = NULL;
	host_t *host;

	if (getifaddrs(&all) != 0)
	{
		return NULL;
	}
	for (current = all; current && !name; current = current->ifa_next)
	{
		if (is_source(current, &host))
		{
			if (wanted ? host->ip_equals(host, wanted) : !is_virtual(host))
			{
				name = strdup(current->ifa_name);
			}
			host->destroy(host);
		}
	}
	freeifaddrs(all);
	return name;
}

/**
 * Find the interface that has an address, and is up.
 *
 * @param host			address
 * @return				name of the interface, allocated; NULL if this host does
 *						not have the address
 */
static char *find_interface(host_t *host)
{
	char *name;

	if (charon->kernel->get_interface(charon->kernel, host, &name))
	{
		return name;
	}
	return find_unknown(host);
}

/**
 * Have the packets of a socket treated as those of charon's IKE sockets.
 *
 * Policies don't apply, a trap would have charon dial; and rules know them by
 * their mark, to keep them out of charon's own routing table.
 *
 * @param fd			socket
 * @param family		its address family
 */
static void prepare(int fd, int family)
{
#ifdef SO_MARK
	char *fwmark;
	mark_t mark;

	fwmark = lib->settings->get_str(lib->settings,
						"%s.plugins.socket-default.fwmark", NULL, lib->ns);
	if (fwmark && mark_from_string(fwmark, MARK_OP_NONE, &mark))
	{
		ignore_result(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark.value,
								 sizeof(mark.value)));
	}
#endif
	charon->kernel->bypass_socket(charon->kernel, fd, family);
}

/**
 * Let the kernel choose a route, nothing is sent.
 *
 * @param host			address to reach
 * @param src			source address to use, NULL to let the kernel choose
 * @param chosen		receives the source address, NULL if it can't be told
 * @return				FALSE if there is no route
 */
static bool ask_kernel(host_t *host, host_t *src, host_t **chosen)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	host_t *target;
	int fd, error = 0;

	*chosen = NULL;
	fd = socket(host->get_family(host), SOCK_DGRAM, 0);
	if (fd < 0)
	{
		return errno != EAFNOSUPPORT;
	}
	prepare(fd, host->get_family(host));
	/* rules may depend on it; one of IPv6 that is tentative (RFC 4862) is not to
	 * be had for a second or two */
	if (src && bind(fd, src->get_sockaddr(src),
					*src->get_sockaddr_len(src)) != 0 && errno == EADDRNOTAVAIL)
	{
		close(fd);
		return FALSE;
	}
	target = host->clone(host);
	target->set_port(target, IKEV2_UDP_PORT);
	if (connect(fd, target->get_sockaddr(target),
				*target->get_sockaddr_len(target)) != 0)
	{
		error = errno;
	}
	else if (getsockname(fd, (struct sockaddr*)&addr, &len) == 0)
	{
		*chosen = host_create_from_sockaddr((struct sockaddr*)&addr);
	}
	target->destroy(target);
	close(fd);

	switch (error)
	{
		case ENETUNREACH:
		case EHOSTUNREACH:
		case ENETDOWN:
		case EADDRNOTAVAIL:
		case EACCES:	/* prohibited */
		case EINVAL:	/* black hole */
			return FALSE;
		default:
			return TRUE;
	}
}

/**
 * Check if packets from an address of the kernel's choice are of use.
 *
 * They are those of a route over several links: charon reads no source address
 * from it, sends without, and the kernel chooses. Routes for inner traffic are
 * not meant, which is virtual or starts inside this host.
 *
 * @param src			source address, NULL if it can't be told
 * @return				TRUE if they are
 */
static bool is_usable(host_t *src)
{
	bool usable = FALSE;
	char *name;

	if (src && !is_virtual(src))
	{
		name = find_interface(src);
		usable = name && has_link(name) && !is_loopback(name);
		free(name);
	}
	return usable;
}

/**
 * Check if the interface has a link that packets for a host leave through.
 *
 * @param host			address to reach
 * @param src			source address used
 * @return				TRUE if it has, or this can't be told
 */
static bool is_linked(host_t *host, host_t *src)
{
	char *name = NULL;
	host_t *nexthop;
	bool linked;

	/* not simply the source's interface: that may be a loopback one */
	nexthop = charon->kernel->get_nexthop(charon->kernel, host, -1, src, &name);
	DESTROY_IF(nexthop);
	if (!name)
	{
		name = find_interface(src);
	}
	linked = !name || has_link(name);
	free(name);
	return linked;
}

/*
 * Described in header
 */
bool extsock_route_is_here(host_t *host)
{
	char *name = find_interface(host);

	free(name);
	return name != NULL;
}

/**
 * Check if IKE packets for a host can leave this one.
 *
 * @param host			address to reach
 * @param local			local address to use, NULL or %any if any will do
 * @return				FALSE if there is no route, its link is dead, the local
 *						address is gone, or the host is this one
 */
static bool exists_from(host_t *host, host_t *local)
{
	host_t *src, *chosen;
	bool exists = FALSE;

	if (charon->kernel->get_interface(charon->kernel, host, NULL))
	{	/* a name that resolves to this very host leads nowhere */
		return FALSE;
	}
	if (local && local->is_anyaddr(local))
	{
		local = NULL;
	}
	if (!local || extsock_route_is_here(local))
	{
		/* ignores virtual IPs, charon's routing table, interfaces that are
		 * down and those charon is not to use, but also that a more specific
		 * route may reject, and which rules select which table */
		src = charon->kernel->get_source_addr(charon->kernel, host, local);
		if (ask_kernel(host, src ?: local, &chosen))
		{
			exists = src ? is_linked(host, src) : is_usable(chosen);
		}
		DESTROY_IF(chosen);
		DESTROY_IF(src);
	}
	return exists;
}

/*
 * Described in header
 */
bool extsock_route_find(host_t *host, ike_cfg_t *ike_cfg, host_t **local)
{
	bool listed = FALSE, exists = FALSE;
	enumerator_t *enumerator;
	char *addr;

	*local = NULL;
	if (!can_tell())
	{
		return TRUE;
	}
	if (!ike_cfg)
	{
		return exists_from(host, NULL);
	}
	/* numeric only: no name is resolved here, ranges are no source address */
	enumerator = enumerator_create_token(ike_cfg->get_my_addr(ike_cfg), ",",
										 " ");
	while (!exists && enumerator->enumerate(enumerator, &addr))
	{
		DESTROY_IF(*local);
		*local = host_create_from_string_and_family(addr,
											host->get_family(host), 0);
		if (*local)
		{
			listed = TRUE;
			exists = exists_from(host, *local);
		}
	}
	enumerator->destroy(enumerator);
	if (!exists)
	{
		DESTROY_IF(*local);
		*local = NULL;
		exists = !listed && exists_from(host, NULL);
	}
	return exists;
}

/*
 * Described in header
 */
bool extsock_route_exists(host_t *host, ike_cfg_t *ike_cfg)
{
	host_t *local;
	bool exists;

	exists = extsock_route_find(host, ike_cfg, &local);
	DESTROY_IF(local);
	return exists;
}

/*
 * Described in header
 */
bool extsock_route_any()
{
	enumerator_t *enumerator;
	linked_list_t *hosts;
	bool found = FALSE;
	host_t *host;
	char *name;

	if (!can_tell())
	{
		return TRUE;
	}
	/* copied, as the enumerator holds a lock of the kernel interface */
	hosts = linked_list_create();
	enumerator = charon->kernel->create_address_enumerator(charon->kernel,
														   ADDR_TYPE_REGULAR);
	while (enumerator->enumerate(enumerator, &host))
	{
		hosts->insert_last(hosts, host->clone(host));
	}
	enumerator->destroy(enumerator);

	while (hosts->remove_first(hosts, (void**)&host) == SUCCESS)
	{
		if (!found &&
			charon->kernel->get_interface(charon->kernel, host, &name))
		{
			found = has_link(name);
			free(name);
		}
		host->destroy(host);
	}
	hosts->destroy(hosts);
	if (!found)
	{
		name = find_unknown(NULL);
		found = name && has_link(name);
		free(name);
	}
	return found;
}

/*
 * Described in header
 */
bool extsock_route_is_interface(char *name)
{
	struct if_nameindex *all, *current;
	bool found = FALSE;
	host_t *host;

	host = host_create_from_string(name, 0);
	if (host)
	{
		host->destroy(host);
		return FALSE;
	}
	/* asked for by a name that no interface has Linux runs modprobe for it, and
	 * waits: if_nametoindex() would load modules by what a client writes */
	all = if_nameindex();
	for (current = all; current && current->if_index && !found; current++)
	{
		found = streq(current->if_name, name);
	}
	if (all)
	{
		if_freenameindex(all);
	}
	return found;
}
