//! What crosses the C API: its numbers and its structs. The functions are in [`capi`](crate::capi).

use core::ffi::{c_char, c_void};

use crate::limits::{ADDR_CAP, CTX_WORDS, FILTER_WORDS, NAME_CAP};

/// What a function says. 0 is success, 1 is "nothing to do now", negative numbers are errors. Numbers are never reused.
pub type SegwStatus = i32;

/// Done.
pub const SEGW_OK: i32 = 0;
/// Nothing (more) to do now; not an error.
pub const SEGW_AGAIN: i32 = 1;
/// A pointer is NULL.
pub const SEGW_ERR_NULL: i32 = -1;
/// An object is not aligned as its type requires.
pub const SEGW_ERR_ALIGN: i32 = -2;
/// A buffer of the caller is too short.
pub const SEGW_ERR_SHORT: i32 = -3;
/// A table is full.
pub const SEGW_ERR_FULL: i32 = -4;
/// The request is refused; the reply says where and why. Nothing was changed.
pub const SEGW_ERR_REFUSED: i32 = -5;
/// No connection or IKE_SA of that name or id.
pub const SEGW_ERR_UNKNOWN: i32 = -6;
/// A value is outside its range, or a text is not terminated or not UTF-8.
pub const SEGW_ERR_ARGUMENT: i32 = -7;
/// The context was not initialised with segw_init(), or the log has its sink already.
pub const SEGW_ERR_STATE: i32 = -8;

/// `segw_auth_t.method`: pre-shared key.
pub const SEGW_AUTH_PSK: u32 = 1;
/// `segw_auth_t.method`: signature with the key of a certificate.
pub const SEGW_AUTH_PUBKEY: u32 = 2;
/// `segw_auth_t.method`: EAP, the method is the peer's choice.
pub const SEGW_AUTH_EAP: u32 = 3;
/// `segw_auth_t.method`: EAP-AKA, with charon's (U)SIM plugins.
pub const SEGW_AUTH_EAP_AKA: u32 = 4;
/// `segw_auth_t.method`: EAP-MSCHAPv2.
pub const SEGW_AUTH_EAP_MSCHAPV2: u32 = 5;
/// `segw_auth_t.method`: EAP-TLS.
pub const SEGW_AUTH_EAP_TLS: u32 = 6;
/// `segw_auth_t.revocation`: a certificate is refused if it is known to be revoked.
pub const SEGW_REVOCATION_RELAXED: u32 = 0;
/// `segw_auth_t.revocation`: the same, and if it names where its status is published and that cannot be had.
pub const SEGW_REVOCATION_IFURI: u32 = 1;
/// `segw_auth_t.revocation`: a certificate is refused unless its status is known to be good.
pub const SEGW_REVOCATION_STRICT: u32 = 2;
/// `segw_config_t.fragmentation`: IKE messages are not fragmented.
pub const SEGW_FRAGMENTATION_NO: u32 = 0;
/// `segw_config_t.fragmentation`: the peer's fragments are accepted.
pub const SEGW_FRAGMENTATION_ACCEPT: u32 = 1;
/// `segw_config_t.fragmentation`: large messages are fragmented if the peer supports it.
pub const SEGW_FRAGMENTATION_YES: u32 = 2;
/// `segw_config_t.fragmentation`: IKEv1 only, even without the peer's support.
pub const SEGW_FRAGMENTATION_FORCE: u32 = 3;
/// `segw_config_t.childless`: accepted, not begun (RFC 6023).
pub const SEGW_CHILDLESS_ALLOW: u32 = 0;
/// `segw_config_t.childless`: begun if the peer supports it; charon knows it from 5.9.10 on.
pub const SEGW_CHILDLESS_PREFER: u32 = 1;
/// `segw_config_t.childless`: required.
pub const SEGW_CHILDLESS_FORCE: u32 = 2;
/// `segw_config_t.childless`: not supported.
pub const SEGW_CHILDLESS_NEVER: u32 = 3;
/// `segw_config_t.send_cert`: if the peer asks for it.
pub const SEGW_SEND_CERT_IFASKED: u32 = 0;
/// `segw_config_t.send_cert`: always.
pub const SEGW_SEND_CERT_ALWAYS: u32 = 1;
/// `segw_config_t.send_cert`: never.
pub const SEGW_SEND_CERT_NEVER: u32 = 2;
/// `segw_child_t.hw_offload`: none.
pub const SEGW_HW_OFFLOAD_NO: u32 = 0;
/// `segw_child_t.hw_offload`: cryptographic operations; required.
pub const SEGW_HW_OFFLOAD_CRYPTO: u32 = 1;
/// `segw_child_t.hw_offload`: as much as the device does.
pub const SEGW_HW_OFFLOAD_AUTO: u32 = 2;
/// `segw_child_t.hw_offload`: whole packets; required; charon knows it from 5.9.10 on.
pub const SEGW_HW_OFFLOAD_PACKET: u32 = 3;
/// `segw_child_t.mode`: tunnel mode.
pub const SEGW_MODE_TUNNEL: u32 = 1;
/// `segw_child_t.mode`: transport mode.
pub const SEGW_MODE_TRANSPORT: u32 = 2;
/// `segw_child_t.mode`: BEET mode.
pub const SEGW_MODE_BEET: u32 = 3;
/// `segw_child_t.start_action`: only loaded.
pub const SEGW_START_NONE: u32 = 0;
/// `segw_child_t.start_action`: dialled as soon as it is loaded.
pub const SEGW_START_START: u32 = 1;
/// `segw_child_t.start_action`: dialled when traffic asks for it.
pub const SEGW_START_TRAP: u32 = 2;
/// `segw_child_t.start_action`: both.
pub const SEGW_START_TRAP_START: u32 = 3;
/// `segw_child_t.copy_dscp`: from the inner to the outer header.
pub const SEGW_DSCP_OUT: u32 = 0;
/// `segw_child_t.copy_dscp`: from the outer to the inner header.
pub const SEGW_DSCP_IN: u32 = 1;
/// `segw_child_t.copy_dscp`: both ways.
pub const SEGW_DSCP_YES: u32 = 2;
/// `segw_child_t.copy_dscp`: not at all.
pub const SEGW_DSCP_NO: u32 = 3;
/// `segw_config_t.unique`: `UNIQUE_NO` of strongSwan's `peer_cfg.h`.
pub const SEGW_UNIQUE_NO: u32 = 0;
/// `segw_config_t.unique`: `UNIQUE_NEVER`.
pub const SEGW_UNIQUE_NEVER: u32 = 1;
/// `segw_config_t.unique`: `UNIQUE_REPLACE`.
pub const SEGW_UNIQUE_REPLACE: u32 = 2;
/// `segw_config_t.unique`: `UNIQUE_KEEP`.
pub const SEGW_UNIQUE_KEEP: u32 = 3;

