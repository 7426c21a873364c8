/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_options extsock_options
 * @{ @ingroup extsock
 *
 * What may stand in the plugin's section of strongswan.conf.
 *
 * Plain C without strongSwan: extsockctl-check is built with it, too.
 */

#ifndef EXTSOCK_OPTIONS_H_
#define EXTSOCK_OPTIONS_H_

#include <stdbool.h>
#include <stddef.h>

#include <segw.h>

/**
 * Why a connection is not adopted that is one of IKEv1: its liveness checks
 * depend on what only we configure
 */
#define EXTSOCK_OPTIONS_IKEV1 "IKEv1 is only guarded if a client applies it; " \
							  "set version = 2, or use extsockctl apply"

/**
 * A section
 */
typedef enum {
	/** charon.plugins.extsock */
	EXTSOCK_PLACE_PLUGIN,
	/** failover in it */
	EXTSOCK_PLACE_FAILOVER,
	/** connections in it */
	EXTSOCK_PLACE_CONNECTIONS,
	/** one of these */
	EXTSOCK_PLACE_CONNECTION,
	/** probe in one of these */
	EXTSOCK_PLACE_PROBE,
	/** none that is known */
	EXTSOCK_PLACE_NONE,
} extsock_place_t;

/**
 * What is thought of an option
 */
typedef enum {
	/** it is as it should be */
	EXTSOCK_OPTION_FINE,
	/** its value makes no sense */
	EXTSOCK_OPTION_WRONG,
	/** it is unknown there: nobody knows what it was meant to do */
	EXTSOCK_OPTION_UNKNOWN,
} extsock_opinion_t;

/**
 * Check if there is a user or group, implemented by who can tell.
 *
 * @param group			TRUE for a group
 * @param name			its name, no number
 * @return				FALSE if there is none
 */
typedef bool (*extsock_options_exists_t)(bool group, const char *name);

/**
 * Get the section that one in another is.
 *
 * @param place			place of the outer one
 * @param name			name of the inner one
 * @param message		receives what is wrong and what would be right
 * @param cap			size of message
 * @return				its place, EXTSOCK_PLACE_NONE with a message
 */
extsock_place_t extsock_options_enter(extsock_place_t place, const char *name,
									  char *message, size_t cap);

/**
 * Check an option, and put it into a policy if it is part of one.
 *
 * @param place			section it is in
 * @param key			its name
 * @param value			its value
 * @param policy		policy to change, left alone by what is no part of one
 * @param exists		tells which users and groups there are, NULL for all
 * @param message		receives what is wrong and what would be right
 * @param cap			size of message
 * @return				opinion, with a message unless the option is fine
 */
extsock_opinion_t extsock_options_check(extsock_place_t place, const char *key,
							const char *value, segw_policy_t *policy,
							extsock_options_exists_t exists, char *message,
							size_t cap);

/**
 * Read yes or no, as charon does.
 *
 * @param value			text
 * @param flag			receives it
 * @return				FALSE if it is something else
 */
bool extsock_options_flag(const char *value, bool *flag);

/**
 * Read the number of an option of the plugin's section, or the milliseconds of
 * a time that is written with its unit.
 *
 * @param key			name of the option
 * @param value			its value
 * @param number		receives the number
 * @return				FALSE if it makes no sense
 */
bool extsock_options_number(const char *key, const char *value, int *number);

/**
 * Get an option of the plugin's section.
 *
 * @param index			place in the table, from 0
 * @return				its name, NULL if there are no more
 */
const char *extsock_options_name(size_t index);

#endif /** EXTSOCK_OPTIONS_H_ @}*/
