/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "certs.h"
#include "lack.h"
#include "pem.h"

#include <asn1/asn1.h>
#include <asn1/oid.h>
#include <credentials/certificates/x509.h>

/**
 * What the label of a certificate ends with
 */
#define CERT_LABEL "CERTIFICATE"

/**
 * Longest public exponent of RSA, in bytes, as OpenSSL has it
 */
#define EXPONENT_CAP 8

/**
 * Get the public key of a certificate.
 *
 * @param cert			certificate (RFC 5280, section 4.1)
 * @param oid			receives the kind of the key
 * @param key			receives the key, with a byte before it
 * @return				FALSE if it is no certificate
 */
static bool get_key(chunk_t cert, int *oid, chunk_t *key)
{
	chunk_t tbs, item, info;
	int i;

	if (asn1_unwrap(&cert, &cert) != ASN1_SEQUENCE ||
		asn1_unwrap(&cert, &tbs) != ASN1_SEQUENCE)
	{
		return FALSE;
	}
	if (tbs.len && *tbs.ptr == ASN1_CONTEXT_C_0)
	{	/* the version, which the first one does not have */
		asn1_unwrap(&tbs, &item);
	}
	for (i = 0; i < 5; i++)
	{	/* serial number, signature algorithm, issuer, validity, subject */
		asn1_unwrap(&tbs, &item);
	}
	if (asn1_unwrap(&tbs, &info) != ASN1_SEQUENCE ||
		asn1_unwrap(&info, &item) != ASN1_SEQUENCE ||
		asn1_unwrap(&info, key) != ASN1_BIT_STRING || !key->len ||
		asn1_unwrap(&item, &item) != ASN1_OID)
	{
		return FALSE;
	}
	*oid = asn1_known_oid(item);
	return TRUE;
}

/**
 * Check that it takes no time to verify what a key has signed.
 *
 * Charon verifies a certificate that names itself as its issuer when it parses
 * it. With an exponent of RSA as long as the modulus that takes seconds.
 *
 * @param oid			kind of the key
 * @param key			key, with a byte before it
 * @return				TRUE if so
 */
static bool is_quick(int oid, chunk_t key)
{
	chunk_t item;

	if (oid != OID_RSA_ENCRYPTION && oid != OID_RSASSA_PSS)
	{
		return TRUE;
	}
	key = chunk_skip(key, 1);
	return asn1_unwrap(&key, &key) == ASN1_SEQUENCE &&
		   asn1_unwrap(&key, &item) == ASN1_INTEGER &&
		   asn1_unwrap(&key, &item) == ASN1_INTEGER &&
		   chunk_skip_zero(item).len <= EXPONENT_CAP;
}

/**
 * Refuse a certificate that charon does not parse.
 *
 * @param draft			connection
 * @param oid			kind of its key
 * @param path			path to name
 */
static void refuse_cert(extsock_draft_t *draft, int oid, const char *path)
{
	plugin_feature_t any = PLUGIN_PROVIDE(PUBKEY, KEY_ANY);
	plugin_feature_t x509 = PLUGIN_PROVIDE(CERT_DECODE, CERT_X509);

	/* x509 offers nothing without who decodes keys, and does not parse a
	 * certificate whose key nobody can use */
	if (extsock_check_feature(draft, any, "pkcs1", " or openssl",
							  "public keys of certificates", path) &&
		extsock_check_feature(draft, x509, "x509", " or openssl",
							  "X.509 certificates", path))
	{
		extsock_refuse(draft, extsock_lack_check_key(oid, FALSE, draft->text) ?
					   "charon can't read this certificate" : draft->text,
					   "%s", path);
	}
}

/**
 * Parse a block of a certificate.
 *
 * @param draft			connection
 * @param block			PEM or DER
 * @param path			path to name if refused
 * @return				certificate, NULL if refused
 */
