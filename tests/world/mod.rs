//! A world of gateways and a charon in virtual time, around a real engine: it carries out actions as charon does, with
//! the same order of events, and checks after every input what must always hold.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, dead_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::error::Error;
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};
use segw::reach::{Outcome, Unasked};
use segw::segw::SegwSet;
use segw::time::Instant;
use segw::wire::event::EventKind;

mod clock;
mod judge;

pub use clock::Clock;
pub use judge::Judge;

pub const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };

/// The target of a connection was asked, and did not answer.
const UNANSWERED: Outcome = Outcome { asked: 1, answered: 0, why: Unasked::NotSent };

/// How a gateway behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// Answers and keeps the connection.
    Alive,
    /// Answers nothing.
    Dead,
    /// Refuses our credentials.
    Refuses,
    /// Accepts, then deletes at once.
    Drops,
    /// Refuses us, and names a time to stay away, as GPRS timer 3 with so many times two seconds.
    Busy(u8),
    /// Answers, but so many milliseconds late.
    Late(u64),
}

#[derive(Clone, Debug)]
struct Sa {
    connection: String,
    gateway: usize,
    up: bool,
    /// Dialled without a CHILD_SA, and not asked for one.
    childless: bool,
    /// Asked for its CHILD_SA, which is not up.
    asked: bool,
    /// Packets that came in through it.
    received: u64,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    /// The answer of a gateway, or its absence.
    Answer(u32),
    /// A dead peer is noticed.
    Dpd(u32),
    /// A sign of life.
    Heard(u32),
    /// The peer's DELETE.
    Delete(u32),
    /// The answer to CREATE_CHILD_SA, or its absence.
    Child(u32),
    /// No target has answered the question of that serial, of the connection of that number.
    Unanswered(usize, u32),
}

/// What charon takes to give up an exchange.
const RETRANSMIT_MS: u64 = 4_000;

pub struct World {
    pub engine: Engine,
    pub now: u64,
    pub gateways: Vec<Gateway>,
    /// Gateways that this host has a route to.
    routes: Vec<bool>,
    /// Gateways that answer IKE, and that no data come from.
    mute: Vec<bool>,
    /// What is asked through the tunnels answers.
    site: bool,
    /// Moves of each connection since that last answered it.
    silent_moves: Vec<usize>,
    /// When all this began.
    born: u64,
    /// Applications talk.
    pub traffic: bool,
    pub judge: Judge,
    pub names: Vec<String>,
    sas: BTreeMap<u32, Sa>,
    due: BTreeMap<(u64, u64), Due>,
    order: u64,
    next_id: u32,
    /// Everything that came out, to compare two runs.
    pub output: String,
    /// Dials so far, with their times.
    pub dials: Vec<(u64, String, u8)>,
}

impl Clock for World {
    const STEPS: u32 = 20_000;

    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn now(&mut self) -> &mut u64 {
        &mut self.now
    }

    fn due_at(&self) -> Option<u64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    fn happen_next(&mut self) {
        let (_, due) = self.due.pop_first().unwrap();
        self.happen(due);
    }

    fn expire(&mut self) {
        self.engine.timeout(Instant(self.now));
        self.drain();
    }

    fn story(&self) -> String {
        format!("{:?}", self.dials.last())
    }
}

impl World {
    /// `connections` connections to all of `gateways`.
    pub fn new(seed: u64, connections: usize, gateways: usize, failover: &str) -> Self {
        Self::born_at(0, seed, connections, gateways, failover)
    }

