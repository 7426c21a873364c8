/*
 * What there is: the tables of commands, options and exit codes. Dispatch and help are made from them; a test
 * compares the manual page and the completion with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "client.h"
#include "failover_keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <segw.h>

/* What is asked for takes its time. */
#define SHOWN "; status and events show what comes of it\n"
#define SHOWN_AT "The reply says that it was asked; status and events show what comes of it.\n"

/* Of status. */
static const char legend[] =
	"Trouble comes first. With more than three connections each has one line, unless\n"
	"-v is given.\n"
	"\n"
	"--check ends with 0 if the connection, or each, is on its first SEGW, with 1 if\n"
	"it is up on another or a child is missing, with 2 if it is down, with 3 if that\n"
	"is not known.\n"
	"\n"
	"  *           this SEGW carries the traffic\n"
	"  >           this SEGW is being dialled\n"
	"\n"
	"  IDLE        loaded, not started\n"
	"  CONNECTING  a SEGW is being dialled\n"
	"  ACTIVE      up\n"
	"  MOVING      up, and a second SEGW is being tried\n"
	"  BACKOFF     a round has failed, or spread_ms: pausing until the next\n"
	"  HOLD        this router has no route to any SEGW, or no local address\n"
	"  EXHAUSTED   max_rounds have failed\n"
	"  STOPPED     by an operator\n"
	"\n"
	"extsockctl(8) has the causes of failure, too.\n";

/* Of --wait. */
#define WAITS \
	"With --wait it ends with 0 once that is so, with 7 if it went otherwise, with 4\n" \
	"after so many seconds.\n"

