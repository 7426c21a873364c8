/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_operator extsock_operator
 * @{ @ingroup extsock
 *
 * What an operator says by vici that charon tells nobody but its log.
 */

#ifndef EXTSOCK_OPERATOR_H_
#define EXTSOCK_OPERATOR_H_

typedef struct extsock_operator_t extsock_operator_t;

#include "manager.h"
#include "registry.h"

#include <bus/listeners/logger.h>

/**
 * Hears an operator terminate a connection that has no IKE_SA, as we pause:
 * charon has nothing to end then. The failover is told. And hears vici close an
 * IKE_SA whose connection is loaded anew: it looks like an operator's word
 * otherwise.
 */
struct extsock_operator_t {

	/**
	 * Implements logger_t.
	 */
	logger_t logger;

	/**
	 * Check if vici closes an IKE_SA because its connection is loaded anew, and
	 * forget that. Made for bus hooks.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @return				TRUE if so
	 */
	bool (*take_closing)(extsock_operator_t *this, uint32_t unique_id);

	/**
	 * Unregister and destroy.
	 */
	void (*destroy)(extsock_operator_t *this);
};

/**
 * Create an operator's listener and register it with the bus.
 *
 * @param failover		failover manager to tell
 * @param registry		knows the IKE_SAs there are
 * @return				operator's listener
 */
extsock_operator_t *extsock_operator_create(
										extsock_failover_manager_t *failover,
										extsock_registry_t *registry);

#endif /** EXTSOCK_OPERATOR_H_ @}*/
