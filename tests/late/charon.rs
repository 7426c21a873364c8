//! What charon does, in its order of events: the engine's actions when their turn comes, and what follows from them.

use segw::charon::{Alert, IkeEvent};
use segw::ike::{Facts, IkeState};
use segw::segw::SegwSet;

use crate::world::{ANSWER_MS, FACTS, Gateway, REKEYED, RETRANSMIT_MS, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Dialling,
    Up,
    /// By us, with the unique ID of the new one.
    Rekeying(u32),
    /// Break-before-make: its DELETE is on its way.
    Reauthenticating,
}

#[derive(Clone, Copy, Debug)]
pub struct Sa {
    pub gateway: usize,
    pub addr: usize,
    pub phase: Phase,
    /// The one that goes once this one is up: a make-before-break reauthentication.
    pub replaces: Option<u32>,
    /// Dialled by charon's own decision.
    pub own: bool,
}

impl Sa {
    pub fn dialling(gateway: usize, addr: usize) -> Self {
        Self { gateway, addr, phase: Phase::Dialling, replaces: None, own: false }
    }
}

/// An action in charon's queue.
#[derive(Clone, Copy, Debug)]
pub enum Job {
    Dial { gateway: usize, serial: u32, again: bool },
    End { unique_id: u32, again: bool },
    Measure(u32),
    Probe(u32),
    Routes,
}

#[derive(Clone, Copy, Debug)]
pub enum Due {
    Job(Job),
    /// The answer to a dial, or its absence.
    Answer(u32),
    /// The answer to a rekeying, or its absence.
    Rekeyed(u32),
    RekeyLost(u32),
    /// What a rekeying replaced is destroyed.
    OldGone(u32),
    /// The old IKE_SA of a break-before-make reauthentication is gone.
    Reauthenticated(u32),
    /// The peer's DELETE.
    Delete(u32),
    /// A dead peer is noticed.
    Dpd(u32),
    /// A sign of life.
    Heard(u32),
}

impl World {
    /// An IKE_SA is dialled.
    pub fn dial(&mut self, unique_id: u32, sa: Sa) {
        self.sas.insert(unique_id, sa);
        let wait = match self.gateways[sa.gateway] {
            Gateway::Late(ms) => ms,
            _ if !self.reaches(&sa) => RETRANSMIT_MS,
            _ => ANSWER_MS,
        };
        self.at(wait, Due::Answer(unique_id));
    }

    /// An IKE_SA ends.
    pub fn end(&mut self, unique_id: u32, facts: Facts, alert: Option<Alert>) {
        let Some(sa) = self.sas.remove(&unique_id) else { return };
        if let Some(alert) = alert {
            self.alert(unique_id, alert);
        }
        if facts.peer_delete || facts.local_delete {
            self.becomes(unique_id, IkeState::Deleting, facts);
        }
        let up = sa.phase != Phase::Dialling;
        if up || matches!(alert, Some(Alert::LocalAuthFailed | Alert::ProposalMismatch)) {
            self.updown(unique_id, false);
        }
        if up {
            self.child(unique_id, false, FACTS);
        }
        self.becomes(unique_id, IkeState::Destroying, facts);
        if let Phase::Rekeying(new) = sa.phase {
            self.becomes(new, IkeState::Destroying, REKEYED);
        }
    }

    pub fn happen(&mut self, due: Due) {
        match due {
            Due::Job(job) => self.work(job),
            Due::Answer(id) => self.answer(id),
            Due::Rekeyed(id) => self.rekeyed(id),
            Due::RekeyLost(id) => {
                if self.sas.get(&id).is_some_and(|sa| matches!(sa.phase, Phase::Rekeying(_))) {
                    self.end(id, FACTS, Some(Alert::RetransmitTimeout));
                }
            }
            Due::OldGone(id) => self.becomes(id, IkeState::Destroying, FACTS),
            Due::Reauthenticated(id) => self.reauthenticated(id),
            Due::Delete(id) => self.end(id, Facts { peer_delete: true, ..FACTS }, None),
            Due::Dpd(id) => {
                if self.sas.get(&id).is_some_and(|sa| sa.phase == Phase::Up && !self.reaches(sa)) {
                    self.end(id, FACTS, Some(Alert::RetransmitTimeout));
                }
            }
            Due::Heard(id) => {
                if self.sas.contains_key(&id) {
                    let answer_ms = u32::try_from(self.roll(300)).ok();
                    let _ = self.feed(&IkeEvent::Heard { unique_id: id, answer_ms });
                }
            }
        }
    }

