/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "request.h"

#include <collections/array.h>

typedef struct private_extsock_request_t private_extsock_request_t;

/**
 * Private data of an extsock_request_t object
 */
struct private_extsock_request_t {

	/**
	 * Public interface
	 */
	extsock_request_t public;

	/**
	 * ID of its IKE_SA
	 */
	ike_sa_id_t *id;

	/**
	 * Message ID
	 */
	uint32_t mid;

	/**
	 * What it was sent in, packet_t
	 */
	array_t *packets;
};

METHOD(extsock_request_t, get_id, ike_sa_id_t*,
	private_extsock_request_t *this)
{
	return this->id;
}

METHOD(extsock_request_t, is_init, bool,
	private_extsock_request_t *this)
{
	/* RFC 7296, section 2.2 */
	return this->mid == 0;
}

METHOD(extsock_request_t, is_pending, bool,
	private_extsock_request_t *this, ike_sa_t *ike_sa)
{
	return ike_sa->get_state(ike_sa) == IKE_CONNECTING &&
		   ike_sa->get_message_id(ike_sa, TRUE) == this->mid;
}

METHOD(extsock_request_t, send_, void,
	private_extsock_request_t *this, ike_sa_t *ike_sa)
{
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	enumerator_t *enumerator;
	packet_t *packet;
	host_t *host;

	DBG1(DBG_NET, "no response yet, sending request %u of connection '%s' "
		 "again", this->mid, ike_sa->get_name(ike_sa));
	enumerator = array_create_enumerator(this->packets);
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

METHOD(extsock_request_t, destroy, void,
	private_extsock_request_t *this)
{
	array_destroy_offset(this->packets, offsetof(packet_t, destroy));
	this->id->destroy(this->id);
	free(this);
}

/*
 * Described in header
 */
extsock_request_t *extsock_request_create(message_t *message)
{
	private_extsock_request_t *this;
	ike_sa_id_t *id = message->get_ike_sa_id(message);

	if (!is_setup(message))
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.get_id = _get_id,
			.is_init = _is_init,
			.is_pending = _is_pending,
			.send = _send_,
			.destroy = _destroy,
		},
		.id = id->clone(id),
		.mid = message->get_message_id(message),
		.packets = get_packets(message),
	);
	return &this->public;
}
