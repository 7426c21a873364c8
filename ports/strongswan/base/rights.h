/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_rights extsock_rights
 * @{ @ingroup extsock
 *
 * What a client of the socket may do.
 */

#ifndef EXTSOCK_RIGHTS_H_
#define EXTSOCK_RIGHTS_H_

typedef enum extsock_rights_t extsock_rights_t;

#include <segw.h>

/**
 * Rights of a client, each includes those before it: compare with < and >=.
 *
 * They follow from the user and the groups that the kernel names for the
 * process that connected (SO_PEERCRED, SO_PEERGROUPS), and from options. Root
 * and the user that charon runs as have all.
 */
enum extsock_rights_t {

	/**
	 * Read: STATUS, HISTORY, VERSION, SUBSCRIBE, and events
	 */
	EXTSOCK_READ,

	/**
	 * Also operate what is configured: SWITCH, PIN, UNPIN, DRAIN, UNDRAIN,
	 * DRILL, INITIATE, TERMINATE, START_DPD, RESET_COUNTERS, RECORD
	 */
	EXTSOCK_OPERATE,

	/**
	 * Also configure: APPLY_CONFIG without what needs the next right,
	 * REMOVE_CONFIG
	 */
	EXTSOCK_CONFIGURE,

	/**
	 * Also have charon run a program or open a file: `updown`, paths of files.
	 * As good as charon's own user, which often is root.
	 */
	EXTSOCK_PRIVILEGED,
};

/**
 * Options that grant EXTSOCK_OPERATE, lists of users and groups. A refusal
 * names them, so their names are here and nowhere else.
 */
#define EXTSOCK_OPERATE_USERS "operate_users"
#define EXTSOCK_OPERATE_GROUPS "operate_groups"

/**
 * Options that grant EXTSOCK_CONFIGURE
 */
#define EXTSOCK_CONFIGURE_USERS "configure_users"
#define EXTSOCK_CONFIGURE_GROUPS "configure_groups"

/**
 * Options that grant EXTSOCK_PRIVILEGED
 */
#define EXTSOCK_PRIVILEGED_USERS "privileged_users"
#define EXTSOCK_PRIVILEGED_GROUPS "privileged_groups"

/**
 * What a client is told that lacks a right
 *
 * @param users			option with users that have it
 * @param groups		option with groups that have it
 */
#define EXTSOCK_LACKS_RIGHT(users, groups) \
	"not permitted for this user, see extsock's options " users " and " groups

/**
 * Get what a client has to be allowed to do for a request.
 *
 * @param verb			SEGW_VERB_* of the request
 * @return				right that it needs
 */
static inline extsock_rights_t extsock_rights_needed(uint32_t verb)
{
	switch (verb)
	{
		case SEGW_VERB_APPLY_CONFIG:
		case SEGW_VERB_REMOVE_CONFIG:
			return EXTSOCK_CONFIGURE;
		case SEGW_VERB_STATUS:
		case SEGW_VERB_HISTORY:
		case SEGW_VERB_POLICY:
		case SEGW_VERB_EXPLAIN:
		case SEGW_VERB_VERSION:
		case SEGW_VERB_SUBSCRIBE:
		case SEGW_VERB_UNKNOWN:
			return EXTSOCK_READ;
		default:
			return EXTSOCK_OPERATE;
	}
}

#endif /** EXTSOCK_RIGHTS_H_ @}*/
