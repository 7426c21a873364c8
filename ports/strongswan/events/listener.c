/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "listener.h"
#include "compat.h"
#include "event.h"
#include "log_group.h"
#include "retransmit.h"
#include "takeover.h"

#include <bus/listeners/logger.h>
#include <encoding/payloads/notify_payload.h>
#include <processing/jobs/callback_job.h>
#include <sa/redirect_manager.h>
#include <threading/spinlock.h>
#include <threading/thread_value.h>

/**
 * What charon's log says when an operator has an IKE_SA terminated by its name,
 * before it looks for one
 */
#define VICI_TERMINATE "vici terminate IKE_SA '"

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
 * What it says when vici closes an IKE_SA whose connection is loaded anew: what
 * the line begins with, in older versions and in newer ones, and what stands
 * before the unique ID at its end
 */
#define VICI_CLOSING_OLD "closing IKE_SA #"
#define VICI_CLOSING_NEW "vici closing IKE_SA '"
#define VICI_CLOSING_ID " #"

/**
 * IKE_SAs that are closed for that which are remembered until they end
 */
#define CLOSING_CAP 16

/**
 * IKE_INTERMEDIATE (RFC 9242), which charon knows since 6.0
 */
#define EXCHANGE_IKE_INTERMEDIATE 43

typedef struct private_extsock_listener_t private_extsock_listener_t;
typedef struct network_listener_t network_listener_t;
typedef struct operator_logger_t operator_logger_t;

/**
 * Hears an operator terminate a connection that has no IKE_SA, as we pause:
 * charon has nothing to end then, and tells nobody but its log. And hears vici
 * close an IKE_SA whose connection is loaded anew: it looks like an operator's
 * word otherwise.
 */
struct operator_logger_t {

	/**
	 * Implements logger_t
	 */
	logger_t logger;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Knows the IKE_SAs there are
	 */
	extsock_registry_t *registry;

	/**
	 * Unique IDs of IKE_SAs that vici closes, a ring; 0 if unused
	 */
	uint32_t closing[CLOSING_CAP];

	/**
	 * Number of IKE_SAs ever put into it
	 */
	u_int closing_count;

	/**
	 * Covers both
	 */
	spinlock_t *lock;
};

/**
 * Listens to what happens to this host's own addresses and routes
 */
struct network_listener_t {

	/**
	 * Implements kernel_listener_t
	 */
	kernel_listener_t listener;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;
};

/**
 * Private data of an extsock_listener_t object.
 *
 * Heads up! The bus calls the hooks with its mutex held and the IKE_SA checked
 * out, at shutdown even with all IKE_SAs locked. They translate and return: no
 * call to a manager or the controller, no socket, no DNS. Nor do they look into
 * an IKE_SA in IKE_CREATED that charon may not have been able to make.
 */
struct private_extsock_listener_t {

	/**
	 * Public interface
	 */
	extsock_listener_t public;

	/**
	 * Listener on the kernel interface
	 */
	network_listener_t network;

	/**
	 * Logger for charon's own word of an operator
	 */
	operator_logger_t operator;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Adopts connections that are dialled unguarded
	 */
	extsock_adoption_t *adoption;

	/**
	 * Told of the ends of CHILD_SAs
	 */
	extsock_transit_t *transit;

	/**
	 * Sends again what is not answered
	 */
	extsock_retransmit_t *retransmit;

	/**
	 * Knows how long answers take
	 */
	extsock_registry_t *registry;

	/**
	 * Exchange of the last message that came in, plain, as exchange_type_t:
	 * each thread handles one message at a time
	 */
	thread_value_t *heard;
};

/**
 * Have libsegw told of an IKE_SA that it is to follow before something else is
 * said about it.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA we initiated
 */
static void meet(private_extsock_listener_t *this, ike_sa_t *ike_sa)
{
	if (ike_sa->get_state(ike_sa) != IKE_CREATED)
	{
		this->adoption->meet(this->adoption, ike_sa);
	}
}

/**
 * Check if an IKE_SA is to be reported: one that we initiated, or that a SEGW of
 * ours did, of which authorize() tells first.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA
 * @return				TRUE to report it
 */
static bool is_reported(private_extsock_listener_t *this, ike_sa_t *ike_sa)
{
	return extsock_event_is_initiator(ike_sa) ||
		   this->failover->follows(this->failover,
								   ike_sa->get_unique_id(ike_sa));
}

