/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "event.h"
#include "compat.h"
#include "connection.h"
#include "lack.h"

#include <sa/ikev2/tasks/child_create.h>

/**
 * Make sure that a state of charon's can be passed on as it is
 */
#define ASSERT_STATE(state) \
	_Static_assert((int)IKE_##state == (int)SEGW_STATE_##state, #state)

ASSERT_STATE(CREATED);
ASSERT_STATE(CONNECTING);
ASSERT_STATE(ESTABLISHED);
ASSERT_STATE(PASSIVE);
ASSERT_STATE(REKEYING);
ASSERT_STATE(REKEYED);
ASSERT_STATE(DELETING);
ASSERT_STATE(DESTROYING);

/*
 * Described in header
 */
bool extsock_event_is_initiator(ike_sa_t *ike_sa)
{
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);

	return ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) ||
		   (ike_sa->get_state(ike_sa) == IKE_CREATED && id->is_initiator(id));
}

/**
 * Copy a name; one too long for libsegw is not one of its connections, and is
 * left out because its beginning could be.
 *
 * @param dst			buffer of SEGW_NAME_CAP bytes
 * @param name			name to copy
 */
static void copy_name(char *dst, const char *name)
{
	if (strlen(name) < SEGW_NAME_CAP)
	{
		strcpy(dst, name);
	}
}

/*
 * Described in header
 */
void extsock_event_init(segw_ike_event_t *event, uint32_t kind,
						ike_sa_t *ike_sa)
{
	uint32_t expires;

	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->unique_id = ike_sa->get_unique_id(ike_sa);
	event->state = ike_sa->get_state(ike_sa);
	copy_name(event->connection, ike_sa->get_name(ike_sa));
	snprintf(event->remote, sizeof(event->remote), "%H",
			 ike_sa->get_other_host(ike_sa));

	if (extsock_event_is_initiator(ike_sa))
	{
		event->facts |= SEGW_FACT_INITIATOR;
	}
	if (ike_sa->has_condition(ike_sa, COND_AUTHENTICATED))
	{
		event->facts |= SEGW_FACT_AUTHENTICATED;
	}
	if (ike_sa->has_condition(ike_sa, COND_REAUTHENTICATING))
	{
		event->facts |= SEGW_FACT_REAUTHENTICATING;
	}
	expires = ike_sa->get_statistic(ike_sa, STAT_DELETE);
	if (expires && expires <= time_monotonic(NULL))
	{
		event->facts |= SEGW_FACT_EXPIRED;
	}
}

/*
 * Described in header
 */
void extsock_event_init_action(segw_ike_event_t *event, uint32_t kind,
							   const segw_action_t *action)
{
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->serial = action->serial;
	memcpy(event->connection, action->connection, sizeof(event->connection));
}

/**
 * Check if a task is in a queue.
 *
 * @param ike_sa		IKE_SA to search
 * @param queue			queue to search
 * @param type			task to find
 * @return				TRUE if found
 */
