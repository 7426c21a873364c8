/* SPDX-License-Identifier: GPL-2.0-or-later */

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
