/* SPDX-License-Identifier: GPL-2.0-or-later */

/* for struct ucred */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "access.h"
#include "log_group.h"
#include "timer.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/socket.h>

#include <collections/array.h>
#include <threading/mutex.h>

/**
 * Linux 4.13: all groups of the process that connected
 */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

/**
 * Groups of a process that are looked at; Linux allows 65536
 */
#define GROUPS_MAX 256

/**
 * Room for an entry of a database at first, and at most: a group lists its
 * members
 */
#define ENTRY_MIN 1024
#define ENTRY_MAX (1024 * 1024)

/**
 * Users whose last refusal is remembered
 */
#define REFUSED_CAP 8

/**
 * Shortest time between two lines in the log about a user, in milliseconds
 */
#define REFUSED_EVERY 60000

typedef struct private_extsock_access_t private_extsock_access_t;

/**
 * Options that name who has a right
 */
static const struct {
	/** list of users */
	char *users;
	/** list of groups */
	char *groups;
} options[] = {
	[EXTSOCK_READ] = { "users", "groups" },
	[EXTSOCK_OPERATE] = { EXTSOCK_OPERATE_USERS, EXTSOCK_OPERATE_GROUPS },
	[EXTSOCK_CONFIGURE] = { EXTSOCK_CONFIGURE_USERS, EXTSOCK_CONFIGURE_GROUPS },
	[EXTSOCK_PRIVILEGED] = { EXTSOCK_PRIVILEGED_USERS,
							 EXTSOCK_PRIVILEGED_GROUPS },
};

/**
 * What these options say
 */
typedef struct {
	/** TRUE if users or groups is set: others may not even read */
	bool limited;
	/** users for each right, as u_int */
	array_t *users[countof(options)];
	/** groups for each right, as u_int */
	array_t *groups[countof(options)];
} rules_t;

/**
 * A refused user
 */
typedef struct {
	/** user */
	uid_t uid;
	/** time of the last line in the log, 0 if the slot is free */
	uint64_t logged_at;
	/** refusals since then */
	u_int since;
} refused_t;

/**
 * Private data of an extsock_access_t object
 */
struct private_extsock_access_t {

	/**
	 * Public interface
	 */
	extsock_access_t public;

	/**
	 * Who has which right
	 */
	rules_t rules;

	/**
	 * Users refused of late
	 */
	refused_t refused[REFUSED_CAP];

	/**
	 * Covers all of the above
	 */
	mutex_t *mutex;
};

/**
 * Read a number.
 *
 * @param text			text that may be a number
 * @param number		receives the number
 * @return				FALSE if text is none
 */
static bool read_number(const char *text, u_int *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((u_char)*text))
	{
		return FALSE;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	/* the largest one means "leave it" to chown() */
	if (errno || *end || value >= UINT_MAX)
	{
		return FALSE;
	}
	*number = value;
	return TRUE;
}

/**
 * Look a user or group up, see getpwnam_r(3).
 *
 * @param group			TRUE for a group
 * @param name			name
 * @param len			room for the entry
 * @param id			receives the ID
 * @return				0 if found, ENOENT or another error
 */
static int look_up(bool group, const char *name, size_t len, u_int *id)
{
	struct passwd passwd, *user_found = NULL;
	struct group entry, *group_found = NULL;
	char *buf = malloc(len);
	int error;

	if (group)
	{
		error = getgrnam_r(name, &entry, buf, len, &group_found);
	}
	else
	{
		error = getpwnam_r(name, &passwd, buf, len, &user_found);
	}
	free(buf);
	if (user_found || group_found)
	{
		*id = group ? entry.gr_gid : passwd.pw_uid;
		return 0;
	}
	return error ?: ENOENT;
}

/*
 * Described in header
 */
bool extsock_access_find(bool group, const char *name, u_int *id)
{
	size_t len = ENTRY_MIN;
	int error = ERANGE;

	if (read_number(name, id))
	{
		return TRUE;
	}
	while (error == ERANGE && len <= ENTRY_MAX)
	{
		error = look_up(group, name, len, id);
		len *= 2;
	}
	if (error)
	{
		DBG1(DBG_EXTSOCK, "extsock: there is no %s '%s'%s%s",
			 group ? "group" : "user", name, error == ENOENT ? "" : ": ",
			 error == ENOENT ? "" : strerror(error));
	}
	return !error;
}

/**
 * Check if a list has a user or group, called with the mutex held.
 *
 * @param list			users or groups
 * @param id			user or group
 * @return				TRUE if so
 */
