/* SPDX-License-Identifier: GPL-2.0-or-later */

/* for accept4() */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "endpoint.h"
#include "access.h"
#include "log_group.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Socket clients connect to, if none is configured
 */
#define DEFAULT_SOCKET "unix:///run/charon.extsock"

/**
 * Mode of the socket, if none is configured
 */
#define DEFAULT_MODE "0660"

/**
 * Clients waiting to be accepted
 */
#define BACKLOG 16

/**
 * Pause if no client can be accepted for want of descriptors, in seconds
 */
#define PAUSE 1

typedef struct private_extsock_endpoint_t private_extsock_endpoint_t;

/**
 * What the options ask for
 */
typedef struct {
	/** where to listen, an absolute path */
	struct sockaddr_un addr;
	/** mode of the file, 0 to 0777 */
	mode_t mode;
	/** owner of the file */
	uid_t uid;
	/** group of the file */
	gid_t gid;
} options_t;

/**
 * Private data of an extsock_endpoint_t object
 */
struct private_extsock_endpoint_t {

	/**
	 * Public interface
	 */
	extsock_endpoint_t public;

	/**
	 * Descriptor of epoll
	 */
	int epoll;

	/**
	 * Covers all that follows
	 */
	mutex_t *mutex;

	/**
	 * Socket that listens, -1 if there is none
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
		DBG1(DBG_EXTSOCK, "extsock: 'socket = %s' is not possible, it has to be "
			 "the absolute path of a UNIX socket", uri);
		return FALSE;
	}
	if (strlen(path) >= sizeof(addr->sun_path))
	{
		DBG1(DBG_EXTSOCK, "extsock: 'socket = %s' is not possible, the path may "
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
		DBG1(DBG_EXTSOCK, "extsock: 'mode = %s' is not possible, it has to be "
			 "octal, from 0 to 0777", text);
		return FALSE;
	}
	*mode = value;
	return TRUE;
}

/**
 * Read the options.
 *
 * @param options		receives what they ask for, or the defaults
 * @return				FALSE if one makes no sense, which is logged
 */
static bool read_options(options_t *options)
{
	char *owner, *group;

	owner = lib->settings->get_str(lib->settings, "%s.plugins.extsock.owner",
								   NULL, lib->ns);
	group = lib->settings->get_str(lib->settings, "%s.plugins.extsock.group",
								   NULL, lib->ns);
	options->uid = lib->caps->get_uid(lib->caps);
	options->gid = lib->caps->get_gid(lib->caps);
	return read_socket(&options->addr) && read_mode(&options->mode) &&
		   (!owner || !*owner ||
			extsock_access_find(FALSE, owner, &options->uid)) &&
		   (!group || !*group ||
			extsock_access_find(TRUE, group, &options->gid));
}

/**
 * Give the file its mode and owner.
 *
 * @param path			path of the file, known to be a socket
 * @param st			its status
 * @param options		what the options ask for
 * @return				FALSE if that is not possible, which is logged
 */
static bool set_rights(const char *path, struct stat *st,
					   options_t *options)
{
	/* mode first, as only the owner may */
	if ((st->st_mode & 07777) != options->mode &&
		fchmodat(AT_FDCWD, path, options->mode, AT_SYMLINK_NOFOLLOW) != 0)
	{
		DBG1(DBG_EXTSOCK, "extsock: changing the mode of '%s' to %04o failed: %s",
			 path, (u_int)options->mode, strerror(errno));
		return FALSE;
	}
	if ((st->st_uid != options->uid || st->st_gid != options->gid) &&
		lchown(path, st->st_uid != options->uid ? options->uid : (uid_t)-1,
			   st->st_gid != options->gid ? options->gid : (gid_t)-1) != 0)
	{
		DBG1(DBG_EXTSOCK, "extsock: changing owner and group of '%s' to %u and %u "
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
		DBG1(DBG_EXTSOCK, "extsock: opening a socket failed: %s", strerror(errno));
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
		DBG1(DBG_EXTSOCK, "extsock: '%s' is %s and no socket, it is left alone",
			 path, S_ISLNK(st.st_mode) ? "a symbolic link" :
			 S_ISDIR(st.st_mode) ? "a directory" : "a file");
		return FALSE;
	}
	if (is_alive(addr))
	{
		DBG1(DBG_EXTSOCK, "extsock: another process listens on '%s', perhaps a "
			 "second charon; it is left alone", path);
		return FALSE;
	}
	if (unlink(path) != 0)
	{
		DBG1(DBG_EXTSOCK, "extsock: removing '%s', on which nobody listens, "
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
static bool bind_and_listen(int fd, options_t *options,
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
		DBG1(DBG_EXTSOCK, "extsock: creating the socket '%s' failed: %s", path,
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
		DBG1(DBG_EXTSOCK, "extsock: listening on '%s' failed: %s", path,
			 strerror(errno));
	}
	unlink(path);
	return FALSE;
}

/**
 * Check if the file at the path is still the one that was created, called with
 * the mutex held.
 *
 * @param this			endpoint
 * @param st			receives its status
 * @return				FALSE if it is gone or another
 */
static bool is_ours(private_extsock_endpoint_t *this, struct stat *st)
{
	return lstat(this->path, st) == 0 && S_ISSOCK(st->st_mode) &&
		   st->st_dev == this->dev && st->st_ino == this->ino;
}

/**
 * Listen no longer, called with the mutex held.
 *
 * @param this			endpoint
 */
static void close_socket(private_extsock_endpoint_t *this)
{
	struct stat st;

	if (this->fd == -1)
	{
		return;
	}
	/* before it is closed: who finds the file must find somebody there */
	if (is_ours(this, &st) && unlink(this->path) != 0)
	{
		DBG1(DBG_EXTSOCK, "extsock: removing the socket '%s' failed: %s; the next "
			 "start replaces it", this->path, strerror(errno));
	}
	close(this->fd);
	this->fd = -1;
}

/**
 * Have processes accepted from now on, called with the mutex held.
 *
 * @param this			endpoint that listens
 */
static void watch(private_extsock_endpoint_t *this)
{
	struct epoll_event event = {
		.events = EPOLLIN,
	};

	if (epoll_ctl(this->epoll, EPOLL_CTL_ADD, this->fd, &event) != 0 &&
		errno != EEXIST)
	{
		DBG1(DBG_EXTSOCK, "extsock: watching '%s' failed: %s", this->path,
			 strerror(errno));
	}
}

/**
 * Do what the options ask for, called with the mutex held.
 *
 * @param this			endpoint, keeps its socket if there can be no other
 * @param options		what the options ask for
 */
static void follow(private_extsock_endpoint_t *this, options_t *options)
{
	struct stat st;
	int fd;

	if (this->fd != -1 && streq(this->path, options->addr.sun_path) &&
		is_ours(this, &st))
	{
		set_rights(this->path, &st, options);
		return;
	}
	fd = open_socket();
	if (fd == -1)
	{
		return;
	}
	if (!bind_and_listen(fd, options, &st))
	{
		close(fd);
		return;
	}
	close_socket(this);
	this->fd = fd;
	this->dev = st.st_dev;
	this->ino = st.st_ino;
	strcpy(this->path, options->addr.sun_path);
	DBG1(DBG_EXTSOCK, "extsock listens on '%s', mode %04o, owner %u, group %u",
		 this->path, (u_int)options->mode, options->uid, options->gid);
	watch(this);
}

METHOD(extsock_endpoint_t, reload, void,
	private_extsock_endpoint_t *this)
{
	options_t options;
	bool valid;

	/* without the mutex: it may ask for users and groups over the network */
	valid = read_options(&options);

	this->mutex->lock(this->mutex);
	if (valid)
	{
		follow(this, &options);
	}
	if (this->fd == -1)
	{
		DBG1(DBG_EXTSOCK, "extsock has no socket, clients can not connect");
	}
	this->mutex->unlock(this->mutex);
}

CALLBACK(resume, job_requeue_t,
	private_extsock_endpoint_t *this)
{
	this->mutex->lock(this->mutex);
	if (this->fd != -1)
	{
		watch(this);
	}
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_endpoint_t, accept_, int,
	private_extsock_endpoint_t *this)
{
	int fd = -1;

	this->mutex->lock(this->mutex);
	if (this->fd != -1)
	{
		do
		{
			fd = accept4(this->fd, NULL, NULL, SOCK_CLOEXEC);
		}
		while (fd == -1 && (errno == EINTR || errno == ECONNABORTED));

		if (fd == -1 && errno != EAGAIN && errno != EWOULDBLOCK)
		{	/* still ready: to watch on would be a busy loop */
			DBG1(DBG_EXTSOCK, "extsock: accepting a client failed, trying again in "
				 "%d s: %s", PAUSE, strerror(errno));
			epoll_ctl(this->epoll, EPOLL_CTL_DEL, this->fd, NULL);
			lib->scheduler->schedule_job(lib->scheduler,
					(job_t*)callback_job_create(resume, this, NULL, NULL),
					PAUSE);
		}
	}
	this->mutex->unlock(this->mutex);
	return fd;
}

METHOD(extsock_endpoint_t, destroy, void,
	private_extsock_endpoint_t *this)
{
	close_socket(this);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_endpoint_t *extsock_endpoint_create(int epoll)
{
	private_extsock_endpoint_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.accept = _accept_,
			.destroy = _destroy,
		},
		.epoll = epoll,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.fd = -1,
	);
	return &this->public;
}
