//! The C API: checks pointers, converts, calls one method of the engine. `unsafe` is here, in the files below `capi/`, in
//! `engine/in_place.rs`, which makes an engine where the caller wants it, in the log's `sink.rs` and in `panic.rs`; nowhere else.
//! Its comments are the manual that C programmers read in `include/segw.h`.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::ptr;
use core::slice;

use crate::abi::{
    SEGW_ACTION_COMPLETE, SEGW_ACTION_INITIATE, SEGW_ACTION_MEASURE, SEGW_ACTION_PROBE, SEGW_ACTION_REACH,
    SEGW_ACTION_REKEY, SEGW_ACTION_ROUTES, SEGW_ACTION_TERMINATE, SEGW_ACTION_UNLOAD, SEGW_AGAIN, SEGW_ERR_ALIGN,
    SEGW_ERR_ARGUMENT, SEGW_ERR_FULL, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_ERR_SHORT, SEGW_ERR_STATE,
    SEGW_ERR_UNKNOWN, SEGW_FACT_AGAIN, SEGW_FACT_AUTHENTICATED, SEGW_FACT_DELETE_PENDING, SEGW_FACT_EXPIRED,
    SEGW_FACT_IDLE, SEGW_FACT_INITIATOR, SEGW_FACT_LAID_DOWN, SEGW_FACT_LOCAL_DELETE, SEGW_FACT_NO_ROUTE,
    SEGW_FACT_PEER_DELETE, SEGW_FACT_PROTECTED, SEGW_FACT_REAUTHENTICATING, SEGW_IKE_ALERT, SEGW_IKE_CHILD_REKEYED,
    SEGW_IKE_CHILD_UPDOWN, SEGW_IKE_COUNTED, SEGW_IKE_DIALLING, SEGW_IKE_FOUND, SEGW_IKE_HEARD, SEGW_IKE_HINT,
    SEGW_IKE_NOT_CHILDLESS, SEGW_IKE_NOT_DIALLED, SEGW_IKE_NOTIFY, SEGW_IKE_REACHED, SEGW_IKE_REDIRECT,
    SEGW_IKE_REESTABLISH, SEGW_IKE_REESTABLISHED, SEGW_IKE_REKEYED, SEGW_IKE_ROAM, SEGW_IKE_ROUTES, SEGW_IKE_SHUTDOWN,
    SEGW_IKE_STATE, SEGW_IKE_UPDOWN, SEGW_OK, SegwAction, SegwCtx, SegwIkeEvent, SegwStatus, SegwSubject,
};
#[cfg(feature = "json")]
use crate::abi::{SegwOutside, SegwTraffic};
use crate::charon::{Alert, ChildSa, IkeEvent};
#[cfg(feature = "json")]
use crate::engine::Answer;
use crate::engine::{Action, Engine};
use crate::error::Error;
use crate::ike::{Facts, IkeState};
use crate::limits::{ADDR_CAP, NAME_CAP};
#[cfg(feature = "json")]
use crate::outside::{Outside, Traffic};
use crate::reach::{Outcome, Unasked};
use crate::segw::SegwSet;
use crate::time::Instant;
use crate::wire::event::Subject;

/// What a context holds.
#[repr(C)]
struct Inner {
    magic: u64,
    engine: Engine,
}

const MAGIC: u64 = u64::from_le_bytes(*b"libsegw1");

const _: () = assert!(size_of::<Inner>() <= size_of::<SegwCtx>());
const _: () = assert!(align_of::<Inner>() <= align_of::<SegwCtx>());

/// Where an output is to be written, or a return with the status of what is wrong with it. No reference: what is there need
/// not be initialised.
macro_rules! try_out {
    ($ptr:expr) => {{
        let ptr = $ptr;
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if !ptr.is_aligned() {
            return SEGW_ERR_ALIGN;
        }
        ptr
    }};
}

/// A reference to what `ptr` points at, or a return with a status.
macro_rules! try_ref {
    ($ptr:expr) => {{
        let ptr = try_out!($ptr);
        // SAFETY: neither NULL nor misaligned; that it points at a live object is every function's contract.
        unsafe { &*ptr }
    }};
}