static bool has(array_t *list, u_int id)
{
	u_int i, current;

	for (i = 0; i < array_count(list); i++)
	{
		if (array_get(list, i, &current) && current == id)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find out what a process may do, called with the mutex held.
 *
 * @param this			access rules
 * @param fd			socket the process connected
 * @param peer			who it is, as SO_PEERCRED tells
 * @param rights		receives what it may do, at least to read
 * @return				FALSE if it may not even read
 */
static bool get_rights(private_extsock_access_t *this, int fd,
					   struct ucred *peer, extsock_rights_t *rights)
{
	gid_t gids[GROUPS_MAX];
	socklen_t len = sizeof(gids);
	bool found;
	int i, right;

	*rights = EXTSOCK_PRIVILEGED;
	if (peer->uid == 0 || peer->uid == lib->caps->get_uid(lib->caps))
	{
		return TRUE;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) != 0)
	{
		len = 0;
	}
	for (right = EXTSOCK_PRIVILEGED; right >= EXTSOCK_READ; right--)
	{
		*rights = right;
		found = has(this->rules.users[right], peer->uid) ||
				has(this->rules.groups[right], peer->gid);
		for (i = 0; !found && i < len / sizeof(gid_t); i++)
		{
			found = has(this->rules.groups[right], gids[i]);
		}
		if (found)
		{
			return TRUE;
		}
	}
	return !this->rules.limited;
}

/**
 * Note a refusal, called with the mutex held.
 *
 * @param this			access rules
 * @param uid			user refused
 * @param since			receives how many were not logged
 * @return				TRUE if this one is to be logged
 */
static bool note(private_extsock_access_t *this, uid_t uid, u_int *since)
{
	uint64_t now = extsock_timer_now();
	refused_t *slot = NULL, *current;
	u_int i;

	for (i = 0; i < REFUSED_CAP; i++)
	{
		current = &this->refused[i];
		if (current->logged_at && current->uid == uid)
		{
			slot = current;
			break;
		}
		if (!slot || current->logged_at < slot->logged_at)
		{
			slot = current;
		}
	}
	if (slot->logged_at && now - slot->logged_at < REFUSED_EVERY)
	{	/* of this user, or all slots are taken: not worth a line */
		slot->since++;
		return FALSE;
	}
	*since = slot->uid == uid ? slot->since : 0;
	slot->uid = uid;
	slot->logged_at = now;
	slot->since = 0;
	return TRUE;
}

METHOD(extsock_access_t, allows, bool,
	private_extsock_access_t *this, int fd, bool log, extsock_peer_t *peer)
{
	struct ucred cred = {};
	socklen_t len = sizeof(cred);
	u_int since;
	bool allowed;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
	{
		if (log)
		{
			DBG1(DBG_EXTSOCK, "refused extsock client, the kernel does not tell "
				 "who it is: %s", strerror(errno));
		}
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	allowed = get_rights(this, fd, &cred, &peer->rights);
	log = log && !allowed && note(this, cred.uid, &since);
	this->mutex->unlock(this->mutex);

	peer->uid = cred.uid;
	if (log)
	{
		DBG1(DBG_EXTSOCK, "refused extsock client, process %d of user %u is not "
			 "of the configured users or groups (%u more since the last line "
			 "like this)", (int)cred.pid, cred.uid, since);
	}
	return allowed;
}

/**
 * Read one of the options.
 *
 * @param key			name of the option
 * @param group			TRUE if it lists groups
 * @param set			set to TRUE if the option is not empty
 * @return				list of users or groups
 */
static array_t *read_option(const char *key, bool group, bool *set)
{
	enumerator_t *enumerator;
	array_t *list;
	char *text, *name;
	u_int id;

	list = array_create(sizeof(u_int), 0);
	text = lib->settings->get_str(lib->settings, "%s.plugins.extsock.%s", "",
								  lib->ns, key);
	enumerator = enumerator_create_token(text, ", ", " ");
	while (enumerator->enumerate(enumerator, &name))
	{
		if (*name)
		{
			*set = TRUE;
			if (extsock_access_find(group, name, &id))
			{
				array_insert(list, ARRAY_TAIL, &id);
			}
		}
	}
	enumerator->destroy(enumerator);
	return list;
}

/**
 * Read all options.
 *
 * @param rules			receives what they say
 */
static void read_rules(rules_t *rules)
{
	bool set[countof(options)] = {};
	int i;

	for (i = 0; i < countof(options); i++)
	{
		rules->users[i] = read_option(options[i].users, FALSE, &set[i]);
		rules->groups[i] = read_option(options[i].groups, TRUE, &set[i]);
	}
	rules->limited = set[EXTSOCK_READ];
	if (set[EXTSOCK_READ] && !set[EXTSOCK_OPERATE] && !set[EXTSOCK_CONFIGURE] &&
		!set[EXTSOCK_PRIVILEGED])
	{
		DBG1(DBG_EXTSOCK, "extsock clients that are let in by 'users' or 'groups' "
			 "may only read; options like '" EXTSOCK_CONFIGURE_USERS "' let "
			 "them do more");
	}
}

/**
 * Free rules.
 *
 * @param rules			rules, not the struct itself
 */
static void destroy_rules(rules_t *rules)
{
	int i;

	for (i = 0; i < countof(options); i++)
	{
		array_destroy(rules->users[i]);
		array_destroy(rules->groups[i]);
	}
}

METHOD(extsock_access_t, reload, void,
	private_extsock_access_t *this)
{
	rules_t rules, old;

	/* without the mutex: it may ask for users and groups over the network */
	read_rules(&rules);

	this->mutex->lock(this->mutex);
	old = this->rules;
	this->rules = rules;
	this->mutex->unlock(this->mutex);

	destroy_rules(&old);
}

METHOD(extsock_access_t, destroy, void,
	private_extsock_access_t *this)
{
	destroy_rules(&this->rules);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_access_t *extsock_access_create()
{
	private_extsock_access_t *this;

	INIT(this,
		.public = {
			.allows = _allows,
			.reload = _reload,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	read_rules(&this->rules);
	return &this->public;
}
