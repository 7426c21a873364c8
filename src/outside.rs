//! What only the caller knows at the moment of a request: the wall clock, and the traffic of each CHILD_SA. Nothing of it is
//! kept: it is for the reply.

use core::fmt;

use crate::time::Instant;

/// What has passed through a CHILD_SA since it was set up or rekeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes that came in.
    pub bytes_in: u64,
    /// Packets that came in.
    pub packets_in: u64,
    /// Bytes that went out.
    pub bytes_out: u64,
    /// Packets that went out.
    pub packets_out: u64,
    /// When the last packet came in.
    pub heard_at: Option<Instant>,
}

impl Traffic {
    /// This and another one's, as long as a CHILD_SA is there twice while it is rekeyed.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
            packets_in: self.packets_in.saturating_add(other.packets_in),
            bytes_out: self.bytes_out.saturating_add(other.bytes_out),
            packets_out: self.packets_out.saturating_add(other.packets_out),
            heard_at: self.heard_at.max(other.heard_at),
        }
    }
}

/// What only the caller knows.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// The wall clock, in milliseconds since 1970-01-01 00:00 UTC.
    pub unix_ms: Option<u64>,
    /// The traffic of a CHILD_SA, by the unique id of its IKE_SA and its name.
    pub traffic: &'o dyn Fn(u32, &str) -> Option<Traffic>,
}

impl Outside<'_> {
    /// Nothing is known.
    pub const NONE: Self = Self { unix_ms: None, traffic: &|_, _| None };

    /// The wall clock at another instant than now.
    pub(crate) fn unix_at(&self, now: Instant, at: Instant) -> Option<u64> {
        self.unix_ms.map(|unix| unix.saturating_sub(now.0).saturating_add(at.0))
    }
}

impl fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("unix_ms", &self.unix_ms).finish_non_exhaustive()
    }
}
