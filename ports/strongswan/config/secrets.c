/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "secrets.h"
#include "lack.h"
#include "pem.h"

#include <ctype.h>
#include <inttypes.h>

#include <asn1/asn1.h>
#include <asn1/oid.h>
#include <credentials/sets/callback_cred.h>

/**
 * Where the key is given
 */
#define KEY_PATH "local_auth.private_key"

/**
 * Where its passphrase is given
 */
#define PASSPHRASE_PATH KEY_PATH "_passphrase"

/**
 * Check if a text consists of hexadecimal digits, in pairs.
 *
 * @param text			text
 * @return				TRUE if it does
 */
static bool is_hex(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
	{
		if (!isxdigit((u_char)text[i]))
		{
			return FALSE;
		}
	}
	return i && i % 2 == 0;
}

/**
 * Check if a text consists of base64 digits, with its padding or without.
 *
 * @param text			text
 * @return				TRUE if it does
 */
static bool is_base64(const char *text)
{
	size_t i, padding;

	for (i = 0; isalnum((u_char)text[i]) || (text[i] && strchr("+/", text[i]));
		 i++)
	{
		/* just count */
	}
	padding = strlen(text + i);
	if (padding > 2 || !streq(text + i, &"=="[2 - padding]))
	{
		return FALSE;
	}
	return i && i % 4 != 1 && (!padding || (i + padding) % 4 == 0);
}

/*
 * Described in header
 */
shared_key_t *extsock_secrets_create_shared(extsock_draft_t *draft,
											segw_text_t text,
											shared_key_type_t type,
											const char *path)
{
	char *value = extsock_get_text(draft, text);
	chunk_t key;

	if (strcasepfx(value, "0x"))
	{
		if (!is_hex(value + 2))
		{
			extsock_refuse(draft, "hexadecimal digits have to follow 0x, two "
						   "for each byte", "%s", path);
			return NULL;
		}
		key = chunk_from_hex(chunk_from_str(value + 2), NULL);
	}
	else if (strcasepfx(value, "0s"))
	{
		if (!is_base64(value + 2))
		{
			extsock_refuse(draft, "base64 has to follow 0s", "%s", path);
			return NULL;
		}
		key = chunk_from_base64(chunk_from_str(value + 2), NULL);
	}
	else
	{
		key = chunk_clone(chunk_create((u_char*)value, text.len));
	}
	return shared_key_create(type, key);
}

/**
 * Get a passphrase, the first time; implements callback_cred_shared_cb_t.
 *
 * Charon decrypts whatever it finds, also what is within what it decrypted.
 * With one passphrase for one layer it is known beforehand what that takes.
 *
 * @param user			passphrase, emptied
 * @param type			what it is for
 * @param me			ignored
 * @param other			ignored
 * @param match_me		receives a match, if not NULL
 * @param match_other	receives a match, if not NULL
 * @return				passphrase, NULL if there is none any more
 */
static shared_key_t *give_once(void *user, shared_key_type_t type,
							   identification_t *me, identification_t *other,
							   id_match_t *match_me, id_match_t *match_other)
{
	chunk_t *passphrase = user, given = *passphrase;

	if (type != SHARED_PRIVATE_KEY_PASS || !given.len)
	{
		return NULL;
	}
	*passphrase = chunk_empty;
	if (match_me)
	{
		*match_me = ID_MATCH_PERFECT;
	}
	if (match_other)
	{
		*match_other = ID_MATCH_NONE;
	}
	return shared_key_create(type, chunk_clone(given));
}

/**
 * Have charon parse a private key, with its passphrase and no other that charon
 * knows.
 *
 * @param part			BUILD_BLOB_ASN1_DER or BUILD_BLOB_PEM
 * @param data			DER or PEM of the key
 * @param passphrase	passphrase, empty if there is none
 * @return				private key, NULL if charon can't read it
 */
static private_key_t *parse(builder_part_t part, chunk_t data,
							chunk_t passphrase)
{
	callback_cred_t *creds;
	private_key_t *key;

	creds = callback_cred_create_shared(give_once, &passphrase);
	/* known to this thread only */
	lib->credmgr->add_local_set(lib->credmgr, &creds->set, TRUE);
	key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_ANY,
							 part, data, BUILD_END);
	lib->credmgr->remove_local_set(lib->credmgr, &creds->set);
	creds->destroy(creds);
	return key;
}

