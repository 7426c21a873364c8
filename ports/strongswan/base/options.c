/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "options.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/**
 * Number of elements of an array
 */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * Bytes of a name
 */
#define NAME_CAP 64

/**
 * What an option's value is
 */
typedef enum {
	TEXT,
	FLAG,
	LOAD,
	NUMBER,
	MILLISECONDS,
	OCTAL,
	SOCKET,
	PATH,
	USER,
	GROUP,
	USERS,
	GROUPS,
} kind_t;

/**
 * Options of the plugin's section, those of extsock.opt
 */
static const struct {
	/** name */
	const char *name;
	/** what its value is */
	kind_t kind;
	/** least number besides 0, which is one if zero is set */
	int least;
	/** largest number */
	int most;
	/** TRUE if 0 has a meaning of its own */
	bool zero;
} options[] = {
	{ "adopt", FLAG },
	{ "configure_groups", GROUPS },
	{ "configure_users", USERS },
	{ "device_id", TEXT },
	{ "group", GROUP },
	{ "groups", GROUPS },
	{ "idle_timeout_ms", MILLISECONDS, 100, INT_MAX, true },
	{ "load", LOAD },
	{ "max_clients", NUMBER, 1, 65536, false },
	{ "max_clients_per_user", NUMBER, 1, 65536, true },
	{ "mode", OCTAL },
	{ "operate_groups", GROUPS },
	{ "operate_users", USERS },
	{ "owner", USER },
	{ "privileged_groups", GROUPS },
	{ "privileged_users", USERS },
	{ "record_bytes", NUMBER, 16384, 16777216, true },
	{ "socket", SOCKET },
	{ "state_file", PATH },
	{ "state_interval_ms", MILLISECONDS, 100, INT_MAX, true },
	{ "trace_file", PATH },
	{ "users", USERS },
};

/**
 * Sections of the plugin's section
 */
static const char *const sections[] = { "failover", "connections" };

/**
 * Where an option of the plugin's section is in the table.
 *
 * @param key			name
 * @return				place, that behind the last if it is none
 */
static size_t find(const char *key)
{
	size_t i = 0;

	while (i < COUNT(options) && strcmp(options[i].name, key) != 0)
	{
		i++;
	}
	return i;
}

/**
 * Find the option of the plugin's section, or section in it, that was meant.
 *
 * @param word			what was written
 * @return				name, NULL if there is none like it
 */
static const char *find_meant(const char *word)
{
	const char *words[COUNT(options) + COUNT(sections)];
	size_t i, found;

	for (i = 0; i < COUNT(options); i++)
	{
		words[i] = options[i].name;
	}
	for (i = 0; i < COUNT(sections); i++)
	{
		words[COUNT(options) + i] = sections[i];
	}
	if (segw_nearest(word, words, COUNT(words), &found) == SEGW_OK)
	{
		return words[found];
	}
	/* without its unit */
	for (i = 0; i < COUNT(options); i++)
	{
		if (strncmp(options[i].name, word, strlen(word)) == 0 &&
			strcmp(options[i].name + strlen(word), "_ms") == 0)
		{
			return options[i].name;
		}
	}
	return NULL;
}

/**
 * Find the key of the policy that was meant.
 *
 * @param key			what was written
 * @param name			receives it
 * @param exact			receives TRUE if it is the one that was written
 * @return				FALSE if there is none like it
 */
static bool find_policy_key(const char *key, char name[NAME_CAP], bool *exact)
{
	bool found;

	found = segw_policy_key(key, name, NAME_CAP) == SEGW_OK;
	*exact = found && strcmp(key, name) == 0;
	return found;
}

/**
 * Check if a key is one of probe, not of failover.
 *
 * @param key			what was written
 * @param name			used to find out
 * @return				TRUE if it is
 */
static bool find_probe_key(const char *key, char name[NAME_CAP])
{
	char path[NAME_CAP];

	snprintf(path, sizeof(path), "probe.%s", key);
	return segw_policy_key(path, name, NAME_CAP) == SEGW_OK &&
		   strcmp(key, name) == 0;
}

/*
 * Described in header
 */
