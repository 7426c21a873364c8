/*
 * What there is: the tables of commands, options and exit codes. Dispatch and help are made from them; a test
 * compares the manual page and the completion with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "client.h"

#include <stdio.h>
#include <string.h>

#include <segw.h>

/* What is asked for takes its time. */
#define SHOWN "; status and events show what comes of it\n"
#define SHOWN_AT "The reply says that it was asked; status and events show what comes of it.\n"

/* Of status. */
static const char legend[] =
	"\n"
	"  *           this SEGW carries the traffic\n"
	"  >           this SEGW is being dialled\n"
	"\n"
	"  IDLE        loaded, never started\n"
	"  CONNECTING  a SEGW is being dialled\n"
	"  ACTIVE      up\n"
	"  MOVING      up, and a second SEGW is being tried\n"
	"  BACKOFF     a round has failed, or spread_ms: pausing until the next\n"
	"  HOLD        this router has no route to any SEGW, or no local address\n"
	"  EXHAUSTED   max_rounds have failed\n"
	"  STOPPED     by an operator\n"
	"\n"
	"extsockctl(8) has the causes of failure, too.\n";

const command_t command_table[] = {
	{"apply", "FILE|-", 1, 1, "load the connections of a JSON file", "", run_apply, "APPLY_CONFIG", NULL, NULL},
	{"remove", "NAME", 1, 1, "end a connection and forget it", "", run_simple, "REMOVE_CONFIG", "%s: removed\n", NULL},
	{"initiate", "NAME", 1, 1, "dial a connection, unless it is up", "", run_simple, "INITIATE",
	 "%s: asked to dial" SHOWN,
	 "Nothing happens if it is up or being dialled, or in HOLD: it goes on by itself.\n" SHOWN_AT},
	{"terminate", "NAME", 1, 1, "end a connection until it is dialled again", "", run_simple, "TERMINATE", "%s: stopped\n",
	 "It stays down until initiate or switch; with start_action trap until the next\n"
	 "packet that is for it.\n"},
	{"switch", "NAME TARGET", 2, 2, "move it to primary, secondary, next, a place, an address", "", run_simple,
	 "SWITCH", "%s: asked to move to %s" SHOWN, "Nothing happens if it is there.\n" SHOWN_AT},
	{"status", "[NAME]", 0, 1, "connections and their SEGWs", "jw", run_status, "STATUS", NULL, legend},
	{"history", "[NAME]", 0, 1, "what happened to the connections", "j", run_history, "HISTORY", NULL, NULL},
	{"events", "[NAME...]", 0, 64, "what is happening, as it happens", "j", run_events, NULL, NULL, NULL},
	{"dpd", "NAME", 1, 1, "ask the SEGW for a sign of life now", "", run_simple, "START_DPD",
	 "%s: asked its SEGW for a sign of life" SHOWN,
	 "Nothing is to be seen if it answers; if not, a failover.\n" SHOWN_AT},
	{"check", "FILE|-", 1, 1, "check a JSON file; needs no charon", "", run_check, NULL, NULL, NULL},
	{"spread", "ROUTERS RATE", 2, 2, "how long spread_ms has to be; needs no charon", "", run_spread, NULL, NULL,
	 "ROUTERS lose their SEGW at once, the one that is left completes RATE handshakes\n"
	 "a second. FLEET.md of the plugin tells how to find both.\n"},
	{"version", "", 0, 0, "version of this program and of the plugin", "", run_version, "VERSION", NULL, NULL},
	{"help", "[COMMAND]", 0, 1, "this", "", run_help, NULL, NULL, NULL},
	{NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL},
};

const option_t option_table[] = {
	{'s', 1, "socket", "PATH", "default $EXTSOCK_SOCKET, or " DEFAULT_SOCKET},
	{'t', 1, "timeout", "SECONDS", "how long to wait for a reply: 1 to 3600, default 10"},
	{'q', 1, "quiet", NULL, "print answers and errors only, not what was done"},
	{'h', 1, "help", NULL, "this, or the help of the command"},
	{'V', 1, "version", NULL, "version of this program"},
	{'j', 0, "json", NULL, "the plugin's JSON as it came: status, history, events"},
	{'w', 0, "watch", NULL, "show it again each second and at each event: status"},
	{0, 0, NULL, NULL, NULL},
};

static const struct {
	int code;
	const char *meaning;
} exit_table[] = {
	{DONE, "done"},
	{REFUSED, "refused by the plugin"},
	{USAGE, "wrong usage"},
	{NO_CONNECTION, "cannot connect to the plugin, or it went away"},
	{TIMED_OUT, "no answer in time; what was asked may still be done"},
	{INVALID_FILE, "the file is invalid or cannot be read"},
	{BROKEN, "this program could not do its part, such as write its output"},
};

const command_t *find_command(const char *name)
{
	const command_t *command;

	for (command = command_table; command->name != NULL; command++) {
		if (strcmp(command->name, name) == 0) {
			return command;
		}
	}
	return NULL;
}

/* Columns of `used` filled up to `wanted`; at least one. */
static void pad(size_t used, size_t wanted)
{
	printf("%*s", used < wanted ? (int)(wanted - used) : 1, "");
}

static void print_option(const option_t *option)
{
	size_t used = strlen(option->name) + (option->value != NULL ? strlen(option->value) + 1 : 0);

	if (option->is_short) {
		printf("  -%c, --%s", option->letter, option->name);
	} else {
		printf("      --%s", option->name);
	}
	if (option->value != NULL) {
		printf(" %s", option->value);
	}
	pad(used, 18);
	printf("%s\n", option->help);
}

static void print_usage(const command_t *command)
{
	const option_t *option;

	printf("usage: extsockctl [OPTION...] %s", command->name);
	for (option = option_table; option->letter != 0; option++) {
		if (strchr(command->takes, option->letter) != NULL) {
			printf(" [--%s]", option->name);
		}
	}
	printf("%s%s\n", *command->arguments != '\0' ? " " : "", command->arguments);
}

static void print_help(void)
{
	const command_t *command;
	const option_t *option;
	size_t i;

	printf("usage: extsockctl [OPTION...] COMMAND [ARGUMENT...]\n\n"
		   "Talks to the extsock plugin of charon, which moves connections between security\n"
		   "gateways (SEGWs).\n\ncommands:\n");
	for (command = command_table; command->name != NULL; command++) {
		printf("  %s %s", command->name, command->arguments);
		pad(strlen(command->name) + 1 + strlen(command->arguments), 20);
		printf("%s\n", command->help);
	}
	printf("\noptions:\n");
	for (option = option_table; option->letter != 0; option++) {
		print_option(option);
	}
	printf("\nexit status:\n");
	for (i = 0; i < sizeof exit_table / sizeof exit_table[0]; i++) {
		printf("  %d  %s\n", exit_table[i].code, exit_table[i].meaning);
	}
}

int run_help(const command_t *command, const options_t *options)
{
	if (options->word_count == 0) {
		print_help();
		return DONE;
	}
	command = find_command(options->words[0]);
	if (command == NULL) {
		complain("there is no command %s; extsockctl help names them", options->words[0]);
		return USAGE;
	}
	print_usage(command);
	printf("%s: %s\n%s", command->name, command->help, command->more != NULL ? command->more : "");
	return DONE;
}

int usage_of(const command_t *command)
{
	complain("%s takes %s; extsockctl help tells more", command->name,
			 *command->arguments != '\0' ? command->arguments : "no arguments");
	return USAGE;
}

void print_version(void)
{
	printf("extsockctl %s\n", SEGW_VERSION);
}
