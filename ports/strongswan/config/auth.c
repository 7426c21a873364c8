/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth.h"
#include "certs.h"
#include "identity.h"
#include "secrets.h"

#include <eap/eap.h>
#include <plugins/plugin_feature.h>

/**
 * Check if a method is EAP.
 *
 * @param auth			how a side proves who it is
 * @return				TRUE if it is
 */
static bool is_eap(const segw_auth_t *auth)
{
	return auth->method == SEGW_AUTH_EAP ||
		   auth->method == SEGW_AUTH_EAP_AKA ||
		   auth->method == SEGW_AUTH_EAP_MSCHAPV2;
}

/**
 * Check if a method may make use of certificates; any EAP may be EAP-TLS.
 *
 * @param auth			how a side proves who it is
 * @return				TRUE if it may
 */
static bool takes_certs(const segw_auth_t *auth)
{
	return auth->method == SEGW_AUTH_PUBKEY || auth->method == SEGW_AUTH_EAP;
}

/**
 * Check if charon has an EAP method.
 *
 * @param type			method
 * @return				TRUE if a plugin provides it
 */
static bool has_eap(eap_type_t type)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(EAP_PEER, type);

	return lib->plugins->has_feature(lib->plugins, feature);
}

/**
 * Check if charon has any EAP method that authenticates.
 *
 * @return				TRUE if a plugin provides one
 */
