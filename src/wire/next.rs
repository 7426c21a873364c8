//! What a connection does next by itself: what, to which SEGW, when, and why not sooner.

use core::fmt;

use serde::{Serialize, Serializer};

use super::text::{Text, Told};
use crate::cause::Cause;
use crate::connection::Connection;
use crate::detail::Detail;
use crate::engine::drill::Drill;
use crate::failover::{Move, State};
use crate::policy::Failback;
use crate::ranks::Choice;
use crate::refusal::number;
use crate::segw::{Segw, SegwId};
use crate::span::Span;
use crate::time::Instant;

/// What is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing, until somebody asks.
    Nothing,
    /// Nothing: it is where it is to be.
    Stay,
    /// A more preferred SEGW is tried.
    Failback,
    /// The traffic moves to a SEGW, if that comes up in time.
    Move,
    /// The SEGW that is dialled is given up.
    GiveUp,
    /// A SEGW is dialled.
    Dial,
    /// It looks again whether there is a route.
    Look,
}

/// Why that, and not sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Nobody asks for it: it was not started, or charon has ended it.
    NotStarted,
    /// An operator stopped it.
    Stopped,
    /// `max_rounds` failed.
    Exhausted,
    /// It is on the most preferred SEGW.
    Preferred,
    /// It is on the most preferred SEGW because it is pinned to it.
    Pinned,
    /// `failback` is off.
    FailbackOff,
    /// The hold-down is not over.
    HoldDown,
    /// It goes back at a moment within its windows.
    Window,
    /// The SEGW is barred, or all are left alone because they have asked for it.
    Barred,
    /// A failback goes on.
    Failback,
    /// A drill returns.
    Drill,
    /// An operator asked for it.
    Switch,
    /// It waits for the answer, for `connect_timeout_ms` at most.
    Answer,
    /// The pause after a round that failed.
    Backoff,
    /// A moment of this router's own after a loss that others may have had as well.
    Spread,
    /// A SEGW refused, and `on_refusal` is stay.
    Refused,
    /// This host has no route.
    NoRoute,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "NOTHING",
            Self::Stay => "STAY",
            Self::Failback => "FAILBACK",
            Self::Move => "MOVE",
            Self::GiveUp => "GIVE_UP",
            Self::Dial => "DIAL",
            Self::Look => "LOOK",
        }
    }
}

impl Reason {
    const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Stopped => "STOPPED",
            Self::Exhausted => "EXHAUSTED",
            Self::Preferred => "PREFERRED",
            Self::Pinned => "PINNED",
            Self::FailbackOff => "FAILBACK_OFF",
            Self::HoldDown => "HOLD_DOWN",
            Self::Window => "WINDOW",
            Self::Barred => "BARRED",
            Self::Failback => "FAILBACK",
            Self::Drill => "DRILL",
            Self::Switch => "SWITCH",
            Self::Answer => "ANSWER",
            Self::Backoff => "BACKOFF",
            Self::Spread => "SPREAD",
            Self::Refused => "REFUSED",
            Self::NoRoute => "NO_ROUTE",
        }
    }
}

/// What a connection does next.
#[derive(Clone, Copy)]
pub(crate) struct Next<'c> {
    connection: &'c Connection,
    now: Instant,
    pub(crate) act: Act,
    pub(crate) segw: Option<SegwId>,
    pub(crate) at: Option<Instant>,
    pub(crate) reason: Reason,
    /// What a SEGW that is barred is barred for; in a pause the fault of this host that it is for.
    pub(crate) cause: Option<&'static str>,
    /// Why it is that SEGW, where the order of preference has decided it, and that is not the list's.
    pub(crate) choice: Option<Choice>,
}

