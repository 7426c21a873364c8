/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_child_cfg extsock_child_cfg
 * @{ @ingroup extsock
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

#endif /** EXTSOCK_CHILD_CFG_H_ @}*/