    fn answer(&mut self, id: u32) {
        let Some(sa) = self.sas.get(&id).copied().filter(|sa| sa.phase == Phase::Dialling) else { return };
        if !self.reaches(&sa) {
            return self.end(id, FACTS, Some(Alert::InitUnreachable));
        }
        let kind = self.gateways[sa.gateway];
        match kind {
            Gateway::Refuses => return self.end(id, FACTS, Some(Alert::LocalAuthFailed)),
            Gateway::NoProposal => return self.end(id, FACTS, Some(Alert::ProposalMismatch)),
            _ => (),
        }
        self.sas.insert(id, Sa { phase: Phase::Up, ..sa });
        self.becomes(id, IkeState::Established, FACTS);
        self.updown(id, true);
        if kind == Gateway::ChildFails && sa.replaces.is_none() && !sa.own {
            // Told for the proposal and for the selectors.
            self.alert(id, Alert::ChildFailed);
            self.alert(id, Alert::ChildFailed);
            return;
        }
        self.child(id, true, FACTS);
        if kind == Gateway::Drops {
            self.at(1, Due::Delete(id));
        }
        if let Some(old) = sa.replaces {
            self.end(old, Facts { local_delete: true, ..FACTS }, None);
        }
    }

    fn rekeyed(&mut self, id: u32) {
        let Some(sa) = self.sas.get(&id).copied().filter(|sa| self.reaches(sa)) else { return };
        let Phase::Rekeying(new) = sa.phase else { return };
        self.sas.remove(&id);
        self.sas.insert(new, Sa { phase: Phase::Up, ..sa });
        self.becomes(new, IkeState::Established, REKEYED);
        let _ = self.feed(&IkeEvent::Rekeyed { old: id, new, connection: "vpn" });
        self.becomes(id, IkeState::Rekeyed, FACTS);
        self.becomes(id, IkeState::Deleting, Facts { local_delete: true, ..FACTS });
        self.at(ANSWER_MS, Due::OldGone(id));
    }

    fn reauthenticated(&mut self, id: u32) {
        let Some(sa) = self.sas.get(&id).copied().filter(|sa| sa.phase == Phase::Reauthenticating) else { return };
        if !self.reaches(&sa) {
            self.alert(id, Alert::RetransmitTimeout);
        }
        self.updown(id, false);
        self.child(id, false, FACTS);
        let new = self.new_id();
        let facts = Facts { reauthenticating: true, ..FACTS };
        let initiated = self.feed(&IkeEvent::Reestablish { old: id, new, facts }).is_ok();
        self.sas.remove(&id);
        if initiated {
            self.becomes(new, IkeState::Connecting, FACTS);
            self.dial(new, Sa::dialling(sa.gateway, sa.addr));
        }
        let _ = self.feed(&IkeEvent::Reestablished { old: id, new, initiated });
        self.becomes(id, IkeState::Destroying, FACTS);
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Dial { gateway, serial, again } => self.begin(gateway, serial, again),
            Job::End { unique_id, again } => {
                if self.sas.contains_key(&unique_id) {
                    self.end(unique_id, Facts { delete_pending: true, ..FACTS }, None);
                } else if !again {
                    // Charon finds it later: once more.
                    self.at(1_000, Due::Job(Job::End { unique_id, again: true }));
                }
            }
            Job::Measure(unique_id) => {
                // An idle tunnel: nothing came in, so that a probe follows.
                let sa = self.sas.get(&unique_id);
                let route = sa.is_none_or(|sa| self.routes[sa.gateway]);
                let packets = sa.map(|_| 0);
                let _ = self.feed(&IkeEvent::Counted { unique_id, packets, sent: 0, route });
            }
            Job::Probe(unique_id) => {
                if self.sas.get(&unique_id).is_some_and(|sa| sa.phase == Phase::Up && self.reaches(sa)) {
                    self.at(ANSWER_MS, Due::Heard(unique_id));
                }
            }
            Job::Routes => {
                let bits = self.routes.iter().rev().fold(0, |bits, up| bits << 1 | u8::from(*up));
                let _ = self.feed(&IkeEvent::Routes { connection: "vpn", routes: SegwSet::from_bits(bits) });
            }
        }
    }

    /// The dial that an action asks for, at the next address of its name.
    fn begin(&mut self, gateway: usize, serial: u32, again: bool) {
        if !again {
            self.tried[gateway].clear();
        }
        let left: Vec<usize> =
            (0..self.addrs[gateway].len()).filter(|addr| !self.tried[gateway].contains(addr)).collect();
        let alert = if left.is_empty() { Alert::AddrFailed } else { Alert::NoRoute };
        if left.is_empty() || !self.routes[gateway] {
            let _ = self.feed(&IkeEvent::NotDialled { connection: "vpn", serial, alert });
            return;
        }
        let (unique_id, more) = (self.new_id(), left.len() > 1);
        if self.feed(&IkeEvent::Dialling { unique_id, connection: "vpn", serial, more }).is_ok() {
            self.tried[gateway].push(left[0]);
            self.becomes(unique_id, IkeState::Connecting, FACTS);
            self.dial(unique_id, Sa::dialling(gateway, left[0]));
        }
    }
}
