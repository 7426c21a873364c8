/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "backend.h"
#include "compat.h"
#include "creds.h"
#include "log_group.h"
#include "traps.h"

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
	 * Connections loaded, name => extsock_connection_t
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
	 * Visits to their SEGWs
	 */
	extsock_dns_t *dns;
};

CALLBACK(peer_filter, bool,
	void *data, enumerator_t *orig, va_list args)
{
	extsock_connection_t *connection;
	peer_cfg_t **out;

	VA_ARGS_VGET(args, out);

	if (orig->enumerate(orig, NULL, &connection))
	{
		*out = connection->get(connection, 0);
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
	extsock_connection_t *connection;
	peer_cfg_t *cfg;
	ike_cfg_t **out;

	VA_ARGS_VGET(args, out);

	if (orig->enumerate(orig, NULL, &connection))
	{
		cfg = connection->get(connection, 0);
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

METHOD(extsock_backend_t, get_segw_cfg, peer_cfg_t*,
	private_extsock_backend_t *this, char *name, u_int index)
{
	extsock_connection_t *connection;
	peer_cfg_t *found = NULL;

	this->lock->read_lock(this->lock);
	connection = this->connections->get(this->connections, name);
	if (connection)
	{
		found = connection->get(connection, index);
		found->get_ref(found);
	}
	this->lock->unlock(this->lock);
	return found;
}

METHOD(backend_t, get_peer_cfg_by_name, peer_cfg_t*,
	private_extsock_backend_t *this, char *name)
{
	return get_segw_cfg(this, name, 0);
}

METHOD(extsock_backend_t, find, peer_cfg_t*,
	private_extsock_backend_t *this, char *name, u_int index)
{
	peer_cfg_t *found;

	found = get_segw_cfg(this, name, index);
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

METHOD(extsock_backend_t, commit, void,
	private_extsock_backend_t *this, extsock_connection_t *connection)
{
	char *name = connection->get_name(connection);
	extsock_connection_t *old;
	bool same;

	this->creds->replace(this->creds, name, connection->take_creds(connection));

	this->lock->write_lock(this->lock);
	old = this->connections->get(this->connections, name);
	/* IKE_SAs that go on still belong to it then, in charon's eyes */
	same = old && connection->equals(connection, old);
	if (!same)
	{	/* the key is of the old one, which goes */
		this->connections->remove(this->connections, name);
		this->connections->put(this->connections, name,
							   connection->get_ref(connection));
	}
	this->lock->unlock(this->lock);

	this->dns->forget(this->dns, name, NULL);
	DBG1(DBG_EXTSOCK, "%s extsock connection '%s'", same ? "updated" :
		 old ? "replaced" : "added", name);
	/* also if nothing changed: traps may not have been to be had before */
	this->traps->set(this->traps, name, same ? old : connection);
	if (!same)
	{
		DESTROY_IF(old);
	}
	connection->destroy(connection);
}

METHOD(extsock_backend_t, unload, void,
	private_extsock_backend_t *this, char *name)
{
	extsock_connection_t *old;

	this->lock->write_lock(this->lock);
	old = this->connections->remove(this->connections, name);
	this->lock->unlock(this->lock);

	this->traps->set(this->traps, name, NULL);
	this->creds->replace(this->creds, name, NULL);
	this->dns->forget(this->dns, name, NULL);
	if (old)
	{
		DBG1(DBG_EXTSOCK, "removed extsock connection '%s'", name);
		old->destroy(old);
	}
}

METHOD(extsock_backend_t, stop, void,
	private_extsock_backend_t *this)
{
	this->traps->stop(this->traps);
}

METHOD(extsock_backend_t, destroy, void,
	private_extsock_backend_t *this)
{
	enumerator_t *enumerator;
	extsock_connection_t *connection;

	charon->backends->remove_backend(charon->backends, &this->public.backend);

	enumerator = this->connections->create_enumerator(this->connections);
	while (enumerator->enumerate(enumerator, NULL, &connection))
	{
		this->connections->remove_at(this->connections, enumerator);
		connection->destroy(connection);
	}
	enumerator->destroy(enumerator);
	this->connections->destroy(this->connections);
	this->traps->destroy(this->traps);
	this->creds->destroy(this->creds);

	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
extsock_backend_t *extsock_backend_create(extsock_dns_t *dns)
{
	private_extsock_backend_t *this;

	INIT(this,
		.public = {
			.backend = {
				.create_peer_cfg_enumerator = _create_peer_cfg_enumerator,
				.create_ike_cfg_enumerator = _create_ike_cfg_enumerator,
				.get_peer_cfg_by_name = _get_peer_cfg_by_name,
			},
			.commit = _commit,
			.unload = _unload,
			.find = _find,
			.get_segw_cfg = _get_segw_cfg,
			.stop = _stop,
			.destroy = _destroy,
		},
		.connections = hashtable_create(hashtable_hash_str,
										hashtable_equals_str, 8),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.creds = extsock_creds_create(),
		.traps = extsock_traps_create(),
		.dns = dns,
	);
	charon->backends->add_backend(charon->backends, &this->public.backend);
	return &this->public;
}
