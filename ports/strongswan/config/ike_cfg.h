/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_ike_cfg extsock_ike_cfg
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_IKE_CFG_H_
#define EXTSOCK_IKE_CFG_H_

#include "draft.h"

#include <config/ike_cfg.h>

/**
 * Build the IKE config of a connection, with all SEGWs as remote addresses.
 *
 * @param draft			connection
 * @return				IKE config, NULL if refused
 */
ike_cfg_t *extsock_ike_cfg_create(extsock_draft_t *draft);

#endif /** EXTSOCK_IKE_CFG_H_ @}*/
