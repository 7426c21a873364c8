/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_pem extsock_pem
 * @{ @ingroup extsock
 *
 * Certificates and keys as clients give them: PEM, or the path of a file.
 */

#ifndef EXTSOCK_PEM_H_
#define EXTSOCK_PEM_H_

#include "draft.h"

/**
 * Read what a client gave as PEM, or as the absolute path of a file with PEM
 * or DER. Files are read now, by charon's user.
 *
 * @param draft			connection
 * @param text			span of the PEM or path
 * @param data			receives the encoding, to be wiped and freed
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
bool extsock_pem_read(extsock_draft_t *draft, segw_text_t text, chunk_t *data,
					  const char *path);

/**
 * Get the next block of what was read, with its boundaries.
 *
 * Data without boundaries, i.e. DER, is a block of its own.
 *
 * @param rest			what is left, advanced
 * @param label			what the label of the block ends with, as in
 *						"PRIVATE KEY"; others are passed over
 * @param block			receives the block, points into rest
 * @return				FALSE if there is no other
 */
bool extsock_pem_next(chunk_t *rest, const char *label, chunk_t *block);

/**
 * Check if a block is PEM that has to be decrypted.
 *
 * @param block			block
 * @return				TRUE if it is, FALSE also for DER
 */
bool extsock_pem_is_encrypted(chunk_t block);

/**
 * Check if a block is DER, of which it is not known if it is encrypted.
 *
 * @param block			block
 * @return				TRUE if it is
 */
bool extsock_pem_is_der(chunk_t block);

#endif /** EXTSOCK_PEM_H_ @}*/
