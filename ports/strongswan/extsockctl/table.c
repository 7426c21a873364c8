/*
 * Columns as wide as what is in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define GAP 2

/* Where columns cannot be as wide as their cells: how wide a cell may be that does not stand alone in its line. */
#define CELL_CAP 20
/* Columns that the last cell should have beside the others. */
#define REST_ROOM 20
/* How far to the right a row goes on in a line of its own. */
#define INDENT 4

paper_t paper = {0, UINT_MAX, 1};

static int is_shown(void)
{
	return paper.lines < paper.limit;
}

static void blanks(table_t *table, unsigned count)
{
	table->at += count;
	if (is_shown()) {
		printf("%*s", (int)count, "");
	}
}

static void words(table_t *table, style_t style, const char *text, size_t len)
{
	table->at += text_width(text, len);
	if (is_shown()) {
		printf("%s%.*s%s", style_on(style), (int)len, text, style_off(style));
	}
}

static void end_line(table_t *table)
{
	unsigned width = screen_width(), tall = width != 0 && table->at > width ? (table->at - 1) / width + 1 : 1;

	if (is_shown()) {
		putchar('\n');
	}
	paper.lines += tall;
	paper.tallest = tall > paper.tallest ? tall : paper.tallest;
	table->at = 0;
}

void table_print(table_t *table)
{
	unsigned column, total = table->indent, width = screen_width();

	for (column = 0; column < TABLE_COLUMN_CAP; column++) {
		total += table->width[column] != 0 ? table->width[column] + GAP : 0;
	}
	if (width != 0 && total + REST_ROOM > width) {
		memcpy(table->width, table->narrow, sizeof table->width);
	}
	table->printing = 1;
}

/* Goes to where the next cell begins, which is in the next line if `needed` columns do not fit. */
static void start_cell(table_t *table, unsigned needed)
{
	unsigned width = screen_width();

	if (table->column == 0) {
		table->due = table->indent;
		table->at = 0;
		table->below = 0;
	} else if (table->below) {
		end_line(table);
		table->below = 0;
	}
	if (table->column != 0 && width != 0 && table->at + table->due + needed > width) {
		if (table->at != 0) {
			end_line(table);
		}
		table->due = table->indent + INDENT;
	}
	blanks(table, table->due);
	table->due = 0;
}

static void cell(table_t *table, style_t style, const char *text, int right)
{
	unsigned width = text_width(text, strlen(text)), *widest = &table->width[table->column], room;
	unsigned *narrow = &table->narrow[table->column];

	if (!table->printing) {
		*widest = width > *widest ? width : *widest;
		*narrow = width > *narrow && width <= CELL_CAP ? width : *narrow;
		table->column++;
		return;
	}
	start_cell(table, width > *widest ? width : *widest);
	room = *widest > width ? *widest - width : 0;
	blanks(table, right ? room : 0);
	words(table, style, text, strlen(text));
	table->due = GAP + (right ? 0 : room);
	if (width > *widest) {
		table->below = 1;
		table->due = table->at - width + *widest + GAP;
	}
	table->column++;
}

void table_cell(table_t *table, style_t style, const char *text)
{
	cell(table, style, *text != '\0' ? text : "-", 0);
}

void table_number(table_t *table, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	cell(table, PLAIN, text, 1);
}

/* Bytes up to the last `end` after which a line of `room` columns may end; 0 if there is none. */
static size_t fitting_up_to(const char *text, const char *end, unsigned room)
{
	const char *at = text;
	size_t fits = 0;

	/* all ASCII here: causes and times; the blank at the end of the line takes no room */
	while ((at = strstr(at, end)) != NULL && (size_t)(at - text) + strlen(end) <= room + 1) {
		at += strlen(end);
		fits = (size_t)(at - text);
	}
	return fits;
}

/* Bytes that fit into `room` columns: items, or words; or all if nothing else does. */
static size_t fitting(const char *text, unsigned room)
{
	size_t fits = 0;

	if (room != 0 && text_width(text, strlen(text)) > room) {
		fits = fitting_up_to(text, ", ", room);
		fits = fits != 0 ? fits : fitting_up_to(text, " ", room);
		fits = fits != 0 ? fits : strcspn(text, " ") + 1;
	}
	return fits != 0 && fits < strlen(text) ? fits : strlen(text);
}

/* Columns of the longest item, with its comma. */
static unsigned longest_item(const char *text)
{
	unsigned longest = 0, width;
	const char *end = text;

	while (end != NULL) {
		end = strstr(text, ", ");
		width = end != NULL ? (unsigned)(end - text) + 1 : text_width(text, strlen(text));
		longest = width > longest ? width : longest;
		text = end != NULL ? end + 2 : text;
	}
	return longest;
}

void table_rest(table_t *table, style_t style, const char *text)
{
	unsigned width = screen_width(), room = 0, start;
	size_t len;

	if (table->printing && *text == '\0') {
		/* no blanks at the end of a line: those that are due are forgotten */
		end_line(table);
	} else if (table->printing) {
		start_cell(table, longest_item(text));
		start = table->at;
		if (width > start) {
			room = width - start;
		}
		for (len = fitting(text, room); text[len] != '\0'; len = fitting(text, room)) {
			/* without the blank that it ends with: the terminal would begin a line for it */
			words(table, style, text, len - 1);
			end_line(table);
			blanks(table, start);
			text += len;
		}
		words(table, style, text, len);
		end_line(table);
	}
	table->column = 0;
}

void table_row(table_t *table, style_t style, const char *texts)
{
	char text[32];
	size_t len;

	while (texts[len = strcspn(texts, "|")] != '\0') {
		snprintf(text, sizeof text, "%.*s", (int)len, texts);
		table_cell(table, style, text);
		texts += len + 1;
	}
	table_rest(table, style, texts);
}
