/*
 * Files in the format of strongswan.conf and swanctl.conf: what strongswan.conf(5) says of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "conf.h"
#include "extsockctl.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

/* Sections in sections, and files that include files. */
#define DEPTH_CAP 16
#define FILES_CAP 8
/* Bytes of all files together with what they are read to: charon's configuration is a tenth of it. */
#define STORE_CAP (1024 * 1024)
#define PATH_CAP 4096

/* Where a file is read. */
typedef struct {
	const char *name, *at, *end, *line_start;
	unsigned line;
} text_t;

static struct {
	char bytes[STORE_CAP];
	size_t used;
} store;

static struct {
	conf_t *open[DEPTH_CAP];
	unsigned depth, files;
	/* The first section that was closed by a brace that is not below its beginning. */
	const conf_t *suspect;
	/* Behind a value that a comma or a backslash ends: who writes so goes on in the next line. */
	unsigned goes_on;
	int quiet, failed;
} parser;

/* Nothing is noted of a file whose mistakes are not told. */
static int noting;

/* Room in the store; NULL if there is none. */
static char *reserve(size_t size)
{
	char *room = store.bytes + store.used;

	size = (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
	if (size > STORE_CAP - store.used) {
		return NULL;
	}
	store.used += size;
	return room;
}

/* The same, zeroed. */
static void *take(size_t size)
{
	char *room = reserve(size);

	return room != NULL ? memset(room, 0, size) : NULL;
}

static int fail(const text_t *text, const char *at, const char *message)
{
	parser.failed = 1;
	if (!parser.quiet) {
		fflush(stdout);
		fprintf(stderr, "%s:%u:%u: %s\n", text->name, text->line, (unsigned)(at - text->line_start) + 1, message);
	}
	return 0;
}

/* Says what is right, and probably not meant. */
static void note(const text_t *text, const char *at, const char *name, const char *message)
{
	if (noting && !parser.quiet) {
		fflush(stdout);
		fprintf(stderr, "%s:%u:%u: note: %.200s%s%s\n", text->name, text->line, (unsigned)(at - text->line_start) + 1, name,
				*name != '\0' ? ": " : "", message);
	}
}

static const char *copy(const text_t *text, const char *from, size_t len)
{
	char *to = take(len + 1);

	if (to == NULL) {
		fail(text, from, "too much text to check");
		return "";
	}
	memcpy(to, from, len);
	return to;
}

static int is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Passes blanks, and line ends and comments where these mean nothing. */
static void pass_blanks(text_t *text, int lines)
{
	for (; text->at < text->end; text->at++) {
		if (*text->at == '#' && lines) {
			while (text->at + 1 < text->end && text->at[1] != '\n') {
				text->at++;
			}
		} else if (*text->at == '\n' && lines) {
			text->line++;
			text->line_start = text->at + 1;
		} else if (!is_blank(*text->at)) {
			return;
		}
	}
}

static size_t name_length(const text_t *text)
{
	size_t len = 0;

	while (text->at + len < text->end && text->at[len] != '\0' && strchr("#{}:.,=\"\r\n\t ", text->at[len]) == NULL) {
		len++;
	}
	return len;
}

/* A string in quotes, appended to `to`; its new end, NULL if it has none. */
static char *read_string(text_t *text, char *to)
{
	text_t begin = *text;

	text->at++;
	for (; text->at < text->end && *text->at != '"'; text->at++) {
		if (*text->at == '\\' && text->at + 1 < text->end) {
			text->at++;
			if (*text->at == '\r' && text->at + 1 < text->end) {
				text->at++;
			}
			if (*text->at != '\n') {
				*to++ = *text->at == 'n' ? '\n' : *text->at == 't' ? '\t' : *text->at == 'r' ? '\r' : *text->at;
				continue;
			}
		} else {
			*to++ = *text->at;
		}
		if (*text->at == '\n') {
			text->line++;
			text->line_start = text->at + 1;
		}
	}
	if (text->at == text->end) {
		fail(&begin, begin.at, "a quote is missing: this string has no end");
		return NULL;
	}
	text->at++;
	return to;
}

/* The value behind an equals sign, up to the end of the line, a comment or a brace. */
static const char *read_value(text_t *text)
{
	const char *start = text->at, *brace = NULL;
	char *value = reserve((size_t)(text->end - text->at) + 1), *to = value;

	if (value == NULL) {
		fail(text, text->at, "too much text to check");
		return NULL;
	}
	for (pass_blanks(text, 0); text->at < text->end && strchr("#}\n", *text->at) == NULL; pass_blanks(text, 0)) {
		if (to != value) {
			*to++ = ' ';
		}
		if (*text->at == '"') {
			to = read_string(text, to);
			if (to == NULL) {
				return NULL;
			}
			continue;
		}
		for (start = text->at; text->at < text->end && (*text->at == '\0' || strchr("#}\"\r\n\t ", *text->at) == NULL);) {
			brace = *text->at == '{' && brace == NULL ? text->at : brace;
			text->at++;
		}
		memcpy(to, start, (size_t)(text->at - start));
		to += text->at - start;
		if (text->at < text->end && *text->at == '#') {
			note(text, text->at, "", "here a comment begins; a value with # in it stands in quotes");
		}
	}
	if (brace != NULL && ((*value == '{' && (to - value == 1 || value[1] == ' ')) || (text->at < text->end && *text->at == '}'))) {
		fail(text, brace, "a section has no =, write NAME { }; a value with braces in it stands in quotes");
		return NULL;
	}
	parser.goes_on = to != value && strchr(",\\", to[-1]) != NULL ? text->line + 1 : 0;
	*to++ = '\0';
	/* what was not needed is given back */
	store.used = (size_t)(value - store.bytes) + ((size_t)(to - value) + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
	return value;
}

static conf_t *find_own(conf_t *section, const char *name, int is_section)
{
	conf_t *found;

	for (found = section->first; found != NULL; found = found->next) {
		if ((found->value == NULL) == is_section && strcmp(found->name, name) == 0) {
			return found;
		}
	}
	return NULL;
}

/* Adds a section, or an option; of two of one name it is the same, with what the later one says. */
static conf_t *add(const text_t *text, const char *at, const char *name, const char *value)
{
	conf_t *section = parser.open[parser.depth], *conf = find_own(section, name, value == NULL);

	if (conf == NULL) {
		conf = take(sizeof *conf);
		if (conf == NULL) {
			fail(text, at, "too much text to check");
			return NULL;
		}
		conf->name = name;
		if (section->last != NULL) {
			section->last->next = conf;
		} else {
			section->first = conf;
		}
		section->last = conf;
	} else if (value != NULL && conf->file == text->name && strcmp(conf->value, value) != 0) {
		note(text, at, name, "it stands in this section twice, and the later one counts");
	}
	conf->value = value;
	conf->file = text->name;
	conf->line = text->line;
	conf->column = (unsigned)(at - text->line_start) + 1;
	return conf;
}

static int read_text(text_t *text);

static int read_file(const char *name, const text_t *from, const char *at)
{
	FILE *stream = fopen(name, "r");
	text_t text = {NULL, NULL, NULL, NULL, 1};
	char *bytes = store.bytes + store.used;
	size_t len, room = STORE_CAP - store.used;
	int broken;

	if (stream == NULL) {
		if (from == NULL && !parser.quiet) {
			complain("cannot read %s: %s", name, strerror(errno));
		}
		/* charon passes over what is included and not there */
		parser.failed |= from == NULL;
		return from != NULL;
	}
	len = fread(bytes, 1, room, stream);
	broken = ferror(stream);
	fclose(stream);
	if (broken) {
		parser.failed = 1;
		if (!parser.quiet) {
			complain("cannot read %s: %s", name, strerror(errno));
		}
		return 0;
	}
	if (len == room || reserve(len + 1) == NULL) {
		return from != NULL ? fail(from, at, "too much text to check") : (complain("%s: too much text to check", name), 0);
	}
	bytes[len] = '\0';
	text.at = text.line_start = bytes;
	text.end = bytes + len;
	text.name = from != NULL ? copy(from, name, strlen(name)) : name;
	if (len > 1 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		return fail(&text, text.at, "this is UTF-16; save the file as UTF-8");
	}
	if (memcmp(bytes, "\xef\xbb\xbf", len < 3 ? len : 3) == 0 && len > 2) {
		return fail(&text, text.at, "a byte order mark, which charon takes for a part of the first name; save the file without it");
	}
	if (++parser.files > FILES_CAP) {
		return fail(&text, text.at, "files include one another too often");
	}
	if (!read_text(&text)) {
		return 0;
	}
	parser.files--;
	return 1;
}

/* `include` and a pattern. */
static int read_include(text_t *text)
{
	static char pattern[FILES_CAP][PATH_CAP];
	const char *start = text->at, *slash = strrchr(text->name, '/');
	char *path = pattern[parser.files - 1], *to = path;
	glob_t found;
	size_t i;
	int done = 1;

	text->at += sizeof "include" - 1;
	pass_blanks(text, 0);
	if (*text->at != '/' && *text->at != '"' && slash != NULL) {
		to += snprintf(path, PATH_CAP, "%.*s", (int)(slash + 1 - text->name), text->name);
	}
	/* a string may have all that is left of the file */
	if (text->end - text->at >= PATH_CAP - (to - path)) {
		for (i = 0; text->at + i < text->end && text->at[i] != '\n'; i++) {
		}
		if (*text->at == '"' || i >= (size_t)(PATH_CAP - (to - path))) {
			return fail(text, start, "this path is too long");
		}
	}
	if (*text->at == '"') {
		to = read_string(text, to);
		if (to == NULL) {
			return 0;
		}
	} else {
		while (text->at < text->end && strchr("#}\r\n\t ", *text->at) == NULL) {
			text->at += *text->at == '\\' && text->at + 1 < text->end;
			*to++ = *text->at++;
		}
	}
	*to = '\0';
	if (glob(path, 0, NULL, &found) != 0) {
		if (strpbrk(path, "*?[") == NULL) {
			note(text, start, path, "there is no such file, so nothing is included");
		}
		return 1;
	}
	for (i = 0; done && i < found.gl_pathc; i++) {
		done = read_file(found.gl_pathv[i], text, start);
	}
	globfree(&found);
	return done;
}

static int close_section(text_t *text)
{
	const conf_t *section = parser.open[parser.depth];
	const char *before = text->at;

	if (parser.depth == 0) {
		return fail(text, text->at, "one } too many: no section is open here");
	}
	while (before > text->line_start && is_blank(before[-1])) {
		before--;
	}
	if (parser.suspect == NULL && before == text->line_start && section->file == text->name && section->line != text->line &&
		section->column != (unsigned)(text->at - text->line_start) + 1) {
		parser.suspect = section;
	}
	parser.depth--;
	text->at++;
	return 1;
}

/* What is wrong where a name is to be, in words that people know from elsewhere; NULL if nothing of this. */
static const char *fault_of_name(const text_t *text)
{
	size_t len = name_length(text), word = len + strspn(text->at + len, " \t");

	if (*text->at == ';' || strncmp(text->at, "//", 2) == 0 || strncmp(text->at, "/*", 2) == 0) {
		return "a comment begins with #";
	}
	if (parser.goes_on == text->line && strchr("={\r\n", text->at[word]) == NULL) {
		return "a value ends with its line: write all of a list in one";
	}
	if (*text->at == '[') {
		return "a section is NAME { }, without brackets";
	}
	if (parser.depth == 0 && word > len && strchr("{=:#\r\n", text->at[word]) == NULL &&
		((len == 4 && memcmp(text->at, "conn", 4) == 0) || (len == 6 && memcmp(text->at, "config", 6) == 0))) {
		return "this is the format of ipsec.conf, which is not checked here; swanctl.conf has taken its place";
	}
	return NULL;
}

/* What a name begins: a section, or an option. */
static int read_statement(text_t *text)
{
	const char *at = text->at, *name, *start;
	size_t len = name_length(text);
	text_t begin = *text;
	const char *value;
	const char *fault = fault_of_name(text);
	conf_t *section;

	if (fault != NULL) {
		return fail(text, at, fault);
	}
	if (len == 0) {
		return fail(text, at, *at == '"' ? "expected a name, or }; names stand without quotes" : "expected a name, or }");
	}
	name = copy(text, at, len);
	text->at += len;
	pass_blanks(text, 1);
	if (text->at < text->end && *text->at == '=') {
		text->at++;
		value = read_value(text);
		return value != NULL && add(&begin, at, name, value) != NULL;
	}
	section = add(&begin, at, name, NULL);
	if (section != NULL && text->at < text->end && *text->at == ':') {
		text->at++;
		pass_blanks(text, 1);
		for (start = text->at; text->at < text->end && strchr("{}#\n=", *text->at) == NULL;) {
			text->at++;
		}
		section->references = copy(text, start, (size_t)(text->at - start));
		pass_blanks(text, 1);
	}
	if (section == NULL || text->at == text->end || *text->at != '{') {
		return fail(&begin, at, section != NULL && section->references != NULL
									? "expected = or { behind this name, and : only before the name of another section"
								: text->at == text->end || text->line != begin.line ? "expected = or { behind this name"
								: name_length(text) != 0 ? "expected = or { behind this name, and a name has no blanks"
								: strchr(".,\"", *text->at) != NULL ? "expected = or { behind this name, and a name has no dots, commas or quotes"
																   : "expected = or { behind this name");
	}
	if (parser.depth + 1 == DEPTH_CAP) {
		return fail(text, at, "sections in too many sections");
	}
	parser.open[++parser.depth] = section;
	text->at++;
	return !parser.failed;
}

static int read_text(text_t *text)
{
	int done = 1;

	for (pass_blanks(text, 1); done && text->at < text->end; pass_blanks(text, 1)) {
		if (*text->at == '}') {
			done = close_section(text);
		} else if (text->end - text->at > 8 && memcmp(text->at, "include", 7) == 0 && is_blank(text->at[7]) &&
				   text->at[7 + strspn(text->at + 7, " \t")] != '=') {
			done = read_include(text);
		} else {
			done = read_statement(text);
		}
	}
	return done;
}

/* Says which section has no end: one whose brace seems to be another's, or else the innermost that is open. */
static void complain_unclosed(void)
{
	const conf_t *section = parser.suspect != NULL ? parser.suspect : parser.open[parser.depth];

	parser.failed = 1;
	if (!parser.quiet) {
		conf_complain(section, "", 0, "a } is missing: this section has no end");
	}
}

void conf_noting(int on)
{
	noting = on;
}

void conf_note(const conf_t *conf, const char *above, const char *message)
{
	if (noting) {
		fflush(stdout);
		fprintf(stderr, "%s:%u:%u: note: %s%s%.40s: %s\n", conf->file, conf->line, conf->column, above, *above != '\0' ? "." : "",
				conf->name, message);
	}
}

conf_t *conf_read(const char *name, int quiet)
{
	conf_t *root = take(sizeof *root);

	memset(&parser, 0, sizeof parser);
	parser.quiet = quiet;
	if (root == NULL) {
		return NULL;
	}
	root->name = "";
	parser.open[0] = root;
	if (read_file(name, NULL, NULL) && parser.depth != 0) {
		complain_unclosed();
	}
	return parser.failed ? NULL : root;
}

/* The section at a path with dots. */
static conf_t *find_path(conf_t *root, const char *path, size_t len)
{
	char name[256];
	size_t part;

	while (root != NULL && len != 0) {
		for (part = 0; part < len && path[part] != '.'; part++) {
		}
		snprintf(name, sizeof name, "%.*s", (int)part, path);
		root = find_own(root, name, 1);
		part += part < len;
		path += part;
		len -= part;
	}
	return root;
}

static conf_t *find_deep(conf_t *root, conf_t *section, const char *name, unsigned depth)
{
	conf_t *found = find_own(section, name, 0), *other;
	const char *at = section->references;
	size_t len;

	if (found == NULL) {
		found = find_own(section, name, 1);
	}
	while (found == NULL && at != NULL && *at != '\0' && depth < DEPTH_CAP) {
		at += strspn(at, ", \t\r");
		len = strcspn(at, ", \t\r");
		other = len != 0 ? find_path(root, at, len) : NULL;
		if (other != NULL) {
			found = find_deep(root, other, name, depth + 1);
		}
		at += len;
	}
	return found;
}

conf_t *conf_find(conf_t *root, conf_t *section, const char *name)
{
	return section != NULL ? find_deep(root, section, name, 0) : NULL;
}

void conf_complain(const conf_t *conf, const char *above, int value, const char *message)
{
	fflush(stdout);
	fprintf(stderr, "%s:%u:%u: %s%s%s%s%.40s: %s\n", conf->file, conf->line, conf->column, above, *above != '\0' ? "." : "",
			conf->name, value ? " = " : "", value ? conf->value : "", message);
}
