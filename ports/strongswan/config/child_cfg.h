/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_child_cfg extsock_child_cfg
 * @{ @ingroup extsock
 *
 * Children of a connection: proposals, traffic selectors, marks.
 */

#ifndef EXTSOCK_CHILD_CFG_H_
#define EXTSOCK_CHILD_CFG_H_

#include "refusal.h"

#include <config/child_cfg.h>

/**
 * Build a child config of a connection.
 *
 * @param config		connection
 * @param index			index of the child
 * @param refusal		receives the reason if refused
 * @return				child config, NULL if refused
 */
child_cfg_t *extsock_child_cfg_create(const segw_config_t *config,
									  uint32_t index,
									  extsock_refusal_t *refusal);

/**
 * Get the ID of an XFRM interface.
 *
 * @param config		connection
 * @param text			span of the ID, perhaps absent
 * @param if_id			receives the ID, unchanged if absent
 * @param refusal		receives the reason if refused
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_child_cfg_get_if_id(const segw_config_t *config, segw_text_t text,
								 uint32_t *if_id, extsock_refusal_t *refusal,
								 const char *path);

#endif /** EXTSOCK_CHILD_CFG_H_ @}*/
