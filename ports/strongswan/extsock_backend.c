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

#include "extsock_backend.h"
#include "extsock_compat.h"
#include "extsock_creds.h"
#include "extsock_ike_sa.h"
#include "extsock_resolve.h"
#include "extsock_route.h"
#include "extsock_segws.h"
#include "extsock_traps.h"
#include "extsock_visits.h"

#include <collections/hashtable.h>
#include <threading/rwlock.h>
#include <sa/ikev2/tasks/ike_dpd.h>

typedef struct private_extsock_backend_t private_extsock_backend_t;

/**
 * Private data of an extsock_backend_t object
 */
struct private_extsock_backend_t {

	/**
	 * Public interface
	 */
	extsock_backend_t public;

	/**
	 * Connections loaded, name => extsock_segws_t
	 */
	hashtable_t *connections;

	/**
	 * Lock for the connections; enumerators hold it while charon works with
	 * them, so nothing of charon may be called with it write-locked
	 */
	rwlock_t *lock;

	/**
	 * Credentials of the connections
	 */
	extsock_creds_t *creds;

	/**
	 * Trap policies of the connections
	 */
	extsock_traps_t *traps;

	/**
	 * Addresses dialled of SEGWs given by name
	 */
	extsock_visits_t *visits;
};

CALLBACK(peer_filter, bool,
	void *data, enumerator_t *orig, va_list args)
{
	extsock_segws_t *segws;
	peer_cfg_t **out;

	VA_ARGS_VGET(args, out);

	if (orig->enumerate(orig, NULL, &segws))
	{
		*out = segws->get(segws, 0);
		return TRUE;
	}
	return FALSE;
}

METHOD(backend_t, create_peer_cfg_enumerator, enumerator_t*,
	private_extsock_backend_t *this, identification_t *me,
	identification_t *other)
{
	this->lock->read_lock(this->lock);
	return enumerator_create_filter(
						this->connections->create_enumerator(this->connections),
						peer_filter, this->lock, (void*)this->lock->unlock);
}

CALLBACK(ike_filter, bool,
	void *data, enumerator_t *orig, va_list args)
{
	extsock_segws_t *segws;
	peer_cfg_t *cfg;
	ike_cfg_t **out;

	VA_ARGS_VGET(args, out);

	if (orig->enumerate(orig, NULL, &segws))
	{
		cfg = segws->get(segws, 0);
		*out = cfg->get_ike_cfg(cfg);
		return TRUE;
	}
	return FALSE;
}

METHOD(backend_t, create_ike_cfg_enumerator, enumerator_t*,
	private_extsock_backend_t *this, host_t *me, host_t *other)
{
	this->lock->read_lock(this->lock);
	return enumerator_create_filter(
						this->connections->create_enumerator(this->connections),
						ike_filter, this->lock, (void*)this->lock->unlock);
}

/**
 * Find a connection of our own.
 *
 * @param this			backend
 * @param name			name of the connection
 * @param index			place of the SEGW in its list
 * @return				reference of the peer config, NULL if there is none
 */
static peer_cfg_t *get_own(private_extsock_backend_t *this, char *name,
						   u_int index)
{
	extsock_segws_t *segws;
	peer_cfg_t *found = NULL;

	this->lock->read_lock(this->lock);
	segws = this->connections->get(this->connections, name);
	if (segws)
	{
		found = segws->get(segws, index);
		found->get_ref(found);
	}
	this->lock->unlock(this->lock);
	return found;
}

METHOD(backend_t, get_peer_cfg_by_name, peer_cfg_t*,
	private_extsock_backend_t *this, char *name)
{
	return get_own(this, name, 0);
}

METHOD(extsock_backend_t, get_segw_cfg, peer_cfg_t*,
	private_extsock_backend_t *this, char *name, u_int index)
{
	extsock_segws_t *segws;
	peer_cfg_t *found = NULL;

	this->lock->read_lock(this->lock);
	segws = this->connections->get(this->connections, name);
	if (segws && segws->differ(segws))
	{
		found = segws->get(segws, index);
		found->get_ref(found);
	}
	this->lock->unlock(this->lock);
	return found;
}