/// `segw_verb()`: not a request of this protocol, or a blank one.
pub const SEGW_VERB_UNKNOWN: u32 = 0;
/// `APPLY_CONFIG {…}`
pub const SEGW_VERB_APPLY_CONFIG: u32 = 1;
/// `REMOVE_CONFIG name`
pub const SEGW_VERB_REMOVE_CONFIG: u32 = 2;
/// `START_DPD name`
pub const SEGW_VERB_START_DPD: u32 = 3;
/// `INITIATE name`
pub const SEGW_VERB_INITIATE: u32 = 4;
/// `TERMINATE name`
pub const SEGW_VERB_TERMINATE: u32 = 5;
/// `SWITCH name target`
pub const SEGW_VERB_SWITCH: u32 = 6;
/// `STATUS [name]`
pub const SEGW_VERB_STATUS: u32 = 7;
/// `HISTORY [name]`
pub const SEGW_VERB_HISTORY: u32 = 8;
/// `VERSION`
pub const SEGW_VERB_VERSION: u32 = 9;
/// `SUBSCRIBE {…}`: for segw_filter_read(), not for segw_command().
pub const SEGW_VERB_SUBSCRIBE: u32 = 10;
/// `POLICY [name]`
pub const SEGW_VERB_POLICY: u32 = 11;
/// `EXPLAIN name`
pub const SEGW_VERB_EXPLAIN: u32 = 12;
/// `RESET_COUNTERS [name]`
pub const SEGW_VERB_RESET_COUNTERS: u32 = 13;
/// `PIN name target [for TIME]`
pub const SEGW_VERB_PIN: u32 = 14;
/// `UNPIN name`
pub const SEGW_VERB_UNPIN: u32 = 15;
/// `DRAIN segw [for TIME]`
pub const SEGW_VERB_DRAIN: u32 = 16;
/// `UNDRAIN segw`
pub const SEGW_VERB_UNDRAIN: u32 = 17;
/// `DRILL name [target]`
pub const SEGW_VERB_DRILL: u32 = 18;
/// `RECORD [serial offset]`: for segw_record_reply(), not for segw_command().
pub const SEGW_VERB_RECORD: u32 = 19;