METHOD(listener_t, authorize, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	segw_ike_event_t event;

	/* the peer has proved who it is and its connection is known, but what there
	 * was before has not been destroyed as a duplicate yet */
	if (!extsock_event_is_initiator(ike_sa) &&
		ike_sa->get_state(ike_sa) == IKE_CONNECTING)
	{
		extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
		event.facts &= ~SEGW_FACT_AUTHENTICATED;
		if (this->failover->ike_event(this->failover,
									  &event) == SEGW_ERR_UNKNOWN)
		{	/* its address may be that of a listed name */
			this->adoption->connecting(this->adoption, event.connection);
		}
	}
	return TRUE;
}

/**
 * Note that charon gave up to dial a connection before libsegw follows that:
 * once the connection is adopted, nobody would try again.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA
 * @param given_up		TRUE if it was given up
 */
static void note_given_up(private_extsock_listener_t *this, ike_sa_t *ike_sa,
						  bool given_up)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	char *name = ike_sa->get_name(ike_sa);

	if (given_up && extsock_event_is_initiator(ike_sa) &&
		!this->failover->follows(this->failover, unique_id) &&
		strlen(name) < SEGW_NAME_CAP)
	{
		this->adoption->gave_up(this->adoption, name, unique_id);
	}
}

/**
 * Check if vici closes an IKE_SA because its connection is loaded anew.
 *
 * @param this			listener
 * @param unique_id		unique ID of the IKE_SA, which is forgotten
 * @return				TRUE if so
 */
static bool take_closing(private_extsock_listener_t *this, uint32_t unique_id)
{
	operator_logger_t *operator = &this->operator;
	bool found = FALSE;
	int i;

	operator->lock->lock(operator->lock);
	for (i = 0; i < CLOSING_CAP; i++)
	{
		if (operator->closing[i] == unique_id)
		{
			operator->closing[i] = 0;
			found = TRUE;
		}
	}
	operator->lock->unlock(operator->lock);
	return found;
}

/**
 * Report the end of an IKE_SA whose connection is loaded anew: whether it is to
 * be up again its new configuration says.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA that ends
 */
static void report_closed(private_extsock_listener_t *this, ike_sa_t *ike_sa)
{
	segw_ike_event_t event;

	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, IKE_DESTROYING);
	event.facts |= SEGW_FACT_LAID_DOWN;
	this->failover->ike_event(this->failover, &event);
	this->adoption->reloaded(this->adoption, event.connection,
							 event.unique_id);
}

METHOD(listener_t, ike_state_change, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	segw_ike_event_t event;

	if (!is_reported(this, ike_sa))
	{
		return TRUE;
	}
	if (state == IKE_DESTROYING)
	{
		note_given_up(this, ike_sa, extsock_event_is_given_up(ike_sa));
		if (extsock_event_is_lacking(ike_sa))
		{	/* charon raises no alert for it */
			extsock_event_init(&event, SEGW_IKE_ALERT, ike_sa);
			event.alert = SEGW_ALERT_LACKING;
			this->failover->ike_event(this->failover, &event);
		}
		/* every end of an IKE_SA comes through here, and only through here */
		if (take_closing(this, ike_sa->get_unique_id(ike_sa)))
		{
			report_closed(this, ike_sa);
			return TRUE;
		}
		this->failover->handle_connection_failure(this->failover, ike_sa);
		return TRUE;
	}
	meet(this, ike_sa);
	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, state);
	this->failover->ike_event(this->failover, &event);
	if (state == IKE_CONNECTING &&
		!this->failover->follows(this->failover, event.unique_id))
	{
		this->adoption->connecting(this->adoption, event.connection);
	}
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	segw_ike_event_t event;

	if (is_reported(this, ike_sa))
	{
		extsock_event_init(&event, SEGW_IKE_UPDOWN, ike_sa);
		event.up = up;
		this->failover->ike_event(this->failover, &event);
		/* a SEGW has refused it: charon tells so of what never was up */
		note_given_up(this, ike_sa, !up &&
					  ike_sa->get_state(ike_sa) == IKE_CONNECTING);
	}
	return TRUE;
}

/**
 * Report an IKE_SA that takes the place of another.
 *
 * @param this			listener
 * @param kind			SEGW_IKE_*
 * @param old			IKE_SA replaced
 * @param new			IKE_SA replacing it
 * @param up			TRUE if the new one has been initiated
 * @return				libsegw's answer
 */
