/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_log_group extsock_log_group
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_LOG_GROUP_H_
#define EXTSOCK_LOG_GROUP_H_

/**
 * Group of charon's log that all lines of this plugin, and of libsegw, are in.
 *
 * A plugin can't add one to debug_t: loggers have a level for each that libstrongswan
 * knows. "app" is for applications other than charon, which logs nothing in it, so
 * `charon.filelog.<name>.app = 2` turns up these lines and no others.
 */
#define DBG_EXTSOCK DBG_APP

#endif /** EXTSOCK_LOG_GROUP_H_ @}*/
