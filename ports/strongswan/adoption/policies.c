/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "policies.h"
#include "compat.h"
#include "log_group.h"
#include "options.h"

#include <grp.h>
#include <pwd.h>

/**
 * Section of the plugin
 */
#define PLUGIN "%s.plugins.extsock"

/**
 * Bytes of a section's path, a connection's name included, and of a mistake
 */
#define PATH_CAP 256
#define MESSAGE_CAP 512

/**
 * Looks at all connections until a section without one is told of: others may
 * still be loaded
 */
#define LOOKS 2

/**
 * Bytes that a user or group may take
 */
#define ACCOUNT_CAP 16384

typedef struct private_extsock_policies_t private_extsock_policies_t;
typedef struct section_t section_t;
typedef struct option_t option_t;

/**
 * Private data of an extsock_policies_t object
 */
struct private_extsock_policies_t {

	/**
	 * Public interface
	 */
	extsock_policies_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * TRUE if connections are adopted that have no option of their own
	 */
	bool adopt;

	/**
	 * Policy of all connections
	 */
	segw_policy_t policy;

	/**
	 * What is wrong with it, NULL if nothing is
	 */
	char *mistake;

	/**
	 * TRUE if something can not be understood: nobody knows which connection it
	 * was meant for
	 */
	bool doubtful;

	/**
	 * Connections with a section, name => section_t
	 */
	hashtable_t *sections;
};

/**
 * Section of a connection
 */
struct section_t {
	/** name of the connection */
	char *name;
	/** TRUE if it says whether to adopt it */
	bool has_adopt;
	/** what it says */
	bool adopt;
	/** policy of all connections, with its options on top */
	segw_policy_t policy;
	/** what is wrong with it, NULL if nothing is */
	char *mistake;
	/** looks at the connections without one of this name */
	u_int missed;
};

/**
 * An option, or a section if value is NULL
 */
struct option_t {
	/** name */
	char *key;
	/** its value */
	char *value;
};

static void option_destroy(option_t *option)
{
	free(option->key);
	free(option->value);
	free(option);
}

static void section_destroy(section_t *section)
{
	free(section->name);
	free(section->mistake);
	free(section);
}

/**
 * Destroy a table of sections.
 *
 * @param sections		name => section_t, adopted
 */
static void sections_destroy(hashtable_t *sections)
{
	enumerator_t *enumerator;
	section_t *section;

	enumerator = sections->create_enumerator(sections);
	while (enumerator->enumerate(enumerator, NULL, &section))
	{
		section_destroy(section);
	}
	enumerator->destroy(enumerator);
	sections->destroy(sections);
}

/**
 * Tell of a mistake.
 *
 * @param this			object
 * @param option		path of the option
 * @param text			the mistake with its path
 */
static void tell(private_extsock_policies_t *this, const char *option,
				 const char *text)
{
	DBG1(DBG_EXTSOCK, "%s", text);
	this->failover->policy_error(this->failover, option, text);
}

/**
 * Tell of an option that is not as it should be.
 *
 * @param this			object
 * @param path			path of its section
 * @param option		option or section
 * @param known			TRUE if only its value is wrong
 * @param message		what is wrong, and what would be right
 * @param mistake		receives the text, unless there is one; NULL if nobody
 *						wants it
 */
static void complain(private_extsock_policies_t *this, const char *path,
					 option_t *option, bool known, const char *message,
					 char **mistake)
{
	char name[PATH_CAP], text[MESSAGE_CAP];

	snprintf(name, sizeof(name), "%s%s%s", path, *option->key ? "." : "",
			 option->key);
	snprintf(text, sizeof(text), "%s%s%.40s: %s", name,
			 known ? " = " : "", known ? option->value : "", message);
	tell(this, name, text);
	if (mistake && !*mistake)
	{
		*mistake = strdup(text);
	}
}

/**
 * Copy what is in a section, as enumerators of settings hold a lock.
 *
 * @param format		path, with the library's namespace and a name in it
 * @param name			the name, unused if there is none in it
 * @return				list of option_t
 */
static linked_list_t *get_options(const char *format, const char *name)
{
	settings_t *settings = lib->settings;
	enumerator_t *enumerator;
	linked_list_t *options;
	option_t *option;
	char *key, *value;

	options = linked_list_create();
	enumerator = settings->create_key_value_enumerator(settings, (char*)format,
													   lib->ns, name);
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		INIT(option,
			.key = strdup(key),
			.value = strdup(value ?: ""),
		);
		options->insert_last(options, option);
	}
	enumerator->destroy(enumerator);
	enumerator = settings->create_section_enumerator(settings, (char*)format,
													 lib->ns, name);
	while (enumerator->enumerate(enumerator, &key))
	{
		INIT(option,
			.key = strdup(key),
		);
		options->insert_last(options, option);
	}
	enumerator->destroy(enumerator);
	return options;
}