static bool has_task(ike_sa_t *ike_sa, task_queue_t queue, task_type_t type)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	task_t *task;

	enumerator = ike_sa->create_task_enumerator(ike_sa, queue);
	while (!found && enumerator->enumerate(enumerator, &task))
	{
		found = task->get_type(task) == type;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if there is any task in a queue.
 *
 * @param ike_sa		IKE_SA to search
 * @param queue			queue to search
 * @return				TRUE if there is
 */
static bool has_any_task(ike_sa_t *ike_sa, task_queue_t queue)
{
	enumerator_t *enumerator;
	task_t *task;
	bool found;

	enumerator = ike_sa->create_task_enumerator(ike_sa, queue);
	found = enumerator->enumerate(enumerator, &task);
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if the task that ends an IKE_SA is in a queue of ours.
 *
 * @param ike_sa		IKE_SA to search
 * @param queue			queue to search
 * @return				TRUE if found
 */
static bool has_delete(ike_sa_t *ike_sa, task_queue_t queue)
{
	return has_task(ike_sa, queue, TASK_IKE_DELETE) ||
		   has_task(ike_sa, queue, TASK_ISAKMP_DELETE);
}

/**
 * Check if the peer is ending an IKE_SA or a CHILD_SA.
 *
 * With IKEv1 the task that does it is within that of the message.
 *
 * @param ike_sa		IKE_SA to search
 * @param type			task that does it with IKEv2
 * @return				TRUE if it is
 */
static bool is_peer_deleting(ike_sa_t *ike_sa, task_type_t type)
{
	return has_task(ike_sa, TASK_QUEUE_PASSIVE, type) ||
		   has_task(ike_sa, TASK_QUEUE_PASSIVE, TASK_INFORMATIONAL);
}

/**
 * Check if charon gave an IKE_SA up by itself: it has no task for it any more.
 *
 * @param ike_sa		IKE_SA that ends
 * @return				TRUE if it did
 */
static bool is_idle(ike_sa_t *ike_sa)
{
	return ike_sa->get_version(ike_sa) == IKEV2 &&
		   !has_any_task(ike_sa, TASK_QUEUE_ACTIVE) &&
		   !has_any_task(ike_sa, TASK_QUEUE_QUEUED);
}

/*
 * Described in header
 */
bool extsock_event_is_given_up(ike_sa_t *ike_sa)
{
	return ike_sa->get_state(ike_sa) == IKE_CONNECTING && is_idle(ike_sa);
}

/**
 * Check if a CHILD_SA is to be up also if nobody uses it. With a trap the next
 * packet finds it again, so it may stay down.
 *
 * @param child_sa		CHILD_SA
 * @return				TRUE if it is to be set up again
 */
static bool is_started(child_sa_t *child_sa)
{
	child_cfg_t *config = child_sa->get_config(child_sa);

	return extsock_children_get_start_action(config) == ACTION_START;
}

/**
 * Check if charon closes a CHILD_SA because it was not used, as its
 * inactivity_job.c does.
 *
 * @param child_sa		CHILD_SA
 * @return				TRUE if nobody has used it for as long as configured
 */
static bool is_unused(child_sa_t *child_sa)
{
	child_cfg_t *config = child_sa->get_config(child_sa);
	uint32_t timeout = config->get_inactivity(config);
	time_t in = 0, out = 0, used;

	if (!timeout)
	{
		return FALSE;
	}
	child_sa->get_usestats(child_sa, TRUE, &in, NULL, NULL);
	child_sa->get_usestats(child_sa, FALSE, &out, NULL, NULL);
	used = max(max(in, out), child_sa->get_installtime(child_sa));
	return time_monotonic(NULL) - used >= timeout;
}

/**
 * Add that charon ends an IKE_SA because its only CHILD_SA was not used, if that
 * is so.
 *
 * @param event			event to complete
 * @param ike_sa		IKE_SA that ends
 */
static void add_unused(segw_ike_event_t *event, ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;

	if (ike_sa->get_child_count(ike_sa) != 1 ||
		!lib->settings->get_bool(lib->settings, "%s.inactivity_close_ike",
								 FALSE, lib->ns))
	{
		return;
	}
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	if (enumerator->enumerate(enumerator, &child_sa) && is_unused(child_sa))
	{
		event->facts |= SEGW_FACT_LAID_DOWN;
		if (is_started(child_sa))
		{
			event->facts |= SEGW_FACT_AGAIN;
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void extsock_event_add_state(segw_ike_event_t *event, ike_sa_t *ike_sa,
							 ike_sa_state_t state)
{
	event->previous = ike_sa->get_state(ike_sa);
	event->state = state;
	if (event->previous == IKE_CREATED)
	{	/* may be half made: charon's constructor ends it without a task manager
		 * if its IKE version is not built in. Nor is there a task of interest */
		return;
	}

	switch (state)
	{
		case IKE_DELETING:
			if (is_peer_deleting(ike_sa, TASK_IKE_DELETE))
			{
				event->facts |= SEGW_FACT_PEER_DELETE;
			}
			/* a rekeying ends the old one by itself once it is done; one that
			 * the SEGW's DELETE crosses never is, RFC 7296, section 2.25.2 */
			if (has_delete(ike_sa, TASK_QUEUE_ACTIVE) ||
				has_delete(ike_sa, TASK_QUEUE_QUEUED))
			{	/* also if it waits behind another exchange and the SEGW's comes
				 * first: charon flushes all tasks before it is destroyed. That
				 * it was to be reauthenticated once is not why */
				event->facts &= ~SEGW_FACT_REAUTHENTICATING;
				event->facts |= SEGW_FACT_LOCAL_DELETE;
			}
			else if (has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_IKE_REAUTH) ||
				(has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_IKE_REKEY) &&
				 !(event->facts & SEGW_FACT_PEER_DELETE)))
			{
				event->facts |= SEGW_FACT_LOCAL_DELETE;
			}
			break;
		case IKE_DESTROYING:
			/* a reauthentication that nobody has answered is ended by what ends
			 * the IKE_SA now, or was given up */
			if (has_delete(ike_sa, TASK_QUEUE_ACTIVE) ||
				has_delete(ike_sa, TASK_QUEUE_QUEUED) ||
				has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_IKE_REAUTH))
			{
				event->facts |= SEGW_FACT_DELETE_PENDING;
			}
			if (event->previous == IKE_DELETING)
			{
				add_unused(event, ike_sa);
			}
			if (is_idle(ike_sa))
			{
				event->facts |= SEGW_FACT_IDLE;
			}
			break;
		default:
			break;
	}
}

/*
 * Described in header
 */
bool extsock_event_is_lacking(ike_sa_t *ike_sa)
{
	char lack[EXTSOCK_LACK_CAP];
	linked_list_t *proposals;
	bool lacking = FALSE;
	proposal_t *proposal;
	ike_cfg_t *ike_cfg;

	if (ike_sa->get_state(ike_sa) != IKE_CONNECTING ||
		ike_sa->get_version(ike_sa) != IKEV2)
	{
		return FALSE;
	}
	proposal = ike_sa->get_proposal(ike_sa);
	if (proposal)
	{	/* selected, there should be keys for it */
		proposal = extsock_lack_strip(proposal->clone(proposal, 0), TRUE, lack);
		DESTROY_IF(proposal);
		return *lack != '\0';
	}
	if (!is_idle(ike_sa))
	{
		return FALSE;
	}
	/* charon gave up by itself: with its own first group, or that which the
	 * SEGW asked for */
	ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	proposals = extsock_get_proposals(ike_cfg);
	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		lacking |= extsock_lack_group(proposal);
		proposal->destroy(proposal);
	}
	proposals->destroy(proposals);
	return lacking;
}

/*
 * Described in header
 */
uint32_t extsock_event_map_alert(alert_t alert)
{
	switch (alert)
	{
		case ALERT_PEER_INIT_UNREACHABLE:
			return SEGW_ALERT_INIT_UNREACHABLE;
		case ALERT_RETRANSMIT_SEND_TIMEOUT:
			return SEGW_ALERT_RETRANSMIT_TIMEOUT;
		case ALERT_RETRANSMIT_SEND:
			return SEGW_ALERT_RETRANSMIT;
		case ALERT_PEER_ADDR_FAILED:
			return SEGW_ALERT_ADDR_FAILED;
		case ALERT_HALF_OPEN_TIMEOUT:
			return SEGW_ALERT_HALF_OPEN_TIMEOUT;
		case ALERT_LOCAL_AUTH_FAILED:
			return SEGW_ALERT_LOCAL_AUTH_FAILED;
		case ALERT_PEER_AUTH_FAILED:
		case ALERT_AUTHORIZATION_FAILED:
			return SEGW_ALERT_PEER_AUTH_FAILED;
		case ALERT_PROPOSAL_MISMATCH_IKE:
			return SEGW_ALERT_PROPOSAL_MISMATCH;
		case ALERT_INSTALL_CHILD_SA_FAILED:
		case ALERT_INSTALL_CHILD_POLICY_FAILED:
			return SEGW_ALERT_INSTALL_FAILED;
		case ALERT_CERT_EXPIRED:
			return SEGW_ALERT_CERT_DATES;
		case ALERT_CERT_REVOKED:
			return SEGW_ALERT_CERT_REVOKED;
		case ALERT_CERT_UNTRUSTED_ROOT:
		case ALERT_CERT_NO_ISSUER:
			return SEGW_ALERT_CERT_UNTRUSTED;
		case ALERT_CERT_VALIDATION_FAILED:
		case ALERT_CERT_EXCEEDED_PATH_LEN:
		case ALERT_CERT_POLICY_VIOLATION:
			return SEGW_ALERT_CERT_INVALID;
		case ALERT_KEEP_ON_CHILD_SA_FAILURE:
			/* raised for each CHILD_SA once, after what is more precise */
			return SEGW_ALERT_CHILD_FAILED;
		case ALERT_IKE_SA_EXPIRED:
			return SEGW_ALERT_EXPIRED;
		case ALERT_PROPOSAL_MISMATCH_CHILD:
		case ALERT_TS_MISMATCH:
		case ALERT_UNIQUE_REPLACE:
		case ALERT_UNIQUE_KEEP:
		case ALERT_VIP_FAILURE:
			return SEGW_ALERT_OTHER;
		default:
			return SEGW_ALERT_NONE;
	}
}

/**
 * Check if the lifetime of a CHILD_SA has ended, or its volume is used up.
 *
 * @param child_sa		CHILD_SA
 * @return				TRUE if it can not be used any longer
 */
static bool is_expired(child_sa_t *child_sa)
{
	child_cfg_t *config = child_sa->get_config(child_sa);
	uint64_t bytes_in, bytes_out, packets_in, packets_out;
	lifetime_cfg_t *lifetime;
	bool used_up = FALSE;
	time_t expires;

	expires = child_sa->get_lifetime(child_sa, TRUE);
	if (expires && expires <= time_monotonic(NULL))
	{
		return TRUE;
	}
	lifetime = config->get_lifetime(config, FALSE);
	if (lifetime->bytes.life || lifetime->packets.life)
	{
		child_sa->get_usestats(child_sa, TRUE, NULL, &bytes_in, &packets_in);
		child_sa->get_usestats(child_sa, FALSE, NULL, &bytes_out, &packets_out);
		used_up = (lifetime->bytes.life &&
				   max(bytes_in, bytes_out) >= lifetime->bytes.life) ||
				  (lifetime->packets.life &&
				   max(packets_in, packets_out) >= lifetime->packets.life);
	}
	free(lifetime);
	return used_up;
}

/**
 * Make a name of charon's lower case, as clients know them.
 *
 * @param text			text to change
 */
static void lower(char *text)
{
	translate(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");
}

/**
 * Write the traffic selectors of one side, separated by spaces, cut to fit.
 *
 * @param child_sa		CHILD_SA
 * @param local			TRUE for the local side
 * @param buf			buffer to write to
 * @param cap			size of the buffer
 */
static void add_ts(child_sa_t *child_sa, bool local, char *buf, size_t cap)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	size_t used = 0;
	int len;

	enumerator = child_sa->create_ts_enumerator(child_sa, local);
	while (used < cap - 1 && enumerator->enumerate(enumerator, &ts))
	{
		len = snprintf(buf + used, cap - used, "%s%R", used ? " " : "", ts);
		if (len < 0)
		{
			break;
		}
		used += min((size_t)len, cap - 1 - used);
	}
	enumerator->destroy(enumerator);
}

/**
 * Write an algorithm, with its key length if it has one, e.g. "AES_CBC-256".
 *
 * @param proposal		negotiated proposal
 * @param type			kind of algorithm
 * @param names			names of this kind
 * @param buf			buffer to write to
 * @param cap			size of the buffer
 */
static void add_algorithm(proposal_t *proposal, transform_type_t type,
						  enum_name_t *names, char *buf, size_t cap)
{
	uint16_t algorithm, key_size;

	if (proposal->get_algorithm(proposal, type, &algorithm, &key_size))
	{
		if (key_size)
		{
			snprintf(buf, cap, "%N-%u", names, algorithm, key_size);
		}
		else
		{
			snprintf(buf, cap, "%N", names, algorithm);
		}
	}
}

/*
 * Described in header
 */
void extsock_event_add_child(segw_ike_event_t *event, ike_sa_t *ike_sa,
							 child_sa_t *child_sa)
{
	segw_child_sa_t *details = &event->details;
	proposal_t *proposal;

	copy_name(event->child, child_sa->get_name(child_sa));
	event->facts &= ~SEGW_FACT_EXPIRED;
	if (is_peer_deleting(ike_sa, TASK_CHILD_DELETE))
	{
		event->facts |= SEGW_FACT_PEER_DELETE;
	}
	else if (has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_CHILD_DELETE) ||
			 has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_QUICK_DELETE))
	{
		event->facts |= SEGW_FACT_LOCAL_DELETE;
		if (is_expired(child_sa) ||
			(is_started(child_sa) && is_unused(child_sa)))
		{
			event->facts |= SEGW_FACT_EXPIRED;
		}
	}
	details->spi_in = ntohl(child_sa->get_spi(child_sa, TRUE));
	details->spi_out = ntohl(child_sa->get_spi(child_sa, FALSE));
	snprintf(details->state, sizeof(details->state), "%N",
			 child_sa_state_names, child_sa->get_state(child_sa));
	snprintf(details->protocol, sizeof(details->protocol), "%N",
			 protocol_id_names, child_sa->get_protocol(child_sa));
	lower(details->protocol);
	snprintf(details->mode, sizeof(details->mode), "%N",
			 ipsec_mode_names, child_sa->get_mode(child_sa));
	lower(details->mode);
	proposal = child_sa->get_proposal(child_sa);
	if (proposal)
	{
		add_algorithm(proposal, ENCRYPTION_ALGORITHM,
					  encryption_algorithm_names, details->enc_alg,
					  sizeof(details->enc_alg));
		add_algorithm(proposal, INTEGRITY_ALGORITHM, integrity_algorithm_names,
					  details->integ_alg, sizeof(details->integ_alg));
	}
	add_ts(child_sa, TRUE, details->local_ts, sizeof(details->local_ts));
	add_ts(child_sa, FALSE, details->remote_ts, sizeof(details->remote_ts));
	snprintf(details->local, sizeof(details->local), "%H",
			 ike_sa->get_my_host(ike_sa));
}

/*
 * Described in header
 */
void extsock_event_add_failed_child(segw_ike_event_t *event, ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	child_create_t *create;
	child_sa_t *child_sa;
	task_t *task;

	if (ike_sa->get_version(ike_sa) != IKEV2)
	{
		return;
	}
	enumerator = ike_sa->create_task_enumerator(ike_sa, TASK_QUEUE_ACTIVE);
	while (enumerator->enumerate(enumerator, &task))
	{
		if (task->get_type(task) == TASK_CHILD_CREATE)
		{
			create = (child_create_t*)task;
			child_sa = create->get_child(create);
			if (child_sa)
			{
				copy_name(event->child, child_sa->get_name(child_sa));
			}
			break;
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
bool extsock_event_is_asked(ike_sa_t *ike_sa)
{
	return has_any_task(ike_sa, TASK_QUEUE_ACTIVE);
}

/*
 * Described in header
 */
bool extsock_event_is_asked_for_child(ike_sa_t *ike_sa)
{
	return has_task(ike_sa, TASK_QUEUE_ACTIVE, TASK_CHILD_CREATE) ||
		   has_task(ike_sa, TASK_QUEUE_QUEUED, TASK_CHILD_CREATE);
}
