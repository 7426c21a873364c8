/*
 * strongswan.conf and swanctl.conf, or files that they include, checked without charon. The options are judged by what the plugin
 * judges them with: base/options.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "check.h"
#include "extsockctl.h"

#include <options.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRONGSWAN_CONF "/etc/strongswan.conf"
#define MESSAGE_CAP 320
#define PATH_CAP 200

/* Says more where a value has what does not belong to it. */
static void hint(const char *value, char *message, size_t cap)
{
	const char *more = strstr(value, " = ") != NULL ? "; each option has a line of its own"
					 : strchr(value, ';') != NULL && strstr(message, "comma") == NULL ? "; a value ends with its line, without a semicolon"
					 : strstr(value, " //") != NULL ? "; a comment begins with #" : "";
	size_t len = strlen(message);

	snprintf(message + len, cap - len, "%s", more);
}

/* The options and sections in a section of the plugin. The number of mistakes. */
static unsigned walk(conf_t *section, const char *path, extsock_place_t place, const segw_policy_t *base, int silent)
{
	char message[MESSAGE_CAP], below[PATH_CAP];
	extsock_place_t inner;
	extsock_opinion_t opinion;
	segw_policy_t policy = *base;
	unsigned mistakes = 0;
	conf_t *conf;

	for (conf = section->first; conf != NULL; conf = conf->next) {
		message[0] = '\0';
		if (conf->value != NULL) {
			opinion = extsock_options_check(place, conf->name, conf->value, &policy, NULL, message, sizeof message);
			if (opinion != EXTSOCK_OPTION_FINE) {
				mistakes++;
				hint(conf->value, message, sizeof message);
				if (!silent) {
					conf_complain(conf, path, opinion == EXTSOCK_OPTION_WRONG, message);
				}
			}
			continue;
		}
		inner = extsock_options_enter(place, conf->name, message, sizeof message);
		if (inner == EXTSOCK_PLACE_NONE) {
			mistakes++;
			if (!silent) {
				conf_complain(conf, path, 0, message);
			}
			continue;
		}
		snprintf(below, sizeof below, "%s.%s", path, conf->name);
		mistakes += walk(conf, below, inner, base, silent);
	}
	if (mistakes == 0 && segw_policy_check(&policy, message, sizeof message) == SEGW_ERR_REFUSED) {
		mistakes++;
		if (!silent) {
			/* its path without its name, which is told with its place */
			snprintf(below, sizeof below, "%.*s", (int)(strlen(path) - strlen(section->name) - 1), path);
			conf_complain(section, below, 0, message);
		}
	}
	return mistakes;
}

/* Puts the options of a section into a policy. */
static void take_in(const conf_t *section, segw_policy_t *policy)
{
	char message[MESSAGE_CAP];
	const conf_t *conf;

	for (conf = section != NULL ? section->first : NULL; conf != NULL; conf = conf->next) {
		if (conf->value != NULL) {
			segw_policy_set(policy, conf->name, conf->value, message, sizeof message);
		}
	}
}

static conf_t *inner_of(conf_t *section, const char *name, const char *inner)
{
	conf_t *outer = conf_find(section, section, name);

	return outer != NULL && outer->value == NULL && inner != NULL ? conf_find(section, outer, inner) : outer;
}

unsigned check_options(conf_t *section, int silent)
{
	segw_policy_t none, all;
	unsigned mistakes;
	conf_t *failover, *connections;

	segw_policy_init(&none);
	all = none;
	failover = inner_of(section, "failover", NULL);
	if (failover != NULL && failover->value == NULL) {
		take_in(failover, &all);
	}
	mistakes = walk(section, "charon.plugins.extsock", EXTSOCK_PLACE_PLUGIN, &none, silent);
	connections = inner_of(section, "connections", NULL);
	if (mistakes == 0 && connections != NULL && connections->value == NULL) {
		/* with what all connections have, a limit may be too low */
		mistakes = walk(connections, "charon.plugins.extsock.connections", EXTSOCK_PLACE_CONNECTIONS, &all, silent);
	}
	return mistakes;
}

