//! What is counted, remembered and told of decisions. Decides nothing, so it is not there when nobody can ask: without the
//! feature `json`.

use core::fmt;
use core::mem::discriminant;

use super::decision::proved;
use super::emit::get;
use super::{Engine, Slot};
use crate::cause::Cause;
use crate::charon::Alert;
use crate::connection::Connection;
use crate::diagnosis::Plain;
use crate::failover::{Move, Report, State};
use crate::history::{Kind, Record};
use crate::refusal::number;
use crate::segw::SegwId;
use crate::time::Instant;
use crate::wire::event::{Event, EventKind, WAITS};

impl Engine {
    /// Tells charon's reason for trouble, and the CHILD_SA that has it, if its name is known.
    pub(super) fn emit_alert(&mut self, unique_id: u32, alert: Alert, child: &str) {
        let Some((sa, alert)) = self.sas.get(unique_id).zip(alert.name()) else { return };
        let Some(connection) = get(&self.connections, sa.connection) else { return };
        let remote = connection.segws.get(sa.segw).map(|segw| segw.addr.to_text()).unwrap_or_default();
        let mut draft = self.events.begin(self.now);
        let told = Event::Alert {
            event: EventKind::Alert,
            time_ms: self.now.0,
            seq: WAITS,
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
        connection.history.push(Record { at: now, kind, from: Some(from), to, cause: Some(Cause::Redirected) });
        let Some(connection) = get(&self.connections, slot) else { return };
        let from = connection.segws.get(from).map(|segw| segw.addr.to_text()).unwrap_or_default();
        let mut draft = self.events.begin(now);
        let told = Event::Redirect {
            event: EventKind::SegwRedirect,
            time_ms: now.0,
            seq: WAITS,
            connection: draft.text(&connection.name),
            from: draft.text(&from),
            to: draft.text(target),
            followed,
        };
        draft.end(told);
    }

    /// Accounts for a change of state: since when, and how long the SEGW that was left has carried the connection; remembers
    /// the one that carries it now.
    pub(super) fn account(&mut self, slot: Slot, before: State) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let (left, active) = (before.active(), connection.state.active());
        if left == active && discriminant(&before) == discriminant(&connection.state) {
            return;
        }
        connection.since = now;
        if left == active {
            return;
        }
        if let Some(segw) = left.and_then(|id| connection.segws.get_mut(id)) {
            segw.carried_ms = segw.carried_ms.saturating_add(now.since(connection.carried_since));
            segw.changed_at = Some(now);
        }
        connection.carried_since = now;
        let Some(connection) = get(&self.connections, slot) else { return };
        if let Some(segw) = active.and_then(|id| connection.segws.get(id)) {
            self.memory_changed |= self.memory.note(&connection.name, &segw.addr.to_text());
        }
    }

    /// Counts, remembers and tells what was decided.
    pub(super) fn report(&mut self, slot: Slot, report: Report) {
        let record = record(report, self.now);
        let Record { kind, from, to, cause, .. } = record;
        let Some(connection) = self.get_mut(slot) else { return };
        connection.history.push(record);
        let attempt = connection.counters.attempts;
        count(connection, record, proved(report, connection.state));
        let event = match kind {
            // The last two are no decisions: `note_redirect` tells of them.
            Kind::Start | Kind::Up | Kind::Redirect | Kind::RedirectRefused => return,
            Kind::Stop => EventKind::SegwStopped,
            Kind::Failover => EventKind::SegwFailover,
            Kind::Failback => EventKind::SegwFailback,
            Kind::Switch => EventKind::SegwSwitch,
            Kind::MoveFailed => EventKind::SegwMoveFailed,
            Kind::Backoff => EventKind::SegwBackoff,
            Kind::Exhausted => EventKind::SegwExhausted,
            Kind::Address => EventKind::SegwNextAddress,
            Kind::Hold => EventKind::SegwHold,
            Kind::Resume => EventKind::SegwResumed,
        };
        let Some(connection) = get(&self.connections, slot) else { return };
        let (time_ms, seq) = (self.now.0, WAITS);
        let text = |segw: Option<SegwId>| segw.and_then(|id| connection.segws.get(id)).map(|segw| segw.addr.to_text());
        let (from_text, to_text) = (text(from), text(to));
        log!(
            info,
            "{}: {}",
            Plain(&connection.name),
            Line { kind, from: from_text.as_deref(), to: to_text.as_deref(), cause, delay_ms: delay_ms(report) }
        );
        let mut draft = self.events.begin(self.now);
        let name = draft.text(&connection.name);
        let told = match kind {
            Kind::Stop => Event::Connection { event, time_ms, seq, connection: name },
            _ => Event::Decision {
                event,
                time_ms,
                seq,
                connection: name,
                from: draft.optional(from_text.as_deref()),
                to: draft.optional(to_text.as_deref()),
                from_index: from.map(u32::from),
                to_index: to.map(u32::from),
                cause: draft.optional(cause.map(Cause::name)),
                attempt,
                delay_ms: delay_ms(report),
            },
        };
        draft.end(told);
    }
}