METHOD(extsock_backend_t, stage, extsock_staged_t*,
	private_extsock_backend_t *this, const segw_config_t *config,
	extsock_refusal_t *refusal)
{
	return extsock_staged_create(config, refusal);
}

METHOD(extsock_backend_t, commit, void,
	private_extsock_backend_t *this, extsock_staged_t *staged)
{
	extsock_segws_t *segws, *old;
	bool same;
	char *name;

	segws = staged->get_segws(staged);
	name = segws->get_name(segws);

	this->creds->replace(this->creds, name, staged->take_creds(staged));

	this->lock->write_lock(this->lock);
	old = this->connections->get(this->connections, name);
	/* IKE_SAs that go on still belong to it then, in charon's eyes */
	same = old && segws->equals(segws, old);
	if (!same)
	{	/* the key is of the old one, which goes */
		this->connections->remove(this->connections, name);
		this->connections->put(this->connections, name,
							   segws->get_ref(segws));
	}
	this->lock->unlock(this->lock);

	this->visits->forget(this->visits, name);
	DBG1(DBG_CFG, "%s extsock connection '%s'", same ? "updated" :
		 old ? "replaced" : "added", name);
	if (!same)
	{
		this->traps->set(this->traps, name, segws);
		DESTROY_IF(old);
	}
	staged->destroy(staged);
}

METHOD(extsock_backend_t, discard, void,
	private_extsock_backend_t *this, extsock_staged_t *staged)
{
	staged->destroy(staged);
}

METHOD(extsock_backend_t, unload, void,
	private_extsock_backend_t *this, char *name)
{
	extsock_segws_t *old;

	this->lock->write_lock(this->lock);
	old = this->connections->remove(this->connections, name);
	this->lock->unlock(this->lock);

	this->traps->set(this->traps, name, NULL);
	this->creds->replace(this->creds, name, NULL);
	this->visits->forget(this->visits, name);
	if (old)
	{
		DBG1(DBG_CFG, "removed extsock connection '%s'", name);
		old->destroy(old);
	}
}

/**
 * Find a connection, our own or one of another backend.
 *
 * @param this			backend
 * @param name			name of the connection
 * @param index			place of the SEGW in its list
 * @return				reference of the peer config, NULL if there is none
 */
static peer_cfg_t *lookup(private_extsock_backend_t *this, char *name,
						  u_int index)
{
	peer_cfg_t *found;

	found = get_own(this, name, index);
	if (!found)
	{
		found = charon->backends->get_peer_cfg_by_name(charon->backends, name);
		if (found && !streq(found->get_name(found), name))
		{	/* some backends also find a connection by its children */
			found->destroy(found);
			found = NULL;
		}
	}
	return found;
}

/**
 * Choose the address to dial.
 *
 * @param this			backend
 * @param peer_cfg		connection
 * @param segw			address or name of the SEGW
 * @param fresh			addresses the name has now, NULL if it is an address
 * @param more			receives TRUE if another could be dialled after it;
 *						FALSE initially
 * @param host			receives the address, to be destroyed
 * @return				as dial()
 */
