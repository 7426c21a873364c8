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

#include "extsock_child_cfg.h"
#include "extsock_ts.h"

/**
 * Add the ESP proposals, charon's defaults if none are configured.
 *
 * @param config		connection
 * @param index			index of the child
 * @param child_cfg		config to add the proposals to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_esp_proposals(const segw_config_t *config, uint32_t index,
							  child_cfg_t *child_cfg,
							  extsock_refusal_t *refusal)
{
	const segw_text_list_t *list = &config->children[index].esp_proposals;
	proposal_t *proposal;
	uint32_t i;

	if (!list->len)
	{
		child_cfg->add_proposal(child_cfg,
								proposal_create_default_aead(PROTO_ESP));
		child_cfg->add_proposal(child_cfg, proposal_create_default(PROTO_ESP));
	}
	for (i = 0; i < list->len; i++)
	{
		proposal = proposal_create_from_string(PROTO_ESP,
								extsock_get_text(config, list->items[i]));
		if (!proposal)
		{
			return extsock_refuse(refusal, "charon does not know this proposal",
								  "children[%u].esp_proposals[%u]", index, i);
		}
		child_cfg->add_proposal(child_cfg, proposal);
	}
	return TRUE;
}

/**
 * Add the traffic selectors of one side, "dynamic" if none are configured.
 *
 * @param config		connection
 * @param index			index of the child
 * @param local			TRUE for the local side
 * @param child_cfg		config to add the traffic selectors to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_ts(const segw_config_t *config, uint32_t index, bool local,
				   child_cfg_t *child_cfg, extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];
	const segw_text_list_t *list;
	traffic_selector_t *ts;
	uint32_t i;

	list = local ? &child->local_ts : &child->remote_ts;
	if (!list->len)
	{
		child_cfg->add_traffic_selector(child_cfg, local,
							traffic_selector_create_dynamic(0, 0, 65535));
	}
	for (i = 0; i < list->len; i++)
	{
		ts = extsock_ts_create(extsock_get_text(config, list->items[i]));
		if (!ts)
		{
			return extsock_refuse(refusal, "not a valid traffic selector",
								  "children[%u].%s_ts[%u]", index,
								  local ? "local" : "remote", i);
		}
		child_cfg->add_traffic_selector(child_cfg, local, ts);
	}
	return TRUE;
}

/**
 * Map the DSCP policy of a child.
 *
 * @param copy_dscp		libsegw's value
 * @return				charon's value
 */
static dscp_copy_t map_copy_dscp(uint32_t copy_dscp)
{
	switch (copy_dscp)
	{
		case SEGW_DSCP_IN:
			return DSCP_COPY_IN_ONLY;
		case SEGW_DSCP_YES:
			return DSCP_COPY_YES;
		case SEGW_DSCP_NO:
			return DSCP_COPY_NO;
		default:
			return DSCP_COPY_OUT_ONLY;
	}
}

/*
 * Described in header
 */
child_cfg_t *extsock_child_cfg_create(const segw_config_t *config,
									  uint32_t index,
									  extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];
	child_cfg_create_t data = {
		.mode = child->mode == SEGW_MODE_TRANSPORT ? MODE_TRANSPORT
												   : MODE_TUNNEL,
		.lifetime = {
			.time = {
				.life = child->life_time_s,
				.rekey = child->rekey_time_s,
				.jitter = child->life_time_s - min(child->life_time_s,
												   child->rekey_time_s),
			},
		},
		.copy_dscp = map_copy_dscp(child->copy_dscp),
		.start_action = child->start_action == SEGW_START_START ? ACTION_START
																: ACTION_NONE,
		/* exactly one retry loop exists, the failover manager's: charon must
		 * restart nothing on its own, see keyingtries in the peer config */
		.dpd_action = ACTION_NONE,
		.close_action = ACTION_NONE,
	};
	child_cfg_t *child_cfg;

	child_cfg = child_cfg_create(extsock_get_text(config, child->name), &data);
	if (!add_esp_proposals(config, index, child_cfg, refusal) ||
		!add_ts(config, index, TRUE, child_cfg, refusal) ||
		!add_ts(config, index, FALSE, child_cfg, refusal))
	{
		child_cfg->destroy(child_cfg);
		return NULL;
	}
	return child_cfg;
}
