//! What a line of diagnostics costs, once instead of at each place that has one.

use core::fmt;

use log::Level;

/// The levels, by the names of the `log` crate's macros.
#[allow(non_upper_case_globals, reason = "`log!(info, …)`")]
#[cfg_attr(not(feature = "json"), allow(dead_code, reason = "some are told of JSON only"))]
pub mod level {
    use super::Level;

    pub const error: Level = Level::Error;
    pub const warn: Level = Level::Warn;
    pub const info: Level = Level::Info;
    pub const debug: Level = Level::Debug;
}

/// Hands a line to the logger.
#[inline(never)]
#[track_caller]
pub fn tell(level: Level, target: &str, text: fmt::Arguments) {
    log::log!(target: target, level, "{}", text);
}

/// A text as it stands. `{}` of a `str` brings what pads it, which is larger than all that is told here.
pub struct Plain<'t>(pub &'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.0)
    }
}
