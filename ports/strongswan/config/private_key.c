/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "private_key.h"
#include "pem.h"

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
 * @param block			PEM or DER of the key
 * @param passphrase	passphrase, empty if there is none
 * @param refusal		receives the reason
 * @return				private key, NULL if refused
 */
static private_key_t *load(chunk_t block, chunk_t passphrase,
						   extsock_refusal_t *refusal)
{
	bool encrypted = extsock_pem_is_encrypted(block);
	private_key_t *key;

	if (encrypted && !passphrase.len)
	{
		extsock_refuse(refusal, "the private key is encrypted",
					   PASSPHRASE_PATH);
		return NULL;
	}
	if (passphrase.len && !encrypted && !extsock_pem_is_der(block))
	{
		extsock_refuse(refusal, "the private key is not encrypted",
					   PASSPHRASE_PATH);
		return NULL;
	}
	key = passphrase.len ? decrypt(block, passphrase) : parse(block);
	if (!key && passphrase.len)
	{
		extsock_refuse(refusal, "does not decrypt the private key, or charon "
					   "lacks the cipher", PASSPHRASE_PATH);
	}
	else if (!key)
	{
		extsock_refuse(refusal, "charon can't read this private key",
					   KEY_PATH);
	}
	return key;
}

/*
 * Described in header
 */
private_key_t *extsock_private_key_create(const segw_config_t *config,
										  extsock_refusal_t *refusal)
{
	const segw_auth_t *auth = &config->local_auth;
	segw_text_t passphrase = auth->private_key_passphrase;
	chunk_t data, rest, block;
	private_key_t *key = NULL;

	if (!extsock_pem_read(config, auth->private_key, &data, refusal, KEY_PATH))
	{
		return NULL;
	}
	rest = data;
	if (extsock_pem_next(&rest, "PRIVATE KEY", &block))
	{
		key = load(block, chunk_create((u_char*)config->text +
							passphrase.offset, passphrase.len), refusal);
	}
	else
	{
		extsock_refuse(refusal, "there is no private key in it", KEY_PATH);
	}
	chunk_clear(&data);
	return key;
}
