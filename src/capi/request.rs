//! C functions for what needs no context: a client's byte stream, its configuration, its subscription.

use core::ffi::{CStr, c_char};
use core::ptr;
use core::slice;

use super::{MOST, status, text};
use crate::abi::{
    SEGW_AGAIN, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_REFUSED, SEGW_ERR_STATE, SEGW_OK,
    SEGW_VERB_UNKNOWN, SegwFilter, SegwFrame, SegwStatus, SegwSubject,
};
use crate::config::model::{Config, Text};
use crate::config::read::{self, Connections};
use crate::connection::Name;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::wire::event::{EventKind, Subject};
use crate::wire::filter::Filter;
use crate::wire::frame::Frame;
use crate::wire::record::record;
use crate::wire::reply;
use crate::wire::request::{Request, Verb};

/// What a filter of C's holds.
#[repr(C)]
struct FilterSlot {
    magic: u64,
    filter: Filter,
}

const FILTER_MAGIC: u64 = u64::from_le_bytes(*b"segwfltr");

const _: () = assert!(size_of::<FilterSlot>() <= size_of::<SegwFilter>());
const _: () = assert!(align_of::<FilterSlot>() <= align_of::<SegwFilter>());

/// Where the filter is, or a return with the status of what is wrong with it.
macro_rules! try_filter {
    ($filter:expr) => {{
        let slot = try_out!($filter.cast::<FilterSlot>().cast_mut());
        // SAFETY: neither NULL nor misaligned; that it points at a filter's memory is the contract.
        if unsafe { (*slot).magic } != FILTER_MAGIC {
            return SEGW_ERR_STATE;
        }
        // SAFETY: as above.
        unsafe { &raw mut (*slot).filter }
    }};
}

/// Prepares the cutting of a client's byte stream into requests.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `frame` points at a writable frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_init(frame: *mut SegwFrame) -> SegwStatus {
    let frame = try_out!(frame);
    // SAFETY: not NULL, aligned.
    unsafe { frame.write(SegwFrame { words: Frame::new().to_raw() }) };
    SEGW_OK
}

/// Looks at the next bytes of a client's stream, each byte once; the caller collects them.
///
/// SEGW_OK: a request ends after `*used` of these bytes; the frame is ready for the next one, which may start right
/// there. SEGW_AGAIN: all bytes belong to a request that is not complete, `*used` is `len`.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `bytes` points at `len` bytes, `used` at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_push(
    frame: *mut SegwFrame,
    bytes: *const c_char,
    len: usize,
    used: *mut usize,
) -> SegwStatus {
    let raw = try_mut!(frame);
    let bytes = try_slice!(bytes, len);
    let used = try_out!(used);
    let mut frame = Frame::from_raw(raw.words);
    let end = frame.push(bytes);
    raw.words = frame.to_raw();
    // SAFETY: not NULL, aligned.
    unsafe { used.write(end.unwrap_or(len)) };
    if end.is_some() { SEGW_OK } else { SEGW_AGAIN }
}

/// Whether the stream stands between two requests: 1, or 0 within one. For a client that hangs up within one: a request that is
/// a line may be completed with a newline, pushed as if the client had sent it; one with a brace is half of a request.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `frame` points at a frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_frame_idle(frame: *const SegwFrame) -> SegwStatus {
    SegwStatus::from(Frame::from_raw(try_ref!(frame).words).is_idle())
}

/// What a request asks for: `SEGW_VERB_*`; SEGW_VERB_UNKNOWN also for NULL.
///
/// # Safety
/// `request` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_verb(request: *const c_char, len: usize) -> u32 {
    if request.is_null() || len > MOST {
        return SEGW_VERB_UNKNOWN;
    }
    // SAFETY: not NULL, not longer than an object can be; that `len` bytes are there is the contract.
    let bytes = unsafe { slice::from_raw_parts(request.cast::<u8>(), len) };
    Request::split(bytes).map_or(SEGW_VERB_UNKNOWN, |request| request.verb as u32)
}

/// The reply that refuses a request.
fn refuse(word: &str, refusal: &Refusal, out: &mut [u8], len: &mut usize) -> SegwStatus {
    match reply::refused(word, refusal, out) {
        Ok(written) => {
            *len = written;
            SEGW_ERR_REFUSED
        }
        Err(error) => status(error),
    }
}

