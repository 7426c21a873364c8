//! The local time, as the caller last told it: hours of a policy are hours of that. The library never reads a clock.

use core::ops::Range;

use crate::backoff;
use crate::policy::Windows;
use crate::rand::Rand;
use crate::time::Instant;

/// From 2025-01-01 00:00 UTC to 3000-01-01 00:00 UTC, in milliseconds since 1970: a clock that says something else was never set. One
/// that is before 1970 may come as a huge number.
const SET_MS: Range<u64> = 1_735_689_600_000..32_503_680_000_000;
/// From Thursday, 1970-01-01, to the next Monday, in milliseconds.
const TO_MONDAY_MS: u64 = 4 * 86_400_000;
/// A week, in milliseconds.
const WEEK_MS: u64 = 604_800_000;
/// A clock that is corrected by no more than this has not jumped, in milliseconds.
const CORRECTION_MS: u64 = 60_000;
/// The part of a window in which a moment is drawn is no longer than this, in milliseconds.
const SPREAD_MS: u32 = 3_600_000;

/// What the caller's wall clock says.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The wall clock at the origin of the monotonic one, in milliseconds since 1970 UTC; wraps.
    origin_ms: u64,
    /// Since when it goes as it does: when it was set, or has jumped.
    since: Instant,
    /// How much local time is ahead of UTC, in seconds.
    offset_s: i32,
    /// Whether it is set.
    known: bool,
    /// Makes moments differ from one router to the next.
    salt: u64,
}

impl Clock {
    /// One that is not set.
    #[must_use]
    pub const fn new(now: Instant, seed: u64) -> Self {
        Self { origin_ms: 0, since: now, offset_s: 0, known: false, salt: seed.rotate_left(32) }
    }

    /// Takes over what the caller's clock says now. Whether it is set, and not as it was expected to be.
    pub fn tell(&mut self, now: Instant, unix_ms: u64, offset_s: i32) -> bool {
        let before = self.local_ms(now);
        self.known = SET_MS.contains(&unix_ms);
        (self.origin_ms, self.offset_s) = (unix_ms.wrapping_sub(now.0), offset_s);
        let corrected =
            before.zip(self.local_ms(now)).is_some_and(|(before, after)| before.abs_diff(after) <= CORRECTION_MS);
        if !corrected {
            self.since = now;
        }
        self.known && !corrected
    }

    /// The wall clock at an instant, in milliseconds since 1970 UTC; `None`: it is not set.
    #[must_use]
    pub fn unix_ms(&self, at: Instant) -> Option<u64> {
        self.known.then(|| self.origin_ms.wrapping_add(at.0))
    }

    /// The same in local time.
    fn local_ms(&self, at: Instant) -> Option<u64> {
        let ahead_ms = i64::from(self.offset_s).saturating_mul(1_000);
        self.unix_ms(at).map(|unix_ms| unix_ms.saturating_add_signed(ahead_ms))
    }

    /// The moment of the local week, in milliseconds since Monday at midnight.
    fn week_ms(&self, at: Instant) -> Option<u32> {
        let since_monday = self.local_ms(at)?.saturating_add(WEEK_MS).saturating_sub(TO_MONDAY_MS);
        u32::try_from(since_monday % WEEK_MS).ok()
    }

    /// Whether one of the windows is open at `now`.
    #[must_use]
    pub fn is_open(&self, windows: &Windows, now: Instant) -> bool {
        windows.is_any() || self.week_ms(now).and_then(|week| windows.at(week)).is_some_and(|it| it.in_ms == 0)
    }

    /// When what may be done after `earliest` is to be done within the windows, as seen at `now`: at a moment of this router's
    /// own in the window that is open then, or in the next. It leaves `needed_ms` until the window closes if that is long
    /// enough. `None`: the clock is not set.
    ///
    /// The moment is the same however often it is asked for, as long as the clock goes as it does; if it has passed and the
    /// window is still open, it is that moment. So nothing of it need be kept.
    #[must_use]
    pub fn moment(&self, windows: &Windows, earliest: Instant, now: Instant, needed_ms: u32) -> Option<Instant> {
        if windows.is_any() {
            return Some(earliest);
        }
        let at = earliest.max(now);
        let opening = windows.at(self.week_ms(at)?)?;
        let open_at = at.after(opening.in_ms);
        let opens = Instant(open_at.0.saturating_sub(u64::from(opening.since_ms)));
        let closes = open_at.after(opening.length_ms.saturating_sub(opening.since_ms));
        let begins = opens.max(earliest).max(self.since);
        let left_ms = closes.since_ms(begins);
        let spare_ms = left_ms.saturating_sub(needed_ms);
        let spread_ms = if spare_ms > 0 { spare_ms } else { left_ms }.min(SPREAD_MS);
        Some(begins.after(backoff::within(spread_ms, self.random(earliest))))
    }

    /// A number for jitter that is another one for each router and each instant. Not of the engine's generator: all else that is
    /// drawn is the same with windows and without.
    fn random(&self, at: Instant) -> u32 {
        Rand::new(at.0.wrapping_sub(self.since.0) ^ self.salt).next_u32()
    }
}
