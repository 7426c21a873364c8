/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

/**
 * @defgroup extsock_child_cfg extsock_child_cfg
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_CHILD_CFG_H_
#define EXTSOCK_CHILD_CFG_H_

#include "extsock_refusal.h"

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
 * Get the ID of an XFRM interface, of a child or of the connection.
 *
 * @param config		connection
 * @param text			span of the ID, perhaps absent
 * @param if_id			receives the ID, unchanged if absent
 * @param refusal		receives the reason if refused
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_get_if_id(const segw_config_t *config, segw_text_t text,
					   uint32_t *if_id, extsock_refusal_t *refusal,
					   const char *path);

#endif /** EXTSOCK_CHILD_CFG_H_ @}*/