extsock_place_t extsock_options_enter(extsock_place_t place, const char *name,
									  char *message, size_t cap)
{
	static const char *const probe[] = { "probe" };
	const char *meant;
	char key[NAME_CAP];
	bool exact;
	size_t at;

	switch (place)
	{
		case EXTSOCK_PLACE_PLUGIN:
			if (strcmp(name, "failover") == 0)
			{
				return EXTSOCK_PLACE_FAILOVER;
			}
			if (strcmp(name, "connections") == 0)
			{
				return EXTSOCK_PLACE_CONNECTIONS;
			}
			meant = find_meant(name);
			if (find_policy_key(name, key, &exact) && exact)
			{
				snprintf(message, cap, "this is an option, no section: write "
						 "\"%s = ...\" in \"failover { }\"", name);
			}
			else if (!meant)
			{
				snprintf(message, cap, "unknown section; what is for one "
						 "connection belongs in \"connections { NAME { } }\"");
			}
			else if (strcmp(meant, name) == 0)
			{
				snprintf(message, cap, "this is an option, no section: write "
						 "\"%s = ...\"", name);
			}
			else
			{
				snprintf(message, cap, "unknown section; did you mean \"%s\"?",
						 meant);
			}
			break;
		case EXTSOCK_PLACE_CONNECTIONS:
			return EXTSOCK_PLACE_CONNECTION;
		case EXTSOCK_PLACE_CONNECTION:
			if (strcmp(name, "failover") == 0)
			{
				snprintf(message, cap, "only options belong here: write those "
						 "of failover without \"failover { }\" around them");
				break;
			}
			if (strcmp(name, "probe") == 0)
			{
				return EXTSOCK_PLACE_PROBE;
			}
			if (segw_nearest(name, probe, COUNT(probe), &at) == SEGW_OK)
			{
				snprintf(message, cap, "unknown section; did you mean "
						 "\"probe\"?");
				break;
			}
			/* fall-through */
		default:
			snprintf(message, cap, "only options belong here%s",
					 place == EXTSOCK_PLACE_FAILOVER ? "; those of one "
					 "connection belong in \"connections { NAME { } }\"" :
					 place == EXTSOCK_PLACE_CONNECTION ? ", and \"probe { }\""
													   : "");
			break;
	}
	return EXTSOCK_PLACE_NONE;
}

/*
 * Described in header
 */
