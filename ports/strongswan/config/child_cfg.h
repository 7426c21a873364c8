/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_child_cfg extsock_child_cfg
 * @{ @ingroup extsock
 *
 * Children of a connection: proposals, traffic selectors, marks.
 */

#ifndef EXTSOCK_CHILD_CFG_H_
#define EXTSOCK_CHILD_CFG_H_

#include "draft.h"

#include <config/child_cfg.h>

/**
 * Build a child config of a connection.
 *
 * @param draft			connection
 * @param index			index of the child
 * @return				child config, NULL if refused
 */
child_cfg_t *extsock_child_cfg_create(extsock_draft_t *draft, uint32_t index);

/**
 * Get the ID of an XFRM interface.
 *
 * @param draft			connection
 * @param text			span of the ID, perhaps absent
 * @param if_id			receives the ID, unchanged if absent
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_child_cfg_get_if_id(extsock_draft_t *draft, segw_text_t text,
								 uint32_t *if_id, const char *path);

#endif /** EXTSOCK_CHILD_CFG_H_ @}*/
