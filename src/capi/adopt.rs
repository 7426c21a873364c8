//! C functions for connections of charon's own configuration.

use core::ffi::c_char;
use core::ptr;
use core::slice;

use heapless::Vec;

use super::{MOST, engine, put_parts, status, text_at};
use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_ERR_SHORT, SEGW_ERR_STATE,
    SEGW_ERR_UNKNOWN, SEGW_OK, SegwCtx, SegwPolicy, SegwStatus,
};
use crate::addr::{self, AddrList, Refusal};
use crate::engine::NotAdopted;
use crate::nearest::nearest;
use crate::policy::{DataAction, Failback, Inverted, OnRefusal, Policy, Redirect, key_meant};
use crate::refusal::Refusal as Refused;
use crate::time::Instant;

/// A policy as C holds it: numbers only, so that whatever C hands over can be looked at.
#[repr(C)]
#[derive(Clone, Copy)]
struct PolicyWords {
    magic: u32,
    times: [u32; TIMES],
    failback: u32,
    on_refusal: u32,
    redirect: u32,
    data_action: u32,
    set: [u32; 2],
    own: [u32; 2],
}

const TIMES: usize = 19;
const MAGIC: u32 = u32::from_le_bytes(*b"polc");

/// A number of 64 bits as two words, the lower first: a policy of C's need not be aligned for more.
#[expect(clippy::cast_possible_truncation, reason = "on purpose")]
const fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

const fn whole([low, high]: [u32; 2]) -> u64 {
    low as u64 | (high as u64) << 32
}

const _: () = assert!(size_of::<PolicyWords>() <= size_of::<SegwPolicy>());
const _: () = assert!(align_of::<PolicyWords>() <= align_of::<SegwPolicy>());

impl PolicyWords {
    const fn new(policy: &Policy) -> Self {
        let Policy {
            connect_timeout_ms,
            init_timeout_ms,
            liveness_interval_ms,
            liveness_misses,
            suspect_ms,
            probe_ms,
            probe_misses,
            data_suspect_ms,
            backoff_initial_ms,
            backoff_base,
            backoff_limit_ms,
            jitter_pct,
            spread_ms,
            max_rounds,
            stable_ms,
            auth_penalty_ms,
            data_action,
            on_refusal,
            redirect,
            exhausted_retry_ms,
            failback,
            hold_down_ms,
            hold_down_limit_ms,
            set,
            own,
        } = *policy;
        let times = [
            connect_timeout_ms,
            init_timeout_ms,
            liveness_interval_ms,
            liveness_misses,
            suspect_ms,
            probe_ms,
            probe_misses,
            data_suspect_ms,
            backoff_initial_ms,
            backoff_base,
            backoff_limit_ms,
            jitter_pct,
            spread_ms,
            max_rounds,
            stable_ms,
            auth_penalty_ms,
            exhausted_retry_ms,
            hold_down_ms,
            hold_down_limit_ms,
        ];
        Self {
            magic: MAGIC,
            times,
            failback: failback as u32,
            on_refusal: on_refusal as u32,
            redirect: redirect as u32,
            data_action: data_action as u32,
            set: halves(set),
            own: halves(own),
        }
    }

