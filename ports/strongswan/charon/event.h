/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_event extsock_event
 * @{ @ingroup extsock
 *
 * Translation of charon's objects to libsegw's plain data.
 *
 * All functions only read, they are safe in a bus hook. Of an IKE_SA that is in
 * IKE_CREATED they read but what its constructor sets first: it may be half made.
 */

#ifndef EXTSOCK_EVENT_H_
#define EXTSOCK_EVENT_H_

#include <daemon.h>

#include <segw.h>

/**
 * Check if we initiated an IKE_SA.
 *
 * COND_ORIGINAL_INITIATOR is not set yet when an IKE_SA is given up because
 * the name of the peer can not be resolved, hence the look at the SPI's owner.
 *
 * @param ike_sa		IKE_SA to check
 * @return				TRUE if we initiated it, or will
 */
bool extsock_event_is_initiator(ike_sa_t *ike_sa);

/**
 * Start an event about an IKE_SA, with its identifiers and lasting facts.
 *
 * @param event			event to set
 * @param kind			SEGW_IKE_*
 * @param ike_sa		IKE_SA the event is about
 */
void extsock_event_init(segw_ike_event_t *event, uint32_t kind,
						ike_sa_t *ike_sa);

/**
 * Start an event about what has become of an action.
 *
 * @param event			event to set
 * @param kind			SEGW_IKE_*
 * @param action		action carried out
 */
void extsock_event_init_action(segw_ike_event_t *event, uint32_t kind,
							   const segw_action_t *action);

/**
 * Add the state an IKE_SA enters, where it comes from and who wants it gone.
 *
 * Who wants it gone is in its tasks, at which nobody may look in IKE_CREATED.
 *
 * @param event			event to complete
 * @param ike_sa		IKE_SA, still in its previous state
 * @param state			state it enters
 */
void extsock_event_add_state(segw_ike_event_t *event, ike_sa_t *ike_sa,
							 ike_sa_state_t state);

/**
 * Map an alert of charon's.
 *
 * @param alert			alert raised
 * @return				SEGW_ALERT_*, SEGW_ALERT_NONE if of no interest
 */
uint32_t extsock_event_map_alert(alert_t alert);

/**
 * Check if charon gave up to set up an IKE_SA that ends, without a word.
 *
 * @param ike_sa		IKE_SA about to enter IKE_DESTROYING
 * @return				TRUE if it did
 */
bool extsock_event_is_given_up(ike_sa_t *ike_sa);

/**
 * Check if an IKE_SA that ends could not be set up because this charon lacks an
 * algorithm.
 *
 * @param ike_sa		IKE_SA about to enter IKE_DESTROYING
 * @return				TRUE if so
 */
bool extsock_event_is_lacking(ike_sa_t *ike_sa);

/**
 * Add the details of a CHILD_SA.
 *
 * @param event			event to complete
 * @param ike_sa		IKE_SA of the CHILD_SA
 * @param child_sa		CHILD_SA
 */
void extsock_event_add_child(segw_ike_event_t *event, ike_sa_t *ike_sa,
							 child_sa_t *child_sa);

/**
 * Add the CHILD_SA that could not be set up, to an alert that says so.
 *
 * @param event			event to complete
 * @param ike_sa		IKE_SA the alert is raised for
 */
void extsock_event_add_failed_child(segw_ike_event_t *event, ike_sa_t *ike_sa);

/**
 * Check if the peer has been asked something and has not answered yet.
 *
 * @param ike_sa		IKE_SA to check
 * @return				TRUE if an exchange of ours is under way
 */
bool extsock_event_is_asked(ike_sa_t *ike_sa);

/**
 * Check if a CHILD_SA is being set up, or is going to be.
 *
 * @param ike_sa		IKE_SA to check
 * @return				TRUE if it is
 */
bool extsock_event_is_asked_for_child(ike_sa_t *ike_sa);

#endif /** EXTSOCK_EVENT_H_ @}*/