/**
 * Check if a daemon's section of the plugin has anything in it.
 *
 * @param daemon		name of the section around it
 * @return				TRUE if there is an option or a section
 */
static bool has_any(const char *daemon)
{
	settings_t *settings = lib->settings;
	enumerator_t *keys, *sections;
	char *key, *value;
	bool found;

	keys = settings->create_key_value_enumerator(settings, PLUGIN, daemon);
	sections = settings->create_section_enumerator(settings, PLUGIN, daemon);
	found = keys->enumerate(keys, &key, &value) ||
			sections->enumerate(sections, &key);
	keys->destroy(keys);
	sections->destroy(sections);
	return found;
}

/**
 * Write the path of a section or option for people: charon-systemd reads what
 * it does not find in a section of its own name in that of charon, which is
 * where the file has it.
 *
 * @param path			receives the path, PATH_CAP bytes
 * @param format		path, with the library's namespace and a name in it
 * @param name			the name, unused if there is none in it
 */
static void say_path(char *path, const char *format, const char *name)
{
	bool own = !has_any("charon") && has_any(lib->ns);

	snprintf(path, PATH_CAP, format, own ? lib->ns : "charon", name);
}

/**
 * Check if there is a user or group, implements extsock_options_exists_t.
 */
static bool exists(bool group, const char *name)
{
	struct passwd passwd, *user = NULL;
	struct group entry, *found = NULL;
	char *buf;

	/* not on the stack of a thread, which may be a router's */
	buf = malloc(ACCOUNT_CAP);
	if (group)
	{
		getgrnam_r(name, &entry, buf, ACCOUNT_CAP, &found);
	}
	else
	{
		getpwnam_r(name, &passwd, buf, ACCOUNT_CAP, &user);
	}
	free(buf);
	return found || user;
}

/**
 * Check what is in a section, and tell of mistakes.
 *
 * @param this			object
 * @param place			which section it is
 * @param format		its path, as of get_options()
 * @param name			name in it, NULL if there is none
 * @param policy		policy to change
 * @param mistake		receives the first mistake, NULL if nobody wants it
 * @return				list of option_t that are fine
 */
static linked_list_t *read_section(private_extsock_policies_t *this,
								   extsock_place_t place, const char *format,
								   const char *name, segw_policy_t *policy,
								   char **mistake)
{
	char path[PATH_CAP], message[MESSAGE_CAP] = "";
	extsock_opinion_t opinion;
	enumerator_t *enumerator;
	linked_list_t *options;
	option_t *option;

	say_path(path, format, name);
	options = get_options(format, name);
	enumerator = options->create_enumerator(options);
	while (enumerator->enumerate(enumerator, &option))
	{
		if (option->value)
		{
			opinion = extsock_options_check(place, option->key, option->value,
									policy, exists, message, sizeof(message));
		}
		else
		{
			opinion = extsock_options_enter(place, option->key, message,
						sizeof(message)) == EXTSOCK_PLACE_NONE
							? EXTSOCK_OPTION_UNKNOWN : EXTSOCK_OPTION_FINE;
		}
		if (opinion == EXTSOCK_OPTION_WRONG && streq(option->key, "adopt"))
		{
			strncat(message, "; it stays as it was",
					sizeof(message) - strlen(message) - 1);
		}
		if (opinion != EXTSOCK_OPTION_FINE)
		{
			complain(this, path, option, opinion == EXTSOCK_OPTION_WRONG,
					 message, mistake);
			this->doubtful |= opinion == EXTSOCK_OPTION_UNKNOWN;
			options->remove_at(options, enumerator);
			option_destroy(option);
		}
	}
	enumerator->destroy(enumerator);
	if (mistake && !*mistake &&
		segw_policy_check(policy, message, sizeof(message)) != SEGW_OK)
	{
		option_t whole = {
			.key = "",
		};

		/* the message has the key */
		complain(this, path, &whole, FALSE, message, mistake);
	}
	return options;
}

/**
 * Take the value of adopt from what is in a section.
 *
 * @param options		list of option_t that are fine
 * @param adopt			receives it, left alone if there is none
 * @return				TRUE if there is one
 */
