//! What a SEGW says of its load: for how long it does not want to be dialled. A hint alone changes nothing; it counts when the
//! IKE_SA that it came with fails.

use crate::time::Instant;

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// BACKOFF_TIMER (3GPP TS 24.302 §8.2.9.1): the time itself.
    BackoffTimer,
    /// NO_ADDITIONAL_SAS (RFC 7296 §1.3).
    NoAdditionalSas,
    /// TEMPORARY_FAILURE (RFC 7296 §2.25).
    TemporaryFailure,
    /// CONGESTION (3GPP TS 24.302 §8.1.2.2).
    Congestion,
    /// COOKIE (RFC 7296 §2.6): it is flooded with requests.
    Cookie,
}

/// The longest time that a SEGW is left alone because it says so, in milliseconds: one that was set up wrong says what it likes.
const LONGEST_MS: u32 = 3_600_000;
/// The same for what is not protected, as anybody may have written it.
const UNPROVED_MS: u32 = 5_000;

/// What GPRS timer 3 counts in, in seconds, by the three highest bits of its octet (3GPP TS 24.008 §10.5.7.4a). The last one
/// means: until something changes.
const UNITS: [u32; 8] = [600, 3_600, 36_000, 2, 30, 60, 1_152_000, u32::MAX];

impl Hint {
    /// What a notify says, with the last octet of its data, and for how long the SEGW is to be left alone then, in
    /// milliseconds. `None`: it says nothing about that.
    #[must_use]
    pub fn of_notify(notify: u16, data: u8, protected: bool) -> Option<(Self, u32)> {
        let (hint, asked) = match notify {
            35 => (Self::NoAdditionalSas, 60_000),
            43 => (Self::TemporaryFailure, 10_000),
            15_500 => (Self::Congestion, 60_000),
            16_390 => (Self::Cookie, UNPROVED_MS),
            41_041 => (Self::BackoffTimer, timer_ms(data)),
            _ => return None,
        };
        let most = if protected { LONGEST_MS } else { UNPROVED_MS };
        Some((hint, asked.min(most))).filter(|(_, asked)| *asked > 0)
    }

    /// The name in `STATUS` and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BackoffTimer => "BACKOFF_TIMER",
            Self::NoAdditionalSas => "NO_ADDITIONAL_SAS",
            Self::TemporaryFailure => "TEMPORARY_FAILURE",
            Self::Congestion => "CONGESTION",
            Self::Cookie => "COOKIE",
        }
    }

    /// Which of two that come with one IKE_SA counts: a time that is named is above one that is not.
    #[must_use]
    pub(crate) const fn yields_to(self, other: Self) -> bool {
        matches!(self, Self::Cookie) || matches!(other, Self::BackoffTimer)
    }
}

/// The time that an octet of GPRS timer 3 names, in milliseconds.
fn timer_ms(octet: u8) -> u32 {
    let unit = UNITS.get(usize::from(octet >> 5)).copied().unwrap_or(u32::MAX);
    // A timer that is deactivated has no number.
    let count = if unit == u32::MAX { 1 } else { u32::from(octet & 0x1f) };
    unit.saturating_mul(count).saturating_mul(1_000)
}

/// A hint as it was said, or as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub hint: Hint,
    /// Until when the SEGW is to be left alone.
    pub until: Instant,
    /// It came in a message that is protected.
    pub proved: bool,
    /// The IKE_SA that it came with has failed: the SEGW is left alone.
    pub counts: bool,
}

impl Said {
    /// Nothing. No `None`: it stands beside tests of several fields, which the compiler may reorder, and valgrind would find that
    /// one looks at what nobody has written.
    pub const NOTHING: Self = Self { hint: Hint::Cookie, until: Instant(0), proved: false, counts: false };

    /// It, if it counts.
    #[must_use]
    pub fn counting(self) -> Option<Self> {
        Some(self).filter(|said| said.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::Hint;

    #[test]
    fn what_a_notify_asks_for() {
        for (notify, data, protected, said) in [
            (41_041, 0b011_00101, true, Some((Hint::BackoffTimer, 10_000))),
            (41_041, 0b100_00001, true, Some((Hint::BackoffTimer, 30_000))),
            (41_041, 0b101_00011, true, Some((Hint::BackoffTimer, 180_000))),
            (41_041, 0b000_00010, true, Some((Hint::BackoffTimer, 1_200_000))),
            // Ten hours, 320 hours, and for ever: an hour.
            (41_041, 0b010_00001, true, Some((Hint::BackoffTimer, 3_600_000))),
            (41_041, 0b110_11111, true, Some((Hint::BackoffTimer, 3_600_000))),
            (41_041, 0b111_00000, true, Some((Hint::BackoffTimer, 3_600_000))),
            // No time at all is no hint.
            (41_041, 0, true, None),
            (41_041, 0b101_00000, true, None),
            (35, 0, true, Some((Hint::NoAdditionalSas, 60_000))),
            (43, 0, true, Some((Hint::TemporaryFailure, 10_000))),
            (15_500, 0, true, Some((Hint::Congestion, 60_000))),
            // Anybody can write these.
            (41_041, 0b101_00011, false, Some((Hint::BackoffTimer, 5_000))),
            (43, 0, false, Some((Hint::TemporaryFailure, 5_000))),
            (16_390, 0xff, false, Some((Hint::Cookie, 5_000))),
            (24, 0, true, None),
            (0, 0, true, None),
        ] {
            assert_eq!(Hint::of_notify(notify, data, protected), said, "{notify} {data:#010b} {protected}");
        }
    }
}
