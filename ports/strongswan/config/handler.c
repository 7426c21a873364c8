/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "handler.h"
#include "builder.h"
#include "compat.h"

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
	 * Serialises requests
	 */
	mutex_t *mutex;
};

/**
 * Build charon's configuration objects of a connection, and load its
 * credentials.
 *
 * @param draft			connection, with its credentials' set
 * @return				staged connection, NULL if refused
 */
static extsock_staged_t *build(extsock_draft_t *draft)
{
	array_t *configs;

	configs = extsock_builder_create_peer_cfgs(draft);
	if (!configs)
	{
		draft->creds->destroy(draft->creds);
		return NULL;
	}
	return extsock_staged_create(extsock_segws_create(configs), draft->creds);
}

/**
 * Parse and stage one connection of an APPLY_CONFIG request.
 *
 * @param request		the request
 * @param index			index of the connection
 * @param count			receives the number of connections in the request
 * @param staged		list to add the staged connection to
 * @param reply			buffer for the reply, written if refused
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t stage(chunk_t request, uint32_t index, uint32_t *count,
						   linked_list_t *staged, chunk_t *reply)
{
	extsock_staged_t *current;
	segw_config_t *config;
	segw_status_t status;

	config = malloc(sizeof(*config));
	status = segw_config_parse(request.ptr, request.len, index, config, count,
							   reply->ptr, SEGW_REPLY_CAP, &reply->len);
	if (status == SEGW_OK)
	{
		extsock_draft_t draft = {
			.config = config,
			.creds = mem_cred_create(),
		};

		current = build(&draft);
		if (current)
		{
			staged->insert_last(staged, current);
		}
		else
		{
			status = segw_config_refuse(request.ptr, request.len, index,
										draft.path, draft.message, reply->ptr,
										SEGW_REPLY_CAP, &reply->len);
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
 * @param this			handler
 * @param request		the request
 * @param reply			buffer for the reply, written
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t apply(private_extsock_handler_t *this, chunk_t request,
						   chunk_t *reply)
{
	segw_status_t status = SEGW_OK;
	linked_list_t *staged;
	uint32_t i, count = 1;

	staged = linked_list_create();
	for (i = 0; status == SEGW_OK && i < count; i++)
	{
		status = stage(request, i, &count, staged, reply);
	}
	if (status == SEGW_OK)
	{
		return this->failover->command(this->failover, request, staged,
									   reply->ptr, &reply->len);
	}
	staged->destroy_offset(staged, offsetof(extsock_staged_t, destroy));
	return status;
}

METHOD(extsock_handler_t, handle, bool,
	private_extsock_handler_t *this, chunk_t request,
	extsock_rights_t rights, segw_filter_t *filter, chunk_t *reply)
{
	segw_status_t status;

	/* most replies are much shorter: it is there for the request only */
	*reply = chunk_create(malloc(SEGW_REPLY_CAP), 0);
	this->mutex->lock(this->mutex);
	switch (segw_verb(request.ptr, request.len))
	{
		case SEGW_VERB_APPLY_CONFIG:
			status = apply(this, request, reply);
			break;
		case SEGW_VERB_SUBSCRIBE:
			status = segw_filter_read(filter, request.ptr, request.len,
									  reply->ptr, SEGW_REPLY_CAP, &reply->len);
			break;
		default:
			status = this->failover->command(this->failover, request, NULL,
											 reply->ptr, &reply->len);
			break;
	}
	this->mutex->unlock(this->mutex);
	/* no more than what is to be sent waits for a client that reads slowly */
	reply->ptr = realloc(reply->ptr, max(reply->len, 1));

	if (status != SEGW_OK)
	{	/* the client was told; a broken one must not fill the log */
		DBG2(DBG_CFG, "refused extsock request: %s", segw_strerror(status));
	}
	return status == SEGW_OK;
}

METHOD(extsock_handler_t, destroy, void,
	private_extsock_handler_t *this)
{
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
			.destroy = _destroy,
		},
		.failover = failover,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