/// Reads the connections of an `APPLY_CONFIG` request one by one, each into `config`. It is how the caller gets to what
/// charon needs, before segw_command() takes the request over. Needs no context; changes nothing.
///
/// `*cursor` is 0 at the first call. The whole request is checked then, `*count` is how many connections there are, and the first
/// of them is read. Each call moves `*cursor` on to the next connection, which the next call reads from there: give it the same
/// request. SEGW_AGAIN: there is none left. What a cursor says is the library's affair; any number does no harm.
///
/// `config` may hold a secret: wipe it after use. It is cleared first, and again if the request is refused.
///
/// Errors: SEGW_ERR_REFUSED (the reply for the client is in `reply`, its length in `reply_len`); SEGW_ERR_ARGUMENT (not an
/// `APPLY_CONFIG` request); SEGW_ERR_SHORT (the refusal does not fit); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `request` points at `len` bytes, `reply` at `cap` writable ones, the others at writable objects.
#[allow(unused_attributes, reason = "cbindgen reads the plain name, the linker the one with the sizes")]
#[unsafe(no_mangle)]
#[unsafe(export_name = concat!("segw_config_parse", env!("SEGW_SIZES")))]
pub unsafe extern "C" fn segw_config_parse(
    request: *const c_char,
    len: usize,
    cursor: *mut usize,
    config: *mut Config,
    count: *mut u32,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let request = try_slice!(request, len);
    if config.is_null() {
        return SEGW_ERR_NULL;
    }
    if !config.is_aligned() {
        return SEGW_ERR_ALIGN;
    }
    // SAFETY: not NULL, aligned; all bytes zero are a `Config`, so the caller need not have initialised it.
    let config = unsafe {
        ptr::write_bytes(config, 0, 1);
        &mut *config
    };
    let (cursor, count) = (try_mut!(cursor), try_mut!(count));
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    let Some(request) = Request::split(request).filter(|request| request.verb == Verb::ApplyConfig) else {
        return SEGW_ERR_ARGUMENT;
    };
    let (text, base) = (request.argument, request.offset);
    let mut policy = Policy::DEFAULT;
    let mut connections = Connections::from(text, cursor.saturating_sub(base));
    if *cursor == 0 {
        match Connections::check(text, base, config, &mut policy, &mut |_| ()) {
            Ok((all, found)) => {
                *count = u32::try_from(found).unwrap_or(u32::MAX);
                connections = all;
            }
            Err(refusal) => {
                config.reset();
                return refuse(request.word, &refusal, out, reply_len);
            }
        }
    }
    let read = connections.read(config, &mut policy);
    *cursor = base.saturating_add(connections.at());
    if read { SEGW_OK } else { SEGW_AGAIN }
}

/// Writes the reply to an `APPLY_CONFIG` request of which charon cannot take something: `path` below connection number
/// `index`, like `ike_cfg.proposals[0]`, and `message`, a short reason; both NUL-terminated. Needs no context.
///
/// Returns SEGW_ERR_REFUSED, as segw_command() would.
///
/// Errors: SEGW_ERR_SHORT, SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `request` points at `len` bytes, `reply` at `cap` writable ones, `reply_len` at a writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_config_refuse(
    request: *const c_char,
    len: usize,
    index: u32,
    path: *const c_char,
    message: *const c_char,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let request = try_slice!(request, len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    if path.is_null() || message.is_null() {
        return SEGW_ERR_NULL;
    }
    // SAFETY: not NULL; that they end with a NUL is the contract.
    let texts = unsafe { (CStr::from_ptr(path).to_str(), CStr::from_ptr(message).to_str()) };
    let (Ok(path), Ok(message), Some(request)) = (texts.0, texts.1, Request::split(request)) else {
        return SEGW_ERR_ARGUMENT;
    };
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let refusal = read::refuse(request.argument, request.offset, index, path, message);
    refuse(request.word, &refusal, out, reply_len)
}

/// Prepares a client's filter: it wants to hear everything.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `filter` points at a writable filter.
#[allow(unused_attributes, reason = "cbindgen reads the plain name, the linker the one with the sizes")]
#[unsafe(no_mangle)]
#[unsafe(export_name = concat!("segw_filter_init", env!("SEGW_SIZES")))]
pub unsafe extern "C" fn segw_filter_init(filter: *mut SegwFilter) -> SegwStatus {
    let filter = try_out!(filter);
    // SAFETY: not NULL, aligned; a filter fits in (asserted above).
    unsafe {
        ptr::write_bytes(filter, 0, 1);
        filter.cast::<FilterSlot>().write(FilterSlot { magic: FILTER_MAGIC, filter: Filter::ALL });
    }
    SEGW_OK
}

