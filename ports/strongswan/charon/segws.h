/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_segws extsock_segws
 * @{ @ingroup extsock
 *
 * The SEGWs of a connection, as charon's peer configs.
 */

#ifndef EXTSOCK_SEGWS_H_
#define EXTSOCK_SEGWS_H_

typedef struct extsock_segws_t extsock_segws_t;

#include <collections/array.h>
#include <config/peer_cfg.h>

/**
 * Peer configs of a connection: one for all SEGWs, or one for each.
 */
struct extsock_segws_t {

	/**
	 * Get the peer config to dial a SEGW with.
	 *
	 * @param index			place of the SEGW in the connection's list
	 * @return				peer config, owned by this object
	 */
	peer_cfg_t *(*get)(extsock_segws_t *this, u_int index);

	/**
	 * Get the name of the connection.
	 *
	 * @return				name
	 */
	char *(*get_name)(extsock_segws_t *this);

	/**
	 * Compare with the SEGWs of another configuration.
	 *
	 * @param other			other configuration
	 * @return				TRUE if nothing is different
	 */
	bool (*equals)(extsock_segws_t *this, extsock_segws_t *other);

	/**
	 * Get another reference.
	 *
	 * @return				this
	 */
	extsock_segws_t *(*get_ref)(extsock_segws_t *this);

	/**
	 * Drop a reference, destroy the object with the last one.
	 */
	void (*destroy)(extsock_segws_t *this);
};

/**
 * Create the SEGWs of a connection.
 *
 * @param configs		peer_cfg_t in the order of the SEGWs, one at least;
 *						adopted
 * @return				SEGWs
 */
extsock_segws_t *extsock_segws_create(array_t *configs);

#endif /** EXTSOCK_SEGWS_H_ @}*/
