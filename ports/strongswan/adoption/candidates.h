/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_candidates extsock_candidates
 * @{ @ingroup extsock
 *
 * Connections in charon that could be adopted.
 */

#ifndef EXTSOCK_CANDIDATES_H_
#define EXTSOCK_CANDIDATES_H_

#include "backend.h"

#include <collections/linked_list.h>

/**
 * Collect the connections of other backends that we would initiate and that
 * have a list of SEGWs. Takes locks of charon's: not for bus hooks.
 *
 * @param backend		our own backend: what clients applied is none, nor is
 *						what has the same name
 * @return				list of peer_cfg_t references, in the order of charon's
 *						backends; names may be there twice
 */
linked_list_t *extsock_candidates_get(extsock_backend_t *backend);

#endif /** EXTSOCK_CANDIDATES_H_ @}*/
