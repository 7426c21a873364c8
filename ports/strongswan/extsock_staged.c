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
	 * Peer config built
	 */
	peer_cfg_t *peer_cfg;

	/**
	 * Pre-shared key, empty if the connection has none of its own
	 */
	chunk_t secret;
};

/**
 * Get the pre-shared key of a connection.
 *
 * @param config		connection
 * @param secret		receives the key, not cloned, empty if there is none
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool get_secret(const segw_config_t *config, chunk_t *secret,
					   extsock_refusal_t *refusal)
{
	segw_text_t ours = config->local_auth.secret;
	segw_text_t theirs = config->remote_auth.secret;

	*secret = chunk_create((u_char*)config->text + ours.offset, ours.len);
	if (theirs.len)
	{	/* charon looks keys up by both identities, a pair has one key */
		chunk_t other;

		other = chunk_create((u_char*)config->text + theirs.offset, theirs.len);
		if (secret->len && !chunk_equals_const(*secret, other))
		{
			return extsock_refuse(refusal, "differs from local_auth's, charon "
								  "knows one per pair of identities",
								  "remote_auth.secret");
		}
		*secret = other;
	}
	return TRUE;
}

METHOD(extsock_staged_t, get_peer_cfg, peer_cfg_t*,
	private_extsock_staged_t *this)
{
	return this->peer_cfg;
}

/**
 * Get the identity of an authentication round as owner of a secret.
 *
 * @param peer_cfg		config with the rounds
 * @param local			TRUE for the local round
 * @return				identity, %any if the round has none
 */
static identification_t *get_owner(peer_cfg_t *peer_cfg, bool local)
{
	identification_t *id = NULL;
	enumerator_t *enumerator;
	auth_cfg_t *auth;

	enumerator = peer_cfg->create_auth_cfg_enumerator(peer_cfg, local);
	if (enumerator->enumerate(enumerator, &auth))
	{
		id = auth->get(auth, AUTH_RULE_IDENTITY);
	}
	id = id ? id->clone(id) : identification_create_from_string("%any");
	enumerator->destroy(enumerator);
	return id;
}

METHOD(extsock_staged_t, add_secret, void,
	private_extsock_staged_t *this, mem_cred_t *creds)
{
	linked_list_t *owners;
	char *name;

	name = this->peer_cfg->get_name(this->peer_cfg);
	if (!this->secret.len)
	{
		creds->remove_shared_unique(creds, name);
		return;
	}
	owners = linked_list_create_with_items(get_owner(this->peer_cfg, TRUE),
										   get_owner(this->peer_cfg, FALSE),
										   NULL);
	creds->add_shared_unique(creds, name, shared_key_create(SHARED_IKE,
											chunk_clone(this->secret)), owners);
}

METHOD(extsock_staged_t, destroy, void,
	private_extsock_staged_t *this)
{
	this->peer_cfg->destroy(this->peer_cfg);
	chunk_clear(&this->secret);
	free(this);
}

/*
 * Described in header
 */
extsock_staged_t *extsock_staged_create(const segw_config_t *config,
										extsock_refusal_t *refusal)
{
	private_extsock_staged_t *this;
	peer_cfg_t *peer_cfg;
	chunk_t secret;

	if (!get_secret(config, &secret, refusal))
	{
		return NULL;
	}
	peer_cfg = extsock_peer_cfg_create(config, refusal);
	if (!peer_cfg)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.get_peer_cfg = _get_peer_cfg,
			.add_secret = _add_secret,
			.destroy = _destroy,
		},
		.peer_cfg = peer_cfg,
		.secret = chunk_clone(secret),
	);
	return &this->public;
}