int options_of(conf_t *section, const char *connection, int *adopt, void *policy)
{
	conf_t *own, *option;
	bool flag = false;

	segw_policy_init(policy);
	*adopt = 0;
	if (section == NULL) {
		return 1;
	}
	option = conf_find(section, section, "adopt");
	if (option != NULL && option->value != NULL && extsock_options_flag(option->value, &flag)) {
		*adopt = flag;
	}
	take_in(inner_of(section, "failover", NULL), policy);
	own = connection != NULL ? inner_of(section, "connections", connection) : NULL;
	if (own != NULL && own->value == NULL) {
		option = conf_find(section, own, "adopt");
		if (option != NULL && option->value != NULL && extsock_options_flag(option->value, &flag)) {
			*adopt = flag;
		}
		take_in(own, policy);
	}
	return 1;
}

/* The options of a section that make up a policy, but for those that another one has as well; `before` stands before each. */
static void print_settings(const conf_t *section, const char *before, conf_t *other, const char **between)
{
	const conf_t *conf;

	for (conf = section != NULL ? section->first : NULL; conf != NULL; conf = conf->next) {
		if (conf->value != NULL && strcmp(conf->name, "adopt") != 0 &&
			(other == NULL || conf_find(other, other, conf->name) == NULL)) {
			printf("%s%s%s = %s", *between, before, conf->name, conf->value);
			*between = ", ";
		}
	}
}

void print_policy(conf_t *section, const char *connection)
{
	const char *between = "; ";
	conf_t *own, *probe;

	if (section != NULL) {
		own = connection != NULL ? inner_of(section, "connections", connection) : NULL;
		probe = own != NULL && own->value == NULL ? conf_find(section, own, "probe") : NULL;
		print_settings(inner_of(section, "failover", NULL), "", own, &between);
		print_settings(own, "", NULL, &between);
		print_settings(probe, "probe.", NULL, &between);
	}
	puts(*between == ';' ? "; the defaults" : "");
}

static void print_options(const char *name, conf_t *section)
{
	conf_t *connections = inner_of(section, "connections", NULL), *conf;
	segw_policy_t policy;
	int adopt;

	options_of(section, NULL, &adopt, &policy);
	printf("%s: valid: adopt = %s: %s", name, adopt ? "yes" : "no",
		   adopt ? "connections that no client applied are adopted" : "they are not");
	print_policy(section, NULL);
	for (conf = connections != NULL ? connections->first : NULL; conf != NULL; conf = conf->next) {
		if (conf->value == NULL) {
			options_of(section, conf->name, &adopt, &policy);
			printf("%s: connection %s: %s", name, conf->name, adopt ? "is adopted" : "is not adopted");
			print_policy(section, conf->name);
		}
	}
}

/* A section in another one; NULL if it is not there, or if one of them is an option. */
static conf_t *section_in(conf_t *root, conf_t *outer, const char *name)
{
	conf_t *found = outer != NULL && outer->value == NULL ? conf_find(root, outer, name) : NULL;

	return found != NULL && found->value == NULL ? found : NULL;
}

/* The plugin's section: in one of charon's daemons, or that of a file which one includes. */
static conf_t *find_plugin(conf_t *root)
{
	conf_t *daemon, *plugins, *plugin = conf_find(root, root, "extsock");

	for (daemon = root->first; plugin == NULL && daemon != NULL; daemon = daemon->next) {
		if (daemon->value == NULL && strncmp(daemon->name, "charon", sizeof "charon" - 1) == 0) {
			plugins = conf_find(root, daemon, "plugins");
			plugin = plugins != NULL && plugins->value == NULL ? conf_find(root, plugins, "extsock") : NULL;
		}
	}
	return plugin != NULL && plugin->value == NULL ? plugin : NULL;
}

/* Says of a section of the plugin that it stands where nobody reads it; the number of mistakes. */
static unsigned misplaced(const conf_t *section, const char *above)
{
	if (section == NULL) {
		return 0;
	}
	conf_complain(section, above, 0, "nobody reads it here: it belongs in \"charon { plugins { } }\"");
	return 1;
}

