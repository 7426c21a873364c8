/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_refusal extsock_refusal
 * @{ @ingroup extsock
 *
 * How the parts of a connection are read, and refused.
 */

#ifndef EXTSOCK_REFUSAL_H_
#define EXTSOCK_REFUSAL_H_

#include <library.h>

#include <segw.h>

typedef struct extsock_refusal_t extsock_refusal_t;

/**
 * Where, and why, charon refuses a connection.
 */
struct extsock_refusal_t {

	/**
	 * Path inside the connection, e.g. "children[0].remote_ts[1]"
	 */
	char path[64];

	/**
	 * Short reason
	 */
	const char *message;

	/**
	 * Holds the reason if it is not static
	 */
	char text[256];
};

/**
 * Note where and why a connection is refused.
 *
 * @param refusal		receives path and message
 * @param message		short reason, static
 * @param path			format string of the path
 * @return				FALSE
 */
bool extsock_refuse(extsock_refusal_t *refusal, const char *message,
					const char *path, ...);

/**
 * Note that a connection is refused because of a file.
 *
 * @param refusal		receives path and message
 * @param file			path of the file, which begins the message
 * @param reason		what is wrong with it
 * @param path			path to name
 * @return				FALSE
 */
bool extsock_refuse_file(extsock_refusal_t *refusal, const char *file,
						 const char *reason, const char *path);

/**
 * Get a string charon does not modify but declares as char*.
 *
 * @param config		connection
 * @param text			span of the string
 * @return				string, NULL if absent
 */
static inline char *extsock_get_text(const segw_config_t *config,
									 segw_text_t text)
{
	return (char*)segw_text(config, text);
}

#endif /** EXTSOCK_REFUSAL_H_ @}*/
