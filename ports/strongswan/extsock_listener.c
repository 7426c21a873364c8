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

#include "extsock_listener.h"
#include "extsock_compat.h"
#include "extsock_event.h"
#include "extsock_ike_cfg.h"
#include "extsock_resolve.h"

typedef struct private_extsock_listener_t private_extsock_listener_t;

/**
 * Private data of an extsock_listener_t object.
 *
 * Heads up! The bus calls the hooks with its mutex held and the IKE_SA checked
 * out, at shutdown even with all IKE_SAs locked. They translate and return: no
 * call to a manager or the controller, no socket, no DNS.
 */
struct private_extsock_listener_t {

	/**
	 * Public interface
	 */
	extsock_listener_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Adopts connections that are dialled unguarded
	 */
	extsock_adopt_t *adopt;
};

/**
 * Check if libsegw follows an IKE_SA.
 *
 * @param this			listener
 * @param ike_sa		IKE_SA
 * @return				TRUE if it does
 */
static bool is_followed(private_extsock_listener_t *this, ike_sa_t *ike_sa)
{
	char address[SEGW_ADDR_CAP];

	return this->failover->get_address(this->failover,
									   ike_sa->get_unique_id(ike_sa),
									   address, sizeof(address));
}

METHOD(listener_t, ike_state_change, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	segw_ike_event_t event;

	if (!extsock_event_is_initiator(ike_sa))
	{
		return TRUE;
	}
	if (state == IKE_DESTROYING)
	{	/* every end of an IKE_SA comes through here, and only through here */
		this->failover->handle_connection_failure(this->failover, ike_sa);
		return TRUE;
	}
	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, state);
	this->failover->ike_event(this->failover, &event);
	if (state == IKE_CONNECTING && !is_followed(this, ike_sa))
	{
		this->adopt->trigger(this->adopt);
	}
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	segw_ike_event_t event;

	if (extsock_event_is_initiator(ike_sa))
	{
		extsock_event_init(&event, SEGW_IKE_UPDOWN, ike_sa);
		event.up = up;
		this->failover->ike_event(this->failover, &event);
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
 */
static void replaced(private_extsock_listener_t *this, uint32_t kind,
					 ike_sa_t *old, ike_sa_t *new, bool up)
{
	segw_ike_event_t event;

	extsock_event_init(&event, kind, old);
	event.other_id = new->get_unique_id(new);
	event.up = up;
	this->failover->ike_event(this->failover, &event);
}

/**
 * Replace the name of a SEGW by the address that an IKE_SA has got.
 *
 * Charon gives a replacement the hosts of its predecessor before it calls the
 * hooks. So this is where a rekeyed IKE_SA is, and where a reauthenticated one
 * goes; after a loss it is what charon falls back to, and libsegw is the one to
 * dial the name's other addresses. With the name charon would resolve it on the
 * way, holding the IKE_SA all the time, and could end up somewhere else. An
 * address given in the configuration stays as it is, and so does the name if
 * there is no host yet: that is a redirect, which charon remembers by itself.
 *
 * @param ike_sa		IKE_SA
 * @param segw			address or name of its SEGW, changed if it is a name
 * @param cap			size of segw
 */
static void pin(ike_sa_t *ike_sa, char *segw, size_t cap)
{
	host_t *other = ike_sa->get_other_host(ike_sa);

	if (!other->is_anyaddr(other) && extsock_resolve_is_name(segw))
	{
		snprintf(segw, cap, "%H", other);
	}
}

/**
 * Give a replacement that moves on to another SEGW that one's identity.
 *
 * @param this			listener
 * @param new			IKE_SA replacing another
 * @param address		address or name of the SEGW
 */
static void identify(private_extsock_listener_t *this, ike_sa_t *new,
					 const char *address)
{
	peer_cfg_t *peer_cfg;

	peer_cfg = this->failover->get_peer_cfg(this->failover, new->get_name(new),
											address);
	if (peer_cfg)
	{
		new->set_peer_cfg(new, peer_cfg);
		peer_cfg->destroy(peer_cfg);
	}
}

/**
 * Keep a replacement on the SEGW libsegw wants it to be at.
 *
 * A new IKE_SA gets the peer config's address list, of which charon dials the
 * first one only.
 *
 * @param this			listener
 * @param new			IKE_SA replacing another
 * @param from			SEGW of its predecessor, NULL if that is the same
 */
static void follow(private_extsock_listener_t *this, ike_sa_t *new,
				   const char *from)
{
	char address[SEGW_ADDR_CAP];
	ike_cfg_t *ike_cfg;

	ike_cfg = new->get_ike_cfg(new);
	if (ike_cfg &&
		this->failover->get_address(this->failover, new->get_unique_id(new),
									address, sizeof(address)))
	{
		if (!from || streq(from, address))
		{
			pin(new, address, sizeof(address));
		}
		else
		{
			identify(this, new, address);
			ike_cfg = new->get_ike_cfg(new);
		}
		ike_cfg = extsock_ike_cfg_at(ike_cfg, address);
		new->set_ike_cfg(new, ike_cfg);
		ike_cfg->destroy(ike_cfg);
	}
}

METHOD(listener_t, ike_rekey, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	if (extsock_event_is_initiator(old))
	{
		replaced(this, SEGW_IKE_REKEYED, old, new, TRUE);
		follow(this, new, NULL);
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
	if (new && old && extsock_event_is_initiator(old))
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

	if (extsock_event_is_initiator(old))
	{	/* asked before libsegw forgets, or moves the connection on */
		this->failover->get_address(this->failover, old->get_unique_id(old),
									from, sizeof(from));
		replaced(this, SEGW_IKE_REESTABLISH, old, new, FALSE);
		follow(this, new, from);
	}
	return TRUE;
}

METHOD(listener_t, ike_reestablish_post, bool,
	private_extsock_listener_t *this, ike_sa_t *old, ike_sa_t *new,
	bool initiated)
{
	if (extsock_event_is_initiator(old))
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

	if (extsock_event_is_initiator(ike_sa))
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
 * Map an alert of charon's.
 *
 * @param alert			alert raised
 * @return				SEGW_ALERT_*, SEGW_ALERT_NONE if of no interest
 */
static uint32_t map_alert(alert_t alert)
{
	switch (alert)
	{
		case ALERT_PEER_INIT_UNREACHABLE:
			return SEGW_ALERT_INIT_UNREACHABLE;
		case ALERT_RETRANSMIT_SEND_TIMEOUT:
			return SEGW_ALERT_RETRANSMIT_TIMEOUT;
		case ALERT_RETRANSMIT_SEND:
			return SEGW_ALERT_RETRANSMIT;
		case ALERT_PEER_ADDR_FAILED:
			return SEGW_ALERT_ADDR_FAILED;
		case ALERT_HALF_OPEN_TIMEOUT:
			return SEGW_ALERT_HALF_OPEN_TIMEOUT;
		case ALERT_LOCAL_AUTH_FAILED:
			return SEGW_ALERT_LOCAL_AUTH_FAILED;
		case ALERT_PEER_AUTH_FAILED:
		case ALERT_AUTHORIZATION_FAILED:
			return SEGW_ALERT_PEER_AUTH_FAILED;
		case ALERT_PROPOSAL_MISMATCH_IKE:
			return SEGW_ALERT_PROPOSAL_MISMATCH;
		case ALERT_PROPOSAL_MISMATCH_CHILD:
		case ALERT_TS_MISMATCH:
		case ALERT_INSTALL_CHILD_SA_FAILED:
		case ALERT_INSTALL_CHILD_POLICY_FAILED:
		case ALERT_KEEP_ON_CHILD_SA_FAILURE:
			return SEGW_ALERT_CHILD_FAILED;
		case ALERT_IKE_SA_EXPIRED:
			return SEGW_ALERT_EXPIRED;
		case ALERT_UNIQUE_REPLACE:
		case ALERT_UNIQUE_KEEP:
		case ALERT_VIP_FAILURE:
			return SEGW_ALERT_OTHER;
		default:
			return SEGW_ALERT_NONE;
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

	if (alert == ALERT_SHUTDOWN_SIGNAL)
	{	/* raised without an IKE_SA */
		this->failover->ike_event(this->failover, &event);
		return TRUE;
	}
	mapped = map_alert(alert);
	if (mapped == SEGW_ALERT_NONE || !ike_sa ||
		!extsock_event_is_initiator(ike_sa))
	{
		return TRUE;
	}
	extsock_event_init(&event, SEGW_IKE_ALERT, ike_sa);
	if (mapped == SEGW_ALERT_EXPIRED && !(event.facts & SEGW_FACT_EXPIRED))
	{	/* charon also raises it for every delete of an IKE_SA without a
		 * lifetime */
		return TRUE;
	}
	event.alert = mapped;
	this->failover->ike_event(this->failover, &event);
	return TRUE;
}

METHOD(listener_t, message, bool,
	private_extsock_listener_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	segw_ike_event_t event;

	/* before it is plain it is not authenticated either */
	if (incoming && plain && extsock_event_is_initiator(ike_sa))
	{
		extsock_event_init(&event, SEGW_IKE_HEARD, ike_sa);
		this->failover->ike_event(this->failover, &event);
	}
	return TRUE;
}

METHOD(extsock_listener_t, destroy, void,
	private_extsock_listener_t *this)
{
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	free(this);
}

/*
 * Described in header
 */
extsock_listener_t *extsock_listener_create(
										extsock_failover_manager_t *failover,
										extsock_adopt_t *adopt)
{
	private_extsock_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
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
		.failover = failover,
		.adopt = adopt,
	);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	return &this->public;
}
