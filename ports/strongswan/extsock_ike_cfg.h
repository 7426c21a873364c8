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
 * @defgroup extsock_ike_cfg extsock_ike_cfg
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_IKE_CFG_H_
#define EXTSOCK_IKE_CFG_H_

#include "extsock_refusal.h"

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

/**
 * Clone an IKE config, with a single remote address.
 *
 * Charon only ever dials the first address of a list that resolves. Setting
 * such a clone on an IKE_SA sends it to another SEGW but leaves its peer
 * config, hence its name, as it is. Pure: takes no lock, resolves no name.
 *
 * @param ike_cfg		config to clone
 * @param address		address or name of the SEGW to dial
 * @return				new config
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address);

#endif /** EXTSOCK_IKE_CFG_H_ @}*/
