/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "adopted.h"
#include "compat.h"
#include "connection.h"
#include "lack.h"
#include "route.h"
#include "log_group.h"
#include "options.h"

/**
 * Bytes of a reason for a refusal, and of a list of SEGWs
 */
#define MESSAGE_CAP 512

typedef struct private_extsock_adopted_t private_extsock_adopted_t;

/**
 * Private data of an extsock_adopted_t object
 */
struct private_extsock_adopted_t {

	/**
	 * Public interface
	 */
	extsock_adopted_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Name of the connection
	 */
	char *name;

	/**
	 * TRUE if the configuration wants it to be adopted
	 */
	bool wanted;

	/**
	 * TRUE if policy is set: all options were accepted, once at least
	 */
	bool has_policy;

	/**
	 * How it fails over
	 */
	segw_policy_t policy;

	/**
	 * What is wrong with its options, NULL if nothing is
	 */
	char *mistake;

	/**
	 * TRUE if libsegw guards it
	 */
	bool adopted;

	/**
	 * What was said last about it not being guarded as it is loaded, or in
	 * part; NULL if there is nothing to say
	 */
	char *said;

	/**
	 * Its config as it was last looked at for what charon lacks, NULL if none
	 */
	peer_cfg_t *looked_at;

	/**
	 * What charon lacks for it, empty if nothing
	 */
	char lack[EXTSOCK_LACK_CAP];

	/**
	 * What becomes of the connection for that
	 */
	const char *outcome;
};

METHOD(extsock_adopted_t, get_name, char*,
	private_extsock_adopted_t *this)
{
	return this->name;
}

METHOD(extsock_adopted_t, configure, void,
	private_extsock_adopted_t *this, extsock_policies_t *policies)
{
	const char *mistake = policies->get_mistake(policies, this->name);

	free(this->mistake);
	this->mistake = mistake ? strdup(mistake) : NULL;
	this->wanted = policies->wants(policies, this->name);
	if (!this->wanted)
	{
		return;
	}
	if (policies->get(policies, this->name, this->has_policy, &this->policy))
	{
		this->has_policy = TRUE;
		return;
	}
	DBG1(DBG_EXTSOCK, "connection '%s' %s", this->name, this->has_policy ?
		 "keeps its former policy" : "is not adopted");
}

/**
 * Have the connection guarded no longer.
 *
 * @param this			connection
 * @param reason		why
 */
static void release(private_extsock_adopted_t *this, const char *reason)
{
	if (this->adopted)
	{
		this->adopted = FALSE;
		/* unknown if a client has applied one of this name meanwhile */
		if (this->failover->release(this->failover, this->name) == SEGW_OK)
		{
			DBG1(DBG_EXTSOCK, "released connection '%s': %s", this->name, reason);
		}
	}
}

/**
 * Say, once, what of the connection is not guarded and why.
 *
 * @param this			connection
 * @param what			what has become of it
 * @param reason		reason, empty if there is nothing to say
 */
static void say(private_extsock_adopted_t *this, const char *what,
				const char *reason)
{
	char text[MESSAGE_CAP + 64];

	if (*reason && (!this->said || !streq(this->said, reason)))
	{
		DBG1(DBG_EXTSOCK, "connection '%s' %s: %s", this->name, what, reason);
		snprintf(text, sizeof(text), "%s: %s", what, reason);
		this->failover->not_guarded(this->failover, this->name, text);
	}
	else if (!*reason && this->said)
	{
		this->failover->not_guarded(this->failover, this->name, NULL);
	}
	free(this->said);
	this->said = *reason ? strdup(reason) : NULL;
}

/**
 * Say, once, why the connection is not guarded as it is loaded now.
 *
 * @param this			connection
 * @param reason		reason
 */
static void say_refused(private_extsock_adopted_t *this, const char *reason)
{
	say(this, this->adopted ? "stays as it was adopted" : "is not adopted",
		reason);
}

/**
 * Log which SEGWs of the connection are guarded.
 *
 * @param this			connection
 */
static void log_segws(private_extsock_adopted_t *this)
{
	char list[MESSAGE_CAP] = "", address[SEGW_ADDR_CAP];
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < SEGW_SEGW_CAP && len < sizeof(list) &&
				this->failover->get_segw(this->failover, this->name, i, address,
										 sizeof(address)); i++)
	{
		len += snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
						address);
	}
	DBG1(DBG_EXTSOCK, "%s connection '%s' with SEGWs %s", this->adopted ?
		 "updated" : "adopted", this->name, list);
}

/**
 * Look at proposals for what charon lacks.
 *
 * @param this			connection
 * @param proposals		proposal_t, adopted
 * @param all			what becomes of the connection if it can use none
 * @param some			what may become of it if it can't use all
 */
static void look_at_proposals(private_extsock_adopted_t *this,
							  linked_list_t *proposals, const char *all,
							  const char *some)
{
	char lack[EXTSOCK_LACK_CAP], first[EXTSOCK_LACK_CAP] = "";
	proposal_t *proposal;
	bool usable = FALSE;

	while (proposals->remove_first(proposals, (void**)&proposal) == SUCCESS)
	{
		proposal = extsock_lack_strip(proposal, TRUE, lack);
		usable |= proposal != NULL;
		DESTROY_IF(proposal);
		if (!*first)
		{
			strcpy(first, lack);
		}
	}
	proposals->destroy(proposals);
	if (*first && !*this->lack)
	{
		strcpy(this->lack, first);
		this->outcome = usable ? some : all;
	}
}

