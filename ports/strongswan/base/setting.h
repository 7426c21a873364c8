/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_setting extsock_setting
 * @{ @ingroup extsock
 *
 * Numbers of the plugin's section of strongswan.conf.
 */

#ifndef EXTSOCK_SETTING_H_
#define EXTSOCK_SETTING_H_

#include "options.h"

#include <library.h>

/**
 * Get a number, or a time in milliseconds that may be written with its unit.
 *
 * @param key			name of the option
 * @param otherwise		number if it is not set, or makes no sense, which is
 *						told by who checks all options
 * @return				number
 */
static inline int extsock_setting_number(const char *key, int otherwise)
{
	char *value;
	int number;

	value = lib->settings->get_str(lib->settings, "%s.plugins.extsock.%s", NULL,
								   lib->ns, key);
	return value && extsock_options_number(key, value, &number) ? number
																: otherwise;
}

#endif /** EXTSOCK_SETTING_H_ @}*/
