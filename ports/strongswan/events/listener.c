/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "listener.h"
#include "compat.h"
#include "event.h"
#include "notifies.h"
#include "operator.h"
#include "retransmit.h"
#include "takeover.h"

#include <threading/thread_value.h>

/**
 * IKE_INTERMEDIATE (RFC 9242), which charon knows since 6.0
 */
#define EXCHANGE_IKE_INTERMEDIATE 43

typedef struct private_extsock_listener_t private_extsock_listener_t;
typedef struct network_listener_t network_listener_t;

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
	 * Hears what an operator says
	 */
	extsock_operator_t *operator;

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
		if (this->operator->take_closing(this->operator,
									  ike_sa->get_unique_id(ike_sa)))
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
		if (!extsock_notifies_read(this->failover, ike_sa, message))
		{
			return TRUE;
		}
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

METHOD(extsock_listener_t, destroy, void,
	private_extsock_listener_t *this)
{
	this->operator->destroy(this->operator);
	charon->kernel->remove_listener(charon->kernel, &this->network.listener);
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	this->retransmit->destroy(this->retransmit);
	this->heard->destroy(this->heard);
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
		.failover = failover,
		.adoption = adoption,
		.transit = transit,
		.retransmit = extsock_retransmit_create(failover),
		.operator = extsock_operator_create(failover, registry),
		.registry = registry,
		.heard = thread_value_create(NULL),
	);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	charon->kernel->add_listener(charon->kernel, &this->network.listener);
	return &this->public;
}