impl<'c> Next<'c> {
    /// Finds out what `connection` does next.
    pub(crate) fn of(connection: &'c Connection, now: Instant) -> Self {
        let returns = connection.drill.as_ref().filter(|_| matches!(connection.state, State::Active { .. }));
        let returns = returns.and_then(Drill::returns);
        let at = returns.map_or_else(|| connection.decides_at(), |(_, at)| Some(at));
        // What may be dialled then, with what is known now.
        let then = connection.world(at.unwrap_or(now), 0);
        let dial = connection.state.dials_next(&then);
        let (act, segw, reason) = match connection.state {
            State::Active { .. } if let Some((home, _)) = returns => (Act::Failback, Some(home), Reason::Drill),
            State::Idle => (Act::Nothing, None, Reason::NotStarted),
            State::Stopped => (Act::Nothing, None, Reason::Stopped),
            State::Exhausted { retry_at: None } => (Act::Nothing, None, Reason::Exhausted),
            State::Exhausted { .. } => (Act::Dial, dial, Reason::Exhausted),
            State::Connecting { segw, .. } => (Act::GiveUp, Some(segw), Reason::Answer),
            State::Active { failback_at: Some(due), .. } if dial.is_some() && at != Some(due) => {
                (Act::Failback, dial, Reason::Window)
            }
            State::Active { failback_at: Some(at), .. } if dial.is_some() => {
                let until = dial.and_then(|segw| connection.segws.get(segw)).and_then(Segw::shut_until);
                let barred = until.is_some_and(|until| until >= at);
                (Act::Failback, dial, if barred { Reason::Barred } else { Reason::HoldDown })
            }
            State::Active { segw, .. } if connection.pin.is_some_and(|pin| pin.segw == segw && pin.until > now) => {
                (Act::Stay, Some(segw), Reason::Pinned)
            }
            State::Active { segw, .. }
                if !connection.ranks(now).is_first(segw) && connection.policy.failback == Failback::Off =>
            {
                (Act::Stay, Some(segw), Reason::FailbackOff)
            }
            State::Active { segw, .. } => (Act::Stay, Some(segw), Reason::Preferred),
            State::Moving { to, why: Move::Failback, .. } => (Act::Move, Some(to), Reason::Failback),
            State::Moving { to, why: Move::Switch, .. } => (Act::Move, Some(to), Reason::Switch),
            state @ State::Backoff { .. } if state.is_spreading() => (Act::Dial, dial, Reason::Spread),
            State::Backoff { .. } if at.is_some() && connection.segws.rested_at(now) == at => {
                (Act::Dial, dial, Reason::Barred)
            }
            State::Backoff { stay: Some(_), .. } => (Act::Dial, dial, Reason::Refused),
            State::Backoff { .. } => (Act::Dial, dial, Reason::Backoff),
            State::Hold { segw, switch_to, .. } => (Act::Look, Some(switch_to.unwrap_or(segw)), Reason::NoRoute),
        };
        let barred = segw.filter(|_| reason == Reason::Barred).and_then(|segw| connection.segws.get(segw));
        let own = if reason == Reason::Backoff { own_fault(connection) } else { None };
        let cause = barred.map(why_shut).or(own.map(|(cause, _)| cause.name()));
        let ranked = match act {
            Act::Stay => reason == Reason::Preferred,
            Act::Move => reason == Reason::Failback,
            Act::Dial => reason != Reason::Refused,
            Act::Failback => reason != Reason::Drill,
            Act::Nothing | Act::GiveUp | Act::Look => false,
        };
        // It only looks then whether there is something to do.
        let at = at.filter(|_| act != Act::Stay);
        let choice = segw.filter(|_| ranked).and_then(|segw| then.ranks.why(segw));
        Self { connection, now, act, segw, at, reason, cause, choice }
    }
}

impl Next<'_> {
    /// Whether it stays where another one would come first for anybody who is nowhere yet.
    fn is_equal(&self) -> bool {
        self.segw.is_some_and(|segw| self.connection.ranks(self.now).place(segw) > 0)
    }

    /// When it goes back, where only some hours will do.
    fn window(&self, f: &mut fmt::Formatter<'_>, addr: &str, left: Option<Span>) -> fmt::Result {
        said(f, &["back to ", addr, " within its window, "])?;
        match left {
            Some(left) => {
                f.write_str("in ")?;
                fmt::Display::fmt(&left, f)?;
            }
            None => f.write_str("once the clock is set")?,
        }
        f.write_str(" (")?;
        fmt::Display::fmt(&self.connection.policy.failback_window, f)?;
        f.write_str(")")
    }

    /// For how long it is pinned.
    fn pinned(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(" (pinned")?;
        if let Some(until) = self.connection.pin.map(|pin| pin.until).filter(|until| until.0 < u64::MAX) {
            f.write_str(" for another ")?;
            fmt::Display::fmt(&Span(until.since(self.now)), f)?;
        }
        f.write_str(")")
    }
}

