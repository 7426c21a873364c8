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
 * Get what starts a child, of a child config created above or by charon.
 *
 * What is created above has no start action of charon's: at its start charon
 * would dial whatever a quick client has loaded by then, and so would we.
 *
 * @param child_cfg		child config
 * @return				start action
 */
action_t extsock_child_cfg_get_start_action(child_cfg_t *child_cfg);

#endif /** EXTSOCK_CHILD_CFG_H_ @}*/
