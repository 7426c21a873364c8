/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth.h"
#include "certs.h"
#include "identity.h"
#include "lack.h"
#include "secrets.h"

#include <eap/eap.h>

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
		   auth->method == SEGW_AUTH_EAP_MSCHAPV2 ||
		   auth->method == SEGW_AUTH_EAP_TLS;
}

/**
 * Check if a method may make use of certificates; any EAP may be EAP-TLS.
 *
 * @param auth			how a side proves who it is
 * @return				TRUE if it may
 */
static bool takes_certs(const segw_auth_t *auth)
{
	return auth->method == SEGW_AUTH_PUBKEY || auth->method == SEGW_AUTH_EAP ||
		   auth->method == SEGW_AUTH_EAP_TLS;
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

	return extsock_lack_has(feature);
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
 * @param draft			connection
 * @param auth			how a side proves who it is
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
static bool check_certs(extsock_draft_t *draft, const segw_auth_t *auth,
						const char *section)
{
	const char *key = auth->cert.len ? "cert" :
					  auth->private_key.len ? "private_key" :
					  auth->ca_certs.len ? "ca_cert" : NULL;

	return takes_certs(auth) || !key ||
		   extsock_refuse(draft, "this method uses no certificate",
						  "%s.%s", section, key);
}

/**
 * What brings the EAP methods
 */
static const struct {
	/** plugin */
	const char *plugin;
	/** plugins that it needs */
	const char *needs;
} eap_plugins[] = {
	[SEGW_AUTH_EAP_AKA] = { "eap-aka", " and fips-prf" },
	[SEGW_AUTH_EAP_MSCHAPV2] = { "eap-mschapv2", ", md4 and des, or openssl" },
	[SEGW_AUTH_EAP_TLS] = { "eap-tls", "" },
};

/**
 * Add the class of authentication, and which EAP method.
 *
 * @param draft			connection
 * @param auth			how a side proves who it is
 * @param cfg			round to add it to
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
static bool add_method(extsock_draft_t *draft, const segw_auth_t *auth,
					   auth_cfg_t *cfg, const char *section)
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
				return extsock_refuse(draft, "charon has no EAP method loaded, "
									  "load the plugin eap-aka, eap-tls or "
									  "eap-mschapv2 as the SEGW asks for",
									  "%s.auth", section);
			}
			break;
		case SEGW_AUTH_EAP_AKA:
			type = EAP_AKA;
			break;
		case SEGW_AUTH_EAP_MSCHAPV2:
			type = EAP_MSCHAPV2;
			break;
		case SEGW_AUTH_EAP_TLS:
			type = EAP_TLS;
			break;
		default:
			return extsock_refuse(draft, "this method is not supported",
								  "%s.auth", section);
	}
	if (type && !has_eap(type))
	{
		/* a loaded plugin offers nothing while its own needs are not met */
		extsock_lack_write(draft->text, eap_plugins[auth->method].plugin,
						   eap_plugins[auth->method].needs, "%N",
						   eap_type_names, type);
		return extsock_refuse(draft, draft->text, "%s.auth", section);
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
 * @param draft			connection
 * @param cert			our certificate
 * @return				FALSE if refused
 */
static bool add_private_key(extsock_draft_t *draft, certificate_t *cert)
{
	private_key_t *key;
	public_key_t *public;
	bool belongs;

	key = extsock_secrets_create_private(draft);
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
		return extsock_refuse(draft, "this is not the key of the certificate",
							  "local_auth.private_key");
	}
	draft->creds->add_key(draft->creds, key);
	return TRUE;
}

/**
 * Add our certificate, its key and what is between it and the root.
 *
 * @param draft			connection
 * @param cfg			our round
 * @return				FALSE if refused
 */
