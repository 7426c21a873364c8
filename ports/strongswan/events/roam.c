/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "roam.h"
#include "compat.h"

typedef struct private_extsock_roam_t private_extsock_roam_t;

/**
 * Private data of an extsock_roam_t object
 */
struct private_extsock_roam_t {

	/**
	 * Public interface
	 */
	extsock_roam_t public;

	/**
	 * Failover manager to tell
	 */
	extsock_failover_manager_t *failover;
};

/* In a job of the kernel plugin, some 100 ms after the first of a row of
 * changes. The kernel interface holds its mutex, so as in a bus hook: translate
 * and return. */
METHOD(kernel_listener_t, roam, bool,
	private_extsock_roam_t *this, bool address)
{
	segw_ike_event_t event = {
		.kind = SEGW_IKE_ROAM,
	};

	this->failover->ike_event(this->failover, &event);
	return TRUE;
}

METHOD(extsock_roam_t, destroy, void,
	private_extsock_roam_t *this)
{
	charon->kernel->remove_listener(charon->kernel, &this->public.listener);
	free(this);
}

/*
 * Described in header
 */
extsock_roam_t *extsock_roam_create(extsock_failover_manager_t *failover)
{
	private_extsock_roam_t *this;

	INIT(this,
		.public = {
			.listener = {
				.roam = _roam,
			},
			.destroy = _destroy,
		},
		.failover = failover,
	);
	charon->kernel->add_listener(charon->kernel, &this->public.listener);
	return &this->public;
}
