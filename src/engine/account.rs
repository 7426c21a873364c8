//! What is counted, remembered and told of decisions. Decides nothing, so it is not there when nobody can ask: without the
//! feature `json`.

use core::fmt;
use core::num::NonZeroU32;

use super::decision::proved;
use super::emit::{find, get};
use super::{Engine, Slot};
use crate::cause::Cause;
use crate::charon::Alert;
use crate::connection::{Connection, Loss};
use crate::detail::Detail;
use crate::diagnosis::Plain;
use crate::failover::{Move, Report, State};
use crate::history::{Kind, Record};
use crate::ike::{IkeSa, Role, Verdict};
use crate::ranks::Choice;
use crate::refusal::number;
use crate::segw::SegwId;
use crate::time::{Instant, Sometime};
use crate::wire::event::{Event, EventKind};

impl Engine {
    /// Notes who refused an IKE_SA, and why.
    pub(super) fn note_reason(&mut self, unique_id: u32, reason: Option<Detail>) {
        if let Some((sa, reason)) = self.sas.get_mut(unique_id).zip(reason) {
            sa.note_reason(reason);
        }
    }

    /// Notes what exactly went wrong, for the decision that follows.
    pub(super) fn note_detail(&mut self, slot: Slot, detail: Option<Detail>) {
        if let Some(connection) = self.get_mut(slot) {
            connection.detail = detail;
        }
    }

    /// The same of an IKE_SA that ends.
    pub(super) fn note_end(&mut self, sa: &IkeSa, verdict: Verdict) {
        if let (Role::Main | Role::Trial, Verdict::Lost(cause)) = (sa.role, verdict) {
            // Without credentials charon refuses itself, as the SEGW would.
            let refused = if cause == Cause::Lacking { Cause::AuthFailed } else { cause };
            self.note_detail(sa.connection, sa.detail(refused));
        }
    }

    /// The same of the IKE_SA that is dialled, which will be given up for taking too long.
    pub(super) fn note_overdue(&mut self, slot: Slot) {
        let role = match self.get(slot).map(|connection| connection.state) {
            Some(State::Connecting { .. }) => Role::Main,
            Some(State::Moving { .. }) => Role::Trial,
            _ => return,
        };
        let dialled = self.sas.of(slot).find(|sa| sa.role == role);
        let detail = dialled.and_then(|sa| sa.detail(Cause::ConnectTimeout));
        self.note_detail(slot, detail);
    }

    /// Tells charon's reason for trouble, and the CHILD_SA that has it, if its name is known.
    pub(super) fn emit_alert(&mut self, unique_id: u32, alert: Alert, child: &str) {
        let Some((sa, alert)) = self.sas.get(unique_id).zip(alert.name()) else { return };
        let Some(connection) = get(&self.connections, sa.connection) else { return };
        let remote = connection.segws.text(sa.segw);
        let mut draft = self.events.begin(self.now);
        let told = Event::Alert {
            event: EventKind::Alert,
            ike_sa_name: draft.text(&connection.name),
            unique_id,
            remote: draft.text(&remote),
            alert: draft.text(alert),
            child_sa_name: Some(child).filter(|child| !child.is_empty()).map(|child| draft.text(child)),
        };
        draft.end(told);
    }

    /// Tells and remembers that the SEGW of an IKE_SA sends it elsewhere.
    pub(super) fn note_redirect(&mut self, unique_id: u32, target: &str, followed: bool) {
        let now = self.now;
        let Some((slot, from)) = self.sas.get(unique_id).map(|sa| (sa.connection, sa.segw)) else { return };
        let Some(connection) = self.get_mut(slot) else { return };
        let kind = if followed { Kind::Redirect } else { Kind::RedirectRefused };
        let to = connection.segws.find(target);
        let cause = Some(Cause::Redirected);
        connection.history.push(&Record {
            at: now,
            kind,
            from: Some(from),
            to,
            cause,
            detail: None,
            choice: None,
            count: 1,
        });
        let Some(connection) = get(&self.connections, slot) else { return };
        let from = connection.segws.text(from);
        let mut draft = self.events.begin(now);
        let told = Event::Redirect {
            event: EventKind::SegwRedirect,
            connection: draft.text(&connection.name),
            from: draft.text(&from),
            to: draft.text(target),
            followed,
        };
        draft.end(told);
    }

