//! The C API: checks pointers, converts, calls one method of the engine. The only `unsafe` of the library.
//! Its comments are the manual that C programmers read in `include/segw.h`.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use core::slice;

use crate::addr::Addr;
use crate::charon::{Alert, ChildSa, IkeEvent};
use crate::engine::{Action, Answer, Engine};
use crate::error::Error;
use crate::ike::{Facts, IkeState};
use crate::json::command::{Request, Verb};
use crate::json::config::{Config, Text};
use crate::json::frame::Frame;
use crate::json::refusal::Refusal;
use crate::json::reply::{self, Refused};
use crate::json::walk;
use crate::limits::{ADDR_CAP, CTX_CAP, NAME_CAP};
use crate::policy::Policy;
use crate::time::Instant;

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
/// `segw_child_t.mode`: tunnel mode.
pub const SEGW_MODE_TUNNEL: u32 = 1;
/// `segw_child_t.mode`: transport mode.
pub const SEGW_MODE_TRANSPORT: u32 = 2;
/// `segw_child_t.start_action`: only loaded.
pub const SEGW_START_NONE: u32 = 0;
/// `segw_child_t.start_action`: dialled as soon as it is loaded.
pub const SEGW_START_START: u32 = 1;
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

/// Listener hook `ike_state_change`. Reads unique_id, connection, remote, state, facts.
pub const SEGW_IKE_STATE: u32 = 1;
/// Listener hook `ike_updown`. Reads unique_id, connection, remote, state, up.
pub const SEGW_IKE_UPDOWN: u32 = 2;
/// Listener hook `ike_rekey`. Reads unique_id (old), other_id (new), connection.
pub const SEGW_IKE_REKEYED: u32 = 3;
/// Listener hook `ike_reestablish_pre`. Reads unique_id (old), other_id (new), facts (of the old one).
pub const SEGW_IKE_REESTABLISH: u32 = 4;
/// Listener hook `ike_reestablish_post`. Reads other_id (new), up (whether it was initiated).
pub const SEGW_IKE_REESTABLISHED: u32 = 5;
/// Listener hook `child_updown`. Reads unique_id, connection, remote, child, up, facts, details.
pub const SEGW_IKE_CHILD_UPDOWN: u32 = 6;
/// Listener hook `child_rekey`. Reads connection, child.
pub const SEGW_IKE_CHILD_REKEYED: u32 = 7;
/// Listener hook `alert`. Reads unique_id, alert.
pub const SEGW_IKE_ALERT: u32 = 8;
/// `ALERT_SHUTDOWN_SIGNAL`: from now on nothing is dialled. Reads nothing.
pub const SEGW_IKE_SHUTDOWN: u32 = 9;
/// An INITIATE action got its IKE_SA and is about to dial. Reads unique_id, connection, serial.
pub const SEGW_IKE_DIALLING: u32 = 10;
/// An INITIATE action could not be carried out. Reads connection, serial, alert.
pub const SEGW_IKE_NOT_DIALLED: u32 = 11;

/// Listener hook `message`, an incoming one: a sign of life. Reads unique_id.
pub const SEGW_IKE_HEARD: u32 = 12;
/// The answer to a MEASURE action. Reads unique_id, packets.
pub const SEGW_IKE_COUNTED: u32 = 13;

/// Fact: we initiated the IKE_SA (`COND_ORIGINAL_INITIATOR`).
pub const SEGW_FACT_INITIATOR: u32 = 1;
/// Fact: it is authenticated before it is established: a rekeying's new IKE_SA (`COND_AUTHENTICATED`).
pub const SEGW_FACT_AUTHENTICATED: u32 = 2;
/// Fact: it is being reauthenticated (`COND_REAUTHENTICATING`).
pub const SEGW_FACT_REAUTHENTICATING: u32 = 4;
/// Fact, at DELETING: `TASK_IKE_DELETE`, `TASK_IKE_REAUTH` or `TASK_IKE_REKEY` is in `TASK_QUEUE_ACTIVE`.
pub const SEGW_FACT_LOCAL_DELETE: u32 = 8;
/// Fact, at DELETING: `TASK_IKE_DELETE`, at a CHILD_SA's end: `TASK_CHILD_DELETE` is in `TASK_QUEUE_PASSIVE`.
pub const SEGW_FACT_PEER_DELETE: u32 = 16;
/// Fact, at DESTROYING: `TASK_IKE_DELETE` is still in `TASK_QUEUE_ACTIVE` or `TASK_QUEUE_QUEUED`.
pub const SEGW_FACT_DELETE_PENDING: u32 = 32;
/// Fact: `STAT_DELETE` is set and has passed, so the lifetime has really ended.
pub const SEGW_FACT_EXPIRED: u32 = 64;

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

