/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "target.h"
#include "compat.h"
#include "log_group.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * What a target begins with that is asked by a TCP connection
 */
#define TCP "tcp://"

/**
 * An echo request: the header of RFC 792 or RFC 4443, and what tells the reply
 */
#define HEADER_LEN 8
#define TOKEN_LEN 8
#define ECHO_LEN (HEADER_LEN + TOKEN_LEN)
#define ECHO_REQUEST_V4 8
#define ECHO_REPLY_V4 0
#define ECHO_REQUEST_V6 128
#define ECHO_REPLY_V6 129

/**
 * Longest packet of interest, a reply behind the longest header of IPv4
 */
#define PACKET_LEN (60 + ECHO_LEN)

/**
 * Packets that are read from a socket in a row
 */
#define READS 16

typedef struct private_extsock_target_t private_extsock_target_t;

/**
 * Private data of an extsock_target_t object
 */
struct private_extsock_target_t {

	/**
	 * Public interface
	 */
	extsock_target_t public;

	/**
	 * Address, and port of one to connect to; NULL if it makes no sense
	 */
	host_t *host;

	/**
	 * TRUE if it is asked by a connection
	 */
	bool tcp;

	/**
	 * Local traffic selector of a CHILD_SA that takes packets for it, or NULL
	 */
	traffic_selector_t *ts;

	/**
	 * TRUE if that CHILD_SA is to end when it is not used
	 */
	bool unused;

	/**
	 * Address to ask it from, NULL if there is none
	 */
	host_t *src;

	/**
	 * Socket, -1 if there is none (any more)
	 */
	int fd;

	/**
	 * TRUE if packets come with their IP header
	 */
	bool raw;

	/**
	 * What is in its echo request
	 */
	u_char token[TOKEN_LEN];
};

/**
 * Check if the target has an IPv4 address.
 *
 * @param this			object
 * @return				TRUE if it has, FALSE for IPv6
 */
static bool is_v4(private_extsock_target_t *this)
{
	return this->host->get_family(this->host) == AF_INET;
}

/**
 * Close the socket, which epoll forgets then.
 *
 * @param this			object
 */
static void close_socket(private_extsock_target_t *this)
{
	if (this->fd != -1)
	{
		close(this->fd);
		this->fd = -1;
	}
}

/**
 * Check if a traffic selector takes any packet of a protocol.
 *
 * @param ts			traffic selector
 * @param protocol		protocol
 * @param port			port it has to take, 0 for all
 * @return				TRUE if it does
 */
static bool takes(traffic_selector_t *ts, uint8_t protocol, uint16_t port)
{
	uint8_t only = ts->get_protocol(ts);
	uint16_t from = ts->get_from_port(ts), to = ts->get_to_port(ts);

	return (!only || only == protocol) &&
		   from <= port && to >= (port ?: UINT16_MAX);
}

METHOD(extsock_target_t, find_child, void,
	private_extsock_target_t *this, ike_sa_t *ike_sa, bool used)
{
	enumerator_t *children, *pairs;
	traffic_selector_t *mine, *theirs;
	child_cfg_t *child_cfg;
	child_sa_t *child_sa;
	host_t *host = this->host;
	uint8_t protocol;

	if (!host)
	{
		return;
	}
	protocol = this->tcp ? IPPROTO_TCP
						 : is_v4(this) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	children = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!this->ts && children->enumerate(children, &child_sa))
	{
		pairs = child_sa->create_policy_enumerator(child_sa);
		while (!this->ts && pairs->enumerate(pairs, &mine, &theirs))
		{
			if (theirs->includes(theirs, host) &&
				takes(theirs, protocol, host->get_port(host)) &&
				takes(mine, protocol, 0))
			{
				this->ts = mine->clone(mine);
				child_cfg = child_sa->get_config(child_sa);
				this->unused = !used && child_cfg->get_inactivity(child_cfg);
			}
		}
		pairs->destroy(pairs);
	}
	children->destroy(children);
}

METHOD(extsock_target_t, find_source, uint32_t,
	private_extsock_target_t *this)
{
	if (!this->ts)
	{
		return SEGW_UNASKED_NO_SELECTOR;
	}
	if (this->unused)
	{
		return SEGW_UNASKED_INACTIVITY;
	}
	if (charon->kernel->get_address_by_ts(charon->kernel, this->ts, &this->src,
										  NULL) != SUCCESS)
	{
		this->src = NULL;
		return SEGW_UNASKED_NO_ADDRESS;
	}
	return 0;
}

/**
 * Get the checksum of RFC 1071 over an echo request.
 *
 * @param data			packet
 * @return				checksum
 */
static uint16_t get_checksum(const u_char data[ECHO_LEN])
{
	uint32_t sum = 0;
	u_int i;

	for (i = 0; i < ECHO_LEN; i += 2)
	{
		sum += data[i] << 8 | data[i + 1];
	}
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return ~sum;
}

/**
 * Send an echo request. The kernel writes the identifier of unprivileged ones,
 * and the checksum of IPv6.
 *
 * @param this			object
 * @param number		number of the question
 * @param index			place of the target in it
 * @return				FALSE if the kernel refuses to
 */
static bool send_echo(private_extsock_target_t *this, uint32_t number,
					  u_int index)
{
	u_char packet[ECHO_LEN] = {};

	packet[0] = is_v4(this) ? ECHO_REQUEST_V4 : ECHO_REQUEST_V6;
	htoun16(packet + 4, number >> 16);
	htoun16(packet + 6, number);
	htoun32(this->token, number);
	htoun32(this->token + 4, index);
	memcpy(packet + HEADER_LEN, this->token, TOKEN_LEN);
	if (is_v4(this))
	{
		htoun16(packet + 2, get_checksum(packet));
	}
	return send(this->fd, packet, sizeof(packet), MSG_NOSIGNAL) >= 0 ||
		   errno == EAGAIN || errno == ENOBUFS;
}

