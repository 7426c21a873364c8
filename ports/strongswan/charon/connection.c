/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "connection.h"

/*
 * Described in header
 */
action_t extsock_children_get_start_action(child_cfg_t *child_cfg)
{
	action_t action = ACTION_NONE;

	if (child_cfg->has_option(child_cfg, OPT_EXTSOCK_START))
	{
		action |= ACTION_START;
	}
	if (child_cfg->has_option(child_cfg, OPT_EXTSOCK_TRAP))
	{
		action |= ACTION_TRAP;
	}
	return action ?: child_cfg->get_start_action(child_cfg);
}

/**
 * Check if a child is one that IKE negotiates; charon's configuration may also
 * have shunts.
 *
 * @param child_cfg		child
 * @return				TRUE if it is negotiated
 */
static bool is_negotiated(child_cfg_t *child_cfg)
{
	ipsec_mode_t mode = child_cfg->get_mode(child_cfg);

	return mode != MODE_PASS && mode != MODE_DROP;
}

/*
 * Described in header
 */
bool extsock_children_are_started(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool found = FALSE;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (!found && enumerator->enumerate(enumerator, &child_cfg))
	{
		found = is_negotiated(child_cfg) &&
				extsock_children_get_start_action(child_cfg) & ACTION_START;
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
array_t *extsock_children_get(peer_cfg_t *peer_cfg,
							  extsock_wants_child_cb_t wants, void *user)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	array_t *children;
	bool all, wanted;

	all = !extsock_children_are_started(peer_cfg);
	children = array_create(0, 0);
	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{
		if (!is_negotiated(child_cfg))
		{
			continue;
		}
		wanted = all ||
				 extsock_children_get_start_action(child_cfg) & ACTION_START;
		if (wants)
		{
			wanted = wants(user, peer_cfg->get_name(peer_cfg),
						   child_cfg->get_name(child_cfg), wanted);
		}
		if (wanted)
		{
			array_insert(children, ARRAY_TAIL, child_cfg->get_ref(child_cfg));
		}
	}
	enumerator->destroy(enumerator);
	return children;
}

/*
 * Described in header
 */
u_int extsock_children_count(peer_cfg_t *peer_cfg)
{
	child_cfg_t *child_cfg;
	array_t *children;
	u_int count;

	children = extsock_children_get(peer_cfg, NULL, NULL);
	count = array_count(children);
	while (array_remove(children, ARRAY_HEAD, &child_cfg))
	{
		child_cfg->destroy(child_cfg);
	}
	array_destroy(children);
	return count;
}

typedef struct private_extsock_connection_t private_extsock_connection_t;

/**
 * Private data of an extsock_connection_t object
 */
struct private_extsock_connection_t {

	/**
	 * Public interface
	 */
	extsock_connection_t public;

	/**
	 * Peer configs, peer_cfg_t
	 */
	array_t *configs;

	/**
	 * Credentials, NULL once taken
	 */
	mem_cred_t *creds;

	/**
	 * Number of references
	 */
	refcount_t ref;
};

METHOD(extsock_connection_t, get, peer_cfg_t*,
	private_extsock_connection_t *this, u_int index)
{
	peer_cfg_t *peer_cfg = NULL;

	if (!array_get(this->configs, index, &peer_cfg))
	{
		array_get(this->configs, 0, &peer_cfg);
	}
	return peer_cfg;
}

METHOD(extsock_connection_t, get_name, char*,
	private_extsock_connection_t *this)
{
	peer_cfg_t *peer_cfg = get(this, 0);

	return peer_cfg->get_name(peer_cfg);
}

/**
 * Compare the children of two peer configs, which charon leaves out.
 *
 * @param one			peer config
 * @param other			peer config to compare it with
 * @return				TRUE if they have the same in the same order
 */
static bool equal_children(peer_cfg_t *one, peer_cfg_t *other)
{
	enumerator_t *ones, *others;
	child_cfg_t *a, *b;
	bool more, equal = TRUE;

	ones = one->create_child_cfg_enumerator(one);
	others = other->create_child_cfg_enumerator(other);
	while (equal)
	{
		more = ones->enumerate(ones, &a);
		equal = others->enumerate(others, &b) == more;
		if (!more)
		{
			break;
		}
		equal = equal && streq(a->get_name(a), b->get_name(b)) &&
				a->equals(a, b);
	}
	ones->destroy(ones);
	others->destroy(others);
	return equal;
}

METHOD(extsock_connection_t, equals, bool,
	private_extsock_connection_t *this, extsock_connection_t *other_pub)
{
	private_extsock_connection_t *other = (private_extsock_connection_t*)other_pub;
	ike_cfg_t *our_ike, *their_ike;
	peer_cfg_t *ours, *theirs;
	int i;

	if (array_count(this->configs) != array_count(other->configs))
	{
		return FALSE;
	}
	for (i = 0; i < array_count(this->configs); i++)
	{
		ours = get(this, i);
		theirs = get(other, i);
		our_ike = ours->get_ike_cfg(ours);
		their_ike = theirs->get_ike_cfg(theirs);
		if (!ours->equals(ours, theirs) ||
			!our_ike->equals(our_ike, their_ike) ||
			!equal_children(ours, theirs))
		{
			return FALSE;
		}
	}
	return TRUE;
}

METHOD(extsock_connection_t, take_creds, mem_cred_t*,
	private_extsock_connection_t *this)
{
	mem_cred_t *creds = this->creds;

	this->creds = NULL;
	return creds;
}

METHOD(extsock_connection_t, get_ref, extsock_connection_t*,
	private_extsock_connection_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(extsock_connection_t, destroy, void,
	private_extsock_connection_t *this)
{
	if (ref_put(&this->ref))
	{
		array_destroy_offset(this->configs, offsetof(peer_cfg_t, destroy));
		/* wipes keys and secrets */
		DESTROY_IF(this->creds);
		free(this);
	}
}

/*
 * Described in header
 */
extsock_connection_t *extsock_connection_create(array_t *configs,
												mem_cred_t *creds)
{
	private_extsock_connection_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.get_name = _get_name,
			.equals = _equals,
			.take_creds = _take_creds,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.configs = configs,
		.creds = creds,
		.ref = 1,
	);
	return &this->public;
}
