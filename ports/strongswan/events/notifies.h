/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_notifies extsock_notifies
 * @{ @ingroup extsock
 *
 * What a SEGW says in notifies: refusals, redirects, its load.
 */

#ifndef EXTSOCK_NOTIFIES_H_
#define EXTSOCK_NOTIFIES_H_

#include "manager.h"

#include <encoding/message.h>

/**
 * Tell the failover of the notifies of a message that came in, and keep charon
 * from a message that it is not to process: a forged one, a redirect that is not
 * to be followed, an answer that a standby can not use. Such a message gets the
 * exchange type EXCHANGE_TYPE_UNDEFINED. Made for the message hook, for plain
 * messages.
 *
 * @param failover		failover manager to tell
 * @param ike_sa		IKE_SA it came for, one that is followed
 * @param message		message that came in
 * @return				FALSE if charon will not process it
 */
bool extsock_notifies_read(extsock_failover_manager_t *failover,
						   ike_sa_t *ike_sa, message_t *message);

#endif /** EXTSOCK_NOTIFIES_H_ @}*/
