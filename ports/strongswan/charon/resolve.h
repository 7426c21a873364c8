/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_resolve extsock_resolve
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_RESOLVE_H_
#define EXTSOCK_RESOLVE_H_

#include <collections/linked_list.h>

/**
 * Check if something has to be resolved.
 *
 * @param address		address or name
 * @return				TRUE if it is a name
 */
bool extsock_resolve_is_name(const char *address);

/**
 * Resolve a name, with all its addresses.
 *
 * Charon's own resolver returns the first one only. Waits for name servers, and
 * the calling thread may be canceled meanwhile: to be called from a job that
 * can be canceled, with nothing held that has to be released.
 *
 * @param name			name to resolve
 * @return				list of host_t, the most preferred first, all to be
 *						destroyed; NULL if it does not resolve
 */
linked_list_t *extsock_resolve(const char *name);

#endif /** EXTSOCK_RESOLVE_H_ @}*/
