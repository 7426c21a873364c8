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

#include "extsock_auth.h"
#include "extsock_certs.h"
#include "extsock_private_key.h"
#include "extsock_secret.h"

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
 * Check if charon checks if certificates are revoked.
 *
 * @param kind			"crl" or "ocsp"
 * @return				TRUE if it does, by this kind
 */
static bool is_enabled(const char *kind)
{
	plugin_feature_t feature = PLUGIN_PROVIDE(CUSTOM, "revocation");

	return lib->plugins->has_feature(lib->plugins, feature) &&
		   lib->settings->get_bool(lib->settings,
								   "%s.plugins.revocation.enable_%s", TRUE,
								   lib->ns, kind);
}

/**
 * Parse an identity.
 *
 * Charon takes anything for an identity: what looks like a distinguished name
 * but is none silently becomes a key ID, which no peer would ever match.
 *
 * @param text			identity, NULL if absent
 * @return				identity, NULL if malformed
 */
static identification_t *parse_identity(char *text)
{
	identification_t *id;

	id = identification_create_from_string(text ?: "%any");
	if (text && id->get_type(id) == ID_KEY_ID && strchr(text, '=') &&
		text[0] != '@' && !strcasepfx(text, "keyid:"))
	{
		id->destroy(id);
		return NULL;
	}
	return id;
}

/**
 * Parse an identity of this side, which is no pattern.
 *
 * @param config		connection
 * @param text			span of the identity
 * @param refusal		receives the reason
 * @param path			path to name if refused
 * @return				identity, NULL if refused
 */
static identification_t *parse_own_identity(const segw_config_t *config,
											segw_text_t text,
											extsock_refusal_t *refusal,
											const char *path)
{
	identification_t *id;

	id = parse_identity(extsock_get_text(config, text));
	if (!id)
	{
		extsock_refuse(refusal, "not a valid identity", "%s", path);
		return NULL;
	}
	if (id->contains_wildcards(id))
	{
		id->destroy(id);
		extsock_refuse(refusal, "our own identity can't be a wildcard",
					   "%s", path);
		return NULL;
	}
	return id;
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
		return extsock_refuse(refusal, type == EAP_AKA ?
							  "charon has not loaded the plugin eap-aka" :
							  "charon has not loaded the plugin eap-mschapv2",
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
 * Refuse what has no meaning with a method that uses no certificates.
 *
 * @param auth			how a side proves who it is
 * @param refusal		receives the reason
 * @param section		section to name if refused
 * @return				FALSE if refused
 */
static bool check_no_certs(const segw_auth_t *auth, extsock_refusal_t *refusal,
						   const char *section)
{
	const char *key = auth->cert.len ? "cert" :
					  auth->private_key.len ? "private_key" :
					  auth->ca_certs.len ? "ca_cert" : NULL;

	return !key || extsock_refuse(refusal, "this method uses no certificate",
								  "%s.%s", section, key);
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
	return takes_certs(auth) || check_no_certs(auth, refusal, "local_auth");
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
		id = parse_own_identity(config, auth->ids.items[0], refusal,
								"local_auth.id");
		if (!id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_IDENTITY, id);
	}
	if (auth->eap_id.len)
	{
		eap_id = parse_own_identity(config, auth->eap_id, refusal,
									"local_auth.eap_id");
		if (!eap_id)
		{
			return FALSE;
		}
		cfg->add(cfg, AUTH_RULE_EAP_IDENTITY, eap_id);
	}
	if (is_eap(auth) && auth->secret.len)
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
 * Add how the SEGW's certificate has to be checked.
 *
 * @param auth			how the SEGW proves who it is
 * @param cfg			round of the SEGW
 * @param refusal		receives the reason
 * @return				FALSE if refused
 */
static bool add_revocation(const segw_auth_t *auth, auth_cfg_t *cfg,
						   extsock_refusal_t *refusal)
{
	bool crl = is_enabled("crl"), ocsp = is_enabled("ocsp");

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
	if (is_eap(auth) && !is_eap(&config->local_auth))
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
	if (auth->method == SEGW_AUTH_PUBKEY)
	{
		return TRUE;
	}
	if (auth->revocation != SEGW_REVOCATION_RELAXED && !takes_certs(auth))
	{
		return extsock_refuse(refusal, "this method uses no certificate",
							  "remote_auth.revocation");
	}
	return takes_certs(auth) || check_no_certs(auth, refusal, "remote_auth");
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

/*
 * Described in header
 */
u_int extsock_auth_count(const segw_config_t *config)
{
	return max(config->remote_auth.ids.len, 1);
}

/*
 * Described in header
 */
identification_t *extsock_auth_get_segw(const segw_config_t *config, u_int segw,
										extsock_refusal_t *refusal)
{
	const segw_text_list_t *ids = &config->remote_auth.ids;
	identification_t *id;

	id = parse_identity(segw < ids->len ?
						extsock_get_text(config, ids->items[segw]) : NULL);
	if (!id && ids->len == 1)
	{
		extsock_refuse(refusal, "not a valid identity", "remote_auth.id");
	}
	else if (!id)
	{
		extsock_refuse(refusal, "not a valid identity", "remote_auth.id[%u]",
					   segw);
	}
	return id;
}

/**
 * Get all identities a pre-shared key belongs to.
 *
 * @param config		connection
 * @param refusal		receives the reason
 * @return				list of identification_t, NULL if refused
 */
static linked_list_t *get_owners(const segw_config_t *config,
								 extsock_refusal_t *refusal)
{
	const segw_text_list_t *ours = &config->local_auth.ids;
	identification_t *id;
	linked_list_t *owners;
	u_int i;

	owners = linked_list_create();
	id = parse_identity(ours->len ? extsock_get_text(config, ours->items[0])
								  : NULL);
	if (id)
	{	/* checked with the round */
		owners->insert_last(owners, id);
	}
	for (i = 0; i < extsock_auth_count(config); i++)
	{
		id = extsock_auth_get_segw(config, i, refusal);
		if (!id)
		{
			owners->destroy_offset(owners, offsetof(identification_t, destroy));
			return NULL;
		}
		owners->insert_last(owners, id);
	}
	return owners;
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
		!chunk_equals_const(
			chunk_create((u_char*)config->text + local->secret.offset,
						 local->secret.len),
			chunk_create((u_char*)config->text + remote->secret.offset,
						 remote->secret.len)))
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
	owners = get_owners(config, refusal);
	if (!owners)
	{
		shared->destroy(shared);
		return FALSE;
	}
	creds->add_shared_list(creds, shared, owners);
	return TRUE;
}
