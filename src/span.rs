//! Times for people: how long.

use core::fmt;

use crate::refusal::number;

/// So many milliseconds, as people say it: `4.0s`, `58s`, `4m58s`, `2h05m`, `3d04h`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        let (large, unit, small, rest) = match seconds {
            0..10 => {
                decimal(f, seconds, false)?;
                f.write_str(".")?;
                decimal(f, self.0 % 1_000 / 100, false)?;
                return f.write_str("s");
            }
            10..60 => {
                decimal(f, seconds, false)?;
                return f.write_str("s");
            }
            60..3_600 => (seconds / 60, "m", seconds % 60, "s"),
            3_600..86_400 => (seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
            _ => (seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
        };
        decimal(f, large, false)?;
        f.write_str(unit)?;
        decimal(f, small, true)?;
        f.write_str(rest)
    }
}

/// A number; with two digits at least if `two`. `{}` of a number brings what pads it, which is larger than all of this.
fn decimal(f: &mut fmt::Formatter<'_>, value: u64, two: bool) -> fmt::Result {
    if two && value < 10 {
        f.write_str("0")?;
    }
    f.write_str(&number(u32::try_from(value).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::Span;
    use std::string::ToString;

    #[test]
    fn spans() {
        for (ms, text) in [
            (0, "0.0s"),
            (4_049, "4.0s"),
            (9_999, "9.9s"),
            (10_000, "10s"),
            (298_000, "4m58s"),
            (60_000, "1m00s"),
            (7_500_000, "2h05m"),
            (273_600_000, "3d04h"),
        ] {
            assert_eq!(Span(ms).to_string(), text);
        }
    }
}
