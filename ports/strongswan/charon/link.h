/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_link extsock_link
 * @{ @ingroup extsock
 *
 * What charon does not know about this host's interfaces.
 */

#ifndef EXTSOCK_LINK_H_
#define EXTSOCK_LINK_H_

#include <library.h>

/**
 * Check if an interface has a link.
 *
 * The kernel keeps the addresses and routes, and charon does not look, when a
 * cable is pulled.
 *
 * @param name			name of the interface
 * @return				TRUE if it has, or this can't be told
 */
bool extsock_link_exists(const char *name);

/**
 * Check if an interface leads nowhere but to this host.
 *
 * @param name			name of the interface
 * @return				FALSE if it does not, or this can't be told
 */
bool extsock_link_is_loopback(const char *name);

#endif /** EXTSOCK_LINK_H_ @}*/
