/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "remote_auth.h"
#include "certs.h"
#include "method.h"
#include "revocation.h"

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
	if (extsock_method_is_eap(auth) &&
		!extsock_method_is_eap(&config->local_auth))
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
		!extsock_method_takes_certs(auth))
	{
		return extsock_refuse(refusal, "this method uses no certificate",
							  "remote_auth.revocation");
	}
	return extsock_method_check_certs(auth, refusal, "remote_auth");
}

/*
 * Described in header
 */
auth_cfg_t *extsock_remote_auth_create(const segw_config_t *config,
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
	if (!extsock_method_add(auth, cfg, refusal, "remote_auth") ||
		!extsock_revocation_add(auth, cfg, refusal) ||
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