    /// Accounts for a change of state: since when, and how long the SEGW that was left has carried the connection; remembers
    /// the one that carries it now.
    pub(super) fn account(&mut self, slot: Slot, before: State, report: Option<Report>, evidence: Evidence) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let (left, active) = (before.active(), connection.state.active());
        if left.is_some() != active.is_some() || is_resting(before) != is_resting(connection.state) {
            connection.turned_at = now;
        }
        if left == active {
            return;
        }
        if let (Some(segw), None) = (left, active) {
            let cause = report.and_then(|report| record(report, now, evidence).cause);
            let Evidence { detail, silent_ms, .. } = evidence;
            let silent_ms = NonZeroU32::new(silent_ms).filter(|_| cause == Some(Cause::Liveness));
            connection.lost = Some(Loss { at: now, silent_ms, segw, cause, detail });
            if cause.is_some() && !matches!(connection.state, State::Hold { .. } | State::Stopped) {
                connection.counters.failovers = connection.counters.failovers.saturating_add(1);
            }
        }
        if let Some(segw) = left.and_then(|id| connection.segws.get_mut(id)) {
            segw.carried_ms = segw.carried_ms.saturating_add(now.since(connection.carried_since));
            segw.changed_at = Sometime::at(now);
        }
        connection.carried_since = now;
        let Some(connection) = get(&self.connections, slot) else { return };
        if let Some(segw) = active.and_then(|id| connection.segws.get(id)) {
            let is_there = |name: &str| find(&self.names, &self.connections, name).is_some();
            self.memory_changed |= self.memory.note(&connection.name, &segw.addr.to_text(), &is_there);
        }
    }

    /// Counts, remembers and tells what was decided.
    pub(super) fn report(&mut self, slot: Slot, report: Report, evidence: Evidence) {
        let spreading = self.get(slot).is_some_and(|connection| connection.state.is_spreading());
        let choice = self.get(slot).and_then(|connection| choice(report, connection, evidence, self.now));
        let record = Record { count: u16::from(!spreading), choice, ..record(report, self.now, evidence) };
        let Record { kind, from, to, cause, detail, .. } = record;
        let Some(connection) = self.get_mut(slot) else { return };
        let count = connection.history.push(&record);
        let attempt = connection.counters.attempts;
        tally(connection, record, proved(report, connection.state));
        let event = match kind {
            // Those of redirects and of the standby are no decisions: they are told of where they are noted.
            Kind::Start | Kind::Up | Kind::Redirect | Kind::RedirectRefused => None,
            Kind::Standby | Kind::StandbyFailed | Kind::StandbyRefused => None,
            Kind::Stop => Some(EventKind::SegwStopped),
            Kind::Failover => Some(EventKind::SegwFailover),
            Kind::Failback => Some(EventKind::SegwFailback),
            Kind::Switch => Some(EventKind::SegwSwitch),
            Kind::MoveFailed => Some(EventKind::SegwMoveFailed),
            Kind::Backoff => Some(EventKind::SegwBackoff),
            Kind::Exhausted => Some(EventKind::SegwExhausted),
            Kind::Address => Some(EventKind::SegwNextAddress),
            Kind::Hold => Some(EventKind::SegwHold),
            Kind::Resume => Some(EventKind::SegwResumed),
        };
        let Some(connection) = get(&self.connections, slot) else { return };
        let text = |segw: Option<SegwId>| segw.and_then(|id| connection.segws.get(id)).map(|segw| segw.addr.to_text());
        let (from_text, to_text) = (text(from), text(to));
        log!(
            info,
            "{}: {}",
            Plain(&connection.name),
            Line {
                record: &record,
                from: from_text.as_deref(),
                to: to_text.as_deref(),
                count,
                silent_ms: if cause == Some(Cause::Liveness) { evidence.silent_ms } else { 0 },
                delay_ms: delay_ms(report)
            }
        );
        let Some(event) = event else { return };
        let mut draft = self.events.begin(self.now);
        let name = draft.text(&connection.name);
        let told = match kind {
            Kind::Stop => Event::Connection { event, connection: name },
            _ => Event::Decision {
                event,
                connection: name,
                from: draft.optional(from_text.as_deref()),
                to: draft.optional(to_text.as_deref()),
                from_index: from.map(u32::from),
                to_index: to.map(u32::from),
                cause: draft.optional(cause.map(Cause::name)),
                detail: draft.optional(detail.map(Detail::name)),
                attempt,
                delay_ms: delay_ms(report),
            },
        };
        draft.end(told);
    }
}

/// What is known of the failure that a decision is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// What exactly went wrong.
    detail: Option<Detail>,
    /// For how long nothing had been heard of the SEGW that carried the traffic, in milliseconds; 0 if that is not watched.
    silent_ms: u32,
    /// Another SEGW was being tried.
    moving: bool,
}

