//! The C API: checks pointers, converts, calls one method of the engine. `unsafe` is here, in the files below `capi/`, in
//! `engine/in_place.rs`, which makes an engine where the caller wants it, in the log's `sink.rs` and in `panic.rs`; nowhere else.
//! Its comments are the manual that C programmers read in `include/segw.h`.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::ptr;
use core::slice;

use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_FULL, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_ERR_SHORT,
    SEGW_ERR_STATE, SEGW_ERR_UNKNOWN, SEGW_OK, SegwCtx, SegwStatus,
};
use crate::engine::Engine;
use crate::error::Error;
use crate::time::Instant;

/// What a context holds.
#[repr(C)]
struct Inner {
    magic: u64,
    engine: Engine,
}

const MAGIC: u64 = u64::from_le_bytes(*b"libsegw1");

const _: () = assert!(size_of::<Inner>() <= size_of::<SegwCtx>());
const _: () = assert!(align_of::<Inner>() <= align_of::<SegwCtx>());

/// Where an output is to be written, or a return with the status of what is wrong with it. No reference: what is there need
/// not be initialised.
macro_rules! try_out {
    ($ptr:expr) => {{
        let ptr = $ptr;
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if !ptr.is_aligned() {
            return SEGW_ERR_ALIGN;
        }
        ptr
    }};
}

/// A reference to what `ptr` points at, or a return with a status.
macro_rules! try_ref {
    ($ptr:expr) => {{
        let ptr = try_out!($ptr);
        // SAFETY: neither NULL nor misaligned; that it points at a live object is every function's contract.
        unsafe { &*ptr }
    }};
}

/// The same, to change what is there.
macro_rules! try_mut {
    ($ptr:expr) => {{
        let ptr = try_out!($ptr);
        // SAFETY: as above, and the caller lets nobody else touch it during the call.
        unsafe { &mut *ptr }
    }};
}

/// The engine in a context, or a return with a status.
macro_rules! try_engine {
    ($ctx:expr) => {
        // SAFETY: that it points at a context or nowhere is every function's contract.
        match unsafe { engine($ctx) } {
            // SAFETY: an engine, and the caller lets nobody else touch it during the call.
            Ok(engine) => unsafe { &mut *engine.cast_mut() },
            Err(status) => return status,
        }
    };
}

/// The same, to read only.
macro_rules! try_engine_ref {
    ($ctx:expr) => {
        // SAFETY: as above.
        match unsafe { engine($ctx) } {
            // SAFETY: an engine, and nobody writes to it during the call.
            Ok(engine) => unsafe { &*engine },
            Err(status) => return status,
        }
    };
}

/// The text at a pointer, or a return with a status.
macro_rules! try_text {
    ($ptr:expr) => {
        // SAFETY: that it ends with a NUL is the function's contract.
        match unsafe { text_at($ptr) } {
            Ok(text) => text,
            Err(status) => return status,
        }
    };
}

/// The bytes at a pointer, or a return with a status.
macro_rules! try_slice {
    ($ptr:expr, $len:expr) => {{
        let (ptr, len) = ($ptr.cast::<u8>(), $len);
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if len > MOST {
            return SEGW_ERR_ARGUMENT;
        }
        // SAFETY: not NULL, not longer than an object can be; that `len` bytes are there is the function's contract.
        unsafe { core::slice::from_raw_parts(ptr, len) }
    }};
}

/// The same, to write to.
macro_rules! try_slice_mut {
    ($ptr:expr, $len:expr) => {{
        let (ptr, len) = ($ptr.cast::<u8>(), $len);
        if ptr.is_null() {
            return SEGW_ERR_NULL;
        }
        if len > MOST {
            return SEGW_ERR_ARGUMENT;
        }
        // SAFETY: as above, and the caller lets nobody else touch them during the call.
        unsafe { core::slice::from_raw_parts_mut(ptr, len) }
    }};
}

mod action;
mod adopt;
#[cfg(feature = "json")]
mod command;
mod event;
mod ike_event;
mod ike_sa;
#[cfg(feature = "log")]
mod log;
#[cfg(feature = "json")]
mod memory;
mod policies;
#[cfg(feature = "json")]
mod request;
mod timer;

/// Longest object that Rust knows.
const MOST: usize = usize::MAX / 2;

const fn status(error: Error) -> SegwStatus {
    error as SegwStatus
}

/// Where the engine in a context is, or the status of what is wrong with the context.
///
/// # Safety
/// `ctx` is NULL, misaligned, or points at a context.
unsafe fn engine(ctx: *const SegwCtx) -> Result<*const Engine, SegwStatus> {
    let inner = ctx.cast::<Inner>();
    if inner.is_null() {
        return Err(SEGW_ERR_NULL);
    }
    if !inner.is_aligned() {
        return Err(SEGW_ERR_ALIGN);
    }
    // SAFETY: neither NULL nor misaligned; the rest is the contract.
    unsafe { if (*inner).magic == MAGIC { Ok(&raw const (*inner).engine) } else { Err(SEGW_ERR_STATE) } }
}

