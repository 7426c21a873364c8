/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "reach.h"
#include "compat.h"
#include "event.h"
#include "log_group.h"
#include "timer.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <threading/mutex.h>

/**
 * Targets of a question at most
 */
#define TARGETS 8

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
 * Packets that are read from a socket in a row, sockets that are looked at
 */
#define READS 16
#define READY_MAX 16

typedef struct private_extsock_reach_t private_extsock_reach_t;

/**
 * Private data of an extsock_reach_t object
 */
struct private_extsock_reach_t {

	/**
	 * Public interface
	 */
	extsock_reach_t public;

	/**
	 * Finds IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Callback to invoke
	 */
	extsock_reach_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * When the time of the next question is over
	 */
	extsock_timer_t *timer;

	/**
	 * Covers all that follows, a leaf: nothing of charon is called with it held
	 * but the timer
	 */
	mutex_t *mutex;

	/**
	 * Descriptor of epoll with the sockets, -1 before the first question
	 */
	int epoll;

	/**
	 * Questions that wait for answers, round_t
	 */
	linked_list_t *rounds;

	/**
	 * Number of the last question
	 */
	uint32_t number;
};

/**
 * A target
 */
typedef struct {
	/** address, and port of one to connect to; NULL if it makes no sense */
	host_t *host;
	/** TRUE if it is asked by a connection */
	bool tcp;
	/** local traffic selector of a CHILD_SA that takes packets for it, or NULL */
	traffic_selector_t *ts;
	/** address to ask it from, NULL if there is none */
	host_t *src;
	/** socket, -1 if there is none (any more) */
	int fd;
	/** TRUE if packets come with their IP header */
	bool raw;
	/** what is in its echo request */
	u_char token[TOKEN_LEN];
} target_t;

/**
 * A question to some targets
 */
typedef struct {
	/** number, of all questions */
	uint32_t number;
	/** when its time is over, in milliseconds */
	uint64_t until;
	/** what has become of it */
	segw_ike_event_t event;
	/** how many targets there are */
	u_int count;
	/** those */
	target_t targets[TARGETS];
} round_t;

/**
 * Close the socket of a target, which epoll forgets then.
 *
 * @param target		target
 */
static void close_socket(target_t *target)
{
	if (target->fd != -1)
	{
		close(target->fd);
		target->fd = -1;
	}
}

static void round_destroy(round_t *round)
{
	target_t *target;
	u_int i;

	for (i = 0; i < round->count; i++)
	{
		target = &round->targets[i];
		close_socket(target);
		DESTROY_IF(target->host);
		DESTROY_IF(target->ts);
		DESTROY_IF(target->src);
	}
	free(round);
}

/**
 * Read a target: 10.1.0.1, tcp://10.1.0.1:443 or tcp://[2001:db8::1]:443.
 *
 * @param text			text, changed
 * @param target		target to fill in
 */
static void read_target(char *text, target_t *target)
{
	char *port;

	target->tcp = strpfx(text, TCP);
	if (!target->tcp)
	{
		target->host = host_create_from_string(text, 0);
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
		target->host = host_create_from_string(text, atoi(port));
	}
}

/**
 * Create a question from an action.
 *
 * @param action		action
 * @return				question
 */