static bool add_own_cert(extsock_draft_t *draft, auth_cfg_t *cfg)
{
	const segw_auth_t *auth = &draft->config->local_auth;
	identification_t *subject;
	certificate_t *cert;

	if (!auth->cert.len)
	{
		return !auth->private_key.len ||
			   extsock_refuse(draft, "a private key needs its certificate",
							  "local_auth.private_key");
	}
	if (!auth->private_key.len)
	{
		return extsock_refuse(draft, "a certificate needs its private key",
							  "local_auth.cert");
	}
	cert = extsock_certs_add(draft, TRUE, 0);
	if (!cert)
	{
		return FALSE;
	}
	/* replaced if an identity is configured */
	subject = cert->get_subject(cert);
	cfg->add(cfg, AUTH_RULE_IDENTITY, subject->clone(subject));
	/* adopts the reference, which is in the set as well */
	cfg->add(cfg, AUTH_RULE_SUBJECT_CERT, cert);
	return add_private_key(draft, cert) &&
		   extsock_certs_add_cas(draft, TRUE, NULL);
}

/**
 * Refuse what this side has no use for.
 *
 * @param draft			connection
 * @return				FALSE if refused
 */
static bool check_local(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	const segw_auth_t *auth = &config->local_auth;
	plugin_feature_t identity = PLUGIN_PROVIDE(EAP_PEER, EAP_IDENTITY);
	const char *key = auth->revocation != SEGW_REVOCATION_RELAXED ?
					  "revocation" : !auth->ocsp ? "enable_ocsp" :
					  !auth->crl ? "enable_crl" : NULL;

	if (key)
	{
		return extsock_refuse(draft, "the SEGW decides how our certificate "
							  "is checked; did you mean remote_auth?",
							  "local_auth.%s", key);
	}
	if (is_eap(auth) && config->version == 1)
	{
		return extsock_refuse(draft, "EAP is of IKEv2", "local_auth.auth");
	}
	if (auth->eap_id.len && !is_eap(auth))
	{
		return extsock_refuse(draft, "this method is not EAP",
							  "local_auth.eap_id");
	}
	if (auth->aaa_id.len && !is_eap(auth))
	{
		return extsock_refuse(draft, "this method is not EAP",
							  "local_auth.aaa_id");
	}
	if (auth->eap_id.len &&
		!extsock_check_feature(draft, identity, "eap-identity", "",
							   "EAP-Identity", "local_auth.eap_id"))
	{
		return FALSE;
	}
	return check_certs(draft, auth, "local_auth");
}

/**
 * Add our identities, and the password that goes with them.
 *
 * @param draft			connection
 * @param cfg			our round
 * @return				FALSE if refused
 */
static bool add_own_identities(extsock_draft_t *draft, auth_cfg_t *cfg)
{
	const segw_auth_t *auth = &draft->config->local_auth;
	identification_t *id = NULL, *eap_id = NULL, *aaa_id;
	shared_key_t *shared;

	if (auth->ids.len)
	{
		id = extsock_identity_get_own(draft, auth->ids.items[0],
									  "local_auth.id");
		if (!id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_IDENTITY, id);
	}
	if (auth->eap_id.len)
	{
		eap_id = extsock_identity_get_own(draft, auth->eap_id,
										  "local_auth.eap_id");
		if (!eap_id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_EAP_IDENTITY, eap_id);
	}
	if (auth->aaa_id.len)
	{
		aaa_id = extsock_identity_parse(draft, auth->aaa_id,
										"local_auth.aaa_id");
		if (!aaa_id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_AAA_IDENTITY, aaa_id);
	}
	if (is_eap(auth) && auth->secret.len)
	{
		shared = extsock_secrets_create_shared(draft, auth->secret, SHARED_EAP,
											   "local_auth.secret");
		if (!shared)
		{
			return FALSE;
		}
		id = eap_id ?: id;
		id = id ? id->clone(id) : identification_create_from_string("%any");
		draft->creds->add_shared(draft->creds, shared, id, NULL);
	}
	return TRUE;
}

/*
 * Described in header
 */
auth_cfg_t *extsock_auth_create_local(extsock_draft_t *draft)
{
	auth_cfg_t *cfg;

	if (!check_local(draft))
	{
		return NULL;
	}
	cfg = auth_cfg_create();
	if (!add_method(draft, &draft->config->local_auth, cfg, "local_auth") ||
		!add_own_cert(draft, cfg) || !add_own_identities(draft, cfg))
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

	return extsock_lack_has(feature) &&
		   lib->settings->get_bool(lib->settings,
								   "%s.plugins.revocation.enable_%s", TRUE,
								   lib->ns, kind);
}

