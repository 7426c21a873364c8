/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "lack.h"

#include <asn1/oid.h>
#include <library.h>

/**
 * Additional key exchanges of a proposal (RFC 9370, section 4.1), which charon
 * knows since 6.0
 */
#define ADDITIONAL_KE_FIRST 6
#define ADDITIONAL_KE_LAST 12

/**
 * Debian's package of most plugins
 */
#define DEBIAN_PACKAGE "libstrongswan"

/**
 * Debian's packages of the other plugins
 */
static const struct {
	/** plugin */
	const char *plugin;
	/** package */
	const char *package;
} packages[] = {
	{ "gcm",		DEBIAN_PACKAGE "-standard-plugins" },
	{ "openssl",	DEBIAN_PACKAGE "-standard-plugins" },
	{ "ccm",		DEBIAN_PACKAGE "-extra-plugins" },
	{ "chapoly",	DEBIAN_PACKAGE "-extra-plugins" },
	{ "cmac",		DEBIAN_PACKAGE "-extra-plugins" },
	{ "ctr",		DEBIAN_PACKAGE "-extra-plugins" },
	{ "curl",		DEBIAN_PACKAGE "-extra-plugins" },
	{ "curve25519",	DEBIAN_PACKAGE "-extra-plugins" },
	{ "ml",			DEBIAN_PACKAGE "-extra-plugins" },
	{ "eap-aka",	"libcharon-extra-plugins" },
	{ "eap-identity", "libcharon-extra-plugins" },
	{ "eap-tls",	"libcharon-extra-plugins" },
	{ "eap-mschapv2", "libcharon-extauth-plugins" },
	{ "updown",		"strongswan-libcharon" },
};

/*
 * Described in header
 */
void extsock_lack_write(char *text, const char *plugin, const char *other,
						const char *what, ...)
{
	const char *package = DEBIAN_PACKAGE;
	char name[64];
	va_list args;
	bool openwrt;
	int i;

	for (i = 0; i < countof(packages); i++)
	{
		if (streq(packages[i].plugin, plugin))
		{
			package = packages[i].package;
		}
	}
	va_start(args, what);
	vsnprintf(name, sizeof(name), what, args);
	va_end(args);
	/* the one that OpenWrt does not build */
	openwrt = !streq(plugin, "eap-aka");
	snprintf(text, EXTSOCK_LACK_CAP, "charon lacks %s, load %s%s "
			 "(Debian: %s%s%s)", name, plugin, other, package,
			 openwrt ? ", OpenWrt: strongswan-mod-" : "",
			 openwrt ? plugin : "");
}

/*
 * Described in header
 */
bool extsock_lack_has(plugin_feature_t feature)
{
	return lib->plugins->has_feature(lib->plugins, feature);
}

/*
 * Described in header
 */
bool extsock_lack_is_loaded(const char *plugin)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	char *current;

	enumerator = enumerator_create_token(
					lib->plugins->loaded_plugins(lib->plugins), " ", " ");
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = streq(current, plugin);
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
bool extsock_lack_check_key(int oid, bool private, char *text)
{
	plugin_feature_t feature = {
		.kind = FEATURE_PROVIDE,
		.type = private ? FEATURE_PRIVKEY_SIGN : FEATURE_PUBKEY_VERIFY,
	};
	const char *plugin = "openssl", *other = "", *what;
	signature_scheme_t scheme;

	switch (oid)
	{
		case OID_RSA_ENCRYPTION:
		case OID_RSASSA_PSS:
			scheme = SIGN_RSA_EMSA_PKCS1_NULL;
			what = "RSA";
			plugin = "gmp";
			other = " or openssl";
			break;
		case OID_EC_PUBLICKEY:
			scheme = SIGN_ECDSA_WITH_NULL;
			what = "ECDSA";
			break;
		case OID_ED25519:
			scheme = SIGN_ED25519;
			what = "Ed25519";
			plugin = "curve25519";
			other = " or openssl";
			break;
		case OID_ED448:
			scheme = SIGN_ED448;
			what = "Ed448";
			break;
		default:
			return TRUE;
	}
	if (private)
	{
		feature.arg.privkey_sign = scheme;
	}
	else
	{
		feature.arg.pubkey_verify = scheme;
	}
	if (!extsock_lack_has(feature))
	{
		extsock_lack_write(text, plugin, other, "%s keys", what);
		return FALSE;
	}
	return TRUE;
}

