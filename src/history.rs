//! What a connection went through: a ring of its last transitions. Formats nothing.

use heapless::Deque;

use crate::cause::Cause;
use crate::detail::Detail;
use crate::limits::HISTORY_CAP;
use crate::ranks::Choice;
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
    /// The standby of a SEGW took the place of a dial.
    Standby,
    /// It did so, and it did not work: the SEGW is dialled.
    StandbyFailed,
    /// A SEGW can be no standby.
    StandbyRefused,
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
            Self::Standby => "STANDBY",
            Self::StandbyFailed => "STANDBY_FAILED",
            Self::StandbyRefused => "STANDBY_REFUSED",
            Self::Redirect => "REDIRECT",
            Self::RedirectRefused => "REDIRECT_REFUSED",
        }
    }
}

/// One transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When; of several alike the last time.
    pub at: Instant,
    /// What.
    pub kind: Kind,
    /// The SEGW that was left, if any.
    pub from: Option<SegwId>,
    /// The SEGW that was chosen, if any.
    pub to: Option<SegwId>,
    /// Why, if something failed.
    pub cause: Option<Cause>,
    /// What exactly went wrong, if that is known.
    pub detail: Option<Detail>,
    /// Why that SEGW was chosen, if not for its place in the list.
    pub choice: Option<Choice>,
    /// How many it stands for: of `Backoff` the rounds in a row that failed by then (0: it is no pause after a round), of
    /// `MoveFailed` the moves.
    pub count: u16,
}

/// A record as it is kept.
#[derive(Clone, Copy, Debug)]
struct Packed {
    at: Instant,
    count: u16,
    kind: Kind,
    from: u8,
    to: u8,
    cause: Option<Cause>,
    detail: Option<Detail>,
    choice: Option<Choice>,
}

const _: () = assert!(size_of::<Packed>() == 16);

/// In a packed record: no SEGW.
const NONE: u8 = u8::MAX;

impl Packed {
    fn new(record: &Record) -> Self {
        let Record { at, kind, from, to, cause, detail, choice, count } = *record;
        Self { at, count, kind, from: from.unwrap_or(NONE), to: to.unwrap_or(NONE), cause, detail, choice }
    }

    fn record(self) -> Record {
        let Self { at, count, kind, from, to, cause, detail, choice } = self;
        let segw = |place: u8| Some(place).filter(|place| *place != NONE);
        Record { at, kind, from: segw(from), to: segw(to), cause, detail, choice, count }
    }

    /// Whether it tells of the same move that failed in the same way.
    fn is_same_trial(&self, other: &Self) -> bool {
        let what = |it: &Self| (it.kind, it.from, it.to, it.cause, it.detail);
        self.kind == Kind::MoveFailed && what(self) == what(other)
    }
}

/// The last transitions of one connection, the oldest overwritten first.
///
/// What is repeated through a whole outage is one record with a count, so that its beginning is still there in the morning: a
/// round that failed as a whole, and a move that fails again.
#[derive(Debug)]
pub struct History {
    ring: Deque<Packed, HISTORY_CAP>,
    overwritten: u32,
}