/// Action: dial a SEGW with a new IKE_SA. Has connection, segw, address, serial, parallel. Answer with
/// SEGW_IKE_DIALLING before dialling, or with SEGW_IKE_NOT_DIALLED.
pub const SEGW_ACTION_INITIATE: u32 = 1;
/// Action: end IKE_SA unique_id at once; tell the SEGW, but do not wait for its answer.
pub const SEGW_ACTION_TERMINATE: u32 = 2;
/// Action: start a DPD exchange on IKE_SA unique_id.
pub const SEGW_ACTION_PROBE: u32 = 3;
/// Action: forget the configuration and secrets of connection; it was removed.
pub const SEGW_ACTION_UNLOAD: u32 = 4;

/// Action: count the packets that came in through the CHILD_SAs of IKE_SA unique_id. Answer with SEGW_IKE_COUNTED.
pub const SEGW_ACTION_MEASURE: u32 = 5;

/// Action: initiate those of the connection's CHILD_SAs that IKE_SA unique_id lacks: charon dialled it by itself.
pub const SEGW_ACTION_COMPLETE: u32 = 6;

/// Words of 64 bits in a context: 64 KiB.
pub const SEGW_CTX_WORDS: usize = 8192;
const _: () = assert!(SEGW_CTX_WORDS * 8 == CTX_CAP);

/// Everything the library knows. The caller owns the memory; it needs no clean-up. Do not look inside, do not copy.
#[repr(C)]
pub struct SegwCtx {
    /// Private.
    words: [u64; SEGW_CTX_WORDS],
}

/// Where a client's byte stream stands. One a client; private but for its size.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SegwFrame {
    /// Private.
    words: [u32; 2],
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
    /// `tunnel` or `transport`.
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
    /// `SEGW_STATE_*` before the change; for the log only.
    pub previous: u32,
    /// `SEGW_STATE_*` from now on.
    pub state: u32,
    /// `SEGW_FACT_*`, added up.
    pub facts: u32,
    /// `SEGW_ALERT_*`
    pub alert: u32,
    /// Packets that came in through the CHILD_SAs so far.
    pub packets: u64,
    /// Up or down.
    pub up: bool,
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
    /// Another IKE_SA of the connection is up and stays: make-before-break.
    pub parallel: bool,
    /// The connection.
    pub connection: [c_char; NAME_CAP],
    /// The SEGW's address or name.
    pub address: [c_char; ADDR_CAP],
}

/// Takes diagnostics: level 1 (error) to 5 (trace), a text of `len` bytes that is not NUL-terminated. It may be called
/// from any thread that calls the library, during that call; it must not call the library.
pub type SegwLogFn = Option<unsafe extern "C" fn(user: *mut c_void, level: u32, text: *const c_char, len: usize)>;

/// What a context holds.
#[repr(C)]
struct Inner {
    magic: u64,
    engine: Engine,
}

const MAGIC: u64 = u64::from_le_bytes(*b"libsegw1");

const _: () = assert!(size_of::<Inner>() <= size_of::<SegwCtx>());
const _: () = assert!(align_of::<Inner>() <= align_of::<SegwCtx>());

/// A reference to what `ptr` points at, or a return with the status of what is wrong with it.
macro_rules! try_ref {
    ($ptr:expr) => {{
        let ptr = $ptr;
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if !ptr.is_aligned() {
            return SEGW_ERR_ALIGN;
        }
        // SAFETY: neither NULL nor misaligned; that it points at a live object is every function's contract.
        unsafe { &*ptr }
    }};
}

/// The same, to write to.
macro_rules! try_mut {
    ($ptr:expr) => {{
        let ptr = $ptr;
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if !ptr.is_aligned() {
            return SEGW_ERR_ALIGN;
        }
        // SAFETY: as above, and the caller lets nobody else touch it during the call.
        unsafe { &mut *ptr }
    }};
}

