/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_retransmit extsock_retransmit
 * @{ @ingroup extsock
 *
 * Sends what an IKE_SA is set up with more than once.
 */

#ifndef EXTSOCK_RETRANSMIT_H_
#define EXTSOCK_RETRANSMIT_H_

typedef struct extsock_retransmit_t extsock_retransmit_t;

#include "manager.h"

#include <encoding/message.h>

/**
 * Has requests sent again if their response does not come: after twice the time
 * that responses have taken of late, but half a second at least, and then, as
 * RFC 7296, section 2.1 demands, ever later.
 *
 * A SEGW is given up after its connect timeout, which may be shorter than
 * charon's first retransmission (4 seconds): a single packet lost, and a SEGW
 * that lives would be. Charon's own retransmission takes over where it begins
 * and is neither changed nor counted.
 *
 * Nor does charon get a response that comes before the IKE_SA is checked in,
 * as those of a near SEGW do when charon dials in place of an IKE_SA that was
 * lost. That request is sent again once it is.
 *
 * Only does so while the IKE_SA is set up and libsegw follows it. Any other
 * message is left alone, and so is IKEv1, whose message IDs do not tell what
 * was answered.
 */
struct extsock_retransmit_t {

	/**
	 * Have a message sent again, if it is a request that sets up an IKE_SA.
	 * Made for the message hook.
	 *
	 * A request that the IKE_SA sends after another tells that the former was
	 * answered: that one is sent no more. Their message IDs may be equal, those
	 * of an IKE_SA_INIT and of the one that a COOKIE or an INVALID_KE_PAYLOAD
	 * asks for are.
	 *
	 * @param message		message just generated
	 */
	void (*sent)(extsock_retransmit_t *this, message_t *message);

	/**
	 * Have a request sent again whose response had no IKE_SA to go to. Made for
	 * the alert hook, ALERT_INVALID_IKE_SPI.
	 *
	 * @param message		message that had none
	 */
	void (*dropped)(extsock_retransmit_t *this, message_t *message);

	/**
	 * Destroy this object; no job may be queued any more.
	 */
	void (*destroy)(extsock_retransmit_t *this);
};

/**
 * Create an object with no request to send again.
 *
 * @param failover		failover manager to ask
 * @return				object
 */
extsock_retransmit_t *extsock_retransmit_create(
										extsock_failover_manager_t *failover);

#endif /** EXTSOCK_RETRANSMIT_H_ @}*/