/// Listener hook `ike_state_change`. Reads unique_id, connection, remote, state, facts. Of an IKE_SA that the SEGW has
/// initiated CONNECTING is told from the hook `authorize`: there its connection is known, and charon has not ended yet what it
/// replaces. SEGW_ERR_UNKNOWN: it is to none of the listed addresses; one behind a name may be told with SEGW_IKE_FOUND.
pub const SEGW_IKE_STATE: u32 = 1;
/// Listener hook `ike_updown`. Reads unique_id, connection, remote, state, up.
pub const SEGW_IKE_UPDOWN: u32 = 2;
/// Listener hook `ike_rekey`. Reads unique_id (old), other_id (new), connection.
pub const SEGW_IKE_REKEYED: u32 = 3;
/// Listener hook `ike_reestablish_pre`. Reads unique_id (old), other_id (new), facts (of the old one). After
/// SEGW_ERR_REFUSED or SEGW_ERR_FULL the new one must not be initiated.
pub const SEGW_IKE_REESTABLISH: u32 = 4;
/// Listener hook `ike_reestablish_post`. Reads unique_id (old), other_id (new), up (whether it was initiated).
pub const SEGW_IKE_REESTABLISHED: u32 = 5;
/// Listener hook `child_updown`. Reads unique_id, connection, remote, child, up, facts, details.
pub const SEGW_IKE_CHILD_UPDOWN: u32 = 6;
/// Listener hook `child_rekey`. Reads connection, child.
pub const SEGW_IKE_CHILD_REKEYED: u32 = 7;
/// Listener hook `alert`. Reads unique_id, alert, child (the CHILD_SA it is about, empty if there is none).
pub const SEGW_IKE_ALERT: u32 = 8;
/// `ALERT_SHUTDOWN_SIGNAL`: from now on nothing is dialled. Reads nothing.
pub const SEGW_IKE_SHUTDOWN: u32 = 9;
/// An INITIATE action got its IKE_SA and is about to dial. Reads unique_id, connection, serial, more.
pub const SEGW_IKE_DIALLING: u32 = 10;
/// An INITIATE action could not be carried out. Reads connection, serial, alert.
pub const SEGW_IKE_NOT_DIALLED: u32 = 11;

/// Listener hook `message`, an incoming one: a sign of life. Reads unique_id, answer_ms.
pub const SEGW_IKE_HEARD: u32 = 12;
/// The answer to a MEASURE action, to be given in any case. Reads unique_id, up (there is such an IKE_SA), packets, sent, facts
/// (SEGW_FACT_NO_ROUTE).
pub const SEGW_IKE_COUNTED: u32 = 13;
/// This host's own addresses, routes or links may have changed (`kernel_listener_t.roam`). Reads nothing.
pub const SEGW_IKE_ROAM: u32 = 14;
/// The answer to a ROUTES action. Reads connection, routes.
pub const SEGW_IKE_ROUTES: u32 = 15;
/// After segw_adopt(): an IKE_SA that was there before. Reads unique_id, connection, remote, state, up (it has been
/// up), children, facts. Harmless if it is followed already.
pub const SEGW_IKE_FOUND: u32 = 16;

/// Event: the SEGW tells us to go to `remote`, an address or a name, instead (RFC 5685). Reads unique_id, remote. With
/// SEGW_ERR_REFUSED that is not to be followed.
pub const SEGW_IKE_REDIRECT: u32 = 17;
/// Listener hook `message`, an incoming one with an error notify, before SEGW_IKE_HEARD: who refused what, for `STATUS` and
/// `HISTORY`. Reads unique_id, notify.
pub const SEGW_IKE_NOTIFY: u32 = 18;

/// Listener hook `message`, an incoming one with a notify that may tell of the SEGW's load (NO_ADDITIONAL_SAS, TEMPORARY_FAILURE,
/// COOKIE, BACKOFF_TIMER and CONGESTION of 3GPP TS 24.302); others do no harm. Before what the message leads to. Reads
/// unique_id, notify, notify_data, facts (SEGW_FACT_PROTECTED).
pub const SEGW_IKE_HINT: u32 = 19;
/// Listener hook `message`, an answer to IKE_SA_INIT that selects a proposal and does not have CHILDLESS_IKEV2_SUPPORTED (RFC 6023), before
/// SEGW_IKE_HEARD. Reads unique_id. After SEGW_ERR_REFUSED that answer is to be ignored.
pub const SEGW_IKE_NOT_CHILDLESS: u32 = 20;