/// The engine in a context, or a return with a status.
macro_rules! try_engine {
    ($ctx:expr) => {{
        let ctx = try_mut!($ctx.cast::<Inner>());
        if ctx.magic != MAGIC {
            return SEGW_ERR_STATE;
        }
        &mut ctx.engine
    }};
}

/// The bytes at a pointer, or a return with a status.
macro_rules! try_slice {
    ($ptr:expr, $len:expr) => {{
        let (ptr, len) = ($ptr.cast::<u8>(), $len);
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if len > MOST {
            return SEGW_ERR_ARGUMENT;
        }
        // SAFETY: not NULL, not longer than an object can be; that `len` bytes are there is the function's contract.
        unsafe { slice::from_raw_parts(ptr, len) }
    }};
}

/// The same, to write to.
macro_rules! try_slice_mut {
    ($ptr:expr, $len:expr) => {{
        let (ptr, len) = ($ptr.cast::<u8>(), $len);
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if len > MOST {
            return SEGW_ERR_ARGUMENT;
        }
        // SAFETY: as above, and the caller lets nobody else touch them during the call.
        unsafe { slice::from_raw_parts_mut(ptr, len) }
    }};
}

/// Longest object that Rust knows.
const MOST: usize = usize::MAX / 2;

const fn status(error: Error) -> SegwStatus {
    error as SegwStatus
}

/// The text in an array, up to its NUL; `None` if there is none or it is not UTF-8.
fn text<const N: usize>(array: &[c_char; N]) -> Option<&str> {
    // SAFETY: an array of `c_char` is one of bytes.
    let bytes = unsafe { slice::from_raw_parts(array.as_ptr().cast::<u8>(), N) };
    CStr::from_bytes_until_nul(bytes).ok()?.to_str().ok()
}

/// Writes a text and its NUL into an array that is zero; what does not fit is cut.
fn put<const N: usize>(array: &mut [c_char; N], text: &str) {
    let room = N.saturating_sub(1);
    for (cell, byte) in array.iter_mut().take(room).zip(text.bytes()) {
        *cell = byte.cast_signed() as c_char;
    }
}

/// Prepares a context. Call it once, before anything else; calling it again forgets everything.
///
/// `now_ms`: the caller's monotonic clock in milliseconds, here and in all other functions. `seed`: any number; the
/// same seed and the same inputs give the same outputs, byte for byte.
///
/// Thread rule, for all functions with a context: one thread at a time for each context.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `ctx` points at `sizeof(segw_ctx_t)` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_init(ctx: *mut SegwCtx, now_ms: u64, seed: u64) -> SegwStatus {
    if ctx.is_null() {
        return SEGW_ERR_NULL;
    }
    if !ctx.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    let inner = ctx.cast::<Inner>();
    // SAFETY: aligned, large enough (asserted above); written whole before it is read.
    unsafe {
        ptr::addr_of_mut!((*inner).engine).write(Engine::new(Instant(now_ms), seed));
        ptr::addr_of_mut!((*inner).magic).write(MAGIC);
    }
    SEGW_OK
}

/// Answers one complete request of a client (see segw_frame_push). The reply is one line of JSON with its newline,
/// written to `reply`, its length to `reply_len`, both on SEGW_OK and on SEGW_ERR_REFUSED; a blank request has a reply
/// of length 0. Drain actions and events afterwards.
///
/// A request is done whole or not at all. The request may hold secrets: the library keeps none, the caller wipes it.
///
/// `cap`: SEGW_REPLY_CAP always suffices.
///
/// Errors: SEGW_ERR_REFUSED (the reply says why; its length is 0 if it does not fit); SEGW_ERR_SHORT (the request was
/// done, its reply does not fit);
/// SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
///
/// # Safety
/// `request` points at `len` bytes, `reply` at `cap` writable ones that do not overlap them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_command(
    ctx: *mut SegwCtx,
    now_ms: u64,
    request: *const c_char,
    len: usize,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let request = try_slice!(request, len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    match engine.command(Instant(now_ms), request, out) {
        Ok(Answer { len, ok }) => {
            *reply_len = len;
            if ok { SEGW_OK } else { SEGW_ERR_REFUSED }
        }
        Err(error) => status(error),
    }
}

