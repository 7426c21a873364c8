/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "policy.h"

/**
 * Section of the plugin
 */
#define PLUGIN "%s.plugins.extsock"

/**
 * Bytes of a section's path, a connection's name included
 */
#define PATH_CAP (SEGW_NAME_CAP + 64)

/**
 * Bytes of a reason for a refusal
 */
#define MESSAGE_CAP 160

/**
 * Option that is no part of the policy
 */
#define ADOPT "adopt"

/*
 * Described in header
 */
bool extsock_policy_adopts(const char *name)
{
	bool global;

	global = lib->settings->get_bool(lib->settings, PLUGIN "." ADOPT, FALSE,
									 lib->ns);
	return lib->settings->get_bool(lib->settings,
								   PLUGIN ".connections.%s." ADOPT, global,
								   lib->ns, name);
}

/*
 * Described in header
 */
bool extsock_policy_adopts_any()
{
	enumerator_t *enumerator;
	linked_list_t *names;
	char *name;
	bool any;

	any = lib->settings->get_bool(lib->settings, PLUGIN "." ADOPT, FALSE,
								  lib->ns);
	/* the enumerator holds a lock, nothing else is read with it held */
	names = linked_list_create();
	enumerator = lib->settings->create_section_enumerator(lib->settings,
											PLUGIN ".connections", lib->ns);
	while (enumerator->enumerate(enumerator, &name))
	{
		names->insert_last(names, strdup(name));
	}
	enumerator->destroy(enumerator);

	enumerator = names->create_enumerator(names);
	while (!any && enumerator->enumerate(enumerator, &name))
	{
		any = extsock_policy_adopts(name);
	}
	enumerator->destroy(enumerator);
	names->destroy_function(names, free);
	return any;
}

/**
 * Refuse sections where only options belong: one in a wrong place would be
 * passed over.
 *
 * @param sections		enumerator over the sections there, adopted
 * @param path			path, for the log
 * @return				FALSE if there is one, which is logged
 */
static bool check_sections(enumerator_t *sections, const char *path)
{
	char name[SEGW_NAME_CAP] = "", *section;

	if (sections->enumerate(sections, &section))
	{
		snprintf(name, sizeof(name), "%s", section);
	}
	sections->destroy(sections);
	if (*name)
	{
		DBG1(DBG_CFG, "section '%s' in %s refused: only options belong here",
			 name, path);
		return FALSE;
	}
	return TRUE;
}

/**
 * Set all options of a section.
 *
 * @param policy		policy to change
 * @param options		enumerator over the options there, adopted
 * @param other			option that is no part of the policy, NULL if none
 * @param path			path, for the log
 * @return				FALSE if one is refused, which is logged
 */
static bool set_options(segw_policy_t *policy, enumerator_t *options,
						const char *other, const char *path)
{
	char message[MESSAGE_CAP] = "", name[SEGW_NAME_CAP], *key, *value;
	segw_status_t status = SEGW_OK;

	while (status == SEGW_OK && options->enumerate(options, &key, &value))
	{
		if (!other || !streq(key, other))
		{
			snprintf(name, sizeof(name), "%s", key);
			status = segw_policy_set(policy, key, value ?: "", message,
									 sizeof(message));
		}
	}
	options->destroy(options);
	if (status != SEGW_OK)
	{
		DBG1(DBG_CFG, "option '%s' in %s refused: %s", name, path,
			 *message ? message : segw_strerror(status));
		return FALSE;
	}
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_policy_read(segw_policy_t *policy)
{
	settings_t *settings = lib->settings;
	enumerator_t *sections, *options;
	char path[PATH_CAP];

	segw_policy_init(policy);
	snprintf(path, sizeof(path), PLUGIN ".failover", lib->ns);
	sections = settings->create_section_enumerator(settings,
											PLUGIN ".failover", lib->ns);
	if (!check_sections(sections, path))
	{
		return FALSE;
	}
	options = settings->create_key_value_enumerator(settings,
											PLUGIN ".failover", lib->ns);
	return set_options(policy, options, NULL, path);
}

/*
 * Described in header
 */
bool extsock_policy_read_own(segw_policy_t *policy, const char *name)
{
	settings_t *settings = lib->settings;
	enumerator_t *sections, *options;
	char path[PATH_CAP];

	snprintf(path, sizeof(path), PLUGIN ".connections.%s", lib->ns, name);
	sections = settings->create_section_enumerator(settings,
									PLUGIN ".connections.%s", lib->ns, name);
	if (!check_sections(sections, path))
	{
		return FALSE;
	}
	options = settings->create_key_value_enumerator(settings,
									PLUGIN ".connections.%s", lib->ns, name);
	return set_options(policy, options, ADOPT, path);
}
