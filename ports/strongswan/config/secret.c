/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "secret.h"

#include <ctype.h>

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
shared_key_t *extsock_secret_create(const segw_config_t *config,
									segw_text_t text, shared_key_type_t type,
									extsock_refusal_t *refusal,
									const char *path)
{
	char *value = extsock_get_text(config, text);
	chunk_t key;

	if (strcasepfx(value, "0x"))
	{
		if (!is_hex(value + 2))
		{
			extsock_refuse(refusal, "hexadecimal digits have to follow 0x, two "
						   "for each byte", "%s", path);
			return NULL;
		}
		key = chunk_from_hex(chunk_from_str(value + 2), NULL);
	}
	else if (strcasepfx(value, "0s"))
	{
		if (!is_base64(value + 2))
		{
			extsock_refuse(refusal, "base64 has to follow 0s", "%s", path);
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
