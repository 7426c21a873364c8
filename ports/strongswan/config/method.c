/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "method.h"

#include <plugins/plugin_feature.h>

/*
 * Described in header
 */
bool extsock_method_is_eap(const segw_auth_t *auth)
{
	return auth->method == SEGW_AUTH_EAP ||
		   auth->method == SEGW_AUTH_EAP_AKA ||
		   auth->method == SEGW_AUTH_EAP_MSCHAPV2;
}

/*
 * Described in header
 */
bool extsock_method_takes_certs(const segw_auth_t *auth)
{
	return auth->method == SEGW_AUTH_PUBKEY || auth->method == SEGW_AUTH_EAP;
}

/*
 * Described in header
 */
bool extsock_method_has_eap(eap_type_t type)
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
		if (extsock_method_has_eap(type))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/*
 * Described in header
 */
bool extsock_method_check_certs(const segw_auth_t *auth,
								extsock_refusal_t *refusal,
								const char *section)
{
	const char *key = auth->cert.len ? "cert" :
					  auth->private_key.len ? "private_key" :
					  auth->ca_certs.len ? "ca_cert" : NULL;

	return extsock_method_takes_certs(auth) || !key ||
		   extsock_refuse(refusal, "this method uses no certificate",
						  "%s.%s", section, key);
}

/*
 * Described in header
 */
bool extsock_method_add(const segw_auth_t *auth, auth_cfg_t *cfg,
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
	if (type && !extsock_method_has_eap(type))
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