/**
 * Check if charon has a hash algorithm.
 *
 * @param alg			algorithm
 * @return				TRUE if so
 */
static bool has_hasher(hash_algorithm_t alg)
{
	hasher_t *hasher = lib->crypto->create_hasher(lib->crypto, alg);

	DESTROY_IF(hasher);
	return hasher != NULL;
}

/**
 * Check if charon has a cipher.
 *
 * @param alg			algorithm
 * @param key_size		bits of its key, 0 for the default
 * @return				TRUE if so
 */
static bool has_cipher(uint16_t alg, uint16_t key_size)
{
	crypter_t *crypter;
	aead_t *aead;

	if (encryption_algorithm_is_aead(alg))
	{
		aead = lib->crypto->create_aead(lib->crypto, alg, key_size / 8, 0);
		DESTROY_IF(aead);
		return aead != NULL;
	}
	crypter = lib->crypto->create_crypter(lib->crypto, alg, key_size / 8);
	DESTROY_IF(crypter);
	return crypter != NULL;
}

/**
 * Write that a cipher is lacking.
 *
 * @param alg			algorithm
 * @param key_size		bits of its key, 0 for the default
 * @param text			buffer of EXTSOCK_LACK_CAP bytes
 */
static void write_cipher(uint16_t alg, uint16_t key_size, char *text)
{
	const char *plugin = "openssl", *other = "";

	switch (alg)
	{
		case ENCR_AES_CBC:
			plugin = "aes";
			break;
		case ENCR_AES_CTR:
			plugin = "ctr";
			break;
		case ENCR_AES_GCM_ICV8:
		case ENCR_AES_GCM_ICV12:
		case ENCR_AES_GCM_ICV16:
			plugin = "gcm";
			other = " or openssl";
			break;
		case ENCR_AES_CCM_ICV8:
		case ENCR_AES_CCM_ICV12:
		case ENCR_AES_CCM_ICV16:
			plugin = "ccm";
			other = " or openssl";
			break;
		case ENCR_CHACHA20_POLY1305:
			plugin = "chapoly";
			other = " or openssl";
			break;
		default:
			break;
	}
	if ((streq(plugin, "ctr") || streq(plugin, "gcm") ||
		 streq(plugin, "ccm")) && !has_cipher(ENCR_AES_CBC, 128))
	{	/* these modes are of the plugins, AES itself is of another one */
		plugin = "aes";
	}
	if (key_size)
	{
		extsock_lack_write(text, plugin, other, "%N_%u",
						   encryption_algorithm_names, alg, key_size);
	}
	else
	{
		extsock_lack_write(text, plugin, other, "%N",
						   encryption_algorithm_names, alg);
	}
}

/**
 * Get the plugin that brings a keyed hash.
 *
 * @param hash			hash algorithm it is made of, HASH_UNKNOWN for AES
 * @param cmac			TRUE if it is a CMAC, with AES
 * @return				name of the plugin
 */
static const char *get_mac_plugin(hash_algorithm_t hash, bool cmac)
{
	if (hash == HASH_UNKNOWN)
	{
		return !has_cipher(ENCR_AES_CBC, 128) ? "aes" : cmac ? "cmac" : "xcbc";
	}
	if (has_hasher(hash))
	{
		return "hmac";
	}
	switch (hash)
	{
		case HASH_MD5:
			return "md5";
		case HASH_SHA1:
			return "sha1";
		default:
			return "sha2";
	}
}

/**
 * Check if charon has an integrity algorithm.
 *
 * @param alg			algorithm
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, written if not
 * @return				TRUE if so
 */
static bool check_signer(uint16_t alg, char *text)
{
	signer_t *signer = lib->crypto->create_signer(lib->crypto, alg);
	hash_algorithm_t hash;
	const char *plugin;

	if (signer)
	{
		signer->destroy(signer);
		return TRUE;
	}
	switch (alg)
	{
		case AUTH_AES_XCBC_96:
		case AUTH_AES_CMAC_96:
			hash = HASH_UNKNOWN;
			break;
		default:
			hash = hasher_algorithm_from_integrity(alg, NULL);
			break;
	}
	plugin = get_mac_plugin(hash, alg == AUTH_AES_CMAC_96);
	extsock_lack_write(text, plugin, hash == HASH_UNKNOWN ? "" : " or openssl",
					   "%N", integrity_algorithm_names, alg);
	return FALSE;
}

