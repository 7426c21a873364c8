/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "adopted.h"
#include "children.h"
#include "compat.h"
#include "policy.h"

/**
 * Bytes of a reason for a refusal
 */
#define MESSAGE_CAP 160

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
	 * TRUE if libsegw guards it
	 */
	bool adopted;

	/**
	 * Libsegw's last answer
	 */
	segw_status_t status;
};

METHOD(extsock_adopted_t, get_name, char*,
	private_extsock_adopted_t *this)
{
	return this->name;
}

METHOD(extsock_adopted_t, configure, void,
	private_extsock_adopted_t *this, const segw_policy_t *global)
{
	segw_policy_t policy;

	this->status = SEGW_OK;
	this->wanted = extsock_policy_adopts(this->name);
	if (!this->wanted)
	{
		return;
	}
	if (global)
	{
		policy = *global;
		if (extsock_policy_read_own(&policy, this->name))
		{
			this->policy = policy;
			this->has_policy = TRUE;
			return;
		}
	}
	DBG1(DBG_CFG, "connection '%s' %s", this->name, this->has_policy ?
		 "keeps its former policy" : "is not adopted");
}

METHOD(extsock_adopted_t, release, void,
	private_extsock_adopted_t *this)
{
	if (this->adopted)
	{
		this->adopted = FALSE;
		/* unknown if a client has applied one of this name meanwhile */
		if (this->failover->release(this->failover, this->name) == SEGW_OK)
		{
			DBG1(DBG_CFG, "released connection '%s'", this->name);
		}
	}
}

METHOD(extsock_adopted_t, adopt, segw_status_t,
	private_extsock_adopted_t *this, peer_cfg_t *peer_cfg)
{
	char message[MESSAGE_CAP] = "", *addresses;
	segw_status_t status, former;
	ike_cfg_t *ike_cfg;

	if (!this->wanted)
	{
		release(this);
	}
	if (!this->wanted || !this->has_policy)
	{
		return SEGW_ERR_REFUSED;
	}
	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	addresses = ike_cfg->get_other_addr(ike_cfg);
	status = this->failover->adopt(this->failover, this->name, addresses,
								   extsock_children_count(peer_cfg),
								   &this->policy, message, sizeof(message));
	former = this->status;
	this->status = status;
	switch (status)
	{
		case SEGW_OK:
			DBG1(DBG_CFG, "%s connection '%s' with SEGWs %s", this->adopted ?
				 "updated" : "adopted", this->name, addresses);
			/* fall-through */
		case SEGW_AGAIN:
			this->adopted = TRUE;
			return status;
		case SEGW_ERR_ARGUMENT:
			release(this);
			snprintf(message, sizeof(message), "fewer than two addresses that "
					 "can be dialled, or a name that requests can't say");
			break;
		default:
			break;
	}
	if (status != former)
	{
		DBG1(DBG_CFG, "connection '%s' %s: %s", this->name, this->adopted ?
			 "stays as it was adopted" : "is not adopted",
			 *message ? message : segw_strerror(status));
	}
	return status;
}

METHOD(extsock_adopted_t, destroy, void,
	private_extsock_adopted_t *this)
{
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
			.release = _release,
			.destroy = _destroy,
		},
		.failover = failover,
		.name = strdup(name),
	);
	return &this->public;
}
