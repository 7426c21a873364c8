/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "device.h"

#include <stdio.h>
#include <string.h>

/**
 * Identity of an installed system, see machine-id(5)
 */
#define MACHINE_ID "/etc/machine-id"

/**
 * Network devices
 */
#define DEVICES "/sys/class/net"

/**
 * What addr_assign_type says of an address that the hardware has
 */
#define PERMANENT "0"

/**
 * What type says of Ethernet and WLAN, ARPHRD_ETHER; the address of a tunnel is
 * an IP address of ours, and permanent as well
 */
#define ETHERNET "1"

/**
 * Bytes of a line, with its NUL: an identity of 128 bits, or an address
 */
#define LINE_CAP 64

/**
 * Read the first line of a file.
 *
 * @param path			path of the file
 * @param line			receives it, without its end
 * @return				FALSE if there is none, or it is empty
 */
static bool read_line(const char *path, char line[LINE_CAP])
{
	FILE *file;
	bool found;

	file = fopen(path, "re");
	if (!file)
	{
		return FALSE;
	}
	found = fgets(line, LINE_CAP, file) != NULL;
	fclose(file);
	if (found)
	{
		line[strcspn(line, "\r\n")] = '\0';
	}
	return found && *line;
}

/**
 * Check if a text is an address that tells devices apart.
 *
 * @param text			address
 * @return				FALSE if it has no digit but zeroes
 */
static bool tells_apart(const char *text)
{
	return strspn(text, "0:") < strlen(text);
}

/**
 * Read a property of a network device.
 *
 * @param name			name of the device
 * @param property		name of the property
 * @param line			receives it
 * @return				FALSE if it has none, or an empty one
 */
static bool read_property(const char *name, const char *property,
						  char line[LINE_CAP])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", name, property);
	return read_line(path, line);
}

/**
 * Find the lowest address that a network device was made with: which of them is
 * the first may be another one each time.
 *
 * @param lowest		receives it
 * @return				FALSE if there is none
 */
static bool find_address(char lowest[LINE_CAP])
{
	char line[LINE_CAP], *name;
	enumerator_t *enumerator;
	bool found = FALSE;

	enumerator = enumerator_create_directory(DEVICES);
	if (!enumerator)
	{
		return FALSE;
	}
	while (enumerator->enumerate(enumerator, &name, NULL, NULL))
	{
		if (read_property(name, "type", line) && streq(line, ETHERNET) &&
			read_property(name, "addr_assign_type", line) &&
			streq(line, PERMANENT) &&
			read_property(name, "address", line) && tells_apart(line) &&
			(!found || strcmp(line, lowest) < 0))
		{
			strcpy(lowest, line);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
chunk_t extsock_device_id()
{
	char line[LINE_CAP], *id;

	id = lib->settings->get_str(lib->settings, "%s.plugins.extsock.device_id",
								NULL, lib->ns);
	if (!id || !*id)
	{	/* an image that was not started yet says "uninitialized" */
		if ((!read_line(MACHINE_ID, line) || streq(line, "uninitialized")) &&
			!find_address(line))
		{
			return chunk_empty;
		}
		id = line;
	}
	return chunk_clone(chunk_from_str(id));
}