/// The same, to change what is there.
macro_rules! try_mut {
    ($ptr:expr) => {{
        let ptr = try_out!($ptr);
        // SAFETY: as above, and the caller lets nobody else touch it during the call.
        unsafe { &mut *ptr }
    }};
}

/// The engine in a context, or a return with a status.
macro_rules! try_engine {
    ($ctx:expr) => {
        // SAFETY: that it points at a context or nowhere is every function's contract.
        match unsafe { engine($ctx) } {
            // SAFETY: an engine, and the caller lets nobody else touch it during the call.
            Ok(engine) => unsafe { &mut *engine.cast_mut() },
            Err(status) => return status,
        }
    };
}

/// The same, to read only.
macro_rules! try_engine_ref {
    ($ctx:expr) => {
        // SAFETY: as above.
        match unsafe { engine($ctx) } {
            // SAFETY: an engine, and nobody writes to it during the call.
            Ok(engine) => unsafe { &*engine },
            Err(status) => return status,
        }
    };
}

/// The text at a pointer, or a return with a status.
macro_rules! try_text {
    ($ptr:expr) => {
        // SAFETY: that it ends with a NUL is the function's contract.
        match unsafe { text_at($ptr) } {
            Ok(text) => text,
            Err(status) => return status,
        }
    };
}

/// The bytes at a pointer, or a return with a status.
#[cfg(feature = "json")]
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

mod adopt;
mod policies;
#[cfg(feature = "json")]
mod request;

/// Longest object that Rust knows.
const MOST: usize = usize::MAX / 2;

const fn status(error: Error) -> SegwStatus {
    error as SegwStatus
}

/// Where the engine in a context is, or the status of what is wrong with the context.
///
/// # Safety
/// `ctx` is NULL, misaligned, or points at a context.
unsafe fn engine(ctx: *const SegwCtx) -> Result<*const Engine, SegwStatus> {
    let inner = ctx.cast::<Inner>();
    if inner.is_null() {
        return Err(SEGW_ERR_NULL);
    }
    if !inner.is_aligned() {
        return Err(SEGW_ERR_ALIGN);
    }
    // SAFETY: neither NULL nor misaligned; the rest is the contract.
    unsafe { if (*inner).magic == MAGIC { Ok(&raw const (*inner).engine) } else { Err(SEGW_ERR_STATE) } }
}

/// The text at a pointer, or the status of what is wrong with it.
///
/// # Safety
/// `ptr` is NULL, or what it points at ends with a NUL and lives as long as is needed.
unsafe fn text_at<'c>(ptr: *const c_char) -> Result<&'c str, SegwStatus> {
    if ptr.is_null() {
        return Err(SEGW_ERR_NULL);
    }
    // SAFETY: not NULL; the rest is the contract.
    let bytes = unsafe { CStr::from_ptr(ptr) }.to_bytes();
    core::str::from_utf8(bytes).map_err(|_| SEGW_ERR_ARGUMENT)
}

/// The bytes in an array, up to its NUL; `None` if there is none.
fn bytes(array: &[c_char]) -> Option<&[u8]> {
    // SAFETY: an array of `c_char` is one of bytes.
    let bytes = unsafe { slice::from_raw_parts(array.as_ptr().cast::<u8>(), array.len()) };
    let len = bytes.iter().position(|byte| *byte == 0)?;
    bytes.get(..len)
}

/// The text in an array, up to its NUL; `None` if there is none or it is not UTF-8.
fn text(array: &[c_char]) -> Option<&str> {
    core::str::from_utf8(bytes(array)?).ok()
}

/// A text that is only told: empty if it is not UTF-8, as a child's name in a swanctl.conf may be. What is true of the
/// CHILD_SA is so all the same.
fn told(array: &[c_char]) -> Option<&str> {
    Some(core::str::from_utf8(bytes(array)?).unwrap_or_default())
}

