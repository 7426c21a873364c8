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
