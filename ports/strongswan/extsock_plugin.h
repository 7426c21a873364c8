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
 * @defgroup extsock extsock
 * @ingroup cplugins
 *
 * @defgroup extsock_plugin extsock_plugin
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_PLUGIN_H_
#define EXTSOCK_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct extsock_plugin_t extsock_plugin_t;

/**
 * Plugin moving connections between security gateways, SEGWs, configured and
 * watched over a socket.
 */
struct extsock_plugin_t {

	/**
	 * Implements plugin interface.
	 */
	plugin_t plugin;
};

#endif /** EXTSOCK_PLUGIN_H_ @}*/
