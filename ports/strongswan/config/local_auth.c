/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "local_auth.h"
#include "certs.h"
#include "identity.h"
#include "method.h"
#include "private_key.h"
#include "secret.h"

/**
 * Add our private key, which has to be that of our certificate.
 *
 * @param config		connection
 * @param cert			our certificate
 * @param creds			set to add the key to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_private_key(const segw_config_t *config, certificate_t *cert,
							mem_cred_t *creds, extsock_refusal_t *refusal)
{
	private_key_t *key;
	public_key_t *public;
	bool belongs;

	key = extsock_private_key_create(config, refusal);
	if (!key)
	{
		return FALSE;
	}
	public = cert->get_public_key(cert);
	belongs = public && key->belongs_to(key, public);
	DESTROY_IF(public);
	if (!belongs)
	{
		key->destroy(key);
		return extsock_refuse(refusal, "this is not the key of the certificate",
							  "local_auth.private_key");
	}
	creds->add_key(creds, key);
	return TRUE;
}

/**
 * Add our certificate, its key and what is between it and the root.
 *
 * @param config		connection
 * @param cfg			our round
 * @param creds			set to add them to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_own_cert(const segw_config_t *config, auth_cfg_t *cfg,
						 mem_cred_t *creds, extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->local_auth;
	identification_t *subject;
	certificate_t *cert;

	if (!auth->cert.len)
	{
		return !auth->private_key.len ||
			   extsock_refuse(refusal, "a private key needs its certificate",
							  "local_auth.private_key");
	}
	if (!auth->private_key.len)
	{
		return extsock_refuse(refusal, "a certificate needs its private key",
							  "local_auth.cert");
	}
	cert = extsock_certs_add(config, TRUE, creds, refusal);
	if (!cert)
	{
		return FALSE;
	}
	/* replaced if an identity is configured */
	subject = cert->get_subject(cert);
	cfg->add(cfg, AUTH_RULE_IDENTITY, subject->clone(subject));
	/* adopts the reference, which is in the set as well */
	cfg->add(cfg, AUTH_RULE_SUBJECT_CERT, cert);
	return add_private_key(config, cert, creds, refusal) &&
		   extsock_certs_add_cas(config, TRUE, creds, NULL, refusal);
}

/**
 * Refuse what this side has no use for.
 *
 * @param config		connection
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool check_local(const segw_config_t *config, extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->local_auth;
	const char *key = auth->revocation != SEGW_REVOCATION_RELAXED ?
					  "revocation" : !auth->ocsp ? "enable_ocsp" :
					  !auth->crl ? "enable_crl" : NULL;

	if (key)
	{
		return extsock_refuse(refusal, "the SEGW decides how our certificate "
							  "is checked; did you mean remote_auth?",
							  "local_auth.%s", key);
	}
	if (extsock_method_is_eap(auth) && config->version == 1)
	{
		return extsock_refuse(refusal, "EAP is of IKEv2", "local_auth.auth");
	}
	if (auth->eap_id.len && !extsock_method_is_eap(auth))
	{
		return extsock_refuse(refusal, "this method is not EAP",
							  "local_auth.eap_id");
	}
	if (auth->eap_id.len && !extsock_method_has_eap(EAP_IDENTITY))
	{
		return extsock_refuse(refusal, "charon has not loaded the plugin "
							  "eap-identity", "local_auth.eap_id");
	}
	return extsock_method_check_certs(auth, refusal, "local_auth");
}

/**
 * Add our identities, and the password that goes with them.
 *
 * @param config		connection
 * @param cfg			our round
 * @param creds			set to add the password to
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_own_identities(const segw_config_t *config, auth_cfg_t *cfg,
							   mem_cred_t *creds, extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->local_auth;
	identification_t *id = NULL, *eap_id = NULL;
	shared_key_t *shared;

	if (auth->ids.len)
	{
		id = extsock_identity_get_own(config, auth->ids.items[0], refusal,
									  "local_auth.id");
		if (!id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_IDENTITY, id);
	}
	if (auth->eap_id.len)
	{
		eap_id = extsock_identity_get_own(config, auth->eap_id, refusal,
										  "local_auth.eap_id");
		if (!eap_id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_EAP_IDENTITY, eap_id);
	}
	if (extsock_method_is_eap(auth) && auth->secret.len)
	{
		shared = extsock_secret_create(config, auth->secret, SHARED_EAP,
									   refusal, "local_auth.secret");
		if (!shared)
		{
			return FALSE;
		}
		id = eap_id ?: id;
		id = id ? id->clone(id) : identification_create_from_string("%any");
		creds->add_shared(creds, shared, id, NULL);
	}
	return TRUE;
}

/*
 * Described in header
 */
auth_cfg_t *extsock_local_auth_create(const segw_config_t *config,
									  mem_cred_t *creds,
									  extsock_refusal_t *refusal)
{
	auth_cfg_t *cfg;

	if (!check_local(config, refusal))
	{
		return NULL;
	}
	cfg = auth_cfg_create();
	if (!extsock_method_add(&config->local_auth, cfg, refusal, "local_auth") ||
		!add_own_cert(config, cfg, creds, refusal) ||
		!add_own_identities(config, cfg, creds, refusal))
	{
		cfg->destroy(cfg);
		return NULL;
	}
	return cfg;
}
