/*
 * Files in the format of strongswan.conf and swanctl.conf, with the place of all that stands in them.
 *
 * libstrongswan has a parser, but it keeps no places, and this program also runs where there is no strongSwan: on the machine that
 * builds a router's image. The lab compares the two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONF_H
#define CONF_H

typedef struct conf_t conf_t;

/* A section, or an option. */
struct conf_t {
	const char *name;
	/* Of an option; NULL for a section. */
	const char *value;
	/* Of a section: paths of others that it takes what is missing from, separated by commas; NULL if there are none. */
	const char *references;
	/* Where its name stands, from 1. */
	const char *file;
	unsigned line, column;
	/* Of who walks over it: whether it was looked at. */
	int seen;
	/* What is in a section, in its order; and what follows in the same one. */
	conf_t *first, *last, *next;
};

/*
 * Reads a file and those it includes; the root, whose sections are those of the file. NULL once it said on stderr what is wrong and
 * where; if `quiet` it says nothing. What it returns stays until the program ends.
 */
conf_t *conf_read(const char *name, int quiet);

/* Whether to say on stderr what is right, and probably not meant; at first not. */
void conf_noting(int on);

/* Says so of something. */
void conf_note(const conf_t *conf, const char *above, const char *message);

/* What is in a section, or in one it refers to; NULL if it is not there. `root` is that of its file. */
conf_t *conf_find(conf_t *root, conf_t *section, const char *name);

/* Says on stderr what is wrong with something: its place, its path below `above`, and its value if that is what is wrong. */
void conf_complain(const conf_t *conf, const char *above, int value, const char *message);

#endif
