/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This program is free software; you can redistribute it and/or modify it
 * under the terms of the GNU General Public License as published by the
 * Free Software Foundation; either version 2 of the License, or (at your
 * option) any later version.  See <http://www.fsf.org/copyleft/gpl.txt>.
 *
 * This program is distributed in the hope that it will be useful, but
 * WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
 * or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU General Public License
 * for more details.
 */

#include "extsock_repeat.h"

#include <collections/array.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <sa/task_manager.h>

/**
 * Until a request is sent for the second time, in milliseconds; then twice that
 */
#define FIRST_REPEAT 500

/**
 * The same for the first request of an IKE_SA that charon dials in place of
 * another one: it checks it in after that, a response is dropped until then
 */
#define EARLY_REPEAT 50

/**
 * Data of a job
 */
typedef struct {
	/** failover manager to ask */
	extsock_failover_manager_t *failover;
	/** IKE_SA of the request */
	ike_sa_id_t *id;
	/** message ID of the request */
	uint32_t mid;
	/** what it was sent in, packet_t */
	array_t *packets;
	/** time until it is sent again, in milliseconds */
	u_int delay;
} repeat_t;

/**
 * Destroy the data of a job.
 *
 * @param repeat		data to destroy
 */
static void repeat_destroy(repeat_t *repeat)
{
	array_destroy_offset(repeat->packets, offsetof(packet_t, destroy));
	repeat->id->destroy(repeat->id);
	free(repeat);
}

/**
 * Check if a request is to be sent again.
 *
 * @param delay			time after it was last sent, in milliseconds
 * @return				FALSE if charon's own turn comes before the next
 */
static bool is_worthwhile(u_int delay)
{
	double timeout;

	timeout = lib->settings->get_double(lib->settings, "%s.retransmit_timeout",
										RETRANSMIT_TIMEOUT, lib->ns);
	return delay * 2 < timeout * 1000.0;
}

/**
 * Send the packets of a request again.
 *
 * @param repeat		request
 * @param ike_sa		its IKE_SA
 */
static void send_again(repeat_t *repeat, ike_sa_t *ike_sa)
{
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	enumerator_t *enumerator;
	packet_t *packet;
	host_t *host;

	DBG1(DBG_NET, "no response yet, sending request %u of connection '%s' "
		 "again", repeat->mid, ike_sa->get_name(ike_sa));
	enumerator = array_create_enumerator(repeat->packets);
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
}

CALLBACK(repeat_job, job_requeue_t,
	repeat_t *repeat)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	/* it may not have been checked in yet */
	bool waiting = repeat->delay == EARLY_REPEAT;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout(manager, repeat->id);
	if (ike_sa)
	{
		waiting = ike_sa->get_state(ike_sa) == IKE_CONNECTING &&
				  ike_sa->get_message_id(ike_sa, TRUE) == repeat->mid &&
				  repeat->failover->follows(repeat->failover,
											ike_sa->get_unique_id(ike_sa));
		if (waiting)
		{
			send_again(repeat, ike_sa);
		}
		manager->checkin(manager, ike_sa);
	}
	repeat->delay = max(repeat->delay * 2, FIRST_REPEAT);
	return waiting && is_worthwhile(repeat->delay) ?
								JOB_RESCHEDULE_MS(repeat->delay) :
								JOB_REQUEUE_NONE;
}

/**
 * Get what a message is sent in.
 *
 * @param message		message just generated
 * @return				array of packet_t
 */
static array_t *get_packets(message_t *message)
{
	enumerator_t *enumerator;
	array_t *packets;
	packet_t *packet;

	packets = array_create(0, 1);
	if (!message->is_fragmented(message))
	{
		array_insert(packets, ARRAY_TAIL, message->get_packet(message));
		return packets;
	}
	enumerator = message->get_fragments(message);
	while (enumerator->enumerate(enumerator, &packet))
	{
		array_insert(packets, ARRAY_TAIL, packet->clone(packet));
	}
	enumerator->destroy(enumerator);
	return packets;
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

/*
 * Described in header
 */
void extsock_repeat(message_t *message, ike_sa_t *ike_sa,
					extsock_failover_manager_t *failover)
{
	ike_sa_id_t *id = message->get_ike_sa_id(message);
	repeat_t *repeat;

	if (!is_setup(message) || !is_worthwhile(FIRST_REPEAT))
	{
		return;
	}
	INIT(repeat,
		.failover = failover,
		.id = id->clone(id),
		.mid = message->get_message_id(message),
		.packets = get_packets(message),
		.delay = id->equals(id, ike_sa->get_id(ike_sa)) ? FIRST_REPEAT :
														  EARLY_REPEAT,
	);
	lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create_with_prio(
									(callback_job_cb_t)repeat_job, repeat,
									(callback_job_cleanup_t)repeat_destroy,
									NULL, JOB_PRIO_HIGH), repeat->delay);
}