/// Writes a text and its NUL into an array; what does not fit is cut.
fn put(array: &mut [c_char], text: &str) {
    // SAFETY: an array of `c_char` is one of bytes.
    let out = unsafe { slice::from_raw_parts_mut(array.as_mut_ptr().cast::<u8>(), array.len()) };
    put_parts(out, &[text]);
}

/// Writes a text in parts and its NUL; what does not fit is cut.
fn put_parts(out: &mut [u8], parts: &[&str]) {
    let mut at = 0usize;
    let room = out.len().saturating_sub(1);
    for part in parts {
        let len = part.len().min(room.saturating_sub(at));
        let end = at.saturating_add(len);
        if let (Some(cells), Some(bytes)) = (out.get_mut(at..end), part.as_bytes().get(..len)) {
            cells.copy_from_slice(bytes);
        }
        at = end;
    }
    if let Some(end) = out.get_mut(at) {
        *end = 0;
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
#[allow(unused_attributes, reason = "cbindgen reads the plain name, the linker the one with the sizes")]
#[unsafe(no_mangle)]
#[unsafe(export_name = concat!("segw_init", env!("SEGW_SIZES")))]
pub unsafe extern "C" fn segw_init(ctx: *mut SegwCtx, now_ms: u64, seed: u64) -> SegwStatus {
    if ctx.is_null() {
        return SEGW_ERR_NULL;
    }
    if !ctx.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    let inner = ctx.cast::<Inner>();
    // SAFETY: aligned, large enough (asserted above); nothing is read before it is written.
    unsafe {
        let place = ptr::addr_of_mut!((*inner).engine).cast::<MaybeUninit<Engine>>();
        Engine::new_in(&mut *place, Instant(now_ms), seed);
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
#[cfg(feature = "json")]
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
    let nothing = SegwOutside { unix_ms: 0, traffic: ptr::null(), count: 0 };
    // SAFETY: the contract is the same, and `nothing` is an object.
    unsafe { segw_command_with(ctx, now_ms, &raw const nothing, request, len, reply, cap, reply_len) }
}

/// As segw_command(), with what only the caller knows: the wall clock and the traffic of the CHILD_SAs, which the replies to
/// `STATUS`, `HISTORY` and `EXPLAIN` tell. All other requests make no use of it.
///
/// Errors: see segw_command().
///
/// # Safety
/// See segw_command(). `outside` points at an initialised object, its `traffic` at `count` initialised ones whose names end
/// with a NUL, or nowhere if there are none; nothing of it is kept.
#[cfg(feature = "json")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_command_with(
    ctx: *mut SegwCtx,
    now_ms: u64,
    outside: *const SegwOutside,
    request: *const c_char,
    len: usize,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let SegwOutside { unix_ms, traffic, count } = *try_ref!(outside);
    let flows: &[SegwTraffic] = if traffic.is_null() || count == 0 {
        &[]
    } else if !traffic.is_aligned() {
        return SEGW_ERR_ALIGN;
    } else if count > const { MOST.div_euclid(size_of::<SegwTraffic>()) } {
        return SEGW_ERR_ARGUMENT;
    } else {
        // SAFETY: neither NULL nor misaligned, not longer than an object can be; the rest is the contract.
        unsafe { slice::from_raw_parts(traffic, count) }
    };
    let request = try_slice!(request, len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_out!(reply_len);
    let find = |id: u32, child: &str| {
        let these = flows.iter().filter(|it| it.unique_id == id && bytes(&it.child) == Some(child.as_bytes()));
        these.map(flow).reduce(Traffic::and)
    };
    let outside = Outside { unix_ms: Some(unix_ms).filter(|unix| *unix > 0), traffic: &find };
    match engine.command_with(Instant(now_ms), &outside, request, out) {
        Ok(Answer { len, ok }) => {
            // SAFETY: not NULL, aligned.
            unsafe { reply_len.write(len) };
            if ok { SEGW_OK } else { SEGW_ERR_REFUSED }
        }
        Err(error) => status(error),
    }
}

/// A CHILD_SA's traffic in words of the engine.
#[cfg(feature = "json")]
fn flow(it: &SegwTraffic) -> Traffic {
    Traffic {
        bytes_in: it.bytes_in,
        packets_in: it.packets_in,
        bytes_out: it.bytes_out,
        packets_out: it.packets_out,
        heard_at: Some(Instant(it.heard_ms)).filter(|at| at.0 > 0),
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
        idle: has(SEGW_FACT_IDLE),
        laid_down: has(SEGW_FACT_LAID_DOWN),
        again: has(SEGW_FACT_AGAIN),
    }
}

/// The event in words of the engine; `None` if a value is outside its range.
fn translate(event: &SegwIkeEvent) -> Option<IkeEvent<'_>> {
    // Only what the kind reads is looked at.
    let named = ![
        SEGW_IKE_REESTABLISH,
        SEGW_IKE_REESTABLISHED,
        SEGW_IKE_ALERT,
        SEGW_IKE_SHUTDOWN,
        SEGW_IKE_HEARD,
        SEGW_IKE_COUNTED,
        SEGW_IKE_ROAM,
        SEGW_IKE_REDIRECT,
        SEGW_IKE_NOTIFY,
        SEGW_IKE_HINT,
        SEGW_IKE_NOT_CHILDLESS,
    ]
    .contains(&event.kind);
    let connection = if named { text(&event.connection)? } else { "" };
    let remote = if [SEGW_IKE_STATE, SEGW_IKE_UPDOWN, SEGW_IKE_CHILD_UPDOWN, SEGW_IKE_FOUND, SEGW_IKE_REDIRECT]
        .contains(&event.kind)
    {
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
        SEGW_IKE_REESTABLISHED => IkeEvent::Reestablished { old: unique_id, new: event.other_id, initiated: event.up },
        SEGW_IKE_CHILD_UPDOWN => {
            let details = &event.details;
            let child = ChildSa {
                name: told(&event.child)?,
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
        SEGW_IKE_CHILD_REKEYED => IkeEvent::ChildRekeyed { connection, child: told(&event.child)? },
        SEGW_IKE_ALERT => IkeEvent::Alert { unique_id, alert, child: told(&event.child)? },
        SEGW_IKE_HEARD => {
            IkeEvent::Heard { unique_id, answer_ms: Some(event.answer_ms).filter(|answer_ms| *answer_ms > 0) }
        }
        SEGW_IKE_NOTIFY => IkeEvent::Notify { unique_id, notify: u16::try_from(event.notify).unwrap_or(0) },
        SEGW_IKE_HINT => IkeEvent::Hint {
            unique_id,
            notify: u16::try_from(event.notify).unwrap_or(0),
            data: u8::try_from(event.notify_data).unwrap_or(0),
            protected: event.facts & SEGW_FACT_PROTECTED != 0,
        },
        SEGW_IKE_NOT_CHILDLESS => IkeEvent::NotChildless { unique_id },
        SEGW_IKE_COUNTED => {
            let route = event.facts & SEGW_FACT_NO_ROUTE == 0;
            IkeEvent::Counted { unique_id, packets: event.up.then_some(event.packets), sent: event.sent, route }
        }
        SEGW_IKE_REDIRECT => IkeEvent::Redirect { unique_id, target: remote },
        SEGW_IKE_ROAM => IkeEvent::Roam,
        SEGW_IKE_ROUTES => {
            // A connection has at most 8 SEGWs.
            let routes = SegwSet::from_bits(u8::try_from(event.routes & 0xff).unwrap_or(u8::MAX));
            IkeEvent::Routes { connection, routes }
        }
        SEGW_IKE_REACHED => {
            // A connection has at most 8 targets.
            let bits = |bits: u32| u8::try_from(bits & 0xff).unwrap_or(u8::MAX);
            let (asked, answered) = (bits(event.asked), bits(event.answered));
            let outcome = Outcome { asked, answered, why: Unasked::from_u32(event.unasked) };
            IkeEvent::Reached { connection, serial: event.serial, outcome }
        }
        SEGW_IKE_FOUND => {
            let state = IkeState::from_u32(event.state)?;
            let children = u8::try_from(event.children).unwrap_or(u8::MAX);
            IkeEvent::Found { unique_id, connection, remote, state, up: event.up, children, facts }
        }
        SEGW_IKE_SHUTDOWN => IkeEvent::Shutdown,
        SEGW_IKE_DIALLING => IkeEvent::Dialling { unique_id, connection, serial: event.serial, more: event.more },
        SEGW_IKE_NOT_DIALLED => IkeEvent::NotDialled { connection, serial: event.serial, alert },
        _ => return None,
    })
}

/// Tells what happened in charon. Drain actions and events afterwards. Allocates nothing, never blocks: it may be
/// called from a listener hook.
///
/// Errors: SEGW_ERR_UNKNOWN (no IKE_SA of that id is followed, or there is no connection of that name: one of the daemon's
/// that is none of ours, one whose place another has taken, or a mistake; nothing was changed, though clients are told of any
/// IKE_SA and CHILD_SA. With SEGW_IKE_DIALLING: the dial is not wanted any more); SEGW_ERR_FULL (the IKE_SA could not be
/// tracked; an event says so too). After SEGW_IKE_DIALLING either means that the IKE_SA must not be dialled, as SEGW_ERR_FULL
/// and SEGW_ERR_REFUSED do after SEGW_IKE_REESTABLISH; after SEGW_IKE_REDIRECT SEGW_ERR_REFUSED means that it must not be
/// followed. SEGW_ERR_ARGUMENT (an unknown kind
/// or state, a text without NUL or not UTF-8; nothing was changed; a `child` that is not UTF-8 is told as empty instead);
/// SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
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
/// `ctx` was prepared by segw_init().
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
    let place = try_out!(action);
    let Ok(action) = engine.next_action() else {
        return SEGW_AGAIN;
    };
    let mut out = SegwAction {
        kind: 0,
        unique_id: 0,
        serial: 0,
        segw: 0,
        wait_ms: 0,
        parallel: false,
        again: false,
        standby: false,
        connection: [0; NAME_CAP],
        address: [0; ADDR_CAP],
    };
    match action {
        Action::Initiate { connection, segw, addr, serial, parallel, again, standby } => {
            out.kind = SEGW_ACTION_INITIATE;
            out.serial = serial;
            out.segw = u32::from(segw);
            out.parallel = parallel;
            out.again = again;
            out.standby = standby;
            put(&mut out.connection, connection);
            put(&mut out.address, &addr.to_text());
        }
        Action::Terminate { unique_id } => {
            out.kind = SEGW_ACTION_TERMINATE;
            out.unique_id = unique_id;
        }
        Action::Probe { unique_id, again } => {
            out.kind = SEGW_ACTION_PROBE;
            out.unique_id = unique_id;
            out.again = again;
        }
        Action::Measure { unique_id, owed } => {
            out.kind = SEGW_ACTION_MEASURE;
            out.unique_id = unique_id;
            out.again = owed;
        }
        Action::Complete { unique_id, connection, segw, standby } => {
            out.kind = SEGW_ACTION_COMPLETE;
            out.standby = standby;
            out.unique_id = unique_id;
            out.segw = u32::from(segw);
            put(&mut out.connection, connection);
        }
        Action::Reach { connection, unique_id, serial, targets, wait_ms, used } => {
            out.kind = SEGW_ACTION_REACH;
            out.unique_id = unique_id;
            out.serial = serial;
            out.wait_ms = wait_ms;
            out.again = used;
            put(&mut out.connection, connection);
            put(&mut out.address, targets);
        }
        Action::Rekey { unique_id } => {
            out.kind = SEGW_ACTION_REKEY;
            out.unique_id = unique_id;
        }
        Action::Routes { connection } => {
            out.kind = SEGW_ACTION_ROUTES;
            put(&mut out.connection, connection);
        }
        Action::Unload { connection } => {
            out.kind = SEGW_ACTION_UNLOAD;
            put(&mut out.connection, &connection);
        }
    }
    // SAFETY: not NULL, aligned.
    unsafe { place.write(out) };
    SEGW_OK
}

/// Says whether the dial of a SEGW_ACTION_INITIATE is still wanted: SEGW_OK if it was neither answered by
/// SEGW_IKE_DIALLING or SEGW_IKE_NOT_DIALLED nor overtaken by another. For a caller whose dial has to wait, for a name
/// server or for its turn.
///
/// Errors: SEGW_ERR_UNKNOWN (it is not: leave it undone, no answer is needed); SEGW_ERR_NULL, SEGW_ERR_ALIGN,
/// SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `connection` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_wants(ctx: *const SegwCtx, connection: *const c_char, serial: u32) -> SegwStatus {
    let engine = try_engine_ref!(ctx);
    if engine.wants(try_text!(connection), serial) { SEGW_OK } else { SEGW_ERR_UNKNOWN }
}

/// Tells whether CHILD_SA `child` of a connection is to be initiated with an INITIATE or COMPLETE action. Call it from any
/// thread, as everything else under the caller's lock; it changes nothing.
///
/// Returns SEGW_OK (it is), SEGW_AGAIN (it is not: somebody on this side ended it) or SEGW_ERR_UNKNOWN (nobody has heard of it:
/// what the configuration says counts).
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a text is not UTF-8).
///
/// # Safety
/// The texts are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_wants_child(
    ctx: *const SegwCtx,
    connection: *const c_char,
    child: *const c_char,
) -> SegwStatus {
    let engine = try_engine_ref!(ctx);
    match engine.wants_child(try_text!(connection), try_text!(child)) {
        Some(true) => SEGW_OK,
        Some(false) => SEGW_AGAIN,
        None => SEGW_ERR_UNKNOWN,
    }
}