/// How the last dial failed, if that was the fault of this host, for which no SEGW is blamed.
pub(crate) fn own_fault(connection: &Connection) -> Option<(Cause, Option<Detail>)> {
    let failed = connection.history.iter().filter_map(|record| record.cause.map(|cause| (cause, record.detail)));
    failed.last().filter(|(cause, _)| cause.is_own())
}

/// Why a SEGW is left alone: for what it has asked for, if that lasts longer, or for its refusals.
fn why_shut(segw: &Segw) -> &'static str {
    match segw.said.counting() {
        Some(rests) if Some(rests.until) > segw.barred_until.get() => rests.hint.name(),
        _ => Cause::AuthFailed.name(),
    }
}

/// In words: `back to 10.9.0.1 in 4m58s (barred: AUTH_FAILED)`.
impl fmt::Display for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addr = self.segw.and_then(|id| self.connection.segws.get(id)).map(|segw| segw.addr.to_text());
        let addr = addr.as_deref().unwrap_or_default();
        let left = self.at.map(|at| Span(at.since(self.now)));
        if self.reason == Reason::Window {
            return self.window(f, addr, left);
        }
        match self.act {
            Act::Nothing => f.write_str("nothing until somebody asks")?,
            Act::Stay => f.write_str("stays here")?,
            Act::Failback => said(f, &["back to ", addr])?,
            Act::Move => said(f, &["moves to ", addr, " if it comes up"])?,
            Act::GiveUp => said(f, &["waits for ", addr])?,
            Act::Dial => said(f, &["dials ", addr])?,
            Act::Look => said(f, &["goes on with ", addr, " when there is a route"])?,
        }
        match (self.act, left) {
            (Act::Failback | Act::Dial, Some(left)) => {
                f.write_str(" in ")?;
                left.fmt(f)?;
            }
            (Act::Move, Some(left)) => {
                f.write_str(" within ")?;
                left.fmt(f)?;
            }
            (Act::GiveUp, Some(left)) => {
                f.write_str(" for ")?;
                left.fmt(f)?;
            }
            _ => (),
        }
        let why = match self.reason {
            Reason::NotStarted => "not started",
            Reason::Stopped => "stopped",
            Reason::Exhausted => "exhausted",
            Reason::Preferred if self.is_equal() => "no other is clearly better",
            Reason::Preferred => "the most preferred",
            Reason::Pinned => return self.pinned(f),
            Reason::FailbackOff => "failback off",
            Reason::HoldDown => "hold_down",
            Reason::Window => "window",
            Reason::Barred => return said(f, &[" (barred: ", self.cause.unwrap_or_default(), ")"]),
            Reason::Failback => "failback",
            Reason::Drill => "drill",
            Reason::Switch => "switch",
            Reason::Answer if left.is_none() => "charon's retransmission decides",
            Reason::Answer => "not up yet",
            Reason::Backoff => match self.cause {
                Some(cause) => return said(f, &[" (backoff: ", cause, ")"]),
                None => return said(f, &[" (backoff after round ", &number(self.connection.round()), ")"]),
            },
            Reason::Spread => "spread",
            Reason::Refused => "refused, on_refusal stay",
            Reason::NoRoute => "no route",
        };
        said(f, &[" (", why])?;
        if let Some(choice) = self.choice {
            said(f, &["; chosen ", choice.words()])?;
        }
        f.write_str(")")
    }
}

/// Writes parts one after the other.
pub(crate) fn said(f: &mut fmt::Formatter<'_>, parts: &[&str]) -> fmt::Result {
    parts.iter().try_for_each(|part| f.write_str(part))
}

impl Serialize for Next<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Words<'n, 'c> {
            action: Text<'static>,
            segw: Option<u32>,
            at_ms: Option<u64>,
            reason: Text<'static>,
            cause: Option<Text<'static>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            choice: Option<Text<'static>>,
            text: Told<&'n Next<'c>>,
        }
        Words {
            action: Text(self.act.name()),
            segw: self.segw.map(u32::from),
            at_ms: self.at.map(|at| at.0),
            reason: Text(self.reason.name()),
            cause: self.cause.map(Text),
            choice: self.choice.map(|choice| Text(choice.name())),
            text: Told(self),
        }
        .serialize(serializer)
    }
}
