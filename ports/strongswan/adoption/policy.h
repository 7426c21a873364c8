/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_policy extsock_policy
 * @{ @ingroup extsock
 *
 * What strongswan.conf says about connections that no client applies.
 */

#ifndef EXTSOCK_POLICY_H_
#define EXTSOCK_POLICY_H_

#include <library.h>

#include <segw.h>

/**
 * Check if any connection may be one to adopt.
 *
 * @return				FALSE if there is nothing to look for
 */
bool extsock_policy_adopts_any();

/**
 * Check if a connection is one to adopt.
 *
 * @param name			name of the connection
 * @return				its adopt option, or else the global one
 */
bool extsock_policy_adopts(const char *name);

/**
 * Read the options for all adopted connections.
 *
 * @param policy		receives the policy
 * @return				FALSE if an option is refused, which is logged
 */
bool extsock_policy_read(segw_policy_t *policy);

/**
 * Put a connection's own options on top.
 *
 * @param policy		policy to change
 * @param name			name of the connection
 * @return				FALSE if an option is refused, which is logged
 */
bool extsock_policy_read_own(segw_policy_t *policy, const char *name);

#endif /** EXTSOCK_POLICY_H_ @}*/
