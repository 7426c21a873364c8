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

#include "extsock_alert.h"

#include <segw.h>

/*
 * Described in header
 */
uint32_t extsock_alert_map(alert_t alert)
{
	switch (alert)
	{
		case ALERT_PEER_INIT_UNREACHABLE:
			return SEGW_ALERT_INIT_UNREACHABLE;
		case ALERT_RETRANSMIT_SEND_TIMEOUT:
			return SEGW_ALERT_RETRANSMIT_TIMEOUT;
		case ALERT_RETRANSMIT_SEND:
			return SEGW_ALERT_RETRANSMIT;
		case ALERT_PEER_ADDR_FAILED:
			return SEGW_ALERT_ADDR_FAILED;
		case ALERT_HALF_OPEN_TIMEOUT:
			return SEGW_ALERT_HALF_OPEN_TIMEOUT;
		case ALERT_LOCAL_AUTH_FAILED:
			return SEGW_ALERT_LOCAL_AUTH_FAILED;
		case ALERT_PEER_AUTH_FAILED:
		case ALERT_AUTHORIZATION_FAILED:
			return SEGW_ALERT_PEER_AUTH_FAILED;
		case ALERT_PROPOSAL_MISMATCH_IKE:
			return SEGW_ALERT_PROPOSAL_MISMATCH;
		case ALERT_PROPOSAL_MISMATCH_CHILD:
		case ALERT_TS_MISMATCH:
		case ALERT_INSTALL_CHILD_SA_FAILED:
		case ALERT_INSTALL_CHILD_POLICY_FAILED:
		case ALERT_KEEP_ON_CHILD_SA_FAILURE:
			return SEGW_ALERT_CHILD_FAILED;
		case ALERT_IKE_SA_EXPIRED:
			return SEGW_ALERT_EXPIRED;
		case ALERT_UNIQUE_REPLACE:
		case ALERT_UNIQUE_KEEP:
		case ALERT_VIP_FAILURE:
			return SEGW_ALERT_OTHER;
		default:
			return SEGW_ALERT_NONE;
	}
}