/// The text at a pointer, or the status of what is wrong with it.
///
/// # Safety
/// `ptr` is NULL, or what it points at ends with a NUL and lives as long as is needed.
unsafe fn text_at<'c>(ptr: *const c_char) -> Result<&'c str, SegwStatus> {
    if ptr.is_null() {
        return Err(SEGW_ERR_NULL);
    }
    // SAFETY: not NULL; the rest is the contract.
    let bytes = unsafe { CStr::from_ptr(ptr) }.to_bytes();
    core::str::from_utf8(bytes).map_err(|_| SEGW_ERR_ARGUMENT)
}

/// The bytes in an array, up to its NUL; `None` if there is none.
fn bytes(array: &[c_char]) -> Option<&[u8]> {
    // SAFETY: an array of `c_char` is one of bytes.
    let bytes = unsafe { slice::from_raw_parts(array.as_ptr().cast::<u8>(), array.len()) };
    let len = bytes.iter().position(|byte| *byte == 0)?;
    bytes.get(..len)
}

/// The text in an array, up to its NUL; `None` if there is none or it is not UTF-8.
fn text(array: &[c_char]) -> Option<&str> {
    core::str::from_utf8(bytes(array)?).ok()
}

/// Writes a text and its NUL into an array; what does not fit is cut.
fn put(array: &mut [c_char], text: &str) {
    // SAFETY: an array of `c_char` is one of bytes.
    let out = unsafe { slice::from_raw_parts_mut(array.as_mut_ptr().cast::<u8>(), array.len()) };
    put_parts(out, &[text]);
}

/// Writes a text in parts and its NUL; what does not fit is cut.
fn put_parts(out: &mut [u8], parts: &[&str]) {
    let mut at = 0usize;
    let room = out.len().saturating_sub(1);
    for part in parts {
        let len = part.len().min(room.saturating_sub(at));
        let end = at.saturating_add(len);
        if let (Some(cells), Some(bytes)) = (out.get_mut(at..end), part.as_bytes().get(..len)) {
            cells.copy_from_slice(bytes);
        }
        at = end;
    }
    if let Some(end) = out.get_mut(at) {
        *end = 0;
    }
}

/// Prepares a context. Call it once, before anything else; calling it again forgets everything.
///
/// `now_ms`: the caller's monotonic clock in milliseconds, here and in all other functions. `seed`: any number; the
/// same seed and the same inputs give the same outputs, byte for byte.
///
/// Thread rule, for all functions with a context: one thread at a time for each context.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `ctx` points at `sizeof(segw_ctx_t)` writable bytes.
#[allow(unused_attributes, reason = "cbindgen reads the plain name, the linker the one with the sizes")]
#[unsafe(no_mangle)]
#[unsafe(export_name = concat!("segw_init", env!("SEGW_SIZES")))]
pub unsafe extern "C" fn segw_init(ctx: *mut SegwCtx, now_ms: u64, seed: u64) -> SegwStatus {
    if ctx.is_null() {
        return SEGW_ERR_NULL;
    }
    if !ctx.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    let inner = ctx.cast::<Inner>();
    // SAFETY: aligned, large enough (asserted above); nothing is read before it is written.
    unsafe {
        let place = ptr::addr_of_mut!((*inner).engine).cast::<MaybeUninit<Engine>>();
        Engine::new_in(&mut *place, Instant(now_ms), seed);
        ptr::addr_of_mut!((*inner).magic).write(MAGIC);
    }
    SEGW_OK
}

/// Says which device this is: the order `hash` of a policy is drawn by it. `id`: any bytes that no other device of the fleet has and
/// that are the same after each restart, a machine id or an identity; with `len` 0, as without this function, all devices have the
/// same order. Connections that there are take it over.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a length that cannot be).
///
/// # Safety
/// `id` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_set_device(ctx: *mut SegwCtx, now_ms: u64, id: *const c_char, len: usize) -> SegwStatus {
    let engine = try_engine!(ctx);
    engine.set_device(Instant(now_ms), try_slice!(id, len));
    SEGW_OK
}

/// A sentence for a status; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn segw_strerror(status: SegwStatus) -> *const c_char {
    let text: &CStr = match status {
        SEGW_OK => c"done",
        SEGW_AGAIN => c"nothing to do now",
        SEGW_ERR_NULL => c"a pointer is NULL",
        SEGW_ERR_ALIGN => c"the object is not aligned as its type requires",
        SEGW_ERR_SHORT => c"a buffer is too short",
        SEGW_ERR_FULL => c"a table is full",
        SEGW_ERR_REFUSED => c"the request is refused, its reply says why",
        SEGW_ERR_UNKNOWN => c"no connection or IKE_SA of that name or id",
        SEGW_ERR_ARGUMENT => c"a value is outside its range",
        SEGW_ERR_STATE => c"not initialised, or initialised already",
        _ => c"unknown status",
    };
    text.as_ptr()
}

/// The library's version, like SEGW_VERSION of the header it was built with; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn segw_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's SEGW_ABI. Refuse to run if it differs from the header's.
#[unsafe(no_mangle)]
pub extern "C" fn segw_abi() -> u32 {
    crate::ABI
}
