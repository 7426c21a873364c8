//! Decisions into deeds: feeds the decision machine, carries out what it says on the tables, queues actions, and counts,
//! remembers and tells what was decided.

use heapless::Deque;

use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::connection::{Connection, Dial};
use crate::failover::{Ask, End, Input, Move, Promote, Report, State};
use crate::history::{Kind, Record};
use crate::ike::{IkeSa, Role};
use crate::json::event::{OfConnection, OfMove};
use crate::limits::ACTION_CAP;
use crate::liveness::Watch;
use crate::segw::SegwId;
use crate::time::Instant;

/// How long an IKE_SA stays after traffic has moved to another, in milliseconds: longer than an answer takes.
const LINGER_MS: u32 = 1_000;

impl Engine {
    /// Feeds the decision machine and carries out what it says.
    pub(super) fn step(&mut self, slot: Slot, input: Input) {
        if self.shutdown {
            return;
        }
        let (now, dice) = (self.now, self.rand.next_u32());
        let Some(connection) = self.get_mut(slot) else { return };
        bar(connection, input, now);
        let before = connection.state;
        let (state, action) = before.step(input, &connection.world(now, dice));
        connection.state = state;
        if before.name() != state.name() || before.active() != state.active() {
            connection.since = now;
        }
        if before.active() != state.active() {
            if let Some(segw) = before.active().and_then(|id| connection.segws.get_mut(id)) {
                segw.carried_ms = segw.carried_ms.saturating_add(now.since(connection.carried_since));
                segw.changed_at = Some(now);
            }
            connection.carried_since = now;
        }
        let carrier = state.active().filter(|segw| before.active() != Some(*segw));
        if let Some(segw) = carrier.and_then(|id| connection.segws.get(id)) {
            let (name, addr) = (connection.name.clone(), segw.addr.to_text());
            self.news |= self.memory.note(&name, &addr);
        }
        let Some(connection) = self.get_mut(slot) else { return };
        if state.active().is_none() {
            connection.watch = None;
        } else if before.active() != state.active() {
            connection.watch = Watch::new(now, &connection.policy);
        }
        log::debug!("connection {}: {} on {:?} -> {}", connection.name, before.name(), input, state.name());
        if action.promote == Promote::Trial {
            if let Some(dial) = &mut connection.dial {
                dial.trial = false;
            }
            for sa in self.sas.of_mut(slot) {
                sa.role = match sa.role {
                    Role::Main => Role::Trial,
                    Role::Trial => Role::Main,
                    role => role,
                };
            }
        }
        match action.end {
            End::Nothing => (),
            End::Main => self.end(slot, |role| role == Role::Main),
            // What carried the traffic until now, after a move.
            End::Trial if action.promote == Promote::Trial => self.linger(slot),
            End::Trial => self.end(slot, |role| role == Role::Trial),
            End::All => self.end(slot, |_| true),
        }
        if let Some(segw) = action.dial {
            self.dial(slot, segw, matches!(state, State::Moving { .. }), action.again);
        }
        match action.ask {
            Ask::Nothing => (),
            Ask::Routes => self.ask_routes(slot),
            Ask::Life | Ask::Traffic => {
                let main = self.sas.of(slot).find(|sa| sa.role == Role::Main).map(|sa| sa.unique_id);
                if let Some(unique_id) = main {
                    if action.ask == Ask::Life {
                        self.queue(Queued::Probe(unique_id));
                        self.forget_traffic(slot);
                    }
                    self.queue(Queued::Measure(unique_id));
                }
            }
        }
        if let Some(report) = action.report {
            self.report(slot, report);
        }
    }

    /// What came in so far says nothing about now.
    fn forget_traffic(&mut self, slot: Slot) {
        if let Some(connection) = self.get_mut(slot) {
            connection.held_packets = None;
        }
    }

    /// Asks which SEGWs there is a route to, unless that is being asked already.
    pub(super) fn ask_routes(&mut self, slot: Slot) {
        let waits = self.actions.iter().any(|queued| matches!(queued, Queued::Routes(other) if *other == slot));
        if !waits && !self.shutdown {
            self.queue(Queued::Routes(slot));
        }
    }

    fn dial(&mut self, slot: Slot, segw: SegwId, parallel: bool, again: bool) {
        self.serial = self.serial.wrapping_add(1);
        let serial = self.serial;
        let Some(connection) = self.get_mut(slot) else { return };
        connection.dial = Some(Dial { serial, segw, trial: parallel });
        connection.counters.attempts = connection.counters.attempts.saturating_add(1);
        if let Some(segw) = connection.segws.get_mut(segw) {
            segw.attempts = segw.attempts.saturating_add(1);
            segw.more = false;
        }
        self.queue(Queued::Dial { slot, serial, segw, parallel, again });
    }

