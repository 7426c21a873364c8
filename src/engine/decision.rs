//! Feeds the decision machine, carries out what it says on the tables, queues actions.

use heapless::Deque;

#[cfg(feature = "json")]
use super::account::Evidence;
use super::hint::note_rest;
use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::connection::{Connection, Dial};
use crate::diagnosis::Plain;
use crate::failover::{Ask, End, Input, Promote, Report, State};
use crate::hint::Said;
use crate::ike::{IkeSa, Role};
use crate::limits::ACTION_CAP;
use crate::liveness::Watch;
use crate::policy::Policy;
use crate::segw::SegwId;
use crate::silence::Silence;
use crate::time::{Instant, Sometime};

/// How long an IKE_SA stays after traffic has moved to another, in milliseconds: longer than an answer takes.
const LINGER_MS: u32 = 1_000;

impl Engine {
    /// Feeds the decision machine and carries out what it says.
    pub(super) fn step(&mut self, slot: Slot, input: Input) {
        if self.shutdown {
            return;
        }
        let (now, random) = (self.now, self.rand.next_u32());
        self.touch(slot);
        let clock = &self.clock;
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        connection.look_at_clock(clock, now);
        note_refusal(connection, input, now);
        note_rest(connection, input, now, random);
        #[cfg(feature = "json")]
        let evidence = Evidence::of(connection, now);
        let before = connection.state;
        let (state, action) = before.step(input, &connection.world(now, random));
        connection.stand(state);
        let state = connection.state;
        if before.active() != state.active() {
            (connection.complete_at, connection.completions) = (None, 0);
        }
        if matches!(state, State::Stopped | State::Idle) {
            connection.children.reset();
        }
        if state.active().is_none() {
            (connection.watch, connection.reach) = (None, None);
        } else if before.active() != state.active() {
            connection.watch = Watch::new(now, &connection.policy, &connection.pace());
            connection.reach_anew(now);
        }
        log!(
            debug,
            "connection {}: {} on {:?} -> {}",
            Plain(&connection.name),
            Plain(before.name()),
            input,
            Plain(state.name())
        );
        #[cfg(feature = "json")]
        self.account(slot, before, action.report, evidence);
        if action.promote == Promote::Trial {
            if let Some(dial) = self.get_mut(slot).and_then(|connection| connection.dial.as_mut()) {
                dial.trial = false;
            }
            self.sas.each(slot, &mut |sa| {
                sa.role = match sa.role {
                    Role::Main => Role::Trial,
                    Role::Trial => Role::Main,
                    role => role,
                };
            });
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
                let main = self.sas.main(slot).map(|sa| sa.unique_id);
                if let Some(unique_id) = main {
                    if action.ask == Ask::Life {
                        self.queue(Queued::Probe { unique_id, again: false });
                        self.forget_traffic(slot);
                    }
                    // Nothing that waits to be read would say more than that.
                    self.queue(Queued::Measure { unique_id, owed: false });
                }
            }
        }
        if let Some(report) = action.report {
            let Some(connection) = self.get_mut(slot) else { return };
            if let Some(segw) = failed(report).and_then(|id| connection.segws.get_mut(id)) {
                segw.lapses = segw.lapses.saturating_add(1);
            }
            if let Some(segw) = proved(report, connection.state).and_then(|id| connection.segws.get_mut(id)) {
                segw.open();
                (segw.refusals, segw.lapses) = (0, 0);
            }
            #[cfg(feature = "json")]
            {
                self.report(slot, report, evidence);
                self.drilled(slot, report);
            }
        }
    }

    /// Takes over another policy; the same one again changes nothing.
    pub(super) fn replan(&mut self, slot: Slot, policy: &Policy) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot).filter(|connection| connection.policy != *policy) else { return };
        let old = core::mem::replace(&mut connection.policy, *policy);
        if old.liveness_times() != policy.liveness_times() {
            connection.watch = connection.state.active().and_then(|_| Watch::new(now, policy, &connection.pace()));
        }
        connection.standby.forget_refusals(now);
        if old.probe != policy.probe {
            connection.unreached = Silence::NONE;
            connection.reach_anew(now);
        }
        connection.segws.limit_barring(now.after(policy.auth_penalty_ms));
        // No random number: nothing of this has jitter.
        let state = connection.state.replanned(&old, &connection.world(now, 0));
        connection.stand(state);
        if old.ordering() != policy.ordering() {
            self.rerank(slot);
        }
        let Some(connection) = self.get(slot) else { return };
        log!(info, "connection {} has another policy", Plain(&connection.name));
    }

    /// What came in so far says nothing about now.
    fn forget_traffic(&mut self, slot: Slot) {
        if let Some(connection) = self.get_mut(slot) {
            connection.held_packets = None;
        }
    }

    /// Asks which SEGWs there is a route to, unless that is being asked already.
    pub(super) fn ask_routes(&mut self, slot: Slot) {
        if self.shutdown {
            return;
        }
        let Some(connection) = self.get_mut(slot) else { return };
        if !core::mem::replace(&mut connection.routes_asked, true) {
            self.queue(Queued::Routes(slot));
        }
    }

    /// A number for what charon is asked to do, by which its answer is known.
    pub(super) const fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }

    pub(super) fn dial(&mut self, slot: Slot, segw: SegwId, parallel: bool, again: bool) {
        let Some(connection) = self.get_mut(slot) else { return };
        if connection.standby.is_there() && self.use_standby(slot, segw, parallel, again) {
            return;
        }
        let serial = self.next_serial();
        let Some(connection) = self.get_mut(slot) else { return };
        connection.dial = Some(Dial { serial, segw, trial: parallel });
        connection.counters.attempts = connection.counters.attempts.saturating_add(1);
        if let Some(segw) = connection.segws.get_mut(segw) {
            segw.attempts = segw.attempts.saturating_add(1);
            (segw.more, segw.said) = (false, Said::NOTHING);
        }
        self.queue(Queued::Dial { slot, serial, parallel, again });
    }

    /// Ends the IKE_SAs of a connection that play the given parts, and a dial that is on its way to become one.
    pub(super) fn end(&mut self, slot: Slot, which: fn(Role) -> bool) {
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        if connection.dial.is_some_and(|dial| which(if dial.trial { Role::Trial } else { Role::Main })) {
            connection.dial = None;
        }
        if which(Role::Standby) {
            connection.standby.serial = None;
        }
        let actions = &mut self.actions;
        self.sas.each(slot, &mut |sa| {
            let alive = sa.role != Role::Leaving || sa.end_at.get().is_some();
            if alive && which(sa.role) {
                terminate(actions, sa);
            }
        });
    }

    /// Leaves the IKE_SA that traffic has moved away from to the answers that are on their way.
    fn linger(&mut self, slot: Slot) {
        let end_at = Sometime::at(self.now.after(LINGER_MS));
        self.sas.each(slot, &mut |sa| {
            if sa.role == Role::Trial {
                sa.role = Role::Leaving;
                sa.end_at = end_at;
            }
        });
    }

    pub(super) fn queue(&mut self, action: Queued) {
        queue(&mut self.actions, action);
    }
}

