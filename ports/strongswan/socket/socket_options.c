/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "socket_options.h"
#include "account.h"

#include <ctype.h>

/**
 * Socket clients connect to, if none is configured
 */
#define DEFAULT_SOCKET "unix:///run/charon.extsock"

/**
 * Mode of the socket, if none is configured
 */
#define DEFAULT_MODE "0660"

/**
 * Read where to listen.
 *
 * @param addr			receives the address
 * @return				FALSE if the option makes no sense, which is logged
 */
static bool read_socket(struct sockaddr_un *addr)
{
	char *uri, *path;

	uri = lib->settings->get_str(lib->settings, "%s.plugins.extsock.socket",
								 DEFAULT_SOCKET, lib->ns);
	path = uri;
	if (strpfx(uri, "unix://"))
	{
		path += strlen("unix://");
	}
	if (*path != '/')
	{	/* over anything else clients could not be told apart from strangers */
		DBG1(DBG_CFG, "extsock: 'socket = %s' is not possible, it has to be "
			 "the absolute path of a UNIX socket", uri);
		return FALSE;
	}
	if (strlen(path) >= sizeof(addr->sun_path))
	{
		DBG1(DBG_CFG, "extsock: 'socket = %s' is not possible, the path may "
			 "have %d characters", uri, (int)sizeof(addr->sun_path) - 1);
		return FALSE;
	}
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	strcpy(addr->sun_path, path);
	return TRUE;
}

/**
 * Read the mode of the file.
 *
 * @param mode			receives the mode
 * @return				FALSE if the option makes no sense, which is logged
 */
static bool read_mode(mode_t *mode)
{
	unsigned long value;
	char *text, *end;

	text = lib->settings->get_str(lib->settings, "%s.plugins.extsock.mode",
								  DEFAULT_MODE, lib->ns);
	value = strtoul(text, &end, 8);
	if (!isdigit((u_char)*text) || *end || value > 0777)
	{
		DBG1(DBG_CFG, "extsock: 'mode = %s' is not possible, it has to be "
			 "octal, from 0 to 0777", text);
		return FALSE;
	}
	*mode = value;
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_socket_options_read(extsock_socket_options_t *options)
{
	char *owner, *group;

	owner = lib->settings->get_str(lib->settings, "%s.plugins.extsock.owner",
								   NULL, lib->ns);
	group = lib->settings->get_str(lib->settings, "%s.plugins.extsock.group",
								   NULL, lib->ns);
	options->uid = lib->caps->get_uid(lib->caps);
	options->gid = lib->caps->get_gid(lib->caps);
	return read_socket(&options->addr) && read_mode(&options->mode) &&
		   (!owner || !*owner || extsock_account_user(owner, &options->uid)) &&
		   (!group || !*group || extsock_account_group(group, &options->gid));
}
