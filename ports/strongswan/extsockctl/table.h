/*
 * Columns as wide as what is in them, as far as the terminal has room for that. A table is walked twice: the first time
 * it is measured, the second time printed.
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
	/* What the widest cell takes, and the widest of those that are not too wide. */
	unsigned width[TABLE_COLUMN_CAP], narrow[TABLE_COLUMN_CAP];
	/* The next cell's column, and where the cursor is. */
	unsigned column, at;
	/* Blanks that are due before the next cell. */
	unsigned due;
	/* The last cell was too wide: the next one stands below. */
	int below;
} table_t;

/* Lines as the terminal has them: a line that is too long is more than one. */
typedef struct {
	/* Those of all tables so far, how many of them are printed, and how many the longest line was. */
	unsigned lines, limit, tallest;
} paper_t;

extern paper_t paper;

/* All cells were measured: prints them from now on. */
void table_print(table_t *table);

/* The next cell of the row; numbers go to the right. */
void table_cell(table_t *table, style_t style, const char *text);
void table_number(table_t *table, uint64_t number);

/* A whole row of cells that are alike, their texts separated by "|". */
void table_row(table_t *table, style_t style, const char *texts);

/* The last cell of the row: on a terminal it goes on in the next line, after a ", " or a blank, where it is too wide. */
void table_rest(table_t *table, style_t style, const char *text);

#endif