    /// Ends the IKE_SAs of a connection that play the given parts, and a dial that is on its way to become one.
    pub(super) fn end(&mut self, slot: Slot, which: fn(Role) -> bool) {
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        if connection.dial.is_some_and(|dial| which(if dial.trial { Role::Trial } else { Role::Main })) {
            connection.dial = None;
        }
        let alive = |sa: &&mut IkeSa| sa.role != Role::Leaving || sa.end_at.is_some();
        for sa in self.sas.of_mut(slot).filter(alive).filter(|sa| which(sa.role)) {
            sa.role = Role::Leaving;
            sa.end_at = None;
            queue(&mut self.actions, Queued::Terminate(sa.unique_id));
        }
    }

    /// Leaves the IKE_SA that traffic has moved away from to the answers that are on their way.
    fn linger(&mut self, slot: Slot) {
        let end_at = Some(self.now.after(LINGER_MS));
        for sa in self.sas.of_mut(slot).filter(|sa| sa.role == Role::Trial) {
            sa.role = Role::Leaving;
            sa.end_at = end_at;
        }
    }

    pub(super) fn queue(&mut self, action: Queued) {
        queue(&mut self.actions, action);
    }

    pub(super) fn tell(&mut self, event: &str, connection: &str) {
        self.events.push(self.now, OfConnection { event, time_ms: 0, seq: 0, connection });
    }

    /// Counts, remembers and tells what was decided.
    pub(super) fn report(&mut self, slot: Slot, report: Report) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
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
        let record = Record { at: now, kind, from, to, cause };
        connection.history.push(record);
        let attempt = connection.counters.attempts;
        count(connection, record);
        let name = connection.name.clone();
        let text = |segw: Option<SegwId>| segw.and_then(|id| connection.segws.get(id)).map(|segw| segw.addr.to_text());
        let (from_text, to_text) = (text(from), text(to));
        let event = match kind {
            Kind::Start | Kind::Up => return,
            Kind::Stop => {
                let event = OfConnection { event: "segw_stopped", time_ms: 0, seq: 0, connection: &name };
                self.events.push(now, event);
                return;
            }
            Kind::Failover => "segw_failover",
            Kind::Failback => "segw_failback",
            Kind::Switch => "segw_switch",
            Kind::MoveFailed => "segw_move_failed",
            Kind::Backoff => "segw_backoff",
            Kind::Exhausted => "segw_exhausted",
            Kind::Address => "segw_next_address",
            Kind::Hold => "segw_hold",
            Kind::Resume => "segw_resumed",
        };
        let delay_ms = match report {
            Report::Backoff { delay_ms, .. } => Some(delay_ms),
            _ => None,
        };
        let event = OfMove {
            event,
            time_ms: 0,
            seq: 0,
            connection: &name,
            from: from_text.as_deref(),
            to: to_text.as_deref(),
            from_index: from,
            to_index: to,
            cause: cause.map(Cause::name),
            attempt,
            delay_ms,
        };
        self.events.push(now, event);
    }
}

fn queue(actions: &mut Deque<Queued, ACTION_CAP>, action: Queued) {
    if actions.push_back(action).is_err() {
        log::error!("more actions than a caller that drains after each input can see");
    }
}

/// A SEGW that refused the credentials is left alone for a while: fast retries may lock the subscriber out.
fn bar(connection: &mut Connection, input: Input, now: Instant) {
    let refused = match (input, connection.state) {
        (Input::Lost(Cause::AuthFailed), State::Connecting { segw, .. }) => Some(segw),
        (Input::TrialLost(Cause::AuthFailed), State::Moving { to, .. }) => Some(to),
        _ => None,
    };
    let until = now.after(connection.policy.auth_penalty_ms);
    if let Some(segw) = refused.and_then(|segw| connection.segws.get_mut(segw)) {
        segw.barred_until = Some(until);
    }
}

fn count(connection: &mut Connection, record: Record) {
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
    let up = match kind {
        Kind::Up => to,
        Kind::Failback | Kind::Switch => to.filter(|_| connection.state.active() == to),
        _ => None,
    };
    if up.is_some() {
        counters.attempts = 0;
    }
    if let Some(segw) = up.and_then(|id| connection.segws.get_mut(id)) {
        segw.successes = segw.successes.saturating_add(1);
        segw.changed_at = Some(now);
        segw.barred_until = None;
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