fn facts(mask: u32) -> Facts {
    let has = |fact| mask & fact != 0;
    Facts {
        initiator: has(SEGW_FACT_INITIATOR),
        authenticated: has(SEGW_FACT_AUTHENTICATED),
        reauthenticating: has(SEGW_FACT_REAUTHENTICATING),
        local_delete: has(SEGW_FACT_LOCAL_DELETE),
        peer_delete: has(SEGW_FACT_PEER_DELETE),
        delete_pending: has(SEGW_FACT_DELETE_PENDING),
        expired: has(SEGW_FACT_EXPIRED),
    }
}

/// The event in words of the engine; `None` if a value is outside its range.
fn translate(event: &SegwIkeEvent) -> Option<IkeEvent<'_>> {
    // Only what the kind reads is looked at.
    let nameless = [SEGW_IKE_REESTABLISH, SEGW_IKE_REESTABLISHED, SEGW_IKE_ALERT, SEGW_IKE_SHUTDOWN, SEGW_IKE_HEARD];
    let named = !nameless.contains(&event.kind) && event.kind != SEGW_IKE_COUNTED;
    let connection = if named { text(&event.connection)? } else { "" };
    let remote = if [SEGW_IKE_STATE, SEGW_IKE_UPDOWN, SEGW_IKE_CHILD_UPDOWN].contains(&event.kind) {
        text(&event.remote)?
    } else {
        ""
    };
    let (unique_id, facts, alert) = (event.unique_id, facts(event.facts), Alert::from_u32(event.alert));
    Some(match event.kind {
        SEGW_IKE_STATE => {
            IkeEvent::State { unique_id, connection, remote, state: IkeState::from_u32(event.state)?, facts }
        }
        SEGW_IKE_UPDOWN => {
            let state = IkeState::from_u32(event.state)?;
            IkeEvent::UpDown { unique_id, connection, remote, state, up: event.up }
        }
        SEGW_IKE_REKEYED => IkeEvent::Rekeyed { old: unique_id, new: event.other_id, connection },
        SEGW_IKE_REESTABLISH => IkeEvent::Reestablish { old: unique_id, new: event.other_id, facts },
        SEGW_IKE_REESTABLISHED => IkeEvent::Reestablished { new: event.other_id, initiated: event.up },
        SEGW_IKE_CHILD_UPDOWN => {
            let details = &event.details;
            let child = ChildSa {
                name: text(&event.child)?,
                state: text(&details.state)?,
                spi_in: details.spi_in,
                spi_out: details.spi_out,
                protocol: text(&details.protocol)?,
                mode: text(&details.mode)?,
                enc_alg: text(&details.enc_alg)?,
                integ_alg: text(&details.integ_alg)?,
                local_ts: text(&details.local_ts)?,
                remote_ts: text(&details.remote_ts)?,
                local: text(&details.local)?,
            };
            IkeEvent::ChildUpDown { unique_id, connection, remote, child, up: event.up, facts }
        }
        SEGW_IKE_CHILD_REKEYED => IkeEvent::ChildRekeyed { connection, child: text(&event.child)? },
        SEGW_IKE_ALERT => IkeEvent::Alert { unique_id, alert },
        SEGW_IKE_HEARD => IkeEvent::Heard { unique_id },
        SEGW_IKE_COUNTED => IkeEvent::Counted { unique_id, packets: event.packets },
        SEGW_IKE_SHUTDOWN => IkeEvent::Shutdown,
        SEGW_IKE_DIALLING => IkeEvent::Dialling { unique_id, connection, serial: event.serial },
        SEGW_IKE_NOT_DIALLED => IkeEvent::NotDialled { connection, serial: event.serial, alert },
        _ => return None,
    })
}

/// Tells what happened in charon. Drain actions and events afterwards. Allocates nothing, never blocks: it may be
/// called from a listener hook.
///
/// Errors: SEGW_ERR_FULL (the IKE_SA could not be tracked; an event says so too) and SEGW_ERR_UNKNOWN (the dial is not
/// wanted any more): with SEGW_IKE_DIALLING both mean that the IKE_SA must not be dialled. SEGW_ERR_ARGUMENT (an unknown kind
/// or state, a text without NUL or not UTF-8; nothing was changed); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `event` points at an initialised event; nothing of it is kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_ike_event(ctx: *mut SegwCtx, now_ms: u64, event: *const SegwIkeEvent) -> SegwStatus {
    let engine = try_engine!(ctx);
    let Some(event) = translate(try_ref!(event)) else {
        return SEGW_ERR_ARGUMENT;
    };
    match engine.ike_event(Instant(now_ms), &event) {
        Ok(()) => SEGW_OK,
        Err(error) => status(error),
    }
}

