/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "segws.h"

typedef struct private_extsock_segws_t private_extsock_segws_t;

/**
 * Private data of an extsock_segws_t object
 */
struct private_extsock_segws_t {

	/**
	 * Public interface
	 */
	extsock_segws_t public;

	/**
	 * Peer configs, peer_cfg_t
	 */
	array_t *configs;

	/**
	 * Number of references
	 */
	refcount_t ref;
};

METHOD(extsock_segws_t, get, peer_cfg_t*,
	private_extsock_segws_t *this, u_int index)
{
	peer_cfg_t *peer_cfg = NULL;

	if (!array_get(this->configs, index, &peer_cfg))
	{
		array_get(this->configs, 0, &peer_cfg);
	}
	return peer_cfg;
}

METHOD(extsock_segws_t, get_name, char*,
	private_extsock_segws_t *this)
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

METHOD(extsock_segws_t, equals, bool,
	private_extsock_segws_t *this, extsock_segws_t *other_pub)
{
	private_extsock_segws_t *other = (private_extsock_segws_t*)other_pub;
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

METHOD(extsock_segws_t, get_ref, extsock_segws_t*,
	private_extsock_segws_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(extsock_segws_t, destroy, void,
	private_extsock_segws_t *this)
{
	if (ref_put(&this->ref))
	{
		array_destroy_offset(this->configs, offsetof(peer_cfg_t, destroy));
		free(this);
	}
}

/*
 * Described in header
 */
extsock_segws_t *extsock_segws_create(array_t *configs)
{
	private_extsock_segws_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.get_name = _get_name,
			.equals = _equals,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.configs = configs,
		.ref = 1,
	);
	return &this->public;
}
