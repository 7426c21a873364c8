#ifndef SEGW_H
#define SEGW_H

/*
 * libsegw: automatic failover between IPsec security gateways (SEGWs), the decision core.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * How it is used: allocate one segw_ctx_t and segw_init() it. Three kinds of input are calls: a client's request
 * (segw_command), something that happened in the IKE daemon (segw_ike_event), the time (segw_timeout). After each of them
 * drain what is to be done (segw_next_action) and what clients are told (segw_next_event), each until it returns SEGW_AGAIN,
 * and set your timer to segw_poll_at(). The library does no I/O, reads no clock, starts no thread, allocates nothing
 * and calls nobody but the log sink. examples/failover.c is a whole program.
 *
 * What to tell for what happens, as segw_ike_event_t.kind and the members that it reads. An IKE_SA that you initiated has
 * SEGW_FACT_INITIATOR in `facts` always.
 *
 *   dialled, by an action         SEGW_IKE_DIALLING with the action's serial, before the first packet; dial only if it answers
 *                                 SEGW_OK. Where there is no way to dial: SEGW_IKE_NOT_DIALLED, why in `alert`
 *   dialled, by the daemon        SEGW_IKE_STATE with SEGW_STATE_CONNECTING, the SEGW's address in `remote`
 *   established                   SEGW_IKE_STATE with SEGW_STATE_ESTABLISHED. That is not up: nothing can flow yet
 *   up                            SEGW_IKE_CHILD_UPDOWN with `up`, for each CHILD_SA. Only for a connection without CHILD_SAs
 *                                 (`children` 0) SEGW_IKE_UPDOWN with `up` is it; for others that is what clients are told
 *   refused                       SEGW_IKE_ALERT with the reason (SEGW_ALERT_LOCAL_AUTH_FAILED, SEGW_ALERT_PROPOSAL_MISMATCH,
 *                                 and so on), then SEGW_IKE_STATE with SEGW_STATE_DESTROYING
 *   no answer                     SEGW_IKE_ALERT with SEGW_ALERT_INIT_UNREACHABLE while it is dialled, with
 *                                 SEGW_ALERT_RETRANSMIT_TIMEOUT when it was up, then SEGW_IKE_STATE with SEGW_STATE_DESTROYING
 *   lost, the SEGW deleted it     SEGW_IKE_STATE with SEGW_STATE_DELETING and SEGW_FACT_PEER_DELETE, then with
 *                                 SEGW_STATE_DESTROYING
 *   ended by me, an operator      SEGW_IKE_STATE with SEGW_STATE_DELETING and SEGW_FACT_LOCAL_DELETE, then with
 *                                 SEGW_STATE_DESTROYING; the connection stays stopped until `INITIATE`
 *   ended by a TERMINATE action   SEGW_IKE_STATE with SEGW_STATE_DESTROYING
 *   the CHILD_SA is gone          SEGW_IKE_CHILD_UPDOWN without `up`, with SEGW_FACT_PEER_DELETE if the SEGW closed it
 *   rekeyed                       SEGW_IKE_REKEYED with the old id and the new one, before the old one's end is told. (A
 *                                 CHILD_SA: SEGW_IKE_CHILD_REKEYED)
 *   reauthenticated, or replaced  SEGW_IKE_REESTABLISH before the new one is dialled, SEGW_IKE_REESTABLISHED after
 *   network gone, or there again  SEGW_IKE_ROAM, and SEGW_IKE_ROUTES as the answer to the ROUTES action that follows; no bit
 *                                 set: there is no route to any SEGW
 *   a message came in             SEGW_IKE_HEARD. With liveness_interval_ms 0 neither this nor MEASURE actions are needed
 *   the wall clock was set, or    segw_clock(), also at the beginning. Only failback_window and the end of a pin or drain over a
 *   has jumped; summer time       restart depend on it
 *   the daemon ends               SEGW_IKE_SHUTDOWN, before it ends its IKE_SAs
 *
 * Every end of an IKE_SA has to be told, and no end of one means a loss by itself: what was told before says what it was.
 *
 * Time is a monotonic clock of yours in milliseconds, any origin. One thread at a time for each context.
 *
 * Memory: yours, all of it. A pointer that is to be read points at as much as its function says; a text without a length
 * ends with a NUL. A pointer that is written to (a reply and its length, an action, a message) overlaps nothing that the same
 * call reads, and need not be initialised. Outputs are written only when the function says so. A context, a policy, a filter
 * and a frame are prepared by their *_init() function before anything else: one that was not is refused with SEGW_ERR_STATE
 * (a frame cannot be told). Every pointer is checked for NULL and alignment; lengths are in bytes. Nothing of yours is kept
 * after the call but the log sink.
 *
 * Made from the Rust sources by cbindgen; changes here are lost.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGW_VERSION "0.1.0"
#define SEGW_ABI 1

/*
 * The sizes of this header are part of the names of the functions that use memory of yours whose size depends on them: with
 * an archive that was built with other sizes a program does not link.
 */
#define segw_init segw_init_c16_s8_i64_h32_k4_l8_t8192_f8_r65536_q8192_p127
#define segw_config_parse segw_config_parse_c16_s8_i64_h32_k4_l8_t8192_f8_r65536_q8192_p127
#define segw_filter_init segw_filter_init_c16_s8_i64_h32_k4_l8_t8192_f8_r65536_q8192_p127

// Connections in one context. About 4095 bytes each.
#define SEGW_CONNECTION_CAP 16

// SEGWs in the list of one connection; sets of them are kept in a byte. About 248 bytes each.
#define SEGW_SEGW_CAP 8

// IKE_SAs followed at once, over all connections. About 80 bytes each.
#define SEGW_IKE_SA_CAP 64

// History records kept per connection; older ones are overwritten and counted. 16 bytes each.
#define SEGW_HISTORY_CAP 32

// CHILD_SAs in the configuration of one connection.
#define SEGW_CHILD_CAP 4

// Items of a list in a configuration (proposals, traffic selectors, local addresses, virtual IPs).
#define SEGW_LIST_CAP 8

// Bytes of all strings in the configuration of one connection, each with its closing NUL.
#define SEGW_CONFIG_TEXT_CAP 8192

// Connections that a client's subscription can name.
#define SEGW_SUBSCRIPTION_CAP 8

// Bytes of the longest request a client may send.
#define SEGW_REQUEST_CAP 65536

// Bytes of the targets that one connection asks through its tunnel, commas included. So many in each connection.
#define PROBE_TEXT_CAP 127

// Bytes of a reply buffer that always suffices: a `STATUS`, `HISTORY` or `POLICY` of full tables with every number at its longest.
#define SEGW_REPLY_CAP 179200

// Bytes of a state buffer that always suffices: for each connection its name, an address and its name with a pin; the SEGWs that can be drained at once; and 32.
#define SEGW_MEMORY_CAP 6112

// Words of 64 bits in a context; 94208 bytes.
#define SEGW_CTX_WORDS 11776

// Words of 64 bits in a filter.
#define SEGW_FILTER_WORDS 77

// Bytes of a connection's or CHILD_SA's name in C, with the closing NUL; so 63 characters.
#define SEGW_NAME_CAP 64

// Bytes of a SEGW's address text in C, with the closing NUL; so 127 characters.
#define SEGW_ADDR_CAP 128

// Bytes of an event buffer that always suffices, with the closing newline.
#define SEGW_EVENT_CAP 1024

// Done.
#define SEGW_OK 0

// Nothing (more) to do now; not an error.
#define SEGW_AGAIN 1

// A pointer is NULL.
#define SEGW_ERR_NULL -1

// An object is not aligned as its type requires.
#define SEGW_ERR_ALIGN -2

// A buffer of the caller is too short.
#define SEGW_ERR_SHORT -3

// A table is full.
#define SEGW_ERR_FULL -4

// The request is refused; the reply says where and why. Nothing was changed.
#define SEGW_ERR_REFUSED -5

// No connection or IKE_SA of that name or id.
#define SEGW_ERR_UNKNOWN -6

// A value is outside its range, or a text is not terminated or not UTF-8.
#define SEGW_ERR_ARGUMENT -7

// The context was not initialised with segw_init(), or the log has its sink already.
#define SEGW_ERR_STATE -8

// `segw_auth_t.method`: pre-shared key.
#define SEGW_AUTH_PSK 1

// `segw_auth_t.method`: signature with the key of a certificate.
#define SEGW_AUTH_PUBKEY 2

