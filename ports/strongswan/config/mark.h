/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_mark extsock_mark
 * @{ @ingroup extsock
 *
 * Marks and XFRM interfaces of IPsec SAs and policies.
 */

#ifndef EXTSOCK_MARK_H_
#define EXTSOCK_MARK_H_

#include "refusal.h"

#include <ipsec/ipsec_types.h>

/**
 * Get a mark.
 *
 * @param config		connection
 * @param text			span of the mark, perhaps absent
 * @param mark			receives the mark, unchanged if absent
 * @param refusal		receives the reason if refused
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_mark_get(const segw_config_t *config, segw_text_t text,
					  mark_t *mark, extsock_refusal_t *refusal,
					  const char *path);

/**
 * Get the ID of an XFRM interface.
 *
 * @param config		connection
 * @param text			span of the ID, perhaps absent
 * @param if_id			receives the ID, unchanged if absent
 * @param refusal		receives the reason if refused
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_mark_get_if_id(const segw_config_t *config, segw_text_t text,
							uint32_t *if_id, extsock_refusal_t *refusal,
							const char *path);

#endif /** EXTSOCK_MARK_H_ @}*/
