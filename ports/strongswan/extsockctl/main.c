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

/* The command line while it is read: words move to the front of argv, in their order. */
typedef struct {
	char **argv;
	int argc, next, words;
	/* Letters of the options seen, to see later whether the command takes them. */
	char seen[16];
	options_t *options;
} line_t;

static int set_timeout(options_t *options, const char *value)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end != '\0' || seconds < 1 || seconds > 3600) {
		complain("--timeout takes whole seconds from 1 to 3600, not %s", value);
		return USAGE;
	}
	options->timeout_s = (unsigned)seconds;
	return DONE;
}

static int set(line_t *line, const option_t *option, const char *value)
{
	options_t *options = line->options;
	size_t seen = strlen(line->seen);

	if (seen + 1 < sizeof line->seen && strchr(line->seen, option->letter) == NULL) {
		line->seen[seen] = option->letter;
	}
	switch (option->letter) {
	case 's':
		options->socket = value;
		break;
	case 't':
		return set_timeout(options, value);
	case 'q':
		options->quiet = 1;
		break;
	case 'j':
		options->json = 1;
		break;
	case 'w':
		options->watch = 1;
		break;
	default:
		break;
	}
	return DONE;
}

static int unknown(const char *word)
{
	complain("there is no option %s; extsockctl help names them", word);
	return USAGE;
}

/* An option that has its value in the next word, or `value` if that is not NULL. */
static int take(line_t *line, const option_t *option, const char *word, const char *value)
{
	if (option->value == NULL && value != NULL) {
		complain("%s takes no value", word);
		return USAGE;
	}
	if (option->value != NULL && value == NULL) {
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
	return unknown(word);
}

/* `-q`, `-qs PATH`, `-sPATH` */
static int take_short(line_t *line, const char *word)
{
	const option_t *option;
	const char *letter;
	int status;

	for (letter = word + 1; *letter != '\0'; letter++) {
		for (option = option_table; option->letter != 0; option++) {
			if (option->is_short && option->letter == *letter) {
				break;
			}
		}
		if (option->letter == 0) {
			return unknown(word);
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

	if (strchr(line->seen, 'V') != NULL) {
		print_version();
		return DONE;
	}
	options->words = line->argv;
	options->word_count = line->words;
	if (strchr(line->seen, 'h') != NULL) {
		return run_help(NULL, options);
	}
	if (line->words == 0) {
		complain("a command is missing; extsockctl help names them");
		return USAGE;
	}
	command = find_command(line->argv[0]);
	if (command == NULL) {
		complain("there is no command %s; extsockctl help names them", line->argv[0]);
		return USAGE;
	}
	for (option = option_table; option->letter != 0; option++) {
		if (!option->is_short && strchr(line->seen, option->letter) != NULL &&
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
	return command->run(command, options);
}

int main(int argc, char **argv)
{
	options_t options = {NULL, NULL, 10, 0, 0, 0, NULL, 0};
	line_t line = {argv + 1, argc - 1, 0, 0, "", NULL};
	int status;

	if (argc < 1) {
		return USAGE;
	}
	/* the socket would take such a place, and what is printed would be sent as requests */
	if (!hold_places()) {
		return BROKEN;
	}
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
	return finish(status);
}
