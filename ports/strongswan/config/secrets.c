/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "secrets.h"
#include "pem.h"

#include <ctype.h>

#include <credentials/sets/mem_cred.h>

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
 * Parse a private key.
 *
 * @param block			PEM or DER of the key
 * @return				private key, NULL if charon can't read it
 */
static private_key_t *parse(chunk_t block)
{
	return lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_ANY,
							  BUILD_BLOB_PEM, block, BUILD_END);
}

/**
 * Parse a private key, with its passphrase and no other that charon knows.
 *
 * @param block			PEM or DER of the key
 * @param passphrase	passphrase
 * @return				private key, NULL if charon can't read it
 */
static private_key_t *decrypt(chunk_t block, chunk_t passphrase)
{
	private_key_t *key;
	mem_cred_t *creds;

	creds = mem_cred_create();
	creds->add_shared(creds, shared_key_create(SHARED_PRIVATE_KEY_PASS,
										chunk_clone(passphrase)), NULL);
	/* known to this thread only */
	lib->credmgr->add_local_set(lib->credmgr, &creds->set, TRUE);
	key = parse(block);
	lib->credmgr->remove_local_set(lib->credmgr, &creds->set);
	creds->destroy(creds);
	return key;
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
	bool encrypted = extsock_pem_is_encrypted(block);
	private_key_t *key;

	if (encrypted && !passphrase.len)
	{
		extsock_refuse(draft, "the private key is encrypted",
					   PASSPHRASE_PATH);
		return NULL;
	}
	if (passphrase.len && !encrypted && !extsock_pem_is_der(block))
	{
		extsock_refuse(draft, "the private key is not encrypted",
					   PASSPHRASE_PATH);
		return NULL;
	}
	key = passphrase.len ? decrypt(block, passphrase) : parse(block);
	if (!key && passphrase.len)
	{
		extsock_refuse(draft, "does not decrypt the private key, or charon "
					   "lacks the cipher", PASSPHRASE_PATH);
	}
	else if (!key)
	{
		extsock_refuse(draft, "charon can't read this private key",
					   KEY_PATH);
	}
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