/* The same of all that do. */
static unsigned check_places(const char *name, conf_t *root)
{
	const char *base = strrchr(name, '/');
	conf_t *top, *plugins;
	char above[PATH_CAP];
	unsigned mistakes = 0;
	int is_plugins;

	base = base != NULL ? base + 1 : name;
	for (top = root->first; top != NULL; top = top->next) {
		if (top->value != NULL) {
			continue;
		}
		is_plugins = strcmp(top->name, "plugins") == 0;
		mistakes += is_plugins ? 0 : misplaced(section_in(top, top, "extsock"), top->name);
		if (strncmp(top->name, "charon", sizeof "charon" - 1) != 0) {
			plugins = is_plugins ? top : section_in(top, top, "plugins");
			snprintf(above, sizeof above, "%.64s%s", top->name, is_plugins ? "" : ".plugins");
			mistakes += misplaced(section_in(plugins, plugins, "extsock"), above);
		}
		/* what strongswan.conf includes may begin with it, but not that file itself */
		if (strcmp(top->name, "extsock") == 0 && strcmp(base, "strongswan.conf") == 0 && strcmp(top->file, name) == 0) {
			mistakes += misplaced(top, "");
		}
	}
	return mistakes;
}

/* What a section of a connection, or that of all, says for an option. */
static const char *says(conf_t *own, conf_t *all, const char *name)
{
	conf_t *conf = conf_find(own, own, name);

	if (conf == NULL) {
		conf = conf_find(all, all, name);
	}
	return conf != NULL && conf->value != NULL ? conf->value : "";
}

/* Whether charon loads the plugin, as far as its own options tell. */
static int is_loaded(conf_t *root, conf_t *section)
{
	conf_t *load = conf_find(section, section, "load"), *daemon, *inner;
	bool flag = false;

	if (load != NULL && load->value != NULL) {
		return extsock_options_flag(load->value, &flag) ? flag : atol(load->value) != 0;
	}
	for (daemon = root->first; daemon != NULL; daemon = daemon->next) {
		/* those of charon are those of its kin, too */
		inner = section_in(daemon, daemon, "plugins");
		inner = section_in(inner, inner, "extsock");
		if (extsock_options_flag(says(inner, NULL, "load"), &flag) && flag) {
			return 1;
		}
		if (strncmp(daemon->name, "charon", sizeof "charon" - 1) == 0 && strstr(says(daemon, NULL, "load"), "extsock") != NULL) {
			return 1;
		}
	}
	return 0;
}

/* Options that do nothing without another one. */
static const struct {
	const char *name, *other, *value, *message;
} companions[] = {
	{"failback_window", "failback", "hold_down", "without failback = hold_down nothing goes back by itself, and this has no effect"},
	{"hold_down_ms", "failback", "hold_down", "without failback = hold_down nothing goes back by itself; only pins and drains use it"},
	{"hold_down_limit_ms", "failback", "hold_down", "without failback = hold_down nothing goes back by itself, and this has no effect"},
	{"weights", "order", "hash", "without order = hash this has no effect"},
};

/* Notes what has no effect in a section with the options of a connection; `all` has those of every one. */
static void note_idle(conf_t *own, conf_t *all, const char *path)
{
	conf_t *conf, *probe = section_in(own, own, "probe");
	size_t i;

	for (i = 0; i < sizeof companions / sizeof companions[0]; i++) {
		conf = conf_find(own, own, companions[i].name);
		if (conf != NULL && conf->value != NULL && strcmp(says(own, all, companions[i].other), companions[i].value) != 0) {
			conf_note(conf, path, companions[i].message);
		}
	}
	if (probe != NULL && *says(probe, NULL, "targets") == '\0') {
		conf_note(probe, path, "without targets nothing is asked");
	}
}

/* Notes what has no effect: in a connection's section, and in that of all where no connection's has what it lacks. */
static void note_idle_options(conf_t *section)
{
	conf_t *all = section_in(section, section, "failover"), *connections = inner_of(section, "connections", NULL), *own;
	char path[PATH_CAP];
	int any = 0;

	for (own = connections != NULL ? connections->first : NULL; own != NULL; own = own->next) {
		if (own->value == NULL) {
			snprintf(path, sizeof path, "charon.plugins.extsock.connections.%.64s", own->name);
			note_idle(own, all, path);
			any |= *says(own, NULL, "failback") != '\0' || *says(own, NULL, "order") != '\0';
		}
	}
	if (all != NULL && !any) {
		note_idle(all, NULL, "charon.plugins.extsock.failover");
	}
}