static status_t choose(private_extsock_backend_t *this, peer_cfg_t *peer_cfg,
					   char *segw, linked_list_t *fresh, bool *more,
					   host_t **host)
{
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	status_t status;

	if (fresh)
	{
		status = this->visits->choose(this->visits,
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
 * @param this			backend
 * @param peer_cfg		connection
 * @param segw			name of the SEGW, NULL if it was given by its address
 * @param host			address to dial
 * @param more			TRUE if the SEGW has more addresses to dial again
 * @param cb			callback to announce the IKE_SA
 * @param user			user data to pass to callback
 * @return				as dial()
 */
static status_t dial_host(private_extsock_backend_t *this, peer_cfg_t *peer_cfg,
						  char *segw, host_t *host, bool more,
						  extsock_dialling_cb_t cb, void *user)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = extsock_ike_sa_create(peer_cfg, host);
	if (!ike_sa)
	{
		return FAILED;
	}
	if (!cb(user, ike_sa->get_unique_id(ike_sa), more))
	{
		manager->checkin_and_destroy(manager, ike_sa);
		return INVALID_STATE;
	}
	if (segw)
	{	/* before it can fail and the next address is asked for */
		this->visits->add(this->visits, peer_cfg->get_name(peer_cfg), segw,
						  host);
	}
	if (extsock_ike_sa_initiate(ike_sa) != DESTROY_ME)
	{
		manager->checkin(manager, ike_sa);
	}
	else
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	return SUCCESS;
}

METHOD(extsock_backend_t, dial, status_t,
	private_extsock_backend_t *this, char *name, u_int index, char *address,
	bool again, extsock_dialling_cb_t cb, void *user)
{
	linked_list_t *fresh = NULL;
	status_t status = NOT_FOUND;
	peer_cfg_t *peer_cfg;
	host_t *host = NULL;
	bool more = FALSE;

	if (extsock_resolve_is_name(address))
	{
		if (!again)
		{
			this->visits->begin(this->visits, name, address);
		}
		/* before there is an IKE_SA: charon resolves names with it checked out,
		 * and a slow name server would hold up everybody who looks for another.
		 * With nothing else either, as the thread may end in here. */
		fresh = extsock_resolve(address);
		if (!fresh)
		{
			return extsock_route_any() ? NOT_SUPPORTED : OUT_OF_RES;
		}
	}
	peer_cfg = lookup(this, name, index);
	if (peer_cfg)
	{
		status = choose(this, peer_cfg, address, fresh, &more, &host);
	}
	if (status == SUCCESS)
	{
		status = dial_host(this, peer_cfg, fresh ? address : NULL, host, more,
						   cb, user);
	}
	DESTROY_IF(host);
	DESTROY_IF(peer_cfg);
	DESTROY_OFFSET_IF(fresh, offsetof(host_t, destroy));
	return status;
}

METHOD(extsock_backend_t, has_route, bool,
	private_extsock_backend_t *this, char *name, char *address)
{
	peer_cfg_t *peer_cfg;
	host_t *host;
	bool found;

	host = host_create_from_string(address, 0);
	if (!host)
	{
		return extsock_route_any();
	}
	peer_cfg = lookup(this, name, 0);
	found = extsock_route_exists(host, peer_cfg ?
									peer_cfg->get_ike_cfg(peer_cfg) : NULL);
	DESTROY_IF(peer_cfg);
	host->destroy(host);
	return found;
}

METHOD(extsock_backend_t, terminate, void,
	private_extsock_backend_t *this, uint32_t unique_id)
{
	extsock_terminate_ike(unique_id);
}

/**
 * Do something with an established IKE_SA.
 *
 * @param unique_id		unique ID of the IKE_SA, nothing is done if it's gone
 * @param act			what to do, returns DESTROY_ME to have it destroyed
 */
static void with_established(uint32_t unique_id, status_t (*act)(ike_sa_t*))
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout_by_id(manager, unique_id);
	if (!ike_sa)
	{
		return;
	}
	if (ike_sa->get_state(ike_sa) == IKE_ESTABLISHED &&
		act(ike_sa) == DESTROY_ME)
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	else
	{
		manager->checkin(manager, ike_sa);
	}
}

/**
 * Ask the peer for a sign of life.
 *
 * Not with send_dpd(), if possible: it asks only if the peer was silent for the
 * configured DPD delay, and each call begins another series of its checks.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if that ended it
 */
static status_t send_dpd(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	task_t *task;
	bool busy;

	if (ike_sa->get_version(ike_sa) == IKEV1)
	{	/* libsegw leaves it no delay, so it asks at once */
		return ike_sa->send_dpd(ike_sa);
	}
	enumerator = ike_sa->create_task_enumerator(ike_sa, TASK_QUEUE_ACTIVE);
	busy = enumerator->enumerate(enumerator, &task);
	enumerator->destroy(enumerator);
	if (busy)
	{	/* the answer to what is asked already will do */
		return SUCCESS;
	}
	DBG1(DBG_IKE, "sending DPD request");
	ike_sa->queue_task(ike_sa, (task_t*)ike_dpd_create(TRUE));
	return ike_sa->initiate(ike_sa, NULL, NULL);
}

METHOD(extsock_backend_t, probe, void,
	private_extsock_backend_t *this, uint32_t unique_id)
{
	with_established(unique_id, send_dpd);
}

METHOD(extsock_backend_t, complete, void,
	private_extsock_backend_t *this, uint32_t unique_id)
{
	with_established(unique_id, extsock_ike_sa_initiate);
}

METHOD(extsock_backend_t, measure, bool,
	private_extsock_backend_t *this, uint32_t unique_id, uint64_t *packets,
	bool *route)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	ike_sa_t *ike_sa;
	ike_cfg_t *ike_cfg;
	uint64_t count;
	host_t *other;
	bool stale;

	ike_sa = manager->checkout_by_id(manager, unique_id);
	if (!ike_sa)
	{
		return FALSE;
	}
	*packets = 0;
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		child_sa->get_usestats(child_sa, TRUE, NULL, NULL, &count);
		*packets += count;
	}
	enumerator->destroy(enumerator);
	stale = ike_sa->has_condition(ike_sa, COND_STALE);
	other = ike_sa->get_other_host(ike_sa);
	other = other->clone(other);
	ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	if (ike_cfg)
	{
		ike_cfg->get_ref(ike_cfg);
	}
	manager->checkin(manager, ike_sa);

	/* nobody has to wait for the IKE_SA while the kernel is asked */
	*route = !stale && (other->is_anyaddr(other) ||
						extsock_route_exists(other, ike_cfg));
	other->destroy(other);
	DESTROY_IF(ike_cfg);
	return TRUE;
}

