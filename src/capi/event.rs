//! The C function for what clients are told.

use core::ffi::c_char;

use super::{MOST, engine, put, status};
use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_OK, SegwCtx, SegwStatus, SegwSubject,
};
use crate::limits::NAME_CAP;
use crate::wire::event::Subject;

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
