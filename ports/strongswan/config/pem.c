/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for memmem() */

#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
	u_char *found;

	found = memmem(haystack.ptr, haystack.len, needle, strlen(needle));
	return found ? chunk_skip(haystack, found - haystack.ptr) : chunk_empty;
}

/**
 * Read an open file to its end.
 *
 * @param fd			file descriptor
 * @param data			receives the content, allocated
 * @return				0, or why that failed
 */
static int read_all(int fd, chunk_t *data)
{
	struct stat st;
	ssize_t len;
	size_t used = 0;

	if (fstat(fd, &st) == -1)
	{
		return errno;
	}
	if (!S_ISREG(st.st_mode))
	{
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	if (st.st_size > FILE_CAP)
	{
		return EFBIG;
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
			return len ? errno : EIO;
		}
		used += len;
	}
	return 0;
}

/**
 * Read a file, which may be no device that blocks.
 *
 * @param name			path of the file
 * @param data			receives the content, allocated
 * @return				0, or why that failed
 */
static int read_file(const char *name, chunk_t *data)
{
	int fd, error;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
	{
		return errno;
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
	int error;

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
	error = read_file(value, data);
	if (error)
	{
		return extsock_refuse_file(draft, value, strerror(error), path);
	}
	if (!data->len)
	{
		return extsock_refuse_file(draft, value, "is empty", path);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_pem_next(chunk_t *rest, const char *label, chunk_t *block)
{
	chunk_t begin, name, end;

	if (rest->len && extsock_pem_is_der(*rest))
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

/*
 * Described in header
 */
bool extsock_pem_is_encrypted(chunk_t block)
{
	return find(block, BEGIN "ENCRYPTED").len ||
		   find(block, "Proc-Type: 4,ENCRYPTED").len;
}

/*
 * Described in header
 */
bool extsock_pem_is_der(chunk_t block)
{
	/* a sequence, with a length that takes more than a byte */
	return block.len > 2 && block.ptr[0] == 0x30 && block.ptr[1] & 0x80;
}