METHOD(extsock_backend_t, destroy, void,
	private_extsock_backend_t *this)
{
	enumerator_t *enumerator;
	extsock_segws_t *segws;

	charon->backends->remove_backend(charon->backends, &this->public.backend);

	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &segws))
	{
		this->connections->remove_at(this->connections, enumerator);
		segws->destroy(segws);
	}
	enumerator->destroy(enumerator);
	this->connections->destroy(this->connections);
	this->traps->destroy(this->traps);
	this->creds->destroy(this->creds);
	this->visits->destroy(this->visits);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_backend_t *extsock_backend_create()
{
	private_extsock_backend_t *this;

	INIT(this,
		.public = {
			.backend = {
				.create_peer_cfg_enumerator = _create_peer_cfg_enumerator,
				.create_ike_cfg_enumerator = _create_ike_cfg_enumerator,
				.get_peer_cfg_by_name = _get_peer_cfg_by_name,
			},
			.stage = _stage,
			.commit = _commit,
			.discard = _discard,
			.unload = _unload,
			.get_segw_cfg = _get_segw_cfg,
			.dial = _dial,
			.has_route = _has_route,
			.terminate = _terminate,
			.probe = _probe,
			.complete = _complete,
			.measure = _measure,
			.destroy = _destroy,
		},
		.connections = hashtable_create(hashtable_hash_str,
										hashtable_equals_str, 8),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.creds = extsock_creds_create(),
		.traps = extsock_traps_create(),
		.visits = extsock_visits_create(),
	);
	charon->backends->add_backend(charon->backends, &this->public.backend);
	return &this->public;
}