static segw_status_t replaced(private_extsock_listener_t *this, uint32_t kind,
							  ike_sa_t *old, ike_sa_t *new, bool up)
{
	segw_ike_event_t event;

	extsock_event_init(&event, kind, old);
	event.other_id = new->get_unique_id(new);
	event.up = up;
	return this->failover->ike_event(this->failover, &event);
}

METHOD(listener_t, ike_rekey, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	if (is_reported(this, old))
	{
		replaced(this, SEGW_IKE_REKEYED, old, new, TRUE);
		extsock_takeover_place(new, this->failover, NULL);
	}
	return TRUE;
}

METHOD(listener_t, children_migrate, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_id_t *new,
	uint32_t unique_id)
{
	segw_ike_event_t event;

	/* how IKEv1 rekeys: a new IKE_SA gets the CHILD_SAs before it is dialled,
	 * at the host of the old one; no other hook tells of it */
	if (new && old && is_reported(this, old))
	{
		extsock_event_init(&event, SEGW_IKE_REKEYED, old);
		event.other_id = unique_id;
		event.up = TRUE;
		this->failover->ike_event(this->failover, &event);
	}
	return TRUE;
}

METHOD(listener_t, ike_reestablish_pre, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	char from[SEGW_ADDR_CAP] = "";

	if (is_reported(this, old))
	{	/* asked before libsegw forgets, or moves the connection on */
		this->failover->get_address(this->failover, old->get_unique_id(old),
									from, sizeof(from));
		switch (replaced(this, SEGW_IKE_REESTABLISH, old, new, FALSE))
		{
			case SEGW_ERR_REFUSED:
			case SEGW_ERR_FULL:
				extsock_takeover_refuse(new);
				break;
			default:
				extsock_takeover_place(new, this->failover, from);
				break;
		}
	}
	return TRUE;
}

METHOD(listener_t, ike_reestablish_post, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_t *new,
	bool initiated)
{
	if (is_reported(this, old))
	{
		replaced(this, SEGW_IKE_REESTABLISHED, old, new, initiated);
	}
	return TRUE;
}

/**
 * Report an event of a CHILD_SA.
 *
 * @param this			listener
 * @param kind			SEGW_IKE_*
 * @param ike_sa		IKE_SA of the CHILD_SA
 * @param child_sa		CHILD_SA
 * @param up			TRUE if it is up
 */
static void child_event(private_extsock_listener_t *this, uint32_t kind,
						ike_sa_t *ike_sa, child_sa_t *child_sa, bool up)
{
	segw_ike_event_t event;

	if (is_reported(this, ike_sa))
	{
		extsock_event_init(&event, kind, ike_sa);
		extsock_event_add_child(&event, ike_sa, child_sa);
		event.up = up;
		this->failover->ike_event(this->failover, &event);
	}
}

