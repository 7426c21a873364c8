/*
 * The connection to the plugin: the bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "reply.h"
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Between two tries while the plugin has too many clients waiting to be accepted. */
#define RETRY_MS 50

/* Between two looks whether charon is back. */
#define AWAIT_MS 250

/* Events that come so close together are one bunch. */
#define BUNCH_MS 100

client_t client;

static int cannot_connect(int error)
{
	const char *hint = "";
	struct stat what;

	/* Linux says the same of a file and a folder as of a socket that nobody listens on */
	if (error == ECONNREFUSED && stat(client.path, &what) == 0 && !S_ISSOCK(what.st_mode)) {
		error = ENOTSOCK;
	}
	switch (error) {
	case ENOENT:
		hint = "; is charon running with the extsock plugin loaded? (charon.plugins.extsock.load = yes) If so its log "
			   "tells why there is no socket, or it has another path (charon.plugins.extsock.socket, --socket)";
		break;
	case ECONNREFUSED:
		hint = "; nobody listens there: charon has ended, or runs without the extsock plugin";
		break;
	case EACCES:
	case EPERM:
		hint = "; the socket belongs to charon's user and group, mode 0660: be root or a member of that group";
		break;
	case ENOTSOCK:
		hint = "; this is no socket: --socket takes the path of charon.plugins.extsock.socket";
		break;
	case EPROTOTYPE:
		hint = "; --socket takes the path of charon.plugins.extsock.socket";
		break;
	default:
		break;
	}
	complain("cannot connect to %s: %s%s", client.path, strerror(error), hint);
	return NO_CONNECTION;
}

static int timed_out(const char *what, const char *may_be_done)
{
	complain("%s: %s within %u s; charon may be busy or stuck%s (--timeout waits longer)", client.path, what,
			 client.options->timeout_s, may_be_done);
	return TIMED_OUT;
}

static uint64_t deadline(void)
{
	return now_ms() + client.options->timeout_s * UINT64_C(1000);
}

/* Waits for events of poll() on the socket; 0 at the deadline (never, if that is 0) or by a signal. */
static int wait_for(short events, uint64_t until)
{
	/* who follows also wants to know when its reader has left: nothing may happen for hours */
	struct pollfd fds[2] = {{client.fd, events, 0}, {client.following ? STDOUT_FILENO : -1, 0, 0}};
	uint64_t now = now_ms();
	int wait_ms = until == 0 ? -1 : now >= until ? 0 : until - now > 60000 ? 60000 : (int)(until - now);

	if (poll(fds, 2, wait_ms) <= 0) {
		return 0;
	}
	if (fds[1].revents != 0) {
		/* all that was printed was flushed; there is nothing to tell, and nobody to tell it to */
		_exit(DONE);
	}
	return fds[0].revents != 0;
}

