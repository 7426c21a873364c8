/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_lack extsock_lack
 * @{ @ingroup extsock
 *
 * What a connection asks for that no plugin of this charon provides. Charon
 * itself only notices when an IKE_SA fails for it.
 */

#ifndef EXTSOCK_LACK_H_
#define EXTSOCK_LACK_H_

#include <crypto/proposal/proposal.h>
#include <plugins/plugin_feature.h>

/**
 * Room for what is lacking, in bytes with the closing NUL
 */
#define EXTSOCK_LACK_CAP 160

/**
 * Write what is lacking, with the plugin and the packages that bring it.
 *
 * @param text			buffer of EXTSOCK_LACK_CAP bytes
 * @param plugin		plugin that brings it
 * @param other			"" or " or …", another one that does
 * @param what			format string of what is lacking, and its arguments
 */
void extsock_lack_write(char *text, const char *plugin, const char *other,
						const char *what, ...);

/**
 * Check if a feature is there.
 *
 * @param feature		feature
 * @return				TRUE if a loaded plugin provides it
 */
bool extsock_lack_has(plugin_feature_t feature);

/**
 * Leave out of a proposal what charon can not use.
 *
 * The algorithms of ESP and AH are the kernel's, only their groups are looked
 * at.
 *
 * @param proposal		proposal, adopted; NULL is one of which nothing is left
 * @param ikev2			TRUE if it is for IKEv2, which also takes a KDF
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, receives the first
 *						lack; empty if there is none
 * @return				proposal, NULL if charon can not use it
 */
proposal_t *extsock_lack_strip(proposal_t *proposal, bool ikev2, char *text);

/**
 * Check if a plugin is loaded.
 *
 * @param plugin		name of the plugin
 * @return				TRUE if it is
 */
bool extsock_lack_is_loaded(const char *plugin);

/**
 * Check if charon can use public keys of a kind, or private ones.
 *
 * @param oid			OID of the kind, as certificates and PKCS#8 have it
 * @param private		TRUE for private keys
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, written if not
 * @return				TRUE if so, or if the kind is not known here
 */
bool extsock_lack_check_key(int oid, bool private, char *text);

/**
 * Check if no plugin provides a group of a proposal.
 *
 * @param proposal		proposal
 * @return				TRUE if there is such a group
 */
bool extsock_lack_group(proposal_t *proposal);

#endif /** EXTSOCK_LACK_H_ @}*/
