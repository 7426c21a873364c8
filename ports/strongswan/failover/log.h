/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_log extsock_log
 * @{ @ingroup extsock
 */

#ifndef EXTSOCK_LOG_H_
#define EXTSOCK_LOG_H_

#include <library.h>

typedef struct extsock_log_t extsock_log_t;

/**
 * Takes libsegw's diagnostics while the failover manager's mutex is held, and
 * hands them to charon's loggers when it is not: what a logger does is not ours
 * to know, so none is called under the mutex.
 */
struct extsock_log_t {

	/**
	 * Log what has come up, must not be called with the manager's mutex held.
	 */
	void (*flush)(extsock_log_t *this);

	/**
	 * Destroy an extsock_log_t.
	 */
	void (*destroy)(extsock_log_t *this);
};

/**
 * Create an extsock_log_t, one at a time.
 *
 * @return				log
 */
extsock_log_t *extsock_log_create();

#endif /** EXTSOCK_LOG_H_ @}*/