/**
 * Open the socket, unprivileged where this is allowed.
 *
 * @param this			object
 * @return				FALSE if the kernel refuses to
 */
static bool open_socket(private_extsock_target_t *this)
{
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int family = this->host->get_family(this->host);
	int icmp = is_v4(this) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct linger linger = {
		.l_onoff = 1,
	};

	if (this->tcp)
	{
		this->fd = socket(family, SOCK_STREAM | flags, IPPROTO_TCP);
		/* ended at once, nothing has to stay of it */
		return this->fd != -1 &&
			   setsockopt(this->fd, SOL_SOCKET, SO_LINGER, &linger,
						  sizeof(linger)) == 0;
	}
	this->fd = socket(family, SOCK_DGRAM | flags, icmp);
	if (this->fd == -1)
	{
		this->raw = is_v4(this);
		this->fd = socket(family, SOCK_RAW | flags, icmp);
	}
	return this->fd != -1;
}

/**
 * Send what asks it.
 *
 * @param this			object
 * @param epoll			descriptor of epoll, gets the socket
 * @param number		number of the question
 * @param index			place of the target in it
 * @return				FALSE if the kernel refuses to
 */
static bool send_question(private_extsock_target_t *this, int epoll,
						  uint32_t number, u_int index)
{
	host_t *host = this->host, *src = this->src;
	struct epoll_event event = {
		.events = this->tcp ? EPOLLOUT : EPOLLIN,
		.data.u64 = (uint64_t)number << 8 | index,
	};

	if (!open_socket(this) ||
		bind(this->fd, src->get_sockaddr(src),
			 *src->get_sockaddr_len(src)) != 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, this->fd, &event) != 0)
	{
		return FALSE;
	}
	if (connect(this->fd, host->get_sockaddr(host),
				*host->get_sockaddr_len(host)) != 0)
	{	/* a refusal may be there before this returns */
		return this->tcp && (errno == EINPROGRESS || errno == EAGAIN ||
							 errno == ECONNREFUSED);
	}
	return this->tcp || send_echo(this, number, index);
}

METHOD(extsock_target_t, ask, status_t,
	private_extsock_target_t *this, int epoll, uint32_t number, u_int index)
{
	if (!this->src)
	{
		return INVALID_STATE;
	}
	if (send_question(this, epoll, number, index))
	{
		return SUCCESS;
	}
	DBG2(DBG_EXTSOCK, "asking %H from %H failed: %s", this->host, this->src,
		 strerror(errno));
	close_socket(this);
	return FAILED;
}

/**
 * Check if what came in is the reply to the echo request.
 *
 * @param this			object
 * @param data			packet
 * @param len			its length
 * @return				TRUE if it is
 */
static bool is_reply(private_extsock_target_t *this, const u_char *data,
					 size_t len)
{
	size_t skip = 0;

	if (this->raw && len)
	{
		skip = (data[0] & 0x0f) * 4;
	}
	return len >= skip + ECHO_LEN &&
		   data[skip] == (is_v4(this) ? ECHO_REPLY_V4 : ECHO_REPLY_V6) &&
		   memeq(data + skip + HEADER_LEN, this->token, TOKEN_LEN);
}

METHOD(extsock_target_t, hear, bool,
	private_extsock_target_t *this)
{
	u_char packet[PACKET_LEN];
	socklen_t size = sizeof(int);
	bool answered = FALSE;
	int i, error = 0;
	ssize_t len;

	if (this->fd == -1)
	{
		return FALSE;
	}
	if (this->tcp)
	{	/* refused is answered, all else is somebody else's complaint */
		getsockopt(this->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		answered = !error || error == ECONNREFUSED || error == ECONNRESET;
	}
	for (i = 0; !this->tcp && !answered && i < READS; i++)
	{
		len = recv(this->fd, packet, sizeof(packet), 0);
		if (len < 0 && errno == EAGAIN)
		{
			return FALSE;
		}
		answered = len > 0 && is_reply(this, packet, len);
	}
	if (answered || this->tcp)
	{
		close_socket(this);
	}
	return answered;
}

METHOD(extsock_target_t, destroy, void,
	private_extsock_target_t *this)
{
	close_socket(this);
	DESTROY_IF(this->host);
	DESTROY_IF(this->ts);
	DESTROY_IF(this->src);
	free(this);
}

/**
 * Read the text.
 *
 * @param this			object
 * @param text			text, changed
 */
static void read_text(private_extsock_target_t *this, char *text)
{
	char *port;

	this->tcp = strpfx(text, TCP);
	if (!this->tcp)
	{
		this->host = host_create_from_string(text, 0);
		return;
	}
	text += strlen(TCP);
	port = strrchr(text, ':');
	if (port)
	{
		*port++ = '\0';
		if (*text == '[')
		{
			text++;
			text[strcspn(text, "]")] = '\0';
		}
		this->host = host_create_from_string(text, atoi(port));
	}
}

/*
 * Described in header
 */
extsock_target_t *extsock_target_create(char *text)
{
	private_extsock_target_t *this;

	INIT(this,
		.public = {
			.find_child = _find_child,
			.find_source = _find_source,
			.ask = _ask,
			.hear = _hear,
			.destroy = _destroy,
		},
		.fd = -1,
	);
	read_text(this, text);
	return &this->public;
}
