//! C functions for connections of charon's own configuration.

use core::ffi::c_char;

use heapless::Vec;

use super::policies::{PolicyWords, put_inverted, try_message, try_policy};
use super::{MOST, engine, put_parts, status, text_at};
use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_OK, SegwCtx, SegwPolicy,
    SegwStatus,
};
use crate::addr::{self, AddrList, Refusal};
use crate::engine::NotAdopted;
use crate::policy::Policy;
use crate::refusal::number;
use crate::time::Instant;

/// Parts of a text about addresses that are passed over; what is beyond is left out.
const PARTS: usize = 4 * 8 + 1 + 6;

/// Writes which addresses of a list are passed over, and why, behind `before`, and which numbers of `policy` then do not count. A comma
/// too many is nothing to charon.
fn put_passed_over(out: &mut [u8], before: &str, addrs: &str, policy: &Policy) {
    // Lives longer than what is made of it.
    let numbers;
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
    let segws = u8::try_from(list.len()).unwrap_or(u8::MAX);
    let miscounted = policy.miscounted(segws).filter(|_| before.is_empty());
    let (key, count) = miscounted.unwrap_or_default();
    numbers = [segws, count].map(|it| number(it.into()));
    if miscounted.is_some() {
        let gap = if parts.iter().all(|part| part.is_empty()) { "" } else { "; " };
        let [segws, count] = &numbers;
        let why = " is not used: expected one number for each SEGW, which are ";
        let _ = parts.extend_from_slice(&[gap, key, why, segws, "; found ", count]);
    }
    put_parts(out, &parts);
}

/// Guards a connection of charon's own configuration, or takes over what has changed in it. `addresses`: its
/// remote_addrs, separated by commas; what cannot be dialled is passed over, and what is beyond SEGW_SEGW_CAP. One name
/// suffices, as it may have several addresses.
/// `children`: how many CHILD_SAs are initiated with an INITIATE action. Drain actions and events afterwards.
///
/// Returns SEGW_OK if it is new or its addresses have changed: then report its IKE_SAs with SEGW_IKE_FOUND. SEGW_AGAIN if
/// nothing was new but perhaps its policy, which is taken over. With both `message` receives what was passed over and why, or that
/// `preferences` or `weights` are not used because they are not as many as the SEGWs, NUL-terminated and cut to fit, empty if all is well.
///
/// Errors, each of the first three with its reason in `message`, NUL-terminated and cut to fit: SEGW_ERR_ARGUMENT (neither two
/// addresses nor a name that can be dialled, or a name with other than printable ASCII characters, blanks, quotes, braces,
/// commas or backslashes); SEGW_ERR_REFUSED (a client has applied a connection of this name, or a limit of the policy is lower
/// than what it limits); SEGW_ERR_FULL. Without one: SEGW_ERR_ARGUMENT (a text that is not UTF-8, `cap` 0), SEGW_ERR_NULL,
/// SEGW_ERR_ALIGN, SEGW_ERR_STATE (the context or the policy was not prepared). A connection that was guarded before still is.
///
/// # Safety
/// `name` and `addresses` end with a NUL; `policy` was filled in with segw_policy_init(); `message` points at `cap` writable
/// bytes that overlap none of them.
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
    let policy = try_policy!(policy);
    let out = try_message!(message, cap);
    let children = u8::try_from(children).unwrap_or(u8::MAX);
    match engine.adopt(Instant(now_ms), name, addresses, children, policy) {
        Ok(new) => {
            put_passed_over(out, "", addresses, &policy);
            if new { SEGW_OK } else { SEGW_AGAIN }
        }
        Err(NotAdopted::Alone) => {
            let least = "fewer than two SEGWs that can be dialled";
            put_passed_over(out, least, addresses, &policy);
            if out.get(least.len()) == Some(&0) {
                put_parts(out, &[least, "; list another one in remote_addrs"]);
            }
            SEGW_ERR_ARGUMENT
        }
        Err(why) => {
            let parts: &[&str] = match why {
                NotAdopted::Inverted(inverted) => {
                    put_inverted(out, &inverted);
                    return status(why.into());
                }
                NotAdopted::Applied => &["a client has applied a connection of this name"],
                NotAdopted::Name => {
                    &["its name is not one that requests can say: at most 63 printable ASCII characters, no blanks, \
                              quotes, braces, commas or backslashes"]
                }
                NotAdopted::Alone => &[],
                NotAdopted::Full => &[concat!("no room; at most ", env!("SEGW_CONNECTIONS"), " connections fit")],
            };
            put_parts(out, parts);
            status(why.into())
        }
    }
}

