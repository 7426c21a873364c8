/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

/**
 * @defgroup extsock_repeat extsock_repeat
 * @{ @ingroup extsock
 *
 * Sends what an IKE_SA is set up with more than once.
 */

#ifndef EXTSOCK_REPEAT_H_
#define EXTSOCK_REPEAT_H_

#include "extsock_failover.h"

#include <encoding/message.h>

/**
 * Have a request sent again after half a second and, as RFC 7296, section 2.1
 * demands, ever later if its response does not come. Made for the message hook.
 * The IKE_SA_INIT that charon sends in place of an IKE_SA is sent again after 50
 * milliseconds already.
 *
 * A SEGW is given up after its connect timeout, which may be shorter than
 * charon's first retransmission (4 seconds): a single packet lost, and a SEGW
 * that lives would be. Nor does charon get the response if that comes before
 * the IKE_SA is checked in, as it may, and to a near SEGW often does, when
 * charon dials in place of an IKE_SA that was lost. Charon's own retransmission
 * takes over where it begins and is neither changed nor counted.
 *
 * Only does so while the IKE_SA is set up and libsegw follows it. Any other
 * message is left alone, and so is IKEv1, whose message IDs do not tell what was
 * answered.
 *
 * @param message		message just generated
 * @param ike_sa		IKE_SA the hook got: that of the message, or the one it
 *						takes the place of
 * @param failover		failover manager to ask
 */
void extsock_repeat(message_t *message, ike_sa_t *ike_sa,
					extsock_failover_manager_t *failover);

#endif /** EXTSOCK_REPEAT_H_ @}*/