/// Tells that time has come (see segw_poll_at). Calling it early or late does no harm; calling it late makes what is
/// due late. Drain actions and events afterwards.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// See segw_init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_timeout(ctx: *mut SegwCtx, now_ms: u64) -> SegwStatus {
    try_engine!(ctx).timeout(Instant(now_ms));
    SEGW_OK
}

/// Hands out the next action. Carry it out soon, but not within a listener hook.
///
/// Returns SEGW_AGAIN if none is left; `action` is not touched then.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `action` points at a writable action.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_next_action(ctx: *mut SegwCtx, action: *mut SegwAction) -> SegwStatus {
    let engine = try_engine!(ctx);
    let out = try_mut!(action);
    let Ok(action) = engine.next_action() else {
        return SEGW_AGAIN;
    };
    let mut raw = SegwAction {
        kind: 0,
        unique_id: 0,
        serial: 0,
        segw: 0,
        parallel: false,
        connection: [0; NAME_CAP],
        address: [0; ADDR_CAP],
    };
    match action {
        Action::Initiate { connection, segw, addr, serial, parallel } => {
            raw.kind = SEGW_ACTION_INITIATE;
            raw.serial = serial;
            raw.segw = u32::from(segw);
            raw.parallel = parallel;
            put(&mut raw.connection, connection);
            put(&mut raw.address, &addr.to_text());
        }
        Action::Terminate { unique_id } => {
            raw.kind = SEGW_ACTION_TERMINATE;
            raw.unique_id = unique_id;
        }
        Action::Probe { unique_id } => {
            raw.kind = SEGW_ACTION_PROBE;
            raw.unique_id = unique_id;
        }
        Action::Measure { unique_id } => {
            raw.kind = SEGW_ACTION_MEASURE;
            raw.unique_id = unique_id;
        }
        Action::Complete { unique_id } => {
            raw.kind = SEGW_ACTION_COMPLETE;
            raw.unique_id = unique_id;
        }
        Action::Unload { connection } => {
            raw.kind = SEGW_ACTION_UNLOAD;
            put(&mut raw.connection, &connection);
        }
    }
    *out = raw;
    SEGW_OK
}

/// Hands out the next event for clients: one line of JSON with its newline, not NUL-terminated, its length in
/// `event_len`.
///
/// `cap`: SEGW_EVENT_CAP always suffices.
///
/// Returns SEGW_AGAIN if none is left; nothing is written then.
///
/// Errors: SEGW_ERR_SHORT (the event stays); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `event` points at `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_next_event(
    ctx: *mut SegwCtx,
    event: *mut c_char,
    cap: usize,
    event_len: *mut usize,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let line = try_slice_mut!(event, cap);
    let event_len = try_mut!(event_len);
    match engine.next_event(line) {
        Ok(len) => {
            *event_len = len;
            SEGW_OK
        }
        Err(nb::Error::WouldBlock) => SEGW_AGAIN,
        Err(nb::Error::Other(error)) => status(error),
    }
}

/// Says when to call segw_timeout(), on the caller's clock; ask again after every input.
///
/// Returns SEGW_AGAIN if no connection waits for anything; `at_ms` is not touched then.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `at_ms` points at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_poll_at(ctx: *const SegwCtx, at_ms: *mut u64) -> SegwStatus {
    let inner = try_ref!(ctx.cast::<Inner>());
    if inner.magic != MAGIC {
        return SEGW_ERR_STATE;
    }
    let at_ms = try_mut!(at_ms);
    match inner.engine.poll_at() {
        Ok(at) => {
            *at_ms = at.0;
            SEGW_OK
        }
        Err(_) => SEGW_AGAIN,
    }
}

