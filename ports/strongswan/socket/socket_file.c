/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "socket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Clients waiting to be accepted
 */
#define BACKLOG 16

typedef struct private_extsock_socket_file_t private_extsock_socket_file_t;

/**
 * Private data of an extsock_socket_file_t object
 */
struct private_extsock_socket_file_t {

	/**
	 * Public interface
	 */
	extsock_socket_file_t public;

	/**
	 * Listening socket
	 */
	int fd;

	/**
	 * Path of its file
	 */
	char path[sizeof(((struct sockaddr_un*)NULL)->sun_path)];

	/**
	 * Identity of its file, which somebody may have replaced
	 */
	dev_t dev;

	/**
	 * See dev
	 */
	ino_t ino;
};

/**
 * Give the file its mode and owner.
 *
 * @param path			path of the file, known to be a socket
 * @param st			its status
 * @param options		what the options ask for
 * @return				FALSE if that is not possible, which is logged
 */
static bool set_rights(const char *path, struct stat *st,
					   extsock_socket_options_t *options)
{
	/* mode first, as only the owner may */
	if ((st->st_mode & 07777) != options->mode &&
		fchmodat(AT_FDCWD, path, options->mode, AT_SYMLINK_NOFOLLOW) != 0)
	{
		DBG1(DBG_CFG, "extsock: changing the mode of '%s' to %04o failed: %s",
			 path, (u_int)options->mode, strerror(errno));
		return FALSE;
	}
	if ((st->st_uid != options->uid || st->st_gid != options->gid) &&
		lchown(path, st->st_uid != options->uid ? options->uid : (uid_t)-1,
			   st->st_gid != options->gid ? options->gid : (gid_t)-1) != 0)
	{
		DBG1(DBG_CFG, "extsock: changing owner and group of '%s' to %u and %u "
			 "failed: %s%s", path, options->uid, options->gid, strerror(errno),
			 geteuid() ? "; charon does not run as root" : "");
		return FALSE;
	}
	return TRUE;
}

/**
 * Open a socket.
 *
 * @return				non-blocking socket, -1 on failure, which is logged
 */
static int open_socket()
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
	{
		DBG1(DBG_CFG, "extsock: opening a socket failed: %s", strerror(errno));
	}
	return fd;
}

/**
 * Check if a process answers on a socket.
 *
 * @param addr			address of the socket
 * @return				FALSE if it is certain that none does
 */
static bool is_alive(struct sockaddr_un *addr)
{
	bool alive = TRUE;
	int fd;

	fd = open_socket();
	if (fd != -1)
	{
		/* a full backlog is EAGAIN, other kinds of sockets EPROTOTYPE */
		alive = connect(fd, (struct sockaddr*)addr, sizeof(*addr)) == 0 ||
				(errno != ECONNREFUSED && errno != ENOENT);
		close(fd);
	}
	return alive;
}

/**
 * Make the path free: remove a socket that nobody answers on.
 *
 * @param addr			where to listen
 * @return				FALSE if it is not free, which is logged
 */
static bool make_free(struct sockaddr_un *addr)
{
	char *path = addr->sun_path;
	struct stat st;

	if (lstat(path, &st) != 0)
	{	/* if there is another reason than that it is free, bind() will tell */
		return TRUE;
	}
	if (!S_ISSOCK(st.st_mode))
	{
		DBG1(DBG_CFG, "extsock: '%s' is %s and no socket, it is left alone",
			 path, S_ISLNK(st.st_mode) ? "a symbolic link" :
			 S_ISDIR(st.st_mode) ? "a directory" : "a file");
		return FALSE;
	}
	if (is_alive(addr))
	{
		DBG1(DBG_CFG, "extsock: another process listens on '%s', perhaps a "
			 "second charon; it is left alone", path);
		return FALSE;
	}
	if (unlink(path) != 0)
	{
		DBG1(DBG_CFG, "extsock: removing '%s', on which nobody listens, "
			 "failed: %s", path, strerror(errno));
		return FALSE;
	}
	return TRUE;
}

/**
 * Create the file of a socket and listen.
 *
 * @param fd			socket
 * @param options		what the options ask for
 * @param st			receives the status of the file
 * @return				FALSE if that is not possible, which is logged
 */
static bool bind_and_listen(int fd, extsock_socket_options_t *options,
							struct stat *st)
{
	char *path = options->addr.sun_path;

	if (!make_free(&options->addr))
	{
		return FALSE;
	}
	/* on Linux the file gets the mode of the descriptor, less the umask, which
	 * belongs to all threads and is not touched */
	if (fchmod(fd, options->mode) != 0 ||
		bind(fd, (struct sockaddr*)&options->addr, sizeof(options->addr)) != 0)
	{
		DBG1(DBG_CFG, "extsock: creating the socket '%s' failed: %s", path,
			 strerror(errno));
		return FALSE;
	}
	/* nobody can connect before listen(), whatever the rights are till then */
	if (lstat(path, st) == 0 && S_ISSOCK(st->st_mode) &&
		set_rights(path, st, options))
	{
		if (listen(fd, BACKLOG) == 0)
		{
			return TRUE;
		}
		DBG1(DBG_CFG, "extsock: listening on '%s' failed: %s", path,
			 strerror(errno));
	}
	unlink(path);
	return FALSE;
}

/**
 * Check if the file at the path is still the one that was created.
 *
 * @param this			socket
 * @param st			receives its status
 * @return				FALSE if it is gone or another
 */
static bool is_ours(private_extsock_socket_file_t *this, struct stat *st)
{
	return lstat(this->path, st) == 0 && S_ISSOCK(st->st_mode) &&
		   st->st_dev == this->dev && st->st_ino == this->ino;
}

METHOD(extsock_socket_file_t, get_fd, int,
	private_extsock_socket_file_t *this)
{
	return this->fd;
}

METHOD(extsock_socket_file_t, update, bool,
	private_extsock_socket_file_t *this, extsock_socket_options_t *options)
{
	struct stat st;

	if (!streq(this->path, options->addr.sun_path) || !is_ours(this, &st))
	{
		return FALSE;
	}
	set_rights(this->path, &st, options);
	return TRUE;
}

METHOD(extsock_socket_file_t, destroy, void,
	private_extsock_socket_file_t *this)
{
	struct stat st;

	/* before it is closed: who finds the file must find somebody there */
	if (is_ours(this, &st) && unlink(this->path) != 0)
	{
		DBG1(DBG_CFG, "extsock: removing the socket '%s' failed: %s; the next "
			 "start replaces it", this->path, strerror(errno));
	}
	close(this->fd);
	free(this);
}

/*
 * Described in header
 */
extsock_socket_file_t *extsock_socket_file_create(
										extsock_socket_options_t *options)
{
	private_extsock_socket_file_t *this;
	struct stat st;
	int fd;

	fd = open_socket();
	if (fd == -1)
	{
		return NULL;
	}
	if (!bind_and_listen(fd, options, &st))
	{
		close(fd);
		return NULL;
	}
	INIT(this,
		.public = {
			.get_fd = _get_fd,
			.update = _update,
			.destroy = _destroy,
		},
		.fd = fd,
		.dev = st.st_dev,
		.ino = st.st_ino,
	);
	strcpy(this->path, options->addr.sun_path);
	DBG1(DBG_CFG, "extsock listens on '%s', mode %04o, owner %u, group %u",
		 this->path, (u_int)options->mode, options->uid, options->gid);
	return &this->public;
}
