/* SPDX-License-Identifier: GPL-2.0-or-later */

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
 * Switch the options of a peer config that is about to be created.
 *
 * The booleans became option flags in 6.0.2, as CPU_ID_MAX appeared.
 *
 * @param data			data for the peer config
 * @param mobike		TRUE to enable MOBIKE
 * @param aggressive	TRUE to use IKEv1's aggressive mode
 * @param push			TRUE to wait for IKEv1's mode config
 * @param ppk			TRUE to insist on the postquantum pre-shared key
 */
static inline void extsock_set_options(peer_cfg_create_t *data, bool mobike,
									   bool aggressive, bool push,
									   bool ppk)
{
#ifdef CPU_ID_MAX
	if (!mobike)
	{
		data->options |= OPT_NO_MOBIKE;
	}
	if (aggressive)
	{
		data->options |= OPT_IKEV1_AGGRESSIVE;
	}
	if (push)
	{
		data->options |= OPT_IKEV1_PUSH_MODE;
	}
	if (ppk)
	{
		data->options |= OPT_PPK_REQUIRED;
	}
#else
	data->no_mobike = !mobike;
	data->aggressive = aggressive;
	data->push_mode = push;
	data->ppk_required = ppk;
#endif
}

/**
 * Switch the options of a peer config that is about to be created as those of
 * another one are, for IKEv2.
 *
 * @param data			data for the peer config
 * @param peer_cfg		peer config to copy from
 */
static inline void extsock_copy_options(peer_cfg_create_t *data,
										peer_cfg_t *peer_cfg)
{
#ifdef CPU_ID_MAX
	extsock_set_options(data, !peer_cfg->has_option(peer_cfg, OPT_NO_MOBIKE),
						FALSE, FALSE,
						peer_cfg->has_option(peer_cfg, OPT_PPK_REQUIRED));
#else
	extsock_set_options(data, peer_cfg->use_mobike(peer_cfg), FALSE, FALSE,
						peer_cfg->ppk_required(peer_cfg));
#endif
}

/**
 * Get the policy to begin childless IKE_SAs if the peer supports them.
 *
 * It was added in 5.9.10, as ENUM_EXT appeared.
 *
 * @param childless		receives the policy
 * @return				FALSE if charon does not know it
 */
static inline bool extsock_get_childless_prefer(childless_t *childless)
{
#ifdef ENUM_EXT
	*childless = CHILDLESS_PREFER;
	return TRUE;
#else
	return FALSE;
#endif
}

/**
 * Get the hardware offload of cryptographic operations.
 *
 * Called so since packet offload was added in 5.9.10, as ENUM_EXT appeared.
 *
 * @return				charon's value
 */
static inline hw_offload_t extsock_get_offload_crypto()
{
#ifdef ENUM_EXT
	return HW_OFFLOAD_CRYPTO;
#else
	return HW_OFFLOAD_YES;
#endif
}

/**
 * Get the hardware offload of whole packets, see above.
 *
 * @param offload		receives charon's value
 * @return				FALSE if charon does not know it
 */
static inline bool extsock_get_offload_packet(hw_offload_t *offload)
{
#ifdef ENUM_EXT
	*offload = HW_OFFLOAD_PACKET;
	return TRUE;
#else
	return FALSE;
#endif
}

/**
 * Copy to an IKE config that is about to be created if OCSP status is asked
 * for.
 *
 * Added in 5.9.14, when no macro appeared; known of from 6.0.2 on, by
 * CPU_ID_MAX.
 *
 * @param data			data for the IKE config
 * @param ike_cfg		config to copy from
 */
static inline void extsock_copy_ocsp_certreq(ike_cfg_create_t *data,
											 ike_cfg_t *ike_cfg)
{
#ifdef CPU_ID_MAX
	data->ocsp_certreq = ike_cfg->send_ocsp_certreq(ike_cfg);
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
 * Get clones of the proposals of a child config, groups included.
 *
 * Logging became optional after 6.0.6, as atomic_get_bool appeared.
 *
 * @param child_cfg		child config
 * @return				list of proposal_t, destroy list and proposals
 */
static inline linked_list_t *extsock_get_child_proposals(child_cfg_t *child_cfg)
{
#ifdef atomic_get_bool
	return child_cfg->get_proposals(child_cfg, FALSE, FALSE);
#else
	return child_cfg->get_proposals(child_cfg, FALSE);
#endif
}

/**
 * Have a CHILD_SA that is about to be created serve all CPUs.
 *
 * CHILD_SAs of single CPUs were added in 6.0.2, as CPU_ID_MAX appeared.
 *
 * @param data			data for the CHILD_SA
 */
static inline void extsock_set_any_cpu(child_sa_create_t *data)
{
#ifdef CPU_ID_MAX
	data->cpu = CPU_ID_MAX;
#endif
}

/**
 * Get the remote traffic selectors of a child config, as configured.
 *
 * Narrowing became a method of its own in 6.0.2, as CPU_ID_MAX appeared.
 *
 * @param child_cfg		child config
 * @return				list of traffic_selector_t, destroy list and selectors
 */
static inline linked_list_t *extsock_get_remote_ts(child_cfg_t *child_cfg)
{
#ifdef CPU_ID_MAX
	return child_cfg->get_traffic_selectors(child_cfg, FALSE, NULL);
#else
	return child_cfg->get_traffic_selectors(child_cfg, FALSE, NULL, NULL,
											FALSE);
#endif
}

/**
 * Have the thread of a job canceled, implements callback_job_cancel_t.
 *
 * For jobs that may wait for long, e.g. for a name server. Charon's own,
 * callback_job_cancel_thread(), is younger than 5.9.8.
 *
 * @param data			data of the job
 * @return				FALSE, as the job does not end by itself
 */
static inline bool extsock_cancel_thread(void *data)
{
	return FALSE;
}

#endif /** EXTSOCK_COMPAT_H_ @}*/