/**
 * Add how the SEGWs' certificates have to be checked for revocation.
 *
 * @param draft			connection
 * @param auth			how the SEGWs prove who they are
 * @param cfg			round of the SEGWs
 * @return				FALSE if refused
 */
static bool add_revocation(extsock_draft_t *draft, const segw_auth_t *auth,
						   auth_cfg_t *cfg)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(CUSTOM, "revocation");
	plugin_feature_t fetcher = PLUGIN_PROVIDE(FETCHER, "http://");
	bool crl = checks_revocation("crl"), ocsp = checks_revocation("ocsp");
	char lack[EXTSOCK_LACK_CAP];

	/* charon knows one answer for all connections */
	if (!auth->ocsp && ocsp)
	{
		return extsock_refuse(draft, "charon switches OCSP for all "
							  "connections, with "
							  "plugins.revocation.enable_ocsp",
							  "remote_auth.enable_ocsp");
	}
	if (!auth->crl && crl)
	{
		return extsock_refuse(draft, "charon switches CRLs for all "
							  "connections, with plugins.revocation.enable_crl",
							  "remote_auth.enable_crl");
	}
	if (auth->revocation == SEGW_REVOCATION_RELAXED)
	{
		return TRUE;
	}
	if (!extsock_check_feature(draft, feature, "revocation", "",
							   "what checks revocation",
							   "remote_auth.revocation"))
	{	/* charon would not notice that nobody checks */
		return FALSE;
	}
	if (!crl && !ocsp)
	{
		return extsock_refuse(draft, "charon does not check revocation, its "
							  "plugin has both ways switched off",
							  "remote_auth.revocation");
	}
	if (auth->revocation == SEGW_REVOCATION_STRICT &&
		!extsock_lack_has(fetcher))
	{	/* lists that are loaded may be enough */
		extsock_lack_write(lack, "curl", "", "what fetches CRLs and OCSP");
		extsock_note_lack(draft, lack, "remote_auth.revocation");
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
 * @param draft			connection
 * @return				FALSE if refused
 */
static bool check_remote(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	const segw_auth_t *auth = &config->remote_auth;

	if (config->version == 1 && auth->method != config->local_auth.method)
	{
		return extsock_refuse(draft, "with IKEv1 both sides use the same "
							  "method", "remote_auth.auth");
	}
	if (auth->method == SEGW_AUTH_EAP_MSCHAPV2)
	{
		return extsock_refuse(draft, "EAP-MSCHAPv2 does not prove who a SEGW "
							  "is", "remote_auth.auth");
	}
	if (is_eap(auth) &&
		!is_eap(&config->local_auth))
	{
		return extsock_refuse(draft, "a SEGW uses EAP only if this side does",
							  "remote_auth.auth");
	}
	if (auth->aaa_id.len)
	{
		return extsock_refuse(draft, "the AAA server's identity is expected by "
							  "this side; did you mean local_auth?",
							  "remote_auth.aaa_id");
	}
	if (auth->eap_id.len)
	{
		return extsock_refuse(draft, "a SEGW has no EAP identity",
							  "remote_auth.eap_id");
	}
	if (auth->secret.len && auth->method != SEGW_AUTH_PSK &&
		config->local_auth.method != SEGW_AUTH_PSK)
	{
		return extsock_refuse(draft, "this method has no secret",
							  "remote_auth.secret");
	}
	if (auth->revocation != SEGW_REVOCATION_RELAXED &&
		!takes_certs(auth))
	{
		return extsock_refuse(draft, "this method uses no certificate",
							  "remote_auth.revocation");
	}
	return check_certs(draft, auth, "remote_auth");
}

/*
 * Described in header
 */
auth_cfg_t *extsock_auth_create_remote(extsock_draft_t *draft)
{
	const segw_auth_t *auth = &draft->config->remote_auth;
	auth_cfg_t *cfg;

	if (!check_remote(draft))
	{
		return NULL;
	}
	cfg = auth_cfg_create();
	if (!add_method(draft, auth, cfg, "remote_auth") ||
		!add_revocation(draft, auth, cfg) ||
		!extsock_certs_add_cas(draft, FALSE, cfg))
	{
		cfg->destroy(cfg);
		return NULL;
	}
	return cfg;
}

/*
 * Described in header
 */
bool extsock_auth_add_segw(extsock_draft_t *draft, u_int segw, auth_cfg_t *cfg)
{
	uint32_t count = draft->config->remote_auth.certs.len;
	identification_t *id;
	certificate_t *cert;

	if (count)
	{
		cert = extsock_certs_add(draft, FALSE, count > 1 ? segw : 0);
		if (!cert)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_SUBJECT_CERT, cert);
	}
	id = extsock_identity_get_segw(draft, segw);
	if (!id)
	{
		return FALSE;
	}
	cfg->add(cfg, AUTH_RULE_IDENTITY, id);
	return TRUE;
}

