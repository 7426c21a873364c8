/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "transit.h"
#include "log_group.h"
#include "timer.h"

#include <daemon.h>
#include <threading/mutex.h>

/**
 * Priority in the kernel of a policy between two hosts' worth of all addresses,
 * as kernel-netlink calculates it: PRIO_BASE, and once more for what is no
 * bypass
 */
#define PRIO_ALL 400000

/**
 * What a bit of a prefix, a protocol, and all that is less is worth in there
 */
#define PRIO_BIT 512
#define PRIO_PROTOCOL 256
#define PRIO_PORTS 132
#define PRIO_INTERFACE 2

typedef struct private_extsock_transit_t private_extsock_transit_t;

/**
 * Private data of an extsock_transit_t object
 */
struct private_extsock_transit_t {

	/**
	 * Public interface
	 */
	extsock_transit_t public;

	/**
	 * Removes what has ended
	 */
	extsock_timer_t *timer;

	/**
	 * Covers the list; nothing of charon's is called with it held
	 */
	mutex_t *mutex;

	/**
	 * What is installed, or is about to be, as pair_t
	 */
	linked_list_t *pairs;

	/**
	 * Moves that begin just now, as move_t
	 */
	linked_list_t *moves;
};

/**
 * A move that begins
 */
typedef struct {
	/** connection */
	char *name;
	/** TRUE once a CHILD_SA of it has ended */
	bool ended;
} move_t;

/**
 * The policies for a pair of traffic selectors: inbound, and forwarded
 */
typedef struct {
	/** connection */
	char *name;
	/** TRUE as long as it is being installed, nobody else removes it then */
	bool busy;
	/** TRUE once to be removed */
	bool ended;
	/** remote traffic selector */
	traffic_selector_t *src_ts;
	/** local traffic selector */
	traffic_selector_t *dst_ts;
	/** mark of the CHILD_SA */
	mark_t mark;
	/** interface ID of the CHILD_SA */
	uint32_t if_id;
	/** interface the policies are restricted to, NULL for any */
	char *interface;
	/** priority, the less the more preferred */
	uint32_t priority;
	/** any address, of the SEGWs' family */
	host_t *any;
	/** what the packets were decrypted with */
	ipsec_sa_cfg_t sa;
} pair_t;

/**
 * Destroy a pair that is not installed.
 *
 * @param pair			pair
 */
static void pair_destroy(pair_t *pair)
{
	pair->src_ts->destroy(pair->src_ts);
	pair->dst_ts->destroy(pair->dst_ts);
	pair->any->destroy(pair->any);
	free(pair->interface);
	free(pair->name);
	free(pair);
}

/**
 * Install or remove the policies of a pair.
 *
 * @param pair			pair
 * @param install		FALSE to remove them
 * @return				TRUE if that was done
 */
static bool pair_apply(pair_t *pair, bool install)
{
	kernel_interface_t *kernel = charon->kernel;
	policy_dir_t dirs[] = { POLICY_IN, POLICY_FWD };
	kernel_ipsec_policy_id_t id = {
		.src_ts = pair->src_ts,
		.dst_ts = pair->dst_ts,
		.mark = pair->mark,
		.if_id = pair->if_id,
		.interface = pair->interface,
	};
	kernel_ipsec_manage_policy_t policy = {
		.type = POLICY_IPSEC,
		.prio = POLICY_PRIORITY_DEFAULT,
		.manual_prio = pair->priority,
		.src = pair->any,
		.dst = pair->any,
		.sa = &pair->sa,
	};
	bool good = TRUE;
	int i;

	for (i = 0; i < countof(dirs); i++)
	{
		id.dir = dirs[i];
		good &= (install ? kernel->add_policy(kernel, &id, &policy)
						 : kernel->del_policy(kernel, &id, &policy)) == SUCCESS;
	}
	return good;
}

/**
 * Get a priority just above that of a CHILD_SA's own policy, and below that of
 * any policy for a part of it.
 *
 * @param child_cfg		config of the CHILD_SA
 * @param src_ts		remote traffic selector
 * @param dst_ts		local traffic selector
 * @return				priority
 */