/// Hands out the next event for clients: one line of JSON with its newline, not NUL-terminated, its length in
/// `event_len`; and in `subject`, which may be NULL, what it is about, for segw_filter_wants().
///
/// `cap`: SEGW_EVENT_CAP always suffices.
///
/// Returns SEGW_AGAIN if none is left; nothing is written then.
///
/// Errors: SEGW_ERR_SHORT (the event stays); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `event` points at `cap` writable bytes, `subject` at a writable subject or nowhere.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_next_event(
    ctx: *mut SegwCtx,
    event: *mut c_char,
    cap: usize,
    event_len: *mut usize,
    subject: *mut SegwSubject,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let line = try_slice_mut!(event, cap);
    let event_len = try_out!(event_len);
    if !subject.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    match engine.next_event_about(line) {
        Ok((len, Subject { kind, connection })) => {
            // SAFETY: not NULL, aligned.
            unsafe { event_len.write(len) };
            if !subject.is_null() {
                let mut about = SegwSubject { event: kind as u32, connection: [0; NAME_CAP] };
                put(&mut about.connection, &connection);
                // SAFETY: neither NULL nor misaligned; that it may be written is the contract.
                unsafe { subject.write(about) };
            }
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
    let engine = try_engine_ref!(ctx);
    let at_ms = try_out!(at_ms);
    match engine.poll_at() {
        Ok(at) => {
            // SAFETY: not NULL, aligned.
            unsafe { at_ms.write(at.0) };
            SEGW_OK
        }
        Err(_) => SEGW_AGAIN,
    }
}

/// Tells whether IKE_SA `unique_id` is followed: what happens to it is to be reported until its end, also if it is to be ended.
///
/// Returns SEGW_OK or SEGW_ERR_UNKNOWN.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// See segw_init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_follows(ctx: *const SegwCtx, unique_id: u32) -> SegwStatus {
    if try_engine_ref!(ctx).follows(unique_id) { SEGW_OK } else { SEGW_ERR_UNKNOWN }
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
    let engine = try_engine_ref!(ctx);
    let out = try_slice_mut!(address, cap);
    match engine.addr(unique_id) {
        Some(addr) => put_text(out, &addr.to_text()),
        None => SEGW_ERR_UNKNOWN,
    }
}

