/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_request extsock_request
 * @{ @ingroup extsock
 *
 * A request that sets up an IKE_SA, as it was sent.
 */

#ifndef EXTSOCK_REQUEST_H_
#define EXTSOCK_REQUEST_H_

typedef struct extsock_request_t extsock_request_t;

#include <daemon.h>
#include <encoding/message.h>

/**
 * An IKE_SA_INIT or IKE_AUTH request with all its packets.
 */
struct extsock_request_t {

	/**
	 * Get the ID its IKE_SA had when it was sent.
	 *
	 * @return				ID, internal data
	 */
	ike_sa_id_t *(*get_id)(extsock_request_t *this);

	/**
	 * Check if it is an IKE_SA_INIT.
	 *
	 * @return				TRUE if it is, FALSE if it is an IKE_AUTH
	 */
	bool (*is_init)(extsock_request_t *this);

	/**
	 * Check if an IKE_SA waits for a response with this message ID.
	 *
	 * @param ike_sa		IKE_SA of the request, checked out
	 * @return				TRUE if it does
	 */
	bool (*is_pending)(extsock_request_t *this, ike_sa_t *ike_sa);

	/**
	 * Send it again, from and to where its IKE_SA is now.
	 *
	 * @param ike_sa		IKE_SA of the request, checked out
	 */
	void (*send)(extsock_request_t *this, ike_sa_t *ike_sa);

	/**
	 * Destroy this object.
	 */
	void (*destroy)(extsock_request_t *this);
};

/**
 * Create a request.
 *
 * @param message		message just generated
 * @return				request, NULL if the message is something else
 */
extsock_request_t *extsock_request_create(message_t *message);

#endif /** EXTSOCK_REQUEST_H_ @}*/
