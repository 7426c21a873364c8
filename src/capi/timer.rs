//! C functions for the time: that it has come, and when it comes next.

use super::engine;
use crate::abi::{SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_OK, SegwCtx, SegwStatus};
use crate::time::Instant;

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

/// Tells the caller's wall clock, whose hours the windows of policies are (`failback_window`), and by which the time of a pin or drain
/// goes on over a restart. Call it before segw_restore(), and whenever that clock was set, has jumped, or local time has another
/// distance from UTC; just before segw_timeout() is a good place to look, and once a minute is often enough. Without it, and
/// while it is not set, no window is open. Drain actions and events afterwards, and ask for segw_memory(): ends of pins and drains are
/// written by that clock.
///
/// `unix_ms`: milliseconds since 1970-01-01 00:00 UTC; a time before 2025, or from 3000 on, means that the clock was never
/// set. `utc_offset_s`: by how many seconds local time is ahead of UTC, with daylight saving time if that is in effect; negative
/// west of Greenwich.
///
/// Errors: SEGW_ERR_ARGUMENT (`utc_offset_s` is more than a day; nothing was changed); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `ctx` was prepared by segw_init().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_clock(ctx: *mut SegwCtx, now_ms: u64, unix_ms: u64, utc_offset_s: i32) -> SegwStatus {
    let engine = try_engine!(ctx);
    if utc_offset_s.unsigned_abs() > 86_400 {
        return SEGW_ERR_ARGUMENT;
    }
    engine.clock(Instant(now_ms), unix_ms, utc_offset_s);
    SEGW_OK
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
