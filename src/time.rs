//! Instants of the caller's monotonic clock, in milliseconds. The library never reads a clock.

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

/// The earlier of two optional instants, where `None` means never.
#[must_use]
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
