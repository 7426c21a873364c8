//! The C function for the library's diagnostics.

use crate::abi::{SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_ERR_STATE, SEGW_OK, SegwStatus};

/// Sends the library's diagnostics to `sink` from now on, those of `max_level` and more important ones: 1 error, 2
/// warning, 3 info, 4 debug, 5 trace, 0 none. `user` is handed back at each call. Once a process: the library's only
/// global. Call it before any context is used by more than one thread.
///
/// Errors: SEGW_ERR_STATE (there is a sink already); SEGW_ERR_ARGUMENT (level above 5); SEGW_ERR_NULL.
///
/// # Safety
/// `sink` and `user` stay valid as long as the library is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_log_init(
    sink: crate::abi::SegwLogFn,
    user: *mut core::ffi::c_void,
    max_level: u32,
) -> SegwStatus {
    let Some(sink) = sink else {
        return SEGW_ERR_NULL;
    };
    use log::LevelFilter;
    let filter = match max_level {
        0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        4 => LevelFilter::Debug,
        5 => LevelFilter::Trace,
        _ => return SEGW_ERR_ARGUMENT,
    };
    if crate::sink::install(sink, user, filter) { SEGW_OK } else { SEGW_ERR_STATE }
}
