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
 * @defgroup extsock_alert extsock_alert
 * @{ @ingroup extsock
 *
 * Charon's alerts as libsegw's.
 */

#ifndef EXTSOCK_ALERT_H_
#define EXTSOCK_ALERT_H_

#include <bus/bus.h>

/**
 * Map an alert of charon's.
 *
 * @param alert			alert raised
 * @return				SEGW_ALERT_*, SEGW_ALERT_NONE if of no interest
 */
uint32_t extsock_alert_map(alert_t alert);

#endif /** EXTSOCK_ALERT_H_ @}*/
