/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_ike_cfg extsock_ike_cfg
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_IKE_CFG_H_
#define EXTSOCK_IKE_CFG_H_

#include "refusal.h"

#include <config/ike_cfg.h>

/**
 * Build the IKE config of a connection, with all SEGWs as remote addresses.
 *
 * @param config		connection
 * @param refusal		receives the reason if refused
 * @return				IKE config, NULL if refused
 */
ike_cfg_t *extsock_ike_cfg_create(const segw_config_t *config,
								  extsock_refusal_t *refusal);

#endif /** EXTSOCK_IKE_CFG_H_ @}*/
