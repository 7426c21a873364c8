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

static void start_cell(table_t *table)
{
	if (table->column == 0) {
		table->due = table->indent;
		table->at = 0;
	}
	blanks(table, table->due);
	table->due = 0;
}

static void cell(table_t *table, style_t style, const char *text, int right)
{
	unsigned width = text_width(text, strlen(text)), *widest = &table->width[table->column], room;

	if (!table->printing) {
		*widest = width > *widest ? width : *widest;
		table->column++;
		return;
	}
	start_cell(table);
	room = *widest > width ? *widest - width : 0;
	blanks(table, right ? room : 0);
	words(table, style, text, strlen(text));
	table->due = GAP + (right ? 0 : room);
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

/* Bytes up to the last ", " that fit into `room` columns; at least one item, or all. */
static size_t fitting(const char *text, unsigned room)
{
	const char *comma = text;
	size_t fits = 0;

	if (room == 0 || text_width(text, strlen(text)) <= room) {
		return strlen(text);
	}
	while ((comma = strstr(comma, ", ")) != NULL) {
		comma += 2;
		/* all ASCII here: causes and times */
		if (fits != 0 && (size_t)(comma - text) > room + 1) {
			break;
		}
		fits = (size_t)(comma - text);
	}
	return fits != 0 ? fits : strlen(text);
}

void table_rest(table_t *table, style_t style, const char *text)
{
	unsigned width = screen_width(), room = 0, start;
	size_t len;

	if (table->printing && *text == '\0') {
		/* no blanks at the end of a line: those that are due are forgotten */
		end_line(table);
	} else if (table->printing) {
		start_cell(table);
		start = table->at;
		/* in a narrow one nothing is gained; the terminal breaks the line */
		if (width > table->at + 20) {
			room = width - table->at;
		}
		for (len = fitting(text, room); text[len] != '\0'; len = fitting(text, room)) {
			words(table, style, text, len);
			end_line(table);
			blanks(table, start);
			text += len;
		}
		words(table, style, text, len);
		end_line(table);
	}
	table->column = 0;
}
