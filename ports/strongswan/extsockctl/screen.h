/*
 * What a person sees: colours where they are welcome, widths, ages, local times; and leaving a terminal as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
	PLAIN,
	BOLD,
	DIM,
	GOOD,
	WARN,
	BAD
} style_t;

/* Looks at standard output and the environment, once. */
void screen_init(void);

/* Starts and ends a style; "" where there are no colours. */
const char *style_on(style_t style);
const char *style_off(style_t style);

/* Columns of the terminal; 0 if the output is none. */
unsigned screen_width(void);

/* Lines of the terminal while --watch has all of it, or 0. */
unsigned screen_height(void);

/* Columns that the first `len` bytes of a text take: its characters. */
unsigned text_width(const char *text, size_t len);

/* Room for an age or a local time. */
#define TIME_CAP 32

/* 0.5s, 12s, 3m12s, 5h03m, 12d04h */
void age_text(char text[TIME_CAP], uint64_t ms);

/* 2026-11-23 02:04:17, local time, of a moment of now_ms(); the milliseconds that belong to it. */
unsigned date_text(char text[TIME_CAP], int64_t at);

/* The same as 2026-11-23T01:04:17Z. */
void date_utc(char text[TIME_CAP], int64_t at);

/* The same in milliseconds since 1970. */
int64_t date_ms(int64_t at);

/* Milliseconds of the clock that charon also reads. */
uint64_t now_ms(void);

/* The number of a signal that asks to end, once screen_catch() was called, or 0. */
int screen_caught(void);

/* From now on signals that ask to end only interrupt what waits; so do a resize and a stop. */
void screen_catch(void);

/* Full screen for --watch: begin, next picture, the picture is done, end. Nothing of it on a pipe. */
void screen_begin(void);
void screen_home(void);
void screen_shown(void);
void screen_end(void);

/* Stops, if that was asked for, with the terminal as it was. */
void screen_pause(void);

/* Ends by the signal that was caught, as the shell expects it. */
void screen_die(void);

#endif
