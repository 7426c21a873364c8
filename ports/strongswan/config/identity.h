/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_identity extsock_identity
 * @{ @ingroup extsock
 *
 * Who both sides of a connection say they are.
 */

#ifndef EXTSOCK_IDENTITY_H_
#define EXTSOCK_IDENTITY_H_

#include "draft.h"

#include <collections/linked_list.h>
#include <utils/identification.h>

/**
 * Get an identity, which may be a pattern.
 *
 * @param draft			connection
 * @param text			span of the identity, present
 * @param path			path to name if refused
 * @return				identity, NULL if refused
 */
identification_t *extsock_identity_parse(extsock_draft_t *draft,
										 segw_text_t text, const char *path);

/**
 * Get an identity of this side, which is no pattern.
 *
 * @param draft			connection
 * @param text			span of the identity, present
 * @param path			path to name if refused
 * @return				identity, NULL if refused
 */
identification_t *extsock_identity_get_own(extsock_draft_t *draft,
										   segw_text_t text, const char *path);

/**
 * Get the number of SEGWs with an identity of their own.
 *
 * @param draft			connection
 * @return				number, 1 if all have the same
 */
u_int extsock_identity_count(extsock_draft_t *draft);

/**
 * Get the identity of a SEGW.
 *
 * @param draft			connection
 * @param segw			index of the SEGW, less than extsock_identity_count()
 * @return				identity, %any if none is configured; NULL if refused
 */
identification_t *extsock_identity_get_segw(extsock_draft_t *draft, u_int segw);

/**
 * Get our identity, %any if none is configured, and those of some SEGWs: the
 * owners of a key.
 *
 * @param draft			connection
 * @param from			index of the first SEGW
 * @param to			index behind the last one
 * @return				list of identification_t, all to be destroyed; NULL if
 *						refused
 */
linked_list_t *extsock_identity_get_owners(extsock_draft_t *draft, u_int from,
										   u_int to);

#endif /** EXTSOCK_IDENTITY_H_ @}*/
