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
	static const char *const tops[] = {"charon", "extsock"}, *const plugins[] = {"plugins"}, *const plugin[] = {"extsock"};
	conf_t *section = find_plugin(root), *daemon = conf_find(root, root, "charon"), *inner;
	unsigned mistakes;

	if (section != NULL) {
		mistakes = check_options(section, 0);
		if (mistakes == 0 && !quiet) {
			print_options(name, section);
		}
		return mistakes;
	}
	mistakes = check_names(root, "", tops, 2);
	if (daemon != NULL && daemon->value == NULL) {
		inner = conf_find(root, daemon, "plugins");
		if (inner != NULL && inner->value == NULL) {
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
	conf_t *root = conf_read(name != NULL ? name : STRONGSWAN_CONF, 1);

	return root != NULL ? find_plugin(root) : NULL;
}

int check_conf(const char *name, int quiet)
{
	static const char *const tops[] = {"connections", "secrets", "pools", "authorities"};
	conf_t *root = conf_read(name, 0), *options;
	unsigned mistakes = 0;
	size_t i;

	if (root == NULL) {
		return INVALID_FILE;
	}
	for (i = 0; i < sizeof tops / sizeof tops[0]; i++) {
		if (conf_find(root, root, tops[i]) != NULL) {
			options = read_options();
			mistakes = check_names(root, "", tops, sizeof tops / sizeof tops[0]);
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
