/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "child_cfg.h"
#include "children.h"
#include "compat.h"
#include "mark.h"
#include "ts.h"

#include <plugins/plugin_feature.h>

/**
 * Add the proposals of a list.
 *
 * @param config		connection
 * @param index			index of the child
 * @param proto			PROTO_ESP or PROTO_AH
 * @param child_cfg		config to add the proposals to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_list(const segw_config_t *config, uint32_t index,
					 protocol_id_t proto, child_cfg_t *child_cfg,
					 extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];
	const segw_text_list_t *list;
	proposal_t *proposal;
	uint32_t i;

	list = proto == PROTO_AH ? &child->ah_proposals : &child->esp_proposals;
	for (i = 0; i < list->len; i++)
	{
		proposal = proposal_create_from_string(proto,
								extsock_get_text(config, list->items[i]));
		if (!proposal)
		{
			return extsock_refuse(refusal, "charon does not know this proposal",
								  "children[%u].%s_proposals[%u]", index,
								  proto == PROTO_AH ? "ah" : "esp", i);
		}
		child_cfg->add_proposal(child_cfg, proposal);
	}
	return TRUE;
}

/**
 * Add the proposals, charon's defaults if none are configured.
 *
 * @param config		connection
 * @param index			index of the child
 * @param child_cfg		config to add the proposals to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_proposals(const segw_config_t *config, uint32_t index,
						  child_cfg_t *child_cfg, extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];

	if (!child->esp_proposals.len && !child->ah_proposals.len)
	{
		child_cfg->add_proposal(child_cfg,
								proposal_create_default_aead(PROTO_ESP));
		child_cfg->add_proposal(child_cfg, proposal_create_default(PROTO_ESP));
	}
	return add_list(config, index, PROTO_ESP, child_cfg, refusal) &&
		   add_list(config, index, PROTO_AH, child_cfg, refusal);
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

/**
 * Map the mode of a child.
 *
 * @param mode			libsegw's value
 * @return				charon's value
 */
static ipsec_mode_t map_mode(uint32_t mode)
{
	switch (mode)
	{
		case SEGW_MODE_TRANSPORT:
			return MODE_TRANSPORT;
		case SEGW_MODE_BEET:
			return MODE_BEET;
		default:
			return MODE_TUNNEL;
	}
}

/**
 * Map the start action of a child.
 *
 * @param action		libsegw's value
 * @return				option of ours
 */
static child_cfg_option_t map_start_action(uint32_t action)
{
	switch (action)
	{
		case SEGW_START_START:
			return OPT_EXTSOCK_START;
		case SEGW_START_TRAP:
			return OPT_EXTSOCK_TRAP;
		default:
			return 0;
	}
}

/**
 * Get the marks and XFRM interfaces of a child.
 *
 * @param config		connection
 * @param index			index of the child
 * @param data			receives them
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool get_marks(const segw_config_t *config, uint32_t index,
					  child_cfg_create_t *data, extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];
	char path[64];

	snprintf(path, sizeof(path), "children[%u].mark_in", index);
	if (!extsock_mark_get(config, child->mark_in, &data->mark_in, refusal,
						  path))
	{
		return FALSE;
	}
	snprintf(path, sizeof(path), "children[%u].mark_out", index);
	if (!extsock_mark_get(config, child->mark_out, &data->mark_out, refusal,
						  path))
	{
		return FALSE;
	}
	snprintf(path, sizeof(path), "children[%u].if_id_in", index);
	if (!extsock_mark_get_if_id(config, child->if_id_in, &data->if_id_in,
								refusal, path))
	{
		return FALSE;
	}
	snprintf(path, sizeof(path), "children[%u].if_id_out", index);
	return extsock_mark_get_if_id(config, child->if_id_out, &data->if_id_out,
								  refusal, path);
}

/**
 * Get the hardware offload of a child.
 *
 * @param child			child
 * @param index			index of the child
 * @param offload		receives charon's value
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool get_offload(const segw_child_t *child, uint32_t index,
						hw_offload_t *offload, extsock_refusal_t *refusal)
{
	switch (child->hw_offload)
	{
		case SEGW_HW_OFFLOAD_CRYPTO:
			*offload = extsock_get_offload_crypto();
			return TRUE;
		case SEGW_HW_OFFLOAD_AUTO:
			*offload = HW_OFFLOAD_AUTO;
			return TRUE;
		case SEGW_HW_OFFLOAD_PACKET:
			return extsock_get_offload_packet(offload) ||
				   extsock_refuse(refusal, "charon knows it since 5.9.10",
								  "children[%u].hw_offload", index);
		default:
			*offload = HW_OFFLOAD_NO;
			return TRUE;
	}
}

/**
 * Check that there is somebody to run the script of a child.
 *
 * @param child			child
 * @param index			index of the child
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool check_updown(const segw_child_t *child, uint32_t index,
						 extsock_refusal_t *refusal)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(CUSTOM, "updown");

	return !child->updown.len ||
		   lib->plugins->has_feature(lib->plugins, feature) ||
		   extsock_refuse(refusal, "charon has not loaded the plugin updown",
						  "children[%u].updown", index);
}

/**
 * Map the lifetime by a volume.
 *
 * @param from			libsegw's value
 * @param to			receives charon's value
 */
#define MAP_VOLUME(from, to) ({ \
	(to).rekey = (from).rekey; \
	(to).life = (from).life; \
	(to).jitter = (from).jitter; })

/*
 * Described in header
 */
child_cfg_t *extsock_child_cfg_create(const segw_config_t *config,
									  uint32_t index,
									  extsock_refusal_t *refusal)
{
	const segw_child_t *child = &config->children[index];
	child_cfg_create_t data = {
		.options = (child->policies ? 0 : OPT_NO_POLICIES) |
				   (child->ipcomp ? OPT_IPCOMP : 0) |
				   map_start_action(child->start_action),
		.reqid = child->reqid,
		.mode = map_mode(child->mode),
		.priority = child->priority,
		.interface = extsock_get_text(config, child->interface),
		.lifetime = {
			.time = {
				.life = child->life_time_s,
				.rekey = child->rekey_time_s,
				.jitter = child->jitter_time_s,
			},
		},
		.inactivity = child->inactivity_s,
		.updown = extsock_get_text(config, child->updown),
		.copy_dscp = map_copy_dscp(child->copy_dscp),
		.start_action = ACTION_NONE,
		/* exactly one retry loop exists, the failover manager's: charon must
		 * restart nothing on its own, see keyingtries in the peer config */
		.dpd_action = ACTION_NONE,
		.close_action = ACTION_NONE,
	};
	child_cfg_t *child_cfg;

	MAP_VOLUME(child->bytes, data.lifetime.bytes);
	MAP_VOLUME(child->packets, data.lifetime.packets);
	if (!get_marks(config, index, &data, refusal) ||
		!get_offload(child, index, &data.hw_offload, refusal) ||
		!check_updown(child, index, refusal))
	{
		return NULL;
	}
	child_cfg = child_cfg_create(extsock_get_text(config, child->name), &data);
	if (child->replay_window != UINT32_MAX)
	{
		child_cfg->set_replay_window(child_cfg, child->replay_window);
	}
	if (!add_proposals(config, index, child_cfg, refusal) ||
		!add_ts(config, index, TRUE, child_cfg, refusal) ||
		!add_ts(config, index, FALSE, child_cfg, refusal))
	{
		child_cfg->destroy(child_cfg);
		return NULL;
	}
	return child_cfg;
}