/**
 * Look for what charon lacks for the connection.
 *
 * @param this			connection
 * @param peer_cfg		its config
 */
static void look_for_lacks(private_extsock_adopted_t *this,
						   peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	ike_cfg_t *ike_cfg;

	if (this->looked_at == peer_cfg)
	{
		return;
	}
	DESTROY_IF(this->looked_at);
	this->looked_at = peer_cfg->get_ref(peer_cfg);
	this->lack[0] = '\0';

	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	look_at_proposals(this, extsock_get_proposals(ike_cfg), "can not come up",
					  "is used in part");
	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{	/* the first CHILD_SA makes use of no group, its rekeying does */
		look_at_proposals(this, extsock_get_child_proposals(child_cfg),
						  "can not rekey a CHILD_SA",
						  "may not rekey a CHILD_SA");
	}
	enumerator->destroy(enumerator);
}

/**
 * Look for local addresses that charon takes for names nobody has, which is
 * nothing that it tells.
 *
 * @param peer_cfg		config of the connection
 * @param message		buffer of MESSAGE_CAP bytes, receives what is wrong;
 *						empty if nothing is
 */
static void look_at_local(peer_cfg_t *peer_cfg, char *message)
{
	ike_cfg_t *ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	char *addrs = ike_cfg->get_my_addr(ike_cfg), *addr;
	enumerator_t *enumerator;

	segw_local_addresses(addrs, message, MESSAGE_CAP);
	enumerator = enumerator_create_token(addrs, ",", " ");
	while (!*message && enumerator->enumerate(enumerator, &addr))
	{
		if (extsock_route_is_interface(addr))
		{
			snprintf(message, MESSAGE_CAP, "%s: this is an interface; write an "
					 "address of it, or leave local_addrs out", addr);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Say, once, what of a guarded connection is not as it is loaded.
 *
 * @param this			connection
 * @param peer_cfg		its config
 * @param message		which SEGWs are not guarded, empty if all are
 */
static void say_guarded(private_extsock_adopted_t *this, peer_cfg_t *peer_cfg,
						const char *message)
{
	char local[MESSAGE_CAP] = "";

	look_for_lacks(this, peer_cfg);
	look_at_local(peer_cfg, local);
	if (*this->lack)
	{
		say(this, this->outcome, this->lack);
	}
	else if (*local)
	{
		say(this, "is dialled as without what is wrong in local_addrs", local);
	}
	else
	{
		say(this, "is guarded in part", message);
	}
}

METHOD(extsock_adopted_t, adopt, segw_status_t,
	private_extsock_adopted_t *this, peer_cfg_t *peer_cfg)
{
	const char *ikev1 = EXTSOCK_OPTIONS_IKEV1;
	char message[MESSAGE_CAP] = "";
	ike_cfg_t *ike_cfg;
	segw_status_t status;

	if (!this->wanted)
	{
		release(this, "adopt is not yes for it");
		say_refused(this, "");
		return SEGW_ERR_REFUSED;
	}
	if (!this->has_policy)
	{
		say_refused(this, this->mistake ?: "one of its options is refused");
		return SEGW_ERR_REFUSED;
	}
	if (peer_cfg->get_ike_version(peer_cfg) == IKEV1)
	{
		release(this, ikev1);
		say_refused(this, ikev1);
		return SEGW_ERR_REFUSED;
	}
	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	status = this->failover->adopt(this->failover, this->name,
								   ike_cfg->get_other_addr(ike_cfg),
								   extsock_children_count(peer_cfg),
								   &this->policy, message, sizeof(message));
	switch (status)
	{
		case SEGW_OK:
			log_segws(this);
			this->adopted = TRUE;
			say_guarded(this, peer_cfg, message);
			break;
		case SEGW_AGAIN:
			this->adopted = TRUE;
			say_guarded(this, peer_cfg, message);
			break;
		case SEGW_ERR_ARGUMENT:
			release(this, message);
			/* fall-through */
		default:
			say_refused(this, *message ? message : segw_strerror(status));
			break;
	}
	return status;
}

METHOD(extsock_adopted_t, forget, void,
	private_extsock_adopted_t *this)
{
	release(this, this->wanted ? "it is not loaded any more"
							   : "adopt is not yes for it");
	say_refused(this, "");
}

METHOD(extsock_adopted_t, destroy, void,
	private_extsock_adopted_t *this)
{
	DESTROY_IF(this->looked_at);
	free(this->said);
	free(this->mistake);
	free(this->name);
	free(this);
}

/*
 * Described in header
 */
extsock_adopted_t *extsock_adopted_create(const char *name,
										  extsock_failover_manager_t *failover)
{
	private_extsock_adopted_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.configure = _configure,
			.adopt = _adopt,
			.forget = _forget,
			.destroy = _destroy,
		},
		.failover = failover,
		.name = strdup(name),
	);
	return &this->public;
}