// `segw_auth_t.method`: EAP, the method is the peer's choice.
#define SEGW_AUTH_EAP 3

// `segw_auth_t.method`: EAP-AKA, with charon's (U)SIM plugins.
#define SEGW_AUTH_EAP_AKA 4

// `segw_auth_t.method`: EAP-MSCHAPv2.
#define SEGW_AUTH_EAP_MSCHAPV2 5

// `segw_auth_t.method`: EAP-TLS.
#define SEGW_AUTH_EAP_TLS 6

// `segw_auth_t.revocation`: a certificate is refused if it is known to be revoked.
#define SEGW_REVOCATION_RELAXED 0

// `segw_auth_t.revocation`: the same, and if it names where its status is published and that cannot be had.
#define SEGW_REVOCATION_IFURI 1

// `segw_auth_t.revocation`: a certificate is refused unless its status is known to be good.
#define SEGW_REVOCATION_STRICT 2

// `segw_config_t.fragmentation`: IKE messages are not fragmented.
#define SEGW_FRAGMENTATION_NO 0

// `segw_config_t.fragmentation`: the peer's fragments are accepted.
#define SEGW_FRAGMENTATION_ACCEPT 1

// `segw_config_t.fragmentation`: large messages are fragmented if the peer supports it.
#define SEGW_FRAGMENTATION_YES 2

// `segw_config_t.fragmentation`: IKEv1 only, even without the peer's support.
#define SEGW_FRAGMENTATION_FORCE 3

// `segw_config_t.childless`: accepted, not begun (RFC 6023).
#define SEGW_CHILDLESS_ALLOW 0

// `segw_config_t.childless`: begun if the peer supports it; charon knows it from 5.9.10 on.
#define SEGW_CHILDLESS_PREFER 1

// `segw_config_t.childless`: required.
#define SEGW_CHILDLESS_FORCE 2

// `segw_config_t.childless`: not supported.
#define SEGW_CHILDLESS_NEVER 3

// `segw_config_t.send_cert`: if the peer asks for it.
#define SEGW_SEND_CERT_IFASKED 0

// `segw_config_t.send_cert`: always.
#define SEGW_SEND_CERT_ALWAYS 1

// `segw_config_t.send_cert`: never.
#define SEGW_SEND_CERT_NEVER 2

// `segw_child_t.hw_offload`: none.
#define SEGW_HW_OFFLOAD_NO 0

// `segw_child_t.hw_offload`: cryptographic operations; required.
#define SEGW_HW_OFFLOAD_CRYPTO 1

// `segw_child_t.hw_offload`: as much as the device does.
#define SEGW_HW_OFFLOAD_AUTO 2

// `segw_child_t.hw_offload`: whole packets; required; charon knows it from 5.9.10 on.
#define SEGW_HW_OFFLOAD_PACKET 3

// `segw_child_t.mode`: tunnel mode.
#define SEGW_MODE_TUNNEL 1

// `segw_child_t.mode`: transport mode.
#define SEGW_MODE_TRANSPORT 2

// `segw_child_t.mode`: BEET mode.
#define SEGW_MODE_BEET 3

// `segw_child_t.start_action`: only loaded.
#define SEGW_START_NONE 0

// `segw_child_t.start_action`: dialled as soon as it is loaded.
#define SEGW_START_START 1

// `segw_child_t.start_action`: dialled when traffic asks for it.
#define SEGW_START_TRAP 2

// `segw_child_t.start_action`: both.
#define SEGW_START_TRAP_START 3

// `segw_child_t.copy_dscp`: from the inner to the outer header.
#define SEGW_DSCP_OUT 0

// `segw_child_t.copy_dscp`: from the outer to the inner header.
#define SEGW_DSCP_IN 1

// `segw_child_t.copy_dscp`: both ways.
#define SEGW_DSCP_YES 2

// `segw_child_t.copy_dscp`: not at all.
#define SEGW_DSCP_NO 3

// `segw_config_t.unique`: `UNIQUE_NO` of strongSwan's `peer_cfg.h`.
#define SEGW_UNIQUE_NO 0

// `segw_config_t.unique`: `UNIQUE_NEVER`.
#define SEGW_UNIQUE_NEVER 1

// `segw_config_t.unique`: `UNIQUE_REPLACE`.
#define SEGW_UNIQUE_REPLACE 2

// `segw_config_t.unique`: `UNIQUE_KEEP`.
#define SEGW_UNIQUE_KEEP 3

// `segw_verb()`: not a request of this protocol, or a blank one.
#define SEGW_VERB_UNKNOWN 0

// `APPLY_CONFIG {…}`
#define SEGW_VERB_APPLY_CONFIG 1

// `REMOVE_CONFIG name`
#define SEGW_VERB_REMOVE_CONFIG 2

// `START_DPD name`
#define SEGW_VERB_START_DPD 3

// `INITIATE name`
#define SEGW_VERB_INITIATE 4

// `TERMINATE name`
#define SEGW_VERB_TERMINATE 5

// `SWITCH name target`
#define SEGW_VERB_SWITCH 6

// `STATUS [name]`
#define SEGW_VERB_STATUS 7

// `HISTORY [name]`
#define SEGW_VERB_HISTORY 8

// `VERSION`
#define SEGW_VERB_VERSION 9

// `SUBSCRIBE {…}`: for segw_filter_read(), not for segw_command().
#define SEGW_VERB_SUBSCRIBE 10

// `POLICY [name]`
#define SEGW_VERB_POLICY 11

// `EXPLAIN name`
#define SEGW_VERB_EXPLAIN 12

// `RESET_COUNTERS [name]`
#define SEGW_VERB_RESET_COUNTERS 13

// `PIN name target [for TIME]`
#define SEGW_VERB_PIN 14

// `UNPIN name`
#define SEGW_VERB_UNPIN 15

// `DRAIN segw [for TIME]`
#define SEGW_VERB_DRAIN 16

// `UNDRAIN segw`
#define SEGW_VERB_UNDRAIN 17

// `DRILL name [target]`
#define SEGW_VERB_DRILL 18

// `RECORD [serial offset]`: for segw_record_reply(), not for segw_command().
#define SEGW_VERB_RECORD 19

// Listener hook `ike_state_change`. Reads unique_id, connection, remote, state, facts. Of an IKE_SA that the SEGW has
// initiated CONNECTING is told from the hook `authorize`: there its connection is known, and charon has not ended yet what it
// replaces. SEGW_ERR_UNKNOWN: it is to none of the listed addresses; one behind a name may be told with SEGW_IKE_FOUND.
#define SEGW_IKE_STATE 1

// Listener hook `ike_updown`. Reads unique_id, connection, remote, state, up.
#define SEGW_IKE_UPDOWN 2

// Listener hook `ike_rekey`. Reads unique_id (old), other_id (new), connection.
#define SEGW_IKE_REKEYED 3

// Listener hook `ike_reestablish_pre`. Reads unique_id (old), other_id (new), facts (of the old one). After
// SEGW_ERR_REFUSED or SEGW_ERR_FULL the new one must not be initiated.
#define SEGW_IKE_REESTABLISH 4

// Listener hook `ike_reestablish_post`. Reads unique_id (old), other_id (new), up (whether it was initiated).
#define SEGW_IKE_REESTABLISHED 5

// Listener hook `child_updown`. Reads unique_id, connection, remote, child, up, facts, details.
#define SEGW_IKE_CHILD_UPDOWN 6

// Listener hook `child_rekey`. Reads connection, child.
#define SEGW_IKE_CHILD_REKEYED 7

// Listener hook `alert`. Reads unique_id, alert, child (the CHILD_SA it is about, empty if there is none).
#define SEGW_IKE_ALERT 8

// `ALERT_SHUTDOWN_SIGNAL`: from now on nothing is dialled. Reads nothing.
#define SEGW_IKE_SHUTDOWN 9

// An INITIATE action got its IKE_SA and is about to dial. Reads unique_id, connection, serial, more.
#define SEGW_IKE_DIALLING 10

// An INITIATE action could not be carried out. Reads connection, serial, alert.
#define SEGW_IKE_NOT_DIALLED 11

// Listener hook `message`, an incoming one: a sign of life. Reads unique_id, answer_ms.
#define SEGW_IKE_HEARD 12

// The answer to a MEASURE action, to be given in any case. Reads unique_id, up (there is such an IKE_SA), packets, sent, facts
// (SEGW_FACT_NO_ROUTE).
#define SEGW_IKE_COUNTED 13

