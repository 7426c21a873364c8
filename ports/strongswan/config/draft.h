/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_draft extsock_draft
 * @{ @ingroup extsock
 *
 * A connection that is being built, or refused.
 */

#ifndef EXTSOCK_DRAFT_H_
#define EXTSOCK_DRAFT_H_

#include "lack.h"
#include "rights.h"

#include <credentials/sets/mem_cred.h>
#include <library.h>

#include <segw.h>

typedef struct extsock_draft_t extsock_draft_t;

/**
 * Iterations that the passphrases of a request's private keys may take: a
 * second or two on a PC, and what patched charons take for one key at most.
 * OpenSSL uses 2048 for a key, GnuTLS up to 600000.
 */
#define EXTSOCK_ITERATIONS 1000000

/**
 * What all that build a part of a connection are given.
 */
struct extsock_draft_t {

	/**
	 * The connection, as libsegw read it
	 */
	const segw_config_t *config;

	/**
	 * Receives its credentials
	 */
	mem_cred_t *creds;

	/**
	 * What the client may do that wants it
	 */
	extsock_rights_t rights;

	/**
	 * Those of EXTSOCK_ITERATIONS that the request has left
	 */
	uint64_t *iterations;

	/**
	 * If it is refused, the path inside it, e.g. "children[0].remote_ts[1]"
	 */
	char path[64];

	/**
	 * The short reason
	 */
	const char *message;

	/**
	 * Holds the reason if it is not static
	 */
	char text[256];

	/**
	 * If it is accepted, the first thing that charon lacks for it, e.g.
	 * "ike_cfg.proposals[0] left out: charon lacks …"; empty if there is none
	 */
	char lack[64 + EXTSOCK_LACK_CAP];
};

/**
 * Note where and why a connection is refused.
 *
 * @param draft			connection
 * @param message		short reason, static
 * @param path			format string of the path
 * @return				FALSE
 */
bool extsock_refuse(extsock_draft_t *draft, const char *message,
					const char *path, ...);

/**
 * Refuse what only a privileged client may name: a program or a file.
 *
 * @param draft			connection
 * @param ...			format string of the path, and its arguments
 * @return				FALSE if the client is not privileged
 */
#define extsock_check_privileged(draft, ...) \
	((draft)->rights >= EXTSOCK_PRIVILEGED || extsock_refuse(draft, \
			EXTSOCK_LACKS_RIGHT(EXTSOCK_PRIVILEGED_USERS, \
								EXTSOCK_PRIVILEGED_GROUPS), __VA_ARGS__))

/**
 * Note that a connection is refused because of a file.
 *
 * @param draft			connection
 * @param file			path of the file, which begins the message
 * @param reason		what is wrong with it
 * @param path			path to name
 * @return				FALSE
 */
bool extsock_refuse_file(extsock_draft_t *draft, const char *file,
						 const char *reason, const char *path);

/**
 * Refuse what needs a feature that no loaded plugin provides.
 *
 * @param draft			connection
 * @param feature		feature
 * @param plugin		plugin that brings it
 * @param other			"" or " or …", another one that does
 * @param what			what is lacking
 * @param path			path to name
 * @return				FALSE if it is not there
 */
bool extsock_check_feature(extsock_draft_t *draft, plugin_feature_t feature,
						   const char *plugin, const char *other,
						   const char *what, const char *path);

/**
 * Note that charon lacks something for a connection, which is accepted.
 *
 * @param draft			connection
 * @param lack			what is lacking
 * @param what			format string of the path, and what that means there
 */
void extsock_note_lack(extsock_draft_t *draft, const char *lack,
					   const char *what, ...);

/**
 * Get a string charon does not modify but declares as char*.
 *
 * @param draft			connection
 * @param text			span of the string
 * @return				string, NULL if absent
 */
static inline char *extsock_get_text(extsock_draft_t *draft, segw_text_t text)
{
	return (char*)segw_text(draft->config, text);
}

#endif /** EXTSOCK_DRAFT_H_ @}*/
