//! The reply to `EXPLAIN`: where a connection is, since when, why, and what it waits for, as one paragraph and as the facts
//! that it is made of.

use core::fmt::{self, Display as _};

use serde::Serialize;

use super::next::{Next, own_fault, said};
use super::reply::{Each, line};
use super::status::standing;
use super::text::Told;
use crate::addr::Fqdn;
use crate::cause::Cause;
use crate::connection::{Connection, Slot};
use crate::detail::Detail;
use crate::error::Result;
use crate::failover::{Input, State};
use crate::ike::Role;
use crate::ike_table::IkeSaTable;
use crate::outside::Outside;
use crate::policy::{DataAction, ProbeAction};
use crate::refusal::number;
use crate::segw::{Segw, SegwId};
use crate::span::{Span, Utc};
use crate::standby::{Stage, Standby};
use crate::time::Instant;

/// What a `SWITCH` to a SEGW would do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Would {
    /// Nothing: it is there, or on its way.
    Nothing,
    /// Try it beside the one that carries the traffic, and move without a gap if it comes up.
    Move,
    /// Dial it at once.
    Dial,
    /// Dial it when there is a route.
    Wait,
    /// Call the move back that is under way.
    Stay,
}

impl Would {
    /// What the decision machine would say.
    fn of(connection: &Connection, to: SegwId, now: Instant) -> Self {
        let before = connection.state;
        let (after, _) = before.step(Input::Switch(to), &connection.world(now, 0));
        match after {
            _ if after == before => Self::Nothing,
            State::Moving { .. } => Self::Move,
            State::Hold { .. } => Self::Wait,
            State::Active { .. } => Self::Stay,
            _ => Self::Dial,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "NOTHING",
            Self::Move => "MOVE",
            Self::Dial => "DIAL",
            Self::Wait => "WAIT",
            Self::Stay => "STAY",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "would change nothing",
            Self::Move => "would try it, and move without a gap if it comes up",
            Self::Dial => "would dial it at once",
            Self::Wait => "would dial it when there is a route",
            Self::Stay => "would call the move back",
        }
    }
}

/// Where leaving a SEGW was of no use.
const SETTLED: &str = "; through the other SEGWs as well, so it stays here.";

/// A connection in words.
struct Story<'a> {
    slot: Slot,
    connection: &'a Connection,
    now: Instant,
    outside: &'a Outside<'a>,
    sas: &'a IkeSaTable,
}