// This host's own addresses, routes or links may have changed (`kernel_listener_t.roam`). Reads nothing.
#define SEGW_IKE_ROAM 14

// The answer to a ROUTES action. Reads connection, routes.
#define SEGW_IKE_ROUTES 15

// After segw_adopt(): an IKE_SA that was there before. Reads unique_id, connection, remote, state, up (it has been
// up), children, facts. Harmless if it is followed already.
#define SEGW_IKE_FOUND 16

// Event: the SEGW tells us to go to `remote`, an address or a name, instead (RFC 5685). Reads unique_id, remote. With
// SEGW_ERR_REFUSED that is not to be followed.
#define SEGW_IKE_REDIRECT 17

// Listener hook `message`, an incoming one with an error notify, before SEGW_IKE_HEARD: who refused what, for `STATUS` and
// `HISTORY`. Reads unique_id, notify.
#define SEGW_IKE_NOTIFY 18

// Listener hook `message`, an incoming one with a notify that may tell of the SEGW's load (NO_ADDITIONAL_SAS, TEMPORARY_FAILURE,
// COOKIE, BACKOFF_TIMER and CONGESTION of 3GPP TS 24.302); others do no harm. Before what the message leads to. Reads
// unique_id, notify, notify_data, facts (SEGW_FACT_PROTECTED).
#define SEGW_IKE_HINT 19

// Listener hook `message`, an answer to IKE_SA_INIT that selects a proposal and does not have CHILDLESS_IKEV2_SUPPORTED (RFC 6023), before
// SEGW_IKE_HEARD. Reads unique_id. After SEGW_ERR_REFUSED that answer is to be ignored.
#define SEGW_IKE_NOT_CHILDLESS 20

// The answer to a REACH action, to be given in any case. Reads connection, serial, asked, answered, unasked.
#define SEGW_IKE_REACHED 21

// `segw_ike_event_t.unasked`: no CHILD_SA that is up takes packets for one of the targets.
#define SEGW_UNASKED_NO_SELECTOR 1

// `segw_ike_event_t.unasked`: this host has no address inside the local traffic selector of the CHILD_SA that would.
#define SEGW_UNASKED_NO_ADDRESS 2

// `segw_ike_event_t.unasked`: that CHILD_SA ends when it is not used, and the action has not `again` set.
#define SEGW_UNASKED_INACTIVITY 3

// `segw_ike_event_t.unasked`: this host's kernel refused to send.
#define SEGW_UNASKED_NOT_SENT 4

// Fact: we initiated the IKE_SA (`COND_ORIGINAL_INITIATOR`); else the SEGW did.
#define SEGW_FACT_INITIATOR 1

// Fact: it is authenticated before it is established: a rekeying's new IKE_SA (`COND_AUTHENTICATED`).
#define SEGW_FACT_AUTHENTICATED 2

// Fact: it is being reauthenticated (`COND_REAUTHENTICATING`); where it enters `IKE_DELETING`, that this is why.
#define SEGW_FACT_REAUTHENTICATING 4

// Fact, at DELETING: `TASK_IKE_DELETE`, `TASK_IKE_REAUTH` or `TASK_IKE_REKEY`, at a CHILD_SA's end: `TASK_CHILD_DELETE` is in
// `TASK_QUEUE_ACTIVE`.
#define SEGW_FACT_LOCAL_DELETE 8

// Fact, at DELETING: `TASK_IKE_DELETE`, at a CHILD_SA's end: `TASK_CHILD_DELETE` is in `TASK_QUEUE_PASSIVE`.
#define SEGW_FACT_PEER_DELETE 16

// Fact, at DESTROYING: `TASK_IKE_DELETE` is still in `TASK_QUEUE_ACTIVE` or `TASK_QUEUE_QUEUED`.
#define SEGW_FACT_DELETE_PENDING 32

// Fact: `STAT_DELETE` is set and has passed, so the lifetime has really ended; at a CHILD_SA's end: that of the CHILD_SA.
#define SEGW_FACT_EXPIRED 64

// Fact, with COUNTED: this host has no route towards the SEGW (source address look-up, `COND_STALE`).
#define SEGW_FACT_NO_ROUTE 128

// IKEv2: charon has no task for the IKE_SA, neither active nor queued: it gave it up by itself.
#define SEGW_FACT_IDLE 256

// Fact, at DESTROYING: charon's own configuration is loaded anew, or the tunnel was not used (`charon.inactivity_close_ike`); no
// operator has ended the IKE_SA.
#define SEGW_FACT_LAID_DOWN 512

// Fact, with LAID_DOWN: the connection is to be set up again.
#define SEGW_FACT_AGAIN 1024

// Fact, with HINT: the message is protected, it is no IKE_SA_INIT.
#define SEGW_FACT_PROTECTED 2048

// Alert: nothing of interest.
#define SEGW_ALERT_NONE 0

// Alert: `ALERT_PEER_INIT_UNREACHABLE`.
#define SEGW_ALERT_INIT_UNREACHABLE 1

// Alert: `ALERT_RETRANSMIT_SEND_TIMEOUT`.
#define SEGW_ALERT_RETRANSMIT_TIMEOUT 2

// Alert: `ALERT_RETRANSMIT_SEND`.
#define SEGW_ALERT_RETRANSMIT 3

// Alert: `ALERT_PEER_ADDR_FAILED`.
#define SEGW_ALERT_ADDR_FAILED 4

// Alert: `ALERT_HALF_OPEN_TIMEOUT`.
#define SEGW_ALERT_HALF_OPEN_TIMEOUT 5

// Alert: `ALERT_LOCAL_AUTH_FAILED`, the SEGW refused us.
#define SEGW_ALERT_LOCAL_AUTH_FAILED 6

// Alert: `ALERT_PEER_AUTH_FAILED`, we refused the SEGW.
#define SEGW_ALERT_PEER_AUTH_FAILED 7

// Alert: `ALERT_PROPOSAL_MISMATCH_IKE`.
#define SEGW_ALERT_PROPOSAL_MISMATCH 8

// Alert: the CHILD_SA failed and the IKE_SA stays (`ALERT_KEEP_ON_CHILD_SA_FAILURE` and its kin).
#define SEGW_ALERT_CHILD_FAILED 9

// Alert: `ALERT_IKE_SA_EXPIRED`.
#define SEGW_ALERT_EXPIRED 10

// Alert: any other.
#define SEGW_ALERT_OTHER 11

// With SEGW_IKE_NOT_DIALLED: there is no peer_cfg of that name.
#define SEGW_ALERT_NO_CONFIG 12

// With SEGW_IKE_NOT_DIALLED: this host has no address, route or link towards the SEGW; nothing was sent.
#define SEGW_ALERT_NO_ROUTE 13

// Alert: `ALERT_CERT_EXPIRED`, a certificate is not valid yet or not any more by this host's clock.
#define SEGW_ALERT_CERT_DATES 14

// Alert: `ALERT_INSTALL_CHILD_SA_FAILED` or `ALERT_INSTALL_CHILD_POLICY_FAILED`, this host's kernel refused.
#define SEGW_ALERT_INSTALL_FAILED 15

// Alert: `ALERT_CERT_REVOKED`. With the next two: why a SEGW is refused, told before SEGW_ALERT_PEER_AUTH_FAILED.
#define SEGW_ALERT_CERT_REVOKED 16

// Alert: `ALERT_CERT_UNTRUSTED_ROOT` or `ALERT_CERT_NO_ISSUER`.
#define SEGW_ALERT_CERT_UNTRUSTED 17

// Alert: `ALERT_CERT_VALIDATION_FAILED`, `ALERT_CERT_EXCEEDED_PATH_LEN` or `ALERT_CERT_POLICY_VIOLATION`.
#define SEGW_ALERT_CERT_INVALID 18

// None of charon's alerts: the IKE_SA that ends could not be set up because this host's charon lacks an algorithm. Before the change to
// SEGW_STATE_DESTROYING. With SEGW_IKE_NOT_DIALLED: charon can use none of the proposals, nothing was sent.
#define SEGW_ALERT_LACKING 19

// Alert: `ALERT_LOCAL_AUTH_FAILED` before the SEGW was sent IKE_AUTH, charon has no secret or key of ours to use.
#define SEGW_ALERT_NO_CREDENTIALS 20

// State of an IKE_SA, in the order of strongSwan's `ike_sa_state_t`.
#define SEGW_STATE_CREATED 0