/// The answer to a REACH action, to be given in any case. Reads connection, serial, asked, answered, unasked.
pub const SEGW_IKE_REACHED: u32 = 21;

/// `segw_ike_event_t.unasked`: no CHILD_SA that is up takes packets for one of the targets.
pub const SEGW_UNASKED_NO_SELECTOR: u32 = 1;
/// `segw_ike_event_t.unasked`: this host has no address inside the local traffic selector of the CHILD_SA that would.
pub const SEGW_UNASKED_NO_ADDRESS: u32 = 2;
/// `segw_ike_event_t.unasked`: that CHILD_SA ends when it is not used, and the action has not `again` set.
pub const SEGW_UNASKED_INACTIVITY: u32 = 3;
/// `segw_ike_event_t.unasked`: this host's kernel refused to send.
pub const SEGW_UNASKED_NOT_SENT: u32 = 4;

/// Fact: we initiated the IKE_SA (`COND_ORIGINAL_INITIATOR`); else the SEGW did.
pub const SEGW_FACT_INITIATOR: u32 = 1;
/// Fact: it is authenticated before it is established: a rekeying's new IKE_SA (`COND_AUTHENTICATED`).
pub const SEGW_FACT_AUTHENTICATED: u32 = 2;
/// Fact: it is being reauthenticated (`COND_REAUTHENTICATING`); where it enters `IKE_DELETING`, that this is why.
pub const SEGW_FACT_REAUTHENTICATING: u32 = 4;
/// Fact, at DELETING: `TASK_IKE_DELETE`, `TASK_IKE_REAUTH` or `TASK_IKE_REKEY`, at a CHILD_SA's end: `TASK_CHILD_DELETE` is in
/// `TASK_QUEUE_ACTIVE`.
pub const SEGW_FACT_LOCAL_DELETE: u32 = 8;
/// Fact, at DELETING: `TASK_IKE_DELETE`, at a CHILD_SA's end: `TASK_CHILD_DELETE` is in `TASK_QUEUE_PASSIVE`.
pub const SEGW_FACT_PEER_DELETE: u32 = 16;
/// Fact, at DESTROYING: `TASK_IKE_DELETE` is still in `TASK_QUEUE_ACTIVE` or `TASK_QUEUE_QUEUED`.
pub const SEGW_FACT_DELETE_PENDING: u32 = 32;
/// Fact: `STAT_DELETE` is set and has passed, so the lifetime has really ended; at a CHILD_SA's end: that of the CHILD_SA.
pub const SEGW_FACT_EXPIRED: u32 = 64;
/// Fact, with COUNTED: this host has no route towards the SEGW (source address look-up, `COND_STALE`).
pub const SEGW_FACT_NO_ROUTE: u32 = 128;
/// IKEv2: charon has no task for the IKE_SA, neither active nor queued: it gave it up by itself.
pub const SEGW_FACT_IDLE: u32 = 256;
/// Fact, at DESTROYING: charon's own configuration is loaded anew, or the tunnel was not used (`charon.inactivity_close_ike`); no
/// operator has ended the IKE_SA.
pub const SEGW_FACT_LAID_DOWN: u32 = 512;
/// Fact, with LAID_DOWN: the connection is to be set up again.
pub const SEGW_FACT_AGAIN: u32 = 1024;
/// Fact, with HINT: the message is protected, it is no IKE_SA_INIT.
pub const SEGW_FACT_PROTECTED: u32 = 2048;

