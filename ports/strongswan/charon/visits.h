/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_visits extsock_visits
 * @{ @ingroup extsock
 *
 * Which addresses of SEGWs given by name have been dialled.
 */

#ifndef EXTSOCK_VISITS_H_
#define EXTSOCK_VISITS_H_

typedef struct extsock_visits_t extsock_visits_t;

#include <collections/linked_list.h>
#include <config/ike_cfg.h>

/**
 * The visits to SEGWs given by name.
 *
 * A visit is a row of dials for one connection, at the addresses of one SEGW,
 * no address twice. All methods may be called by any thread.
 */
struct extsock_visits_t {

	/**
	 * Begin a visit: no address has been dialled.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW
	 */
	void (*begin)(extsock_visits_t *this, const char *connection,
				  const char *segw);

	/**
	 * Choose the next address to dial. Asks the kernel for routes.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW
	 * @param fresh			addresses it has now, host_t
	 * @param ike_cfg		config whose local address has to be used
	 * @param more			receives TRUE if another could be dialled after,
	 *						FALSE initially
	 * @param host			receives the address, to be destroyed
	 * @return				SUCCESS; NOT_FOUND if all have been dialled;
	 *						OUT_OF_RES if none of the others has a route
	 */
	status_t (*choose)(extsock_visits_t *this, const char *connection,
					   const char *segw, linked_list_t *fresh,
					   ike_cfg_t *ike_cfg, bool *more, host_t **host);

	/**
	 * Remember that an address is dialled.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW
	 * @param host			address
	 */
	void (*add)(extsock_visits_t *this, const char *connection,
				const char *segw, host_t *host);

	/**
	 * Forget the visits of a connection.
	 *
	 * @param connection	name of the connection
	 */
	void (*forget)(extsock_visits_t *this, const char *connection);

	/**
	 * Destroy an extsock_visits_t.
	 */
	void (*destroy)(extsock_visits_t *this);
};

/**
 * Create the visits.
 *
 * @return				visits
 */
extsock_visits_t *extsock_visits_create();

#endif /** EXTSOCK_VISITS_H_ @}*/
