/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_client extsock_client
 * @{ @ingroup extsock
 *
 * One client of the socket.
 */

#ifndef EXTSOCK_CLIENT_H_
#define EXTSOCK_CLIENT_H_

typedef struct extsock_client_t extsock_client_t;

#include "access.h"

#include <segw.h>

/**
 * What a client is told that is disconnected for no request of its own
 */
#define EXTSOCK_REFUSAL(reason) \
	"{\"reply\":\"\",\"ok\":false,\"error\":\"" reason "\"}\n"

/**
 * A client: its requests on their way in, replies and events on their way out.
 *
 * It does nothing by itself, and never blocks. Not locked, the owner does; only
 * the request of get_request() may be used without, until done(). Whatever was
 * called, what watch(), is_gone(), get_time() and get_since() do may have changed.
 */
struct extsock_client_t {

	/**
	 * Get the socket, which is this object's.
	 *
	 * @return				file descriptor
	 */
	int (*get_fd)(extsock_client_t *this);

	/**
	 * Get who the client is.
	 *
	 * @return				this object's; it may be changed
	 */
	extsock_peer_t *(*get_peer)(extsock_client_t *this);

	/**
	 * Have the socket watched for what it is to be watched for, with this object
	 * as data.
	 *
	 * @param epoll			descriptor of epoll, always the same
	 * @param now			current time, of extsock_timer_now()
	 */
	void (*watch)(extsock_client_t *this, int epoll, uint64_t now);

	/**
	 * Read and write, when the socket was seen to be ready.
	 */
	void (*transfer)(extsock_client_t *this);

	/**
	 * Get the time since when a request has been waiting that may be carried
	 * out.
	 *
	 * @param now			current time
	 * @return				time, 0 if there is none
	 */
	uint64_t (*get_since)(extsock_client_t *this, uint64_t now);

	/**
	 * Check if the request may take long, be it waiting or carried out.
	 *
	 * @param is_slow		callback to tell that, asked once for each request
	 * @param user			user data to pass to callback
	 * @return				TRUE if so
	 */
	bool (*is_slow)(extsock_client_t *this, bool (*is_slow)(void*, chunk_t),
					void *user);

	/**
	 * Check if all that the request does is to have a reply sent.
	 *
	 * @return				TRUE if so
	 */
	bool (*only_asks)(extsock_client_t *this);

	/**
	 * Drop the request, and those behind it, as far as they only ask for
	 * something, of a process that has closed its end: nobody hears the replies,
	 * and others wait.
	 *
	 * @return				FALSE if the request has to be carried out
	 */
	bool (*skip)(extsock_client_t *this);

	/**
	 * Get the request to be carried out. Until done() there is no other, and the
	 * client is not gone.
	 *
	 * @param filter		receives which events the client wants
	 * @return				request, valid until done()
	 */
	chunk_t (*get_request)(extsock_client_t *this, segw_filter_t *filter);

	/**
	 * The request was carried out; it is wiped.
	 *
	 * @param accepted		FALSE if it was refused
	 * @param filter		which events the client wants from now on
	 * @param reply			reply to send, copied
	 */
	void (*done)(extsock_client_t *this, bool accepted, segw_filter_t *filter,
				 chunk_t reply);

	/**
	 * Queue an event, if the client wants it.
	 *
	 * @param event			event, a line as libsegw has it
	 * @param subject		what it is about
	 * @return				TRUE if it was queued, write() is to be called
	 */
	bool (*publish)(extsock_client_t *this, chunk_t event,
					const segw_subject_t *subject);

	/**
	 * Write what is queued, as far as there is room.
	 */
	void (*write)(extsock_client_t *this);

	/**
	 * Get the time at which check_time() is due.
	 *
	 * @param now			current time
	 * @return				time, 0 for never
	 */
	uint64_t (*get_time)(extsock_client_t *this, uint64_t now);

	/**
	 * See what the client has to do at this time, if anything.
	 *
	 * @param now			current time
	 */
	void (*check_time)(extsock_client_t *this, uint64_t now);

	/**
	 * Disconnect the client for no request of its own, once its output is sent.
	 *
	 * @param text			why, a line
	 * @return				FALSE if it is about to be disconnected already
	 */
	bool (*refuse)(extsock_client_t *this, char *text);

	/**
	 * Change the idle timeout.
	 *
	 * @param timeout		time a client may leave a request unfinished, in
	 *						milliseconds, 0 for any
	 */
	void (*set_idle_timeout)(extsock_client_t *this, u_int timeout);

	/**
	 * Check if there is nothing left to do but to destroy the client.
	 *
	 * @param now			current time
	 * @return				TRUE if so
	 */
	bool (*is_gone)(extsock_client_t *this, uint64_t now);

	/**
	 * Disconnect and destroy the client.
	 */
	void (*destroy)(extsock_client_t *this);
};

/**
 * Create a client.
 *
 * @param fd			socket, connected by the client, adopted
 * @param peer			who it is
 * @param idle_timeout	as for set_idle_timeout()
 * @return				client
 */
extsock_client_t *extsock_client_create(int fd, extsock_peer_t peer,
										u_int idle_timeout);

#endif /** EXTSOCK_CLIENT_H_ @}*/
