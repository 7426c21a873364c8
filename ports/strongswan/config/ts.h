/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_ts extsock_ts
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_TS_H_
#define EXTSOCK_TS_H_

#include <selectors/traffic_selector.h>

/**
 * Parse a traffic selector as swanctl.conf writes it.
 *
 * That is "dynamic", a subnet or a range, optionally followed by
 * "[protocol/port]", e.g. "10.1.0.0/16[tcp/80-90]".
 *
 * @param text			traffic selector
 * @return				traffic selector, NULL if malformed
 */
traffic_selector_t *extsock_ts_create(const char *text);

#endif /** EXTSOCK_TS_H_ @}*/
