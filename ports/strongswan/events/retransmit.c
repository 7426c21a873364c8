/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "retransmit.h"
#include "timer.h"

#include <ctype.h>

#include <collections/array.h>
#include <collections/linked_list.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <sa/task_manager.h>
#include <threading/mutex.h>

/**
 * Shortest time until a request is sent for the second time, in milliseconds;
 * then it doubles
 */
#define FIRST_REPEAT 500

/**
 * The same as long as no response has ever come; as RFC 6298, section 2
 */
#define UNKNOWN_REPEAT 1000

/**
 * More is not learned from one response, in milliseconds: a SEGW that was away
 * for long is not far away
 */
#define LONGEST 2000

/**
 * Time after which a dropped response is looked for, in milliseconds; it
 * doubles as long as the IKE_SA is not checked in
 */
#define FIRST_LOOK 10

/**
 * As long as any timeout of charon's, in seconds
 */
#define LONGEST_TIMEOUT 86400

typedef struct private_extsock_retransmit_t private_extsock_retransmit_t;

/**
 * Private data of an extsock_retransmit_t object
 */
struct private_extsock_retransmit_t {

	/**
	 * Public interface
	 */
	extsock_retransmit_t public;

	/**
	 * Failover manager to ask
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Requests that may be sent again, as request_t
	 */
	linked_list_t *requests;

	/**
	 * Longest time of late until an IKE_SA_INIT had its response, in
	 * milliseconds, 0 if none had
	 */
	u_int longest;

	/**
	 * Covers the list, what is in it of responses, and longest
	 */
	mutex_t *mutex;
};

/**
 * An IKE_SA_INIT or IKE_AUTH request in the list, data of a job
 */
typedef struct {
	/** who has it in the list */
	private_extsock_retransmit_t *this;
	/** ID its IKE_SA had when it was sent */
	ike_sa_id_t *id;
	/** message ID */
	uint32_t mid;
	/** what it was sent in, packet_t */
	array_t *packets;
	/** when it was sent first */
	uint64_t sent_at;
	/** time between the job's last run and this one, in milliseconds */
	u_int delay;
	/** it was sent again; written and read with the IKE_SA checked out */
	bool repeated;
	/** the IKE_SA may not be checked in yet */
	bool early;
	/** there was a response before it was checked in, so charon dropped it */
	bool dropped;
	/** another one came after it: it was answered, maybe with the demand to ask
	 * once more under the same message ID */
	bool outdated;
} request_t;

/**
 * Destroy a request, which is in the list no longer.
 *
 * @param request		request to destroy
 */
static void request_destroy(request_t *request)
{
	private_extsock_retransmit_t *this = request->this;

	this->mutex->lock(this->mutex);
	this->requests->remove(this->requests, request, NULL);
	this->mutex->unlock(this->mutex);
	array_destroy_offset(request->packets, offsetof(packet_t, destroy));
	request->id->destroy(request->id);
	free(request);
}

/**
 * Check if a message asks for the setup of an IKE_SA.
 *
 * @param message		message
 * @return				TRUE if it does
 */
static bool is_setup(message_t *message)
{
	switch (message->get_exchange_type(message))
	{
		case IKE_SA_INIT:
		case IKE_AUTH:
			return message->get_request(message);
		default:
			return FALSE;
	}
}

/**
 * Check if a request is an IKE_SA_INIT, not an IKE_AUTH.
 *
 * @param request		request
 * @return				TRUE if it is
 */
static bool is_init(request_t *request)
{
	/* RFC 7296, section 2.2 */
	return request->mid == 0;
}

/**
 * Find the last request of an IKE_SA, called locked.
 *
 * @param this			object that has the list
 * @param spi			our SPI of the IKE_SA, which a response can not change
 * @return				request, NULL if there is none
 */
