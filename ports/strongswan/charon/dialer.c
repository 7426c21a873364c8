/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "dialer.h"
#include "compat.h"
#include "ike_sa.h"
#include "dns.h"
#include "route.h"
#include "standby.h"

typedef struct private_extsock_dialer_t private_extsock_dialer_t;

/**
 * Private data of an extsock_dialer_t object
 */
struct private_extsock_dialer_t {

	/**
	 * Public interface
	 */
	extsock_dialer_t public;

	/**
	 * Finds connections
	 */
	extsock_backend_t *backend;

	/**
	 * Knows the IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Addresses dialled of SEGWs given by name
	 */
	extsock_dns_t *dns;

	/**
	 * Lets in what comes through two SEGWs
	 */
	extsock_transit_t *transit;
};

/**
 * Choose the address to dial.
 *
 * @param this			dialer
 * @param peer_cfg		connection
 * @param segw			address or name of the SEGW
 * @param fresh			addresses the name has now, NULL if it is an address
 * @param more			receives TRUE if another could be dialled after it;
 *						FALSE initially
 * @param host			receives the address, to be destroyed
 * @return				as dial()
 */
static status_t choose(private_extsock_dialer_t *this, peer_cfg_t *peer_cfg,
					   char *segw, linked_list_t *fresh, bool *more,
					   host_t **host)
{
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	status_t status;

	if (fresh)
	{
		status = this->dns->choose(this->dns,
									  peer_cfg->get_name(peer_cfg), segw, fresh,
									  ike_cfg, more, host);
		return status == NOT_FOUND ? NOT_SUPPORTED : status;
	}
	*host = host_create_from_string(segw, 0);
	if (*host && !extsock_route_exists(*host, ike_cfg))
	{
		(*host)->destroy(*host);
		*host = NULL;
	}
	return *host ? SUCCESS : OUT_OF_RES;
}

/**
 * Announce an IKE_SA and initiate it.
 *
 * @param this			dialer
 * @param peer_cfg		connection
 * @param segw			name of the SEGW, NULL if it was given by its address
 * @param host			address to dial
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @param cb			callback to announce the IKE_SA
 * @param wants			callback that says which children are wanted
 * @param user			user data to pass to both
 * @return				as dial()
 */
static status_t dial_host(private_extsock_dialer_t *this, peer_cfg_t *peer_cfg,
						  char *segw, host_t *host, bool more,
						  extsock_dialling_cb_t cb,
						  extsock_wants_child_cb_t wants, void *user)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = extsock_ike_sa_create(peer_cfg, host);
	if (!ike_sa)
	{
		return FAILED;
	}
	/* it may have to be terminated before the bus tells of it */
	this->registry->note(this->registry, ike_sa);
	if (!cb(user, ike_sa->get_unique_id(ike_sa), more))
	{
		manager->checkin_and_destroy(manager, ike_sa);
		return INVALID_STATE;
	}
	if (segw)
	{	/* before it can fail and the next address is asked for */
		this->dns->add(this->dns, peer_cfg->get_name(peer_cfg), segw,
						  host);
	}
	if (extsock_ike_sa_initiate(ike_sa, wants, user) != DESTROY_ME)
	{
		manager->checkin(manager, ike_sa);
	}
	else
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	return SUCCESS;
}

/**
 * Choose the address of a standby: the first that this host could reach. Which
 * addresses of a name have been dialled is not touched.
 *
 * @param peer_cfg		connection
 * @param segw			address of the SEGW, if it is one
 * @param fresh			addresses the name has now, NULL if it is an address
 * @param host			receives the address, to be destroyed
 * @return				as dial()
 */
static status_t choose_standby(peer_cfg_t *peer_cfg, char *segw,
							   linked_list_t *fresh, host_t **host)
{
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	enumerator_t *enumerator;
	host_t *current;

	if (!fresh)
	{
		*host = host_create_from_string(segw, 0);
		if (*host && !extsock_route_exists(*host, ike_cfg))
		{
			(*host)->destroy(*host);
			*host = NULL;
		}
		return *host ? SUCCESS : OUT_OF_RES;
	}
	enumerator = fresh->create_enumerator(fresh);
	while (!*host && enumerator->enumerate(enumerator, &current))
	{
		if (extsock_route_exists(current, ike_cfg))
		{
			*host = current->clone(current);
		}
	}
	enumerator->destroy(enumerator);
	return *host ? SUCCESS : OUT_OF_RES;
}

/**
 * Dial a standby.
 *
 * @param this			dialer
 * @param peer_cfg		connection
 * @param address		address or name of the SEGW
 * @param fresh			addresses the name has now, NULL if it is an address
 * @param cb			callback to announce the IKE_SA
 * @param user			user data to pass to callback
 * @return				as dial()
 */
