//! Every capacity of the library, with what it costs. Those that build.rs chooses come from its settings, and are constants
//! from then on; a C header that does not belong to them is a link error.

include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// Bytes of a connection's or CHILD_SA's name in C, with the closing NUL; so 63 characters.
pub const NAME_CAP: usize = 64;
/// Bytes of a SEGW's address text in C, with the closing NUL; so 127 characters.
pub const ADDR_CAP: usize = 128;
/// Bytes of an event buffer that always suffices, with the closing newline.
pub const EVENT_CAP: usize = 1024;
/// SEGWs that can be drained at once.
#[cfg(feature = "json")]
pub(crate) const DRAIN_CAP: usize = if CONNECTION_CAP * 2 < SEGW_CAP { SEGW_CAP } else { CONNECTION_CAP * 2 };
/// Connections that are not guarded which `STATUS` names; others are counted.
#[cfg(feature = "json")]
pub(crate) const NOT_GUARDED_CAP: usize = if CONNECTION_CAP < 16 { CONNECTION_CAP } else { 16 };
/// Bytes of the reason why one is not, with the closing NUL; so 191 characters.
#[cfg(feature = "json")]
pub(crate) const REASON_CAP: usize = 192;

const _: () = assert!(SEGW_CAP <= 8);
#[cfg(feature = "json")]
const _: () = assert!(MEMORY_CAP == CONNECTION_CAP * (NAME_CAP + ADDR_CAP + NAME_CAP + 40) + DRAIN_CAP * 42 + 32);