static uint32_t get_priority(child_cfg_t *child_cfg, traffic_selector_t *src_ts,
							 traffic_selector_t *dst_ts)
{
	traffic_selector_t *ts[] = { src_ts, dst_ts };
	uint32_t priority;
	uint8_t bits;
	host_t *net;
	int i;

	priority = child_cfg->get_manual_prio(child_cfg);
	if (priority)
	{
		return max(priority - 1, 1);
	}
	priority = PRIO_ALL - PRIO_PORTS;
	for (i = 0; i < countof(ts); i++)
	{
		ts[i]->to_subnet(ts[i], &net, &bits);
		net->destroy(net);
		priority -= bits * PRIO_BIT;
	}
	if (src_ts->get_protocol(src_ts) || dst_ts->get_protocol(dst_ts))
	{
		priority -= PRIO_PROTOCOL;
	}
	if (child_cfg->get_interface(child_cfg))
	{
		priority -= PRIO_INTERFACE;
	}
	return priority;
}

/**
 * Create the pairs of a CHILD_SA.
 *
 * @param ike_sa		IKE_SA of the CHILD_SA
 * @param child_sa		CHILD_SA
 * @param pairs			list to add them to, not installed
 */
static void add_pairs(ike_sa_t *ike_sa, child_sa_t *child_sa,
					  linked_list_t *pairs)
{
	child_cfg_t *child_cfg = child_sa->get_config(child_sa);
	host_t *segw = ike_sa->get_other_host(ike_sa);
	traffic_selector_t *my_ts, *other_ts;
	enumerator_t *enumerator;
	pair_t *pair;

	enumerator = child_sa->create_policy_enumerator(child_sa);
	while (enumerator->enumerate(enumerator, &my_ts, &other_ts))
	{
		INIT(pair,
			.name = strdup(ike_sa->get_name(ike_sa)),
			.src_ts = other_ts->clone(other_ts),
			.dst_ts = my_ts->clone(my_ts),
			.mark = child_sa->get_mark(child_sa, TRUE),
			.if_id = child_sa->get_if_id(child_sa, TRUE),
			.interface = strdupnull(child_cfg->get_interface(child_cfg)),
			.priority = get_priority(child_cfg, other_ts, my_ts),
			.any = host_create_any(segw->get_family(segw)),
			.sa = {
				.mode = MODE_TUNNEL,
				.reqid = child_sa->get_reqid(child_sa),
				.policy_count = 1,
				.esp = {
					.use = TRUE,
				},
			},
		);
		pairs->insert_last(pairs, pair);
	}
	enumerator->destroy(enumerator);
}

/**
 * Check if a CHILD_SA has policies, and its packets are such as one can
 * describe.
 *
 * @param child_sa		CHILD_SA
 * @return				TRUE if it is one of ESP in a tunnel, and up
 */
static bool is_plain(child_sa_t *child_sa)
{
	child_cfg_t *child_cfg = child_sa->get_config(child_sa);

	return !child_cfg->has_option(child_cfg, OPT_NO_POLICIES) &&
		   child_sa->get_state(child_sa) == CHILD_INSTALLED &&
		   child_sa->get_mode(child_sa) == MODE_TUNNEL &&
		   child_sa->get_protocol(child_sa) == PROTO_ESP &&
		   child_sa->get_ipcomp(child_sa) == IPCOMP_NONE &&
		   !child_sa->get_label(child_sa);
}

/**
 * Create the pairs of a connection.
 *
 * @param name			name of the connection
 * @param pairs			list to add them to, not installed
 */
static void collect(char *name, linked_list_t *pairs)
{
	enumerator_t *ike_sas, *children;
	child_sa_t *child_sa;
	ike_sa_t *ike_sa;

	/* not those that other threads have checked out, perhaps for long */
	ike_sas = charon->ike_sa_manager->create_enumerator(charon->ike_sa_manager,
														FALSE);
	while (ike_sas->enumerate(ike_sas, &ike_sa))
	{
		if (ike_sa->get_state(ike_sa) != IKE_ESTABLISHED ||
			!streq(ike_sa->get_name(ike_sa), name))
		{
			continue;
		}
		children = ike_sa->create_child_sa_enumerator(ike_sa);
		while (children->enumerate(children, &child_sa))
		{
			if (is_plain(child_sa))
			{
				add_pairs(ike_sa, child_sa, pairs);
			}
		}
		children->destroy(children);
	}
	ike_sas->destroy(ike_sas);
}

CALLBACK(mark_pair, void,
	pair_t *pair, va_list args)
{
	char *name;
	bool *found;

	VA_ARGS_VGET(args, name, found);
	if (!name || streq(pair->name, name))
	{
		pair->ended = *found = TRUE;
	}
}

