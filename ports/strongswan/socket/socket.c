/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "socket.h"
#include "access.h"
#include "clients.h"
#include "endpoint.h"

#include <sys/socket.h>
#include <unistd.h>

/**
 * What a client is told that is one too many
 */
#define TOO_MANY EXTSOCK_REFUSAL("too many clients")

/**
 * What a client is told whose user is not let in
 */
#define NOT_ALLOWED EXTSOCK_REFUSAL("not permitted for this user")

typedef struct private_extsock_socket_t private_extsock_socket_t;

/**
 * Private data of an extsock_socket_t object
 */
struct private_extsock_socket_t {

	/**
	 * Public interface
	 */
	extsock_socket_t public;

	/**
	 * Socket that clients connect to
	 */
	extsock_endpoint_t *endpoint;

	/**
	 * Who may be a client
	 */
	extsock_access_t *access;

	/**
	 * Who is one
	 */
	extsock_clients_t *clients;
};

/**
 * Disconnect a process that does not become a client.
 *
 * @param fd			its socket
 * @param text			what to tell it
 */
static void refuse(int fd, char *text)
{
	/* an empty socket has room for a line */
	send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

CALLBACK(on_accept, void,
	private_extsock_socket_t *this, int fd)
{
	if (!this->access->allows(this->access, fd, TRUE))
	{
		refuse(fd, NOT_ALLOWED);
	}
	else if (!this->clients->add(this->clients, fd))
	{
		refuse(fd, TOO_MANY);
	}
}

METHOD(extsock_socket_t, listen_, void,
	private_extsock_socket_t *this, extsock_request_cb_t cb, void *user)
{
	this->clients->serve(this->clients, cb, user);
	this->endpoint->reload(this->endpoint);
}

METHOD(extsock_socket_t, reload, void,
	private_extsock_socket_t *this)
{
	u_int refused;

	this->clients->reload(this->clients);
	this->access->reload(this->access);
	this->endpoint->reload(this->endpoint);

	refused = this->clients->check(this->clients, this->access, NOT_ALLOWED);
	if (refused)
	{
		DBG1(DBG_CFG, "disconnecting %u extsock clients that are not of the "
			 "configured users or groups any more", refused);
	}
}

METHOD(extsock_socket_t, publish, void,
	private_extsock_socket_t *this, const char *text, size_t len)
{
	this->clients->publish(this->clients, chunk_create((u_char*)text, len));
}

METHOD(extsock_socket_t, destroy, void,
	private_extsock_socket_t *this)
{
	this->endpoint->destroy(this->endpoint);
	this->clients->destroy(this->clients);
	this->access->destroy(this->access);
	free(this);
}

/*
 * Described in header
 */
extsock_socket_t *extsock_socket_create()
{
	private_extsock_socket_t *this;

	INIT(this,
		.public = {
			.listen = _listen_,
			.reload = _reload,
			.publish = _publish,
			.destroy = _destroy,
		},
		.access = extsock_access_create(),
		.clients = extsock_clients_create(),
	);
	this->endpoint = extsock_endpoint_create(on_accept, this);
	return &this->public;
}
