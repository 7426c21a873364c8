/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for memmem() */
#endif

#include "handler.h"
#include "builder.h"
#include "compat.h"
#include "log_group.h"

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
};

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
 * @param reply			buffer for the reply, written if refused
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t stage(chunk_t request, uint32_t index, size_t *cursor,
						   extsock_draft_t draft, uint32_t *count,
						   linked_list_t *staged, chunk_t *reply)
{
	extsock_connection_t *current;
	segw_config_t *config;
	segw_status_t status;

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

	staged = linked_list_create();
	for (i = 0; status == SEGW_OK && i < count; i++)
	{
		status = this->failover->is_stopped(this->failover) ?
				 refuse(request, i, "", "charon is about to end", reply) :
				 stage(request, i, &cursor, draft, &count, staged, reply);
	}
	if (status == SEGW_OK)
	{
		return this->failover->command(this->failover, request, staged,
									   reply->ptr, &reply->len);
	}
	staged->destroy_offset(staged, offsetof(extsock_connection_t, destroy));
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
	switch (verb)
	{
		case SEGW_VERB_APPLY_CONFIG:
		case SEGW_VERB_REMOVE_CONFIG:
			return rights >= EXTSOCK_CONFIGURE ? NULL :
				   EXTSOCK_LACKS_RIGHT(EXTSOCK_CONFIGURE_USERS,
									   EXTSOCK_CONFIGURE_GROUPS);
		case SEGW_VERB_STATUS:
		case SEGW_VERB_HISTORY:
		case SEGW_VERB_POLICY:
		case SEGW_VERB_EXPLAIN:
		case SEGW_VERB_VERSION:
		case SEGW_VERB_SUBSCRIBE:
		case SEGW_VERB_UNKNOWN:
			return NULL;
		default:
			return rights >= EXTSOCK_OPERATE ? NULL :
				   EXTSOCK_LACKS_RIGHT(EXTSOCK_OPERATE_USERS,
									   EXTSOCK_OPERATE_GROUPS);
	}
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

METHOD(extsock_handler_t, destroy, void,
	private_extsock_handler_t *this)
{
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
	);
	return &this->public;
}
