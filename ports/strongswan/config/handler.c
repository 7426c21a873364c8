/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for memmem() */
#endif

#include "handler.h"
#include "builder.h"
#include "compat.h"
#include "log_group.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

typedef struct private_extsock_handler_t private_extsock_handler_t;

/**
 * Private data of an extsock_handler_t object
 */
struct private_extsock_handler_t {

	/**
	 * Public interface
	 */
	extsock_handler_t public;

	/**
	 * Failover manager
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Connections that charon lacks something for, as STATUS says: name =>
	 * itself
	 */
	hashtable_t *lacking;

	/**
	 * Covers them
	 */
	mutex_t *mutex;
};

/**
 * A connection that is staged, and what charon lacks for it
 */
typedef struct {
	/** name of the connection */
	char name[SEGW_NAME_CAP];
	/** what is lacking, empty if nothing is */
	char lack[sizeof(((extsock_draft_t*)NULL)->lack)];
} lack_t;

/**
 * Have STATUS and an event say what charon lacks for connections that were
 * applied, or that this is over.
 *
 * @param this			handler
 * @param lacks			connections, lack_t
 */
static void tell_lacks(private_extsock_handler_t *this, array_t *lacks)
{
	char reason[sizeof(((lack_t*)NULL)->lack) + 32], *name;
	lack_t *current;
	bool over;
	int i;

	for (i = 0; i < array_count(lacks); i++)
	{
		array_get(lacks, i, &current);
		this->mutex->lock(this->mutex);
		name = this->lacking->remove(this->lacking, current->name);
		over = name && !*current->lack;
		free(name);
		if (*current->lack)
		{
			name = strdup(current->name);
			this->lacking->put(this->lacking, name, name);
		}
		this->mutex->unlock(this->mutex);

		if (*current->lack)
		{
			snprintf(reason, sizeof(reason), "is used in part: %s",
					 current->lack);
			this->failover->not_guarded(this->failover, current->name, reason);
		}
		else if (over)
		{
			this->failover->not_guarded(this->failover, current->name, NULL);
		}
	}
}

/**
 * Write the reply to a request that is refused.
 *
 * @param request		the request
 * @param index			index of the connection it is refused for
 * @param path			path inside it, may be empty
 * @param message		short reason
 * @param reply			buffer for the reply, written
 * @return				SEGW_ERR_REFUSED
 */
static segw_status_t refuse(chunk_t request, uint32_t index, const char *path,
							const char *message, chunk_t *reply)
{
	return segw_config_refuse(request.ptr, request.len, index, path, message,
							  reply->ptr, SEGW_REPLY_CAP, &reply->len);
}

/**
 * Build charon's configuration objects of a connection, and load its
 * credentials.
 *
 * @param draft			connection, with its credentials' set
 * @return				staged connection, NULL if refused
 */
static extsock_connection_t *build(extsock_draft_t *draft)
{
	array_t *configs;

	configs = extsock_builder_create_peer_cfgs(draft);
	if (!configs)
	{
		draft->creds->destroy(draft->creds);
		return NULL;
	}
	return extsock_connection_create(configs, draft->creds);
}

/**
 * Parse and stage one connection of an APPLY_CONFIG request.
 *
 * @param request		the request
 * @param index			index of the connection
 * @param cursor		where the connection is, 0 for the first; receives where
 *						the next one is
 * @param draft			what all of its connections have in common
 * @param count			receives the number of connections in the request
 * @param staged		list to add the staged connection to
 * @param lacks			array to add what charon lacks for it to
 * @param reply			buffer for the reply, written if refused
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t stage(chunk_t request, uint32_t index, size_t *cursor,
						   extsock_draft_t draft, uint32_t *count,
						   linked_list_t *staged, array_t *lacks,
						   chunk_t *reply)
{
	extsock_connection_t *current;
	segw_config_t *config;
	segw_status_t status;
	lack_t *lack;

	config = malloc(sizeof(*config));
	status = segw_config_parse(request.ptr, request.len, cursor, config, count,
							   reply->ptr, SEGW_REPLY_CAP, &reply->len);
	if (status == SEGW_OK)
	{
		draft.config = config;
		draft.creds = mem_cred_create();
		current = build(&draft);
		if (current)
		{
			staged->insert_last(staged, current);
			INIT(lack);
			strcpy(lack->lack, draft.lack);
			snprintf(lack->name, sizeof(lack->name), "%s",
					 current->get_name(current));
			array_insert(lacks, ARRAY_TAIL, lack);
		}
		else
		{
			status = refuse(request, index, draft.path, draft.message, reply);
		}
	}
	/* it may have secrets */
	memwipe(config, sizeof(*config));
	free(config);
	return status;
}

