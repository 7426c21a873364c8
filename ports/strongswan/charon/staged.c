/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "staged.h"

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
extsock_staged_t *extsock_staged_create(extsock_segws_t *segws,
										mem_cred_t *creds)
{
	private_extsock_staged_t *this;

	INIT(this,
		.public = {
			.get_segws = _get_segws,
			.take_creds = _take_creds,
			.destroy = _destroy,
		},
		.segws = segws,
		.creds = creds,
	);
	return &this->public;
}
