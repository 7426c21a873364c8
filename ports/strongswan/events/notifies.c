/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "notifies.h"
#include "event.h"
#include "log_group.h"

#include <encoding/payloads/notify_payload.h>
#include <sa/redirect_manager.h>

/**
 * First notify that tells a status and no error, RFC 7296 section 3.10.1
 */
#define EXTSOCK_STATUS_NOTIFY 16384

/**
 * Notifies of 3GPP TS 24.302, sections 8.1.2.2 and 8.2.9.1, with which an ePDG
 * or a SEGW like it tells of congestion, and for how long to stay away
 */
#define EXTSOCK_CONGESTION_NOTIFY 15500
#define EXTSOCK_BACKOFF_TIMER_NOTIFY 41041

/**
 * Check if a message is one that only a forger sends: an IKE_SA_INIT response is
 * not protected, so one that answers anything else would end the IKE_SA.
 *
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 * @return				TRUE if it is not to be looked at
 */
static bool is_forged(ike_sa_t *ike_sa, message_t *message)
{
	if (ike_sa->get_version(ike_sa) != IKEV2 || message->get_request(message) ||
		message->get_exchange_type(message) != IKE_SA_INIT)
	{
		return FALSE;
	}
	/* RFC 7296, section 2.2: its message ID is 0, and it is the first of all */
	return message->get_message_id(message) != 0 ||
		   ike_sa->get_state(ike_sa) != IKE_CONNECTING;
}

/**
 * Keep charon from following a redirect that is not to be followed.
 *
 * @param failover		failover manager to tell
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void check_redirect(extsock_failover_manager_t *failover,
						   ike_sa_t *ike_sa, message_t *message)
{
	segw_ike_event_t event;
	enumerator_t *enumerator;
	identification_t *target;
	notify_payload_t *notify;
	payload_t *payload;
	chunk_t nonce;

	notify = message->get_notify(message, REDIRECT);
	if (!notify)
	{
		return;
	}
	target = redirect_data_parse(notify->get_notification_data(notify), &nonce);
	if (!target)
	{	/* charon does not know where to either */
		return;
	}
	chunk_free(&nonce);
	extsock_event_init(&event, SEGW_IKE_REDIRECT, ike_sa);
	snprintf(event.remote, sizeof(event.remote), "%Y", target);
	target->destroy(target);
	if (failover->ike_event(failover, &event) != SEGW_ERR_REFUSED)
	{
		return;
	}
	DBG1(DBG_EXTSOCK, "%s: redirect to %s not followed", event.connection,
		 event.remote);
	if (message->get_exchange_type(message) == IKE_SA_INIT)
	{	/* not protected: the answer of the SEGW may still come */
		message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
		return;
	}
	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		if (payload == (payload_t*)notify)
		{
			message->remove_payload_at(message, enumerator);
			payload->destroy(payload);
			break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Check if an answer to IKE_SA_INIT says that the SEGW does not support IKE_SAs
 * without CHILD_SAs, where that matters.
 *
 * @param failover		failover manager to tell
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 * @return				TRUE if it is to be ignored, the IKE_SA will be ended
 */
static bool is_useless(extsock_failover_manager_t *failover, ike_sa_t *ike_sa,
					   message_t *message)
{
	segw_ike_event_t event;

	if (ike_sa->get_version(ike_sa) != IKEV2 || message->get_request(message) ||
		message->get_exchange_type(message) != IKE_SA_INIT ||
		!message->get_payload(message, PLV2_SECURITY_ASSOCIATION) ||
		message->get_notify(message, CHILDLESS_IKEV2_SUPPORTED))
	{
		return FALSE;
	}
	extsock_event_init(&event, SEGW_IKE_NOT_CHILDLESS, ike_sa);
	return failover->ike_event(failover, &event) == SEGW_ERR_REFUSED;
}

/**
 * Tell of what the SEGW refuses, if it does.
 *
 * @param failover		failover manager to tell
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void report_error(extsock_failover_manager_t *failover, ike_sa_t *ike_sa,
						 message_t *message)
{
	segw_ike_event_t event;
	enumerator_t *enumerator;
	notify_payload_t *notify;
	notify_type_t type = 0;
	payload_t *payload;

	if (ike_sa->get_version(ike_sa) != IKEV2 || message->get_request(message))
	{
		return;
	}
	enumerator = message->create_payload_enumerator(message);
	while (!type && enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) == PLV2_NOTIFY)
		{
			notify = (notify_payload_t*)payload;
			type = notify->get_notify_type(notify);
			if (type >= EXTSOCK_STATUS_NOTIFY)
			{
				type = 0;
			}
		}
	}
	enumerator->destroy(enumerator);
	if (type)
	{
		extsock_event_init(&event, SEGW_IKE_NOTIFY, ike_sa);
		event.notify = type;
		failover->ike_event(failover, &event);
	}
}

/**
 * Check if a notify may tell of the SEGW's load; others spare us the lock.
 *
 * @param type			type of the notify
 * @return				TRUE if libsegw is to judge it
 */
static bool is_hint(notify_type_t type)
{
	switch ((int)type)
	{
		case NO_ADDITIONAL_SAS:
		case TEMPORARY_FAILURE:
		case COOKIE:
		case EXTSOCK_CONGESTION_NOTIFY:
		case EXTSOCK_BACKOFF_TIMER_NOTIFY:
			return TRUE;
		default:
			return FALSE;
	}
}

/**
 * Tell of what the SEGW says of its load, if it does.
 *
 * @param failover		failover manager to tell
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void report_hints(extsock_failover_manager_t *failover, ike_sa_t *ike_sa,
						 message_t *message)
{
	segw_ike_event_t event;
	enumerator_t *enumerator;
	notify_payload_t *notify;
	notify_type_t type;
	payload_t *payload;
	chunk_t data;

	if (ike_sa->get_version(ike_sa) != IKEV2)
	{
		return;
	}
	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) == PLV2_NOTIFY)
		{
			notify = (notify_payload_t*)payload;
			type = notify->get_notify_type(notify);
			if (!is_hint(type))
			{
				continue;
			}
			extsock_event_init(&event, SEGW_IKE_HINT, ike_sa);
			event.notify = type;
			data = notify->get_notification_data(notify);
			if (data.len)
			{
				event.notify_data = data.ptr[data.len - 1];
			}
			if (message->get_exchange_type(message) != IKE_SA_INIT)
			{
				event.facts |= SEGW_FACT_PROTECTED;
			}
			failover->ike_event(failover, &event);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
bool extsock_notifies_read(extsock_failover_manager_t *failover,
						   ike_sa_t *ike_sa, message_t *message)
{
	if (is_forged(ike_sa, message))
	{
		DBG1(DBG_EXTSOCK, "unprotected %N response ignored, it answers nothing",
			 exchange_type_names, IKE_SA_INIT);
		message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
		return FALSE;
	}
	check_redirect(failover, ike_sa, message);
	if (message->get_exchange_type(message) == EXCHANGE_TYPE_UNDEFINED)
	{
		return FALSE;
	}
	if (is_useless(failover, ike_sa, message))
	{
		message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
		return FALSE;
	}
	report_error(failover, ike_sa, message);
	report_hints(failover, ike_sa, message);
	return TRUE;
}