/// Writes the address, NUL-terminated, of the SEGW at place `index` of a connection's list, 0 the primary.
///
/// `cap`: SEGW_ADDR_CAP always suffices.
///
/// Errors: SEGW_ERR_UNKNOWN (no such connection, or its list is not that long); SEGW_ERR_SHORT; SEGW_ERR_NULL,
/// SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `connection` ends with a NUL, `address` points at `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_address_at(
    ctx: *const SegwCtx,
    connection: *const c_char,
    index: u32,
    address: *mut c_char,
    cap: usize,
) -> SegwStatus {
    let engine = try_engine_ref!(ctx);
    let name = try_text!(connection);
    let out = try_slice_mut!(address, cap);
    match u8::try_from(index).ok().and_then(|index| engine.addr_at(name, index)) {
        Some(addr) => put_text(out, &addr.to_text()),
        None => SEGW_ERR_UNKNOWN,
    }
}

/// Writes a text and its NUL to a caller's buffer, whole or not at all.
fn put_text(out: &mut [u8], text: &str) -> SegwStatus {
    let Some((end, room)) = out.get_mut(..=text.len()).and_then(<[u8]>::split_last_mut) else {
        return SEGW_ERR_SHORT;
    };
    room.copy_from_slice(text.as_bytes());
    *end = 0;
    SEGW_OK
}

