/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_route extsock_route
 * @{ @ingroup extsock
 *
 * Whether this host itself could reach somebody: addresses, routes and links.
 *
 * Nothing is sent and no name is resolved, but the kernel is asked: not for
 * bus hooks, nor with an IKE_SA checked out.
 */

#ifndef EXTSOCK_ROUTE_H_
#define EXTSOCK_ROUTE_H_

#include <config/ike_cfg.h>
#include <networking/host.h>

/**
 * Check if IKE packets for a host can leave this one.
 *
 * @param host			address to reach
 * @param ike_cfg		config of whose local addresses one has to be used, or
 *						NULL
 * @return				FALSE if there is no route, its link is dead, or the
 *						local addresses are gone
 */
bool extsock_route_exists(host_t *host, ike_cfg_t *ike_cfg);

/**
 * Find the local address from which IKE packets for a host can leave this one,
 * the first one of those a config lists.
 *
 * @param host			address to reach
 * @param ike_cfg		config of whose local addresses one has to be used, or
 *						NULL
 * @param local			receives it, %any if that is listed and the kernel has
 *						one; NULL if none is listed or this can't be told
 * @return				as extsock_route_exists()
 */
bool extsock_route_find(host_t *host, ike_cfg_t *ike_cfg, host_t **local);

/**
 * Check if this host has an address, on an interface that is up.
 *
 * Asks the kernel itself if charon does not know of it.
 *
 * @param host			address
 * @return				TRUE if it has
 */
bool extsock_route_is_here(host_t *host);

/**
 * Check if this host has a network at all.
 *
 * All that can be told of a SEGW whose name is not resolved.
 *
 * @return				FALSE if it has no address on an interface with a link
 */
bool extsock_route_any();

/**
 * Check if what stands where an address belongs names an interface of this host.
 *
 * Charon would look it up as a host name.
 *
 * @param name			text
 * @return				TRUE if so
 */
bool extsock_route_is_interface(char *name);

#endif /** EXTSOCK_ROUTE_H_ @}*/