// See SEGW_STATE_CREATED.
#define SEGW_STATE_CONNECTING 1

// See SEGW_STATE_CREATED.
#define SEGW_STATE_ESTABLISHED 2

// See SEGW_STATE_CREATED.
#define SEGW_STATE_PASSIVE 3

// See SEGW_STATE_CREATED.
#define SEGW_STATE_REKEYING 4

// See SEGW_STATE_CREATED.
#define SEGW_STATE_REKEYED 5

// See SEGW_STATE_CREATED.
#define SEGW_STATE_DELETING 6

// See SEGW_STATE_CREATED.
#define SEGW_STATE_DESTROYING 7

// Action: dial a SEGW with a new IKE_SA. Has connection, segw, address, serial, parallel, again, standby. Answer with
// SEGW_IKE_DIALLING before dialling, or with SEGW_IKE_NOT_DIALLED.
#define SEGW_ACTION_INITIATE 1

// Action: end IKE_SA unique_id at once; tell the SEGW, but do not wait for its answer.
#define SEGW_ACTION_TERMINATE 2

// Action: ask the SEGW of IKE_SA unique_id for a sign of life. If a request of the IKE_SA waits for its answer send that
// again; else start a DPD exchange, but not if `again` is set and the IKE version is 2.
#define SEGW_ACTION_PROBE 3

// Action: forget the configuration and secrets of connection; it was removed.
#define SEGW_ACTION_UNLOAD 4

// Action: count the packets that came in through the CHILD_SAs of IKE_SA unique_id, and that went out. Answer with
// SEGW_IKE_COUNTED. With `again` the SEGW owes an answer: see if there is a route to it, and count only after all that has
// come in has been read.
#define SEGW_ACTION_MEASURE 5

// Action: initiate those of the connection's CHILD_SAs that IKE_SA unique_id lacks: charon dialled it by itself, some are missing, or
// it was dialled as standby and takes the place of a dial. Has unique_id, connection, segw, standby.
#define SEGW_ACTION_COMPLETE 6

// Action: find out which SEGWs of connection this host has a route to (segw_address_at()). Answer with SEGW_IKE_ROUTES.
#define SEGW_ACTION_ROUTES 7

// Action: ask the targets in `address`, separated by commas, for an answer through the CHILD_SAs of IKE_SA unique_id, for wait_ms
// at most: `10.1.0.1` with an ICMP or ICMPv6 echo request, `tcp://10.1.0.1:443` with a TCP connection that is ended at once, accepted
// or refused. Each from an address of this host inside the CHILD_SA's local traffic selector. A CHILD_SA that ends when it is not used
// is asked through only if `again` is set. Has connection, unique_id, serial, wait_ms, address, again. Answer with SEGW_IKE_REACHED.
#define SEGW_ACTION_REACH 8

// Action: set up the CHILD_SAs of IKE_SA unique_id anew: rekey them.
#define SEGW_ACTION_REKEY 9

// Words of 32 bits in a policy.
#define SEGW_POLICY_WORDS 96

// What a function says. 0 is success, 1 is "nothing to do now", negative numbers are errors. Numbers are never reused.
typedef int32_t segw_status_t;

// Everything the library knows. The caller owns the memory; it needs no clean-up. Do not look inside, do not copy.
typedef struct {
  // Private.
  uint64_t words[SEGW_CTX_WORDS];
} segw_ctx_t;

// What has passed through a CHILD_SA since it was set up or rekeyed.
typedef struct {
  // Bytes that came in.
  uint64_t bytes_in;
  // Packets that came in.
  uint64_t packets_in;
  // Bytes that went out.
  uint64_t bytes_out;
  // Packets that went out.
  uint64_t packets_out;
  // When the last packet came in, on the caller's monotonic clock in milliseconds; 0: none has, or it is not known.
  uint64_t heard_ms;
  // Charon's unique id of its IKE_SA.
  uint32_t unique_id;
  // Its name, NUL-terminated.
  char child[SEGW_NAME_CAP];
} segw_traffic_t;

// What only the caller knows at the moment of a request, for the reply. Nothing of it is kept.
typedef struct {
  // The wall clock, in milliseconds since 1970-01-01 00:00 UTC; 0: not known.
  uint64_t unix_ms;
  // The traffic of CHILD_SAs; one may be there twice, while it is rekeyed. May be NULL if there is none.
  const segw_traffic_t *traffic;
  // How many there are.
  size_t count;
} segw_outside_t;

// What clients are told of a CHILD_SA. Texts are NUL-terminated, cut to fit.
typedef struct {
  // Inbound SPI.
  uint32_t spi_in;
  // Outbound SPI.
  uint32_t spi_out;
  // State, as charon names it.
  char state[16];
  // `esp` or `ah`.
  char protocol[8];
  // `tunnel`, `transport` or `beet`.
  char mode[12];
  // Encryption algorithm.
  char enc_alg[32];
  // Integrity algorithm; empty with an AEAD.
  char integ_alg[32];
  // Local traffic selectors.
  char local_ts[64];
  // Remote traffic selectors.
  char remote_ts[64];
  // Local address.
  char local[48];
} segw_child_sa_t;

// One fact from charon. Zero it first; only the fields named at its kind are read.
typedef struct {
  // `SEGW_IKE_*`
  uint32_t kind;
  // Charon's unique id of the IKE_SA, from 1.
  uint32_t unique_id;
  // That of the new one, where there are two.
  uint32_t other_id;
  // The serial of the INITIATE action that this answers.
  uint32_t serial;
  // `SEGW_STATE_*` before the change. Read at no kind: for a log of the caller's.
  uint32_t previous;
  // `SEGW_STATE_*` from now on.
  uint32_t state;
  // `SEGW_FACT_*`, added up.
  uint32_t facts;
  // `SEGW_ALERT_*`
  uint32_t alert;
  // Packets that came in through the CHILD_SAs so far.
  uint64_t packets;
  // Packets that went out through them.
  uint64_t sent;
  // Milliseconds that the SEGW took to answer, from 1, if the message answers a request that was sent only once; else 0.
  uint32_t answer_ms;
  // SEGWs that there is a route to: bit 0 for the primary, and so on.
  uint32_t routes;
  // CHILD_SAs that are up.
  uint32_t children;
  // Number of the notify, RFC 7296 section 3.10.1.
  uint32_t notify;
  // The last octet of its data, 0 if it has none.
  uint32_t notify_data;
  // Targets that were asked: bit 0 for the first, and so on.
  uint32_t asked;
  // Those of them that answered.
  uint32_t answered;
  // `SEGW_UNASKED_*`, if none was asked.
  uint32_t unasked;
  // Up or down.
  bool up;
  // The SEGW's name has more addresses that this visit has not dialled yet.
  bool more;
  // The IKE_SA's name, that is its peer_cfg's.
  char connection[SEGW_NAME_CAP];
  // The CHILD_SA's name.
  char child[SEGW_NAME_CAP];
  // The SEGW's address, without port.
  char remote[64];
  // More of the CHILD_SA.
  segw_child_sa_t details;
} segw_ike_event_t;

// What the caller is to do. Only the fields named at its kind are set, the others are zero.
typedef struct {
  // `SEGW_ACTION_*`
  uint32_t kind;
  // The IKE_SA.
  uint32_t unique_id;
  // To be quoted in the answer.
  uint32_t serial;
  // The SEGW's place in the connection's list, 0 the primary.
  uint32_t segw;
  // How long to wait, in milliseconds.
  uint32_t wait_ms;
  // Another IKE_SA of the connection is up and stays: make-before-break.
  bool parallel;
  // Dial an address behind the SEGW's name that was not dialled since the last INITIATE action for this SEGW without
  // `again`. With SEGW_ACTION_PROBE: send again what waits for its answer, begin nothing. With
  // SEGW_ACTION_MEASURE: the SEGW owes an answer. With SEGW_ACTION_REACH: packets go out besides.
  bool again;
  // Dial without CHILD_SAs (RFC 6023): nothing is to flow through it, it waits to take the place of a dial. With
  // SEGW_ACTION_COMPLETE: it was dialled so, and takes that place now.
  bool standby;
  // The connection.
  char connection[SEGW_NAME_CAP];
  // The SEGW's address or name. With SEGW_ACTION_REACH: the targets.
  char address[SEGW_ADDR_CAP];
} segw_action_t;

