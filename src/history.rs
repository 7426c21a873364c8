//! What a connection went through: a ring of its last transitions. Formats nothing.

use heapless::HistoryBuf;

use crate::cause::Cause;
use crate::limits::HISTORY_CAP;
use crate::segw::SegwId;
use crate::time::Instant;

/// What kind of transition a record tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Started by a command or by charon.
    Start,
    /// A SEGW carries the connection.
    Up,
    /// Moved on because a SEGW was lost or did not answer.
    Failover,
    /// Moved to a more preferred SEGW that recovered.
    Failback,
    /// Moved because an operator asked for it.
    Switch,
    /// A failback or switch did not come up; traffic stayed where it was.
    MoveFailed,
    /// Every SEGW failed; pausing.
    Backoff,
    /// The configured number of rounds failed.
    Exhausted,
    /// Stopped by an operator.
    Stop,
    /// This host has no route to any SEGW; waiting for one.
    Hold,
    /// There is a route again.
    Resume,
    /// Another address behind the same SEGW's name is dialled.
    Address,
    /// A SEGW sent us to another one, and we went.
    Redirect,
    /// A SEGW sent us to another one, and we did not go.
    RedirectRefused,
}

impl Kind {
    /// The name in `HISTORY`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Up => "UP",
            Self::Failover => "FAILOVER",
            Self::Failback => "FAILBACK",
            Self::Switch => "SWITCH",
            Self::MoveFailed => "MOVE_FAILED",
            Self::Backoff => "BACKOFF",
            Self::Exhausted => "EXHAUSTED",
            Self::Stop => "STOP",
            Self::Hold => "HOLD",
            Self::Resume => "RESUME",
            Self::Address => "ADDRESS",
            Self::Redirect => "REDIRECT",
            Self::RedirectRefused => "REDIRECT_REFUSED",
        }
    }
}

/// One transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: Kind,
    /// The SEGW that was left, if any.
    pub from: Option<SegwId>,
    /// The SEGW that was chosen, if any.
    pub to: Option<SegwId>,
    /// Why, if something failed.
    pub cause: Option<Cause>,
}

/// The last transitions of one connection, the oldest overwritten first.
#[derive(Debug)]
pub struct History {
    ring: HistoryBuf<Record, HISTORY_CAP>,
    overwritten: u32,
}

impl History {
    /// Nothing happened yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { ring: HistoryBuf::new(), overwritten: 0 }
    }

    /// Keeps a record; the oldest goes, counted, when the ring is full.
    pub fn push(&mut self, record: Record) {
        if self.ring.is_full() {
            self.overwritten = self.overwritten.saturating_add(1);
        }
        self.ring.write(record);
    }

    /// How many records were overwritten so far.
    #[must_use]
    pub const fn overwritten(&self) -> u32 {
        self.overwritten
    }

    /// The kept records, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.ring.oldest_ordered()
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{History, Kind, Record};
    use crate::time::Instant;

    #[test]
    fn keeps_the_last_and_counts_the_overwritten() {
        let mut history = History::new();
        for n in 0..40 {
            history.push(Record { at: Instant(n), kind: Kind::Up, from: None, to: Some(0), cause: None });
        }
        let kept: std::vec::Vec<u64> = history.iter().map(|record| record.at.0).collect();
        assert_eq!(kept, (8..40).collect::<std::vec::Vec<u64>>());
        assert_eq!(history.overwritten(), 8);
    }
}
