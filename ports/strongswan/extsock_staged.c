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

#include "extsock_staged.h"
#include "extsock_peer_cfg.h"

typedef struct private_extsock_staged_t private_extsock_staged_t;

/**
 * Private data of an extsock_staged_t object
 */
struct private_extsock_staged_t {

	/**
	 * Public interface
	 */
	extsock_staged_t public;

	/**
	 * Peer configs built
	 */
	extsock_segws_t *segws;

	/**
	 * Credentials, NULL once taken
	 */
	mem_cred_t *creds;
};

METHOD(extsock_staged_t, get_segws, extsock_segws_t*,
	private_extsock_staged_t *this)
{
	return this->segws;
}

METHOD(extsock_staged_t, take_creds, mem_cred_t*,
	private_extsock_staged_t *this)
{
	mem_cred_t *creds = this->creds;

	this->creds = NULL;
	return creds;
}

METHOD(extsock_staged_t, destroy, void,
	private_extsock_staged_t *this)
{
	this->segws->destroy(this->segws);
	/* wipes keys and secrets */
	DESTROY_IF(this->creds);
	free(this);
}

/*
 * Described in header
 */
extsock_staged_t *extsock_staged_create(const segw_config_t *config,
										extsock_refusal_t *refusal)
{
	private_extsock_staged_t *this;
	mem_cred_t *creds;
	array_t *configs;

	creds = mem_cred_create();
	configs = extsock_peer_cfg_create(config, creds, refusal);
	if (!configs)
	{
		creds->destroy(creds);
		return NULL;
	}
	INIT(this,
		.public = {
			.get_segws = _get_segws,
			.take_creds = _take_creds,
			.destroy = _destroy,
		},
		.segws = extsock_segws_create(configs),
		.creds = creds,
	);
	return &this->public;
}