// What an event is about.
typedef struct {
  // What it tells: private.
  uint32_t event;
  // The connection, NUL-terminated; empty: none.
  char connection[SEGW_NAME_CAP];
} segw_subject_t;

// Takes diagnostics: level 1 (error) to 5 (trace), a text of `len` bytes that is not NUL-terminated. It may be called
// from any thread that calls the library, during that call; it must not call the library.
typedef void (*segw_log_fn)(void *user, uint32_t level, const char *text, size_t len);

// How an adopted connection fails over. Fill it in with segw_policy_init() and segw_policy_set(); private but for its
// size.
typedef struct {
  // Private.
  uint32_t words[SEGW_POLICY_WORDS];
} segw_policy_t;

// Where a client's byte stream stands. One a client; private but for its size.
typedef struct {
  // Private.
  uint32_t words[2];
} segw_frame_t;

// A string in the text of a configuration; `len` 0 means that its key was absent.
typedef struct {
  // Where it starts.
  uint16_t offset;
  // Its bytes, without the closing NUL.
  uint16_t len;
} segw_text_t;

// A list of strings.
typedef struct {
  // How many items there are.
  uint32_t len;
  // The items; those from `len` on are absent.
  segw_text_t items[SEGW_LIST_CAP];
} segw_text_list_t;

// How one side proves who it is.
typedef struct {
  // `SEGW_AUTH_*`.
  uint32_t method;
  // Identities; none: the address locally, anybody remotely. Several only remotely: one for each SEGW, in order.
  segw_text_list_t ids;
  // EAP identity; none: the identity itself.
  segw_text_t eap_id;
  // Identity that the SEGW's AAA server proves in EAP; none: the SEGW's. Only of this side.
  segw_text_t aaa_id;
  // Pre-shared key or EAP password; remotely the first of `secrets`. A secret: wipe the configuration after use.
  segw_text_t secret;
  // Pre-shared keys of the other side: one, or one for each SEGW, in order. Secrets.
  segw_text_list_t secrets;
  // Certificate, PEM or a file's path: of this side, or the only one accepted from the other.
  segw_text_t cert;
  // Certificates of the other side, `cert` the first of them: one, or one for each SEGW, in order.
  segw_text_list_t certs;
  // Private key of `cert`, PEM or a file's path. A secret.
  segw_text_t private_key;
  // What `private_key` is encrypted with. A secret.
  segw_text_t private_key_passphrase;
  // Certificates of authorities, PEM or files' paths. Remotely those that the SEGW's certificate must come from;
  // none: any that charon trusts. Locally those between ours and the root.
  segw_text_list_t ca_certs;
  // `SEGW_REVOCATION_*`
  uint32_t revocation;
  // 1: ask OCSP responders for a certificate's status.
  uint32_t ocsp;
  // 1: use certificate revocation lists.
  uint32_t crl;
} segw_auth_t;

// When a CHILD_SA is rekeyed and closed by one measure; 0: never.
typedef struct {
  // Until it is rekeyed.
  uint64_t rekey;
  // Until it is closed if it was not rekeyed.
  uint64_t life;
  // Randomly subtracted from `rekey`.
  uint64_t jitter;
} segw_volume_t;

// One CHILD_SA.
typedef struct {
  // Name, unique in its connection.
  segw_text_t name;
  // Local traffic selectors; none: the dynamic one (the local address or virtual IP).
  segw_text_list_t local_ts;
  // Remote traffic selectors; none: the dynamic one.
  segw_text_list_t remote_ts;
  // ESP proposals; none, and no AH proposals either: charon's default.
  segw_text_list_t esp_proposals;
  // AH proposals; excludes ESP proposals.
  segw_text_list_t ah_proposals;
  // `SEGW_MODE_*`.
  uint32_t mode;
  // `SEGW_START_*`.
  uint32_t start_action;
  // Seconds until rekeying; 0: never.
  uint32_t rekey_time_s;
  // Seconds until the CHILD_SA is closed if it was not rekeyed; 0: never.
  uint32_t life_time_s;
  // Seconds randomly subtracted from `rekey_time_s`.
  uint32_t jitter_time_s;
  // Seconds without traffic until it is closed; 0: never.
  uint32_t inactivity_s;
  // Lifetime in bytes.
  segw_volume_t bytes;
  // Lifetime in packets.
  segw_volume_t packets;
  // `SEGW_DSCP_*`: which way the DSCP field is copied between inner and outer header.
  uint32_t copy_dscp;
  // Script that charon runs when it comes up or goes down.
  segw_text_t updown;
  // Mark of inbound traffic, as charon writes it (`42/0xff`, `%unique`).
  segw_text_t mark_in;
  // Mark of outbound traffic.
  segw_text_t mark_out;
  // Mark that inbound traffic gets once it is decrypted, `%same` for that of `mark_in`.
  segw_text_t set_mark_in;
  // Mark that outbound traffic gets once it is encrypted.
  segw_text_t set_mark_out;
  // 1: `mark_in` is that of the inbound SA too.
  uint32_t mark_in_sa;
  // 1: copy the DF bit to the outer header. Default 1.
  uint32_t copy_df;
  // 1: copy the ECN field. Default 1.
  uint32_t copy_ecn;
  // 1: install policies for outbound forwarded traffic too.
  uint32_t policies_fwd_out;
  // 1: tell the updown script to open the firewall for this host.
  uint32_t hostaccess;
  // 1: HMAC-SHA-256 with 96 bits, for peers of before RFC 4868.
  uint32_t sha256_96;
  // Bytes that packets are padded to (RFC 4303 §2.7): a number, or `mtu`.
  segw_text_t tfc_padding;
  // XFRM interface of inbound policies and SAs: a number, `%unique` or `%unique-dir`.
  segw_text_t if_id_in;
  // XFRM interface of outbound ones.
  segw_text_t if_id_out;
  // Fixed reqid; 0: charon's choice.
  uint32_t reqid;
  // 1: install policies. Default 1.
  uint32_t policies;
  // `SEGW_HW_OFFLOAD_*`
  uint32_t hw_offload;
  // Network interface of the policies.
  segw_text_t interface;
  // Priority of the policies; 0: charon's choice.
  uint32_t priority;
  // Packets in the replay window; `UINT32_MAX`: charon's default.
  uint32_t replay_window;
  // 1: IPComp.
  uint32_t ipcomp;
} segw_child_t;

// One connection. Everything charon needs; the `failover` block stays in libsegw. About 10 KiB: rather
// static than on the stack of a router's thread, which has to hold what segw_config_parse() needs as well (cross/README.md,
// Sizes, has the deepest stacks).
typedef struct {
  // Name: 1 to 63 printable ASCII characters without blanks, double quotes, commas, backslashes and braces.
  segw_text_t name;
  // IKE version, 1 or 2. Default 2.
  uint32_t version;
  // 1: IKEv1 aggressive mode.
  uint32_t aggressive;
  // Local addresses; none: any.
  segw_text_list_t local_addrs;
  // The SEGWs, the most preferred first; 1 to 8, each an address or name that can be dialled.
  segw_text_list_t remote_addrs;
  // Local UDP port. Default 500.
  uint32_t local_port;
  // The SEGWs' UDP port. Default 500.
  uint32_t remote_port;
  // IKE proposals; none: charon's default.
  segw_text_list_t proposals;
  // Virtual IPs to ask for; `0.0.0.0` and `::` for any.
  segw_text_list_t vips;
  // DSCP of IKE packets, 0 to 63.
  uint32_t dscp;
  // 1: UDP encapsulation even without a NAT. Default 0.
  uint32_t encap;
  // 1: MOBIKE. Default 1.
  uint32_t mobike;
  // `SEGW_FRAGMENTATION_*`
  uint32_t fragmentation;
  // `SEGW_CHILDLESS_*`
  uint32_t childless;
  // `SEGW_SEND_CERT_*`
  uint32_t send_cert;
  // 1: ask the SEGW for its certificate. Default 1.
  uint32_t send_certreq;
  // 1: IKEv1 mode config asks; 0: waits to be told. Default 1.
  uint32_t pull;
  // Identity of the postquantum pre-shared key (RFC 8784).
  segw_text_t ppk_id;
  // That key; none: one that charon has. A secret.
  segw_text_t ppk_secret;
  // 1: no IKE_SA without it.
  uint32_t ppk_required;
  // XFRM interface of inbound policies and SAs of all CHILD_SAs that name none: a number, `%unique` or `%unique-dir`.
  segw_text_t if_id_in;
  // XFRM interface of outbound ones.
  segw_text_t if_id_out;
  // `SEGW_UNIQUE_*`.
  uint32_t unique;
  // Seconds until the IKE_SA is rekeyed; 0: never. Default 14400.
  uint32_t rekey_time_s;
  // Seconds until the IKE_SA is reauthenticated; 0: never. Default 0.
  uint32_t reauth_time_s;
  // Seconds an IKE_SA lives on when rekeying fails. Default a tenth of the larger of the two above.
  uint32_t over_time_s;
  // Seconds randomly subtracted from the two above. Default `over_time`.
  uint32_t jitter_time_s;
  // Seconds without traffic until a DPD exchange; 0: no DPD. Default 30; 0 with IKEv1 and liveness checks.
  uint32_t dpd_delay_s;
  // Seconds until a silent peer is given up, IKEv1 only. Default 0.
  uint32_t dpd_timeout_s;
  // This side.
  segw_auth_t local_auth;
  // The SEGW's side.
  segw_auth_t remote_auth;
  // How many CHILD_SAs there are.
  uint32_t children_len;
  // The CHILD_SAs; those from `children_len` on are empty.
  segw_child_t children[SEGW_CHILD_CAP];
  // Bytes used of `text`.
  uint32_t text_len;
  // All strings, each followed by a NUL.
  uint8_t text[SEGW_CONFIG_TEXT_CAP];
} segw_config_t;