static bool has_any_eap()
{
	int type;

	for (type = EAP_MD5; type < EAP_EXPANDED; type++)
	{
		if (has_eap(type))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Refuse certificates and keys with a method that has no use for any.
 *
 * @param auth			how a side proves who it is
 * @param refusal		receives the reason
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
static bool check_certs(const segw_auth_t *auth, extsock_refusal_t *refusal,
						const char *section)
{
	const char *key = auth->cert.len ? "cert" :
					  auth->private_key.len ? "private_key" :
					  auth->ca_certs.len ? "ca_cert" : NULL;

	return takes_certs(auth) || !key ||
		   extsock_refuse(refusal, "this method uses no certificate",
						  "%s.%s", section, key);
}

/**
 * Add the class of authentication, and which EAP method.
 *
 * @param auth			how a side proves who it is
 * @param cfg			round to add it to
 * @param refusal		receives the reason
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
static bool add_method(const segw_auth_t *auth, auth_cfg_t *cfg,
					   extsock_refusal_t *refusal, const char *section)
{
	eap_type_t type = 0;

	switch (auth->method)
	{
		case SEGW_AUTH_PSK:
			cfg->add(cfg, AUTH_RULE_AUTH_CLASS, AUTH_CLASS_PSK);
			return TRUE;
		case SEGW_AUTH_PUBKEY:
			cfg->add(cfg, AUTH_RULE_AUTH_CLASS, AUTH_CLASS_PUBKEY);
			return TRUE;
		case SEGW_AUTH_EAP:
			if (!has_any_eap())
			{
				return extsock_refuse(refusal, "charon has no EAP method "
									  "loaded", "%s.auth", section);
			}
			break;
		case SEGW_AUTH_EAP_AKA:
			type = EAP_AKA;
			break;
		case SEGW_AUTH_EAP_MSCHAPV2:
			type = EAP_MSCHAPV2;
			break;
		default:
			return extsock_refuse(refusal, "this method is not supported",
								  "%s.auth", section);
	}
	if (type && !has_eap(type))
	{
		/* a loaded plugin offers nothing while its own needs are not met */
		return extsock_refuse(refusal, type == EAP_AKA ?
							  "charon does not offer it, load the plugins "
							  "eap-aka and fips-prf" :
							  "charon does not offer it, load the plugins "
							  "eap-mschapv2, md4 and des or openssl",
							  "%s.auth", section);
	}
	cfg->add(cfg, AUTH_RULE_AUTH_CLASS, AUTH_CLASS_EAP);
	if (type)
	{
		cfg->add(cfg, AUTH_RULE_EAP_TYPE, type);
	}
	return TRUE;
}

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

	key = extsock_secrets_create_private(config, refusal);
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
	if (is_eap(auth) && config->version == 1)
	{
		return extsock_refuse(refusal, "EAP is of IKEv2", "local_auth.auth");
	}
	if (auth->eap_id.len && !is_eap(auth))
	{
		return extsock_refuse(refusal, "this method is not EAP",
							  "local_auth.eap_id");
	}
	if (auth->eap_id.len && !has_eap(EAP_IDENTITY))
	{
		return extsock_refuse(refusal, "charon has not loaded the plugin "
							  "eap-identity", "local_auth.eap_id");
	}
	return check_certs(auth, refusal, "local_auth");
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
	if (is_eap(auth) && auth->secret.len)
	{
		shared = extsock_secrets_create_shared(config, auth->secret, SHARED_EAP,
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
auth_cfg_t *extsock_auth_create_local(const segw_config_t *config,
									  mem_cred_t *creds,
									  extsock_refusal_t *refusal)
{
	auth_cfg_t *cfg;

	if (!check_local(config, refusal))
	{
		return NULL;
	}
	cfg = auth_cfg_create();
	if (!add_method(&config->local_auth, cfg, refusal, "local_auth") ||
		!add_own_cert(config, cfg, creds, refusal) ||
		!add_own_identities(config, cfg, creds, refusal))
	{
		cfg->destroy(cfg);
		return NULL;
	}
	return cfg;
}

/**
 * Check if charon checks if certificates are revoked.
 *
 * @param kind			"crl" or "ocsp"
 * @return				TRUE if it does, by this kind
 */
static bool checks_revocation(const char *kind)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(CUSTOM, "revocation");

	return lib->plugins->has_feature(lib->plugins, feature) &&
		   lib->settings->get_bool(lib->settings,
								   "%s.plugins.revocation.enable_%s", TRUE,
								   lib->ns, kind);
}

/**
 * Add how the SEGWs' certificates have to be checked for revocation.
 *
 * @param auth			how the SEGWs prove who they are
 * @param cfg			round of the SEGWs
 * @param refusal		receives the reason: most is switched for all of charon
 * @return				FALSE if refused
 */
static bool add_revocation(const segw_auth_t *auth, auth_cfg_t *cfg,
						   extsock_refusal_t *refusal)
{
	bool crl = checks_revocation("crl"), ocsp = checks_revocation("ocsp");

	/* charon knows one answer for all connections */
	if (!auth->ocsp && ocsp)
	{
		return extsock_refuse(refusal, "charon switches OCSP for all "
							  "connections, with "
							  "plugins.revocation.enable_ocsp",
							  "remote_auth.enable_ocsp");
	}
	if (!auth->crl && crl)
	{
		return extsock_refuse(refusal, "charon switches CRLs for all "
							  "connections, with plugins.revocation.enable_crl",
							  "remote_auth.enable_crl");
	}
	if (auth->revocation == SEGW_REVOCATION_RELAXED)
	{
		return TRUE;
	}
	if (!crl && !ocsp)
	{	/* charon would not notice that nobody checks */
		return extsock_refuse(refusal, "charon does not check revocation, its "
							  "plugin is not loaded or switched off",
							  "remote_auth.revocation");
	}
	/* charon takes OCSP's result if no CRL says anything */
	cfg->add(cfg, AUTH_RULE_CRL_VALIDATION,
			 auth->revocation == SEGW_REVOCATION_STRICT ? VALIDATION_GOOD
													   : VALIDATION_SKIPPED);
	return TRUE;
}

/**
 * Refuse what a SEGW has no use for.
 *
 * @param config		connection
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool check_remote(const segw_config_t *config,
						 extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->remote_auth;

	if (config->version == 1 && auth->method != config->local_auth.method)
	{
		return extsock_refuse(refusal, "with IKEv1 both sides use the same "
							  "method", "remote_auth.auth");
	}
	if (auth->method == SEGW_AUTH_EAP_MSCHAPV2)
	{
		return extsock_refuse(refusal, "EAP-MSCHAPv2 does not prove who a SEGW "
							  "is", "remote_auth.auth");
	}
	if (is_eap(auth) &&
		!is_eap(&config->local_auth))
	{
		return extsock_refuse(refusal, "a SEGW uses EAP only if this side does",
							  "remote_auth.auth");
	}
	if (auth->eap_id.len)
	{
		return extsock_refuse(refusal, "a SEGW has no EAP identity",
							  "remote_auth.eap_id");
	}
	if (auth->secret.len && auth->method != SEGW_AUTH_PSK &&
		config->local_auth.method != SEGW_AUTH_PSK)
	{
		return extsock_refuse(refusal, "this method has no secret",
							  "remote_auth.secret");
	}
	if (auth->revocation != SEGW_REVOCATION_RELAXED &&
		!takes_certs(auth))
	{
		return extsock_refuse(refusal, "this method uses no certificate",
							  "remote_auth.revocation");
	}
	return check_certs(auth, refusal, "remote_auth");
}

/*
 * Described in header
 */
auth_cfg_t *extsock_auth_create_remote(const segw_config_t *config,
									   mem_cred_t *creds,
									   extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->remote_auth;
	certificate_t *cert;
	auth_cfg_t *cfg;

	if (!check_remote(config, refusal))
	{
		return NULL;
	}
	cfg = auth_cfg_create();
	if (!add_method(auth, cfg, refusal, "remote_auth") ||
		!add_revocation(auth, cfg, refusal) ||
		!extsock_certs_add_cas(config, FALSE, creds, cfg, refusal))
	{
		cfg->destroy(cfg);
		return NULL;
	}
	if (auth->cert.len)
	{
		cert = extsock_certs_add(config, FALSE, creds, refusal);
		if (!cert)
		{
			cfg->destroy(cfg);
			return NULL;
		}
		cfg->add(cfg, AUTH_RULE_SUBJECT_CERT, cert);
	}
	return cfg;
}

/**
 * Check if two secrets are the same.
 *
 * @param config		connection
 * @param a				span of a secret
 * @param b				span of the other one
 * @return				TRUE if they are
 */
static bool is_same_secret(const segw_config_t *config, segw_text_t a,
						   segw_text_t b)
{
	return chunk_equals_const(
				chunk_create((u_char*)config->text + a.offset, a.len),
				chunk_create((u_char*)config->text + b.offset, b.len));
}

/*
 * Described in header
 */
bool extsock_auth_add_psk(const segw_config_t *config, mem_cred_t *creds,
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
	if (theirs && local->secret.len && !is_eap(local) &&
		!is_same_secret(config, local->secret, remote->secret))
	{
		return extsock_refuse(refusal, "differs from local_auth's, charon "
							  "knows one per pair of identities",
							  "remote_auth.secret");
	}
	shared = extsock_secrets_create_shared(config, theirs ? remote->secret
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
