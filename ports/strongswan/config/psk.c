/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "psk.h"
#include "identity.h"
#include "method.h"
#include "secret.h"

/**
 * Check if two secrets are the same.
 *
 * @param config		connection
 * @param a				span of a secret
 * @param b				span of the other one
 * @return				TRUE if they are
 */
static bool is_same(const segw_config_t *config, segw_text_t a, segw_text_t b)
{
	return chunk_equals_const(
				chunk_create((u_char*)config->text + a.offset, a.len),
				chunk_create((u_char*)config->text + b.offset, b.len));
}

/*
 * Described in header
 */
bool extsock_psk_add(const segw_config_t *config, mem_cred_t *creds,
					 extsock_refusal_t *refusal)
{
	const segw_auth_t *local = &config->local_auth;
	const segw_auth_t *remote = &config->remote_auth;
	linked_list_t *owners;
	shared_key_t *shared;
	bool theirs;

	if (local->method != SEGW_AUTH_PSK && remote->method != SEGW_AUTH_PSK)
	{
		return TRUE;
	}
	/* charon looks keys up by both identities, a pair has one key */
	theirs = remote->secret.len;
	if (theirs && local->secret.len && !extsock_method_is_eap(local) &&
		!is_same(config, local->secret, remote->secret))
	{
		return extsock_refuse(refusal, "differs from local_auth's, charon "
							  "knows one per pair of identities",
							  "remote_auth.secret");
	}
	shared = extsock_secret_create(config, theirs ? remote->secret
												  : local->secret,
								   SHARED_IKE, refusal, theirs ?
								   "remote_auth.secret" : "local_auth.secret");
	if (!shared)
	{
		return FALSE;
	}
	owners = extsock_identity_get_all(config, refusal);
	if (!owners)
	{
		shared->destroy(shared);
		return FALSE;
	}
	creds->add_shared_list(creds, shared, owners);
	return TRUE;
}