// Which events a client wants to hear. One a client; private but for its size.
typedef struct {
  // Private.
  uint64_t words[SEGW_FILTER_WORDS];
} segw_filter_t;



#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Prepares a context. Call it once, before anything else; calling it again forgets everything.
//
// `now_ms`: the caller's monotonic clock in milliseconds, here and in all other functions. `seed`: any number; the
// same seed and the same inputs give the same outputs, byte for byte.
//
// Thread rule, for all functions with a context: one thread at a time for each context.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `ctx` points at `sizeof(segw_ctx_t)` writable bytes.
segw_status_t segw_init(segw_ctx_t *ctx,
                        uint64_t now_ms,
                        uint64_t seed);

// Says which device this is: the order `hash` of a policy is drawn by it. `id`: any bytes that no other device of the fleet has and
// that are the same after each restart, a machine id or an identity; with `len` 0, as without this function, all devices have the
// same order. Connections that there are take it over.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
//
// Memory:
// `id` points at `len` bytes.
segw_status_t segw_set_device(segw_ctx_t *ctx,
                              uint64_t now_ms,
                              const char *id,
                              size_t len);

// A sentence for a status; never NULL.
const char *segw_strerror(segw_status_t status);

// The library's version, like SEGW_VERSION of the header it was built with; never NULL.
const char *segw_version(void);

// The library's SEGW_ABI. Refuse to run if it differs from the header's.
uint32_t segw_abi(void);

// Answers one complete request of a client (see segw_frame_push). The reply is one line of JSON with its newline,
// written to `reply`, its length to `reply_len`, both on SEGW_OK and on SEGW_ERR_REFUSED; a blank request has a reply
// of length 0. Drain actions and events afterwards.
//
// A request is done whole or not at all. The request may hold secrets: the library keeps none, the caller wipes it.
//
// `cap`: SEGW_REPLY_CAP always suffices.
//
// Errors: SEGW_ERR_REFUSED (the reply says why; its length is 0 if it does not fit); SEGW_ERR_SHORT (the request was
// done, its reply does not fit);
// SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
//
// Memory:
// `request` points at `len` bytes, `reply` at `cap` writable ones that do not overlap them.
segw_status_t segw_command(segw_ctx_t *ctx,
                           uint64_t now_ms,
                           const char *request,
                           size_t len,
                           char *reply,
                           size_t cap,
                           size_t *reply_len);

// As segw_command(), with what only the caller knows: the wall clock and the traffic of the CHILD_SAs, which the replies to
// `STATUS`, `HISTORY` and `EXPLAIN` tell. All other requests make no use of it.
//
// Errors: see segw_command().
//
// Memory:
// See segw_command(). `outside` points at an initialised object, its `traffic` at `count` initialised ones whose names end
// with a NUL, or nowhere if there are none; nothing of it is kept.
segw_status_t segw_command_with(segw_ctx_t *ctx,
                                uint64_t now_ms,
                                const segw_outside_t *outside,
                                const char *request,
                                size_t len,
                                char *reply,
                                size_t cap,
                                size_t *reply_len);

// Tells what happened in charon. Drain actions and events afterwards. Allocates nothing, never blocks: it may be
// called from a listener hook.
//
// Errors: SEGW_ERR_UNKNOWN (no IKE_SA of that id is followed, or there is no connection of that name: one of the daemon's
// that is none of ours, one whose place another has taken, or a mistake; nothing was changed, though clients are told of any
// IKE_SA and CHILD_SA. With SEGW_IKE_DIALLING: the dial is not wanted any more); SEGW_ERR_FULL (the IKE_SA could not be
// tracked; an event says so too). After SEGW_IKE_DIALLING either means that the IKE_SA must not be dialled, as SEGW_ERR_FULL
// and SEGW_ERR_REFUSED do after SEGW_IKE_REESTABLISH; after SEGW_IKE_REDIRECT SEGW_ERR_REFUSED means that it must not be
// followed. SEGW_ERR_ARGUMENT (an unknown kind
// or state, a text without NUL or not UTF-8; nothing was changed; a `child` that is not UTF-8 is told as empty instead);
// SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// `event` points at an initialised event; nothing of it is kept.
segw_status_t segw_ike_event(segw_ctx_t *ctx,
                             uint64_t now_ms,
                             const segw_ike_event_t *event);

// Tells that time has come (see segw_poll_at). Calling it early or late does no harm; calling it late makes what is
// due late. Drain actions and events afterwards.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// `ctx` was prepared by segw_init().
segw_status_t segw_timeout(segw_ctx_t *ctx,
                           uint64_t now_ms);

// Tells the caller's wall clock, whose hours the windows of policies are (`failback_window`), and by which the time of a pin or drain
// goes on over a restart. Call it before segw_restore(), and whenever that clock was set, has jumped, or local time has another
// distance from UTC; just before segw_timeout() is a good place to look, and once a minute is often enough. Without it, and
// while it is not set, no window is open. Drain actions and events afterwards, and ask for segw_memory(): ends of pins and drains are
// written by that clock.
//
// `unix_ms`: milliseconds since 1970-01-01 00:00 UTC; a time before 2025, or from 3000 on, means that the clock was never
// set. `utc_offset_s`: by how many seconds local time is ahead of UTC, with daylight saving time if that is in effect; negative
// west of Greenwich.
//
// Errors: SEGW_ERR_ARGUMENT (`utc_offset_s` is more than a day; nothing was changed); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// `ctx` was prepared by segw_init().
segw_status_t segw_clock(segw_ctx_t *ctx,
                         uint64_t now_ms,
                         uint64_t unix_ms,
                         int32_t utc_offset_s);

// Says when to call segw_timeout(), on the caller's clock; ask again after every input.
//
// Returns SEGW_AGAIN if no connection waits for anything; `at_ms` is not touched then.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// `at_ms` points at a writable number.
segw_status_t segw_poll_at(const segw_ctx_t *ctx, uint64_t *at_ms);

// Hands out the next action. Carry it out soon, but not within a listener hook.
//
// Returns SEGW_AGAIN if none is left; `action` is not touched then.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// `action` points at a writable action.
segw_status_t segw_next_action(segw_ctx_t *ctx, segw_action_t *action);

// Says whether the dial of a SEGW_ACTION_INITIATE is still wanted: SEGW_OK if it was neither answered by
// SEGW_IKE_DIALLING or SEGW_IKE_NOT_DIALLED nor overtaken by another. For a caller whose dial has to wait, for a name
// server or for its turn.
//
// Errors: SEGW_ERR_UNKNOWN (it is not: leave it undone, no answer is needed); SEGW_ERR_NULL, SEGW_ERR_ALIGN,
// SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
//
// Memory:
// `connection` ends with a NUL.
segw_status_t segw_wants(const segw_ctx_t *ctx,
                         const char *connection,
                         uint32_t serial);

