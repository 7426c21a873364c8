/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_target extsock_target
 * @{ @ingroup extsock
 *
 * A host behind a SEGW that is asked for an answer, through the tunnel.
 */

#ifndef EXTSOCK_TARGET_H_
#define EXTSOCK_TARGET_H_

typedef struct extsock_target_t extsock_target_t;

#include <daemon.h>

#include <segw.h>

/**
 * Asked once: with an ICMP echo request, or with a TCP connection.
 */
struct extsock_target_t {

	/**
	 * Find a CHILD_SA that takes packets for the target.
	 *
	 * @param ike_sa		checked out IKE_SA
	 * @param used			TRUE to take also one that ends when it is not used
	 */
	void (*find_child)(extsock_target_t *this, ike_sa_t *ike_sa, bool used);

	/**
	 * Find the address of this host to ask it from.
	 *
	 * @return				0, or why it can not be asked, SEGW_UNASKED_*
	 */
	uint32_t (*find_source)(extsock_target_t *this);

	/**
	 * Ask it.
	 *
	 * @param epoll			descriptor of epoll, gets the socket
	 * @param number		number of the question
	 * @param index			place of the target in it
	 * @return				SUCCESS, FAILED if the kernel refuses to, INVALID_STATE if there
	 *						is no address to ask it from
	 */
	status_t (*ask)(extsock_target_t *this, int epoll, uint32_t number,
					u_int index);

	/**
	 * Read what it says.
	 *
	 * @return				TRUE if it has answered
	 */
	bool (*hear)(extsock_target_t *this);

	/**
	 * Destroy this object, and its socket.
	 */
	void (*destroy)(extsock_target_t *this);
};

/**
 * Create a target: 10.1.0.1, tcp://10.1.0.1:443 or tcp://[2001:db8::1]:443.
 *
 * @param text			text, changed
 * @return				target; of a text that makes no sense one that has no source
 */
extsock_target_t *extsock_target_create(char *text);

#endif /** EXTSOCK_TARGET_H_ @}*/