/// Writes the address, NUL-terminated, of the SEGW that IKE_SA `unique_id` is to, or is to be dialled at: to be set
/// again with `set_ike_cfg` after SEGW_IKE_REKEYED and SEGW_IKE_REESTABLISH, because charon forgets it there.
///
/// `cap`: SEGW_ADDR_CAP always suffices.
///
/// Errors: SEGW_ERR_UNKNOWN (not one of ours: leave it alone); SEGW_ERR_SHORT; SEGW_ERR_NULL, SEGW_ERR_ALIGN,
/// SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `address` points at `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_address(
    ctx: *const SegwCtx,
    unique_id: u32,
    address: *mut c_char,
    cap: usize,
) -> SegwStatus {
    let inner = try_ref!(ctx.cast::<Inner>());
    if inner.magic != MAGIC {
        return SEGW_ERR_STATE;
    }
    let out = try_slice_mut!(address, cap);
    let Some(text) = inner.engine.addr(unique_id).map(Addr::to_text) else {
        return SEGW_ERR_UNKNOWN;
    };
    let Some(room) = out.get_mut(..=text.len()) else {
        return SEGW_ERR_SHORT;
    };
    for (cell, byte) in room.iter_mut().zip(text.bytes().chain([0])) {
        *cell = byte;
    }
    SEGW_OK
}

/// Prepares the cutting of a client's byte stream into requests.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `frame` points at a writable frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_init(frame: *mut SegwFrame) -> SegwStatus {
    try_mut!(frame).words = Frame::new().to_raw();
    SEGW_OK
}

/// Looks at the next bytes of a client's stream, each byte once; the caller collects them.
///
/// SEGW_OK: a request ends after `*used` of these bytes; the frame is ready for the next one, which may start right
/// there. SEGW_AGAIN: all bytes belong to a request that is not complete, `*used` is `len`.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `bytes` points at `len` bytes, `used` at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_push(
    frame: *mut SegwFrame,
    bytes: *const c_char,
    len: usize,
    used: *mut usize,
) -> SegwStatus {
    let raw = try_mut!(frame);
    let bytes = try_slice!(bytes, len);
    let used = try_mut!(used);
    let mut frame = Frame::from_raw(raw.words);
    let end = frame.push(bytes);
    raw.words = frame.to_raw();
    *used = end.unwrap_or(len);
    if end.is_some() { SEGW_OK } else { SEGW_AGAIN }
}

/// Whether the stream stands between two requests: 1, or 0 within one. A client that hangs up within one is cut off.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `frame` points at a frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_idle(frame: *const SegwFrame) -> SegwStatus {
    SegwStatus::from(Frame::from_raw(try_ref!(frame).words).is_idle())
}

/// What a request asks for: `SEGW_VERB_*`; SEGW_VERB_UNKNOWN also for NULL.
///
/// # Safety
/// `request` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_verb(request: *const c_char, len: usize) -> u32 {
    if request.is_null() || len > MOST {
        return SEGW_VERB_UNKNOWN;
    }
    // SAFETY: not NULL, not longer than an object can be; that `len` bytes are there is the contract.
    let bytes = unsafe { slice::from_raw_parts(request.cast::<u8>(), len) };
    Request::split(bytes).map_or(SEGW_VERB_UNKNOWN, |request| request.verb as u32)
}

/// The reply that refuses a request.
fn refuse(word: &str, refusal: &Refusal, out: &mut [u8], len: &mut usize) -> SegwStatus {
    match reply::line(&Refused::new(word, refusal), out) {
        Ok(written) => {
            *len = written;
            SEGW_ERR_REFUSED
        }
        Err(error) => status(error),
    }
}

/// Reads connection number `index`, from 0, out of an `APPLY_CONFIG` request into `config`, and how many there are into
/// `count`. The whole request is checked each time. Needs no context; changes nothing. It is how the caller gets to
/// what charon needs, before segw_command() takes the request over.
///
/// `config` may hold a secret: wipe it after use. It is cleared first, and again if the request is refused.
///
/// Errors: SEGW_ERR_REFUSED (the reply for the client is in `reply`, its length in `reply_len`); SEGW_ERR_ARGUMENT (not
/// an `APPLY_CONFIG` request); SEGW_ERR_SHORT (the refusal does not fit); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `request` points at `len` bytes, `reply` at `cap` writable ones, the others at writable objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_config_parse(
    request: *const c_char,
    len: usize,
    index: u32,
    config: *mut Config,
    count: *mut u32,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let request = try_slice!(request, len);
    if config.is_null() {
        return SEGW_ERR_NULL;
    }
    if !config.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    // SAFETY: not NULL, aligned; all bytes zero are a `Config`, so the caller need not have initialised it.
    let config = unsafe {
        ptr::write_bytes(config, 0, 1);
        &mut *config
    };
    let count = try_mut!(count);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    let Some(request) = Request::split(request).filter(|request| request.verb == Verb::ApplyConfig) else {
        return SEGW_ERR_ARGUMENT;
    };
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let mut policy = Policy::DEFAULT;
    match walk::read(request.argument, request.offset, index, config, &mut policy) {
        Ok(found) => {
            *count = u32::try_from(found).unwrap_or(u32::MAX);
            SEGW_OK
        }
        Err(refusal) => {
            config.reset();
            refuse(request.word, &refusal, out, reply_len)
        }
    }
}

