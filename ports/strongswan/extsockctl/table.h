/*
 * Columns as wide as what is in them. A table is walked twice: the first time it is measured, the second time printed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TABLE_H
#define TABLE_H

#include "screen.h"

#define TABLE_COLUMN_CAP 8

typedef struct {
	int printing;
	/* Columns before the first one. */
	unsigned indent;
	unsigned width[TABLE_COLUMN_CAP];
	/* The next cell's column, and where the cursor is. */
	unsigned column, at;
	/* Blanks that are due before the next cell. */
	unsigned due;
} table_t;

/* Lines as the terminal has them: a line that is too long is more than one. */
typedef struct {
	/* Those of all tables so far, how many of them are printed, and how many the longest line was. */
	unsigned lines, limit, tallest;
} paper_t;

extern paper_t paper;

/* The next cell of the row; numbers go to the right. */
void table_cell(table_t *table, style_t style, const char *text);
void table_number(table_t *table, uint64_t number);

/* The last cell of the row: on a terminal it goes on in the next line, after a ", ", where it is too wide. */
void table_rest(table_t *table, style_t style, const char *text);

#endif