impl History {
    /// Nothing happened yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { ring: Deque::new(), overwritten: 0 }
    }

    /// Keeps a record; the oldest goes, counted, when the ring is full. How many it stands for now.
    pub fn push(&mut self, record: &Record) -> u16 {
        let mut packed = Packed::new(record);
        let trials = self.ring.iter_mut().rev().take_while(|it| it.kind == Kind::MoveFailed);
        if let Some(same) = trials.into_iter().find(|it| it.is_same_trial(&packed)) {
            (same.at, same.count) = (packed.at, same.count.saturating_add(1));
            return same.count;
        }
        if packed.kind == Kind::Backoff {
            packed.count = self.end_round().saturating_add(record.count);
        }
        if self.ring.is_full() {
            self.ring.pop_front();
            self.overwritten = self.overwritten.saturating_add(1);
        }
        let _ = self.ring.push_back(packed);
        packed.count
    }

    /// A round has failed. If only dials have failed since the one before, it and that one become one record, but for the
    /// first of an outage, in which a SEGW may have been lost. How many rounds have failed before in a row.
    fn end_round(&mut self) -> u16 {
        let steps = |it: &&Packed| matches!(it.kind, Kind::Failover | Kind::Address);
        let dials = self.ring.iter().rev().take_while(steps).count();
        let Some(before) = self.ring.iter().rev().nth(dials).filter(|it| it.kind == Kind::Backoff) else { return 0 };
        let count = before.count;
        for _ in 0..dials {
            self.ring.pop_back();
        }
        if count > 1 {
            self.ring.pop_back();
        }
        count
    }

    /// How many records were overwritten so far.
    #[must_use]
    pub const fn overwritten(&self) -> u32 {
        self.overwritten
    }

    /// The kept records, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Record> {
        self.ring.iter().map(|packed| packed.record())
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
    use crate::cause::Cause;
    use crate::limits::HISTORY_CAP;
    use crate::time::Instant;
    use std::vec::Vec;

    fn record(at: u64, kind: Kind) -> Record {
        let (from, to, cause) = (Some(0), Some(1), Some(Cause::InitUnreachable));
        Record { at: Instant(at), kind, from, to, cause, detail: None, choice: None, count: 1 }
    }

    /// What is kept of these, each a second after the one before: kind, time and count.
    fn kept(kinds: impl IntoIterator<Item = Kind>) -> (Vec<(Kind, u64, u16)>, u32) {
        let mut history = History::new();
        for (at, kind) in (0..).zip(kinds) {
            history.push(&record(at, kind));
        }
        (history.iter().map(|it| (it.kind, it.at.0, it.count)).collect(), history.overwritten())
    }

    #[test]
    fn keeps_the_last_and_counts_the_overwritten() {
        let (kept, overwritten) = kept([Kind::Up; HISTORY_CAP + 8]);
        let times: Vec<u64> = kept.iter().map(|(_, at, _)| *at).collect();
        assert_eq!(times, (8..8 + HISTORY_CAP as u64).collect::<Vec<u64>>());
        assert_eq!(overwritten, 8);
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let mut history = History::new();
        let records = [
            record(1, Kind::Failover),
            Record { from: None, to: None, cause: None, ..record(2, Kind::Stop) },
            Record { detail: Some(crate::detail::Detail::AuthUnanswered), ..record(3, Kind::MoveFailed) },
            Record { choice: Some(crate::ranks::Choice::Hash), ..record(4, Kind::Failover) },
        ];
        for record in &records {
            assert_eq!(history.push(record), 1);
        }
        assert!(history.iter().eq(records));
    }

    #[test]
    fn a_night_without_an_answer_leaves_its_beginning() {
        let round = [Kind::Failover, Kind::Address, Kind::Backoff];
        let night = [Kind::Up].into_iter().chain((0..2_000).flat_map(|_| round)).chain([Kind::Failover]);
        let (kept, overwritten) = kept(night);
        let expected = [
            (Kind::Up, 0, 1),
            (Kind::Failover, 1, 1),
            (Kind::Address, 2, 1),
            (Kind::Backoff, 3, 1),
            (Kind::Backoff, 6_000, 2_000),
            // The round that goes on is told step by step.
            (Kind::Failover, 6_001, 1),
        ];
        assert_eq!((kept.as_slice(), overwritten), (expected.as_slice(), 0));
    }

    #[test]
    fn another_outage_is_told_anew() {
        let kinds = [Kind::Backoff, Kind::Backoff, Kind::Backoff, Kind::Up, Kind::Failover, Kind::Backoff];
        let counts: Vec<u16> = kept(kinds).0.iter().map(|(_, _, count)| *count).collect();
        assert_eq!(counts, [1, 3, 1, 1, 1]);
    }

    #[test]
    fn a_move_that_fails_in_the_same_way_again_is_counted() {
        let mut history = History::new();
        for at in 0..100 {
            history.push(&Record { to: Some((at % 2) as u8), ..record(at, Kind::MoveFailed) });
        }
        history.push(&Record { cause: Some(Cause::AuthFailed), ..record(100, Kind::MoveFailed) });
        let kept: Vec<(u64, u16)> = history.iter().map(|it| (it.at.0, it.count)).collect();
        assert_eq!(kept, [(98, 50), (99, 50), (100, 1)]);
    }
}