/**
 * Check if charon has a pseudo-random function, and derives keys with it.
 *
 * @param alg			algorithm
 * @param ikev2			TRUE if IKEv2 uses it
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, written if not
 * @return				TRUE if so
 */
static bool check_prf(uint16_t alg, bool ikev2, char *text)
{
	prf_t *prf = lib->crypto->create_prf(lib->crypto, alg);
	kdf_t *extract, *expand;
	hash_algorithm_t hash;
	bool has;

	if (!prf)
	{
		hash = alg == PRF_AES128_XCBC || alg == PRF_AES128_CMAC ? HASH_UNKNOWN :
			   hasher_algorithm_from_prf(alg);
		extsock_lack_write(text, get_mac_plugin(hash, alg == PRF_AES128_CMAC),
						   hash == HASH_UNKNOWN ? "" : " or openssl", "%N",
						   pseudo_random_function_names, alg);
		return FALSE;
	}
	prf->destroy(prf);
	if (!ikev2)
	{
		return TRUE;
	}
	extract = lib->crypto->create_kdf(lib->crypto, KDF_PRF, alg);
	expand = lib->crypto->create_kdf(lib->crypto, KDF_PRF_PLUS, alg);
	has = extract && expand;
	DESTROY_IF(extract);
	DESTROY_IF(expand);
	if (!has)
	{
		extsock_lack_write(text, "kdf", alg == PRF_AES128_XCBC ||
						   alg == PRF_AES128_CMAC ? "" : " or openssl",
						   "the KDF for %N", pseudo_random_function_names, alg);
	}
	return has;
}

/**
 * Check if charon has a group. It is not created for that, which may take a
 * large exponentiation.
 *
 * @param alg			group
 * @return				TRUE if so
 */
