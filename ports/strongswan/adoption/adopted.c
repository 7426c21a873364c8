/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "adopted.h"
#include "connection.h"
#include "compat.h"

/**
 * Section of the plugin
 */
#define PLUGIN "%s.plugins.extsock"

/**
 * Bytes of a section's path, a connection's name included
 */
#define PATH_CAP (SEGW_NAME_CAP + 64)

/**
 * Bytes of a reason for a refusal, and of a list of SEGWs
 */
#define MESSAGE_CAP 512

/**
 * Option that is no part of the policy
 */
#define ADOPT "adopt"

typedef struct private_extsock_adopted_t private_extsock_adopted_t;

/**
 * Private data of an extsock_adopted_t object
 */
struct private_extsock_adopted_t {

	/**
	 * Public interface
	 */
	extsock_adopted_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Name of the connection
	 */
	char *name;

	/**
	 * TRUE if the configuration wants it to be adopted
	 */
	bool wanted;

	/**
	 * TRUE if policy is set: all options were accepted, once at least
	 */
	bool has_policy;

	/**
	 * How it fails over
	 */
	segw_policy_t policy;

	/**
	 * TRUE if libsegw guards it
	 */
	bool adopted;

	/**
	 * What was said last about it not being guarded as it is loaded, or in
	 * part; NULL if there is nothing to say
	 */
	char *said;
};

/**
 * Check if a connection is one to adopt.
 *
 * @param name			name of the connection
 * @return				its adopt option, or else the global one
 */
static bool is_wanted(const char *name)
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
bool extsock_adopted_any()
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
		any = is_wanted(name);
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
bool extsock_adopted_read_policy(segw_policy_t *policy)
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

/**
 * Put a connection's own options on top.
 *
 * @param policy		policy to change
 * @param name			name of the connection
 * @return				FALSE if an option is refused, which is logged
 */
static bool read_own_policy(segw_policy_t *policy, const char *name)
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

METHOD(extsock_adopted_t, get_name, char*,
	private_extsock_adopted_t *this)
{
	return this->name;
}

METHOD(extsock_adopted_t, configure, void,
	private_extsock_adopted_t *this, const segw_policy_t *global)
{
	segw_policy_t policy;

	this->wanted = is_wanted(this->name);
	if (!this->wanted)
	{
		return;
	}
	if (global)
	{
		policy = *global;
		if (read_own_policy(&policy, this->name))
		{
			this->policy = policy;
			this->has_policy = TRUE;
			return;
		}
	}
	DBG1(DBG_CFG, "connection '%s' %s", this->name, this->has_policy ?
		 "keeps its former policy" : "is not adopted");
}

METHOD(extsock_adopted_t, release, void,
	private_extsock_adopted_t *this)
{
	if (this->adopted)
	{
		this->adopted = FALSE;
		/* unknown if a client has applied one of this name meanwhile */
		if (this->failover->release(this->failover, this->name) == SEGW_OK)
		{
			DBG1(DBG_CFG, "released connection '%s'", this->name);
		}
	}
}

/**
 * Say, once, what of the connection is not guarded and why.
 *
 * @param this			connection
 * @param what			what has become of it
 * @param reason		reason, empty if there is nothing to say
 */
static void say(private_extsock_adopted_t *this, const char *what,
				const char *reason)
{
	if (*reason && (!this->said || !streq(this->said, reason)))
	{
		DBG1(DBG_CFG, "connection '%s' %s: %s", this->name, what, reason);
	}
	free(this->said);
	this->said = *reason ? strdup(reason) : NULL;
}

/**
 * Say, once, why the connection is not guarded as it is loaded now.
 *
 * @param this			connection
 * @param reason		reason
 */
static void say_refused(private_extsock_adopted_t *this, const char *reason)
{
	say(this, this->adopted ? "stays as it was adopted" : "is not adopted",
		reason);
}

/**
 * Log which SEGWs of the connection are guarded.
 *
 * @param this			connection
 */
static void log_segws(private_extsock_adopted_t *this)
{
	char list[MESSAGE_CAP] = "", address[SEGW_ADDR_CAP];
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < SEGW_SEGW_CAP && len < sizeof(list) &&
				this->failover->get_segw(this->failover, this->name, i, address,
										 sizeof(address)); i++)
	{
		len += snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
						address);
	}
	DBG1(DBG_CFG, "%s connection '%s' with SEGWs %s", this->adopted ?
		 "updated" : "adopted", this->name, list);
}

METHOD(extsock_adopted_t, adopt, segw_status_t,
	private_extsock_adopted_t *this, peer_cfg_t *peer_cfg)
{
	char message[MESSAGE_CAP] = "";
	ike_cfg_t *ike_cfg;
	segw_status_t status;

	if (!this->wanted)
	{
		release(this);
	}
	if (!this->wanted || !this->has_policy)
	{
		return SEGW_ERR_REFUSED;
	}
	if (peer_cfg->get_ike_version(peer_cfg) == IKEV1)
	{	/* its liveness checks depend on what only we configure */
		release(this);
		say_refused(this, "IKEv1 is only guarded if a client applies it");
		return SEGW_ERR_REFUSED;
	}
	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	status = this->failover->adopt(this->failover, this->name,
								   ike_cfg->get_other_addr(ike_cfg),
								   extsock_children_count(peer_cfg),
								   &this->policy, message, sizeof(message));
	switch (status)
	{
		case SEGW_OK:
			log_segws(this);
			this->adopted = TRUE;
			say(this, "is guarded in part", message);
			break;
		case SEGW_AGAIN:
			this->adopted = TRUE;
			say(this, "is guarded in part", message);
			break;
		case SEGW_ERR_ARGUMENT:
			release(this);
			/* fall-through */
		default:
			say_refused(this, *message ? message : segw_strerror(status));
			break;
	}
	return status;
}

METHOD(extsock_adopted_t, destroy, void,
	private_extsock_adopted_t *this)
{
	free(this->said);
	free(this->name);
	free(this);
}

/*
 * Described in header
 */
extsock_adopted_t *extsock_adopted_create(const char *name,
										  extsock_failover_manager_t *failover)
{
	private_extsock_adopted_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.configure = _configure,
			.adopt = _adopt,
			.release = _release,
			.destroy = _destroy,
		},
		.failover = failover,
		.name = strdup(name),
	);
	return &this->public;
}