/// Alert: nothing of interest.
pub const SEGW_ALERT_NONE: u32 = 0;
/// Alert: `ALERT_PEER_INIT_UNREACHABLE`.
pub const SEGW_ALERT_INIT_UNREACHABLE: u32 = 1;
/// Alert: `ALERT_RETRANSMIT_SEND_TIMEOUT`.
pub const SEGW_ALERT_RETRANSMIT_TIMEOUT: u32 = 2;
/// Alert: `ALERT_RETRANSMIT_SEND`.
pub const SEGW_ALERT_RETRANSMIT: u32 = 3;
/// Alert: `ALERT_PEER_ADDR_FAILED`.
pub const SEGW_ALERT_ADDR_FAILED: u32 = 4;
/// Alert: `ALERT_HALF_OPEN_TIMEOUT`.
pub const SEGW_ALERT_HALF_OPEN_TIMEOUT: u32 = 5;
/// Alert: `ALERT_LOCAL_AUTH_FAILED`, the SEGW refused us.
pub const SEGW_ALERT_LOCAL_AUTH_FAILED: u32 = 6;
/// Alert: `ALERT_PEER_AUTH_FAILED`, we refused the SEGW.
pub const SEGW_ALERT_PEER_AUTH_FAILED: u32 = 7;
/// Alert: `ALERT_PROPOSAL_MISMATCH_IKE`.
pub const SEGW_ALERT_PROPOSAL_MISMATCH: u32 = 8;
/// Alert: the CHILD_SA failed and the IKE_SA stays (`ALERT_KEEP_ON_CHILD_SA_FAILURE` and its kin).
pub const SEGW_ALERT_CHILD_FAILED: u32 = 9;
/// Alert: `ALERT_IKE_SA_EXPIRED`.
pub const SEGW_ALERT_EXPIRED: u32 = 10;
/// Alert: any other.
pub const SEGW_ALERT_OTHER: u32 = 11;
/// With SEGW_IKE_NOT_DIALLED: there is no peer_cfg of that name.
pub const SEGW_ALERT_NO_CONFIG: u32 = 12;
/// With SEGW_IKE_NOT_DIALLED: this host has no address, route or link towards the SEGW; nothing was sent.
pub const SEGW_ALERT_NO_ROUTE: u32 = 13;
/// Alert: `ALERT_CERT_EXPIRED`, a certificate is not valid yet or not any more by this host's clock.
pub const SEGW_ALERT_CERT_DATES: u32 = 14;
/// Alert: `ALERT_INSTALL_CHILD_SA_FAILED` or `ALERT_INSTALL_CHILD_POLICY_FAILED`, this host's kernel refused.
pub const SEGW_ALERT_INSTALL_FAILED: u32 = 15;
/// Alert: `ALERT_CERT_REVOKED`. With the next two: why a SEGW is refused, told before SEGW_ALERT_PEER_AUTH_FAILED.
pub const SEGW_ALERT_CERT_REVOKED: u32 = 16;
/// Alert: `ALERT_CERT_UNTRUSTED_ROOT` or `ALERT_CERT_NO_ISSUER`.
pub const SEGW_ALERT_CERT_UNTRUSTED: u32 = 17;
/// Alert: `ALERT_CERT_VALIDATION_FAILED`, `ALERT_CERT_EXCEEDED_PATH_LEN` or `ALERT_CERT_POLICY_VIOLATION`.
pub const SEGW_ALERT_CERT_INVALID: u32 = 18;
/// None of charon's alerts: the IKE_SA that ends could not be set up because this host's charon lacks an algorithm. Before the change to
/// SEGW_STATE_DESTROYING. With SEGW_IKE_NOT_DIALLED: charon can use none of the proposals, nothing was sent.
pub const SEGW_ALERT_LACKING: u32 = 19;
/// Alert: `ALERT_LOCAL_AUTH_FAILED` before the SEGW was sent IKE_AUTH, charon has no secret or key of ours to use.
pub const SEGW_ALERT_NO_CREDENTIALS: u32 = 20;

/// State of an IKE_SA, in the order of strongSwan's `ike_sa_state_t`.
pub const SEGW_STATE_CREATED: u32 = 0;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_CONNECTING: u32 = 1;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_ESTABLISHED: u32 = 2;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_PASSIVE: u32 = 3;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_REKEYING: u32 = 4;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_REKEYED: u32 = 5;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_DELETING: u32 = 6;
/// See SEGW_STATE_CREATED.
pub const SEGW_STATE_DESTROYING: u32 = 7;

