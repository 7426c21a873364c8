//! C functions for what is known of an IKE_SA, and of the SEGW that it is to.

use core::ffi::c_char;

use super::{MOST, engine, text_at};
use crate::abi::{SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_SHORT, SEGW_ERR_UNKNOWN, SEGW_OK, SegwCtx, SegwStatus};

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