static bool take_adopt(linked_list_t *options, bool *adopt)
{
	enumerator_t *enumerator;
	option_t *option;
	bool found = FALSE;

	enumerator = options->create_enumerator(options);
	while (!found && enumerator->enumerate(enumerator, &option))
	{
		found = option->value && streq(option->key, "adopt") &&
				extsock_options_flag(option->value, adopt);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if an option of a section stands there, whatever its value.
 *
 * @param format		path of the section
 * @param name			name in it
 * @return				TRUE if adopt does
 */
static bool has_adopt(const char *format, const char *name)
{
	return lib->settings->get_str(lib->settings, (char*)format, NULL, lib->ns,
								  name) != NULL;
}

/**
 * Read the section of a connection.
 *
 * @param this			object
 * @param name			name of the connection
 * @param former		its section before, NULL if there was none
 * @return				section
 */
static section_t *read_connection(private_extsock_policies_t *this,
								  const char *name, section_t *former)
{
	linked_list_t *options, *inner;
	section_t *section;

	INIT(section,
		.name = strdup(name),
		.policy = this->policy,
	);
	options = read_section(this, EXTSOCK_PLACE_CONNECTION,
						   PLUGIN ".connections.%s", name, &section->policy,
						   &section->mistake);
	inner = read_section(this, EXTSOCK_PLACE_PROBE,
						 PLUGIN ".connections.%s.probe", name, &section->policy,
						 &section->mistake);
	inner->destroy_function(inner, (void*)option_destroy);
	section->has_adopt = take_adopt(options, &section->adopt);
	if (!section->has_adopt && former && former->has_adopt &&
		(this->doubtful || has_adopt(PLUGIN ".connections.%s.adopt", name)))
	{	/* one that makes no sense is none */
		section->has_adopt = TRUE;
		section->adopt = former->adopt;
	}
	options->destroy_function(options, (void*)option_destroy);
	return section;
}

/**
 * Read the sections of all connections.
 *
 * @param this			object
 */
static void read_connections(private_extsock_policies_t *this)
{
	hashtable_t *former = this->sections;
	enumerator_t *enumerator;
	linked_list_t *options;
	section_t *section;
	segw_policy_t none;
	option_t *option;

	this->sections = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									  8);
	segw_policy_init(&none);
	options = read_section(this, EXTSOCK_PLACE_CONNECTIONS,
						   PLUGIN ".connections", NULL, &none, NULL);
	enumerator = options->create_enumerator(options);
	while (enumerator->enumerate(enumerator, &option))
	{
		section = read_connection(this, option->key,
								  former->get(former, option->key));
		this->sections->put(this->sections, section->name, section);
	}
	enumerator->destroy(enumerator);
	options->destroy_function(options, (void*)option_destroy);

	if (this->doubtful)
	{	/* what is gone may be what can not be understood */
		enumerator = former->create_enumerator(former);
		while (enumerator->enumerate(enumerator, NULL, &section))
		{
			if (!this->sections->get(this->sections, section->name))
			{
				former->remove_at(former, enumerator);
				this->sections->put(this->sections, section->name, section);
			}
		}
		enumerator->destroy(enumerator);
	}
	sections_destroy(former);
}

/**
 * Tell that options have no effect, as nothing is adopted.
 *
 * @param this			object
 */
static void tell_idle(private_extsock_policies_t *this)
{
	char path[PATH_CAP], text[MESSAGE_CAP];
	linked_list_t *options;
	bool any;

	options = get_options(PLUGIN ".failover", NULL);
	any = options->get_count(options) ||
		  this->sections->get_count(this->sections);
	options->destroy_function(options, (void*)option_destroy);
	if (any && !has_adopt(PLUGIN ".adopt", NULL))
	{
		say_path(path, PLUGIN ".adopt", NULL);
		snprintf(text, sizeof(text), "%s: missing, so failover and connections "
				 "have no effect; set adopt = yes, or no", path);
		tell(this, path, text);
	}
}

METHOD(extsock_policies_t, any, bool,
	private_extsock_policies_t *this)
{
	enumerator_t *enumerator;
	section_t *section;
	bool found = this->adopt;

	enumerator = this->sections->create_enumerator(this->sections);
	while (!found && enumerator->enumerate(enumerator, NULL, &section))
	{
		found = section->has_adopt && section->adopt;
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(extsock_policies_t, reload, void,
	private_extsock_policies_t *this)
{
	char path[PATH_CAP], text[MESSAGE_CAP];
	linked_list_t *options, *inner;
	bool former, adopt = FALSE;
	segw_policy_t none;

	this->failover->policy_error(this->failover, NULL, NULL);
	this->doubtful = FALSE;
	free(this->mistake);
	this->mistake = NULL;
	former = any(this);

	segw_policy_init(&none);
	options = read_section(this, EXTSOCK_PLACE_PLUGIN, PLUGIN, NULL, &none,
						   NULL);
	segw_policy_init(&this->policy);
	inner = read_section(this, EXTSOCK_PLACE_FAILOVER, PLUGIN ".failover", NULL,
						 &this->policy, &this->mistake);
	inner->destroy_function(inner, (void*)option_destroy);

	inner = get_options(PLUGIN, NULL);
	if (former && !inner->get_count(inner))
	{	/* braces may be in a wrong place */
		say_path(path, PLUGIN, NULL);
		snprintf(text, sizeof(text), "%s: empty or gone, its connections stay "
				 "guarded; adopt = no lets them go", path);
		tell(this, path, text);
		this->doubtful = TRUE;
	}
	inner->destroy_function(inner, (void*)option_destroy);

	read_connections(this);
	if (take_adopt(options, &adopt) ||
		(!this->doubtful && !has_adopt(PLUGIN ".adopt", NULL)))
	{
		this->adopt = adopt;
	}
	options->destroy_function(options, (void*)option_destroy);
	if (!any(this))
	{
		tell_idle(this);
	}
}

METHOD(extsock_policies_t, wants, bool,
	private_extsock_policies_t *this, const char *name)
{
	section_t *section;

	section = this->sections->get(this->sections, name);
	return section && section->has_adopt ? section->adopt : this->adopt;
}

METHOD(extsock_policies_t, get_mistake, const char*,
	private_extsock_policies_t *this, const char *name)
{
	section_t *section;

	section = this->sections->get(this->sections, name);
	return section && section->mistake ? section->mistake : this->mistake;
}

METHOD(extsock_policies_t, get, bool,
	private_extsock_policies_t *this, const char *name, bool former,
	segw_policy_t *policy)
{
	section_t *section;

	if (get_mistake(this, name) || (former && this->doubtful))
	{
		return FALSE;
	}
	section = this->sections->get(this->sections, name);
	*policy = section ? section->policy : this->policy;
	return TRUE;
}

/**
 * Find the connection that was meant by a section.
 *
 * @param names			connections there are, by name
 * @param name			name of the section
 * @return				name of a connection, NULL if there is none like it
 */
static const char *find_meant(hashtable_t *names, const char *name)
{
	enumerator_t *enumerator;
	const char *known, *meant = NULL;
	size_t index;

	enumerator = names->create_enumerator(names);
	while (!meant && enumerator->enumerate(enumerator, &known, NULL))
	{
		if (segw_nearest(name, &known, 1, &index) == SEGW_OK)
		{
			meant = known;
		}
	}
	enumerator->destroy(enumerator);
	return meant;
}

METHOD(extsock_policies_t, compare, void,
	private_extsock_policies_t *this, hashtable_t *names)
{
	char path[PATH_CAP], text[MESSAGE_CAP];
	enumerator_t *enumerator;
	section_t *section;
	const char *meant;

	if (!names->get_count(names))
	{	/* none is loaded yet */
		return;
	}
	enumerator = this->sections->create_enumerator(this->sections);
	while (enumerator->enumerate(enumerator, NULL, &section))
	{
		say_path(path, PLUGIN ".connections.%s", section->name);
		if (names->get(names, section->name))
		{
			if (section->missed >= LOOKS)
			{
				this->failover->policy_error(this->failover, path, NULL);
			}
			section->missed = 0;
		}
		else if (section->missed < LOOKS && ++section->missed == LOOKS)
		{
			meant = find_meant(names, section->name);
			snprintf(text, sizeof(text), "%s: charon has loaded no connection "
					 "of this name%s%s%s", path,
					 meant ? "; did you mean \"" : "", meant ?: "",
					 meant ? "\"?" : "");
			tell(this, path, text);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(extsock_policies_t, unreadable, void,
	private_extsock_policies_t *this, const char *reason)
{
	char text[MESSAGE_CAP];

	snprintf(text, sizeof(text), "%s: %s; charon keeps its former settings",
			 lib->conf ?: "strongswan.conf", reason);
	this->failover->policy_error(this->failover, "strongswan.conf", text);
}

METHOD(extsock_policies_t, destroy, void,
	private_extsock_policies_t *this)
{
	sections_destroy(this->sections);
	free(this->mistake);
	free(this);
}

/*
 * Described in header
 */
extsock_policies_t *extsock_policies_create(
										extsock_failover_manager_t *failover)
{
	private_extsock_policies_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.any = _any,
			.wants = _wants,
			.get = _get,
			.get_mistake = _get_mistake,
			.compare = _compare,
			.unreadable = _unreadable,
			.destroy = _destroy,
		},
		.failover = failover,
		.sections = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									 8),
	);
	segw_policy_init(&this->policy);
	return &this->public;
}