/**
 * Parse a private key that is encrypted as a whole, as PEM has it.
 *
 * It is encoded anew, so that it is what it was taken for.
 *
 * @param data			what is encrypted
 * @param dek			how
 * @param passphrase	passphrase
 * @return				private key, NULL if charon can't read it
 */
static private_key_t *parse_traditional(chunk_t data, chunk_t dek,
										chunk_t passphrase)
{
	private_key_t *key;
	chunk_t base64, pem;

	base64 = chunk_to_base64(data, NULL);
	pem = chunk_cat("ccccc", chunk_from_str("-----BEGIN PRIVATE KEY-----\n"
						"Proc-Type: 4,ENCRYPTED\nDEK-Info: "), dek,
					chunk_from_str("\n\n"), base64,
					chunk_from_str("\n-----END PRIVATE KEY-----\n"));
	key = parse(BUILD_BLOB_PEM, pem, passphrase);
	chunk_free(&base64);
	chunk_free(&pem);
	return key;
}

/**
 * Get the iterations that decrypting a private key takes, of PBKDF2 or of what
 * else makes a key of a passphrase: all schemes have them after the salt
 * (RFC 8018, appendix A; RFC 7292, appendix C; RFC 7914, section 7).
 *
 * @param der			EncryptedPrivateKeyInfo (RFC 5958), or a key
 * @param encrypted		receives TRUE if it is encrypted
 * @param iterations	receives the iterations, 0 if it is not
 * @return				FALSE if it is neither
 */
static bool get_iterations(chunk_t der, bool *encrypted, uint64_t *iterations)
{
	chunk_t info, scheme, item, params;

	*encrypted = FALSE;
	*iterations = 0;
	if (asn1_unwrap(&der, &info) != ASN1_SEQUENCE)
	{
		return FALSE;
	}
	switch (asn1_unwrap(&info, &scheme))
	{
		case ASN1_INTEGER:
			/* the version that a key begins with */
			return TRUE;
		case ASN1_SEQUENCE:
			break;
		default:
			return FALSE;
	}
	*encrypted = TRUE;
	if (asn1_unwrap(&scheme, &item) != ASN1_OID ||
		asn1_unwrap(&scheme, &params) != ASN1_SEQUENCE)
	{
		return FALSE;
	}
	if (params.len && *params.ptr == ASN1_SEQUENCE)
	{	/* PBES2 has a scheme of its own for that */
		if (asn1_unwrap(&params, &scheme) != ASN1_SEQUENCE ||
			asn1_unwrap(&scheme, &item) != ASN1_OID ||
			asn1_unwrap(&scheme, &params) != ASN1_SEQUENCE)
		{
			return FALSE;
		}
	}
	if (asn1_unwrap(&params, &item) != ASN1_OCTET_STRING ||
		asn1_unwrap(&params, &item) != ASN1_INTEGER)
	{
		return FALSE;
	}
	*iterations = asn1_parse_integer_uint64(item);
	return TRUE;
}

/**
 * Get the kind of a private key.
 *
 * @param der			RSAPrivateKey (RFC 8017), ECPrivateKey (RFC 5915) or
 *						PrivateKeyInfo (RFC 5958)
 * @param pkcs8			receives TRUE if it is the last
 * @return				OID of the kind, OID_UNKNOWN if it is none of them
 */
static int get_kind(chunk_t der, bool *pkcs8)
{
	chunk_t item;

	*pkcs8 = FALSE;
	if (asn1_unwrap(&der, &der) != ASN1_SEQUENCE ||
		asn1_unwrap(&der, &item) != ASN1_INTEGER)
	{
		return OID_UNKNOWN;
	}
	switch (asn1_unwrap(&der, &item))
	{
		case ASN1_INTEGER:
			return OID_RSA_ENCRYPTION;
		case ASN1_OCTET_STRING:
			return OID_EC_PUBLICKEY;
		case ASN1_SEQUENCE:
			*pkcs8 = TRUE;
			return asn1_unwrap(&item, &item) == ASN1_OID ?
				   asn1_known_oid(item) : OID_UNKNOWN;
		default:
			return OID_UNKNOWN;
	}
}

