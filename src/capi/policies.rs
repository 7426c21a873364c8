//! C functions for policies: options of strongswan.conf, one key at a time.

use core::ffi::c_char;
use core::ptr;
use core::slice;

use heapless::Vec;

use super::{MOST, put_parts, text_at};
use crate::abi::{
    SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_ERR_SHORT, SEGW_ERR_STATE,
    SEGW_ERR_UNKNOWN, SEGW_OK, SegwPolicy, SegwStatus,
};
use crate::limits::{PROBE_TEXT_CAP, SEGW_CAP};
use crate::nearest::nearest;
use crate::policy::{Each, Inverted, PROBE, Policy, SETTINGS, Targets, Windows, key_meant};
use crate::refusal::Refusal;

/// A policy as C holds it: numbers and bytes only, so that whatever C hands over can be looked at.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PolicyWords {
    magic: u32,
    /// In the order of [`SETTINGS`]: a number, or a word's place among its words.
    values: [u32; SETTINGS.len()],
    /// The same, of [`PROBE`].
    probe: [u32; PROBE.len()],
    set: [u32; 2],
    own: [u32; 2],
    windows: [u32; 4],
    targets_len: u32,
    targets: [u8; PROBE_TEXT_CAP],
    preferences: [u8; SEGW_CAP],
    weights: [u8; SEGW_CAP],
}

const MAGIC: u32 = u32::from_le_bytes(*b"polc");

const _: () = assert!(size_of::<PolicyWords>() <= size_of::<SegwPolicy>());
const _: () = assert!(align_of::<PolicyWords>() <= align_of::<SegwPolicy>());

/// A number of 64 bits as two words, the lower first: a policy of C's need not be aligned for more.
#[expect(clippy::cast_possible_truncation, reason = "on purpose")]
const fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

const fn whole([low, high]: [u32; 2]) -> u64 {
    low as u64 | (high as u64) << 32
}

impl PolicyWords {
    fn new(policy: &Policy) -> Self {
        let values = SETTINGS.map(|(_, setting)| setting.get(policy));
        let probe = PROBE.map(|(_, setting)| setting.get(policy));
        let (text, mut targets) = (policy.probe.targets.text(), [0; PROBE_TEXT_CAP]);
        for (cell, byte) in targets.iter_mut().zip(text.bytes()) {
            *cell = byte;
        }
        let targets_len = u32::try_from(text.len()).unwrap_or(0);
        Self {
            magic: MAGIC,
            values,
            probe,
            set: halves(policy.set),
            own: halves(policy.own),
            windows: policy.failback_window.words(),
            targets_len,
            targets,
            preferences: policy.preferences.to_bytes(),
            weights: policy.weights.to_bytes(),
        }
    }

    /// The policy, or the status of what is wrong with it.
    pub(super) fn policy(&self) -> Result<Policy, SegwStatus> {
        if self.magic != MAGIC {
            return Err(SEGW_ERR_STATE);
        }
        let mut policy = Policy { set: whole(self.set), own: whole(self.own), ..Policy::DEFAULT };
        for ((_, setting), value) in SETTINGS.iter().zip(self.values) {
            setting.put(&mut policy, value).ok_or(SEGW_ERR_ARGUMENT)?;
        }
        for ((_, setting), value) in PROBE.iter().zip(self.probe) {
            setting.put(&mut policy, value).ok_or(SEGW_ERR_ARGUMENT)?;
        }
        policy.failback_window = Windows::from_words(self.windows).ok_or(SEGW_ERR_ARGUMENT)?;
        let text = usize::try_from(self.targets_len).ok().and_then(|len| self.targets.get(..len));
        let text = text.and_then(|text| core::str::from_utf8(text).ok());
        policy.probe.targets = text.and_then(|text| Targets::read(text).ok()).ok_or(SEGW_ERR_ARGUMENT)?;
        policy.preferences = Each::from_bytes(self.preferences).ok_or(SEGW_ERR_ARGUMENT)?;
        policy.weights = Each::from_bytes(self.weights).ok_or(SEGW_ERR_ARGUMENT)?;
        Ok(policy)
    }
}

/// The policy at a pointer, or a return with a status.
macro_rules! try_policy {
    ($ptr:expr) => {
        match try_ref!($ptr.cast::<PolicyWords>()).policy() {
            Ok(policy) => policy,
            Err(status) => return status,
        }
    };
}

/// Where a message is to be written, or a return with a status.
macro_rules! try_message {
    ($ptr:expr, $cap:expr) => {{
        let out = try_slice_mut!($ptr, $cap);
        if out.is_empty() {
            return SEGW_ERR_ARGUMENT;
        }
        out
    }};
}

pub(super) use {try_message, try_policy};

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

/// Sets one key of the `failover` block, or with `probe.` before it of the `probe` block, as an option of strongswan.conf has it:
/// `value` is a whole number, a word, or, of a key that ends in `_ms`, a time with its unit, `ms`, `s`, `m`, `h` or `d`: `500ms`,
/// `5s`; that of `probe.targets` a list with commas, that of `preferences` and `weights` numbers with blanks or commas, that of
/// `failback_window` windows with commas.
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
    how: fn(&mut Policy, &str, &str) -> Result<(), Refusal>,
) -> SegwStatus {
    let mut changed = try_policy!(policy);
    let words = try_mut!(policy.cast::<PolicyWords>());
    let (key, value) = (try_text!(key), try_text!(value));
    let out = try_message!(message, cap);
    match how(&mut changed, key, value) {
        Ok(()) => {
            *words = PolicyWords::new(&changed);
            SEGW_OK
        }
        Err(refusal) => {
            put_parts(out, &[&refusal.message]);
            SEGW_ERR_REFUSED
        }
    }
}

/// Writes that a value of a policy is higher than its limit.
pub(super) fn put_inverted(out: &mut [u8], inverted: &Inverted) {
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
    let policy = try_policy!(policy);
    let out = try_message!(message, cap);
    match policy.inverted() {
        Some(inverted) => {
            put_inverted(out, &inverted);
            SEGW_ERR_REFUSED
        }
        None => SEGW_OK,
    }
}

/// Finds the key of the `failover` block that `key` is, or probably was meant to be; `name` receives it, NUL-terminated. A `key` with
/// `probe.` before it is one of the `probe` block; `name` is without that.
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
