/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "failover.h"
#include "core.h"
#include "dispatcher.h"
#include "event.h"
#include "state.h"

typedef struct private_extsock_failover_manager_t
										private_extsock_failover_manager_t;

/**
 * Private data of an extsock_failover_manager_t object
 */
struct private_extsock_failover_manager_t {

	/**
	 * Public interface
	 */
	extsock_failover_manager_t public;

	/**
	 * strongSwan adapter
	 */
	extsock_backend_t *backend;

	/**
	 * Keeps what outlives a restart
	 */
	extsock_state_t *state;

	/**
	 * The decision core
	 */
	extsock_core_t *core;

	/**
	 * Hands on what it decides
	 */
	extsock_dispatcher_t *dispatcher;
};

METHOD(extsock_failover_manager_t, ike_event, segw_status_t,
	private_extsock_failover_manager_t *this, const segw_ike_event_t *event)
{
	extsock_followup_t followup;
	segw_status_t status;

	if (event->kind == SEGW_IKE_SHUTDOWN)
	{	/* nothing is to be dialled any more, nor anything else done */
		this->dispatcher->stop(this->dispatcher);
	}
	status = this->core->ike_event(this->core, event, &followup);
	this->dispatcher->follow_up(this->dispatcher, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, handle_connection_failure, void,
	private_extsock_failover_manager_t *this, ike_sa_t *ike_sa)
{
	segw_ike_event_t event;

	extsock_event_init(&event, SEGW_IKE_STATE, ike_sa);
	extsock_event_add_state(&event, ike_sa, IKE_DESTROYING);
	ike_event(this, &event);
}

METHOD(extsock_failover_manager_t, get_address, bool,
	private_extsock_failover_manager_t *this, uint32_t unique_id,
	char *address, size_t cap)
{
	return this->core->get_address(this->core, unique_id, address, cap);
}

METHOD(extsock_failover_manager_t, follows, bool,
	private_extsock_failover_manager_t *this, uint32_t unique_id)
{
	char address[SEGW_ADDR_CAP];

	return get_address(this, unique_id, address, sizeof(address));
}

METHOD(extsock_failover_manager_t, get_peer_cfg, peer_cfg_t*,
	private_extsock_failover_manager_t *this, char *name, const char *address)
{
	char current[SEGW_ADDR_CAP];
	uint32_t i;

	for (i = 0; i < SEGW_SEGW_CAP &&
				this->core->get_segw(this->core, name, i, current,
									 sizeof(current)); i++)
	{
		if (streq(current, address))
		{
			return this->backend->get_segw_cfg(this->backend, name, i);
		}
	}
	return NULL;
}

/**
 * Commit or discard what has been staged for a request.
 *
 * @param this			failover manager
 * @param staged		list of extsock_staged_t, adopted
 * @param accepted		TRUE to commit
 */
static void settle(private_extsock_failover_manager_t *this,
				   linked_list_t *staged, bool accepted)
{
	extsock_staged_t *current;

	while (staged->remove_first(staged, (void**)&current) == SUCCESS)
	{
		if (accepted)
		{
			this->backend->commit(this->backend, current);
		}
		else
		{
			current->destroy(current);
		}
	}
	staged->destroy(staged);
}

METHOD(extsock_failover_manager_t, command, segw_status_t,
	private_extsock_failover_manager_t *this, chunk_t request,
	linked_list_t *staged, char *reply, size_t *reply_len)
{
	extsock_followup_t followup;
	segw_status_t status;

	*reply_len = 0;
	this->dispatcher->begin(this->dispatcher);
	status = this->core->command(this->core, request, staged != NULL, reply,
								 reply_len, &followup);
	if (staged)
	{	/* loaded before the first action can dial it */
		settle(this, staged, status == SEGW_OK);
		this->core->loaded(this->core);
	}
	this->dispatcher->follow_up(this->dispatcher, &followup);
	this->dispatcher->finish(this->dispatcher);
	return status;
}

METHOD(extsock_failover_manager_t, adopt, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name,
	const char *addresses, uint32_t children, const segw_policy_t *policy,
	char *message, size_t cap)
{
	extsock_followup_t followup;
	segw_status_t status;

	status = this->core->adopt(this->core, name, addresses, children, policy,
							   message, cap, &followup);
	this->dispatcher->follow_up(this->dispatcher, &followup);
	return status;
}

METHOD(extsock_failover_manager_t, release, segw_status_t,
	private_extsock_failover_manager_t *this, const char *name)
{
	extsock_followup_t followup;
	segw_status_t status;

	status = this->core->release(this->core, name, &followup);
	this->dispatcher->follow_up(this->dispatcher, &followup);
	return status;
}

/**
 * Switch a connection to one of its SEGWs.
 *
 * @param this			failover manager
 * @param name			name of the connection
 * @param target		SEGW, as in a SWITCH request
 * @return				libsegw's answer
 */
static segw_status_t switch_to(private_extsock_failover_manager_t *this,
							   const char *name, const char *target)
{
	char request[SEGW_NAME_CAP + 32], *reply;
	segw_status_t status;
	size_t len;

	if (!*name || strlen(name) >= SEGW_NAME_CAP || strpbrk(name, " \t\r\n"))
	{
		return SEGW_ERR_ARGUMENT;
	}
	snprintf(request, sizeof(request), "SWITCH %s %s\n", name, target);
	reply = malloc(SEGW_REPLY_CAP);
	status = command(this, chunk_from_str(request), NULL, reply, &len);
	free(reply);
	return status;
}

METHOD(extsock_failover_manager_t, switch_to_secondary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return switch_to(this, connection_name, "secondary");
}

METHOD(extsock_failover_manager_t, switch_to_primary, segw_status_t,
	private_extsock_failover_manager_t *this, const char *connection_name)
{
	return switch_to(this, connection_name, "primary");
}

METHOD(extsock_failover_manager_t, destroy, void,
	private_extsock_failover_manager_t *this)
{
	DESTROY_IF(this->dispatcher);
	DESTROY_IF(this->core);
	this->state->destroy(this->state);
	free(this);
}

/*
 * Described in header
 */
extsock_failover_manager_t *extsock_failover_manager_create(
						extsock_backend_t *backend, extsock_dialer_t *dialer,
						extsock_publish_cb_t publish, void *user)
{
	private_extsock_failover_manager_t *this;

	INIT(this,
		.public = {
			.switch_to_secondary = _switch_to_secondary,
			.switch_to_primary = _switch_to_primary,
			.handle_connection_failure = _handle_connection_failure,
			.ike_event = _ike_event,
			.get_address = _get_address,
			.follows = _follows,
			.get_peer_cfg = _get_peer_cfg,
			.command = _command,
			.adopt = _adopt,
			.release = _release,
			.destroy = _destroy,
		},
		.backend = backend,
		.state = extsock_state_create(),
	);
	this->core = extsock_core_create(this->state);
	if (!this->core)
	{
		destroy(this);
		return NULL;
	}
	this->dispatcher = extsock_dispatcher_create(this->core, this->state,
												 backend, dialer, publish,
												 user, (void*)_ike_event, this);
	return &this->public;
}
