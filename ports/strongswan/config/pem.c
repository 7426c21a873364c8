/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for memmem() */

#include "pem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asn1/asn1.h>
#include <utils/lexparser.h>

/**
 * Largest file read, in bytes: no certificate or key is that long
 */
#define FILE_CAP (64 * 1024)

/**
 * Begins a boundary line, before its label
 */
#define BEGIN "-----BEGIN "

/**
 * Begins a closing boundary line, before its label
 */
#define END "-----END "

/**
 * Ends a label
 */
#define DASHES "-----"

/**
 * Find a string in a chunk.
 *
 * @param haystack		chunk to search
 * @param needle		string to find
 * @return				chunk from there on, empty if not found
 */
static chunk_t find(chunk_t haystack, const char *needle)
{
	u_char *found = NULL;

	/* what is empty may be nowhere, which memmem() does not take */
	if (haystack.len)
	{
		found = memmem(haystack.ptr, haystack.len, needle, strlen(needle));
	}
	return found ? chunk_skip(haystack, found - haystack.ptr) : chunk_empty;
}

/**
 * Read an open file to its end.
 *
 * @param fd			file descriptor
 * @param data			receives the content, allocated
 * @return				NULL, or why that failed
 */
static const char *read_all(int fd, chunk_t *data)
{
	struct stat st;
	ssize_t len;
	size_t used = 0;

	/* of what is open: the name may lead elsewhere by now */
	if (fstat(fd, &st) == -1)
	{
		return strerror(errno);
	}
	if (!S_ISREG(st.st_mode))
	{
		return "not a regular file";
	}
	if (st.st_size > FILE_CAP)
	{
		return "too long for a certificate or key";
	}
	if (!st.st_size)
	{
		return "is empty";
	}
	*data = chunk_alloc(st.st_size);
	while (used < data->len)
	{
		len = read(fd, data->ptr + used, data->len - used);
		if (len == -1 && errno == EINTR)
		{
			continue;
		}
		if (len <= 0)
		{
			chunk_clear(data);
			return len ? strerror(errno) : "has become shorter";
		}
		used += len;
	}
	return NULL;
}

/**
 * Read a file: a regular one, whatever the name leads to. No link is followed,
 * as who may change what it leads to need not be who may change the name, and
 * nothing is waited for, as with a FIFO.
 *
 * @param name			path of the file
 * @param data			receives the content, allocated
 * @return				NULL, or why that failed
 */
static const char *read_file(const char *name, chunk_t *data)
{
	const char *error;
	int fd;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd == -1)
	{
		return errno == ELOOP ? "a symbolic link, which is not followed"
							  : strerror(errno);
	}
	error = read_all(fd, data);
	close(fd);
	return error;
}

/*
 * Described in header
 */
bool extsock_pem_read(extsock_draft_t *draft, segw_text_t text, chunk_t *data,
					  const char *path)
{
	char *value = extsock_get_text(draft, text);
	const char *error;

	*data = chunk_empty;
	if (strstr(value, BEGIN))
	{
		*data = chunk_clone(chunk_create((u_char*)value, text.len));
		return TRUE;
	}
	if (*value != '/')
	{
		return extsock_refuse(draft, "neither PEM nor the absolute path of a "
							  "file", "%s", path);
	}
	if (!extsock_check_privileged(draft, "%s", path))
	{
		return FALSE;
	}
	error = read_file(value, data);
	return !error || extsock_refuse_file(draft, value, error, path);
}

/*
 * Described in header
 */
bool extsock_pem_next(chunk_t *rest, const char *label, chunk_t *block)
{
	chunk_t begin, name, end;

	if (is_asn1(*rest))
	{
		*block = *rest;
		*rest = chunk_empty;
		return TRUE;
	}
	while (TRUE)
	{
		begin = find(*rest, BEGIN);
		if (!begin.len)
		{
			return FALSE;
		}
		name = chunk_skip(begin, strlen(BEGIN));
		end = find(name, END);
		end = end.len ? chunk_skip(end, strlen(END)) : end;
		end = find(end, DASHES);
		/* without an end it is none, whoever parses it says so */
		*rest = end.len ? chunk_skip(end, strlen(DASHES)) : chunk_empty;
		*block = chunk_create(begin.ptr, begin.len - rest->len);
		name.len -= find(name, DASHES).len;
		if (name.len >= strlen(label) &&
			memeq(name.ptr + name.len - strlen(label), label, strlen(label)))
		{
			return TRUE;
		}
	}
}

/**
 * Take the value of a header of PEM.
 *
 * @param line			line of the header
 * @param name			name of the header, with its colon
 * @param value			receives the value if it is this one
 */
static void take_header(chunk_t line, const char *name, chunk_t *value)
{
	if (find(line, name).ptr == line.ptr)
	{
		*value = chunk_skip(line, strlen(name));
		while (value->len && *value->ptr == ' ')
		{
			*value = chunk_skip(*value, 1);
		}
	}
}

/**
 * Move the digits of a line of base64 to the end of others.
 *
 * @param digits		digits so far
 * @param line			line, whatever else it has
 */
static void add_digits(chunk_t *digits, chunk_t line)
{
	for (; line.len; line = chunk_skip(line, 1))
	{
		if (isalnum(*line.ptr) || *line.ptr == '+' || *line.ptr == '/' ||
			*line.ptr == '=')
		{
			digits->ptr[digits->len++] = *line.ptr;
		}
	}
}

/*
 * Described in header
 */
chunk_t extsock_pem_decode(chunk_t block, chunk_t *dek)
{
	chunk_t line, buf, digits, data, type = chunk_empty;
	bool header = TRUE;

	*dek = chunk_empty;
	if (is_asn1(block))
	{
		return chunk_clone(block);
	}
	buf = chunk_alloc(block.len);
	digits = chunk_create(buf.ptr, 0);
	/* the boundary, which the block begins with */
	fetchline(&block, &line);
	while (fetchline(&block, &line) && !find(line, DASHES).len)
	{
		header &= memchr(line.ptr, ':', line.len) != NULL;
		if (header)
		{
			take_header(line, "Proc-Type:", &type);
			take_header(line, "DEK-Info:", dek);
		}
		else
		{
			add_digits(&digits, line);
		}
	}
	if (!find(type, "ENCRYPTED").len)
	{
		*dek = chunk_empty;
	}
	data = chunk_from_base64(digits, NULL);
	chunk_clear(&buf);
	return data;
}
