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

#include "extsock_ike_cfg.h"
#include "extsock_compat.h"

/*
 * Described in header
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address)
{
	ike_cfg_create_t data = {
		.version = ike_cfg->get_version(ike_cfg),
		.local = ike_cfg->get_my_addr(ike_cfg),
		.local_port = ike_cfg->get_my_port(ike_cfg),
		.remote = (char*)address,
		.remote_port = ike_cfg->get_other_port(ike_cfg),
		.no_certreq = !ike_cfg->send_certreq(ike_cfg),
		.force_encap = ike_cfg->force_encap(ike_cfg),
		.fragmentation = ike_cfg->fragmentation(ike_cfg),
		.childless = ike_cfg->childless(ike_cfg),
		.dscp = ike_cfg->get_dscp(ike_cfg),
	};
	linked_list_t *proposals;
	proposal_t *proposal;
	ike_cfg_t *clone;

	clone = ike_cfg_create(&data);
	proposals = extsock_get_proposals(ike_cfg);
	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		clone->add_proposal(clone, proposal);
	}
	proposals->destroy(proposals);
	return clone;
}