/// Looks at a connection's local_addrs, separated by commas. `message` receives which of them charon would take for names that nobody
/// has, and why, NUL-terminated and cut to fit, empty if there are none.
///
/// Errors: SEGW_ERR_REFUSED (there is one); SEGW_ERR_NULL, SEGW_ERR_ARGUMENT (not UTF-8, `cap` 0).
///
/// # Safety
/// `addresses` ends with a NUL; `message` points at `cap` writable bytes that do not overlap it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_local_addresses(
    addresses: *const c_char,
    message: *mut c_char,
    cap: usize,
) -> SegwStatus {
    let addresses = try_text!(addresses);
    let out = try_message!(message, cap);
    let mut parts = Vec::<&str, PARTS>::new();
    let mut rest = Some(addresses);
    while let Some(addresses) = rest {
        let (text, more) = addr::cut(addresses, b',');
        match addr::parse_local(text) {
            Ok(()) | Err(Refusal::Empty) => (),
            Err(refusal) => {
                let gap = if parts.is_empty() { "" } else { "; " };
                let _ = parts.extend_from_slice(&[gap, text.trim_ascii(), ": ", refusal.local_reason()]);
            }
        }
        rest = more;
    }
    put_parts(out, &parts);
    if parts.is_empty() { SEGW_OK } else { SEGW_ERR_REFUSED }
}

/// Guards an adopted connection no longer; its IKE_SAs are left alone. Drain actions and events afterwards.
///
/// Errors: SEGW_ERR_UNKNOWN (no such connection was adopted); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE,
/// SEGW_ERR_ARGUMENT (not UTF-8).
///
/// # Safety
/// `name` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_release(ctx: *mut SegwCtx, now_ms: u64, name: *const c_char) -> SegwStatus {
    let engine = try_engine!(ctx);
    match engine.release(Instant(now_ms), try_text!(name)) {
        Ok(()) => SEGW_OK,
        Err(error) => status(error),
    }
}

/// Notes why a connection is not guarded, or can be used in part only: the event `segw_not_guarded` tells it, `STATUS` names the first
/// 16, or as many as there may be connections, and counts the others. NULL or an empty `reason`: this is over, or it is gone. Both texts
/// are cut to fit, to 63 and 191 bytes. It changes nothing else. Drain events afterwards.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (not UTF-8).
///
/// # Safety
/// `name` ends with a NUL, and `reason` if it is not NULL.
#[cfg(feature = "json")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_not_guarded(
    ctx: *mut SegwCtx,
    now_ms: u64,
    name: *const c_char,
    reason: *const c_char,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    let name = try_text!(name);
    let reason = if reason.is_null() { "" } else { try_text!(reason) };
    engine.not_guarded(Instant(now_ms), name, reason);
    SEGW_OK
}

/// Notes an option that is wrong, or not where it belongs, for the list `policy_error` of `STATUS`; `option` tells it from others, and
/// `reason` is all that is said; of both the last 63 and 191 bytes are kept. A NULL or empty `reason`: it is right, or gone. A NULL
/// `option`: all of them are. What found no room is counted. It changes nothing else.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (not UTF-8).
///
/// # Safety
/// `option` and `reason` end with a NUL if they are not NULL.
#[cfg(feature = "json")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_error(
    ctx: *mut SegwCtx,
    option: *const c_char,
    reason: *const c_char,
) -> SegwStatus {
    let engine = try_engine!(ctx);
    if option.is_null() {
        engine.no_policy_errors();
        return SEGW_OK;
    }
    let option = try_text!(option);
    let reason = if reason.is_null() { "" } else { try_text!(reason) };
    engine.policy_error(option, reason);
    SEGW_OK
}