// Tells whether CHILD_SA `child` of a connection is to be initiated with an INITIATE or COMPLETE action. Call it from any
// thread, as everything else under the caller's lock; it changes nothing.
//
// Returns SEGW_OK (it is), SEGW_AGAIN (it is not: somebody on this side ended it) or SEGW_ERR_UNKNOWN (nobody has heard of it:
// what the configuration says counts).
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a text is not UTF-8).
//
// Memory:
// The texts are NUL-terminated.
segw_status_t segw_wants_child(const segw_ctx_t *ctx,
                               const char *connection,
                               const char *child);

// Hands out the next event for clients: one line of JSON with its newline, not NUL-terminated, its length in
// `event_len`; and in `subject`, which may be NULL, what it is about, for segw_filter_wants().
//
// `cap`: SEGW_EVENT_CAP always suffices.
//
// Returns SEGW_AGAIN if none is left; nothing is written then.
//
// Errors: SEGW_ERR_SHORT (the event stays); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
//
// Memory:
// `event` points at `cap` writable bytes, `subject` at a writable subject or nowhere.
segw_status_t segw_next_event(segw_ctx_t *ctx,
                              char *event,
                              size_t cap,
                              size_t *event_len,
                              segw_subject_t *subject);

// Tells whether IKE_SA `unique_id` is followed: what happens to it is to be reported until its end, also if it is to be ended.
//
// Returns SEGW_OK or SEGW_ERR_UNKNOWN.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
//
// Memory:
// See segw_init.
segw_status_t segw_follows(const segw_ctx_t *ctx,
                           uint32_t unique_id);

// Writes the address, NUL-terminated, of the SEGW that IKE_SA `unique_id` is to, or is to be dialled at: to be set
// again with `set_ike_cfg` after SEGW_IKE_REKEYED and SEGW_IKE_REESTABLISH, because charon forgets it there.
//
// `cap`: SEGW_ADDR_CAP always suffices.
//
// Errors: SEGW_ERR_UNKNOWN (not one of ours: leave it alone); SEGW_ERR_SHORT; SEGW_ERR_NULL, SEGW_ERR_ALIGN,
// SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
//
// Memory:
// `address` points at `cap` writable bytes.
segw_status_t segw_address(const segw_ctx_t *ctx,
                           uint32_t unique_id,
                           char *address,
                           size_t cap);

// Writes the address, NUL-terminated, of the SEGW at place `index` of a connection's list, 0 the primary.
//
// `cap`: SEGW_ADDR_CAP always suffices.
//
// Errors: SEGW_ERR_UNKNOWN (no such connection, or its list is not that long); SEGW_ERR_SHORT; SEGW_ERR_NULL,
// SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
//
// Memory:
// `connection` ends with a NUL, `address` points at `cap` writable bytes.
segw_status_t segw_address_at(const segw_ctx_t *ctx,
                              const char *connection,
                              uint32_t index,
                              char *address,
                              size_t cap);

// Takes over what outlived a restart, a text that segw_memory() wrote: a connection with `start_action` start that is
// applied from now on, or one that is adopted, starts with the SEGW that last carried it. (One that is replaced does so
// without this function too.) What PIN and DRAIN have said goes on, until its time is over: by the wall clock if segw_clock() has
// told it, or else as long as was left when the text was written. Call it after segw_init(). A torn or foreign text does no harm.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
//
// Memory:
// `text` points at `len` bytes.
segw_status_t segw_restore(segw_ctx_t *ctx,
                           const char *text,
                           size_t len);

// Writes the text to keep for segw_restore(), if it has changed since it was last asked for; its length to
// `memory_len`. Which SEGW last carried each connection, what is pinned and drained; no secrets.
//
// `cap`: SEGW_MEMORY_CAP always suffices.
//
// Returns SEGW_AGAIN if nothing has changed; nothing is written then.
//
// Errors: SEGW_ERR_SHORT; SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
//
// Memory:
// `memory` points at `cap` writable bytes.
segw_status_t segw_memory(segw_ctx_t *ctx,
                          char *memory,
                          size_t cap,
                          size_t *memory_len);

// Sends the library's diagnostics to `sink` from now on, those of `max_level` and more important ones: 1 error, 2
// warning, 3 info, 4 debug, 5 trace, 0 none. `user` is handed back at each call. Once a process: the library's only
// global. Call it before any context is used by more than one thread.
//
// Errors: SEGW_ERR_STATE (there is a sink already); SEGW_ERR_ARGUMENT (level above 5); SEGW_ERR_NULL.
//
// Memory:
// `sink` and `user` stay valid as long as the library is used.
segw_status_t segw_log_init(segw_log_fn sink,
                            void *user,
                            uint32_t max_level);

// Fills in a policy with the defaults.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `policy` points at a writable policy.
segw_status_t segw_policy_init(segw_policy_t *policy);

// Sets one key of the `failover` block, or with `probe.` before it of the `probe` block, as an option of strongswan.conf has it:
// `value` is a whole number, a word, or, of a key that ends in `_ms`, a time with its unit, `ms`, `s`, `m`, `h` or `d`: `500ms`,
// `5s`; that of `probe.targets` a list with commas, that of `preferences` and `weights` numbers with blanks or commas, that of
// `failback_window` windows with commas.
//
// Errors: SEGW_ERR_REFUSED (nothing was set; the reason, NUL-terminated and cut to fit, in `message`); SEGW_ERR_STATE (the
// policy was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (not UTF-8, `cap` 0).
//
// Memory:
// `policy` was filled in with segw_policy_init(); `key` and `value` end with a NUL; `message` points at `cap` writable bytes
// that overlap neither.
segw_status_t segw_policy_set(segw_policy_t *policy,
                              const char *key,
                              const char *value,
                              char *message,
                              size_t cap);

// The same, for a key that is set for one connection, on top of what is set for all: the reply to `POLICY` tells which is which.
//
// Errors: see segw_policy_set().
//
// Memory:
// See segw_policy_set().
segw_status_t segw_policy_set_own(segw_policy_t *policy,
                                  const char *key,
                                  const char *value,
                                  char *message,
                                  size_t cap);

// Checks what no single key of a policy tells: whether a value is higher than its limit.
//
// Errors: SEGW_ERR_REFUSED (the reason, which names the keys, NUL-terminated and cut to fit, in `message`); SEGW_ERR_STATE (the
// policy was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (`cap` 0).
//
// Memory:
// `policy` was filled in with segw_policy_init(); `message` points at `cap` writable bytes that do not overlap it.
segw_status_t segw_policy_check(const segw_policy_t *policy,
                                char *message,
                                size_t cap);

// Finds the key of the `failover` block that `key` is, or probably was meant to be; `name` receives it, NUL-terminated. A `key` with
// `probe.` before it is one of the `probe` block; `name` is without that.
//
// Errors: SEGW_ERR_UNKNOWN (there is none); SEGW_ERR_SHORT (`cap` is less than its length and 1); SEGW_ERR_NULL,
// SEGW_ERR_ARGUMENT (not UTF-8).
//
// Memory:
// `key` ends with a NUL; `name` points at `cap` writable bytes that do not overlap it.
segw_status_t segw_policy_key(const char *key,
                              char *name,
                              size_t cap);

// Finds the one of `count` words that `word` is, or probably was meant to be; `index` receives its place among them.
//
// Errors: SEGW_ERR_UNKNOWN (there is none); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (not UTF-8, too many words).
//
// Memory:
// `word` ends with a NUL, and each of the words; `words` points at `count` of them; `index` at a writable number.
segw_status_t segw_nearest(const char *word,
                           const char *const *words,
                           size_t count,
                           size_t *index);

// Guards a connection of charon's own configuration, or takes over what has changed in it. `addresses`: its
// remote_addrs, separated by commas; what cannot be dialled is passed over, and what is beyond SEGW_SEGW_CAP. One name
// suffices, as it may have several addresses.
// `children`: how many CHILD_SAs are initiated with an INITIATE action. Drain actions and events afterwards.
//
// Returns SEGW_OK if it is new or its addresses have changed: then report its IKE_SAs with SEGW_IKE_FOUND. SEGW_AGAIN if
// nothing was new but perhaps its policy, which is taken over. With both `message` receives what was passed over and why, or that
// `preferences` or `weights` are not used because they are not as many as the SEGWs, NUL-terminated and cut to fit, empty if all is well.
//
// Errors, each of the first three with its reason in `message`, NUL-terminated and cut to fit: SEGW_ERR_ARGUMENT (neither two
// addresses nor a name that can be dialled, or a name with other than printable ASCII characters, blanks, quotes, braces,
// commas or backslashes); SEGW_ERR_REFUSED (a client has applied a connection of this name, or a limit of the policy is lower
// than what it limits); SEGW_ERR_FULL. Without one: SEGW_ERR_ARGUMENT (a text that is not UTF-8, `cap` 0), SEGW_ERR_NULL,
// SEGW_ERR_ALIGN, SEGW_ERR_STATE (the context or the policy was not prepared). A connection that was guarded before still is.
//
// Memory:
// `name` and `addresses` end with a NUL; `policy` was filled in with segw_policy_init(); `message` points at `cap` writable
// bytes that overlap none of them.
segw_status_t segw_adopt(segw_ctx_t *ctx,
                         uint64_t now_ms,
                         const char *name,
                         const char *addresses,
                         uint32_t children,
                         const segw_policy_t *policy,
                         char *message,
                         size_t cap);

