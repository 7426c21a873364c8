/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_registry extsock_registry
 * @{ @ingroup extsock
 *
 * The IKE_SAs of charon by their unique IDs.
 */

#ifndef EXTSOCK_REGISTRY_H_
#define EXTSOCK_REGISTRY_H_

typedef struct extsock_registry_t extsock_registry_t;

#include <collections/array.h>
#include <daemon.h>

/**
 * Finds an IKE_SA without waiting for any other.
 *
 * Charon's ike_sa_manager_t.checkout_by_id(), its waiting enumerator and the
 * controller's terminate_ike() wait for each IKE_SA that some thread has checked
 * out before they look whether it is the one: a name that is being resolved, a
 * CRL that is being fetched, a slow updown script of anybody's holds them up. So
 * this notes the ike_sa_id_t of each IKE_SA that the bus tells of.
 *
 * All methods but destroy() may be called by any thread; checkout() and use()
 * not in a bus hook.
 */
struct extsock_registry_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	/**
	 * Check out an IKE_SA; waits as long as another thread has that one.
	 *
	 * An IKE_SA that charon dials in place of another is not there yet when the
	 * bus tells of it, so it may be found a moment later.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				IKE_SA, to be checked in; NULL if there is none
	 */
	ike_sa_t *(*checkout)(extsock_registry_t *this, uint32_t unique_id);

	/**
	 * Do something with an IKE_SA; waits as checkout() does.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param act			what to do with it checked out, returns DESTROY_ME
	 *						to have it destroyed
	 * @param user			user data to pass to act
	 * @return				FALSE if there is none
	 */
	bool (*use)(extsock_registry_t *this, uint32_t unique_id,
				status_t (*act)(void *user, ike_sa_t *ike_sa), void *user);

	/**
	 * Note an IKE_SA that the bus has not told of yet, nor will soon if it waits
	 * to be dialled once more (charon.retry_initiate_interval).
	 *
	 * @param ike_sa		IKE_SA that no other thread has checked out
	 */
	void (*note)(extsock_registry_t *this, ike_sa_t *ike_sa);

	/**
	 * Get the time that the last answer to an IKE_SA took, once. Made for the
	 * message hook, after this object's own.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				time in milliseconds, 0 if there was none, or it may be
	 *						the answer to either of two packets
	 */
	u_int (*get_took)(extsock_registry_t *this, uint32_t unique_id);

	/**
	 * Check if an IKE_SA is being deleted. Waits for nobody.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				TRUE if it is
	 */
	bool (*is_deleting)(extsock_registry_t *this, uint32_t unique_id);

	/**
	 * Note how many packets went through an IKE_SA, and see if they only go out
	 * though its peer has answered meanwhile.
	 *
	 * @param ike_sa		checked out IKE_SA
	 * @param received		number of packets that came in through it
	 * @param sent			number of packets that went out
	 * @return				TRUE if so, once until some come in again
	 */
	bool (*stays_silent)(extsock_registry_t *this, ike_sa_t *ike_sa,
						 uint64_t received, uint64_t sent);

	/**
	 * Send the request of an established IKE_SA again that waits for its answer,
	 * unless it was sent just now. Charon's own retransmission is neither changed
	 * nor counted. IKEv2 only.
	 *
	 * @param ike_sa		checked out IKE_SA
	 * @param src			address to send it from, NULL for the one it was sent
	 *						from before
	 * @return				TRUE if it was sent again
	 */
	bool (*ask_again)(extsock_registry_t *this, ike_sa_t *ike_sa, host_t *src);

	/**
	 * Create an enumerator over all IKE_SAs noted, also those that some thread
	 * has checked out. No lock is held meanwhile.
	 *
	 * @return				enumerator over uint32_t unique_id, char *name of
	 *						the connection
	 */
	enumerator_t *(*create_enumerator)(extsock_registry_t *this);

	/**
	 * Unregister from the bus and destroy the registry.
	 */
	void (*destroy)(extsock_registry_t *this);
};

/**
 * Get what a message is sent in.
 *
 * @param message		message just generated
 * @return				array of packet_t, cloned
 */
array_t *extsock_registry_get_packets(message_t *message);

/**
 * Create the registry and register it with the bus.
 *
 * Before any other listener of ours, so that what they hear of is noted.
 *
 * @return				registry
 */
extsock_registry_t *extsock_registry_create();

#endif /** EXTSOCK_REGISTRY_H_ @}*/
