/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_ike_sa extsock_ike_sa
 * @{ @ingroup extsock
 *
 * What it takes to dial, and to use an IKE_SA that is up: its children, signs of
 * life of its peer, its end.
 */

#ifndef EXTSOCK_IKE_SA_H_
#define EXTSOCK_IKE_SA_H_

#include "connection.h"
#include "registry.h"

#include <segw.h>

/**
 * Clone an IKE config, with a single remote address.
 *
 * Charon only ever dials the first address of a list that resolves. Setting
 * such a clone on an IKE_SA sends it to another SEGW but leaves its peer
 * config, hence its name, as it is. Takes no lock, resolves no name. Of the
 * proposals those are left out that charon can't use, if it can use any.
 *
 * Nor does it try more than the first of several local addresses.
 *
 * @param ike_cfg		config to clone
 * @param address		address or name of the SEGW to dial
 * @param local			local address to use if the config lists it; NULL, or one
 *						it does not list, to leave what it has
 * @return				new config
 */
ike_cfg_t *extsock_ike_cfg_at(ike_cfg_t *ike_cfg, const char *address,
							  host_t *local);

/**
 * Check if charon can use any of the proposals of a config. A SEGW that is
 * dialled with others is left with half an IKE_SA each time.
 *
 * @param ike_cfg		config
 * @return				TRUE if it can
 */
bool extsock_ike_cfg_is_usable(ike_cfg_t *ike_cfg);

/**
 * Create an IKE_SA to dial an address with, checked out; nothing is sent.
 *
 * @param peer_cfg		connection
 * @param host			address to dial
 * @return				IKE_SA, NULL if it could not be created
 */
ike_sa_t *extsock_ike_sa_create(peer_cfg_t *peer_cfg, host_t *host);

/**
 * Initiate an IKE_SA with those of its connection's children that it lacks.
 *
 * @param ike_sa		checked out IKE_SA, with its peer config
 * @param wants			callback that says which are wanted
 * @param user			user data to pass to callback
 * @return				SUCCESS, or DESTROY_ME
 */
status_t extsock_ike_sa_initiate(ike_sa_t *ike_sa,
								 extsock_wants_child_cb_t wants, void *user);

/**
 * Initiate those of its connection's children that an established IKE_SA lacks.
 *
 * @param ike_sa		checked out IKE_SA
 * @param wants			callback that says which are wanted
 * @param user			user data to pass to callback
 * @return				DESTROY_ME if that ended it
 */
status_t extsock_ike_sa_complete(ike_sa_t *ike_sa,
								 extsock_wants_child_cb_t wants, void *user);

/**
 * Terminate an IKE_SA, without waiting for the peer.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME, as it has to be destroyed
 */
status_t extsock_ike_sa_terminate(ike_sa_t *ike_sa);

/**
 * Ask the peer for a sign of life now: with a DPD exchange if the IKE_SA is
 * established and nothing waits for its answer, else by sending that again.
 *
 * @param registry		knows what waits for its answer
 * @param ike_sa		checked out IKE_SA
 * @param again			TRUE to begin no exchange, IKEv2 only
 * @return				DESTROY_ME if that ended it
 */
status_t extsock_ike_sa_probe(extsock_registry_t *registry, ike_sa_t *ike_sa,
							  bool again);

/**
 * Set up the CHILD_SAs of an IKE_SA anew: rekey those that are installed.
 *
 * @param ike_sa		checked out IKE_SA
 * @return				DESTROY_ME if it is to be destroyed
 */
status_t extsock_ike_sa_rekey_children(ike_sa_t *ike_sa);

/**
 * Count the packets that went through the CHILD_SAs of an IKE_SA, and see if any
 * could go out. Waits for the IKE_SA if it is checked out, may ask the kernel: not
 * for bus hooks.
 *
 * To look up the route costs more than all the rest: only for a peer that owes an
 * answer. Changes of addresses and routes are told by charon's kernel interface
 * besides.
 *
 * @param registry		finds the IKE_SA
 * @param unique_id		unique ID of the IKE_SA
 * @param received		receives the number of packets that came in
 * @param sent			receives the number of packets that went out
 * @param look_up		TRUE to look up the route
 * @param route			receives FALSE if there is known to be no route to the
 *						peer
 * @return				FALSE if there is no such IKE_SA
 */
bool extsock_ike_sa_measure(extsock_registry_t *registry, uint32_t unique_id,
							uint64_t *received, uint64_t *sent, bool look_up,
							bool *route);

/**
 * Collect the traffic of the CHILD_SAs of all IKE_SAs with a name. IKE_SAs that are
 * checked out are left out instead of waited for. May ask the kernel: not for bus
 * hooks.
 *
 * @param name			name of the connection, NULL for all
 * @param traffic		receives the traffic, allocated
 * @return				number of CHILD_SAs
 */
u_int extsock_ike_sa_traffic(const char *name, segw_traffic_t **traffic);

/**
 * Have an IKE_SA use the address that this host sends to its peer from now. One
 * that is being set up, if the address it is dialled from is none of ours. An
 * established one: after a preferred link has come back charon keeps the one of the
 * other link, which the preferred one's provider may drop. By MOBIKE, or with a
 * new IKE_SA to the same peer if that does not support it. What still waits for
 * its answer is sent again from there first.
 *
 * @param registry		knows what waits for its answer
 * @param ike_sa		checked out IKE_SA
 * @param again			receives TRUE if an answer has to come first
 * @return				DESTROY_ME if that ended it
 */
status_t extsock_ike_sa_follow_route(extsock_registry_t *registry,
									 ike_sa_t *ike_sa, bool *again);

#endif /** EXTSOCK_IKE_SA_H_ @}*/