/// Action: dial a SEGW with a new IKE_SA. Has connection, segw, address, serial, parallel, again, standby. Answer with
/// SEGW_IKE_DIALLING before dialling, or with SEGW_IKE_NOT_DIALLED.
pub const SEGW_ACTION_INITIATE: u32 = 1;
/// Action: end IKE_SA unique_id at once; tell the SEGW, but do not wait for its answer.
pub const SEGW_ACTION_TERMINATE: u32 = 2;
/// Action: ask the SEGW of IKE_SA unique_id for a sign of life. If a request of the IKE_SA waits for its answer send that
/// again; else start a DPD exchange, but not if `again` is set and the IKE version is 2.
pub const SEGW_ACTION_PROBE: u32 = 3;
/// Action: forget the configuration and secrets of connection; it was removed.
pub const SEGW_ACTION_UNLOAD: u32 = 4;

/// Action: count the packets that came in through the CHILD_SAs of IKE_SA unique_id, and that went out. Answer with
/// SEGW_IKE_COUNTED. With `again` the SEGW owes an answer: see if there is a route to it, and count only after all that has
/// come in has been read.
pub const SEGW_ACTION_MEASURE: u32 = 5;

/// Action: initiate those of the connection's CHILD_SAs that IKE_SA unique_id lacks: charon dialled it by itself, some are missing, or
/// it was dialled as standby and takes the place of a dial. Has unique_id, connection, segw, standby.
pub const SEGW_ACTION_COMPLETE: u32 = 6;
/// Action: find out which SEGWs of connection this host has a route to (segw_address_at()). Answer with SEGW_IKE_ROUTES.
pub const SEGW_ACTION_ROUTES: u32 = 7;

/// Action: ask the targets in `address`, separated by commas, for an answer through the CHILD_SAs of IKE_SA unique_id, for wait_ms
/// at most: `10.1.0.1` with an ICMP or ICMPv6 echo request, `tcp://10.1.0.1:443` with a TCP connection that is ended at once, accepted
/// or refused. Each from an address of this host inside the CHILD_SA's local traffic selector. A CHILD_SA that ends when it is not used
/// is asked through only if `again` is set. Has connection, unique_id, serial, wait_ms, address, again. Answer with SEGW_IKE_REACHED.
pub const SEGW_ACTION_REACH: u32 = 8;
/// Action: set up the CHILD_SAs of IKE_SA unique_id anew: rekey them.
pub const SEGW_ACTION_REKEY: u32 = 9;

/// Words of 32 bits in a policy.
pub const SEGW_POLICY_WORDS: usize = 96;

/// Everything the library knows. The caller owns the memory; it needs no clean-up. Do not look inside, do not copy.
#[repr(C)]
pub struct SegwCtx {
    /// Private.
    pub(crate) words: [u64; CTX_WORDS],
}

/// Where a client's byte stream stands. One a client; private but for its size.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwFrame {
    /// Private.
    pub(crate) words: [u32; 2],
}

/// Which events a client wants to hear. One a client; private but for its size.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwFilter {
    /// Private.
    pub(crate) words: [u64; FILTER_WORDS],
}

/// What has passed through a CHILD_SA since it was set up or rekeyed.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwTraffic {
    /// Bytes that came in.
    pub bytes_in: u64,
    /// Packets that came in.
    pub packets_in: u64,
    /// Bytes that went out.
    pub bytes_out: u64,
    /// Packets that went out.
    pub packets_out: u64,
    /// When the last packet came in, on the caller's monotonic clock in milliseconds; 0: none has, or it is not known.
    pub heard_ms: u64,
    /// Charon's unique id of its IKE_SA.
    pub unique_id: u32,
    /// Its name, NUL-terminated.
    pub child: [c_char; NAME_CAP],
}

/// What only the caller knows at the moment of a request, for the reply. Nothing of it is kept.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwOutside {
    /// The wall clock, in milliseconds since 1970-01-01 00:00 UTC; 0: not known.
    pub unix_ms: u64,
    /// The traffic of CHILD_SAs; one may be there twice, while it is rekeyed. May be NULL if there is none.
    pub traffic: *const SegwTraffic,
    /// How many there are.
    pub count: usize,
}

/// What an event is about.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwSubject {
    /// What it tells: private.
    pub event: u32,
    /// The connection, NUL-terminated; empty: none.
    pub connection: [c_char; NAME_CAP],
}

/// How an adopted connection fails over. Fill it in with segw_policy_init() and segw_policy_set(); private but for its
/// size.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwPolicy {
    /// Private.
    pub(crate) words: [u32; SEGW_POLICY_WORDS],
}