// Looks at a connection's local_addrs, separated by commas. `message` receives which of them charon would take for names that nobody
// has, and why, NUL-terminated and cut to fit, empty if there are none.
//
// Errors: SEGW_ERR_REFUSED (there is one); SEGW_ERR_NULL, SEGW_ERR_ARGUMENT (not UTF-8, `cap` 0).
//
// Memory:
// `addresses` ends with a NUL; `message` points at `cap` writable bytes that do not overlap it.
segw_status_t segw_local_addresses(const char *addresses,
                                   char *message,
                                   size_t cap);

// Guards an adopted connection no longer; its IKE_SAs are left alone. Drain actions and events afterwards.
//
// Errors: SEGW_ERR_UNKNOWN (no such connection was adopted); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE,
// SEGW_ERR_ARGUMENT (not UTF-8).
//
// Memory:
// `name` ends with a NUL.
segw_status_t segw_release(segw_ctx_t *ctx,
                           uint64_t now_ms,
                           const char *name);

// Notes why a connection is not guarded, or can be used in part only: the event `segw_not_guarded` tells it, `STATUS` names the first
// 16, or as many as there may be connections, and counts the others. NULL or an empty `reason`: this is over, or it is gone. Both texts
// are cut to fit, to 63 and 191 bytes. It changes nothing else. Drain events afterwards.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (not UTF-8).
//
// Memory:
// `name` ends with a NUL, and `reason` if it is not NULL.
segw_status_t segw_not_guarded(segw_ctx_t *ctx,
                               uint64_t now_ms,
                               const char *name,
                               const char *reason);

// Notes an option that is wrong, or not where it belongs, for the list `policy_error` of `STATUS`; `option` tells it from others, and
// `reason` is all that is said; of both the last 63 and 191 bytes are kept. A NULL or empty `reason`: it is right, or gone. A NULL
// `option`: all of them are. What found no room is counted. It changes nothing else.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (not UTF-8).
//
// Memory:
// `option` and `reason` end with a NUL if they are not NULL.
segw_status_t segw_policy_error(segw_ctx_t *ctx,
                                const char *option,
                                const char *reason);

// Prepares the cutting of a client's byte stream into requests.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `frame` points at a writable frame.
segw_status_t segw_frame_init(segw_frame_t *frame);

// Looks at the next bytes of a client's stream, each byte once; the caller collects them.
//
// SEGW_OK: a request ends after `*used` of these bytes; the frame is ready for the next one, which may start right
// there. SEGW_AGAIN: all bytes belong to a request that is not complete, `*used` is `len`.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
//
// Memory:
// `bytes` points at `len` bytes, `used` at a writable number.
segw_status_t segw_frame_push(segw_frame_t *frame,
                              const char *bytes,
                              size_t len,
                              size_t *used);

// Whether the stream stands between two requests: 1, or 0 within one. For a client that hangs up within one: a request that is
// a line may be completed with a newline, pushed as if the client had sent it; one with a brace is half of a request.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `frame` points at a frame.
segw_status_t segw_frame_idle(const segw_frame_t *frame);

// What a request asks for: `SEGW_VERB_*`; SEGW_VERB_UNKNOWN also for NULL.
//
// Memory:
// `request` points at `len` bytes.
uint32_t segw_verb(const char *request, size_t len);

// Reads the connections of an `APPLY_CONFIG` request one by one, each into `config`. It is how the caller gets to what
// charon needs, before segw_command() takes the request over. Needs no context; changes nothing.
//
// `*cursor` is 0 at the first call. The whole request is checked then, `*count` is how many connections there are, and the first
// of them is read. Each call moves `*cursor` on to the next connection, which the next call reads from there: give it the same
// request. SEGW_AGAIN: there is none left. What a cursor says is the library's affair; any number does no harm.
//
// `config` may hold a secret: wipe it after use. It is cleared first, and again if the request is refused.
//
// Errors: SEGW_ERR_REFUSED (the reply for the client is in `reply`, its length in `reply_len`); SEGW_ERR_ARGUMENT (not an
// `APPLY_CONFIG` request); SEGW_ERR_SHORT (the refusal does not fit); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `request` points at `len` bytes, `reply` at `cap` writable ones, the others at writable objects.
segw_status_t segw_config_parse(const char *request,
                                size_t len,
                                size_t *cursor,
                                segw_config_t *config,
                                uint32_t *count,
                                char *reply,
                                size_t cap,
                                size_t *reply_len);

// Writes the reply to an `APPLY_CONFIG` request of which charon cannot take something: `path` below connection number
// `index`, like `ike_cfg.proposals[0]`, and `message`, a short reason; both NUL-terminated. Needs no context.
//
// Returns SEGW_ERR_REFUSED, as segw_command() would.
//
// Errors: SEGW_ERR_SHORT, SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
//
// Memory:
// `request` points at `len` bytes, `reply` at `cap` writable ones, `reply_len` at a writable number.
segw_status_t segw_config_refuse(const char *request,
                                 size_t len,
                                 uint32_t index,
                                 const char *path,
                                 const char *message,
                                 char *reply,
                                 size_t cap,
                                 size_t *reply_len);

// Prepares a client's filter: it wants to hear everything.
//
// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `filter` points at a writable filter.
segw_status_t segw_filter_init(segw_filter_t *filter);

// Takes over what a `SUBSCRIBE` request says. The reply for the client is in `reply`, its length in `reply_len`, both on
// SEGW_OK and on SEGW_ERR_REFUSED. Needs no context.
//
// Errors: SEGW_ERR_REFUSED (the filter is as before); SEGW_ERR_ARGUMENT (not a `SUBSCRIBE` request); SEGW_ERR_SHORT
// (the reply does not fit; nothing was changed); SEGW_ERR_STATE (the filter was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `filter` was prepared with segw_filter_init(); `request` points at `len` bytes, `reply` at `cap` writable ones.
segw_status_t segw_filter_read(segw_filter_t *filter,
                               const char *request,
                               size_t len,
                               char *reply,
                               size_t cap,
                               size_t *reply_len);

// Whether a client wants to hear an event about this, as segw_next_event() told it: 1 or 0.
//
// Errors: SEGW_ERR_STATE (the filter was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (no event has such
// a subject).
//
// Memory:
// `filter` was prepared with segw_filter_init(); `subject` points at a subject.
segw_status_t segw_filter_wants(const segw_filter_t *filter,
                                const segw_subject_t *subject);

// Answers a `RECORD` request with a part of what the caller has recorded of this library's inputs: as much of the `data_len`
// bytes at `data` as fits into a reply, from the byte on that the client asks for. `serial` is the record's: a client that asks for
// more names it, and is refused if it is another one by then. While it is the same, what was there stays, and more is only
// added. Needs no context; what the bytes mean is the caller's affair.
//
// Errors: SEGW_ERR_REFUSED (the reply for the client is in `reply`, as it is on SEGW_OK); SEGW_ERR_ARGUMENT (not a `RECORD`
// request); SEGW_ERR_SHORT (not even an empty part fits); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
//
// Memory:
// `request` points at `len` bytes, `data` at `data_len`, `reply` at `cap` writable ones that overlap neither, `reply_len` at a
// writable number.
segw_status_t segw_record_reply(const char *request,
                                size_t len,
                                const uint8_t *data,
                                size_t data_len,
                                uint32_t serial,
                                char *reply,
                                size_t cap,
                                size_t *reply_len);

// The string of a span, NUL-terminated, owned by `config`; NULL if its key was absent, or `config` is NULL or
// misaligned.
//
// Memory:
// `config` points at a configuration that segw_config_parse() has filled in.
const char *segw_text(const segw_config_t *config,
                      segw_text_t text);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEGW_H */
