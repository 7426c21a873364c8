/* SPDX-License-Identifier: GPL-2.0-or-later */

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
