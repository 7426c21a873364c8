/*
 * A configuration file as a request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "file.h"
#include "extsockctl.h"
#include "reply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

file_t file;

void file_wipe(void)
{
	volatile char *byte = file.request;
	size_t i;

	/* volatile: a memset() before the end of a program is left out by compilers */
	for (i = 0; i < sizeof file.request; i++) {
		byte[i] = 0;
	}
	file.len = 0;
}

void file_complain(uint64_t offset, const char *path, const char *error)
{
	unsigned line = file.line, column = file.column;
	size_t i;

	fflush(stdout);
	if (offset == NO_OFFSET || offset > file.len) {
		fprintf(stderr, "%s: ", file.name);
	} else {
		for (i = sizeof APPLY - 1; i < offset; i++) {
			if (file.request[i] == '\n') {
				line++;
				column = 1;
			} else {
				/* a column is a character, not a byte, as editors count */
				column += ((unsigned char)file.request[i] & 0xc0) != 0x80;
			}
		}
		fprintf(stderr, "%s:%u:%u: ", file.name, line, column);
	}
	fprintf(stderr, "%s%s%s\n", path, *path != '\0' ? ": " : "", error);
}

void file_refused(const char *line, size_t len)
{
	reply_t reply;

	reply_read(&reply, line, len);
	file_complain(reply.offset, reply.path, *reply.error != '\0' ? reply.error : "refused");
}

static int invalid(const char *at, const char *error)
{
	file_complain(at != NULL ? (uint64_t)(at - file.request) : NO_OFFSET, "", error);
	return INVALID_FILE;
}

/* Reads all of it, as far as there is room; -1 and errno, or the length. */
static ssize_t read_all(int fd, char *to, size_t cap)
{
	size_t len = 0;
	ssize_t got;

	while (len < cap) {
		got = read(fd, to + len, cap - len);
		if (got == 0) {
			break;
		}
		if (got > 0) {
			len += (size_t)got;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return (ssize_t)len;
}

static int is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Takes the blanks around it away: a line end before the first brace would end the request. */
static void trim(size_t len)
{
	char *start = file.request + sizeof APPLY - 1;
	size_t blank = 0;

	file.line = file.column = 1;
	while (blank < len && is_blank(start[blank])) {
		file.column++;
		if (start[blank++] == '\n') {
			file.line++;
			file.column = 1;
		}
	}
	len -= blank;
	memmove(start, start + blank, len);
	while (len > 0 && is_blank(start[len - 1])) {
		len--;
	}
	start[len] = '\n';
	file.len = (size_t)(start - file.request) + len + 1;
}

/* What is wrong with a file that does not begin with a brace. */
static const char *fault_of_begin(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)at;

	if (end - at > 2 && byte[0] == 0xef && byte[1] == 0xbb && byte[2] == 0xbf) {
		return "a byte order mark stands before the {; save the file as UTF-8 without it";
	}
	if (end - at > 1 && ((byte[0] == 0xff && byte[1] == 0xfe) || (byte[0] == 0xfe && byte[1] == 0xff))) {
		return "this is UTF-16; save the file as UTF-8";
	}
	if (*at == '/' || *at == '#') {
		return "comments are not allowed";
	}
	return *at == '[' ? "expected { : several connections are {\"connections\":[...]}" : "expected { : a connection is a JSON object";
}

/* The plugin takes what follows the closing brace for further requests, and waits for a brace that is missing. */
static int check_shape(void)
{
	char message[120];
	json_t json;

	json_init(&json, file.request + sizeof APPLY - 1, file.len - sizeof APPLY);
	if (file.len == sizeof APPLY) {
		return invalid(NULL, "the file is empty");
	}
	if (json_type(&json) != '{') {
		return invalid(json.at, fault_of_begin(json.at, json.end));
	}
	json_skip(&json);
	if (json.bad) {
		snprintf(message, sizeof message, "this is not JSON: %s",
				 json_fault(file.request + sizeof APPLY - 1, json.at, json.end));
		return invalid(json.at, message);
	}
	return json_at_end(&json) ? DONE : invalid(json.at, "something follows the JSON object");
}

int file_read(const char *name)
{
	int is_stdin = strcmp(name, "-") == 0, fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	/* room for the line end */
	size_t cap = sizeof file.request - (sizeof APPLY - 1) - 1;
	ssize_t len;
	char more;

	file.name = is_stdin ? "<stdin>" : name;
	memcpy(file.request, APPLY, sizeof APPLY - 1);
	len = fd < 0 ? -1 : read_all(fd, file.request + sizeof APPLY - 1, cap);
	if (len < 0) {
		complain("cannot read %s: %s", file.name, strerror(errno));
		return INVALID_FILE;
	}
	if ((size_t)len == cap && read(fd, &more, 1) != 0) {
		complain("%s: more than %lu bytes do not fit into a request; split it", file.name, (unsigned long)cap);
		return INVALID_FILE;
	}
	if (!is_stdin) {
		close(fd);
	}
	trim((size_t)len);
	return check_shape();
}
