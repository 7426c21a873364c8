//! Instants of the caller's monotonic clock, in milliseconds. The library never reads a clock.

use core::fmt;
use core::num::NonZeroU64;

/// A moment of the caller's monotonic clock, in milliseconds since an origin of the caller's choice.
///
/// All arithmetic saturates; 64 bits of milliseconds last longer than any router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// This instant plus `ms` milliseconds. Never inlined: where a machine has 32 bits it is long, and it is everywhere.
    #[must_use]
    #[inline(never)]
    pub const fn after(self, ms: u32) -> Self {
        Self(self.0.saturating_add(ms as u64))
    }

    /// Milliseconds from `earlier` to this instant; 0 if `earlier` is later.
    #[must_use]
    #[inline(never)]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same in 32 bits: at most `u32::MAX`, 49 days.
    #[must_use]
    pub fn since_ms(self, earlier: Self) -> u32 {
        u32::try_from(self.since(earlier)).unwrap_or(u32::MAX)
    }
}

/// An instant that may not be set, in the room of one: an `Option<Instant>` takes twice that. The last instant of all is kept as
/// the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Sometime(Option<NonZeroU64>);

impl Sometime {
    /// Not set.
    pub const NONE: Self = Self(None);

    /// Set to `at`.
    #[must_use]
    pub const fn at(at: Instant) -> Self {
        Self(NonZeroU64::new(at.0.saturating_add(1)))
    }

    /// The instant, if it is set.
    #[must_use]
    pub fn get(self) -> Option<Instant> {
        self.0.map(|it| Instant(it.get().wrapping_sub(1)))
    }
}

impl From<Option<Instant>> for Sometime {
    fn from(at: Option<Instant>) -> Self {
        at.map_or(Self::NONE, Self::at)
    }
}

impl fmt::Debug for Sometime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// The earlier of two optional instants, where `None` means never.
#[must_use]
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
