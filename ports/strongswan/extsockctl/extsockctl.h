/*
 * What all of extsockctl shares: exit codes, options, the table of commands, complaints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXTSOCKCTL_H
#define EXTSOCKCTL_H

#include <stdint.h>

/* Exit codes; their meaning is in help.c. */
enum {
	DONE = 0,
	REFUSED = 1,
	USAGE = 2,
	NO_CONNECTION = 3,
	TIMED_OUT = 4,
	INVALID_FILE = 5,
	BROKEN = 6
};

/* What the command line says. */
typedef struct {
	/* How this program was called, and where the plugin listens. */
	const char *program, *socket;
	unsigned timeout_s;
	int quiet, json, watch;
	/* The words after the command's name. */
	char **words;
	int word_count;
} options_t;

typedef struct command command_t;

struct command {
	const char *name;
	/* Its arguments as help shows them, and how many there must and may be. */
	const char *arguments;
	int least, most;
	/* What it does. */
	const char *help;
	/* Letters of its own options in option_table. */
	const char *takes;
	int (*run)(const command_t *command, const options_t *options);
	/* For a command that is one request: its verb, and what to say of its first word, and second, when it is done. */
	const char *verb, *done;
	/* What only its own help tells; lines, or NULL. */
	const char *more;
};

typedef struct {
	/* Names it, also those that have no short form: these are the commands' own. */
	char letter, is_short;
	const char *name, *value, *help;
} option_t;

extern const command_t command_table[];
extern const option_t option_table[];

const command_t *find_command(const char *name);

/* Names of the commands, options and exit codes; one command's own usage. */
int run_help(const command_t *command, const options_t *options);
int usage_of(const command_t *command);
void print_version(void);

/* Whether the words can be sent as they are; complains if not. */
int check_words(const options_t *options);
int run_apply(const command_t *command, const options_t *options);
int run_simple(const command_t *command, const options_t *options);
int run_version(const command_t *command, const options_t *options);
int run_status(const command_t *command, const options_t *options);
int run_history(const command_t *command, const options_t *options);
int run_events(const command_t *command, const options_t *options);
int run_spread(const command_t *command, const options_t *options);
int run_check(const command_t *command, const options_t *options);

/* Prints `extsockctl: ` and the text to standard error. */
void complain(const char *format, ...);

/* Takes the places of standard input, output and error that are closed; 0 if that cannot be. */
int hold_places(void);

/* Writes what was printed; 0 once that has failed: who follows something has to end. */
int flushed(void);

/* Why it has failed, a number of errno, or 0. */
int output_error(void);

/* The exit code at the end: `status`, or BROKEN, and it says why, if the output could not be written. */
int finish(int status);

#endif
