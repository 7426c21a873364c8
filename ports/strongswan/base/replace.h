/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_replace extsock_replace
 * @{ @ingroup extsock
 *
 * A file takes another one's place.
 */

#ifndef EXTSOCK_REPLACE_H_
#define EXTSOCK_REPLACE_H_

#include <library.h>

/**
 * Put a file in the place of another one, whole or not at all. It is written
 * beside it first, under its name with ".new" behind. Only the user that charon
 * runs as may read it. Whatever has that name, a link to another file say, is
 * removed and not written to.
 *
 * @param path			path of the file
 * @param data			what it is to have
 * @param durable		TRUE if it has to be on the medium before it takes the
 *						place, so that a power cut leaves one or the other
 * @return				FALSE if that failed, errno tells why
 */
bool extsock_replace_file(const char *path, chunk_t data, bool durable);

#endif /** EXTSOCK_REPLACE_H_ @}*/