METHOD(listener_t, child_updown, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	bool up)
{
	child_event(this, SEGW_IKE_CHILD_UPDOWN, ike_sa, child_sa, up);
	if (!up)
	{
		this->transit->end(this->transit, ike_sa->get_name(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, child_rekey, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, child_sa_t *old,
	child_sa_t *new)
{
	child_event(this, SEGW_IKE_CHILD_REKEYED, ike_sa, new, TRUE);
	return TRUE;
}

/**
 * Check if the SEGW may have been sent IKE_AUTH by the message that this thread
 * handles the answer to.
 *
 * @param this			listener
 * @return				FALSE if it was an exchange before that
 */
static bool was_asked_to_authenticate(private_extsock_listener_t *this)
{
	switch ((uintptr_t)this->heard->get(this->heard))
	{
		case IKE_SA_INIT:
		case EXCHANGE_IKE_INTERMEDIATE:
			return FALSE;
		default:
			return TRUE;
	}
}

METHOD(listener_t, alert, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	segw_ike_event_t event = {
		.kind = SEGW_IKE_SHUTDOWN,
	};
	uint32_t mapped;

	switch (alert)
	{	/* raised without an IKE_SA */
		case ALERT_SHUTDOWN_SIGNAL:
			this->failover->ike_event(this->failover, &event);
			return TRUE;
		case ALERT_INVALID_IKE_SPI:
			this->retransmit->dropped(this->retransmit, va_arg(args, message_t*));
			return TRUE;
		default:
			break;
	}
	mapped = extsock_event_map_alert(alert);
	if (alert == ALERT_LOCAL_AUTH_FAILED && !was_asked_to_authenticate(this))
	{	/* charon has no secret or key to use */
		mapped = SEGW_ALERT_NO_CREDENTIALS;
	}
	if (mapped == SEGW_ALERT_NONE || !ike_sa ||
		!is_reported(this, ike_sa))
	{
		return TRUE;
	}
	extsock_event_init(&event, SEGW_IKE_ALERT, ike_sa);
	if (mapped == SEGW_ALERT_CHILD_FAILED)
	{
		extsock_event_add_failed_child(&event, ike_sa);
	}
	if (mapped == SEGW_ALERT_EXPIRED && !(event.facts & SEGW_FACT_EXPIRED))
	{	/* charon also raises it for every delete of an IKE_SA without a
		 * lifetime */
		return TRUE;
	}
	if (mapped == SEGW_ALERT_ADDR_FAILED &&
		ike_sa->get_state(ike_sa) != IKE_CREATED)
	{	/* about the IKE_SA that was to replace this one */
		return TRUE;
	}
	event.alert = mapped;
	this->failover->ike_event(this->failover, &event);
	note_given_up(this, ike_sa, mapped == SEGW_ALERT_ADDR_FAILED);
	return TRUE;
}

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
 * @param this			listener
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void check_redirect(private_extsock_listener_t *this, ike_sa_t *ike_sa,
						   message_t *message)
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
	if (this->failover->ike_event(this->failover, &event) != SEGW_ERR_REFUSED)
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
 * @param this			listener
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 * @return				TRUE if it is to be ignored, the IKE_SA will be ended
 */
static bool is_useless(private_extsock_listener_t *this, ike_sa_t *ike_sa,
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
	return this->failover->ike_event(this->failover,
									 &event) == SEGW_ERR_REFUSED;
}

/**
 * Tell of what the SEGW refuses, if it does.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void report_error(private_extsock_listener_t *this, ike_sa_t *ike_sa,
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
		this->failover->ike_event(this->failover, &event);
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
 * @param this			listener
 * @param ike_sa		IKE_SA it came for
 * @param message		message that came in
 */
static void report_hints(private_extsock_listener_t *this, ike_sa_t *ike_sa,
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
			this->failover->ike_event(this->failover, &event);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(listener_t, message, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	segw_ike_event_t event;

	if (extsock_event_is_initiator(ike_sa))
	{
		meet(this, ike_sa);
	}
	/* before it is plain it is not authenticated either */
	if (incoming && plain && is_reported(this, ike_sa))
	{
		this->heard->set(this->heard, (void*)(uintptr_t)
						 message->get_exchange_type(message));
		if (is_forged(ike_sa, message))
		{
			DBG1(DBG_EXTSOCK, "unprotected %N response ignored, it answers nothing",
				 exchange_type_names, IKE_SA_INIT);
			message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
			return TRUE;
		}
		check_redirect(this, ike_sa, message);
		if (message->get_exchange_type(message) == EXCHANGE_TYPE_UNDEFINED)
		{
			return TRUE;
		}
		if (is_useless(this, ike_sa, message))
		{
			message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
			return TRUE;
		}
		report_error(this, ike_sa, message);
		report_hints(this, ike_sa, message);
		extsock_event_init(&event, SEGW_IKE_HEARD, ike_sa);
		event.answer_ms = this->registry->get_took(this->registry,
												   event.unique_id);
		this->failover->ike_event(this->failover, &event);
	}
	else if (!incoming && !plain)
	{
		this->retransmit->sent(this->retransmit, message);
	}
	return TRUE;
}

/* In a job of the kernel plugin, some 100 ms after the first of a row of
 * changes. The kernel interface holds its mutex, so as in a bus hook: translate
 * and return. */
METHOD(kernel_listener_t, roam, bool,
	network_listener_t *this, bool address)
{
	segw_ike_event_t event = {
		.kind = SEGW_IKE_ROAM,
	};

	this->failover->ike_event(this->failover, &event);
	return TRUE;
}

/**
 * Data of a job
 */
typedef struct {
	/** failover manager to tell */
	extsock_failover_manager_t *failover;
	/** name of the connection */
	char name[SEGW_NAME_CAP];
} terminate_data_t;

CALLBACK(terminate_job, job_requeue_t,
	terminate_data_t *data)
{
	data->failover->terminate(data->failover, data->name);
	return JOB_REQUEUE_NONE;
}

/**
 * Check if there is an IKE_SA of a connection.
 *
 * @param registry		knows the IKE_SAs
 * @param name			name of the connection
 * @return				TRUE if there is
 */
static bool has_ike_sa(extsock_registry_t *registry, const char *name)
{
	enumerator_t *enumerator;
	uint32_t unique_id;
	bool found = FALSE;
	char *current;

	enumerator = registry->create_enumerator(registry);
	while (!found && enumerator->enumerate(enumerator, &unique_id, &current))
	{
		found = streq(current, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Note an IKE_SA that vici closes as its connection is loaded anew.
 *
 * @param this			logger
 * @param message		what charon's log says of it
 */
static void note_closing(operator_logger_t *this, const char *message)
{
	const char *number = strstr(message, VICI_CLOSING_ID), *next;
	u_int unique_id;

	/* the last one: the name of the connection may have one as well */
	while (number && (next = strstr(number + 1, VICI_CLOSING_ID)))
	{
		number = next;
	}
	if (number && sscanf(number, VICI_CLOSING_ID "%u", &unique_id) == 1)
	{
		this->lock->lock(this->lock);
		this->closing[this->closing_count++ % CLOSING_CAP] = unique_id;
		this->lock->unlock(this->lock);
	}
}

METHOD(logger_t, log_, void,
	operator_logger_t *this, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *message)
{
	terminate_data_t *data;
	char name[SEGW_NAME_CAP];
	int end = 0;

	if (group == DBG_CFG && (strpfx(message, VICI_CLOSING_OLD) ||
							 strpfx(message, VICI_CLOSING_NEW)))
	{
		note_closing(this, message);
	}
	if (group != DBG_CFG || !strpfx(message, VICI_TERMINATE))
	{
		return;
	}
	/* all of it: the beginning of a longer one may be the name of another */
	ignore_result(sscanf(message + strlen(VICI_TERMINATE), "%63[^']'%n", name,
						 &end));
	if (!end || has_ike_sa(this->registry, name))
	{
		return;
	}
	INIT(data,
		.failover = this->failover,
	);
	strcpy(data->name, name);
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(terminate_job, data,
												free, NULL, JOB_PRIO_HIGH));
}

METHOD(logger_t, get_level, level_t,
	operator_logger_t *this, debug_t group)
{
	return group == DBG_CFG ? LEVEL_CTRL : LEVEL_SILENT;
}

METHOD(extsock_listener_t, destroy, void,
	private_extsock_listener_t *this)
{
	charon->bus->remove_logger(charon->bus, &this->operator.logger);
	charon->kernel->remove_listener(charon->kernel, &this->network.listener);
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	this->retransmit->destroy(this->retransmit);
	this->heard->destroy(this->heard);
	this->operator.lock->destroy(this->operator.lock);
	free(this);
}

/*
 * Described in header
 */
extsock_listener_t *extsock_listener_create(
										extsock_failover_manager_t *failover,
										extsock_registry_t *registry,
										extsock_adoption_t *adoption,
										extsock_transit_t *transit)
{
	private_extsock_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
				.authorize = _authorize,
				.message = _message,
				.ike_state_change = _ike_state_change,
				.ike_updown = _ike_updown,
				.ike_rekey = _ike_rekey,
				.children_migrate = _children_migrate,
				.ike_reestablish_pre = _ike_reestablish_pre,
				.ike_reestablish_post = _ike_reestablish_post,
				.child_updown = _child_updown,
				.child_rekey = _child_rekey,
			},
			.destroy = _destroy,
		},
		.network = {
			.listener = {
				.roam = _roam,
			},
			.failover = failover,
		},
		.operator = {
			.logger = {
				.log = _log_,
				.get_level = _get_level,
			},
			.failover = failover,
			.registry = registry,
			.lock = spinlock_create(),
		},
		.failover = failover,
		.adoption = adoption,
		.transit = transit,
		.retransmit = extsock_retransmit_create(failover),
		.registry = registry,
		.heard = thread_value_create(NULL),
	);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	charon->kernel->add_listener(charon->kernel, &this->network.listener);
	charon->bus->add_logger(charon->bus, &this->operator.logger);
	return &this->public;
}