/// Ends an IKE_SA; what becomes of it means nothing any more.
pub(super) fn terminate(actions: &mut Deque<Queued, ACTION_CAP>, sa: &mut IkeSa) {
    sa.role = Role::Leaving;
    sa.end_at = Sometime::NONE;
    queue(actions, Queued::Terminate(sa.unique_id));
}

fn queue(actions: &mut Deque<Queued, ACTION_CAP>, action: Queued) {
    if actions.push_back(action).is_err() {
        log!(error, "more actions than a caller that drains after each input can see");
    }
}

/// Refusals of our credentials in a row after which a SEGW is left alone. Whoever sees our packets can have one refusal
/// happen, with a single forged packet before the dial is protected.
const BAR_REFUSALS: u8 = 2;

/// A SEGW that refused the credentials again is left alone for a while: fast retries may lock the subscriber out. An
/// operator's word is above that.
fn note_refusal(connection: &mut Connection, input: Input, now: Instant) {
    let refused = match (input, connection.state) {
        (Input::Lost(Cause::AuthFailed), State::Connecting { segw, .. }) => Some(segw),
        (Input::TrialLost(Cause::AuthFailed), State::Moving { to, .. }) => Some(to),
        _ => None,
    };
    let until = now.after(connection.policy.auth_penalty_ms);
    if let Some(segw) = refused.and_then(|segw| connection.segws.get_mut(segw)) {
        segw.refusals = segw.refusals.saturating_add(1);
        if segw.refusals >= BAR_REFUSALS {
            segw.barred_until = Sometime::at(until);
        }
    }
    let asked_for = if let Input::Switch(to) = input { connection.segws.get_mut(to) } else { None };
    if let Some(segw) = asked_for {
        segw.open();
    }
}

/// The SEGW that a decision says to have failed, and to be blamed for it.
fn failed(report: Report) -> Option<SegwId> {
    let (segw, cause) = match report {
        Report::Failover { from, cause, .. }
        | Report::Backoff { from, cause, .. }
        | Report::Exhausted { from, cause } => (from, cause),
        Report::MoveFailed { to, cause, .. } => (to, cause),
        Report::Address { segw, cause } => (segw, cause),
        _ => return None,
    };
    Some(segw).filter(|_| cause.is_blame())
}

/// The SEGW that a decision says to work.
pub(super) fn proved(report: Report, state: State) -> Option<SegwId> {
    match report {
        Report::Up { to } => Some(to),
        Report::Moved { to, .. } | Report::Resumed { to } => Some(to).filter(|to| state.active() == Some(*to)),
        _ => None,
    }
}
