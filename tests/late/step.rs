//! What befalls the connection, at random.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use segw::charon::IkeEvent;
use segw::ike::{Facts, IkeState};

use crate::charon::{Due, Phase, Sa};
use crate::clock::Clock as _;
use crate::world::{ANSWER_MS, FACTS, Gateway, POLICIES, REKEYED, RETRANSMIT_MS, World};

#[derive(Clone, Debug)]
pub enum Step {
    Set(usize, Gateway),
    /// An address of a gateway answers or does not.
    Addr(usize, usize, bool),
    Wait(u64),
    /// By us, or by the gateway.
    Rekey(bool),
    /// Make-before-break, or break-before-make.
    Reauthenticate(bool),
    /// The gateway deletes all its IKE_SAs.
    Delete(usize),
    DeleteChild,
    /// Traffic meets a trap.
    Trap,
    Command(&'static str),
    Switch(usize),
    /// `swanctl --terminate`
    Terminate,
    Route(Option<usize>, bool),
    Policy(usize),
    Restart(usize),
    /// How long actions wait in charon.
    Slow(u64),
}

/// Who interferes, besides gateways and the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Network,
    Operator,
    Trap,
}

fn gateway() -> impl Strategy<Value = Gateway> {
    prop_oneof![
        4 => Just(Gateway::Alive), 4 => Just(Gateway::Dead), 1 => Just(Gateway::Refuses), 1 => Just(Gateway::NoProposal),
        1 => Just(Gateway::Drops), 1 => Just(Gateway::ChildFails), 1 => (1..20_000u64).prop_map(Gateway::Late)
    ]
}

pub fn step(who: Who) -> impl Strategy<Value = Step> {
    let command = prop_oneof![Just("INITIATE vpn"), Just("TERMINATE vpn"), Just("START_DPD vpn"), Just("STATUS")];
    let interference = match who {
        Who::Network => Just(Step::Wait(1)).boxed(),
        Who::Operator => prop_oneof![2 => command.prop_map(Step::Command), 1 => Just(Step::Terminate)].boxed(),
        Who::Trap => Just(Step::Trap).boxed(),
    };
    prop_oneof![
        4 => (0..8usize, gateway()).prop_map(|(number, kind)| Step::Set(number, kind)),
        2 => (0..8usize, 0..4usize, any::<bool>()).prop_map(|(number, addr, up)| Step::Addr(number, addr, up)),
        2 => any::<bool>().prop_map(Step::Rekey),
        2 => any::<bool>().prop_map(Step::Reauthenticate),
        2 => (0..8usize).prop_map(Step::Delete),
        1 => Just(Step::DeleteChild),
        3 => interference,
        2 => (0..8usize).prop_map(Step::Switch),
        2 => (proptest::option::of(0..8usize), any::<bool>()).prop_map(|(number, up)| Step::Route(number, up)),
        1 => (0..POLICIES.len()).prop_map(Step::Policy),
        1 => (0..POLICIES.len()).prop_map(Step::Restart),
        1 => prop_oneof![Just(0), Just(3), Just(200)].prop_map(Step::Slow),
        6 => (0..400u64).prop_map(Step::Wait),
        6 => (0..30_000u64).prop_map(Step::Wait),
    ]
}