const command_t command_table[] = {
	{"apply", "FILE|DIR|-", 1, 1, "load the connections of a JSON file, or of DIR/*.json", "Wf", run_apply, "APPLY_CONFIG", NULL, 0,
	 "Of a directory all *.json in the order of their names; one that is wrong does\n"
	 "not keep the others from being loaded. With --follow it stays, and loads them\n"
	 "again whenever charon has started.\n"
	 "With --wait it ends once all are up, or are not to be dialled.\n"},
	{"remove", "NAME", 1, 1, "end a connection and forget it", "", run_simple, "REMOVE_CONFIG", "%s: removed\n", 0, NULL},
	{"initiate", "NAME", 1, 1, "dial a connection, unless it is up", "W", run_simple, "INITIATE",
	 "%s: asked to dial" SHOWN, 1,
	 "Nothing happens if it is up or being dialled, or in HOLD: it goes on by itself.\n" SHOWN_AT WAITS},
	{"terminate", "NAME", 1, 1, "end a connection until it is dialled again", "W", run_simple, "TERMINATE", "%s: stopped\n", 1,
	 "It stays down until initiate or switch; with start_action trap until the next\n"
	 "packet that is for it.\n" WAITS},
	{"switch", "NAME TARGET", 2, 2, "move it to primary, secondary, next, a place, an address", "W", run_simple,
	 "SWITCH", "%s: asked to move to %s" SHOWN, 1, "Nothing happens if it is there.\n" SHOWN_AT WAITS},
	{"pin", "NAME TARGET [for TIME]", 2, 4, "move it there, and keep it there", "", run_simple, "PIN", "%s: pinned to %s" SHOWN, 0,
	 "Until TIME is over (90s, 15m, 2h, 7d) or unpin it does not fail back. When it\n"
	 "loses that SEGW it fails over, and returns after the hold-down.\n"},
	{"unpin", "NAME", 1, 1, "let it fail back again", "", run_simple, "UNPIN", "%s: not pinned\n", 0, NULL},
	{"drain", "SEGW [for TIME]", 1, 3, "move all connections off a SEGW", "", run_simple, "DRAIN", "%s: drained\n", 0,
	 "SEGW is its address. Each moves without a gap if another one comes up. Until\n"
	 "TIME is over or undrain none goes there, unless it is the only one left.\n"},
	{"undrain", "SEGW", 1, 1, "let connections use it again", "", run_simple, "UNDRAIN", "%s: not drained\n", 0, NULL},
	{"drill", "NAME [TARGET]", 1, 2, "move it away and back, and tell what that cost", "", run_simple, "DRILL",
	 "%s: asked for a drill" SHOWN, 0, "It is away for 5 s; the event segw_drill has the result.\n"},
	{"status", "[NAME]", 0, 1, "connections and their SEGWs", "vwcj", run_status, "STATUS", NULL, 0, legend},
	{"history", "[NAME]", 0, 1, "what happened to the connections", "nSj", run_history, "HISTORY", NULL, 0, NULL},
	{"explain", "NAME", 1, 1, "why it is where it is, and what comes next", "j", run_explain, "EXPLAIN", NULL, 0,
	 "With --json the same facts, as of status, and what switch would do.\n"},
	{"policy", "[NAME]", 0, 1, "every tunable, and where it was set", "j", run_policy, "POLICY", NULL, 0, NULL},
	{"counters", "[NAME]", 0, 1, "what happened how often", "rj", run_counters, "STATUS", NULL, 0, NULL},
	{"metrics", "", 0, 0, "the same for Prometheus", "o", run_metrics, "STATUS", NULL, 0,
	 "Without charon extsock_up is 0, nothing else is told, and it ends with 3.\n"
	 "A FILE for node_exporter is DIRECTORY/extsock.prom; MONITORING.md tells more.\n"},
	{"record", "[FILE]", 0, 1, "what the plugin was last told, for segw-replay", "", run_record, "RECORD", NULL, 0,
	 "segw-replay, of the plugin's sources, plays it and prints each decision with its\n"
	 "reason. It has names and addresses, no secrets. Without FILE it goes to standard\n"
	 "output.\n"},
	{"events", "[NAME...]", 0, 64, "what is happening, as it happens", "ej", run_events, NULL, NULL, 0,
	 "When charon ends it waits until charon is back.\n"
	 "\n"
	 "With --exec SCRIPT is run at each event, one at a time, with ACTION (the event),\n"
	 "CONNECTION, FROM, TO, CAUSE, TIME (uptime in ms), DATE (UTC) and EVENT (JSON)\n"
	 "in its environment; also with ACTION charon_up when this begins or charon has\n"
	 "started again, and charon_down when it has ended. What is not known is empty.\n"},
	{"dpd", "NAME", 1, 1, "ask the SEGW for a sign of life now", "W", run_simple, "START_DPD",
	 "%s: asked its SEGW for a sign of life" SHOWN, 1,
	 "Nothing is to be seen if it answers; if not, a failover.\n" SHOWN_AT WAITS},
	{"check", "FILE|-", 1, 1, "check a JSON file, strongswan.conf, swanctl.conf", "", run_check, NULL, NULL, 0,
	 "It is a program of its own, extsockctl-check, and may not be installed where\n"
	 "space is short: the parser in it is larger than all of extsockctl.\n"},
	{"spread", "ROUTERS RATE", 2, 2, "how long spread_ms has to be; needs no charon", "", run_spread, NULL, NULL, 0,
	 "ROUTERS lose their SEGW at once, the one that is left completes RATE handshakes\n"
	 "a second. FLEET.md of the plugin tells how to find both.\n"},
	{"version", "", 0, 0, "version of this program and of the plugin", "", run_version, "VERSION", NULL, 0, NULL},
	{"help", "[COMMAND]", 0, 1, "this", "", run_help, NULL, NULL, 0, "help failover has the keys of a policy.\n"},
	{NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};

#define AT(member) offsetof(options_t, member)

const option_t option_table[] = {
	{'s', SHORT, "socket", "PATH", "default $EXTSOCK_SOCKET, or " DEFAULT_SOCKET, AT(socket), 0},
	{'t', SHORT | NUMBER, "timeout", "SECONDS", "how long to wait for a reply: 1 to 3600, default 10", AT(timeout_s), 3600},
	{'q', SHORT, "quiet", NULL, "print answers and errors only, not what was done", AT(quiet), 0},
	{'h', SHORT, "help", NULL, "this, or the help of the command", AT(help), 0},
	{'V', SHORT, "version", NULL, "version of this program", AT(version), 0},
	{'W', OWN | OPTIONAL | NUMBER, "wait", "SECONDS", "until it has come about; default 60", AT(wait_s), 3600},
	{'v', OWN | SHORT, "verbose", NULL, "the SEGWs of each connection, too", AT(verbose), 0},
	{'w', OWN, "watch", NULL, "again each second and at each event", AT(watch), 0},
	{'c', OWN, "check", NULL, "one line and an exit code, for monitoring", AT(check), 0},
	{'j', OWN, "json", NULL, "the plugin's JSON as it came", AT(json), 0},
	{'n', OWN | SHORT | NUMBER, "lines", "COUNT", "the newest records of each connection only", AT(lines), 9999},
	{'S', OWN, "since", "WHEN", "2h, 18:00 or \"2026-11-27 18:00\": not what is older", AT(since), 0},
	{'r', OWN, "reset", NULL, "print them, and make them 0", AT(reset), 0},
	{'e', OWN, "exec", "SCRIPT", "run it at each event, one at a time", AT(exec), 0},
	{'f', OWN | SHORT, "follow", NULL, "stay, and do it again whenever charon has started", AT(follow), 0},
	{'o', OWN, "output", "FILE", "write it there, in one step", AT(output), 0},
	{0, 0, NULL, NULL, NULL, 0, 0},
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
	{FAILED, "with --wait: what was asked for did not come about"},
};

/* The names of the commands, one after the other. */
static const char *next_command(void *from)
{
	const command_t **command = from;

	return (*command)->name != NULL ? (*command)++->name : NULL;
}

/* The command that was meant: in capitals, cut short or longer, in words of other programs or of the protocol, or misspelled. */
static const char *meant_by(const char *name)
{
	static const char words[] =
		"up=initiate start=initiate down=terminate stop=terminate list=status show=status start_dpd=dpd failover=switch failback=switch ";
	const command_t *command = command_table;
	size_t len = strlen(name), other;
	const char *at;

	for (at = words; *at != '\0'; at += strcspn(at, " ") + 1) {
		if (strcspn(at, "=") == len && strncasecmp(at, name, len) == 0) {
			name = at + len + 1;
			len = strcspn(name, " ");
			break;
		}
	}
	for (; command->name != NULL; command++) {
		other = strlen(command->name);
		if (len != 0 && (len <= other || name[other] == '_') && strncasecmp(command->name, name, len < other ? len : other) == 0) {
			return command->name;
		}
	}
	command = command_table;
	return nearest(name, next_command, &command);
}

const command_t *named_command(const char *name)
{
	const command_t *command = command_table;

	while (command->name != NULL && strcmp(command->name, name) != 0) {
		command++;
	}
	return command->name != NULL ? command : NULL;
}

const command_t *find_command(const char *name)
{
	const command_t *command = named_command(name);
	const char *meant = command == NULL ? meant_by(name) : NULL;

	if (command != NULL) {
		return command;
	}
	if (meant != NULL) {
		complain("there is no command %s; did you mean %s?", name, meant);
	} else {
		complain("there is no command %s; extsockctl help names them", name);
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
	size_t used = strlen(option->name) + (option->value != NULL ? strlen(option->value) + (option->flags & OPTIONAL ? 3 : 1) : 0);

	if (option->flags & SHORT) {
		printf("  -%c, --%s", option->letter, option->name);
	} else {
		printf("      --%s", option->name);
	}
	if (option->value != NULL) {
		printf(option->flags & OPTIONAL ? "[=%s]" : " %s", option->value);
	}
	pad(used, 18);
	printf("%s\n", option->help);
}

static void print_usage(const command_t *command)
{
	printf("usage: extsockctl [OPTION...] %s%s%s\n", command->name, *command->arguments != '\0' ? " " : "",
		   command->arguments);
}

/* Those of all commands, or those of commands' own; of these all, or what one takes. */
static void print_options(int own, const char *taken)
{
	const option_t *option;

	for (option = option_table; option->letter != 0; option++) {
		if ((option->flags & OWN) == own && (taken == NULL || strchr(taken, option->letter) != NULL)) {
			print_option(option);
		}
	}
}

static void print_help(void)
{
	const command_t *command;
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
	print_options(0, NULL);
	printf("\noptions of some commands, of which help COMMAND tells:\n");
	print_options(OWN, NULL);
	printf("\nexit status:\n");
	for (i = 0; i < sizeof exit_table / sizeof exit_table[0]; i++) {
		printf("  %d  %s\n", exit_table[i].code, exit_table[i].meaning);
	}
}

/* The keys of a policy, which are no command. */
static void print_failover(void)
{
	size_t i;

	printf("keys of failover, in a connection's JSON and in strongswan.conf:\n");
	for (i = 0; i < sizeof failover_keys / sizeof failover_keys[0]; i++) {
		printf("  %s", failover_keys[i].name);
		pad(strlen(failover_keys[i].name), 22);
		printf("%s; default %s\n", failover_keys[i].values, failover_keys[i].otherwise);
	}
	printf("\nA time may have a unit: 500ms, 5s, 2m, 4h; in JSON it is a string then.\n"
		   "What each does: extsock.conf(5).\n");
}

int run_help(const command_t *command, const options_t *options)
{
	if (options->word_count == 1 && strcmp(options->words[0], "failover") == 0) {
		print_failover();
		return DONE;
	}
	if (options->word_count == 0) {
		print_help();
		return DONE;
	}
	command = find_command(options->words[0]);
	if (command == NULL) {
		return USAGE;
	}
	print_usage(command);
	printf("%s: %s\n", command->name, command->help);
	print_options(OWN, command->takes);
	printf("%s%s", *command->takes != '\0' && command->more != NULL ? "\n" : "", command->more != NULL ? command->more : "");
	return DONE;
}

int usage_of(const command_t *command)
{
	complain("%s takes %s; extsockctl help %s tells more", command->name,
			 *command->arguments != '\0' ? command->arguments : "no arguments", command->name);
	return USAGE;
}

void print_version(void)
{
	printf("extsockctl %s\n", SEGW_VERSION);
}