    /// The same, on a clock that stands at `now`.
    ///
    /// `policy` is the block `failover`, and behind a `|`, if there is one, the block `probe`.
    pub fn born_at(now: u64, seed: u64, connections: usize, gateways: usize, policy: &str) -> Self {
        let (failover, probe) = policy.split_once('|').unwrap_or((policy, "{}"));
        // A number for each, that of two neighbours is the same.
        let each: Vec<String> = (0..gateways).map(|n| (1 + n / 2 * 3 % 4).to_string()).collect();
        let failover = &failover.replace("EACH", &each.join(" "));
        let names: Vec<String> = (0..connections).map(|n| format!("c{n}")).collect();
        let mut world = Self {
            engine: Engine::new(Instant(now), seed),
            now,
            gateways: vec![Gateway::Alive; gateways],
            routes: vec![true; gateways],
            mute: vec![false; gateways],
            site: true,
            silent_moves: vec![0; connections],
            born: now,
            traffic: false,
            judge: Judge::new(failover, probe, connections, gateways, now),
            names: names.clone(),
            sas: BTreeMap::new(),
            due: BTreeMap::new(),
            order: 0,
            next_id: 1,
            output: String::new(),
            dials: Vec::new(),
        };
        world.engine.set_device(Instant(now), &seed.to_be_bytes());
        let addrs: Vec<String> = (1..=gateways).map(|n| format!("10.0.0.{n}")).collect();
        for name in names {
            let request = format!(
                r#"APPLY_CONFIG {{"name":"{name}","ike_cfg":{{"remote_addrs":"{}"}},"failover":{failover},"probe":{probe},
                "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},
                "children":[{{"name":"net","start_action":"start"}}]}}"#,
                addrs.join(",")
            );
            assert!(world.request(&request), "{}", world.output);
        }
        world
    }

    pub fn request(&mut self, request: &str) -> bool {
        let mut reply = vec![0; 65_536];
        let answer = self.engine.command(Instant(self.now), request.as_bytes(), &mut reply).unwrap();
        self.output.push_str(std::str::from_utf8(&reply[..answer.len]).unwrap());
        self.drain();
        answer.ok
    }

    pub fn state(&self, name: &str) -> State {
        self.engine.state(name).unwrap()
    }

    fn at(&mut self, delay: u64, due: Due) {
        self.order += 1;
        self.due.insert((self.now + delay, self.order), due);
    }

    fn drain(&mut self) {
        self.settle();
        self.check();
        for (number, name) in self.names.clone().iter().enumerate() {
            if let Some(state) = self.engine.state(name) {
                self.judge.see(number, state, self.now);
            }
        }
    }

    /// Carries out what the engine asks for, also what that leads to.
    fn settle(&mut self) {
        loop {
            let mut line = [0; 1024];
            while let Ok(len) = self.engine.next_event(&mut line) {
                let text = std::str::from_utf8(&line[..len]).unwrap();
                let name = text.trim_start_matches("{\"event\":\"").split('"').next().unwrap();
                assert!(EventKind::ALL.iter().any(|kind| kind.name() == name), "{text} cannot be subscribed to");
                self.output.push_str(text);
                self.judge_event(text);
            }
            let Ok(action) = self.engine.next_action() else { break };
            writeln!(self.output, "{} {action:?}", self.now).unwrap();
            match action {
                Action::Initiate { connection, segw, serial, standby, .. } => {
                    let (connection, gateway) = (connection.to_owned(), usize::from(segw));
                    if standby {
                        self.judge_standby(&connection, segw);
                    }
                    if !self.routes[gateway] {
                        let alert = Alert::NoRoute;
                        self.feed(&IkeEvent::NotDialled { connection: &connection, serial, alert });
                        continue;
                    }
                    if !standby {
                        self.dials.push((self.now, connection.clone(), segw));
                    }
                    self.dial(connection, gateway, serial, standby);
                }
                Action::Terminate { unique_id } => self.end(unique_id, Facts { delete_pending: true, ..FACTS }, None),
                Action::Measure { unique_id, .. } => {
                    let route = self.sas.get(&unique_id).is_none_or(|sa| self.routes[sa.gateway]);
                    let (packets, sent) = self.count(unique_id);
                    self.feed(&IkeEvent::Counted { unique_id, packets: Some(packets), sent, route });
                }
                Action::Probe { unique_id, .. } => {
                    let answers =
                        |sa: &Sa| sa.up && self.routes[sa.gateway] && self.gateways[sa.gateway] != Gateway::Dead;
                    if self.sas.get(&unique_id).is_some_and(answers) {
                        self.hear(unique_id);
                        self.answer_child(unique_id);
                    }
                }
                Action::Routes { connection } => {
                    let connection = connection.to_owned();
                    let bits = self.routes.iter().rev().fold(0, |bits, up| bits << 1 | u8::from(*up));
                    self.feed(&IkeEvent::Routes { connection: &connection, routes: SegwSet::from_bits(bits) });
                }
                Action::Complete { unique_id, .. } => {
                    if let Some(sa) = self.sas.get_mut(&unique_id).filter(|sa| sa.childless) {
                        (sa.childless, sa.asked) = (false, true);
                        self.at(50, Due::Child(unique_id));
                    }
                }
                Action::Reach { connection, unique_id, serial, wait_ms, .. } => {
                    let connection = connection.to_owned();
                    self.ask(&connection, unique_id, serial, wait_ms);
                }
                Action::Rekey { .. } | Action::Unload { .. } => (),
            }
        }
    }

    /// Packets that came in and went out so far: none on an idle tunnel, a hundred a second with traffic.
    fn count(&mut self, unique_id: u32) -> (u64, u64) {
        let (sent, traffic) = ((self.now - self.born) / 10, self.traffic);
        let Some(sa) = self.sas.get_mut(&unique_id) else { return (0, 0) };
        let carries = self.routes[sa.gateway] && self.gateways[sa.gateway] != Gateway::Dead && !self.mute[sa.gateway];
        if traffic && carries {
            sa.received = sent;
        }
        (sa.received, if traffic { sent } else { 0 })
    }

    /// The target of a connection is asked through an IKE_SA.
    fn ask(&mut self, connection: &str, unique_id: u32, serial: u32, wait_ms: u32) {
        let number = self.names.iter().position(|it| it == connection).unwrap();
        let carries =
            |sa: &Sa| self.routes[sa.gateway] && self.gateways[sa.gateway] != Gateway::Dead && !self.mute[sa.gateway];
        if self.site && self.sas.get(&unique_id).is_some_and(carries) {
            self.silent_moves[number] = 0;
            self.feed(&IkeEvent::Reached { connection, serial, outcome: Outcome { answered: 1, ..UNANSWERED } });
        } else {
            self.at(u64::from(wait_ms), Due::Unanswered(number, serial));
        }
    }

    /// The wall clock is set, so many seconds after 2026-01-01 (a Thursday) began, or is not; local time is ahead of it by so many
    /// hours.
    pub fn clock(&mut self, set: Option<u32>, ahead_h: i8) {
        const NEW_YEAR_MS: u64 = 1_767_225_600_000;
        let unix_ms = set.map(|seconds| NEW_YEAR_MS + u64::from(seconds) * 1_000);
        let ahead_s = i32::from(ahead_h) * 3_600;
        self.engine.clock(Instant(self.now), unix_ms.unwrap_or(5_000), ahead_s);
        self.judge.clock(set.map(|seconds| i64::from(seconds) + i64::from(ahead_s)), self.now);
        self.drain();
    }

    /// What is asked through the tunnels answers from now on, or does not.
    pub fn site(&mut self, answers: bool) {
        self.site = answers;
        self.judge.site(answers, self.now);
    }

    /// A gateway answers IKE, and no data come from it; or they do again.
    pub fn mute(&mut self, gateway: usize, mute: bool) {
        self.mute[gateway] = mute;
        self.judge.muted(gateway, mute);
        // As good as gone for who moves away from it, and back from now on.
        self.judge_gateway(gateway);
    }

    /// What is told of a loss that the engine has found by itself.
    fn judge_event(&mut self, text: &str) {
        if !text.starts_with(r#"{"event":"segw_failover""#) {
            return;
        }
        let from = text.split(r#""from_index":"#).nth(1).and_then(|rest| rest.split(',').next());
        let from: usize = from.unwrap().parse().unwrap();
        if text.contains(r#""cause":"LIVENESS""#) {
            self.judge.silent(from, self.now);
        } else if text.contains(r#""cause":"DATA_PLANE""#) {
            self.judge.no_data(from, self.now);
            let name = text.split(r#""connection":""#).nth(1).and_then(|rest| rest.split('"').next());
            let number = self.names.iter().position(|it| Some(it.as_str()) == name).unwrap();
            self.silent_moves[number] += 1;
            let (moves, most) = (self.silent_moves[number], self.gateways.len() - 1);
            assert!(moves <= most || !self.judge.probes(), "{moves} moves in a row, though no target has answered");
        }
    }

    fn feed(&mut self, event: &IkeEvent) {
        // It need not know what it let go.
        let taken = self.engine.ike_event(Instant(self.now), event);
        assert!(matches!(taken, Ok(()) | Err(Error::Unknown)), "{taken:?}");
    }

    /// The gateway answers, after a time that each has of its own, and that changes each minute; where that is not the policy's
    /// matter nothing is measured.
    fn hear(&mut self, unique_id: u32) {
        let Some((name, gateway)) = self.sas.get(&unique_id).map(|sa| (sa.connection.clone(), sa.gateway)) else {
            return;
        };
        let minute = (self.now - self.born) / 60_000;
        let ms = [40, 300, 60, 5, 150][gateway % 5] * (1 + (minute + gateway as u64) % 4);
        let answer_ms = self.judge.times().then(|| ms.try_into().unwrap());
        let number = self.names.iter().position(|it| *it == name).unwrap();
        self.judge.heard(number, gateway, ms);
        self.feed(&IkeEvent::Heard { unique_id, answer_ms });
    }

    /// The gateway answers CREATE_CHILD_SA, if it was asked.
    fn answer_child(&mut self, unique_id: u32) {
        let Some(sa) = self.sas.get_mut(&unique_id).filter(|sa| sa.asked) else { return };
        sa.asked = false;
        let name = sa.connection.clone();
        self.feed(&child(unique_id, &name, true));
    }

    /// A standby is dialled: the traffic has been where it is for long enough, and it is to another SEGW, the only one.
    fn judge_standby(&self, connection: &str, segw: u8) {
        let State::Active { segw: active, since, .. } = self.state(connection) else {
            panic!("{connection}: a standby in {:?}", self.state(connection))
        };
        self.judge.standby(active, since.0, segw, self.now);
        assert!(self.engine.ike_sas(connection).all(|sa| sa.role != Role::Standby), "{connection}: two standbys");
    }

    fn dial(&mut self, connection: String, gateway: usize, serial: u32, standby: bool) {
        let unique_id = self.next_id;
        self.next_id += 1;
        self.feed(&IkeEvent::Dialling { unique_id, connection: &connection, serial, more: false });
        self.feed(&state(unique_id, &connection, IkeState::Connecting, FACTS));
        let wait = match self.gateways[gateway] {
            Gateway::Dead => RETRANSMIT_MS,
            Gateway::Late(ms) => ms,
            _ => 50,
        };
        let (up, asked, received) = (false, false, 0);
        self.sas.insert(unique_id, Sa { connection, gateway, up, childless: standby, asked, received });
        self.at(wait, Due::Answer(unique_id));
    }

    /// An IKE_SA ends, in charon's order of events.
    fn end(&mut self, unique_id: u32, facts: Facts, alert: Option<Alert>) {
        let Some(sa) = self.sas.remove(&unique_id) else { return };
        let name = sa.connection.as_str();
        if let Some(alert) = alert {
            self.feed(&IkeEvent::Alert { unique_id, alert, child: "" });
        }
        if facts.peer_delete || facts.local_delete {
            self.feed(&state(unique_id, name, IkeState::Deleting, facts));
        }
        if sa.up || facts.peer_delete || alert == Some(Alert::LocalAuthFailed) {
            self.feed(&updown(unique_id, name, false));
        }
        if sa.up && !sa.childless && !sa.asked {
            self.feed(&child(unique_id, name, false));
        }
        self.feed(&state(unique_id, name, IkeState::Destroying, facts));
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Answer(id) => {
                let Some(sa) = self.sas.get_mut(&id).filter(|sa| !sa.up) else { return };
                let name = sa.connection.clone();
                let kind = if self.routes[sa.gateway] { self.gateways[sa.gateway] } else { Gateway::Dead };
                match kind {
                    Gateway::Dead => self.end(id, FACTS, Some(Alert::InitUnreachable)),
                    Gateway::Refuses => {
                        let (number, gateway) = (self.names.iter().position(|it| *it == name).unwrap(), sa.gateway);
                        self.judge.refused(number, gateway, self.now);
                        self.end(id, FACTS, Some(Alert::LocalAuthFailed));
                    }
                    Gateway::Busy(count) => {
                        let (number, gateway) = (self.names.iter().position(|it| *it == name).unwrap(), sa.gateway);
                        self.judge.sent_away(number, gateway, u64::from(count) * 2_000, self.now);
                        let (notify, data) = (41_041, 0b011_00000 | count);
                        self.feed(&IkeEvent::Hint { unique_id: id, notify, data, protected: true });
                        self.end(id, FACTS, Some(Alert::LocalAuthFailed));
                    }
                    kind => {
                        sa.up = true;
                        let childless = sa.childless;
                        self.hear(id);
                        self.feed(&state(id, &name, IkeState::Established, FACTS));
                        self.feed(&updown(id, &name, true));
                        if !childless {
                            self.feed(&child(id, &name, true));
                        }
                        if kind == Gateway::Drops {
                            self.at(1, Due::Delete(id));
                        }
                    }
                }
                self.drain();
            }
            Due::Dpd(id) => {
                let dead = self.sas.get(&id).is_some_and(|sa| self.gateways[sa.gateway] == Gateway::Dead);
                if dead {
                    self.lose(id, FACTS, Some(Alert::RetransmitTimeout));
                }
            }
            Due::Heard(id) => {
                let there = |sa: &Sa| self.routes[sa.gateway] && self.gateways[sa.gateway] == Gateway::Alive;
                if self.sas.get(&id).is_some_and(there) {
                    self.hear(id);
                    self.drain();
                }
            }
            Due::Child(id) => {
                let answers = |sa: &Sa| self.routes[sa.gateway] && self.gateways[sa.gateway] != Gateway::Dead;
                if self.sas.get(&id).is_some_and(answers) {
                    self.answer_child(id);
                    self.drain();
                }
            }
            Due::Unanswered(number, serial) => {
                let connection = self.names[number].clone();
                self.feed(&IkeEvent::Reached { connection: &connection, serial, outcome: UNANSWERED });
                self.drain();
            }
            Due::Delete(id) => {
                if let Some(gateway) = self.sas.get(&id).map(|sa| sa.gateway) {
                    self.judge_gateway(gateway);
                }
                self.lose(id, Facts { peer_delete: true, ..FACTS }, None);
            }
        }
    }

    /// An established IKE_SA is lost: the next SEGW is dialled in the very same drain, unless the round is over.
    fn lose(&mut self, id: u32, facts: Facts, alert: Option<Alert>) {
        let Some(name) = self.sas.get(&id).map(|sa| sa.connection.clone()) else { return };
        let main = self.engine.ike_sas(&name).any(|sa| sa.unique_id == id && sa.role == Role::Main);
        let dials = self.dials.len();
        self.end(id, facts, alert);
        self.drain();
        let dialled = self.dials.len() > dials;
        let moved_to_trial = self.engine.ike_sas(&name).any(|sa| sa.role == Role::Main);
        let pause = matches!(self.state(&name), State::Backoff { .. } | State::Exhausted { .. } | State::Hold { .. });
        assert!(!main || dialled || moved_to_trial || pause, "{name} lost {id}: {:?}", self.state(&name));
    }

    pub fn set(&mut self, gateway: usize, kind: Gateway) {
        self.gateways[gateway] = kind;
        self.judge_gateway(gateway);
        if kind == Gateway::Alive {
            self.answer(gateway);
        }
        if kind == Gateway::Dead {
            let ids: Vec<u32> =
                self.sas.iter().filter(|(_, sa)| sa.gateway == gateway && sa.up).map(|(id, _)| *id).collect();
            for id in ids {
                self.at(RETRANSMIT_MS, Due::Dpd(id));
            }
        }
    }

    /// A gateway that is back answers what charon still retransmits.
    fn answer(&mut self, gateway: usize) {
        let ids: Vec<(u32, bool)> =
            self.sas.iter().filter(|(_, sa)| sa.gateway == gateway).map(|(id, sa)| (*id, sa.up)).collect();
        for (id, up) in ids {
            self.at(50, if up { Due::Heard(id) } else { Due::Answer(id) });
        }
    }

    fn judge_gateway(&mut self, gateway: usize) {
        let there = self.routes[gateway] && self.gateways[gateway] == Gateway::Alive;
        self.judge.changed(gateway, there, self.now);
    }

    /// This host gets a route to a gateway, or loses it; `None`: to all of them, its link.
    pub fn route(&mut self, gateway: Option<usize>, up: bool) {
        for (number, route) in self.routes.iter_mut().enumerate() {
            if gateway.is_none_or(|gateway| gateway == number) {
                *route = up;
                let there = up && self.gateways[number] == Gateway::Alive;
                self.judge.changed(number, there, self.now);
            }
        }
        for number in (0..self.routes.len()).filter(|_| up) {
            self.answer(number);
        }
        self.feed(&IkeEvent::Roam);
        self.drain();
    }

    /// The gateway deletes all its IKE_SAs.
    pub fn delete(&mut self, gateway: usize) {
        self.judge_gateway(gateway);
        let ids: Vec<u32> =
            self.sas.iter().filter(|(_, sa)| sa.gateway == gateway && sa.up).map(|(id, _)| *id).collect();
        for id in ids {
            self.lose(id, Facts { peer_delete: true, ..FACTS }, None);
        }
    }

    /// `swanctl --terminate` of everything that a connection has.
    pub fn terminate(&mut self, name: &str) {
        let ids: Vec<u32> = self.sas.iter().filter(|(_, sa)| sa.connection == name).map(|(id, _)| *id).collect();
        for id in ids {
            self.end(id, Facts { local_delete: true, ..FACTS }, None);
            self.drain();
        }
    }

    /// The established IKE_SAs of a connection are rekeyed.
    pub fn rekey(&mut self, name: &str) {
        let ids: Vec<u32> =
            self.sas.iter().filter(|(_, sa)| sa.connection == name && sa.up).map(|(id, _)| *id).collect();
        for old in ids {
            let new = self.next_id;
            self.next_id += 1;
            let before = (self.state(name), self.dials.len());
            self.feed(&state(old, name, IkeState::Rekeying, FACTS));
            self.feed(&state(new, name, IkeState::Connecting, Facts { authenticated: true, ..FACTS }));
            self.feed(&state(new, name, IkeState::Established, FACTS));
            self.feed(&IkeEvent::Rekeyed { old, new, connection: name });
            self.feed(&state(old, name, IkeState::Rekeyed, FACTS));
            self.feed(&state(old, name, IkeState::Deleting, Facts { local_delete: true, ..FACTS }));
            self.feed(&state(old, name, IkeState::Destroying, FACTS));
            let sa = self.sas.remove(&old).unwrap();
            if self.gateways[sa.gateway] == Gateway::Drops {
                self.at(1, Due::Delete(new));
            }
            self.sas.insert(new, sa);
            self.drain();
            assert_eq!(before, (self.state(name), self.dials.len()), "a rekeying is nothing");
        }
    }

    /// What must hold whenever the engine has been drained.
    fn check(&self) {
        for name in &self.names {
            let Some(state) = self.engine.state(name) else { continue };
            let of = |role| self.engine.ike_sas(name).filter(move |sa| sa.role == role);
            let mains: Vec<u32> = of(Role::Main).map(|sa| sa.unique_id).collect();
            assert!(mains.len() <= 1, "{name}: two active IKE_SAs {mains:?}");
            let standby: Vec<u32> = of(Role::Standby).map(|sa| sa.unique_id).collect();
            assert!(standby.len() <= 1, "{name}: two standbys {standby:?}");
            let rests = matches!(state, State::Idle | State::Stopped | State::Exhausted { .. });
            assert!(standby.is_empty() || !rests, "{name}: a standby in {state:?}");
            let carries = |sa: &segw::ike::IkeSa| matches!(sa.role, Role::Main | Role::Trial);
            for sa in self.engine.ike_sas(name).filter(|sa| sa.role == Role::Standby) {
                let twice = self.engine.ike_sas(name).any(|it| carries(it) && it.segw == sa.segw);
                assert!(!twice, "{name}: a standby at the SEGW that carries the traffic");
                assert_eq!(sa.children.count(), 0, "{name}: a standby with CHILD_SAs");
            }
            let living: Vec<u32> =
                self.engine.ike_sas(name).filter(|sa| sa.role != Role::Leaving).map(|sa| sa.unique_id).collect();
            // What charon holds is what the engine follows.
            let real: Vec<u32> = self.sas.iter().filter(|(_, sa)| sa.connection == *name).map(|(id, _)| *id).collect();
            let lingering = of(Role::Leaving).filter(|sa| sa.end_at.get().is_some()).map(|sa| sa.unique_id);
            let mut followed: Vec<u32> = living.iter().copied().chain(lingering).collect();
            followed.sort_unstable();
            followed.retain(|id| self.sas.contains_key(id));
            assert_eq!(followed, real, "{name} in {state:?}");
            let living: Vec<u32> = living.into_iter().filter(|id| !standby.contains(id)).collect();
            match state {
                State::Idle | State::Stopped | State::Exhausted { .. } => {
                    assert!(living.is_empty(), "{name}: {state:?} {living:?}")
                }
                // One retry loop: an IKE_SA that lives or a timer that runs.
                State::Connecting { .. } | State::Active { .. } => assert_eq!(living.len(), 1, "{name}: {state:?}"),
                State::Moving { .. } => assert_eq!(living.len(), 2, "{name}: {state:?}"),
                State::Hold { kept, .. } => {
                    assert_eq!(living.len(), usize::from(kept.is_some()), "{name}: {state:?} {living:?}");
                    assert!(state.poll_at().is_some(), "{name}: {state:?}");
                }
                State::Backoff { .. } => {
                    assert!(living.is_empty(), "{name}: {state:?} {living:?}");
                    assert!(state.poll_at().is_some(), "{name}: {state:?}");
                }
            }
        }
    }
}

fn state<'a>(unique_id: u32, connection: &'a str, state: IkeState, facts: Facts) -> IkeEvent<'a> {
    IkeEvent::State { unique_id, connection, remote: "", state, facts }
}

fn updown<'a>(unique_id: u32, connection: &'a str, up: bool) -> IkeEvent<'a> {
    let state = if up { IkeState::Established } else { IkeState::Deleting };
    IkeEvent::UpDown { unique_id, connection, remote: "", state, up }
}

fn child<'a>(unique_id: u32, connection: &'a str, up: bool) -> IkeEvent<'a> {
    let child = ChildSa { name: "net", ..ChildSa::default() };
    IkeEvent::ChildUpDown { unique_id, connection, remote: "", child, up, facts: FACTS }
}