/// Takes over what outlived a restart, a text that segw_memory() wrote: a connection with `start_action` start that is
/// applied from now on, or one that is adopted, starts with the SEGW that last carried it. (One that is replaced does so
/// without this function too.) Call it after segw_init(). A torn or foreign text does no harm.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
///
/// # Safety
/// `text` points at `len` bytes.
#[cfg(feature = "json")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_restore(ctx: *mut SegwCtx, text: *const c_char, len: usize) -> SegwStatus {
    let engine = try_engine!(ctx);
    engine.restore(try_slice!(text, len));
    SEGW_OK
}

/// Writes the text to keep for segw_restore(), if it has changed since it was last asked for; its length to
/// `memory_len`. Which SEGW last carried each connection, no secrets.
///
/// `cap`: SEGW_MEMORY_CAP always suffices.
///
/// Returns SEGW_AGAIN if nothing has changed; nothing is written then.
///
/// Errors: SEGW_ERR_SHORT; SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `memory` points at `cap` writable bytes.
#[cfg(feature = "json")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_memory(
    ctx: *mut SegwCtx,
    memory: *mut c_char,
    cap: usize,
    memory_len: *mut usize,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let out = try_slice_mut!(memory, cap);
    let memory_len = try_out!(memory_len);
    match engine.memory_text(out) {
        Ok(len) => {
            // SAFETY: not NULL, aligned.
            unsafe { memory_len.write(len) };
            SEGW_OK
        }
        Err(nb::Error::WouldBlock) => SEGW_AGAIN,
        Err(nb::Error::Other(error)) => status(error),
    }
}

/// Sends the library's diagnostics to `sink` from now on, those of `max_level` and more important ones: 1 error, 2
/// warning, 3 info, 4 debug, 5 trace, 0 none. `user` is handed back at each call. Once a process: the library's only
/// global. Call it before any context is used by more than one thread.
///
/// Errors: SEGW_ERR_STATE (there is a sink already); SEGW_ERR_ARGUMENT (level above 5); SEGW_ERR_NULL.
///
/// # Safety
/// `sink` and `user` stay valid as long as the library is used.
#[cfg(feature = "log")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_log_init(
    sink: crate::abi::SegwLogFn,
    user: *mut core::ffi::c_void,
    max_level: u32,
) -> SegwStatus {
    let Some(sink) = sink else {
        return SEGW_ERR_NULL;
    };
    use log::LevelFilter;
    let filter = match max_level {
        0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        4 => LevelFilter::Debug,
        5 => LevelFilter::Trace,
        _ => return SEGW_ERR_ARGUMENT,
    };
    if crate::sink::install(sink, user, filter) { SEGW_OK } else { SEGW_ERR_STATE }
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
