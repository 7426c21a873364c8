/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_builder extsock_builder
 * @{ @ingroup extsock
 *
 * Charon's configuration of a connection, from libsegw's.
 */

#ifndef EXTSOCK_BUILDER_H_
#define EXTSOCK_BUILDER_H_

#include "draft.h"

#include <collections/array.h>
#include <config/peer_cfg.h>

/**
 * Build the peer configs of a connection, with all that belongs to them: one
 * for each SEGW with an identity of its own, or a single one for all.
 *
 * They differ in the identity of the SEGW only, share all objects but their
 * authentication rounds, and are equal in charon's eyes: an IKE_SA of one is
 * found with any of them.
 *
 * @param draft			connection
 * @return				array of peer_cfg_t, in the order of the SEGWs; NULL if
 *						refused
 */
array_t *extsock_builder_create_peer_cfgs(extsock_draft_t *draft);

#endif /** EXTSOCK_BUILDER_H_ @}*/