CALLBACK(mark_move, void,
	move_t *move, va_list args)
{
	char *name;

	VA_ARGS_VGET(args, name);
	if (!name || streq(move->name, name))
	{
		move->ended = TRUE;
	}
}

/**
 * Mark what is there for a connection as ended. Allocates nothing.
 *
 * @param this			object
 * @param name			name of the connection, NULL for all
 * @return				TRUE if there was any
 */
static bool mark_ended(private_extsock_transit_t *this, char *name)
{
	bool found = FALSE;

	this->mutex->lock(this->mutex);
	this->moves->invoke_function(this->moves, mark_move, name);
	this->pairs->invoke_function(this->pairs, mark_pair, name, &found);
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * Remove what has ended, implements extsock_timer_cb_t.
 *
 * @param user			object
 */
static void sweep(void *user)
{
	private_extsock_transit_t *this = user;
	linked_list_t *ended = linked_list_create();
	enumerator_t *enumerator;
	pair_t *pair;

	this->mutex->lock(this->mutex);
	enumerator = this->pairs->create_enumerator(this->pairs);
	while (enumerator->enumerate(enumerator, &pair))
	{
		if (pair->ended && !pair->busy)
		{
			this->pairs->remove_at(this->pairs, enumerator);
			ended->insert_last(ended, pair);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);

	while (ended->remove_first(ended, (void**)&pair) == SUCCESS)
	{
		pair_apply(pair, FALSE);
		pair_destroy(pair);
	}
	ended->destroy(ended);
}

/**
 * Install the policies of a pair, unless the move has ended.
 *
 * @param this			object
 * @param move			move it is for
 * @param pair			pair, adopted
 * @return				FALSE if they could not be installed
 */
static bool install(private_extsock_transit_t *this, move_t *move,
					pair_t *pair)
{
	bool wanted, installed = TRUE, gone;

	/* noted before they are there: whoever ends them meanwhile leaves it to us
	 * to take them back */
	pair->busy = TRUE;
	this->mutex->lock(this->mutex);
	wanted = !move->ended;
	this->pairs->insert_last(this->pairs, pair);
	this->mutex->unlock(this->mutex);

	if (wanted)
	{
		installed = pair_apply(pair, TRUE);
	}
	this->mutex->lock(this->mutex);
	pair->busy = FALSE;
	gone = pair->ended || !wanted || !installed;
	if (gone)
	{
		this->pairs->remove(this->pairs, pair, NULL);
	}
	this->mutex->unlock(this->mutex);
	if (gone)
	{
		if (wanted)
		{	/* also the half of them that was installed */
			pair_apply(pair, FALSE);
		}
		pair_destroy(pair);
	}
	return installed;
}

METHOD(extsock_transit_t, begin, void,
	private_extsock_transit_t *this, char *name)
{
	linked_list_t *pairs = linked_list_create();
	move_t move = {
		.name = name,
	};
	bool found, complete = TRUE;
	pair_t *pair;

	/* those of a move before, that did not come to be, are replaced */
	found = mark_ended(this, name);
	this->mutex->lock(this->mutex);
	this->moves->insert_last(this->moves, &move);
	this->mutex->unlock(this->mutex);

	collect(name, pairs);
	while (pairs->remove_first(pairs, (void**)&pair) == SUCCESS)
	{
		complete &= install(this, &move, pair);
	}
	pairs->destroy(pairs);
	this->mutex->lock(this->mutex);
	this->moves->remove(this->moves, &move, NULL);
	this->mutex->unlock(this->mutex);
	if (!complete)
	{
		DBG1(DBG_EXTSOCK, "what is on its way while '%s' moves may be lost", name);
	}
	if (found)
	{
		sweep(this);
	}
}

METHOD(extsock_transit_t, end, void,
	private_extsock_transit_t *this, char *name)
{
	if (mark_ended(this, name))
	{
		this->timer->set(this->timer, extsock_timer_now());
	}
}

METHOD(extsock_transit_t, destroy, void,
	private_extsock_transit_t *this)
{
	this->timer->destroy(this->timer);
	mark_ended(this, NULL);
	sweep(this);
	this->pairs->destroy(this->pairs);
	this->moves->destroy(this->moves);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_transit_t *extsock_transit_create()
{
	private_extsock_transit_t *this;

	INIT(this,
		.public = {
			.begin = _begin,
			.end = _end,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.pairs = linked_list_create(),
		.moves = linked_list_create(),
	);
	this->timer = extsock_timer_create(sweep, this);
	return &this->public;
}