    /// The policy, or the status of what is wrong with it.
    const fn policy(&self) -> Result<Policy, SegwStatus> {
        const OFF: u32 = Failback::Off as u32;
        const HOLD_DOWN: u32 = Failback::HoldDown as u32;
        const NEXT: u32 = OnRefusal::Next as u32;
        const STAY: u32 = OnRefusal::Stay as u32;
        const NONE: u32 = Redirect::Off as u32;
        const LISTED: u32 = Redirect::Listed as u32;
        const ANY: u32 = Redirect::Any as u32;
        if self.magic != MAGIC {
            return Err(SEGW_ERR_STATE);
        }
        const REPORT: u32 = DataAction::Report as u32;
        const MOVE: u32 = DataAction::Move as u32;
        let data_action = match self.data_action {
            REPORT => DataAction::Report,
            MOVE => DataAction::Move,
            _ => return Err(SEGW_ERR_ARGUMENT),
        };
        let failback = match self.failback {
            OFF => Failback::Off,
            HOLD_DOWN => Failback::HoldDown,
            _ => return Err(SEGW_ERR_ARGUMENT),
        };
        let on_refusal = match self.on_refusal {
            NEXT => OnRefusal::Next,
            STAY => OnRefusal::Stay,
            _ => return Err(SEGW_ERR_ARGUMENT),
        };
        let redirect = match self.redirect {
            NONE => Redirect::Off,
            LISTED => Redirect::Listed,
            ANY => Redirect::Any,
            _ => return Err(SEGW_ERR_ARGUMENT),
        };
        let [
            connect_timeout_ms,
            init_timeout_ms,
            liveness_interval_ms,
            liveness_misses,
            suspect_ms,
            probe_ms,
            probe_misses,
            data_suspect_ms,
            backoff_initial_ms,
            backoff_base,
            backoff_limit_ms,
            jitter_pct,
            spread_ms,
            max_rounds,
            stable_ms,
            auth_penalty_ms,
            exhausted_retry_ms,
            hold_down_ms,
            hold_down_limit_ms,
        ] = self.times;
        Ok(Policy {
            connect_timeout_ms,
            init_timeout_ms,
            liveness_interval_ms,
            liveness_misses,
            suspect_ms,
            probe_ms,
            probe_misses,
            data_suspect_ms,
            backoff_initial_ms,
            backoff_base,
            backoff_limit_ms,
            jitter_pct,
            spread_ms,
            max_rounds,
            stable_ms,
            auth_penalty_ms,
            data_action,
            on_refusal,
            redirect,
            exhausted_retry_ms,
            failback,
            hold_down_ms,
            hold_down_limit_ms,
            set: whole(self.set),
            own: whole(self.own),
        })
    }
}

/// Fills in a policy with the defaults.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `policy` points at a writable policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_init(policy: *mut SegwPolicy) -> SegwStatus {
    let words = PolicyWords::new(&Policy::DEFAULT);
    let policy = try_out!(policy);
    // SAFETY: not NULL, aligned; a policy fits in (asserted above). The words behind it are zeroes.
    unsafe {
        ptr::write_bytes(policy, 0, 1);
        policy.cast::<PolicyWords>().write(words);
    }
    SEGW_OK
}

/// Sets one key of the `failover` block, as an option of strongswan.conf has it: `value` is a whole number, a word, or,
/// of a key that ends in `_ms`, a time with its unit, `ms`, `s`, `m`, `h` or `d`: `500ms`, `5s`.
///
/// Errors: SEGW_ERR_REFUSED (nothing was set; the reason, NUL-terminated and cut to fit, in `message`); SEGW_ERR_STATE (the
/// policy was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (not UTF-8, `cap` 0).
///
/// # Safety
/// `policy` was filled in with segw_policy_init(); `key` and `value` end with a NUL; `message` points at `cap` writable bytes
/// that overlap neither.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_set(
    policy: *mut SegwPolicy,
    key: *const c_char,
    value: *const c_char,
    message: *mut c_char,
    cap: usize,
) -> SegwStatus {
    // SAFETY: the contract is the same.
    unsafe { set(policy, key, value, message, cap, Policy::set) }
}

/// The same, for a key that is set for one connection, on top of what is set for all: the reply to `POLICY` tells which is which.
///
/// Errors: see segw_policy_set().
///
/// # Safety
/// See segw_policy_set().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_set_own(
    policy: *mut SegwPolicy,
    key: *const c_char,
    value: *const c_char,
    message: *mut c_char,
    cap: usize,
) -> SegwStatus {
    // SAFETY: the contract is the same.
    unsafe { set(policy, key, value, message, cap, Policy::set_own) }
}

/// Sets a key in one way or the other.
///
/// # Safety
/// See [`segw_policy_set`].
unsafe fn set(
    policy: *mut SegwPolicy,
    key: *const c_char,
    value: *const c_char,
    message: *mut c_char,
    cap: usize,
    how: fn(&mut Policy, &str, &str) -> Result<(), Refused>,
) -> SegwStatus {
    let words = try_mut!(policy.cast::<PolicyWords>());
    let mut policy = match words.policy() {
        Ok(policy) => policy,
        Err(status) => return status,
    };
    let (key, value) = (try_text!(key), try_text!(value));
    let out = try_slice_mut!(message, cap);
    if out.is_empty() {
        return SEGW_ERR_ARGUMENT;
    }
    match how(&mut policy, key, value) {
        Ok(()) => {
            *words = PolicyWords::new(&policy);
            SEGW_OK
        }
        Err(refusal) => {
            put_parts(out, &[&refusal.message]);
            SEGW_ERR_REFUSED
        }
    }
}

