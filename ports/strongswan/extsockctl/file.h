/*
 * A configuration file as a request. It may hold secrets: nothing of it is ever printed, and it is wiped after use.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FILE_H
#define FILE_H

#include "json.h"

#include <segw.h>

#define APPLY "APPLY_CONFIG "

typedef struct {
	const char *name;
	/* `APPLY_CONFIG `, the file without blanks around it, a line end. */
	size_t len;
	char request[SEGW_REQUEST_CAP];
	/* Where in the file the first byte that is no blank stands, from 1. */
	unsigned line, column;
} file_t;

/* The one file of this process. */
extern file_t file;

/* Reads `name`, "-" for standard input, one JSON object. DONE, or INVALID_FILE once it said why. */
int file_read(const char *name);

void file_wipe(void);

/* Prints FILE:LINE:COLUMN: path: error. `offset` counts in the request; without path or place these are left out. */
void file_complain(uint64_t offset, const char *path, const char *error);

/* Prints what a reply that refuses the request says. */
void file_refused(const char *reply, size_t len);

#endif
