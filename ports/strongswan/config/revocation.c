/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "revocation.h"

#include <plugins/plugin_feature.h>

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

/*
 * Described in header
 */
bool extsock_revocation_add(const segw_auth_t *auth, auth_cfg_t *cfg,
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