impl Story<'_> {
    fn addr(&self, segw: SegwId) -> Fqdn {
        self.connection.segws.text(segw)
    }

    /// An instant that has passed: `2026-11-27 02:14:07 UTC (47m12s ago)`.
    fn when(&self, f: &mut fmt::Formatter<'_>, at: Instant) -> fmt::Result {
        if let Some(unix) = self.outside.unix_at(self.now, at) {
            Utc(unix).fmt(f)?;
            f.write_str(" (")?;
        }
        Span(self.now.since(at)).fmt(f)?;
        f.write_str(if self.outside.unix_ms.is_some() { " ago)" } else { " ago" })
    }

    /// Where it is and since when.
    fn place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Connection { name, state, .. } = self.connection;
        f.write_str(name)?;
        match *state {
            State::Idle => return f.write_str(" is not started."),
            State::Stopped => f.write_str(" was stopped ")?,
            State::Active { segw, .. } | State::Moving { from: segw, .. } => {
                said(f, &[" is up on ", &self.addr(segw), " since "])?;
            }
            _ => f.write_str(" is down since ")?,
        }
        self.when(f, self.connection.since())?;
        match *state {
            State::Connecting { segw, .. } => said(f, &[": ", &self.addr(segw), " is being dialled"])?,
            spread if spread.is_spreading() => f.write_str(": it waits for a moment of its own before it goes on")?,
            State::Backoff { stay: Some(segw), .. } => said(f, &[": ", &self.addr(segw), " refuses"])?,
            State::Backoff { .. } if self.fault().is_some() => f.write_str(": no dial comes about")?,
            State::Backoff { .. } => {
                said(f, &[": every SEGW failed, rounds: ", &number(self.connection.round())])?;
            }
            State::Hold { .. } => f.write_str(": this host has no route to any SEGW")?,
            State::Exhausted { .. } => f.write_str(": as many rounds failed as max_rounds allows")?,
            State::Active { .. } | State::Moving { .. } if self.connection.turned_at != self.connection.since() => {
                f.write_str(", and carries traffic without a break since ")?;
                self.when(f, self.connection.turned_at)?;
            }
            _ => (),
        }
        f.write_str(".")
    }

    /// How it was lost, and what is heard now.
    fn evidence(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lost) = self.connection.lost {
            said(f, &[" ", &self.addr(lost.segw), " was lost "])?;
            self.when(f, lost.at)?;
            reason(f, lost.cause, lost.detail)?;
            if lost.cause.is_none() {
                f.write_str(": no failure, it was ended or set up anew")?;
            }
            if let Some(silent) = lost.silent_ms {
                f.write_str(", nothing heard for ")?;
                Span(u64::from(silent.get())).fmt(f)?;
            }
            f.write_str(".")?;
        }
        if let (Some(segw), Some(watch)) = (self.connection.state.active(), self.connection.watch) {
            said(f, &[" ", &self.addr(segw), " was last heard "])?;
            Span(watch.silent_ms(self.now)).fmt(f)?;
            f.write_str(" ago.")?;
        }
        Ok(())
    }

    /// How the last dial failed, while nothing is up, if that was the fault of this host.
    fn fault(&self) -> Option<(Cause, Option<Detail>)> {
        let down = matches!(self.connection.state, State::Connecting { .. } | State::Backoff { .. });
        own_fault(self.connection).filter(|_| down)
    }

    /// What is known of each SEGW that failed, or is left alone.
    fn segws(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = |segw: &Segw| segw.last_cause.is_some();
        let alone = |segw: &Segw| segw.drained_until > self.now || segw.rests(self.now).is_some();
        for segw in self.connection.segws.iter().filter(|segw| failed(segw) || alone(segw)) {
            said(f, &[" ", &segw.addr.to_text(), if failed(segw) { " failed" } else { " has not failed" }])?;
            if failed(segw) {
                reason(f, segw.last_cause, segw.last_detail)?;
                said(f, &[", failures: ", &number(segw.failures)])?;
            }
            if let Some(until) = segw.barred_until.get().filter(|until| *until > self.now) {
                f.write_str(", barred for another ")?;
                Span(until.since(self.now)).fmt(f)?;
            }
            if segw.drained_until > self.now {
                f.write_str(", drained")?;
                if segw.drained_until.0 < u64::MAX {
                    f.write_str(" for another ")?;
                    Span(segw.drained_until.since(self.now)).fmt(f)?;
                }
            }
            if let Some(rests) = segw.rests(self.now) {
                said(f, &[", asks with ", rests.hint.name(), " not to be dialled for another "])?;
                Span(rests.until.since(self.now)).fmt(f)?;
            }
            f.write_str(".")?;
        }
        if self.connection.state.active().is_some() || matches!(self.connection.state, State::Hold { .. }) {
            return Ok(());
        }
        if let Some((cause, detail)) = self.fault() {
            f.write_str(" The last dial failed")?;
            reason(f, Some(cause), detail)?;
            f.write_str(match cause {
                Cause::AddrFailed => ": names do not resolve here",
                Cause::CertDates => ": a certificate is not valid by the clock here",
                Cause::Lacking => ": an algorithm, a key or a secret is missing here",
                Cause::InstallFailed => ": the kernel here refused it",
                Cause::NoRoute => ": there is no route from here",
                _ => ": charon could not begin",
            })?;
            return f.write_str("; no SEGW is blamed.");
        }
        let silent = |segw: &Segw| segw.last_detail == Some(Detail::InitUnanswered);
        if self.connection.segws.iter().all(silent) {
            f.write_str(" Not one SEGW answers: this may be the network here.")?;
        } else if self.connection.segws.iter().any(|segw| failed(segw) && segw.last_detail.is_some() && !silent(segw)) {
            f.write_str(" Something answers, so the network here works.")?;
        }
        Ok(())
    }

    /// Whether the SEGW that would be next is ready for it.
    fn standby(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standby { segw, stage, since, .. } = self.connection.standby;
        let addr = self.addr(segw);
        match stage {
            Stage::Nothing => return Ok(()),
            Stage::Up => said(f, &[" ", &addr, " is the warm standby since "])?,
            Stage::Waiting(_) => said(f, &[" ", &addr, " is to be the warm standby, it waits for its dial since "])?,
            Stage::Dialling(_) => said(f, &[" ", &addr, " is dialled as the warm standby since "])?,
            Stage::Refused(why) => {
                said(f, &[" ", &addr, " cannot be the warm standby: ", why.name(), "."])?;
                return Ok(());
            }
            Stage::Ended => said(f, &[" ", &addr, " is no warm standby, somebody has ended it "])?,
        }
        self.when(f, since)?;
        f.write_str(".")
    }

    /// Whether traffic flows.
    fn children(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let main = self.sas.of(self.slot).find(|sa| sa.role == Role::Main);
        let (id, up) = main.map(|sa| (sa.unique_id, sa.children)).unwrap_or_default();
        for (at, child) in self.connection.children.iter() {
            let up = up.has(Some(at));
            match (up, (self.outside.traffic)(id, &child.name).filter(|_| up)) {
                (true, Some(flow)) => {
                    let [packets_in, packets_out] =
                        [flow.packets_in, flow.packets_out].map(|it| number(u32::try_from(it).unwrap_or(u32::MAX)));
                    let parts =
                        [" CHILD_SA ", &child.name, " is up, packets in: ", &packets_in, ", out: ", &packets_out];
                    said(f, &parts)?;
                    if let Some(heard) = flow.heard_at {
                        f.write_str(", the last came in ")?;
                        Span(self.now.since(heard)).fmt(f)?;
                        f.write_str(" ago")?;
                    }
                }
                (true, None) => said(f, &[" CHILD_SA ", &child.name, " is up"])?,
                (false, _) if child.wanted && self.connection.state.active().is_some() => {
                    said(f, &[" CHILD_SA ", &child.name, " is not up"])?;
                    reason(f, child.cause, None)?;
                    if let Some(at) = self.connection.complete_at {
                        f.write_str(", asked for again in ")?;
                        Span(at.since(self.now)).fmt(f)?;
                    }
                }
                (false, _) => continue,
            }
            f.write_str(".")?;
        }
        let silent = self.connection.watch.and_then(|watch| watch.data.silent_since());
        if let Some(since) = silent.filter(|_| self.connection.state.active().is_some()) {
            f.write_str(" Packets go out through it, and none have come in since ")?;
            self.when(f, since)?;
            let settled = self.connection.policy.data_action == DataAction::Move;
            f.write_str(if settled { SETTLED } else { "." })?;
        }
        Ok(())
    }

    /// Whether what is behind the SEGW answers.
    fn targets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let probe = &self.connection.policy.probe;
        let Some(reach) = self.connection.asking() else { return Ok(()) };
        said(f, &[" The targets asked through it, ", probe.targets.text()])?;
        match (reach.unasked(), reach.verdict()) {
            (Some(why), _) => return said(f, &[", cannot be asked: ", why.name(), "."]),
            (None, None) if reach.is_renewed() => {
                return f.write_str(", were silent, so the CHILD_SAs were rekeyed; they are asked again.");
            }
            (None, None) => return f.write_str(", were not heard yet."),
            (None, Some(true)) => f.write_str(", answer since ")?,
            (None, Some(false)) => f.write_str(", have been silent since ")?,
        }
        self.when(f, reach.since)?;
        let settled = reach.verdict() == Some(false) && probe.action != ProbeAction::Report;
        f.write_str(if settled { SETTLED } else { "." })
    }

    /// Which one is next, and why, where that is not because of its place in the list.
    fn heir(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(active) = self.connection.state.active() else { return Ok(()) };
        let world = self.connection.world(self.now, 0);
        let Some(heir) = world.after(active) else { return Ok(()) };
        match world.ranks.why(heir) {
            Some(why) => said(f, &[" If it is lost ", &self.addr(heir), " is next, chosen ", why.words(), "."]),
            None => Ok(()),
        }
    }

    /// What a `SWITCH` would do.
    fn switches(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, segw) in (0u8..).zip(self.connection.segws.iter()) {
            let would = Would::of(self.connection, id, self.now);
            if would != Would::Nothing {
                let barred = segw.shut_until().is_some_and(|until| until > self.now);
                let although = if barred { ", although it is barred" } else { "" };
                said(f, &[" SWITCH to ", &segw.addr.to_text(), " ", would.words(), although, "."])?;
            }
        }
        Ok(())
    }
}

