/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_transit extsock_transit
 * @{ @ingroup extsock
 *
 * Lets in what comes through two SEGWs at once while a connection moves.
 */

#ifndef EXTSOCK_TRANSIT_H_
#define EXTSOCK_TRANSIT_H_

typedef struct extsock_transit_t extsock_transit_t;

#include <sa/ike_sa.h>

/**
 * Inbound policies that name no SEGW, while a connection has two.
 *
 * The kernel has one inbound policy for the selectors of a connection, and it
 * names the SEGW whose CHILD_SA is the newest: what is still on its way through
 * the other one is decrypted and then refused (XfrmInTmplMismatch), although
 * the CHILD_SAs share a reqid. So before a SEGW is dialled beside another, the
 * same policies are installed once more, a little more preferred than charon's,
 * with the reqid and without a SEGW. They go with the first of the CHILD_SAs.
 */
struct extsock_transit_t {

	/**
	 * Install the policies for what a connection has established.
	 *
	 * Not in a bus hook: looks at all IKE_SAs, asks the kernel.
	 *
	 * @param name			name of the connection
	 */
	void (*begin)(extsock_transit_t *this, char *name);

	/**
	 * Tell that a CHILD_SA has ended; may be called in a bus hook.
	 *
	 * @param name			name of its connection
	 */
	void (*end)(extsock_transit_t *this, char *name);

	/**
	 * Remove what is installed and destroy the object.
	 */
	void (*destroy)(extsock_transit_t *this);
};

/**
 * Create the object, nothing is installed.
 *
 * @return				object
 */
extsock_transit_t *extsock_transit_create();

#endif /** EXTSOCK_TRANSIT_H_ @}*/