/// What clients are told of a CHILD_SA. Texts are NUL-terminated, cut to fit.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwChildSa {
    /// Inbound SPI.
    pub spi_in: u32,
    /// Outbound SPI.
    pub spi_out: u32,
    /// State, as charon names it.
    pub state: [c_char; 16],
    /// `esp` or `ah`.
    pub protocol: [c_char; 8],
    /// `tunnel`, `transport` or `beet`.
    pub mode: [c_char; 12],
    /// Encryption algorithm.
    pub enc_alg: [c_char; 32],
    /// Integrity algorithm; empty with an AEAD.
    pub integ_alg: [c_char; 32],
    /// Local traffic selectors.
    pub local_ts: [c_char; 64],
    /// Remote traffic selectors.
    pub remote_ts: [c_char; 64],
    /// Local address.
    pub local: [c_char; 48],
}

/// One fact from charon. Zero it first; only the fields named at its kind are read.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwIkeEvent {
    /// `SEGW_IKE_*`
    pub kind: u32,
    /// Charon's unique id of the IKE_SA, from 1.
    pub unique_id: u32,
    /// That of the new one, where there are two.
    pub other_id: u32,
    /// The serial of the INITIATE action that this answers.
    pub serial: u32,
    /// `SEGW_STATE_*` before the change. Read at no kind: for a log of the caller's.
    pub previous: u32,
    /// `SEGW_STATE_*` from now on.
    pub state: u32,
    /// `SEGW_FACT_*`, added up.
    pub facts: u32,
    /// `SEGW_ALERT_*`
    pub alert: u32,
    /// Packets that came in through the CHILD_SAs so far.
    pub packets: u64,
    /// Packets that went out through them.
    pub sent: u64,
    /// Milliseconds that the SEGW took to answer, from 1, if the message answers a request that was sent only once; else 0.
    pub answer_ms: u32,
    /// SEGWs that there is a route to: bit 0 for the primary, and so on.
    pub routes: u32,
    /// CHILD_SAs that are up.
    pub children: u32,
    /// Number of the notify, RFC 7296 section 3.10.1.
    pub notify: u32,
    /// The last octet of its data, 0 if it has none.
    pub notify_data: u32,
    /// Targets that were asked: bit 0 for the first, and so on.
    pub asked: u32,
    /// Those of them that answered.
    pub answered: u32,
    /// `SEGW_UNASKED_*`, if none was asked.
    pub unasked: u32,
    /// Up or down.
    pub up: bool,
    /// The SEGW's name has more addresses that this visit has not dialled yet.
    pub more: bool,
    /// The IKE_SA's name, that is its peer_cfg's.
    pub connection: [c_char; NAME_CAP],
    /// The CHILD_SA's name.
    pub child: [c_char; NAME_CAP],
    /// The SEGW's address, without port.
    pub remote: [c_char; 64],
    /// More of the CHILD_SA.
    pub details: SegwChildSa,
}

/// What the caller is to do. Only the fields named at its kind are set, the others are zero.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwAction {
    /// `SEGW_ACTION_*`
    pub kind: u32,
    /// The IKE_SA.
    pub unique_id: u32,
    /// To be quoted in the answer.
    pub serial: u32,
    /// The SEGW's place in the connection's list, 0 the primary.
    pub segw: u32,
    /// How long to wait, in milliseconds.
    pub wait_ms: u32,
    /// Another IKE_SA of the connection is up and stays: make-before-break.
    pub parallel: bool,
    /// Dial an address behind the SEGW's name that was not dialled since the last INITIATE action for this SEGW without
    /// `again`. With SEGW_ACTION_PROBE: send again what waits for its answer, begin nothing. With
    /// SEGW_ACTION_MEASURE: the SEGW owes an answer. With SEGW_ACTION_REACH: packets go out besides.
    pub again: bool,
    /// Dial without CHILD_SAs (RFC 6023): nothing is to flow through it, it waits to take the place of a dial. With
    /// SEGW_ACTION_COMPLETE: it was dialled so, and takes that place now.
    pub standby: bool,
    /// The connection.
    pub connection: [c_char; NAME_CAP],
    /// The SEGW's address or name. With SEGW_ACTION_REACH: the targets.
    pub address: [c_char; ADDR_CAP],
}

/// Takes diagnostics: level 1 (error) to 5 (trace), a text of `len` bytes that is not NUL-terminated. It may be called
/// from any thread that calls the library, during that call; it must not call the library.
pub type SegwLogFn = Option<unsafe extern "C" fn(user: *mut c_void, level: u32, text: *const c_char, len: usize)>;