impl World {
    pub fn play(&mut self, step: &Step) {
        let gateways = self.gateways.len();
        self.note(step);
        match *step {
            Step::Set(gateway, kind) => self.set(gateway % gateways, kind),
            Step::Addr(gateway, addr, up) => {
                let addrs = &mut self.addrs[gateway % gateways];
                let addr = addr % addrs.len();
                addrs[addr] = up;
                self.changed(gateway % gateways);
            }
            Step::Wait(ms) => self.run(ms),
            Step::Rekey(ours) => self.rekey(ours),
            Step::Reauthenticate(make_first) => self.reauthenticate(make_first),
            Step::Delete(gateway) => {
                let told = |sa: &Sa| sa.gateway == gateway % gateways && self.reaches(sa);
                let ids: Vec<u32> = self.carrying().filter(|(_, sa)| told(sa)).map(|(id, _)| *id).collect();
                for id in ids {
                    self.happen(Due::Delete(id));
                }
            }
            Step::DeleteChild => {
                if let Some((id, _)) = self.one_up() {
                    self.child(id, false, Facts { peer_delete: true, ..FACTS });
                }
            }
            Step::Trap => self.trap(),
            Step::Command(request) => {
                self.operated |= request.starts_with("TERMINATE");
                // What cannot be done now is refused.
                let _ = self.request(request);
            }
            Step::Switch(to) => assert!(self.request(&format!("SWITCH vpn {}", to % gateways))),
            Step::Terminate => {
                self.operated = true;
                let ids: Vec<u32> = self.sas.keys().copied().collect();
                for id in ids {
                    self.end(id, Facts { local_delete: true, ..FACTS }, None);
                }
            }
            Step::Route(gateway, up) => self.route(gateway.map(|gateway| gateway % gateways), up),
            Step::Policy(policy) => self.apply(policy, false),
            Step::Restart(policy) => self.apply(policy, true),
            Step::Slow(ms) => self.slow = ms,
        }
    }

    /// One of those that are up and not about to be replaced.
    fn one_up(&mut self) -> Option<(u32, Sa)> {
        let replaced: Vec<u32> = self.sas.values().filter_map(|sa| sa.replaces).collect();
        let up = |(id, sa): &(&u32, &Sa)| sa.phase == Phase::Up && !replaced.contains(id);
        let all: Vec<(u32, Sa)> = self.sas.iter().filter(up).map(|(id, sa)| (*id, *sa)).collect();
        let which = self.roll(u64::try_from(all.len()).unwrap().max(1));
        all.get(usize::try_from(which).unwrap()).copied()
    }

    fn rekey(&mut self, ours: bool) {
        let Some((old, sa)) = self.one_up() else { return };
        let new = self.new_id();
        if ours {
            self.becomes(old, IkeState::Rekeying, FACTS);
            self.becomes(new, IkeState::Connecting, REKEYED);
            self.sas.insert(old, Sa { phase: Phase::Rekeying(new), ..sa });
            self.at(ANSWER_MS, Due::Rekeyed(old));
            self.at(RETRANSMIT_MS, Due::RekeyLost(old));
        } else if self.reaches(&sa) {
            self.sas.remove(&old);
            self.sas.insert(new, sa);
            let _ = self.feed(&IkeEvent::Rekeyed { old, new, connection: "vpn" });
            self.becomes(old, IkeState::Rekeyed, FACTS);
            self.becomes(old, IkeState::Deleting, Facts { peer_delete: true, ..FACTS });
            self.becomes(old, IkeState::Destroying, FACTS);
        }
    }

    fn reauthenticate(&mut self, make_first: bool) {
        let Some((old, sa)) = self.one_up() else { return };
        let facts = Facts { reauthenticating: true, ..FACTS };
        if make_first {
            let new = self.new_id();
            if self.feed(&IkeEvent::Reestablish { old, new, facts }).is_ok() {
                self.becomes(new, IkeState::Connecting, FACTS);
                self.dial(new, Sa { replaces: Some(old), ..Sa::dialling(sa.gateway, sa.addr) });
                let _ = self.feed(&IkeEvent::Reestablished { old, new, initiated: true });
            }
        } else {
            self.sas.insert(old, Sa { phase: Phase::Reauthenticating, ..sa });
            self.becomes(old, IkeState::Deleting, Facts { local_delete: true, ..facts });
            let wait = if self.reaches(&sa) { ANSWER_MS } else { RETRANSMIT_MS };
            self.at(wait, Due::Reauthenticated(old));
        }
    }

    /// Charon dials its first address, unless there is a CHILD_SA.
    fn trap(&mut self) {
        self.trapped = true;
        if self.carrying().next().is_none() {
            let (unique_id, remote, state) = (self.new_id(), "10.0.0.1", IkeState::Connecting);
            let _ = self.feed(&IkeEvent::State { unique_id, connection: "vpn", remote, state, facts: FACTS });
            self.dial(unique_id, Sa { own: true, ..Sa::dialling(0, 0) });
        }
    }
}