/**
 * Refuse a private key that charon does not parse.
 *
 * @param draft			connection
 * @param data			DER of the key
 * @param encrypted		TRUE if it is encrypted
 * @param pem			TRUE if it is encrypted as PEM has it
 */
static void refuse_key(extsock_draft_t *draft, chunk_t data, bool encrypted,
					   bool pem)
{
	bool pkcs8 = encrypted && !pem;
	int oid = OID_UNKNOWN;

	if (!encrypted)
	{
		oid = get_kind(data, &pkcs8);
	}
	if (pem && !extsock_lack_is_loaded("pem"))
	{
		extsock_lack_write(draft->text, "pem", "", "encrypted PEM");
	}
	else if (pkcs8 && !extsock_lack_is_loaded("pkcs8"))
	{
		extsock_lack_write(draft->text, "pkcs8", "", "private keys in PKCS#8");
	}
	else if (oid == OID_RSA_ENCRYPTION && !pkcs8 &&
			 !extsock_lack_is_loaded("pkcs1") &&
			 !extsock_lack_is_loaded("openssl"))
	{
		extsock_lack_write(draft->text, "pkcs1", " or openssl",
						   "private keys in PKCS#1");
	}
	else if (extsock_lack_check_key(oid, TRUE, draft->text))
	{
		if (encrypted)
		{
			extsock_refuse(draft, "does not decrypt the private key, or charon "
						   "lacks the cipher", PASSPHRASE_PATH);
		}
		else
		{
			extsock_refuse(draft, "charon can't read this private key",
						   KEY_PATH);
		}
		return;
	}
	extsock_refuse(draft, draft->text, KEY_PATH);
}

/**
 * Load the key from its block.
 *
 * @param draft			connection
 * @param block			PEM or DER of the key
 * @param passphrase	passphrase, empty if there is none
 * @return				private key, NULL if refused
 */
static private_key_t *load(extsock_draft_t *draft, chunk_t block,
						   chunk_t passphrase)
{
	private_key_t *key = NULL;
	uint64_t iterations = 0;
	bool encrypted = TRUE;
	chunk_t data, dek;

	data = extsock_pem_decode(block, &dek);
	if (!dek.len && !get_iterations(data, &encrypted, &iterations))
	{
		extsock_refuse(draft, "charon can't read this private key", KEY_PATH);
	}
	else if (encrypted && !passphrase.len)
	{
		extsock_refuse(draft, "the private key is encrypted",
					   PASSPHRASE_PATH);
	}
	else if (!encrypted && passphrase.len)
	{
		extsock_refuse(draft, "the private key is not encrypted",
					   PASSPHRASE_PATH);
	}
	else if (iterations > *draft->iterations)
	{
		snprintf(draft->text, sizeof(draft->text), "its passphrase takes "
				 "%" PRIu64 " iterations, those of a request may take %u "
				 "altogether", iterations, EXTSOCK_ITERATIONS);
		extsock_refuse(draft, draft->text, KEY_PATH);
	}
	else
	{
		*draft->iterations -= iterations;
		key = dek.len ? parse_traditional(data, dek, passphrase)
					  : parse(BUILD_BLOB_ASN1_DER, data, passphrase);
		if (!key)
		{
			refuse_key(draft, data, encrypted, dek.len);
		}
	}
	chunk_clear(&data);
	return key;
}

/*
 * Described in header
 */
private_key_t *extsock_secrets_create_private(extsock_draft_t *draft)
{
	const segw_auth_t *auth = &draft->config->local_auth;
	segw_text_t passphrase = auth->private_key_passphrase;
	chunk_t data, rest, block;
	private_key_t *key = NULL;

	if (!extsock_pem_read(draft, auth->private_key, &data, KEY_PATH))
	{
		return NULL;
	}
	rest = data;
	if (extsock_pem_next(&rest, "PRIVATE KEY", &block))
	{
		key = load(draft, block, chunk_create((u_char*)
					extsock_get_text(draft, passphrase), passphrase.len));
	}
	else
	{
		extsock_refuse(draft, "there is no private key in it", KEY_PATH);
	}
	chunk_clear(&data);
	return key;
}
