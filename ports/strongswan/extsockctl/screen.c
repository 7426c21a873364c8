/*
 * What a person sees: colours, widths, ages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "screen.h"
#include "extsockctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static int coloured;

void screen_init(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	coloured = isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

const char *style_on(style_t style)
{
	static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[31m"};

	return coloured ? codes[style] : "";
}

const char *style_off(style_t style)
{
	return coloured && style != PLAIN ? "\033[0m" : "";
}

unsigned screen_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
		return 0;
	}
	return size.ws_col;
}

unsigned text_width(const char *text, size_t len)
{
	unsigned width = 0;

	while (len-- > 0) {
		/* the later bytes of a UTF-8 character take no column */
		width += ((unsigned char)*text++ & 0xc0) != 0x80;
	}
	return width;
}

void age_text(char text[TIME_CAP], uint64_t ms)
{
	uint64_t whole = divided(ms, 1000, NULL);
	/* 136 years are enough */
	unsigned s = whole < UINT32_MAX ? (unsigned)whole : UINT32_MAX;

	if (ms >= 100 && s == 0) {
		snprintf(text, TIME_CAP, "0.%us", (unsigned)ms / 100);
	} else if (s < 60) {
		snprintf(text, TIME_CAP, "%us", s);
	} else if (s < 3600) {
		snprintf(text, TIME_CAP, "%um%02us", s / 60, s % 60);
	} else if (s < 86400) {
		snprintf(text, TIME_CAP, "%uh%02um", s / 3600, s / 60 % 60);
	} else {
		snprintf(text, TIME_CAP, "%ud%02uh", s / 86400, s / 3600 % 24);
	}
}

/* The clock on the wall less now_ms(). Read each time, as it may be set; kept while it only trembles, or what happened
 * in one order would be shown in another. */
static int64_t wall_lead(void)
{
	static int64_t kept;
	struct timespec wall;
	int64_t lead;

	clock_gettime(CLOCK_REALTIME, &wall);
	lead = (int64_t)wall.tv_sec * 1000 + (unsigned)wall.tv_nsec / 1000000u - (int64_t)now_ms();
	if (lead < kept - 5 || lead > kept + 5) {
		kept = lead;
	}
	return kept;
}

int64_t date_ms(int64_t at)
{
	int64_t wall = wall_lead() + at;

	return wall < 0 ? 0 : wall;
}

/* The same in seconds, and the milliseconds beyond them. */
static time_t date_s(int64_t at, uint64_t *ms)
{
	return (time_t)divided((uint64_t)date_ms(at), 1000, ms);
}

void date_utc(char text[TIME_CAP], int64_t at)
{
	time_t seconds = date_s(at, NULL);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL || strftime(text, TIME_CAP, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
		snprintf(text, TIME_CAP, "-");
	}
}

unsigned date_text(char text[TIME_CAP], int64_t at)
{
	uint64_t ms;
	time_t seconds = date_s(at, &ms);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL || strftime(text, TIME_CAP, "%Y-%m-%d %H:%M:%S", &tm) == 0) {
		snprintf(text, TIME_CAP, "-");
	}
	return (unsigned)ms;
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (unsigned)now.tv_nsec / 1000000u;
}
