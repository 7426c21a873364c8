/*
 * record: what the plugin has recorded of libsegw's inputs, into a file for segw-replay.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "members.h"
#include "reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A part has at most 24576 bytes, as text. */
#define PART_CAP 33024

/* So often the record may begin anew while it is fetched. */
#define TRIES 8

/* Bytes that it may have: record_bytes has less, and its head. */
#define RECORD_CAP (UINT64_C(32) << 20)

typedef struct {
	uint64_t serial, size, offset;
} part_t;

static const member_t part_members[] = {
	{"serial", MEMBER(part_t, A_MOMENT, serial)},
	{"size", MEMBER(part_t, A_MOMENT, size)},
	{"offset", MEMBER(part_t, A_MOMENT, offset)},
	{NULL, A_PART, 0, 0, NULL},
};

/* The value of a digit of base64, or -1. */
static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Bytes of a text of base64, written over it; 0 if it is none. */
static size_t decode(char *text)
{
	size_t len = strlen(text), used = 0, i, pads = 0;
	unsigned bits = 0;

	while (pads < 2 && pads < len && text[len - 1 - pads] == '=') {
		pads++;
	}
	if (len % 4 != 0) {
		return 0;
	}
	for (i = 0; i < len - pads; i++) {
		int value = digit(text[i]);

		if (value < 0) {
			return 0;
		}
		bits = (bits << 6 | (unsigned)value) & 0xffffff;
		if (i % 4 != 0) {
			text[used++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
		}
	}
	return used;
}

static int is_strange(void)
{
	complain("%s: the answer is no part of a record: is this the extsock plugin?", client.path);
	return NO_CONNECTION;
}

/* For nobody else to read. */
static int write_file(const char *path, const char *bytes, size_t len)
{
	int fd = replacement_open(path, 0600), status = DONE;
	ssize_t written;

	if (fd < 0) {
		return BROKEN;
	}
	while (len > 0 && status == DONE) {
		written = write(fd, bytes, len);
		if (written >= 0) {
			bytes += written;
			len -= (size_t)written;
		} else if (errno != EINTR) {
			status = replacement_failed();
		}
	}
	return replacement_close(path, fd, status);
}

/* What client.line has of it, or 0. */
static int read_part(part_t *part, char *data, size_t cap)
{
	json_t json;
	char key[16];

	json_init(&json, client.line, client.line_len);
	members_read(&json, part, sizeof *part, part_members);
	json_init(&json, client.line, client.line_len);
	*data = '\0';
	if (json_enter(&json, '{')) {
		while (json_key(&json, key, sizeof key)) {
			if (strcmp(key, "data") == 0) {
				json_text(&json, data, cap);
			} else {
				json_skip(&json);
			}
		}
	}
	return part->serial <= UINT32_MAX && part->size > 0 && part->size <= RECORD_CAP;
}

/* Asks for the part that begins at `at`, of any record if that is 0. NO_LINE: that record has begun anew meanwhile. */
static int ask_part(uint64_t serial, uint64_t at)
{
	char number[16], offset[24];
	reply_t reply;
	int status;

	if (at == 0) {
		return ask_again("RECORD", "", "");
	}
	snprintf(number, sizeof number, "%lu", (unsigned long)serial);
	snprintf(offset, sizeof offset, "%lu", (unsigned long)at);
	status = client_request("RECORD", number, offset);
	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	return reply.ok ? DONE : NO_LINE;
}

/* All that was there when its first part was told; `*bytes` is allocated. NO_LINE: it has begun anew meanwhile. */
static int fetch(char **bytes, size_t *size)
{
	static char data[PART_CAP];
	uint64_t serial = 0;
	size_t at = 0, len;
	part_t part;
	int status;

	do {
		status = ask_part(serial, at);
		if (status != DONE) {
			return status;
		}
		if (!read_part(&part, data, sizeof data) || part.offset != at || (at > 0 && part.serial != serial)) {
			return is_strange();
		}
		if (at == 0) {
			serial = part.serial;
			*size = (size_t)part.size;
			*bytes = malloc(*size);
			if (*bytes == NULL) {
				complain("no memory for a record of %lu bytes", (unsigned long)*size);
				return BROKEN;
			}
		}
		len = decode(data);
		if (len == 0) {
			return is_strange();
		}
		/* what was added meanwhile is left out */
		len = len < *size - at ? len : *size - at;
		memcpy(*bytes + at, data, len);
		at += len;
	} while (at < *size);
	return DONE;
}

int run_record(const command_t *command, const options_t *options)
{
	const char *path = options->word_count > 0 ? options->words[0] : NULL;
	char *bytes = NULL;
	size_t size = 0;
	int status, tries;

	(void)command;
	if (path == NULL && isatty(STDOUT_FILENO)) {
		complain("a record is nothing to read: name a FILE for it, and have segw-replay print that");
		return USAGE;
	}
	status = client_connect(options);
	for (tries = 0; status == DONE && tries < TRIES; tries++) {
		status = fetch(&bytes, &size);
		if (status != NO_LINE) {
			break;
		}
		free(bytes);
		bytes = NULL;
		status = DONE;
	}
	if (status == DONE && bytes == NULL) {
		complain("the record began anew %d times while it was fetched: raise charon.plugins.extsock.record_bytes", TRIES);
		return TIMED_OUT;
	}
	if (status == DONE && path == NULL) {
		fwrite(bytes, 1, size, stdout);
	} else if (status == DONE) {
		status = write_file(path, bytes, size);
		if (status == DONE && !options->quiet) {
			printf("%s: %lu bytes; segw-replay %s prints what was decided, and why\n", path, (unsigned long)size, path);
		}
	}
	free(bytes);
	return status;
}
