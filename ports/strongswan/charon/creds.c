/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "creds.h"

#include <collections/array.h>
#include <collections/hashtable.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_extsock_creds_t private_extsock_creds_t;

/**
 * Private data of an extsock_creds_t object
 */
struct private_extsock_creds_t {

	/**
	 * Public interface
	 */
	extsock_creds_t public;

	/**
	 * Credentials of connections, name => entry_t
	 */
	hashtable_t *entries;

	/**
	 * Covers the entries, held for no longer than it takes to list them
	 */
	mutex_t *mutex;
};

/**
 * Credentials of a connection
 */
typedef struct {
	/** number of those that use it */
	refcount_t ref;
	/** name of the connection */
	char *name;
	/** its credentials */
	mem_cred_t *creds;
} entry_t;

/**
 * Give an entry back.
 *
 * @param entry			entry, destroyed with its last reference
 */
static void put_entry(entry_t *entry)
{
	if (ref_put(&entry->ref))
	{
		entry->creds->destroy(entry->creds);
		free(entry->name);
		free(entry);
	}
}

/**
 * What is looked for in one connection after the other
 */
typedef struct {
	/** connections to look at, entry_t references */
	array_t *entries;
	/** kind of certificate, key or secret */
	int kind;
	/** kind of key in a certificate */
	key_type_t key;
	/** identity, or our own */
	identification_t *id;
	/** the other identity */
	identification_t *other;
	/** TRUE for trusted certificates only */
	bool trusted;
} lookup_t;

/**
 * Destroy a look-up.
 *
 * @param lookup		look-up
 */
static void lookup_destroy(lookup_t *lookup)
{
	entry_t *entry;

	while (array_remove(lookup->entries, ARRAY_HEAD, &entry))
	{
		put_entry(entry);
	}
	array_destroy(lookup->entries);
	free(lookup);
}

/**
 * Look up in all connections there are now.
 *
 * @param this			set
 * @param what			what is looked for, copied
 * @param create		creates the enumerator for one connection
 * @return				enumerator
 */
static enumerator_t *look_up(private_extsock_creds_t *this, lookup_t what,
							 enumerator_t *(*create)(entry_t*, lookup_t*))
{
	enumerator_t *enumerator;
	lookup_t *lookup;
	entry_t *entry;

	what.entries = array_create(0, 0);
	lookup = malloc_thing(lookup_t);
	*lookup = what;
	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		ref_get(&entry->ref);
		array_insert(lookup->entries, ARRAY_TAIL, entry);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return enumerator_create_nested(array_create_enumerator(lookup->entries),
									(void*)create, lookup,
									(void*)lookup_destroy);
}

/**
 * Enumerate private keys of a connection.
 *
 * @param entry			connection
 * @param lookup		what is looked for
 * @return				enumerator
 */
static enumerator_t *private_of(entry_t *entry, lookup_t *lookup)
{
	credential_set_t *set = &entry->creds->set;

	return set->create_private_enumerator(set, lookup->kind, lookup->id);
}

METHOD(credential_set_t, create_private_enumerator, enumerator_t*,
	private_extsock_creds_t *this, key_type_t type, identification_t *id)
{
	lookup_t what = {
		.kind = type,
		.id = id,
	};
	return look_up(this, what, private_of);
}

/**
 * Enumerate certificates of a connection.
 *
 * @param entry			connection
 * @param lookup		what is looked for
 * @return				enumerator
 */
static enumerator_t *cert_of(entry_t *entry, lookup_t *lookup)
{
	credential_set_t *set = &entry->creds->set;

	return set->create_cert_enumerator(set, lookup->kind, lookup->key,
									   lookup->id, lookup->trusted);
}

METHOD(credential_set_t, create_cert_enumerator, enumerator_t*,
	private_extsock_creds_t *this, certificate_type_t cert, key_type_t key,
	identification_t *id, bool trusted)
{
	lookup_t what = {
		.kind = cert,
		.key = key,
		.id = id,
		.trusted = trusted,
	};
	return look_up(this, what, cert_of);
}

/**
 * Enumerate shared secrets of a connection.
 *
 * @param entry			connection
 * @param lookup		what is looked for
 * @return				enumerator
 */
static enumerator_t *shared_of(entry_t *entry, lookup_t *lookup)
{
	credential_set_t *set = &entry->creds->set;

	return set->create_shared_enumerator(set, lookup->kind, lookup->id,
										 lookup->other);
}

METHOD(credential_set_t, create_shared_enumerator, enumerator_t*,
	private_extsock_creds_t *this, shared_key_type_t type,
	identification_t *me, identification_t *other)
{
	lookup_t what = {
		.kind = type,
		.id = me,
		.other = other,
	};
	return look_up(this, what, shared_of);
}

/**
 * Check if credentials include certificates.
 *
 * @param creds			credentials
 * @return				TRUE if there is one
 */
static bool has_certs(mem_cred_t *creds)
{
	enumerator_t *enumerator;
	certificate_t *cert;
	bool found;

	enumerator = creds->set.create_cert_enumerator(&creds->set, CERT_ANY,
												   KEY_ANY, NULL, FALSE);
	found = enumerator->enumerate(enumerator, &cert);
	enumerator->destroy(enumerator);
	return found;
}

CALLBACK(flush_job, job_requeue_t,
	void *unused)
{
	lib->credmgr->flush_cache(lib->credmgr, CERT_ANY);
	return JOB_REQUEUE_NONE;
}

METHOD(extsock_creds_t, replace, void,
	private_extsock_creds_t *this, char *name, mem_cred_t *creds)
{
	entry_t *entry = NULL, *old;
	bool flush = FALSE;

	if (creds)
	{
		INIT(entry,
			.ref = 1,
			.name = strdup(name),
			.creds = creds,
		);
	}
	this->mutex->lock(this->mutex);
	/* its key is of the old entry, which goes */
	old = this->entries->remove(this->entries, name);
	if (entry)
	{
		this->entries->put(this->entries, entry->name, entry);
	}
	this->mutex->unlock(this->mutex);
	if (old)
	{
		flush = has_certs(old->creds);
		put_entry(old);
	}
	if (flush)
	{	/* what charon remembers of these certificates; it may have to wait for
		 * a CRL that is being fetched */
		lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create_with_prio(flush_job, NULL, NULL,
													  NULL, JOB_PRIO_LOW));
	}
}

METHOD(extsock_creds_t, destroy, void,
	private_extsock_creds_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	lib->credmgr->remove_set(lib->credmgr, &this->public.set);

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		this->entries->remove_at(this->entries, enumerator);
		put_entry(entry);
	}
	enumerator->destroy(enumerator);
	this->entries->destroy(this->entries);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_creds_t *extsock_creds_create()
{
	private_extsock_creds_t *this;

	INIT(this,
		.public = {
			.set = {
				.create_private_enumerator = _create_private_enumerator,
				.create_cert_enumerator = _create_cert_enumerator,
				.create_shared_enumerator = _create_shared_enumerator,
				.create_cdp_enumerator = (void*)return_null,
				.cache_cert = (void*)nop,
			},
			.replace = _replace,
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->credmgr->add_set(lib->credmgr, &this->public.set);
	return &this->public;
}