static certificate_t *parse_cert(extsock_draft_t *draft, chunk_t block,
								 const char *path)
{
	certificate_t *cert = NULL;
	chunk_t data, dek, key;
	int oid;

	data = extsock_pem_decode(block, &dek);
	if (!get_key(data, &oid, &key))
	{
		extsock_refuse(draft, "this is no certificate", "%s", path);
	}
	else if (!is_quick(oid, key))
	{
		extsock_refuse(draft, "the public exponent of its key is too long",
					   "%s", path);
	}
	else
	{
		cert = lib->creds->create(lib->creds, CRED_CERTIFICATE, CERT_X509,
								  BUILD_BLOB_ASN1_DER, data, BUILD_END);
		if (!cert)
		{
			refuse_cert(draft, oid, path);
		}
	}
	chunk_free(&data);
	return cert;
}

/**
 * Check if a certificate is an authority's.
 *
 * @param cert			certificate
 * @return				TRUE if it may issue others
 */
static bool is_ca(certificate_t *cert)
{
	x509_t *x509 = (x509_t*)cert;

	return x509->get_flags(x509) & X509_CA;
}

/**
 * Add certificates of authorities to the credentials.
 *
 * @param draft			connection
 * @param data			PEM, perhaps of several, or DER
 * @param trusted		TRUE if what they issue is to be trusted
 * @param cfg			round to accept only what comes from them, or NULL
 * @param path			path to name if refused
 * @return				FALSE if refused
 */
static bool add_cas(extsock_draft_t *draft, chunk_t data, bool trusted,
					auth_cfg_t *cfg, const char *path)
{
	certificate_t *cert;
	chunk_t block;

	while (extsock_pem_next(&data, CERT_LABEL, &block))
	{
		cert = parse_cert(draft, block, path);
		if (!cert)
		{
			return FALSE;
		}
		if (!is_ca(cert))
		{
			cert->destroy(cert);
			return extsock_refuse(draft, "this is not the certificate of an "
								  "authority", "%s", path);
		}
		cert = draft->creds->add_cert_ref(draft->creds, trusted, cert);
		if (cfg)
		{
			cfg->add(cfg, AUTH_RULE_CA_CERT, cert->get_ref(cert));
		}
		cert->destroy(cert);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_certs_add_cas(extsock_draft_t *draft, bool local, auth_cfg_t *cfg)
{
	const segw_config_t *config = draft->config;
	const segw_auth_t *auth;
	chunk_t data, block, rest;
	char path[32];
	bool accepted;
	uint32_t i;

	auth = local ? &config->local_auth : &config->remote_auth;
	for (i = 0; i < auth->ca_certs.len; i++)
	{
		snprintf(path, sizeof(path), "%s_auth.ca_cert[%u]",
				 local ? "local" : "remote", i);
		if (!extsock_pem_read(draft, auth->ca_certs.items[i], &data, path))
		{
			return FALSE;
		}
		rest = data;
		accepted = extsock_pem_next(&rest, CERT_LABEL, &block) ?
				   add_cas(draft, data, !local, cfg, path) :
				   extsock_refuse(draft, "there is no certificate in it",
								  "%s", path);
		chunk_clear(&data);
		if (!accepted)
		{
			return FALSE;
		}
	}
	return TRUE;
}

/*
 * Described in header
 */
certificate_t *extsock_certs_add(extsock_draft_t *draft, bool local,
								 u_int index)
{
	const segw_config_t *config = draft->config;
	const segw_auth_t *auth = local ? &config->local_auth
									: &config->remote_auth;
	certificate_t *cert = NULL;
	chunk_t data, rest, block;
	char path[32];

	snprintf(path, sizeof(path), auth->certs.len > 1 ? "%s_auth.cert[%u]"
													 : "%s_auth.cert",
			 local ? "local" : "remote", index);
	if (!extsock_pem_read(draft, local ? auth->cert : auth->certs.items[index],
						  &data, path))
	{
		return NULL;
	}
	rest = data;
	if (!extsock_pem_next(&rest, CERT_LABEL, &block))
	{
		extsock_refuse(draft, "there is no certificate in it", "%s", path);
	}
	else
	{
		cert = parse_cert(draft, block, path);
	}
	if (cert)
	{	/* the SEGW's is accepted whoever issued it */
		cert = draft->creds->add_cert_ref(draft->creds, TRUE, cert);
		if (!add_cas(draft, rest, FALSE, NULL, path))
		{
			cert->destroy(cert);
			cert = NULL;
		}
	}
	chunk_clear(&data);
	return cert;
}
