/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_identity extsock_identity
 * @{ @ingroup extsock
 *
 * Who both sides of a connection say they are.
 */

#ifndef EXTSOCK_IDENTITY_H_
#define EXTSOCK_IDENTITY_H_

#include "refusal.h"

#include <collections/linked_list.h>
#include <utils/identification.h>

/**
 * Get an identity of this side, which is no pattern.
 *
 * @param config		connection
 * @param text			span of the identity, present
 * @param refusal		receives the reason if refused
 * @param path			path to name if refused
 * @return				identity, NULL if refused
 */
identification_t *extsock_identity_get_own(const segw_config_t *config,
										   segw_text_t text,
										   extsock_refusal_t *refusal,
										   const char *path);

/**
 * Get the number of SEGWs with an identity of their own.
 *
 * @param config		connection
 * @return				number, 1 if all have the same
 */
u_int extsock_identity_count(const segw_config_t *config);

/**
 * Get the identity of a SEGW.
 *
 * @param config		connection
 * @param segw			index of the SEGW, less than extsock_identity_count()
 * @param refusal		receives the reason if refused
 * @return				identity, %any if none is configured; NULL if refused
 */
identification_t *extsock_identity_get_segw(const segw_config_t *config,
											u_int segw,
											extsock_refusal_t *refusal);

/**
 * Get all identities of a connection: ours, %any if none is configured, and
 * those of the SEGWs.
 *
 * @param config		connection
 * @param refusal		receives the reason if refused
 * @return				list of identification_t, all to be destroyed; NULL if
 *						refused
 */
linked_list_t *extsock_identity_get_all(const segw_config_t *config,
										extsock_refusal_t *refusal);

#endif /** EXTSOCK_IDENTITY_H_ @}*/
