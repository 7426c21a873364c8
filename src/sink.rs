//! Where diagnostics go in C: the `log` facade's one global, in front of a C function.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_void};
use core::fmt::Write as _;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use heapless::String;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// The C function.
pub type Sink = unsafe extern "C" fn(user: *mut c_void, level: u32, text: *const c_char, len: usize);

const EMPTY: u8 = 0;
const CLAIMED: u8 = 1;
const READY: u8 = 2;

struct Front {
    state: AtomicU8,
    sink: AtomicPtr<c_void>,
    user: AtomicPtr<c_void>,
}

static FRONT: Front =
    Front { state: AtomicU8::new(EMPTY), sink: AtomicPtr::new(ptr::null_mut()), user: AtomicPtr::new(ptr::null_mut()) };

impl Log for Front {
    fn enabled(&self, _: &Metadata) -> bool {
        self.state.load(Ordering::Acquire) == READY
    }

    fn log(&self, record: &Record) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // What does not fit is cut: diagnostics must not cost memory.
        let mut text: String<200> = String::new();
        let _ = text.write_fmt(*record.args());
        // SAFETY: `install` stored a `Sink` before it said READY, and nobody stores anything else.
        let sink: Sink = unsafe { core::mem::transmute(self.sink.load(Ordering::Relaxed)) };
        let level = match record.level() {
            Level::Error => 1,
            Level::Warn => 2,
            Level::Info => 3,
            Level::Debug => 4,
            Level::Trace => 5,
        };
        // SAFETY: the caller of `segw_log_init` vouches for both as long as the library is used.
        unsafe { sink(self.user.load(Ordering::Relaxed), level, text.as_ptr().cast(), text.len()) }
    }

    fn flush(&self) {}
}

/// Puts `sink` in place, for what `filter` lets pass; `false` if there is one already, for there is one a process.
pub fn install(sink: Sink, user: *mut c_void, filter: LevelFilter) -> bool {
    if FRONT.state.compare_exchange(EMPTY, CLAIMED, Ordering::AcqRel, Ordering::Acquire).is_err() {
        return false;
    }
    FRONT.sink.store(sink as *mut c_void, Ordering::Relaxed);
    FRONT.user.store(user, Ordering::Relaxed);
    if log::set_logger(&FRONT).is_err() {
        return false;
    }
    FRONT.state.store(READY, Ordering::Release);
    log::set_max_level(filter);
    true
}