/* Says that a section may be one that is misspelled. */
static unsigned check_names(const conf_t *section, const char *above, const char *const *known, size_t count)
{
	char message[MESSAGE_CAP];
	unsigned mistakes = 0;
	const conf_t *conf;
	size_t meant;

	for (conf = section->first; conf != NULL; conf = conf->next) {
		if (segw_nearest(conf->name, known, count, &meant) == SEGW_OK && strcmp(conf->name, known[meant]) != 0) {
			snprintf(message, sizeof message, "unknown section; did you mean \"%s\"?", known[meant]);
			conf_complain(conf, above, 0, message);
			mistakes++;
		}
	}
	return mistakes;
}

static unsigned check_strongswan(const char *name, conf_t *root, int quiet)
{
	static const char *const tops[] = {"charon", "extsock", "plugins"}, *const plugins[] = {"plugins"}, *const plugin[] = {"extsock"};
	conf_t *section = find_plugin(root), *daemon = conf_find(root, root, "charon"), *inner;
	unsigned mistakes = check_places(name, root);

	if (section != NULL) {
		mistakes += check_options(section, 0);
		if (mistakes == 0) {
			note_idle_options(section);
			if (!is_loaded(root, section)) {
				conf_note(section, "charon.plugins" + (conf_find(root, root, "extsock") == section ? sizeof "charon.plugins" - 1 : 0),
						  "load is not yes, so charon does not load the plugin");
			}
		}
		if (mistakes == 0 && !quiet) {
			print_options(name, section);
		}
		return mistakes;
	}
	mistakes += check_names(root, "", tops, 3);
	if (daemon != NULL && daemon->value == NULL) {
		inner = section_in(root, daemon, "plugins");
		if (inner != NULL) {
			mistakes += check_names(inner, "charon.plugins", plugin, 1);
		} else {
			mistakes += check_names(daemon, "charon", plugins, 1);
		}
	}
	if (mistakes == 0) {
		complain("%s: there is no section charon { plugins { extsock { } } }: the plugin has its defaults, and adopts nothing", name);
	}
	return mistakes;
}

/* The plugin's section of charon's own strongswan.conf. */
static conf_t *read_options(void)
{
	const char *name = getenv("STRONGSWAN_CONF");
	conf_t *root = conf_read(name != NULL ? name : STRONGSWAN_CONF, 1), *section = root != NULL ? find_plugin(root) : NULL;

	if (section != NULL && !is_loaded(root, section)) {
		conf_note(section, "charon.plugins", "load is not yes, so charon does not load the plugin, and nothing is adopted");
	}
	return section;
}

int check_conf(const char *name, int quiet)
{
	static const char *const tops[] = {"connections", "secrets", "pools", "authorities"};
	conf_t *root, *options;
	unsigned mistakes = 0;
	size_t i;

	conf_noting(!quiet);
	root = conf_read(name, 0);
	if (root == NULL) {
		return INVALID_FILE;
	}
	for (i = 0; i < sizeof tops / sizeof tops[0]; i++) {
		if (conf_find(root, root, tops[i]) != NULL) {
			options = read_options();
			if (find_plugin(root) != NULL) {
				conf_complain(find_plugin(root), "", 0, "swanctl passes over it: it belongs in strongswan.conf, a file of its own");
				mistakes++;
			}
			mistakes += check_names(root, "", tops, sizeof tops / sizeof tops[0]);
			mistakes += check_connections(root, options, quiet);
			if (conf_find(root, root, "connections") == NULL || conf_find(root, root, "connections")->first == NULL) {
				complain("%s: there is no connection in it", name);
			}
			return mistakes == 0 ? DONE : INVALID_FILE;
		}
	}
	if (conf_find(root, root, "charon") == NULL && find_plugin(root) == NULL) {
		mistakes = check_names(root, "", tops, sizeof tops / sizeof tops[0]);
		if (mistakes == 0 && strstr(name, "swanctl") != NULL) {
			complain("%s: there is no section connections { }, so charon loads nothing from it", name);
			mistakes++;
		}
		if (mistakes != 0) {
			return INVALID_FILE;
		}
	}
	return check_strongswan(name, root, quiet) == 0 ? DONE : INVALID_FILE;
}
