//! Times for people: how long, and when.

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

/// A moment of the wall clock, in milliseconds since 1970: `2026-11-27 18:14:34 UTC`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Utc(pub(crate) u64);

/// Days from 1970-01-01 to 2000-03-01.
const DAYS_TO_MARCH_2000: u64 = 11_017;
/// Days in so many years.
const LONG: [(u64, u64); 4] = [(146_097, 400), (36_524, 100), (1_461, 4), (365, 1)];

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        let [year, month, day] = date(seconds / 86_400);
        decimal(f, year, true)?;
        for (before, value) in [
            ("-", month),
            ("-", day),
            (" ", seconds % 86_400 / 3_600),
            (":", seconds % 3_600 / 60),
            (":", seconds % 60),
        ] {
            f.write_str(before)?;
            decimal(f, value, true)?;
        }
        f.write_str(" UTC")
    }
}

/// The year, month and day of a day counted from 1970-01-01. Years begin in March here, so that the odd day is their last;
/// what lies before March 2000 is counted from 400 years earlier.
fn date(days: u64) -> [u64; 3] {
    let (mut rest, mut year) = (days.saturating_add(146_097).saturating_sub(DAYS_TO_MARCH_2000), 1_600u64);
    for (length, years) in LONG {
        let most = match years {
            // The last century of four, and the last year of four, have one day more.
            100 | 1 => 3,
            _ => u64::MAX,
        };
        let whole = rest.checked_div(length).unwrap_or_default().min(most);
        rest = rest.saturating_sub(whole.saturating_mul(length));
        year = year.saturating_add(whole.saturating_mul(years));
    }
    let mut month = 3u64;
    for length in [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31] {
        if rest < length {
            break;
        }
        rest = rest.saturating_sub(length);
        month = month.saturating_add(1);
    }
    if month > 12 {
        (year, month) = (year.saturating_add(1), month.saturating_sub(12));
    }
    [year, month, rest.saturating_add(1)]
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
    use super::{Span, Utc};
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

    #[test]
    fn moments() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_795_803_274, "2026-11-27 18:14:34 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(Utc(seconds * 1_000).to_string(), text);
        }
    }

    #[test]
    fn a_day_follows_another_for_200_years() {
        let mut before = super::date(0);
        for day in 1..73_000 {
            let now = super::date(day);
            let [year, month, of_month] = before;
            let next = [[year, month, of_month + 1], [year, month + 1, 1], [year + 1, 1, 1]];
            assert!(next.contains(&now), "{before:?} {now:?}");
            before = now;
        }
    }
}
