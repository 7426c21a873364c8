//! The library's one error type: flat, numbered, without text that could carry a secret.

/// What went wrong. The numbers are those of the C API (`SEGW_ERR_*`) and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Error {
    /// A buffer of the caller is too short.
    Short = -3,
    /// A table is full; nothing was changed.
    Full = -4,
    /// The request is refused; the reply says where and why. Nothing was changed.
    Refused = -5,
    /// No connection or IKE_SA of that name or id.
    Unknown = -6,
    /// A value is outside its range.
    Argument = -7,
}

/// Result of a fallible call.
pub type Result<T> = core::result::Result<T, Error>;