/// Writes the reply to an `APPLY_CONFIG` request of which charon cannot take something: `path` below connection number
/// `index`, like `ike_cfg.proposals[0]`, and `message`, a short reason; both NUL-terminated. Needs no context.
///
/// Returns SEGW_ERR_REFUSED, as segw_command() would.
///
/// Errors: SEGW_ERR_SHORT, SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `request` points at `len` bytes, `reply` at `cap` writable ones, `reply_len` at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_config_refuse(
    request: *const c_char,
    len: usize,
    index: u32,
    path: *const c_char,
    message: *const c_char,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let request = try_slice!(request, len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    if path.is_null() || message.is_null() {
        return SEGW_ERR_NULL;
    }
    // SAFETY: not NULL; that they end with a NUL is the contract.
    let texts = unsafe { (CStr::from_ptr(path).to_str(), CStr::from_ptr(message).to_str()) };
    let (Ok(path), Ok(message), Some(request)) = (texts.0, texts.1, Request::split(request)) else {
        return SEGW_ERR_ARGUMENT;
    };
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let refusal = walk::refuse(request.argument, request.offset, index, path, message);
    refuse(request.word, &refusal, out, reply_len)
}

/// The string of a span, NUL-terminated, owned by `config`; NULL if its key was absent, or `config` is NULL or
/// misaligned.
///
/// # Safety
/// `config` points at a configuration that segw_config_parse() has filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_text(config: *const Config, text: Text) -> *const c_char {
    if config.is_null() || !config.is_aligned() || text.len == 0 {
        return ptr::null();
    }
    // SAFETY: not NULL, aligned; that it points at a configuration is the contract.
    let config = unsafe { &*config };
    config.text.get(usize::from(text.offset)..).map_or(ptr::null(), |text| text.as_ptr().cast())
}

/// Sends the library's diagnostics to `sink` from now on, those of `max_level` and more important ones: 1 error, 2
/// warning, 3 info, 4 debug, 5 trace, 0 none. `user` is handed back at each call. Once a process: the library's only
/// global. Call it before any context is used by more than one thread.
///
/// Errors: SEGW_ERR_STATE (there is a sink already); SEGW_ERR_ARGUMENT (level above 5); SEGW_ERR_NULL.
///
/// # Safety
/// `sink` and `user` stay valid as long as the library is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_log_init(sink: SegwLogFn, user: *mut c_void, max_level: u32) -> SegwStatus {
    let Some(sink) = sink else {
        return SEGW_ERR_NULL;
    };
    crate::sink::install(sink, user, max_level)
}

/// A sentence for a status; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn segw_strerror(status: SegwStatus) -> *const c_char {
    let text: &CStr = match status {
        SEGW_OK => c"done",
        SEGW_AGAIN => c"nothing to do now",
        SEGW_ERR_NULL => c"a pointer is NULL",
        SEGW_ERR_ALIGN => c"the object is not aligned as its type requires",
        SEGW_ERR_SHORT => c"a buffer is too short",
        SEGW_ERR_FULL => c"a table is full",
        SEGW_ERR_REFUSED => c"the request is refused, its reply says why",
        SEGW_ERR_UNKNOWN => c"no connection or IKE_SA of that name or id",
        SEGW_ERR_ARGUMENT => c"a value is outside its range",
        SEGW_ERR_STATE => c"not initialised, or initialised already",
        _ => c"unknown status",
    };
    text.as_ptr()
}

/// The library's version, like SEGW_VERSION of the header it was built with; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn segw_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's SEGW_ABI. Refuse to run if it differs from the header's.
#[unsafe(no_mangle)]
pub extern "C" fn segw_abi() -> u32 {
    crate::ABI
}