/// A decision for whoever reads charon's log, in the words of the history: `FAILOVER 10.9.0.1 -> 10.9.0.2: LIVENESS`.
struct Line<'a> {
    kind: Kind,
    from: Option<&'a str>,
    to: Option<&'a str>,
    cause: Option<Cause>,
    delay_ms: Option<u32>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let to = self.to.filter(|to| Some(*to) != self.from);
        for (before, text) in [(" ", self.from), (" -> ", to), (": ", self.cause.map(Cause::name))] {
            if let Some(text) = text {
                f.write_str(before)?;
                f.write_str(text)?;
            }
        }
        if let Some(delay_ms) = self.delay_ms {
            // `{}` of a number brings what pads it, as that of a text does.
            for text in [", next in ", &number(delay_ms), " ms"] {
                f.write_str(text)?;
            }
        }
        Ok(())
    }
}

/// The pause that was decided.
fn delay_ms(report: Report) -> Option<u32> {
    match report {
        Report::Backoff { delay_ms, .. } => Some(delay_ms),
        _ => None,
    }
}

/// A decision as the history has it.
fn record(report: Report, at: Instant) -> Record {
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
    Record { at, kind, from, to, cause }
}

/// Counts a transition; `up` is the SEGW that it says to work.
fn count(connection: &mut Connection, record: Record, up: Option<SegwId>) {
    let Record { at: now, kind, from, to, cause } = record;
    let counters = &mut connection.counters;
    let moves = match kind {
        Kind::Failover => Some(&mut counters.failovers),
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
        segw.changed_at = Some(now);
    }
    let failed = match kind {
        Kind::Failover | Kind::Backoff | Kind::Exhausted | Kind::Address => from,
        Kind::MoveFailed => to,
        _ => None,
    };
    let blame = cause.filter(|cause| cause.is_blame());
    if let (Some(segw), Some(cause)) = (failed.and_then(|id| connection.segws.get_mut(id)), blame) {
        segw.failures = segw.failures.saturating_add(1);
        segw.last_cause = Some(cause);
        segw.causes.add(cause);
        segw.changed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Kind, Line};
    use std::string::ToString;

    #[test]
    fn a_line_has_what_is_known() {
        let (from, to) = (Some("10.9.0.1"), Some("10.9.0.2"));
        let rows = [
            (Kind::Failover, from, to, Some(Cause::Liveness), None, "FAILOVER 10.9.0.1 -> 10.9.0.2: LIVENESS"),
            (Kind::Failback, from, to, None, None, "FAILBACK 10.9.0.1 -> 10.9.0.2"),
            (
                Kind::Backoff,
                from,
                to,
                Some(Cause::ConnectTimeout),
                Some(4000),
                "BACKOFF 10.9.0.1 -> 10.9.0.2: CONNECT_TIMEOUT, next in 4000 ms",
            ),
            (Kind::Address, from, from, Some(Cause::ConnectTimeout), None, "ADDRESS 10.9.0.1: CONNECT_TIMEOUT"),
            (Kind::Resume, None, to, None, None, "RESUME -> 10.9.0.2"),
            (Kind::Stop, None, None, Some(Cause::Operator), None, "STOP: OPERATOR"),
        ];
        for (kind, from, to, cause, delay_ms, line) in rows {
            assert_eq!(Line { kind, from, to, cause, delay_ms }.to_string(), line);
        }
    }
}
