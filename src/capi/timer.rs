//! C functions for the time: that it has come, and when it comes next.

use super::engine;
use crate::abi::{SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_NULL, SEGW_OK, SegwCtx, SegwStatus};
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
