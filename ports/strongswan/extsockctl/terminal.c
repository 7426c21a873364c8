/*
 * A terminal that is written to for long and left as it was, whatever ends that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extsockctl.h"
#include "screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static volatile sig_atomic_t caught, stop;
static int full;

static void note(int number)
{
	if (number == SIGTSTP) {
		stop = 1;
	} else if (number != SIGWINCH && number != SIGCONT) {
		caught = number;
	}
}

static void on(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* nohup and `&` of a plain shell ignore signals; so it stays. */
static void catch_one(int number)
{
	struct sigaction before;

	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
		on(number, note);
	}
}

void screen_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		catch_one(numbers[i]);
	}
}

int screen_caught(void)
{
	return caught;
}

void screen_begin(void)
{
	const char *term = getenv("TERM");

	full = isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
	if (full) {
		/* a write to a pipe without reader kills at once, a stop leaves a strange screen: only a terminal needs care */
		catch_one(SIGTSTP);
		on(SIGWINCH, note);
		on(SIGCONT, note);
		/* the other screen, no cursor */
		fputs("\033[?1049h\033[?25l", stdout);
	}
}

unsigned screen_height(void)
{
	struct winsize size;

	return full && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

void screen_home(void)
{
	if (full) {
		fputs("\033[H\033[2J", stdout);
	}
}

void screen_shown(void)
{
	if (!full) {
		fputc('\n', stdout);
	}
}

void screen_end(void)
{
	if (full) {
		fputs("\033[?25h\033[?1049l", stdout);
		flushed();
		full = 0;
	}
}

void screen_pause(void)
{
	if (!stop) {
		return;
	}
	stop = 0;
	screen_end();
	raise(SIGSTOP);
	screen_begin();
}

void screen_die(void)
{
	if (caught) {
		flushed();
		on(caught, SIG_DFL);
		raise(caught);
	}
}
