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
 * @defgroup extsock_compat extsock_compat
 * @{ @ingroup extsock
 *
 * The one place that knows strongSwan's API differences, 5.9.8 to 6.1.
 *
 * No numeric version macro exists, so each difference is told by a macro that
 * arrived with it; all of them are reachable from daemon.h.
 */

#ifndef EXTSOCK_COMPAT_H_
#define EXTSOCK_COMPAT_H_

#include <daemon.h>

/**
 * Defines the plugin constructor; charon's own, since 6.0.3, also defines the
 * version symbol its loader insists on.
 */
#ifndef PLUGIN_DEFINE
#define PLUGIN_DEFINE(name) plugin_t *name##_plugin_create(void)
#endif

/**
 * Switch MOBIKE of a peer config that is about to be created.
 *
 * The booleans became option flags in 6.0.2, as CPU_ID_MAX appeared.
 *
 * @param data			data for the peer config
 * @param mobike		TRUE to enable MOBIKE
 */
static inline void extsock_set_mobike(peer_cfg_create_t *data, bool mobike)
{
#ifdef CPU_ID_MAX
	if (!mobike)
	{
		data->options |= OPT_NO_MOBIKE;
	}
#else
	data->no_mobike = !mobike;
#endif
}

/**
 * Get clones of the proposals of an IKE config.
 *
 * Logging became optional after 6.0.6, as atomic_get_bool appeared.
 *
 * @param ike_cfg		config to get the proposals of
 * @return				list of proposal_t, destroy list and proposals
 */
static inline linked_list_t *extsock_get_proposals(ike_cfg_t *ike_cfg)
{
#ifdef atomic_get_bool
	return ike_cfg->get_proposals(ike_cfg, FALSE);
#else
	return ike_cfg->get_proposals(ike_cfg);
#endif
}

/**
 * Terminate an IKE_SA, without waiting for the peer.
 *
 * The maximum log level was added in 5.9.11, as DBG_UNUSED appeared. Without
 * a callback the controller runs in the calling thread. Forced, because this
 * sends the DELETE if it can be sent now and destroys the IKE_SA at once,
 * also if it is half open or has an exchange outstanding.
 *
 * @param unique_id		unique ID of the IKE_SA
 */
static inline void extsock_terminate_ike(uint32_t unique_id)
{
#ifdef DBG_UNUSED
	charon->controller->terminate_ike(charon->controller, unique_id, TRUE,
									  NULL, NULL, LEVEL_SILENT, 0);
#else
	charon->controller->terminate_ike(charon->controller, unique_id, TRUE,
									  NULL, NULL, 0);
#endif
}

#endif /** EXTSOCK_COMPAT_H_ @}*/
