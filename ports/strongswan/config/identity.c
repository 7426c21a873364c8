/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "identity.h"

/**
 * Parse an identity.
 *
 * Charon takes anything for an identity: what looks like a distinguished name
 * but is none silently becomes a key ID, which no peer would ever match.
 *
 * @param text			identity, NULL if absent
 * @return				identity, NULL if malformed
 */
static identification_t *parse_identity(char *text)
{
	identification_t *id;

	id = identification_create_from_string(text ?: "%any");
	if (text && id->get_type(id) == ID_KEY_ID && strchr(text, '=') &&
		text[0] != '@' && !strcasepfx(text, "keyid:"))
	{
		id->destroy(id);
		return NULL;
	}
	return id;
}

/*
 * Described in header
 */
identification_t *extsock_identity_parse(extsock_draft_t *draft,
										 segw_text_t text, const char *path)
{
	identification_t *id;

	id = parse_identity(extsock_get_text(draft, text));
	if (!id)
	{
		extsock_refuse(draft, "not a valid identity", "%s", path);
	}
	return id;
}

/*
 * Described in header
 */
identification_t *extsock_identity_get_own(extsock_draft_t *draft,
										   segw_text_t text, const char *path)
{
	identification_t *id;

	id = extsock_identity_parse(draft, text, path);
	if (id && id->contains_wildcards(id))
	{
		id->destroy(id);
		extsock_refuse(draft, "our own identity can't be a wildcard",
					   "%s", path);
		return NULL;
	}
	return id;
}

/*
 * Described in header
 */
u_int extsock_identity_count(extsock_draft_t *draft)
{
	const segw_auth_t *auth = &draft->config->remote_auth;

	return max(max(auth->ids.len, auth->certs.len), 1);
}

/*
 * Described in header
 */
identification_t *extsock_identity_get_segw(extsock_draft_t *draft, u_int segw)
{
	const segw_text_list_t *ids = &draft->config->remote_auth.ids;
	identification_t *id;

	/* one identity may be that of all, if they have certificates of their own */
	id = parse_identity(ids->len ? extsock_get_text(draft,
								ids->items[ids->len > 1 ? segw : 0]) : NULL);
	if (!id && ids->len == 1)
	{
		extsock_refuse(draft, "not a valid identity", "remote_auth.id");
	}
	else if (!id)
	{
		extsock_refuse(draft, "not a valid identity", "remote_auth.id[%u]",
					   segw);
	}
	return id;
}

/*
 * Described in header
 */
linked_list_t *extsock_identity_get_owners(extsock_draft_t *draft, u_int from,
										   u_int to)
{
	const segw_text_list_t *ours = &draft->config->local_auth.ids;
	identification_t *id;
	linked_list_t *ids;
	u_int i;

	ids = linked_list_create();
	id = parse_identity(ours->len ? extsock_get_text(draft, ours->items[0])
								  : NULL);
	if (id)
	{	/* checked with the round */
		ids->insert_last(ids, id);
	}
	for (i = from; i < to; i++)
	{
		id = extsock_identity_get_segw(draft, i);
		if (!id)
		{
			ids->destroy_offset(ids, offsetof(identification_t, destroy));
			return NULL;
		}
		ids->insert_last(ids, id);
	}
	return ids;
}