/// `: AUTH_FAILED, SEGW_AUTHENTICATION_FAILED`
fn reason(f: &mut fmt::Formatter<'_>, cause: Option<Cause>, detail: Option<Detail>) -> fmt::Result {
    for (before, text) in [(": ", cause.map(Cause::name)), (", ", detail.map(Detail::name))] {
        if let Some(text) = text {
            said(f, &[before, text])?;
        }
    }
    Ok(())
}

impl fmt::Display for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place(f)?;
        self.evidence(f)?;
        self.children(f)?;
        self.standby(f)?;
        self.targets(f)?;
        self.segws(f)?;
        f.write_str(" Next: ")?;
        Next::of(self.connection, self.now).fmt(f)?;
        f.write_str(".")?;
        self.heir(f)?;
        self.switches(f)
    }
}

/// The reply to `EXPLAIN`.
///
/// # Errors
/// See [`done`](super::reply::done).
pub(crate) fn explain(
    verb: &str,
    now: Instant,
    outside: &Outside,
    (slot, connection): (Slot, &Connection),
    sas: &IkeSaTable,
    out: &mut [u8],
) -> Result<usize> {
    #[derive(Serialize)]
    struct Explained<'a, C, S> {
        reply: &'a str,
        ok: bool,
        now_ms: u64,
        unix_ms: Option<u64>,
        text: Told<Story<'a>>,
        connections: [C; 1],
        switch: S,
    }
    #[derive(Serialize)]
    struct Target {
        segw: u32,
        would: &'static str,
    }
    let switch = Each(|| {
        (0..connection.segws.len())
            .map(|segw| Target { segw: u32::from(segw), would: Would::of(connection, segw, now).name() })
    });
    let text = Told(Story { slot, connection, now, outside, sas });
    let connections = [standing(slot, connection, now, outside, sas)];
    let (now_ms, unix_ms) = (now.0, outside.unix_ms);
    line(&Explained { reply: verb, ok: true, now_ms, unix_ms, text, connections, switch }, out)
}