static round_t *round_create(const segw_action_t *action)
{
	enumerator_t *enumerator;
	round_t *round;
	char *text;

	INIT(round,
		.until = extsock_timer_now() + action->wait_ms,
	);
	extsock_event_init_action(&round->event, SEGW_IKE_REACHED, action);
	enumerator = enumerator_create_token(action->address, ",", " ");
	while (round->count < TARGETS && enumerator->enumerate(enumerator, &text))
	{
		round->targets[round->count].fd = -1;
		read_target(text, &round->targets[round->count++]);
	}
	enumerator->destroy(enumerator);
	return round;
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

/**
 * Find a CHILD_SA that takes packets for a target.
 *
 * @param ike_sa		checked out IKE_SA
 * @param target		target, receives the local traffic selector
 * @return				config of the CHILD_SA, NULL if there is none
 */
static child_cfg_t *find_child(ike_sa_t *ike_sa, target_t *target)
{
	host_t *host = target->host;
	uint8_t protocol = host->get_family(host) == AF_INET ? IPPROTO_ICMP
														 : IPPROTO_ICMPV6;
	enumerator_t *children, *pairs;
	traffic_selector_t *mine, *theirs;
	child_cfg_t *found = NULL;
	child_sa_t *child_sa;

	if (target->tcp)
	{
		protocol = IPPROTO_TCP;
	}
	children = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!found && children->enumerate(children, &child_sa))
	{
		pairs = child_sa->create_policy_enumerator(child_sa);
		while (!found && pairs->enumerate(pairs, &mine, &theirs))
		{
			if (theirs->includes(theirs, host) &&
				takes(theirs, protocol, host->get_port(host)) &&
				takes(mine, protocol, 0))
			{
				target->ts = mine->clone(mine);
				found = child_sa->get_config(child_sa);
			}
		}
		pairs->destroy(pairs);
	}
	children->destroy(children);
	return found;
}

/**
 * Note why a target can not be asked, the first reason stays.
 *
 * @param round			question
 * @param why			SEGW_UNASKED_*
 */
static void refuse(round_t *round, uint32_t why)
{
	if (!round->event.unasked)
	{
		round->event.unasked = why;
	}
}

/**
 * Find out from where to ask the targets.
 *
 * @param this			object
 * @param action		action
 * @param round			question
 */
