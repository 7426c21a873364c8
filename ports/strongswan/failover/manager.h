/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_failover_manager extsock_failover_manager
 * @{ @ingroup extsock
 *
 * Failover manager: where charon's world and libsegw meet.
 */

#ifndef EXTSOCK_FAILOVER_MANAGER_H_
#define EXTSOCK_FAILOVER_MANAGER_H_

typedef struct extsock_failover_manager_t extsock_failover_manager_t;

#include "backend.h"
#include "dialer.h"

#include <sa/ike_sa.h>

#include <segw.h>

/**
 * Tells clients of an event.
 *
 * @param user			user data
 * @param text			event, a line as libsegw has it
 * @param len			length of text
 * @param subject		what it is about, for segw_filter_wants()
 */
typedef void (*extsock_publish_cb_t)(void *user, const char *text, size_t len,
									 const segw_subject_t *subject);

/**
 * Owner of the decision core, libsegw: feeds it, and has carried out and
 * published what it decides.
 *
 * All methods but destroy() may be called from any thread. The ones a bus hook
 * may call are marked; those wait for nothing but short leaf mutexes, and of
 * charon's they call only what queues a job.
 */
struct extsock_failover_manager_t {

	/**
	 * Move a connection to the second SEGW of its list.
	 *
	 * For code embedding the plugin's objects; clients use the SWITCH request,
	 * which comes to the same. Not for bus hooks.
	 *
	 * @param connection_name	name of the connection
	 * @return				SEGW_OK, SEGW_ERR_REFUSED if the connection is
	 *						unknown or has no such SEGW, SEGW_ERR_ARGUMENT if
	 *						this can not be a name
	 */
	segw_status_t (*switch_to_secondary)(extsock_failover_manager_t *this,
										 const char *connection_name);

	/**
	 * Move a connection to the first SEGW of its list.
	 *
	 * As switch_to_secondary().
	 *
	 * @param connection_name	name of the connection
	 * @return				as switch_to_secondary()
	 */
	segw_status_t (*switch_to_primary)(extsock_failover_manager_t *this,
									   const char *connection_name);

	/**
	 * Terminate a connection, which stays down until it is initiated again;
	 * clients use the TERMINATE request, which comes to the same. Not for bus
	 * hooks.
	 *
	 * @param connection_name	name of the connection
	 * @return				SEGW_OK, SEGW_ERR_REFUSED if the connection is
	 *						unknown, SEGW_ERR_ARGUMENT if this can not be a name
	 */
	segw_status_t (*terminate)(extsock_failover_manager_t *this,
							   const char *connection_name);

	/**
	 * Report an IKE_SA that enters IKE_DESTROYING.
	 *
	 * The single point that triggers a failover. Whether it does is decided by
	 * libsegw, as most ends of an IKE_SA are no failure. Made for a bus hook.
	 *
	 * @param ike_sa		IKE_SA, still in its previous state
	 */
	void (*handle_connection_failure)(extsock_failover_manager_t *this,
									  ike_sa_t *ike_sa);

	/**
	 * Report anything else about an IKE_SA. Made for a bus hook.
	 *
	 * @param event			event, all memory not used zeroed
	 * @return				libsegw's answer
	 */
	segw_status_t (*ike_event)(extsock_failover_manager_t *this,
							   const segw_ike_event_t *event);

	/**
	 * Check if charon is about to end: nothing is to be begun any more. Made
	 * for a bus hook.
	 *
	 * @return				TRUE once SEGW_IKE_SHUTDOWN was reported
	 */
	bool (*is_stopped)(extsock_failover_manager_t *this);

	/**
	 * Check if a dial is still to be made. Made for a bus hook.
	 *
	 * @param action		SEGW_ACTION_INITIATE
	 * @return				FALSE if another action has overtaken it
	 */
	bool (*wants)(extsock_failover_manager_t *this,
				  const segw_action_t *action);

	/**
	 * Check if a dial is to set up a child. Made for a bus hook.
	 *
	 * @param connection	name of the connection
	 * @param child			name of the child
	 * @param configured	TRUE if the configuration wants it, which counts as
	 *						long as nothing has become of it
	 * @return				TRUE if it is
	 */
	bool (*wants_child)(extsock_failover_manager_t *this,
						const char *connection, const char *child,
						bool configured);

	/**
	 * Get a SEGW of a connection. Made for a bus hook.
	 *
	 * @param connection	name of the connection
	 * @param index			place of the SEGW in the connection's list
	 * @param address		receives the address or name
	 * @param cap			size of address
	 * @return				FALSE if there is none
	 */
	bool (*get_segw)(extsock_failover_manager_t *this, const char *connection,
					 uint32_t index, char *address, size_t cap);

	/**
	 * Get the SEGW an IKE_SA belongs to. Made for a bus hook.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param address		receives the address
	 * @param cap			size of address
	 * @return				FALSE if it is not one of ours
	 */
	bool (*get_address)(extsock_failover_manager_t *this, uint32_t unique_id,
						char *address, size_t cap);

	/**
	 * Check if libsegw follows an IKE_SA. Made for a bus hook.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				TRUE if it does
	 */
	bool (*follows)(extsock_failover_manager_t *this, uint32_t unique_id);

	/**
	 * Get the peer config of a SEGW as it is loaded now. Made for a bus hook.
	 *
	 * @param name			name of the connection
	 * @param address		address or name of the SEGW, as get_address() has it
	 * @return				reference of the peer config; NULL if the connection
	 *						is not loaded by us, or has no such SEGW
	 */
	peer_cfg_t *(*get_peer_cfg)(extsock_failover_manager_t *this, char *name,
								const char *address);

	/**
	 * Carry out a request of a client. Not for bus hooks.
	 *
	 * @param request		the request
	 * @param staged		extsock_connection_t to commit if the request is
	 *						accepted or to discard if not, adopted; NULL if none
	 * @param reply			buffer of SEGW_REPLY_CAP bytes
	 * @param reply_len		receives the length of the reply
	 * @return				SEGW_OK, or why the request is refused
	 */
	segw_status_t (*command)(extsock_failover_manager_t *this, chunk_t request,
							 linked_list_t *staged, char *reply,
							 size_t *reply_len);

	/**
	 * Guard a connection that somebody else loaded, or take over what has
	 * changed in it. Not for bus hooks.
	 *
	 * @param name			name of the connection
	 * @param addresses		addresses of its SEGWs, separated by commas
	 * @param children		number of CHILD_SAs a dial initiates
	 * @param policy		how it fails over
	 * @param message		receives the reason with SEGW_ERR_REFUSED
	 * @param cap			size of message
	 * @return				SEGW_OK if its IKE_SAs are to be reported,
	 *						SEGW_AGAIN if nothing is new, or why it is not
	 *						guarded; one guarded before still is
	 */
	segw_status_t (*adopt)(extsock_failover_manager_t *this, const char *name,
						   const char *addresses, uint32_t children,
						   const segw_policy_t *policy, char *message,
						   size_t cap);

	/**
	 * Guard an adopted connection no longer, its IKE_SAs are left alone. Not
	 * for bus hooks.
	 *
	 * @param name			name of the connection
	 * @return				SEGW_OK, SEGW_ERR_UNKNOWN if none is adopted
	 */
	segw_status_t (*release)(extsock_failover_manager_t *this,
							 const char *name);

	/**
	 * Have STATUS and an event say why a connection is not guarded, or can be
	 * used in part only. Not for bus hooks.
	 *
	 * @param name			name of the connection
	 * @param reason		what has become of it and why, NULL if this is over
	 */
	void (*not_guarded)(extsock_failover_manager_t *this, const char *name,
						const char *reason);

	/**
	 * Have STATUS tell of an option of strongswan.conf that is wrong. Not for
	 * bus hooks.
	 *
	 * @param option		path of the option, NULL to forget all
	 * @param reason		what is wrong, with the path; NULL if nothing is any
	 *						more
	 */
	void (*policy_error)(extsock_failover_manager_t *this, const char *option,
						 const char *reason);

	/**
	 * Get a copy of what libsegw was last told, for segw-replay.
	 *
	 * @param data			receives it, allocated
	 * @param serial		receives its number, see extsock_recorder_t.get
	 * @return				NULL, or why there is none
	 */
	char* (*get_record)(extsock_failover_manager_t *this, chunk_t *data,
						uint32_t *serial);

	/**
	 * Destroy the manager; no thread may run jobs or hooks any more.
	 */
	void (*destroy)(extsock_failover_manager_t *this);
};

/**
 * Create the failover manager.
 *
 * @param backend		strongSwan adapter
 * @param registry		finds IKE_SAs
 * @param dialer		dials
 * @param publish		callback to publish events
 * @param user			user data to pass to callback
 * @return				failover manager, NULL if libsegw does not fit
 */
extsock_failover_manager_t *extsock_failover_manager_create(
						extsock_backend_t *backend, extsock_registry_t *registry,
						extsock_dialer_t *dialer, extsock_publish_cb_t publish,
						void *user);

#endif /** EXTSOCK_FAILOVER_MANAGER_H_ @}*/
