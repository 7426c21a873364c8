/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_handler extsock_handler
 * @{ @ingroup extsock
 *
 * Config use case: the bytes of a request in, the bytes of a reply out.
 */

#ifndef EXTSOCK_HANDLER_H_
#define EXTSOCK_HANDLER_H_

typedef struct extsock_handler_t extsock_handler_t;

#include "manager.h"
#include "rights.h"

/**
 * Handler of client requests. Several threads may have it carry out one each.
 */
struct extsock_handler_t {

	/**
	 * Carry out a request. Not for bus hooks.
	 *
	 * @param request		the request, not necessarily a valid one
	 * @param rights		what the client may do
	 * @param filter		which events the client wants, a SUBSCRIBE request
	 *						changes it
	 * @param reply			receives the reply line, allocated
	 * @return				FALSE if the request was refused
	 */
	bool (*handle)(extsock_handler_t *this, chunk_t request,
				   extsock_rights_t rights, segw_filter_t *filter,
				   chunk_t *reply);

	/**
	 * Tell if a request may take long, as one with keys and certificates.
	 *
	 * @param request		the request, not necessarily a valid one
	 * @return				TRUE if it may
	 */
	bool (*is_slow)(extsock_handler_t *this, chunk_t request);

	/**
	 * Destroy the handler.
	 */
	void (*destroy)(extsock_handler_t *this);
};

/**
 * Create the handler.
 *
 * @param failover		failover manager
 * @return				handler
 */
extsock_handler_t *extsock_handler_create(extsock_failover_manager_t *failover);

#endif /** EXTSOCK_HANDLER_H_ @}*/