/// Takes over what a `SUBSCRIBE` request says. The reply for the client is in `reply`, its length in `reply_len`, both on
/// SEGW_OK and on SEGW_ERR_REFUSED. Needs no context.
///
/// Errors: SEGW_ERR_REFUSED (the filter is as before); SEGW_ERR_ARGUMENT (not a `SUBSCRIBE` request); SEGW_ERR_SHORT
/// (the reply does not fit; nothing was changed); SEGW_ERR_STATE (the filter was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `filter` was prepared with segw_filter_init(); `request` points at `len` bytes, `reply` at `cap` writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_filter_read(
    filter: *mut SegwFilter,
    request: *const c_char,
    len: usize,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let filter = try_filter!(filter.cast_const());
    // SAFETY: a filter, and the caller lets nobody else touch it during the call.
    let filter = unsafe { &mut *filter };
    let request = try_slice!(request, len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    let Some(request) = Request::split(request).filter(|request| request.verb == Verb::Subscribe) else {
        return SEGW_ERR_ARGUMENT;
    };
    match Filter::read(&request) {
        Ok(wanted) => match reply::done(request.word, out) {
            Ok(written) => {
                *reply_len = written;
                *filter = wanted;
                SEGW_OK
            }
            Err(error) => status(error),
        },
        Err(refusal) => refuse(request.word, &refusal, out, reply_len),
    }
}

/// Whether a client wants to hear an event about this, as segw_next_event() told it: 1 or 0.
///
/// Errors: SEGW_ERR_STATE (the filter was not prepared); SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT (no event has such
/// a subject).
///
/// # Safety
/// `filter` was prepared with segw_filter_init(); `subject` points at a subject.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_filter_wants(filter: *const SegwFilter, subject: *const SegwSubject) -> SegwStatus {
    let filter = try_filter!(filter);
    // SAFETY: a filter, and nobody writes to it during the call.
    let filter = unsafe { &*filter };
    let subject = try_ref!(subject);
    let index = usize::try_from(subject.event).unwrap_or(usize::MAX);
    let kind = EventKind::ALL.get(index).copied();
    let Some((kind, connection)) = kind.zip(text(&subject.connection).and_then(|name| Name::try_from(name).ok()))
    else {
        return SEGW_ERR_ARGUMENT;
    };
    SegwStatus::from(filter.wants(&Subject { kind, connection }))
}

/// Answers a `RECORD` request with a part of what the caller has recorded of this library's inputs: as much of the `data_len`
/// bytes at `data` as fits into a reply, from the byte on that the client asks for. `serial` is the record's: a client that asks for
/// more names it, and is refused if it is another one by then. While it is the same, what was there stays, and more is only
/// added. Needs no context; what the bytes mean is the caller's affair.
///
/// Errors: SEGW_ERR_REFUSED (the reply for the client is in `reply`, as it is on SEGW_OK); SEGW_ERR_ARGUMENT (not a `RECORD`
/// request); SEGW_ERR_SHORT (not even an empty part fits); SEGW_ERR_NULL, SEGW_ERR_ALIGN.
///
/// # Safety
/// `request` points at `len` bytes, `data` at `data_len`, `reply` at `cap` writable ones that overlap neither, `reply_len` at a
/// writable number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_record_reply(
    request: *const c_char,
    len: usize,
    data: *const u8,
    data_len: usize,
    serial: u32,
    reply: *mut c_char,
    cap: usize,
    reply_len: *mut usize,
) -> SegwStatus {
    let request = try_slice!(request, len);
    let data = try_slice!(data, data_len);
    let out = try_slice_mut!(reply, cap);
    let reply_len = try_mut!(reply_len);
    let Some(request) = Request::split(request).filter(|request| request.verb == Verb::Record) else {
        return SEGW_ERR_ARGUMENT;
    };
    match record(&request, data, serial, out) {
        Ok(Ok(written)) => {
            *reply_len = written;
            SEGW_OK
        }
        Ok(Err(error)) => status(error),
        Err(refusal) => refuse(request.word, &refusal, out, reply_len),
    }
}

/// The string of a span, NUL-terminated, owned by `config`; NULL if its key was absent, or `config` is NULL or
/// misaligned.
///
/// # Safety
/// `config` points at a configuration that segw_config_parse() has filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_text(config: *const Config, text: Text) -> *const c_char {
    if config.is_null() || !config.is_aligned() || text.len == 0 {
        return ptr::null();
    }
    // SAFETY: not NULL, aligned; that it points at a configuration is the contract.
    let config = unsafe { &*config };
    config.text.get(usize::from(text.offset)..).map_or(ptr::null(), |text| text.as_ptr().cast())
}