/**
 * Check if two secrets are the same.
 *
 * @param draft			connection
 * @param a				span of a secret
 * @param b				span of the other one
 * @return				TRUE if they are
 */
static bool is_same_secret(extsock_draft_t *draft, segw_text_t a, segw_text_t b)
{
	const segw_config_t *config = draft->config;
	return chunk_equals_const(
				chunk_create((u_char*)config->text + a.offset, a.len),
				chunk_create((u_char*)config->text + b.offset, b.len));
}

/**
 * Add a pre-shared key to the credentials.
 *
 * @param draft			connection
 * @param text			span of the key
 * @param path			path to name if refused
 * @param from			first SEGW that has it
 * @param to			the one behind the last
 * @return				FALSE if refused
 */
static bool add_key(extsock_draft_t *draft, segw_text_t text, const char *path,
					u_int from, u_int to)
{
	linked_list_t *owners;
	shared_key_t *shared;

	shared = extsock_secrets_create_shared(draft, text, SHARED_IKE, path);
	if (!shared)
	{
		return FALSE;
	}
	owners = extsock_identity_get_owners(draft, from, to);
	if (!owners)
	{
		shared->destroy(shared);
		return FALSE;
	}
	draft->creds->add_shared_list(draft->creds, shared, owners);
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_auth_add_psk(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	const segw_auth_t *local = &config->local_auth;
	const segw_auth_t *remote = &config->remote_auth;
	char path[32];
	bool theirs;
	u_int i;

	if (local->method != SEGW_AUTH_PSK && remote->method != SEGW_AUTH_PSK)
	{
		return TRUE;
	}
	if (remote->secrets.len > 1)
	{
		for (i = 0; i < remote->secrets.len; i++)
		{
			snprintf(path, sizeof(path), "remote_auth.secret[%u]", i);
			if (!add_key(draft, remote->secrets.items[i], path, i, i + 1))
			{
				return FALSE;
			}
		}
		return TRUE;
	}
	/* charon looks keys up by both identities, a pair has one key */
	theirs = remote->secret.len;
	if (theirs && local->secret.len && !is_eap(local) &&
		!is_same_secret(draft, local->secret, remote->secret))
	{
		return extsock_refuse(draft, "differs from local_auth's, charon "
							  "knows one per pair of identities",
							  "remote_auth.secret");
	}
	return add_key(draft, theirs ? remote->secret : local->secret,
				   theirs ? "remote_auth.secret" : "local_auth.secret", 0,
				   extsock_identity_count(draft));
}

/*
 * Described in header
 */
bool extsock_auth_add_ppk(extsock_draft_t *draft)
{
	const segw_config_t *config = draft->config;
	identification_t *id;
	shared_key_t *shared;

	if (!config->ppk_id.len)
	{
		return TRUE;
	}
	if (config->version == 1)
	{
		return extsock_refuse(draft, "postquantum pre-shared keys are of IKEv2",
							  "ppk_id");
	}
	id = extsock_identity_get_own(draft, config->ppk_id, "ppk_id");
	if (!id)
	{
		return FALSE;
	}
	if (!config->ppk_secret.len)
	{	/* it may be one of swanctl.conf's */
		id->destroy(id);
		return TRUE;
	}
	shared = extsock_secrets_create_shared(draft, config->ppk_secret,
										   SHARED_PPK, "ppk_secret");
	if (!shared)
	{
		id->destroy(id);
		return FALSE;
	}
	draft->creds->add_shared(draft->creds, shared, id, NULL);
	return TRUE;
}
