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
#include "extsock_ike_cfg.h"

#include <collections/array.h>
#include <collections/hashtable.h>
#include <threading/rwlock.h>

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
	 * Connections loaded, name => peer_cfg_t
	 */
	hashtable_t *connections;

	/**
	 * Lock for the connections; enumerators hold it while charon works with
	 * them, so nothing of charon may be called with it write-locked
	 */
	rwlock_t *lock;

	/**
	 * Pre-shared keys, by the name of the connection
	 */
	mem_cred_t *creds;
};

CALLBACK(peer_filter, bool,
	void *data, enumerator_t *orig, va_list args)
{
	peer_cfg_t **out;

	VA_ARGS_VGET(args, out);

	return orig->enumerate(orig, NULL, out);
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
	peer_cfg_t *cfg;
	ike_cfg_t **out;

	VA_ARGS_VGET(args, out);

	if (orig->enumerate(orig, NULL, &cfg))
	{
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

METHOD(backend_t, get_peer_cfg_by_name, peer_cfg_t*,
	private_extsock_backend_t *this, char *name)
{
	peer_cfg_t *found;

	this->lock->read_lock(this->lock);
	found = this->connections->get(this->connections, name);
	if (found)
	{
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
	peer_cfg_t *peer_cfg, *old;
	char *name;

	peer_cfg = staged->get_peer_cfg(staged);
	peer_cfg = peer_cfg->get_ref(peer_cfg);
	name = peer_cfg->get_name(peer_cfg);

	staged->add_secret(staged, this->creds);
	this->lock->write_lock(this->lock);
	old = this->connections->put(this->connections, name, peer_cfg);
	this->lock->unlock(this->lock);

	DBG1(DBG_CFG, "%s extsock connection '%s'", old ? "replaced" : "added",
		 name);
	DESTROY_IF(old);
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
	peer_cfg_t *old;

	this->lock->write_lock(this->lock);
	old = this->connections->remove(this->connections, name);
	this->lock->unlock(this->lock);

	this->creds->remove_shared_unique(this->creds, name);
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
 * @return				reference of the peer config, NULL if there is none
 */
static peer_cfg_t *lookup(private_extsock_backend_t *this, char *name)
{
	peer_cfg_t *found;

	found = get_peer_cfg_by_name(this, name);
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
 * Collect the children to initiate: those to start, or all if none is.
 *
 * The enumerator holds a lock of the peer config, initiate() is not called
 * under it.
 *
 * @param peer_cfg		connection
 * @return				array of child_cfg_t references
 */
static array_t *get_children(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	array_t *children;
	bool all;

	children = array_create(0, 0);
	for (all = FALSE; !array_count(children); all = TRUE)
	{
		enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
		while (enumerator->enumerate(enumerator, &child_cfg))
		{
			if (all || child_cfg->get_start_action(child_cfg) & ACTION_START)
			{
				array_insert(children, ARRAY_TAIL,
							 child_cfg->get_ref(child_cfg));
			}
		}
		enumerator->destroy(enumerator);
		if (all)
		{
			break;
		}
	}
	return children;
}

/**
 * Check if an IKE_SA has a CHILD_SA, or is about to replace it.
 *
 * @param ike_sa		checked out IKE_SA
 * @param name			name of the CHILD_SA
 * @return				TRUE if it has
 */
static bool has_child(ike_sa_t *ike_sa, char *name)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	bool found = FALSE;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!found && enumerator->enumerate(enumerator, &child_sa))
	{
		found = streq(child_sa->get_name(child_sa), name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Initiate an IKE_SA with the children it lacks.
 *
 * @param ike_sa		checked out IKE_SA, with its peer config
 * @return				SUCCESS, or DESTROY_ME
 */
static status_t initiate(ike_sa_t *ike_sa)
{
	status_t status = SUCCESS;
	child_cfg_t *child_cfg;
	array_t *children;

	children = get_children(ike_sa->get_peer_cfg(ike_sa));
	if (!array_count(children))
	{
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	while (array_remove(children, ARRAY_HEAD, &child_cfg))
	{
		if (status == DESTROY_ME ||
			has_child(ike_sa, child_cfg->get_name(child_cfg)))
		{
			child_cfg->destroy(child_cfg);
			continue;
		}
		/* adopts the reference */
		status = ike_sa->initiate(ike_sa, child_cfg, NULL);
	}
	array_destroy(children);
	return status;
}

/**
 * Resolve the name of a SEGW.
 *
 * Done before there is an IKE_SA: charon resolves names with the IKE_SA checked
 * out, and a slow name server would hold up everybody who looks for another.
 *
 * @param address		address or name
 * @param buf			buffer for the address
 * @param cap			size of buf
 * @return				FALSE if it does not resolve
 */
static bool resolve(char *address, char *buf, size_t cap)
{
	host_t *host;

	host = host_create_from_dns(address, AF_UNSPEC, 0);
	if (!host)
	{
		return FALSE;
	}
	snprintf(buf, cap, "%H", host);
	host->destroy(host);
	return TRUE;
}

METHOD(extsock_backend_t, dial, status_t,
	private_extsock_backend_t *this, char *name, char *address,
	extsock_dialling_cb_t cb, void *user)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	status_t status = SUCCESS;
	char resolved[SEGW_ADDR_CAP];
	peer_cfg_t *peer_cfg;
	ike_cfg_t *ike_cfg;
	ike_sa_t *ike_sa;

	if (!resolve(address, resolved, sizeof(resolved)))
	{
		return NOT_SUPPORTED;
	}
	peer_cfg = lookup(this, name);
	if (!peer_cfg)
	{
		return NOT_FOUND;
	}
	/* not checkout_by_config(): it waits for IKE_SAs other threads have checked
	 * out, perhaps for long, and may return the one that is to be replaced */
	ike_sa = manager->create_new(manager, peer_cfg->get_ike_version(peer_cfg),
								 TRUE);
	if (!ike_sa)
	{
		peer_cfg->destroy(peer_cfg);
		return FAILED;
	}
	ike_cfg = extsock_ike_cfg_at(peer_cfg->get_ike_cfg(peer_cfg), resolved);
	ike_sa->set_peer_cfg(ike_sa, peer_cfg);
	ike_sa->set_ike_cfg(ike_sa, ike_cfg);
	ike_cfg->destroy(ike_cfg);
	manager->checkout_new(manager, ike_sa);
	charon->bus->set_sa(charon->bus, ike_sa);

	if (!cb(user, ike_sa->get_unique_id(ike_sa)))
	{
		status = INVALID_STATE;
	}
	if (status == SUCCESS && initiate(ike_sa) != DESTROY_ME)
	{
		manager->checkin(manager, ike_sa);
	}
	else
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	peer_cfg->destroy(peer_cfg);
	return status;
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
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if that ended it
 */
static status_t send_dpd(ike_sa_t *ike_sa)
{
	return ike_sa->send_dpd(ike_sa);
}

METHOD(extsock_backend_t, probe, void,
	private_extsock_backend_t *this, uint32_t unique_id)
{
	with_established(unique_id, send_dpd);
}

METHOD(extsock_backend_t, complete, void,
	private_extsock_backend_t *this, uint32_t unique_id)
{
	with_established(unique_id, initiate);
}

METHOD(extsock_backend_t, measure, bool,
	private_extsock_backend_t *this, uint32_t unique_id, uint64_t *packets)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	ike_sa_t *ike_sa;
	uint64_t count;

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
	manager->checkin(manager, ike_sa);
	return TRUE;
}

METHOD(extsock_backend_t, destroy, void,
	private_extsock_backend_t *this)
{
	enumerator_t *enumerator;
	peer_cfg_t *peer_cfg;

	charon->backends->remove_backend(charon->backends, &this->public.backend);
	lib->credmgr->remove_set(lib->credmgr, &this->creds->set);

	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &peer_cfg))
	{
		this->connections->remove_at(this->connections, enumerator);
		peer_cfg->destroy(peer_cfg);
	}
	enumerator->destroy(enumerator);
	this->connections->destroy(this->connections);
	this->creds->destroy(this->creds);
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
			.dial = _dial,
			.terminate = _terminate,
			.probe = _probe,
			.complete = _complete,
			.measure = _measure,
			.destroy = _destroy,
		},
		.connections = hashtable_create(hashtable_hash_str,
										hashtable_equals_str, 8),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.creds = mem_cred_create(),
	);
	lib->credmgr->add_set(lib->credmgr, &this->creds->set);
	charon->backends->add_backend(charon->backends, &this->public.backend);
	return &this->public;
}
