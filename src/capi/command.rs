//! C functions for what clients ask: a request and its reply.

use core::ffi::c_char;
use core::ptr;
use core::slice;

use super::{MOST, bytes, engine, status};
use crate::abi::{
    SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_OK, SegwCtx, SegwOutside, SegwStatus,
    SegwTraffic,
};
use crate::engine::Answer;
use crate::outside::{Outside, Traffic};
use crate::time::Instant;

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
fn flow(it: &SegwTraffic) -> Traffic {
    Traffic {
        bytes_in: it.bytes_in,
        packets_in: it.packets_in,
        bytes_out: it.bytes_out,
        packets_out: it.packets_out,
        heard_at: Some(Instant(it.heard_ms)).filter(|at| at.0 > 0),
    }
}
