/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"
#include "compat.h"
#include "peer_cfg.h"

#include <threading/mutex.h>

typedef struct private_extsock_config_t private_extsock_config_t;

/**
 * Private data of an extsock_config_t object
 */
struct private_extsock_config_t {

	/**
	 * Public interface
	 */
	extsock_config_t public;

	/**
	 * Failover manager
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Serialises requests, covers the buffers below
	 */
	mutex_t *mutex;

	/**
	 * Connection being parsed, wiped after use
	 */
	segw_config_t config;

	/**
	 * Reply being written
	 */
	char reply[SEGW_REPLY_CAP];
};

/**
 * Build charon's configuration objects of a connection, and load its
 * credentials.
 *
 * @param config		connection, as parsed by libsegw
 * @param refusal		receives the reason if the connection is refused
 * @return				staged connection, NULL if refused
 */
static extsock_staged_t *build(const segw_config_t *config,
							   extsock_refusal_t *refusal)
{
	mem_cred_t *creds;
	array_t *configs;

	creds = mem_cred_create();
	configs = extsock_peer_cfg_create(config, creds, refusal);
	if (!configs)
	{
		creds->destroy(creds);
		return NULL;
	}
	return extsock_staged_create(extsock_segws_create(configs), creds);
}

/**
 * Parse and stage one connection of an APPLY_CONFIG request.
 *
 * @param this			handler
 * @param request		the request
 * @param index			index of the connection
 * @param count			receives the number of connections in the request
 * @param staged		list to add the staged connection to
 * @param reply_len		receives the length of the reply if refused
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t stage(private_extsock_config_t *this, chunk_t request,
						   uint32_t index, uint32_t *count,
						   linked_list_t *staged, size_t *reply_len)
{
	extsock_refusal_t refusal = {};
	extsock_staged_t *current;
	segw_status_t status;

	status = segw_config_parse(request.ptr, request.len, index, &this->config,
							   count, this->reply, sizeof(this->reply),
							   reply_len);
	if (status == SEGW_OK)
	{
		current = build(&this->config, &refusal);
		if (current)
		{
			staged->insert_last(staged, current);
		}
		else
		{
			status = segw_config_refuse(request.ptr, request.len, index,
										refusal.path, refusal.message,
										this->reply, sizeof(this->reply),
										reply_len);
		}
	}
	memwipe(&this->config, sizeof(this->config));
	return status;
}

/**
 * Carry out an APPLY_CONFIG request, all of it or nothing.
 *
 * @param this			handler
 * @param request		the request
 * @param reply_len		receives the length of the reply
 * @return				SEGW_OK, or why the request is refused
 */
static segw_status_t apply(private_extsock_config_t *this, chunk_t request,
						   size_t *reply_len)
{
	segw_status_t status = SEGW_OK;
	extsock_staged_t *current;
	linked_list_t *staged;
	uint32_t i, count = 1;

	staged = linked_list_create();
	for (i = 0; status == SEGW_OK && i < count; i++)
	{
		status = stage(this, request, i, &count, staged, reply_len);
	}
	if (status == SEGW_OK)
	{
		return this->failover->command(this->failover, request, staged,
									   this->reply, reply_len);
	}
	while (staged->remove_first(staged, (void**)&current) == SUCCESS)
	{
		current->destroy(current);
	}
	staged->destroy(staged);
	return status;
}

METHOD(extsock_config_t, handle, bool,
	private_extsock_config_t *this, chunk_t request,
	extsock_rights_t rights, segw_filter_t *filter, chunk_t *reply)
{
	segw_status_t status;
	size_t len = 0;

	this->mutex->lock(this->mutex);
	switch (segw_verb(request.ptr, request.len))
	{
		case SEGW_VERB_APPLY_CONFIG:
			status = apply(this, request, &len);
			break;
		case SEGW_VERB_SUBSCRIBE:
			status = segw_filter_read(filter, request.ptr, request.len,
									  this->reply, sizeof(this->reply), &len);
			break;
		default:
			status = this->failover->command(this->failover, request, NULL,
											 this->reply, &len);
			break;
	}
	*reply = chunk_clone(chunk_create(this->reply, len));
	this->mutex->unlock(this->mutex);

	if (status != SEGW_OK)
	{	/* the client was told; a broken one must not fill the log */
		DBG2(DBG_CFG, "refused extsock request: %s", segw_strerror(status));
	}
	return status == SEGW_OK;
}

METHOD(extsock_config_t, destroy, void,
	private_extsock_config_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_config_t *extsock_config_create(extsock_failover_manager_t *failover)
{
	private_extsock_config_t *this;

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
