//! C functions for connections of charon's own configuration.

use core::ffi::c_char;
use core::ptr;
use core::slice;

use heapless::Vec;

use super::{MOST, engine, put_parts, status, text_at};
use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_OK, SegwCtx, SegwPolicy,
    SegwStatus,
};
use crate::addr::{self, AddrList, Refusal};
use crate::engine::NotAdopted;
use crate::policy::Policy;
use crate::setting;
use crate::time::Instant;

/// What a policy of C's holds.
#[repr(C)]
struct PolicySlot {
    policy: Policy,
}

const _: () = assert!(size_of::<PolicySlot>() <= size_of::<SegwPolicy>());
const _: () = assert!(align_of::<PolicySlot>() <= align_of::<SegwPolicy>());

/// Fills in a policy with the defaults.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `policy` points at a writable policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_init(policy: *mut SegwPolicy) -> SegwStatus {
    let words = PolicySlot { policy: Policy::DEFAULT };
    if policy.is_null() {
        return SEGW_ERR_NULL;
    }
    if !policy.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    // SAFETY: not NULL, aligned; a policy fits in (asserted above). All words are written, the padding as zeroes.
    unsafe {
        ptr::write_bytes(policy, 0, 1);
        policy.cast::<PolicySlot>().write(words);
    }
    SEGW_OK
}

/// Sets one key of the `failover` block, as an option of strongswan.conf has it: `value` is a whole number or a word.
///
/// Errors: SEGW_ERR_REFUSED (nothing was set; the reason, NUL-terminated and cut to fit, in `message`); SEGW_ERR_NULL,
/// SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (not UTF-8, `cap` 0).
///
/// # Safety
/// `policy` was filled in with segw_policy_init(); `key` and `value` are NUL-terminated; `message` points at `cap` writable
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_set(
    policy: *mut SegwPolicy,
    key: *const c_char,
    value: *const c_char,
    message: *mut c_char,
    cap: usize,
) -> SegwStatus {
    let slot = try_mut!(policy.cast::<PolicySlot>());
    let (key, value) = (try_text!(key), try_text!(value));
    let out = try_slice_mut!(message, cap);
    if out.is_empty() {
        return SEGW_ERR_ARGUMENT;
    }
    match setting::set(&mut slot.policy, key, value) {
        Ok(()) => SEGW_OK,
        Err(refusal) => {
            put_parts(out, &[&refusal.message]);
            SEGW_ERR_REFUSED
        }
    }
}

/// Parts of a text about addresses that are passed over; what is beyond is left out.
const PARTS: usize = 4 * 8 + 1;

/// Writes which addresses of a list are passed over, and why, behind `before`. A comma too many is nothing to charon.
fn put_passed_over(out: &mut [u8], before: &str, addrs: &str) {
    let mut parts = Vec::<&str, PARTS>::new();
    let _ = parts.push(before);
    let mut list = AddrList::new();
    let mut rest = Some(addrs);
    while let Some(addrs) = rest {
        let (text, more) = addr::cut(addrs, b',');
        match addr::push(&mut list, text) {
            Ok(()) | Err(Refusal::Empty) => (),
            Err(refusal) => {
                let gap = if parts.iter().all(|part| part.is_empty()) { "" } else { "; " };
                let _ = parts.extend_from_slice(&[gap, text.trim_ascii(), ": ", refusal.reason()]);
            }
        }
        rest = more;
    }
    put_parts(out, &parts);
}

/// Guards a connection of charon's own configuration, or takes over what has changed in it. `addresses`: its
/// remote_addrs, separated by commas; what cannot be dialled is passed over, and what is beyond SEGW_SEGW_CAP. One name
/// suffices, as it may have several addresses.
/// `children`: how many CHILD_SAs are initiated with an INITIATE action. Drain actions and events afterwards.
///
/// Returns SEGW_OK if it is new or its addresses have changed: then report its IKE_SAs with SEGW_IKE_FOUND. SEGW_AGAIN if
/// nothing was new but perhaps its policy, which is taken over. With both `message` receives what was passed over and why,
/// NUL-terminated and cut to fit, empty if nothing was.
///
/// Errors: SEGW_ERR_ARGUMENT (neither two addresses nor a name that can be dialled, or a name with other than printable
/// ASCII characters, blanks, quotes, braces, commas or backslashes; the reason in `message`); SEGW_ERR_REFUSED (the reason
/// in `message`); SEGW_ERR_FULL; SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE. A connection that was guarded before
/// still is.
///
/// # Safety
/// The texts are NUL-terminated; `policy` was filled in with segw_policy_init(); `message` points at `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_adopt(
    ctx: *mut SegwCtx,
    now_ms: u64,
    name: *const c_char,
    addresses: *const c_char,
    children: u32,
    policy: *const SegwPolicy,
    message: *mut c_char,
    cap: usize,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let (name, addresses) = (try_text!(name), try_text!(addresses));
    let policy = try_ref!(policy.cast::<PolicySlot>()).policy;
    let out = try_slice_mut!(message, cap);
    if out.is_empty() {
        return SEGW_ERR_ARGUMENT;
    }
    let children = u8::try_from(children).unwrap_or(u8::MAX);
    match engine.adopt(Instant(now_ms), name, addresses, children, policy) {
        Ok(new) => {
            put_passed_over(out, "", addresses);
            if new { SEGW_OK } else { SEGW_AGAIN }
        }
        Err(NotAdopted::Alone) => {
            put_passed_over(out, "fewer than two SEGWs that can be dialled", addresses);
            SEGW_ERR_ARGUMENT
        }
        Err(NotAdopted::Name) => {
            put_parts(
                out,
                &["its name is not one that requests can say: at most 63 printable ASCII characters, no blanks, \
                              quotes, braces, commas or backslashes"],
            );
            SEGW_ERR_ARGUMENT
        }
        Err(NotAdopted::Inverted(key)) => {
            put_parts(out, &[key, " is lower than what it limits"]);
            SEGW_ERR_REFUSED
        }
        Err(NotAdopted::Applied) => {
            put_parts(out, &["a client has applied a connection of this name"]);
            SEGW_ERR_REFUSED
        }
        Err(why) => status(why.into()),
    }
}

/// Guards an adopted connection no longer; its IKE_SAs are left alone. Drain actions and events afterwards.
///
/// Errors: SEGW_ERR_UNKNOWN (no such connection was adopted); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE,
/// SEGW_ERR_ARGUMENT (not UTF-8).
///
/// # Safety
/// `name` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_release(ctx: *mut SegwCtx, now_ms: u64, name: *const c_char) -> SegwStatus {
    let engine = try_engine!(ctx);
    match engine.release(Instant(now_ms), try_text!(name)) {
        Ok(()) => SEGW_OK,
        Err(error) => status(error),
    }
}