impl Evidence {
    /// Takes what was noted.
    pub(super) fn of(connection: &mut Connection, now: Instant) -> Self {
        let silent_ms = connection.watch.map_or(0, |watch| u32::try_from(watch.silent_ms(now)).unwrap_or(u32::MAX));
        let moving = matches!(connection.state, State::Moving { .. });
        Self { detail: connection.detail.take(), silent_ms, moving }
    }
}

/// Whether nobody wants it up.
const fn is_resting(state: State) -> bool {
    matches!(state, State::Idle | State::Stopped)
}

/// A decision for whoever reads charon's log, in the words of the history:
/// `FAILOVER 10.9.0.1 -> 10.9.0.2: LIVENESS, silent for 4.0 s`.
struct Line<'a> {
    record: &'a Record,
    from: Option<&'a str>,
    to: Option<&'a str>,
    count: u16,
    silent_ms: u32,
    delay_ms: Option<u32>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { kind, cause, detail, .. } = *self.record;
        f.write_str(kind.name())?;
        let arrow = if self.from.is_some() { " -> " } else { " " };
        let to = self.to.filter(|to| Some(*to) != self.from);
        let detail = detail.map(Detail::name);
        for (before, text) in [(" ", self.from), (arrow, to), (": ", cause.map(Cause::name)), (", ", detail)] {
            if let Some(text) = text {
                f.write_str(before)?;
                f.write_str(text)?;
            }
        }
        if self.silent_ms > 0 {
            f.write_str(", silent for ")?;
            seconds(f, self.silent_ms)?;
        }
        if self.count > 1 || (kind == Kind::Backoff && self.count > 0) {
            let what = if kind == Kind::Backoff { ", round " } else { ", times " };
            f.write_str(what)?;
            f.write_str(&number(u32::from(self.count)))?;
        }
        if let Some(delay_ms) = self.delay_ms {
            f.write_str(", next in ")?;
            seconds(f, delay_ms)?;
        }
        Ok(())
    }
}

/// So many milliseconds as seconds with one decimal. `{}` of a number brings what pads it, as that of a text does.
fn seconds(f: &mut fmt::Formatter<'_>, ms: u32) -> fmt::Result {
    for text in [&number(ms / 1_000), ".", &number(ms % 1_000 / 100), " s"] {
        f.write_str(text)?;
    }
    Ok(())
}

/// The pause that was decided.
fn delay_ms(report: Report) -> Option<u32> {
    match report {
        Report::Backoff { delay_ms, .. } => Some(delay_ms),
        _ => None,
    }
}

/// A decision as the history has it.
fn record(report: Report, at: Instant, evidence: Evidence) -> Record {
    let (kind, from, to, cause) = match report {
        Report::Start { to } => (Kind::Start, None, Some(to), None),
        Report::Up { to } => (Kind::Up, None, Some(to), None),
        Report::Failover { from, to, cause } => (Kind::Failover, Some(from), Some(to), Some(cause)),
        Report::Moved { from, to, why: Move::Failback } => (Kind::Failback, from, Some(to), None),
        Report::Moved { from, to, why: Move::Switch } => (Kind::Switch, from, Some(to), Some(Cause::Operator)),
        Report::MoveFailed { from, to, cause } => (Kind::MoveFailed, Some(from), Some(to), Some(cause)),
        Report::Backoff { from, to, cause, .. } => (Kind::Backoff, Some(from), Some(to), Some(cause)),
        Report::Exhausted { from, cause } => (Kind::Exhausted, Some(from), None, Some(cause)),
        Report::Address { segw, cause } => (Kind::Address, Some(segw), Some(segw), Some(cause)),
        Report::Hold { segw } => (Kind::Hold, Some(segw), None, Some(Cause::NoRoute)),
        Report::Resumed { to } => (Kind::Resume, None, Some(to), None),
        Report::Stop => (Kind::Stop, None, None, Some(Cause::Operator)),
    };
    // An own fault is named by its cause.
    let detail = evidence
        .detail
        .filter(|_| cause.is_some_and(|it| !it.is_own() || matches!(it, Cause::CertDates | Cause::Lacking)));
    Record { at, kind, from, to, cause, detail, choice: None, count: 1 }
}

