/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_connection extsock_connection
 * @{ @ingroup extsock
 *
 * A connection that charon has accepted, as its peer configs.
 */

#ifndef EXTSOCK_CONNECTION_H_
#define EXTSOCK_CONNECTION_H_

typedef struct extsock_connection_t extsock_connection_t;

#include <collections/array.h>
#include <config/peer_cfg.h>
#include <credentials/sets/mem_cred.h>

/**
 * Peer configs of a connection: one for all SEGWs, or one for each.
 *
 * With its credentials until the backend loads it; nothing uses it before.
 */
struct extsock_connection_t {

	/**
	 * Get the peer config to dial a SEGW with.
	 *
	 * @param index			place of the SEGW in the connection's list
	 * @return				peer config, owned by this object
	 */
	peer_cfg_t *(*get)(extsock_connection_t *this, u_int index);

	/**
	 * Get the name of the connection.
	 *
	 * @return				name
	 */
	char *(*get_name)(extsock_connection_t *this);

	/**
	 * Compare the peer configs with those of another connection.
	 *
	 * @param other			other connection
	 * @return				TRUE if nothing is different
	 */
	bool (*equals)(extsock_connection_t *this, extsock_connection_t *other);

	/**
	 * Take the credentials out of this object.
	 *
	 * @return				credentials, owned by the caller; NULL once taken
	 */
	mem_cred_t *(*take_creds)(extsock_connection_t *this);

	/**
	 * Get another reference.
	 *
	 * @return				this
	 */
	extsock_connection_t *(*get_ref)(extsock_connection_t *this);

	/**
	 * Drop a reference, destroy the object with the last one; secrets are
	 * wiped.
	 */
	void (*destroy)(extsock_connection_t *this);
};

/**
 * Create a connection.
 *
 * @param configs		peer_cfg_t in the order of the SEGWs, one at least;
 *						adopted
 * @param creds			its credentials, adopted
 * @return				connection
 */
extsock_connection_t *extsock_connection_create(array_t *configs,
												mem_cred_t *creds);

/**
 * What starts a child, as options far from charon's own
 */
#define OPT_EXTSOCK_START (1 << 28)
#define OPT_EXTSOCK_TRAP (1 << 29)

/**
 * Get what starts a child, of a child config made by config/ or by charon.
 *
 * What config/ makes has no start action of charon's: at its start charon
 * would dial whatever a quick client has loaded by then, and so would we.
 *
 * @param child_cfg		child config
 * @return				start action
 */
action_t extsock_children_get_start_action(child_cfg_t *child_cfg);

/**
 * Callback to ask if a child is wanted now. Called with a lock of the peer config
 * held.
 *
 * @param user			user data
 * @param connection	name of the connection
 * @param child			name of the child
 * @param configured	TRUE if the configuration wants it
 * @return				TRUE if it is
 */
typedef bool (*extsock_wants_child_cb_t)(void *user, const char *connection,
										 const char *child, bool configured);

/**
 * Get the children to initiate: those to start, or all if none is; unless the
 * callback says otherwise.
 *
 * The enumerator holds a lock of the peer config, initiate() is not called
 * under it.
 *
 * @param peer_cfg		connection
 * @param wants			callback that says which are wanted, NULL if those that
 *						are configured are
 * @param user			user data to pass to callback
 * @return				array of child_cfg_t references
 */
array_t *extsock_children_get(peer_cfg_t *peer_cfg,
							  extsock_wants_child_cb_t wants, void *user);

/**
 * Check if any child is to be up by itself.
 *
 * @param peer_cfg		connection
 * @return				TRUE if its start action says so
 */
bool extsock_children_are_started(peer_cfg_t *peer_cfg);

/**
 * Count the children to initiate.
 *
 * @param peer_cfg		connection
 * @return				length of the array above
 */
u_int extsock_children_count(peer_cfg_t *peer_cfg);

#endif /** EXTSOCK_CONNECTION_H_ @}*/
