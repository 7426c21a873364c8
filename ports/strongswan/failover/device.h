/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_device extsock_device
 * @{ @ingroup extsock
 *
 * What names this device and no other.
 */

#ifndef EXTSOCK_DEVICE_H_
#define EXTSOCK_DEVICE_H_

#include <library.h>

/**
 * Get what names this device, and is the same after each restart: the option
 * device_id, or else the machine id, or else the lowest of the addresses that
 * its Ethernet and WLAN devices were made with.
 *
 * @return				allocated, empty if it has none of them
 */
chunk_t extsock_device_id();

#endif /** EXTSOCK_DEVICE_H_ @}*/