/**
 * Carry out an APPLY_CONFIG request, all of it or nothing.
 *
 * Reading keys may take a second. It holds up nobody but who waits for this
 * reply, and charon's end for no more than one connection's.
 *
 * @param this			handler
 * @param request		the request
 * @param rights		what the client may do
 * @param reply			buffer for the reply, written
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t apply(private_extsock_handler_t *this, chunk_t request,
						   extsock_rights_t rights, chunk_t *reply)
{
	uint64_t iterations = EXTSOCK_ITERATIONS;
	extsock_draft_t draft = {
		.rights = rights,
		.iterations = &iterations,
	};
	segw_status_t status = SEGW_OK;
	linked_list_t *staged;
	uint32_t i, count = 1;
	size_t cursor = 0;
	array_t *lacks;

	staged = linked_list_create();
	lacks = array_create(0, 0);
	for (i = 0; status == SEGW_OK && i < count; i++)
	{
		status = this->failover->is_stopped(this->failover) ?
				 refuse(request, i, "", "charon is about to end", reply) :
				 stage(request, i, &cursor, draft, &count, staged, lacks,
					   reply);
	}
	if (status == SEGW_OK)
	{
		status = this->failover->command(this->failover, request, staged,
										 reply->ptr, &reply->len);
		if (status == SEGW_OK)
		{
			tell_lacks(this, lacks);
		}
	}
	else
	{
		staged->destroy_offset(staged,
							   offsetof(extsock_connection_t, destroy));
	}
	array_destroy_function(lacks, (void*)free, NULL);
	return status;
}

/**
 * Tell a part of what libsegw was last told.
 *
 * @param this			handler
 * @param request		the request
 * @param reply			buffer for the reply, written
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t tell_record(private_extsock_handler_t *this,
								 chunk_t request, chunk_t *reply)
{
	segw_status_t status;
	chunk_t data = chunk_empty;
	uint32_t serial;
	char *reason;

	reason = this->failover->get_record(this->failover, &data, &serial);
	if (reason)
	{
		return refuse(request, 0, "", reason, reply);
	}
	status = segw_record_reply(request.ptr, request.len, data.ptr, data.len,
							   serial, reply->ptr, SEGW_REPLY_CAP, &reply->len);
	free(data.ptr);
	return status;
}

/**
 * Get why a client may not ask for something.
 *
 * @param verb			what it asks for
 * @param rights		what it may do
 * @return				the reason, NULL if it may
 */
static char *check_rights(uint32_t verb, extsock_rights_t rights)
{
	extsock_rights_t needed = extsock_rights_needed(verb);

	if (rights >= needed)
	{
		return NULL;
	}
	return needed == EXTSOCK_CONFIGURE ?
		   EXTSOCK_LACKS_RIGHT(EXTSOCK_CONFIGURE_USERS,
							   EXTSOCK_CONFIGURE_GROUPS) :
		   EXTSOCK_LACKS_RIGHT(EXTSOCK_OPERATE_USERS,
							   EXTSOCK_OPERATE_GROUPS);
}

METHOD(extsock_handler_t, handle, bool,
	private_extsock_handler_t *this, chunk_t request,
	extsock_rights_t rights, segw_filter_t *filter, chunk_t *reply)
{
	uint32_t verb = segw_verb(request.ptr, request.len);
	char *lacking = check_rights(verb, rights);
	segw_status_t status;

	/* most replies are much shorter: it is there for the request only */
	*reply = chunk_create(malloc(SEGW_REPLY_CAP), 0);
	if (lacking)
	{
		status = refuse(request, 0, "", lacking, reply);
	}
	else if (verb == SEGW_VERB_APPLY_CONFIG)
	{
		status = apply(this, request, rights, reply);
	}
	else if (verb == SEGW_VERB_SUBSCRIBE)
	{
		status = segw_filter_read(filter, request.ptr, request.len, reply->ptr,
								  SEGW_REPLY_CAP, &reply->len);
	}
	else if (verb == SEGW_VERB_RECORD)
	{
		status = tell_record(this, request, reply);
	}
	else
	{
		status = this->failover->command(this->failover, request, NULL,
										 reply->ptr, &reply->len);
	}
	/* no more than what is to be sent waits for a client that reads slowly */
	reply->ptr = realloc(reply->ptr, max(reply->len, 1));

	if (status != SEGW_OK)
	{	/* the client was told; a broken one must not fill the log */
		DBG2(DBG_EXTSOCK, "refused extsock request: %s", segw_strerror(status));
	}
	return status == SEGW_OK;
}

METHOD(extsock_handler_t, is_slow, bool,
	private_extsock_handler_t *this, chunk_t request)
{
	/* a private key needs its certificate. A key of JSON may also be written
	 * with escapes of Unicode */
	return segw_verb(request.ptr, request.len) == SEGW_VERB_APPLY_CONFIG &&
		   (memmem(request.ptr, request.len, "cert", strlen("cert")) ||
			memmem(request.ptr, request.len, "\\u", strlen("\\u")));
}

CALLBACK(free_name, void,
	void *name, const void *key)
{
	free(name);
}

METHOD(extsock_handler_t, destroy, void,
	private_extsock_handler_t *this)
{
	this->lacking->destroy_function(this->lacking, free_name);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_handler_t *extsock_handler_create(extsock_failover_manager_t *failover)
{
	private_extsock_handler_t *this;

	INIT(this,
		.public = {
			.handle = _handle,
			.is_slow = _is_slow,
			.destroy = _destroy,
		},
		.failover = failover,
		.lacking = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
