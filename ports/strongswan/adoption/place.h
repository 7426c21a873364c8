/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_place extsock_place
 * @{ @ingroup extsock
 *
 * Which SEGW of a connection's list an IKE_SA is at.
 */

#ifndef EXTSOCK_PLACE_H_
#define EXTSOCK_PLACE_H_

#include <networking/host.h>

/**
 * Find the name of the SEGW that has an address.
 *
 * If none resolves to it, it is the first name there is: charon dials what it
 * comes to first, and names change. Resolves as extsock_resolve() does, unless
 * the address itself is listed.
 *
 * @param list			remote addresses, separated by commas
 * @param host			address of the SEGW
 * @param name			receives the name, empty if there is none to be found
 * @param cap			size of name
 */
void extsock_place_find(const char *list, host_t *host, char *name, size_t cap);

#endif /** EXTSOCK_PLACE_H_ @}*/
