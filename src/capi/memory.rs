//! C functions for what outlives a restart.

use core::ffi::c_char;

use super::{MOST, engine, status};
use crate::abi::{SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_OK, SegwCtx, SegwStatus};

/// Takes over what outlived a restart, a text that segw_memory() wrote: a connection with `start_action` start that is
/// applied from now on, or one that is adopted, starts with the SEGW that last carried it. (One that is replaced does so
/// without this function too.) What PIN and DRAIN have said goes on, until its time is over: by the wall clock if segw_clock() has
/// told it, or else as long as was left when the text was written. Call it after segw_init(). A torn or foreign text does no harm.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
///
/// # Safety
/// `text` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_restore(ctx: *mut SegwCtx, text: *const c_char, len: usize) -> SegwStatus {
    let engine = try_engine!(ctx);
    engine.restore(try_slice!(text, len));
    SEGW_OK
}

/// Writes the text to keep for segw_restore(), if it has changed since it was last asked for; its length to
/// `memory_len`. Which SEGW last carried each connection, what is pinned and drained; no secrets.
///
/// `cap`: SEGW_MEMORY_CAP always suffices.
///
/// Returns SEGW_AGAIN if nothing has changed; nothing is written then.
///
/// Errors: SEGW_ERR_SHORT; SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `memory` points at `cap` writable bytes.
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
