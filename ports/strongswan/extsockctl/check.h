/*
 * What extsockctl-check consists of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHECK_H
#define CHECK_H

#include "conf.h"

/* Checks a file in the format of strongswan.conf or swanctl.conf; DONE, or INVALID_FILE once it said why. */
int check_conf(const char *name, int quiet);

/* Checks what strongswan.conf says for the plugin; `section` is the plugin's, NULL if there is none. The number of mistakes. */
unsigned check_options(conf_t *section, int silent);

/* What it says for a connection of swanctl.conf: whether to adopt it, and its policy; 0 if that has mistakes. */
int options_of(conf_t *section, const char *connection, int *adopt, void *policy);

/* Prints the options that make up the policy of a connection, NULL for all. */
void print_policy(conf_t *section, const char *connection);

/* Checks swanctl.conf, and says which connections are adopted and how; the number of mistakes. */
unsigned check_connections(conf_t *root, conf_t *options, int quiet);

#endif
