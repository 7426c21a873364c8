/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "mark.h"

/**
 * Check that a number, up to a slash if there is one, fits 32 bits: charon
 * would cut it.
 *
 * @param text			number in any notation of C, or a word
 * @return				FALSE if it is too large, or negative
 */
static bool fits(const char *text)
{
	return *text == '%' ||
		   (*text >= '0' && *text <= '9' && strtoull(text, NULL, 0) <=
			UINT32_MAX);
}

/*
 * Described in header
 */
bool extsock_mark_get(const segw_config_t *config, segw_text_t text,
					  mark_t *mark, extsock_refusal_t *refusal,
					  const char *path)
{
	char *value, *mask;

	if (!text.len)
	{
		return TRUE;
	}
	value = extsock_get_text(config, text);
	mask = strchr(value, '/');
	if (!fits(value) || (mask && (mask[1] == '%' || !fits(mask + 1))) ||
		!mark_from_string(value, MARK_OP_UNIQUE, mark))
	{
		return extsock_refuse(refusal, "not a valid mark", "%s", path);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool extsock_mark_get_if_id(const segw_config_t *config, segw_text_t text,
							uint32_t *if_id, extsock_refusal_t *refusal,
							const char *path)
{
	char *value;

	if (!text.len)
	{
		return TRUE;
	}
	value = extsock_get_text(config, text);
	return (fits(value) && if_id_from_string(value, if_id)) ||
		   extsock_refuse(refusal, "not a valid interface ID", "%s", path);
}