static bool has_group(uint16_t alg)
{
	key_exchange_method_t current;
	enumerator_t *enumerator;
	const char *plugin;
	bool found = alg == KE_NONE;

	enumerator = lib->crypto->create_ke_enumerator(lib->crypto);
	while (!found && enumerator->enumerate(enumerator, &current, &plugin))
	{
		found = current == alg;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Write that a group is lacking.
 *
 * @param alg			group
 * @param text			buffer of EXTSOCK_LACK_CAP bytes
 */
static void write_group(uint16_t alg, char *text)
{
	const char *plugin = "openssl", *other = "";

	switch (alg)
	{
		case MODP_768_BIT:
		case MODP_1024_BIT:
		case MODP_1536_BIT:
		case MODP_2048_BIT:
		case MODP_3072_BIT:
		case MODP_4096_BIT:
		case MODP_6144_BIT:
		case MODP_8192_BIT:
		case MODP_1024_160:
		case MODP_2048_224:
		case MODP_2048_256:
			plugin = "gmp";
			other = " or openssl";
			break;
		case CURVE_25519:
			plugin = "curve25519";
			other = " or openssl";
			break;
		case 35:
		case 36:
		case 37:
			/* ML-KEM, which charon knows since 6.0 */
			plugin = "ml";
			break;
		default:
			break;
	}
	extsock_lack_write(text, plugin, other, "%N", key_exchange_method_names,
					   alg);
}

/**
 * Check if a type of algorithm is a key exchange.
 *
 * @param type			type
 * @return				TRUE if so
 */
static bool is_group(u_int type)
{
	return type == KEY_EXCHANGE_METHOD ||
		   (type >= ADDITIONAL_KE_FIRST && type <= ADDITIONAL_KE_LAST);
}

/**
 * Check if charon can use an algorithm.
 *
 * @param type			type
 * @param alg			algorithm
 * @param key_size		bits of its key, 0 if it has but one size
 * @param ikev2			TRUE if IKEv2 uses it
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, written if not
 * @return				TRUE if so
 */
static bool check(u_int type, uint16_t alg, uint16_t key_size, bool ikev2,
				  char *text)
{
	if (is_group(type))
	{
		if (has_group(alg))
		{
			return TRUE;
		}
		write_group(alg, text);
		return FALSE;
	}
	switch (type)
	{
		case ENCRYPTION_ALGORITHM:
			if (!has_cipher(alg, key_size))
			{
				write_cipher(alg, key_size, text);
				return FALSE;
			}
			return TRUE;
		case INTEGRITY_ALGORITHM:
			return check_signer(alg, text);
		case PSEUDO_RANDOM_FUNCTION:
			return check_prf(alg, ikev2, text);
		default:
			return TRUE;
	}
}

/**
 * Copy the algorithms of a type that charon can use.
 *
 * @param from			proposal
 * @param type			type
 * @param ikev2			TRUE if it is for IKEv2
 * @param to			proposal to add them to
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, receives the first
 *						lack if it is empty
 * @return				FALSE if there are some, and none of them is usable
 */
static bool copy_usable(proposal_t *from, u_int type, bool ikev2,
						proposal_t *to, char *text)
{
	char lack[EXTSOCK_LACK_CAP];
	enumerator_t *enumerator;
	bool any = FALSE, usable = FALSE;
	uint16_t alg, key_size;

	enumerator = from->create_enumerator(from, type);
	while (enumerator->enumerate(enumerator, &alg, &key_size))
	{
		any = TRUE;
		if ((from->get_protocol(from) != PROTO_IKE && !is_group(type)) ||
			check(type, alg, key_size, ikev2, lack))
		{
			usable = TRUE;
			to->add_algorithm(to, type, alg, key_size);
		}
		else if (!*text)
		{
			strcpy(text, lack);
		}
	}
	enumerator->destroy(enumerator);
	return !any || usable;
}

/**
 * Check that a proposal of charon's own, made of what there is, has an algorithm
 * of each type it takes.
 *
 * @param proposal		proposal
 * @param text			buffer of EXTSOCK_LACK_CAP bytes, written if not
 * @return				TRUE if so
 */
static bool is_complete(proposal_t *proposal, char *text)
{
	if (proposal->get_protocol(proposal) != PROTO_IKE)
	{
		return TRUE;
	}
	if (!proposal->get_algorithm(proposal, ENCRYPTION_ALGORITHM, NULL, NULL))
	{
		extsock_lack_write(text, "aes", " or openssl", "any cipher");
		return FALSE;
	}
	if (!proposal->get_algorithm(proposal, PSEUDO_RANDOM_FUNCTION, NULL, NULL))
	{
		extsock_lack_write(text, "hmac", " or openssl", "any PRF");
		return FALSE;
	}
	if (!proposal->get_algorithm(proposal, KEY_EXCHANGE_METHOD, NULL, NULL))
	{
		extsock_lack_write(text, "gmp", " or openssl", "any DH group");
		return FALSE;
	}
	return TRUE;
}

/*
 * Described in header
 */
proposal_t *extsock_lack_strip(proposal_t *proposal, bool ikev2, char *text)
{
	proposal_t *stripped;
	bool usable = TRUE;
	u_int type;

	*text = '\0';
	if (!proposal)
	{
		extsock_lack_write(text, "aes", " or openssl", "any cipher");
		return NULL;
	}
	stripped = proposal_create(proposal->get_protocol(proposal),
							   proposal->get_number(proposal));
	for (type = ENCRYPTION_ALGORITHM; type <= ADDITIONAL_KE_LAST; type++)
	{
		usable &= copy_usable(proposal, type, ikev2, stripped, text);
	}
	if (usable && (*text || is_complete(proposal, text)))
	{
		if (*text)
		{
			proposal->destroy(proposal);
			return stripped;
		}
		stripped->destroy(stripped);
		return proposal;
	}
	stripped->destroy(stripped);
	proposal->destroy(proposal);
	return NULL;
}

/*
 * Described in header
 */
bool extsock_lack_group(proposal_t *proposal)
{
	enumerator_t *enumerator;
	bool lacking = FALSE;
	uint16_t alg;
	u_int type;

	for (type = KEY_EXCHANGE_METHOD; type <= ADDITIONAL_KE_LAST; type++)
	{
		if (is_group(type))
		{
			enumerator = proposal->create_enumerator(proposal, type);
			while (!lacking && enumerator->enumerate(enumerator, &alg, NULL))
			{
				lacking = !has_group(alg);
			}
			enumerator->destroy(enumerator);
		}
	}
	return lacking;
}
