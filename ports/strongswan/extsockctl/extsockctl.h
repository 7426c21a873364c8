/*
 * What all of extsockctl shares: exit codes, options, the table of commands, complaints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXTSOCKCTL_H
#define EXTSOCKCTL_H

#include <stddef.h>
#include <stdint.h>

/* Exit codes; their meaning is in help.c. */
enum {
	DONE = 0,
	REFUSED = 1,
	USAGE = 2,
	NO_CONNECTION = 3,
	TIMED_OUT = 4,
	INVALID_FILE = 5,
	BROKEN = 6,
	/* --wait: what was asked for did not come about. */
	FAILED = 7
};

/* What the command line says. */
typedef struct {
	/* How this program was called, and where the plugin listens. */
	const char *program, *socket;
	unsigned timeout_s;
	int quiet, help, version, json, watch, verbose, check, reset, follow;
	/* --wait, in seconds; 0: it is not waited for. */
	unsigned wait_s;
	/* -n: so many records at most; 0: all. */
	unsigned lines;
	/* What --since, --exec and --output say, or NULL. */
	const char *since, *exec, *output;
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
	/* Whether STATUS shows that there is nothing to do. */
	int has_goal;
	/* What only its own help tells; lines, or NULL. */
	const char *more;
};

/* What an option is like. */
enum {
	/* Its letter can be written: -q. */
	SHORT = 1,
	/* Only the commands that name its letter in `takes` have it. */
	OWN = 2,
	/* Its value may be left out; it stands after an equals sign only. */
	OPTIONAL = 4,
	/* Its value is a whole number. */
	NUMBER = 8
};

typedef struct {
	/* Names it, also where it cannot be written. */
	char letter, flags;
	const char *name, *value, *help;
	/* Where in options_t it is kept: an int that becomes 1, or its value; and the largest number. */
	unsigned short at, most;
} option_t;

extern const command_t command_table[];
extern const option_t option_table[];

const command_t *find_command(const char *name);
/* The one of exactly that name; NULL, and nothing is said. */
const command_t *named_command(const char *name);

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
int run_explain(const command_t *command, const options_t *options);
int run_policy(const command_t *command, const options_t *options);
int run_counters(const command_t *command, const options_t *options);
int run_metrics(const command_t *command, const options_t *options);
int run_record(const command_t *command, const options_t *options);
int run_check(const command_t *command, const options_t *options);

/* Which of the words that `next` gives, NULL at their end, was probably meant by `word`; NULL if none was. */
const char *nearest(const char *word, const char *(*next)(void *from), void *from);

/* A number divided by another, which is not 0 and less than 2^63; the rest, unless `rest` is NULL. */
uint64_t divided(uint64_t number, uint64_t by, uint64_t *rest);

/* Prints `extsockctl: ` and the text to standard error. */
void complain(const char *format, ...);

/* What status --check ends with, as Nagios and its like expect it. */
enum {
	CHECK_OK = 0,
	CHECK_WARNING = 1,
	CHECK_CRITICAL = 2,
	CHECK_UNKNOWN = 3
};

/* From now on complaints are the line of a check that does not know, on standard output. */
void complain_as_check(void);

/* Takes the places of standard input, output and error that are closed; 0 if that cannot be. */
int hold_places(void);

/* Writes what was printed; 0 once that has failed: who follows something has to end. */
int flushed(void);

/* Why it has failed, a number of errno, or 0. */
int output_error(void);

/* Opens a file that is to take the place of `path`; -1, and it says why, if that cannot be. */
int replacement_open(const char *path, unsigned mode);

/* Says, by errno, that it could not be written; BROKEN. */
int replacement_failed(void);

/* Closes it. If `status` is DONE it takes its place, else it goes. `status`, or BROKEN, and it says why. */
int replacement_close(const char *path, int fd, int status);

/* The exit code at the end: `status`, or BROKEN, and it says why, if the output could not be written. */
int finish(int status);

#endif