/// Why that SEGW is next, where the order of preference has decided it.
fn choice(report: Report, connection: &Connection, evidence: Evidence, now: Instant) -> Option<Choice> {
    match report {
        _ if connection.policy.is_as_listed() => None,
        // In place of a SEGW that was being tried, and is what there is now.
        Report::Failover { .. } if evidence.moving => None,
        Report::Failover { to, .. } | Report::Moved { to, why: Move::Failback, .. } => connection.ranks(now).why(to),
        _ => None,
    }
}

/// Counts a transition; `up` is the SEGW that it says to work.
fn tally(connection: &mut Connection, record: Record, up: Option<SegwId>) {
    let Record { at: now, kind, from, to, cause, detail, .. } = record;
    let counters = &mut connection.counters;
    let moves = match kind {
        Kind::Failback => Some(&mut counters.failbacks),
        Kind::Switch => Some(&mut counters.switches),
        _ => None,
    };
    if let Some(moves) = moves {
        *moves = moves.saturating_add(1);
    }
    if up.is_some() {
        counters.attempts = 0;
    }
    if let Some(segw) = up.and_then(|id| connection.segws.get_mut(id)) {
        segw.successes = segw.successes.saturating_add(1);
        segw.changed_at = Sometime::at(now);
    }
    let failed = match kind {
        Kind::Failover | Kind::Backoff | Kind::Exhausted | Kind::Address => from,
        Kind::MoveFailed => to,
        _ => None,
    };
    if let Some(segw) = failed {
        // It has to show again that this is how it reauthenticates.
        connection.redials = connection.redials.without(segw);
    }
    let blame = cause.filter(|cause| cause.is_blame());
    if let (Some(segw), Some(cause)) = (failed.and_then(|id| connection.segws.get_mut(id)), blame) {
        segw.failures = segw.failures.saturating_add(1);
        (segw.last_cause, segw.last_detail) = (Some(cause), detail);
        segw.causes.add(cause);
        segw.changed_at = Sometime::at(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Detail, Kind, Line, Record};
    use crate::time::Instant;
    use std::string::ToString;

    #[test]
    fn a_line_has_what_is_known() {
        type Row = (Kind, Option<&'static str>, Option<&'static str>, Option<Cause>, Option<Detail>, &'static str);
        let (from, to) = (Some("10.9.0.1"), Some("10.9.0.2"));
        let rows: [Row; 8] = [
            (Kind::Start, None, from, None, None, "START 10.9.0.1"),
            (Kind::Failover, from, to, Some(Cause::Liveness), None, "FAILOVER 10.9.0.1 -> 10.9.0.2: LIVENESS"),
            (
                Kind::Failover,
                from,
                to,
                Some(Cause::AuthFailed),
                Some(Detail::SegwAuthentication),
                "FAILOVER 10.9.0.1 -> 10.9.0.2: AUTH_FAILED, SEGW_AUTHENTICATION_FAILED",
            ),
            (Kind::Failback, from, to, None, None, "FAILBACK 10.9.0.1 -> 10.9.0.2"),
            (Kind::Address, from, from, Some(Cause::ConnectTimeout), None, "ADDRESS 10.9.0.1: CONNECT_TIMEOUT"),
            (Kind::Hold, from, None, Some(Cause::NoRoute), None, "HOLD 10.9.0.1: NO_ROUTE"),
            (Kind::Resume, None, to, None, None, "RESUME 10.9.0.2"),
            (Kind::Stop, None, None, Some(Cause::Operator), None, "STOP: OPERATOR"),
        ];
        for (kind, from, to, cause, detail, line) in rows {
            let record = &Record { at: Instant(0), kind, from: None, to: None, cause, detail, choice: None, count: 1 };
            assert_eq!(Line { record, from, to, count: 1, silent_ms: 0, delay_ms: None }.to_string(), line);
        }
    }

    #[test]
    fn a_line_has_its_numbers() {
        let rows = [
            (Kind::Failover, 1, 4_049, None, "FAILOVER 10.9.0.1: LIVENESS, silent for 4.0 s"),
            (Kind::Backoff, 3, 0, Some(4_250), "BACKOFF 10.9.0.1: LIVENESS, round 3, next in 4.2 s"),
            (Kind::MoveFailed, 2, 0, None, "MOVE_FAILED 10.9.0.1: LIVENESS, times 2"),
        ];
        for (kind, count, silent_ms, delay_ms, line) in rows {
            let (cause, detail) = (Some(Cause::Liveness), None);
            let record = &Record { at: Instant(0), kind, from: None, to: None, cause, detail, choice: None, count };
            let from = Some("10.9.0.1");
            assert_eq!(Line { record, from, to: None, count, silent_ms, delay_ms }.to_string(), line);
        }
    }
}
