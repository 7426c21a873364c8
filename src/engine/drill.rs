//! A drill: a switch that returns by itself, and tells what it cost.

use super::{Engine, Slot};
use crate::cause::Cause;
use crate::diagnosis::Plain;
use crate::failover::{Input, Report, State};
use crate::refusal::{Refusal, number};
use crate::segw::SegwId;
use crate::time::Instant;
use crate::wire::event::{Event, EventKind};
use crate::wire::request::Request;

/// How long the connection stays there before it returns, in milliseconds: a SEGW that drops it at once has not proved anything.
const STAY_MS: u32 = 5_000;

/// How far it has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// On its way there since then.
    Out(Instant),
    /// There, until then.
    There(Instant),
    /// On its way home since then.
    Back(Instant),
}

/// A drill that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drill {
    home: SegwId,
    to: SegwId,
    phase: Phase,
    /// How long it took to get there, in milliseconds, once it is.
    out_ms: Option<u32>,
    /// For how long no CHILD_SA was up, in milliseconds.
    gap_ms: u32,
    /// Since when none is.
    dark_since: Option<Instant>,
}

impl Drill {
    /// When it has to go on by itself.
    pub(crate) const fn poll_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::There(until) => Some(until),
            Phase::Out(_) | Phase::Back(_) => None,
        }
    }

    /// Where it returns to, and when.
    pub(crate) fn returns(&self) -> Option<(SegwId, Instant)> {
        self.poll_at().map(|at| (self.home, at))
    }
}

/// How a drill ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is home again.
    Done,
    /// It was not to be.
    Failed(Cause),
}

impl Engine {
    /// `DRILL name [target]`.
    pub(super) fn drill(&mut self, request: &Request) -> Result<(), Refusal> {
        const USAGE: &str = "expected DRILL NAME [primary|secondary|next|INDEX|ADDRESS]";
        let words = request.words();
        let now = self.now;
        let (slot, to) = if words.contains(char::is_whitespace) {
            let (slot, to) = self.named_segw(words, USAGE)?;
            (slot, Some(to))
        } else {
            (self.find(words).ok_or_else(|| self.unknown(words))?, None)
        };
        let Some(connection) = self.get_mut(slot) else { return Err(Refusal::new(&[USAGE])) };
        let State::Active { segw: home, failures, .. } = connection.state else {
            return Err(Refusal::new(&["it has to be up, and not on the move"]));
        };
        if connection.drill.is_some() {
            return Err(Refusal::new(&["a drill is under way already"]));
        }
        let next = connection.world(now, 0).next(home, failures.failed.with(home));
        let to = to.or(next).filter(|to| *to != home);
        let to = to.ok_or_else(|| Refusal::new(&["there is no other SEGW that it could go to"]))?;
        connection.drill = Some(Drill { home, to, phase: Phase::Out(now), out_ms: None, gap_ms: 0, dark_since: None });
        self.step(slot, Input::Switch(to));
        Ok(())
    }

    /// Something was decided of a connection: what that means for its drill.
    pub(super) fn drilled(&mut self, slot: Slot, report: Report) {
        let now = self.now;
        let Some(drill) = self.get_mut(slot).and_then(|connection| connection.drill.as_mut()) else { return };
        let outcome = match (report, drill.phase) {
            (Report::Moved { to, .. }, Phase::Out(since)) if to == drill.to => {
                (drill.phase, drill.out_ms) = (Phase::There(now.after(STAY_MS)), Some(now.since_ms(since)));
                return;
            }
            (Report::Moved { to, .. }, Phase::There(_) | Phase::Back(_)) if to == drill.home => Outcome::Done,
            (Report::Moved { .. } | Report::Stop, _) => Outcome::Failed(Cause::Operator),
            (
                Report::MoveFailed { cause, .. }
                | Report::Failover { cause, .. }
                | Report::Backoff { cause, .. }
                | Report::Exhausted { cause, .. },
                _,
            ) => Outcome::Failed(cause),
            (Report::Hold { .. }, _) => Outcome::Failed(Cause::NoRoute),
            // Another IKE_SA of the connection took over: it is where that is.
            (Report::Start { .. } | Report::Up { .. } | Report::Resumed { .. }, _) => {
                Outcome::Failed(Cause::Redirected)
            }
            (Report::Address { .. }, _) => return,
        };
        self.end_drill(slot, outcome);
    }

    /// Goes on with a drill that has stayed for long enough.
    pub(super) fn return_from_drill(&mut self, slot: Slot) {
        let now = self.now;
        let Some(drill) = self.get_mut(slot).and_then(|connection| connection.drill.as_mut()) else { return };
        if drill.poll_at().is_some_and(|at| at <= now) {
            let home = drill.home;
            drill.phase = Phase::Back(now);
            self.step(slot, Input::Switch(home));
        }
    }

    /// A CHILD_SA came or went, or a whole IKE_SA did.
    pub(super) fn note_gap(&mut self, slot: Slot) {
        let now = self.now;
        let up = self.sas.of(slot).any(|sa| sa.children.count() > 0);
        let Some(drill) = self.get_mut(slot).and_then(|connection| connection.drill.as_mut()) else { return };
        match (up, drill.dark_since) {
            (false, None) => drill.dark_since = Some(now),
            (true, Some(since)) => {
                drill.gap_ms = drill.gap_ms.saturating_add(now.since_ms(since));
                drill.dark_since = None;
            }
            _ => (),
        }
    }

    fn end_drill(&mut self, slot: Slot, outcome: Outcome) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let Some(drill) = connection.drill.take() else { return };
        let dark_ms = drill.dark_since.map_or(0, |since| now.since_ms(since));
        let gap_ms = drill.gap_ms.saturating_add(dark_ms);
        let (done, cause) = match outcome {
            Outcome::Done => (true, None),
            Outcome::Failed(cause) => (false, Some(cause.name())),
        };
        let back_ms = match drill.phase {
            Phase::Back(since) => Some(now.since_ms(since)).filter(|_| done),
            Phase::Out(_) | Phase::There(_) => None,
        };
        log!(
            info,
            "{}: DRILL {}, gap {} ms",
            Plain(&connection.name),
            Plain(cause.unwrap_or("done")),
            Plain(&number(gap_ms))
        );
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let mut draft = self.events.begin(now);
        let told = Event::Drill {
            event: EventKind::SegwDrill,
            connection: draft.text(&connection.name),
            from: draft.text(&connection.segws.text(drill.home)),
            to: draft.text(&connection.segws.text(drill.to)),
            done,
            cause: draft.optional(cause),
            out_ms: drill.out_ms,
            back_ms,
            gap_ms,
        };
        draft.end(told);
    }
}