static void find_sources(private_extsock_reach_t *this,
						 const segw_action_t *action, round_t *round)
{
	bool unused[TARGETS] = {};
	child_cfg_t *child_cfg;
	target_t *target;
	ike_sa_t *ike_sa;
	u_int i;

	ike_sa = this->registry->checkout(this->registry, action->unique_id);
	for (i = 0; ike_sa && i < round->count; i++)
	{
		target = &round->targets[i];
		child_cfg = target->host ? find_child(ike_sa, target) : NULL;
		unused[i] = child_cfg && !action->again &&
					child_cfg->get_inactivity(child_cfg);
	}
	if (ike_sa)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
	for (i = 0; i < round->count; i++)
	{
		target = &round->targets[i];
		if (!target->ts)
		{
			refuse(round, SEGW_UNASKED_NO_SELECTOR);
		}
		else if (unused[i])
		{
			refuse(round, SEGW_UNASKED_INACTIVITY);
		}
		else if (charon->kernel->get_address_by_ts(charon->kernel, target->ts,
											&target->src, NULL) != SUCCESS)
		{
			target->src = NULL;
			refuse(round, SEGW_UNASKED_NO_ADDRESS);
		}
	}
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
 * @param round			question
 * @param target		target
 * @return				FALSE if the kernel refuses to
 */
static bool send_echo(round_t *round, target_t *target)
{
	bool v4 = target->host->get_family(target->host) == AF_INET;
	u_char packet[ECHO_LEN] = {};

	packet[0] = v4 ? ECHO_REQUEST_V4 : ECHO_REQUEST_V6;
	htoun16(packet + 4, round->number >> 16);
	htoun16(packet + 6, round->number);
	htoun32(target->token, round->number);
	htoun32(target->token + 4, (uint32_t)(target - round->targets));
	memcpy(packet + HEADER_LEN, target->token, TOKEN_LEN);
	if (v4)
	{
		htoun16(packet + 2, get_checksum(packet));
	}
	return send(target->fd, packet, sizeof(packet), MSG_NOSIGNAL) >= 0 ||
		   errno == EAGAIN || errno == ENOBUFS;
}

/**
 * Open the socket of a target, unprivileged where this is allowed.
 *
 * @param target		target
 * @return				FALSE if the kernel refuses to
 */
static bool open_socket(target_t *target)
{
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int family = target->host->get_family(target->host);
	int icmp = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct linger linger = {
		.l_onoff = 1,
	};

	if (target->tcp)
	{
		target->fd = socket(family, SOCK_STREAM | flags, IPPROTO_TCP);
		/* ended at once, nothing has to stay of it */
		return target->fd != -1 &&
			   setsockopt(target->fd, SOL_SOCKET, SO_LINGER, &linger,
						  sizeof(linger)) == 0;
	}
	target->fd = socket(family, SOCK_DGRAM | flags, icmp);
	if (target->fd == -1)
	{
		target->raw = family == AF_INET;
		target->fd = socket(family, SOCK_RAW | flags, icmp);
	}
	return target->fd != -1;
}

/**
 * Ask a target, with the mutex held.
 *
 * @param this			object
 * @param round			question
 * @param index			place of the target
 * @return				FALSE if the kernel refuses to
 */
static bool ask_target(private_extsock_reach_t *this, round_t *round,
					   u_int index)
{
	target_t *target = &round->targets[index];
	host_t *host = target->host, *src = target->src;
	struct epoll_event event = {
		.events = target->tcp ? EPOLLOUT : EPOLLIN,
		.data.u64 = (uint64_t)round->number << 8 | index,
	};

	if (!open_socket(target))
	{
		return FALSE;
	}
	if (bind(target->fd, src->get_sockaddr(src),
			 *src->get_sockaddr_len(src)) != 0 ||
		epoll_ctl(this->epoll, EPOLL_CTL_ADD, target->fd, &event) != 0)
	{
		return FALSE;
	}
	if (connect(target->fd, host->get_sockaddr(host),
				*host->get_sockaddr_len(host)) != 0)
	{	/* a refusal may be there before this returns */
		return target->tcp && (errno == EINPROGRESS || errno == EAGAIN ||
							   errno == ECONNREFUSED);
	}
	return target->tcp || send_echo(round, target);
}

/**
 * Ask the targets that there is a source for, with the mutex held.
 *
 * @param this			object
 * @param round			question
 */
static void ask_all(private_extsock_reach_t *this, round_t *round)
{
	target_t *target;
	u_int i;

	for (i = 0; i < round->count; i++)
	{
		target = &round->targets[i];
		if (!target->src)
		{
			continue;
		}
		if (ask_target(this, round, i))
		{
			round->event.asked |= 1 << i;
			continue;
		}
		DBG2(DBG_EXTSOCK, "asking %H from %H failed: %s", target->host,
			 target->src, strerror(errno));
		close_socket(target);
		refuse(round, SEGW_UNASKED_NOT_SENT);
	}
}

/**
 * Check if what came in is the reply to an echo request.
 *
 * @param target		target
 * @param data			packet
 * @param len			its length
 * @return				TRUE if it is
 */
static bool is_reply(target_t *target, const u_char *data, size_t len)
{
	bool v4 = target->host->get_family(target->host) == AF_INET;
	size_t skip = 0;

	if (target->raw && len)
	{
		skip = (data[0] & 0x0f) * 4;
	}
	return len >= skip + ECHO_LEN &&
		   data[skip] == (v4 ? ECHO_REPLY_V4 : ECHO_REPLY_V6) &&
		   memeq(data + skip + HEADER_LEN, target->token, TOKEN_LEN);
}

/**
 * Read what a target says, with the mutex held.
 *
 * @param round			question
 * @param index			place of the target
 */
static void hear(round_t *round, u_int index)
{
	target_t *target = &round->targets[index];
	u_char packet[PACKET_LEN];
	socklen_t size = sizeof(int);
	bool answered = FALSE;
	int i, error = 0;
	ssize_t len;

	if (target->fd == -1)
	{
		return;
	}
	if (target->tcp)
	{	/* refused is answered, all else is somebody else's complaint */
		getsockopt(target->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		answered = !error || error == ECONNREFUSED || error == ECONNRESET;
	}
	for (i = 0; !target->tcp && !answered && i < READS; i++)
	{
		len = recv(target->fd, packet, sizeof(packet), 0);
		if (len < 0 && errno == EAGAIN)
		{
			return;
		}
		answered = len > 0 && is_reply(target, packet, len);
	}
	if (answered)
	{
		round->event.answered |= 1 << index;
	}
	if (answered || target->tcp)
	{
		close_socket(target);
	}
}

/**
 * Read all that has come in, with the mutex held.
 *
 * @param this			object
 */
static void hear_all(private_extsock_reach_t *this)
{
	struct epoll_event ready[READY_MAX];
	enumerator_t *enumerator;
	round_t *round;
	int i, count;

	count = epoll_wait(this->epoll, ready, READY_MAX, 0);
	for (i = 0; i < count; i++)
	{
		enumerator = this->rounds->create_enumerator(this->rounds);
		while (enumerator->enumerate(enumerator, &round))
		{
			if (round->number == ready[i].data.u64 >> 8)
			{
				hear(round, ready[i].data.u64 & 0xff);
				break;
			}
		}
		enumerator->destroy(enumerator);
	}
}

/**
 * Tell of the questions that all targets have answered, or whose time is over.
 *
 * @param this			object
 */
static void settle(private_extsock_reach_t *this)
{
	uint64_t now = extsock_timer_now();
	enumerator_t *enumerator;
	linked_list_t *done;
	round_t *round;

	done = linked_list_create();
	this->mutex->lock(this->mutex);
	/* also what waits to be read although its time is over: this host may not
	 * have run for a while */
	hear_all(this);
	enumerator = this->rounds->create_enumerator(this->rounds);
	while (enumerator->enumerate(enumerator, &round))
	{
		if (round->until <= now || round->event.answered == round->event.asked)
		{
			this->rounds->remove_at(this->rounds, enumerator);
			done->insert_last(done, round);
		}
		else
		{
			this->timer->set(this->timer, round->until);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);

	while (done->remove_first(done, (void**)&round) == SUCCESS)
	{
		this->cb(this->user, &round->event);
		round_destroy(round);
	}
	done->destroy(done);
}

CALLBACK(on_ready, bool,
	private_extsock_reach_t *this, int fd, watcher_event_t event)
{
	settle(this);
	return TRUE;
}

/**
 * Have the sockets watched, those of no one who never asks.
 *
 * @param this			object
 */
static void watch(private_extsock_reach_t *this)
{
	bool fresh;

	this->mutex->lock(this->mutex);
	fresh = this->epoll == -1;
	if (fresh)
	{
		this->epoll = epoll_create1(EPOLL_CLOEXEC);
		fresh = this->epoll != -1;
	}
	this->mutex->unlock(this->mutex);
	if (fresh)
	{
		lib->watcher->add(lib->watcher, this->epoll, WATCHER_READ, on_ready,
						  this);
	}
}

METHOD(extsock_reach_t, ask, void,
	private_extsock_reach_t *this, const segw_action_t *action)
{
	round_t *round;
	bool asked;

	watch(this);
	round = round_create(action);
	find_sources(this, action, round);

	this->mutex->lock(this->mutex);
	round->number = ++this->number;
	ask_all(this, round);
	asked = round->event.asked;
	if (asked)
	{
		this->rounds->insert_last(this->rounds, round);
		this->timer->set(this->timer, round->until);
	}
	this->mutex->unlock(this->mutex);
	if (!asked)
	{
		this->cb(this->user, &round->event);
		round_destroy(round);
	}
}

METHOD(extsock_reach_t, destroy, void,
	private_extsock_reach_t *this)
{
	if (this->epoll != -1)
	{
		lib->watcher->remove(lib->watcher, this->epoll);
	}
	this->rounds->destroy_function(this->rounds, (void*)round_destroy);
	if (this->epoll != -1)
	{
		close(this->epoll);
	}
	this->timer->destroy(this->timer);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_reach_t *extsock_reach_create(extsock_registry_t *registry,
									  extsock_reach_cb_t cb, void *user)
{
	private_extsock_reach_t *this;

	INIT(this,
		.public = {
			.ask = _ask,
			.destroy = _destroy,
		},
		.registry = registry,
		.cb = cb,
		.user = user,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.epoll = -1,
		.rounds = linked_list_create(),
	);
	this->timer = extsock_timer_create((extsock_timer_cb_t)settle, this);
	/* charon drops what nobody asks it to keep. Where it has it not, unprivileged
	 * sockets have to do, or the question says that it was not sent */
	ignore_result(lib->caps->keep(lib->caps, CAP_NET_RAW));
	return &this->public;
}
