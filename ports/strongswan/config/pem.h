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
 * or DER, which only a privileged client may. Files are read now, by charon's
 * user: regular ones of up to 64 KiB, through no symbolic link.
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
 * Decode a block.
 *
 * @param block			block
 * @param dek			receives how the whole is encrypted, the value of its
 *						header DEK-Info (RFC 1421), points into the block; empty
 *						if it is not
 * @return				what is encoded in it, to be wiped and freed; empty if
 *						nothing is
 */
chunk_t extsock_pem_decode(chunk_t block, chunk_t *dek);

#endif /** EXTSOCK_PEM_H_ @}*/