static request_t *find_request(private_extsock_retransmit_t *this, uint64_t spi)
{
	enumerator_t *enumerator;
	request_t *request, *found = NULL;

	enumerator = this->requests->create_enumerator(this->requests);
	while (!found && enumerator->enumerate(enumerator, &request))
	{
		if (!request->outdated &&
			request->id->get_initiator_spi(request->id) == spi)
		{
			found = request;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add a request to the list; that of its IKE_SA before it was answered.
 *
 * @param this			object that has the list
 * @param request		request to add
 */
static void add_request(private_extsock_retransmit_t *this, request_t *request)
{
	request_t *other;
	u_int took;

	this->mutex->lock(this->mutex);
	other = find_request(this, request->id->get_initiator_spi(request->id));
	if (other)
	{
		other->outdated = TRUE;
		/* a response to one sent twice may be that to either; where the next is
		 * in danger, which get_delay() is about, it is better to wait longer */
		if (is_init(other) && (!other->repeated || is_init(request)))
		{
			took = min(request->sent_at - other->sent_at, LONGEST);
			this->longest = max(max(took, this->longest / 8 * 7), 1);
		}
	}
	this->requests->insert_last(this->requests, request);
	this->mutex->unlock(this->mutex);
}

/**
 * Get the time until a request is sent for the second time.
 *
 * Twice what a response takes: a request that is sent twice may be answered
 * twice, and if both say INVALID_KE_PAYLOAD charon begins anew on the second,
 * with another key than the one it has just sent.
 *
 * @param this			object that knows what a response takes
 * @return				time, in milliseconds
 */
static u_int get_delay(private_extsock_retransmit_t *this)
{
	u_int longest;

	this->mutex->lock(this->mutex);
	longest = this->longest;
	this->mutex->unlock(this->mutex);
	return longest ? max(longest * 2, FIRST_REPEAT) : UNKNOWN_REPEAT;
}

/**
 * Check if the response to a request has not come.
 *
 * @param request		request
 * @param ike_sa		its IKE_SA, checked out: it sends no other now
 * @param dropped		receives TRUE if it has, but charon dropped it
 * @return				TRUE if it has not, and libsegw follows the IKE_SA
 */
static bool is_waiting(request_t *request, ike_sa_t *ike_sa, bool *dropped)
{
	private_extsock_retransmit_t *this = request->this;
	bool outdated;

	this->mutex->lock(this->mutex);
	outdated = request->outdated;
	*dropped = request->dropped;
	this->mutex->unlock(this->mutex);

	return !outdated && ike_sa->get_state(ike_sa) == IKE_CONNECTING &&
		   ike_sa->get_message_id(ike_sa, TRUE) == request->mid &&
		   this->failover->follows(this->failover,
								   ike_sa->get_unique_id(ike_sa));
}

/**
 * Get the time until charon sends a request for the second time. Read without
 * floating point, which for this alone would be linked into the plugin on a
 * router without an FPU.
 *
 * @return				time in milliseconds
 */
static u_int get_timeout()
{
	char *text, *end;
	u_int ms, unit;

	text = lib->settings->get_str(lib->settings, "%s.retransmit_timeout", "",
								  lib->ns);
	if (!*text || text[strspn(text, "0123456789.")])
	{
		return RETRANSMIT_TIMEOUT * 1000;
	}
	ms = min(strtoul(text, &end, 10), LONGEST_TIMEOUT) * 1000;
	for (unit = 100; *end++ && isdigit((u_char)*end); unit /= 10)
	{
		ms += (*end - '0') * unit;
	}
	return ms;
}

/**
 * Check if a request is to be sent again.
 *
 * @param delay			time after it was last sent, in milliseconds
 * @return				FALSE if charon's own turn comes before the next
 */
static bool is_worthwhile(u_int delay)
{
	return delay * 2 < get_timeout();
}

/**
 * Send a request again, from and to where its IKE_SA is now.
 *
 * @param request		request
 * @param ike_sa		its IKE_SA, checked out
 */
static void send_again(request_t *request, ike_sa_t *ike_sa)
{
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	enumerator_t *enumerator;
	packet_t *packet;
	host_t *host;

	DBG1(DBG_NET, "no response yet, sending request %u of connection '%s' "
		 "again", request->mid, ike_sa->get_name(ike_sa));
	enumerator = array_create_enumerator(request->packets);
	while (enumerator->enumerate(enumerator, &packet))
	{
		packet = packet->clone(packet);
		host = ike_sa->get_my_host(ike_sa);
		packet->set_source(packet, host->clone(host));
		host = ike_sa->get_other_host(ike_sa);
		packet->set_destination(packet, host->clone(host));
		packet->set_dscp(packet, ike_cfg ? ike_cfg->get_dscp(ike_cfg) : 0);
		charon->sender->send(charon->sender, packet);
	}
	enumerator->destroy(enumerator);
	request->repeated = TRUE;
}

CALLBACK(repeat_job, job_requeue_t,
	request_t *request)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	bool waiting, dropped;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout(manager, request->id);
	if (!ike_sa)
	{
		request->delay *= 2;
		return request->early && request->delay < FIRST_REPEAT ?
								JOB_RESCHEDULE_MS(request->delay) :
								JOB_REQUEUE_NONE;
	}
	waiting = is_waiting(request, ike_sa, &dropped);
	if (waiting && (request->early ? dropped : is_worthwhile(request->delay)))
	{
		send_again(request, ike_sa);
	}
	manager->checkin(manager, ike_sa);

	/* also if it is not sent again: how long the response takes is of use */
	request->delay = request->early ? get_delay(request->this)
									: request->delay * 2;
	request->early = FALSE;
	return waiting ? JOB_RESCHEDULE_MS(request->delay) : JOB_REQUEUE_NONE;
}

METHOD(extsock_retransmit_t, sent, void,
	private_extsock_retransmit_t *this, message_t *message)
{
	ike_sa_id_t *id = message->get_ike_sa_id(message);
	request_t *request;

	if (!is_setup(message))
	{
		return;
	}
	INIT(request,
		.this = this,
		.id = id->clone(id),
		.mid = message->get_message_id(message),
		.packets = extsock_registry_get_packets(message),
		.sent_at = extsock_timer_now(),
	);
	request->early = is_init(request);
	request->delay = request->early ? FIRST_LOOK : get_delay(this);
	add_request(this, request);
	lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(
									(callback_job_cb_t)repeat_job, request,
									(callback_job_cleanup_t)request_destroy,
									NULL, JOB_PRIO_HIGH), request->delay);
}

METHOD(extsock_retransmit_t, dropped, void,
	private_extsock_retransmit_t *this, message_t *message)
{
	ike_sa_id_t *id = message->get_ike_sa_id(message);
	request_t *request;

	if (message->get_request(message))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	request = find_request(this, id->get_initiator_spi(id));
	if (request)
	{
		request->dropped = TRUE;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_retransmit_t, destroy, void,
	private_extsock_retransmit_t *this)
{
	/* charon drops all jobs before it unloads plugins */
	this->requests->destroy(this->requests);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_retransmit_t *extsock_retransmit_create(
										extsock_failover_manager_t *failover)
{
	private_extsock_retransmit_t *this;

	INIT(this,
		.public = {
			.sent = _sent,
			.dropped = _dropped,
			.destroy = _destroy,
		},
		.failover = failover,
		.requests = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