bool extsock_options_flag(const char *value, bool *flag)
{
	static const char *const yes[] = { "1", "yes", "true", "enabled" };
	static const char *const no[] = { "0", "no", "false", "disabled" };
	size_t i;

	for (i = 0; i < COUNT(yes); i++)
	{
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0)
		{
			*flag = strcasecmp(value, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

/**
 * Read a number, or milliseconds that may have a unit.
 *
 * @param value			text
 * @param timed			TRUE if it may have a unit
 * @param number		receives it
 * @return				FALSE if it is none, or is too large
 */
static bool read_number(const char *value, bool timed, int *number)
{
	static const struct {
		const char *name;
		long factor;
	} units[] = {
		{ "", 1 }, { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 },
		{ "h", 60 * 60 * 1000 }, { "d", 24 * 60 * 60 * 1000 },
	};
	unsigned long long count;
	char *end;
	size_t i;

	if (!isdigit((unsigned char)*value))
	{
		return false;
	}
	count = strtoull(value, &end, 10);
	for (i = 0; i < (timed ? COUNT(units) : 1); i++)
	{
		if (strcmp(end, units[i].name) == 0)
		{
			if (count > (unsigned long long)(INT_MAX / units[i].factor))
			{
				return false;
			}
			*number = (int)count * (int)units[i].factor;
			return true;
		}
	}
	return false;
}

/*
 * Described in header
 */
bool extsock_options_number(const char *key, const char *value, int *number)
{
	size_t at = find(key);

	return at < COUNT(options) &&
		   read_number(value, options[at].kind == MILLISECONDS, number) &&
		   ((options[at].zero && *number == 0) ||
			(*number >= options[at].least && *number <= options[at].most));
}

/**
 * Check a number.
 *
 * @param at			place in the table
 * @param value			text
 * @param message		receives what is wrong
 * @param cap			size of message
 */
static void check_number(size_t at, const char *value, char *message,
						 size_t cap)
{
	bool timed = options[at].kind == MILLISECONDS;
	int number;

	if (!extsock_options_number(options[at].name, value, &number))
	{
		snprintf(message, cap, "expected a number%s from %d to %d%s%s",
				 timed ? " of milliseconds" : "", options[at].least,
				 options[at].most, options[at].zero ? ", or 0" : "",
				 timed ? ", or a time like 500ms, 5s, 2m, 4h" : "");
	}
}

/**
 * Check the names of users or groups.
 *
 * @param value			names or numbers, separated by commas if there may be
 *						several
 * @param group			TRUE for groups
 * @param several		TRUE if there may be
 * @param exists		tells which there are, NULL for all
 * @param message		receives what is wrong
 * @param cap			size of message
 */
static void check_names(const char *value, bool group, bool several,
						extsock_options_exists_t exists, char *message,
						size_t cap)
{
	char name[NAME_CAP];
	size_t len;

	while (*message == '\0' && *value)
	{
		value += strspn(value, several ? ", " : " ");
		len = several ? strcspn(value, ", ") : strlen(value);
		snprintf(name, sizeof(name), "%.*s", (int)len, value);
		value += len;
		if (strchr(name, ';') || strchr(name, ' '))
		{
			snprintf(message, cap, several ? "names are separated by commas"
										   : "expected one name or number");
		}
		else if (*name && name[strspn(name, "0123456789")] && exists &&
				 !exists(group, name))
		{
			snprintf(message, cap, "there is no %s \"%s\" here",
					 group ? "group" : "user", name);
		}
	}
}

/**
 * Check the value of an option of the plugin's section.
 *
 * @param at			place in the table
 * @param value			its value
 * @param exists		tells which users and groups there are, NULL for all
 * @param message		receives what is wrong
 * @param cap			size of message
 */
static void check_value(size_t at, const char *value,
						extsock_options_exists_t exists, char *message,
						size_t cap)
{
	kind_t kind = options[at].kind;
	const char *path;
	char *end;
	bool flag;

	switch (kind)
	{
		case FLAG:
			if (!extsock_options_flag(value, &flag))
			{
				snprintf(message, cap, "expected yes or no");
			}
			break;
		case LOAD:
			strtol(value, &end, 10);
			if ((*end || end == value) && !extsock_options_flag(value, &flag))
			{
				snprintf(message, cap, "expected yes, no or a number");
			}
			break;
		case NUMBER:
		case MILLISECONDS:
			check_number(at, value, message, cap);
			break;
		case OCTAL:
			if (!isdigit((unsigned char)*value) ||
				strtoul(value, &end, 8) > 0777 || *end)
			{
				snprintf(message, cap, "expected an octal number from 0 to "
						 "0777");
			}
			break;
		case SOCKET:
		case PATH:
			path = kind == SOCKET && strncmp(value, "unix://", 7) == 0
											? value + 7 : value;
			if (*value && *path != '/')
			{
				snprintf(message, cap, "expected the absolute path of a %s",
						 kind == SOCKET ? "UNIX socket" : "file");
			}
			break;
		case USER:
		case GROUP:
		case USERS:
		case GROUPS:
			check_names(value, kind == GROUP || kind == GROUPS,
						kind == USERS || kind == GROUPS, exists, message, cap);
			break;
		case TEXT:
			break;
	}
}

/**
 * Say of a key of swanctl.conf where it belongs.
 *
 * @param key			what was written
 * @return				what to add to a message, empty if it is none
 */
static const char *of_swanctl(const char *key)
{
	static const char *const keys[] = {
		"version", "local_addrs", "remote_addrs", "local_port", "remote_port",
		"proposals", "vips", "mobike", "dpd_delay", "dpd_timeout", "keyingtries",
		"unique", "reauth_time", "rekey_time", "local_ts", "remote_ts",
		"esp_proposals", "start_action", "close_action", "dpd_action", "updown",
	};
	static const char *const segws[] = {
		"primary", "secondary", "segw", "segws", "gateway", "gateways",
		"servers", "backup", "right",
	};
	size_t i;

	for (i = 0; i < COUNT(keys); i++)
	{
		if (strcmp(keys[i], key) == 0)
		{
			return "; it belongs in the connection, in swanctl.conf";
		}
	}
	for (i = 0; i < COUNT(segws); i++)
	{
		if (strcmp(segws[i], key) == 0)
		{
			return "; the SEGWs are listed in remote_addrs of the connection, "
				   "in swanctl.conf, the most preferred first";
		}
	}
	return "";
}

/**
 * Say what was probably meant by an option that is unknown in the plugin's
 * section.
 *
 * @param key			its name
 * @param message		receives it
 * @param cap			size of message
 */
static void say_meant(const char *key, char *message, size_t cap)
{
	char name[NAME_CAP];
	const char *meant;
	bool exact, policy;

	policy = find_policy_key(key, name, &exact);
	meant = find_meant(key);
	if (exact)
	{
		snprintf(message, cap, "it belongs in \"failover { }\", or in that of "
				 "a connection, \"connections { NAME { } }\"");
	}
	else if (meant && strcmp(meant, key) == 0)
	{
		snprintf(message, cap, "this is a section: write \"%s { }\"", key);
	}
	else if (meant)
	{
		snprintf(message, cap, "unknown option; did you mean \"%s\"?", meant);
	}
	else if (policy)
	{
		snprintf(message, cap, "unknown option; did you mean \"%s\"? It belongs "
				 "in \"failover { }\"", name);
	}
	else
	{
		snprintf(message, cap, "unknown option%s", of_swanctl(key));
	}
}

/*
 * Described in header
 */
extsock_opinion_t extsock_options_check(extsock_place_t place, const char *key,
							const char *value, segw_policy_t *policy,
							extsock_options_exists_t exists, char *message,
							size_t cap)
{
	char name[NAME_CAP], path[NAME_CAP];
	segw_status_t status;
	bool exact;
	size_t at;

	*message = '\0';
	if (strcmp(key, "probe") == 0 && place != EXTSOCK_PLACE_PROBE &&
		place != EXTSOCK_PLACE_CONNECTIONS)
	{
		snprintf(message, cap, "this is a section of a connection: write "
				 "\"connections { NAME { probe { targets = ... } } }\"");
		return EXTSOCK_OPTION_UNKNOWN;
	}
	at = find(key);
	if (place == EXTSOCK_PLACE_PLUGIN && at < COUNT(options))
	{
		check_value(at, value, exists, message, cap);
		return *message ? EXTSOCK_OPTION_WRONG : EXTSOCK_OPTION_FINE;
	}
	if (place == EXTSOCK_PLACE_PLUGIN)
	{
		say_meant(key, message, cap);
		return EXTSOCK_OPTION_UNKNOWN;
	}
	if (place == EXTSOCK_PLACE_CONNECTIONS)
	{
		snprintf(message, cap, "only sections belong here, one for each "
				 "connection: \"connections { NAME { } }\"");
		return EXTSOCK_OPTION_UNKNOWN;
	}
	if (place == EXTSOCK_PLACE_CONNECTION && strcmp(key, "adopt") == 0)
	{
		check_value(at, value, exists, message, cap);
		return *message ? EXTSOCK_OPTION_WRONG : EXTSOCK_OPTION_FINE;
	}
	if (place == EXTSOCK_PLACE_PROBE)
	{
		snprintf(path, sizeof(path), "probe.%s", key);
		key = path;
	}
	else if (find_probe_key(key, name))
	{
		snprintf(message, cap, "it belongs in \"probe { }\" of a connection, "
				 "\"connections { NAME { probe { } } }\"");
		return EXTSOCK_OPTION_UNKNOWN;
	}
	if (at < COUNT(options))
	{
		snprintf(message, cap, "it does not belong here but in \"extsock { }\" "
				 "itself");
		return EXTSOCK_OPTION_UNKNOWN;
	}
	status = place == EXTSOCK_PLACE_CONNECTION ||
			 place == EXTSOCK_PLACE_PROBE ?
				segw_policy_set_own(policy, key, value, message, cap) :
				segw_policy_set(policy, key, value, message, cap);
	if (status == SEGW_OK)
	{
		return EXTSOCK_OPTION_FINE;
	}
	if (*message == '\0')
	{
		snprintf(message, cap, "%s", segw_strerror(status));
	}
	if (place == EXTSOCK_PLACE_PROBE)
	{
		exact = find_probe_key(key + strlen("probe."), name);
	}
	else if (!find_policy_key(key, name, &exact) && strlen(message) < cap)
	{
		snprintf(message + strlen(message), cap - strlen(message), "%s",
				 of_swanctl(key));
	}
	return exact ? EXTSOCK_OPTION_WRONG : EXTSOCK_OPTION_UNKNOWN;
}

/*
 * Described in header
 */
const char *extsock_options_name(size_t index)
{
	return index < COUNT(options) ? options[index].name : NULL;
}
