/*
 * extsockctl, the command-line client of the extsock plugin: reads the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "client.h"
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --wait without a number, in seconds: a round of SEGWs that do not answer takes half of it. */
#define WAIT_S 60

/* The command line while it is read: words move to the front of argv, in their order. */
typedef struct {
	char **argv;
	int argc, next, words;
	/* Letters of the options seen, to see later whether the command takes them. */
	char seen[24];
	options_t *options;
	/* The command line was right, and a command has begun. */
	int begun;
} line_t;

static int read_number(const option_t *option, const char *value, unsigned *number)
{
	char *end;
	unsigned long read = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end != '\0' || read < 1 || read > option->most) {
		complain("--%s takes a whole number from 1 to %u, not %s", option->name, option->most, value);
		return USAGE;
	}
	*number = (unsigned)read;
	return DONE;
}

static int set(line_t *line, const option_t *option, const char *value)
{
	void *at = (char *)line->options + option->at;
	size_t seen = strlen(line->seen);

	if (seen + 1 < sizeof line->seen && strchr(line->seen, option->letter) == NULL) {
		line->seen[seen] = option->letter;
	}
	if (option->value == NULL) {
		*(int *)at = 1;
	} else if (!(option->flags & NUMBER)) {
		*(const char **)at = value;
	} else if (value != NULL) {
		return read_number(option, value, (unsigned *)at);
	} else {
		*(unsigned *)at = WAIT_S;
	}
	return DONE;
}

/* The names of the options, one after the other. */
static const char *next_option(void *from)
{
	const option_t **option = from;

	return (*option)->letter != 0 ? (*option)++->name : NULL;
}

static int unknown(const char *word, size_t len)
{
	char name[32] = "";
	const option_t *option = option_table;
	const char *meant = NULL;

	if (word[1] == '-' && len < sizeof name) {
		memcpy(name, word + 2, len);
		name[len] = '\0';
		meant = nearest(name, next_option, &option);
	}
	if (meant != NULL) {
		complain("there is no option %s; did you mean --%s?", word, meant);
	} else {
		complain("there is no option %s; extsockctl help names them", word);
	}
	return USAGE;
}

/* An option that has its value in the next word, or `value` if that is not NULL. */
static int take(line_t *line, const option_t *option, const char *word, const char *value)
{
	if (option->value == NULL && value != NULL) {
		complain("%s takes no value", word);
		return USAGE;
	}
	if (option->value != NULL && value == NULL && !(option->flags & OPTIONAL)) {
		if (line->next == line->argc) {
			complain("%s needs a value: %s", word, option->value);
			return USAGE;
		}
		value = line->argv[line->next++];
	}
	return set(line, option, value);
}

static int take_long(line_t *line, const char *word)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const option_t *option;

	for (option = option_table; option->letter != 0; option++) {
		if (strlen(option->name) == len && strncmp(option->name, name, len) == 0) {
			return take(line, option, word, equals != NULL ? equals + 1 : NULL);
		}
	}
	return unknown(word, len);
}

/* `-q`, `-qs PATH`, `-sPATH` */
static int take_short(line_t *line, const char *word)
{
	const option_t *option;
	const char *letter;
	int status;

	for (letter = word + 1; *letter != '\0'; letter++) {
		for (option = option_table; option->letter != 0; option++) {
			if ((option->flags & SHORT) && option->letter == *letter) {
				break;
			}
		}
		if (option->letter == 0) {
			return unknown(word, 0);
		}
		if (option->value != NULL) {
			return take(line, option, word, letter[1] != '\0' ? letter + 1 : NULL);
		}
		status = take(line, option, word, NULL);
		if (status != DONE) {
			return status;
		}
	}
	return DONE;
}

/* Options may stand anywhere, up to `--`. */
static int read_line(line_t *line)
{
	int status = DONE, all_words = 0;
	char *word;

	while (status == DONE && line->next < line->argc) {
		word = line->argv[line->next++];
		if (all_words || word[0] != '-' || word[1] == '\0') {
			line->argv[line->words++] = word;
		} else if (strcmp(word, "--") == 0) {
			all_words = 1;
		} else {
			status = word[1] == '-' ? take_long(line, word) : take_short(line, word);
		}
	}
	return status;
}

static int run(line_t *line)
{
	options_t *options = line->options;
	const option_t *option;
	const command_t *command;

	if (options->version) {
		print_version();
		return DONE;
	}
	options->words = line->argv;
	options->word_count = line->words;
	if (options->help) {
		return run_help(NULL, options);
	}
	if (line->words == 0) {
		complain("a command is missing; extsockctl help names them");
		return USAGE;
	}
	if (line->words > 1 && named_command(line->argv[0]) == NULL && named_command(line->argv[1]) != NULL) {
		complain("the command stands before the name: extsockctl %s %s", line->argv[1], line->argv[0]);
		return USAGE;
	}
	command = find_command(line->argv[0]);
	if (command == NULL) {
		return USAGE;
	}
	for (option = option_table; option->letter != 0; option++) {
		if ((option->flags & OWN) && strchr(line->seen, option->letter) != NULL &&
			strchr(command->takes, option->letter) == NULL) {
			complain("%s takes no --%s", command->name, option->name);
			return USAGE;
		}
	}
	options->words++;
	options->word_count--;
	if (options->word_count < command->least || options->word_count > command->most) {
		return usage_of(command);
	}
	line->begun = 1;
	return command->run(command, options);
}

int main(int argc, char **argv)
{
	options_t options;
	line_t line = {argv + 1, argc - 1, 0, 0, "", NULL, 0};
	int status;

	if (argc < 1) {
		return USAGE;
	}
	/* the socket would take such a place, and what is printed would be sent as requests */
	if (!hold_places()) {
		return BROKEN;
	}
	memset(&options, 0, sizeof options);
	options.timeout_s = 10;
	options.socket = getenv("EXTSOCK_SOCKET");
	if (options.socket == NULL || *options.socket == '\0') {
		options.socket = DEFAULT_SOCKET;
	}
	options.program = argv[0];
	line.options = &options;
	screen_init();
	status = read_line(&line);
	if (status == DONE) {
		status = run(&line);
	}
	if (options.check && !line.begun && status != DONE) {
		/* 2 would mean that a connection is down */
		status = CHECK_UNKNOWN;
	}
	return finish(status);
}