static status_t dial_standby(private_extsock_dialer_t *this,
							 peer_cfg_t *peer_cfg, char *address,
							 linked_list_t *fresh, extsock_dialling_cb_t cb,
							 void *user)
{
	host_t *host = NULL;
	status_t status;

	status = choose_standby(peer_cfg, address, fresh, &host);
	if (status == SUCCESS)
	{
		peer_cfg = extsock_standby_create_cfg(peer_cfg);
		status = dial_host(this, peer_cfg, NULL, host, FALSE, cb, NULL, user);
		peer_cfg->destroy(peer_cfg);
	}
	DESTROY_IF(host);
	return status;
}

METHOD(extsock_dialer_t, dial, status_t,
	private_extsock_dialer_t *this, char *name, u_int index, char *address,
	bool again, bool standby, extsock_dialling_cb_t cb,
	extsock_wants_child_cb_t wants, void *user)
{
	linked_list_t *fresh = NULL;
	status_t status = NOT_FOUND;
	peer_cfg_t *peer_cfg;
	host_t *host = NULL;
	bool more = FALSE;

	if (extsock_dns_is_name(address))
	{
		if (!again && !standby)
		{
			this->dns->forget(this->dns, name, address);
		}
		/* before there is an IKE_SA: charon resolves names with it checked out,
		 * and a slow name server would hold up everybody who looks for another.
		 * With nothing else either, as the thread may end in here. */
		fresh = extsock_dns_resolve(address);
		if (!fresh)
		{
			return extsock_route_any() ? NOT_SUPPORTED : OUT_OF_RES;
		}
	}
	peer_cfg = this->backend->find(this->backend, name, index);
	if (peer_cfg)
	{
		status = extsock_ike_cfg_is_usable(peer_cfg->get_ike_cfg(peer_cfg)) ?
				 SUCCESS : INVALID_ARG;
	}
	if (status == SUCCESS && standby)
	{
		status = dial_standby(this, peer_cfg, address, fresh, cb, user);
	}
	else if (status == SUCCESS)
	{
		status = choose(this, peer_cfg, address, fresh, &more, &host);
	}
	if (status == SUCCESS && !standby)
	{
		this->transit->begin(this->transit, name);
		status = dial_host(this, peer_cfg, fresh ? address : NULL, host, more,
						   cb, wants, user);
	}
	DESTROY_IF(host);
	DESTROY_IF(peer_cfg);
	DESTROY_OFFSET_IF(fresh, offsetof(host_t, destroy));
	return status;
}

/**
 * What takes the place of a dial
 */
typedef struct {
	/** its connection */
	peer_cfg_t *peer_cfg;
	/** says which children are wanted */
	extsock_wants_child_cb_t wants;
	/** user data to pass to it */
	void *user;
} lead_t;

/**
 * Have an IKE_SA take the place of a dial.
 *
 * @param user			lead_t
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if that ended it
 */
static status_t lead_ike_sa(void *user, ike_sa_t *ike_sa)
{
	lead_t *lead = user;

	extsock_standby_set_cfg(ike_sa, lead->peer_cfg);
	return extsock_ike_sa_complete(ike_sa, lead->wants, lead->user);
}

METHOD(extsock_dialer_t, lead, void,
	private_extsock_dialer_t *this, char *name, u_int index, uint32_t unique_id,
	extsock_wants_child_cb_t wants, void *user)
{
	lead_t lead = {
		.wants = wants,
		.user = user,
	};

	lead.peer_cfg = this->backend->find(this->backend, name, index);
	if (lead.peer_cfg)
	{
		this->transit->begin(this->transit, name);
		this->registry->use(this->registry, unique_id, lead_ike_sa, &lead);
		lead.peer_cfg->destroy(lead.peer_cfg);
	}
}

METHOD(extsock_dialer_t, has_route, bool,
	private_extsock_dialer_t *this, char *name, char *address)
{
	peer_cfg_t *peer_cfg;
	host_t *host;
	bool found;

	host = host_create_from_string(address, 0);
	if (!host)
	{
		return extsock_route_any();
	}
	peer_cfg = this->backend->find(this->backend, name, 0);
	found = extsock_route_exists(host, peer_cfg ?
									peer_cfg->get_ike_cfg(peer_cfg) : NULL);
	DESTROY_IF(peer_cfg);
	host->destroy(host);
	return found;
}

METHOD(extsock_dialer_t, destroy, void,
	private_extsock_dialer_t *this)
{
	free(this);
}

/*
 * Described in header
 */
extsock_dialer_t *extsock_dialer_create(extsock_backend_t *backend,
										extsock_registry_t *registry,
										extsock_dns_t *dns,
										extsock_transit_t *transit)
{
	private_extsock_dialer_t *this;

	INIT(this,
		.public = {
			.dial = _dial,
			.lead = _lead,
			.has_route = _has_route,
			.destroy = _destroy,
		},
		.backend = backend,
		.registry = registry,
		.dns = dns,
		.transit = transit,
	);
	return &this->public;
}