/// Writes that a value of a policy is higher than its limit.
fn put_inverted(out: &mut [u8], inverted: &Inverted) {
    inverted.explain(|explanation| {
        let mut parts: Vec<&str, 8> = Vec::new();
        let _ = parts.extend_from_slice(&[inverted.key(), " is "]);
        let _ = parts.extend_from_slice(explanation);
        put_parts(out, &parts);
    });
}

/// Checks what no single key of a policy tells: whether a value is higher than its limit.
///
/// Errors: SEGW_ERR_REFUSED (the reason, which names the keys, NUL-terminated and cut to fit, in `message`); SEGW_ERR_STATE (the
/// policy was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (`cap` 0).
///
/// # Safety
/// `policy` was filled in with segw_policy_init(); `message` points at `cap` writable bytes that do not overlap it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_check(policy: *const SegwPolicy, message: *mut c_char, cap: usize) -> SegwStatus {
    let policy = match try_ref!(policy.cast::<PolicyWords>()).policy() {
        Ok(policy) => policy,
        Err(status) => return status,
    };
    let out = try_slice_mut!(message, cap);
    if out.is_empty() {
        return SEGW_ERR_ARGUMENT;
    }
    match policy.inverted() {
        Some(inverted) => {
            put_inverted(out, &inverted);
            SEGW_ERR_REFUSED
        }
        None => SEGW_OK,
    }
}

/// Finds the key of the `failover` block that `key` is, or probably was meant to be; `name` receives it, NUL-terminated.
///
/// Errors: SEGW_ERR_UNKNOWN (there is none); SEGW_ERR_SHORT (`cap` is less than its length and 1); SEGW_ERR_NULL,
/// SEGW_ERR_ARGUMENT (not UTF-8).
///
/// # Safety
/// `key` ends with a NUL; `name` points at `cap` writable bytes that do not overlap it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_policy_key(key: *const c_char, name: *mut c_char, cap: usize) -> SegwStatus {
    let key = try_text!(key);
    let out = try_slice_mut!(name, cap);
    match key_meant(key) {
        Some(meant) if meant.len() < out.len() => {
            put_parts(out, &[meant]);
            SEGW_OK
        }
        Some(_) => SEGW_ERR_SHORT,
        None => SEGW_ERR_UNKNOWN,
    }
}

/// Finds the one of `count` words that `word` is, or probably was meant to be; `index` receives its place among them.
///
/// Errors: SEGW_ERR_UNKNOWN (there is none); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (not UTF-8, too many words).
///
/// # Safety
/// `word` ends with a NUL, and each of the words; `words` points at `count` of them; `index` at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_nearest(
    word: *const c_char,
    words: *const *const c_char,
    count: usize,
    index: *mut usize,
) -> SegwStatus {
    let word = try_text!(word);
    let index = try_out!(index);
    if words.is_null() {
        return SEGW_ERR_NULL;
    }
    if !words.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    if count > MOST.wrapping_shr(4) {
        return SEGW_ERR_ARGUMENT;
    }
    // SAFETY: neither NULL nor misaligned, and no longer than a slice may be; the caller vouches for what they point at.
    let words = unsafe { slice::from_raw_parts(words, count) };
    // SAFETY: as above.
    let texts = || words.iter().map(|word| unsafe { text_at(*word) }.unwrap_or_default());
    let meant = nearest(word, &mut texts()).and_then(|meant| texts().position(|it| it == meant));
    match meant {
        Some(meant) => {
            // SAFETY: checked above.
            unsafe { index.write(meant) };
            SEGW_OK
        }
        None => SEGW_ERR_UNKNOWN,
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
    let policy = match try_ref!(policy.cast::<PolicyWords>()).policy() {
        Ok(policy) => policy,
        Err(status) => return status,
    };
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
            let least = "fewer than two SEGWs that can be dialled";
            put_passed_over(out, least, addresses);
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
/// `reason` is all that is said, both cut to fit, to 63 and 191 bytes. A NULL or empty `reason`: it is right, or gone. A NULL
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