/* 0, or why there is no connection, a number of errno: EAGAIN if the plugin was too slow to accept it. */
static int try_connect(const struct sockaddr_un *address)
{
	uint64_t until = deadline();

	client.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (client.fd < 0 || fcntl(client.fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(client.fd, F_SETFL, O_NONBLOCK) != 0) {
		return errno;
	}
	while (connect(client.fd, (const struct sockaddr *)address, sizeof *address) != 0) {
		if (errno != EAGAIN && errno != EINTR) {
			return errno;
		}
		if (now_ms() >= until) {
			return EAGAIN;
		}
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

/* Takes the path; the address of the socket. */
static int resolve(const options_t *options, struct sockaddr_un *address)
{
	client.options = options;
	/* charon.plugins.extsock.socket is a URI */
	client.path = strncmp(options->socket, "unix://", 7) == 0 ? options->socket + 7 : options->socket;
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	if (strlen(client.path) >= sizeof address->sun_path) {
		complain("%s: a socket's path has at most %lu bytes", client.path, (unsigned long)sizeof address->sun_path - 1);
		return USAGE;
	}
	strcpy(address->sun_path, client.path);
	return DONE;
}

static int told(int error)
{
	return error == 0 ? DONE : error == EAGAIN ? timed_out("not accepted", "") : cannot_connect(error);
}

int client_connect(const options_t *options)
{
	struct sockaddr_un address;
	int status = resolve(options, &address);

	return status == DONE ? told(try_connect(&address)) : status;
}

int client_await(const options_t *options)
{
	struct sockaddr_un address;
	int status = resolve(options, &address), error;

	while (status == DONE && !screen_caught()) {
		error = try_connect(&address);
		if (error != ENOENT && error != ECONNREFUSED && error != EAGAIN) {
			return told(error);
		}
		close(client.fd);
		client.fd = -1;
		wait_for(0, now_ms() + AWAIT_MS);
	}
	return status == DONE ? NO_LINE : status;
}

int client_send(const char *bytes, size_t len)
{
	uint64_t until = deadline();
	ssize_t sent;

	while (len > 0) {
		sent = send(client.fd, bytes, len, MSG_NOSIGNAL);
		if (sent > 0) {
			bytes += sent;
			len -= (size_t)sent;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			/* why we were disconnected may be waiting to be read */
			return DONE;
		} else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
			complain("%s: %s", client.path, strerror(errno));
			return NO_CONNECTION;
		} else if (screen_caught()) {
			return NO_LINE;
		} else if (!wait_for(POLLOUT, until) && now_ms() >= until) {
			return timed_out("request not taken", "");
		}
	}
	return DONE;
}

/* Takes a whole line out of the buffer, if there is one. */
static int take_line(void)
{
	char *from = client.buffer + client.used, *newline;

	newline = memchr(client.buffer + client.searched, '\n', client.received - client.searched);
	client.searched = client.received;
	if (newline == NULL) {
		return 0;
	}
	client.line = from;
	client.line_len = (size_t)(newline - from);
	client.used = client.searched = (size_t)(newline + 1 - client.buffer);
	return 1;
}

static int make_room(void)
{
	if (client.used > 0) {
		memmove(client.buffer, client.buffer + client.used, client.received - client.used);
		client.received -= client.used;
		client.searched -= client.used;
		client.used = 0;
	}
	if (client.received == sizeof client.buffer) {
		complain("%s: a line of more than %lu bytes: is this the extsock plugin?", client.path,
				 (unsigned long)sizeof client.buffer);
		return NO_CONNECTION;
	}
	return DONE;
}

static int receive(void)
{
	int status = make_room();
	ssize_t got;

	if (status != DONE) {
		return status;
	}
	got = recv(client.fd, client.buffer + client.received, sizeof client.buffer - client.received, 0);
	if (got > 0) {
		client.received += (size_t)got;
	} else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
		if (client.returning) {
			close(client.fd);
			client.fd = -1;
			client.received = client.used = client.searched = 0;
			return NO_CONNECTION;
		}
		complain("%s: %s", client.path, got == 0 || errno == ECONNRESET ? "charon closed the connection; has it ended?"
																		  : strerror(errno));
		return NO_CONNECTION;
	}
	return DONE;
}

int client_line(int64_t wait_ms)
{
	uint64_t until = wait_ms < 0 ? 0 : now_ms() + (uint64_t)wait_ms;
	int status;

	while (!take_line()) {
		if (wait_for(POLLIN, until)) {
			status = receive();
			if (status != DONE) {
				return status;
			}
		} else if (screen_caught() || (until != 0 && now_ms() >= until)) {
			return NO_LINE;
		}
	}
	return DONE;
}

int client_bunch(int64_t wait_ms)
{
	int status = client_line(wait_ms);
	uint64_t until = now_ms() + BUNCH_MS, now;

	while (status == DONE && (now = now_ms()) < until) {
		status = client_line((int64_t)(until - now));
	}
	return status;
}

int client_reply(void)
{
	uint64_t until = deadline(), now = now_ms();
	int status = DONE, kind = EVENT;

	/* events may never end, so the clock is looked at after each */
	while (kind == EVENT && now < until) {
		status = client_line((int64_t)(until - now));
		if (status != DONE) {
			break;
		}
		kind = line_kind(client.line, client.line_len);
		now = now_ms();
	}
	if (status == NO_LINE && screen_caught()) {
		return NO_LINE;
	}
	if (status == NO_LINE || (status == DONE && kind == EVENT)) {
		return timed_out("no reply", ", and may still do what was asked");
	}
	if (status == DONE && kind == NEITHER) {
		complain("%s: the answer is no reply: is this the extsock plugin?", client.path);
		return NO_CONNECTION;
	}
	return status;
}

void client_print(void)
{
	fwrite(client.line, 1, client.line_len, stdout);
	putchar('\n');
}

int client_request(const char *verb, const char *first, const char *second)
{
	char request[512];
	int len = snprintf(request, sizeof request, "%s%s%s%s%s\n", verb, *first != '\0' ? " " : "", first,
					   *second != '\0' ? " " : "", second), status;

	if (len < 0 || (size_t)len >= sizeof request) {
		complain("the argument is too long");
		return USAGE;
	}
	status = client_send(request, (size_t)len);
	return status == DONE ? client_reply() : status;
}
