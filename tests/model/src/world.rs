//! One router with two connections to three SEGWs, and a charon that does what may happen next, in charon's order of events.
//! Time passes only as the engine's own deadlines: between two of them everything that charon or the SEGWs do may come.

use std::hash::{DefaultHasher, Hash, Hasher};

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::failover::{Failures, State};
use segw::ike::{Facts, IkeState, Role};
use segw::policy::{Failback, Policy};
use segw::segw::SegwSet;
use segw::time::Instant;

use crate::normal;
use crate::twin::Twin;

pub const NAMES: [&str; 2] = ["a", "b"];
pub const SEGWS: u8 = 3;
const ADDRS: &str = "192.0.2.1,192.0.2.2,192.0.2.3";
const ALL: u8 = (1 << SEGWS) - 1;
/// Refusals in a row after which a SEGW is left alone.
const REFUSALS: u8 = 2;
const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };

/// Short times, each of another length; no jitter, so that the random numbers do not matter; charon's DPD detects losses.
const POLICY: Policy = Policy {
    connect_timeout_ms: 4_000,
    liveness_interval_ms: 0,
    backoff_initial_ms: 1_000,
    backoff_limit_ms: 2_000,
    jitter_pct: 0,
    stable_ms: 2_000,
    auth_penalty_ms: 20_000,
    failback: Failback::HoldDown,
    hold_down_ms: normal::PAST_MS as u32,
    hold_down_limit_ms: 16_000,
    ..Policy::DEFAULT
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gateway {
    /// Answers, and keeps what is up.
    Alive,
    /// Answers nothing.
    Dead,
    /// Refuses our credentials; keeps what is up.
    Refuses,
}

/// An IKE_SA of charon's.
#[derive(Clone, Copy, Debug)]
pub struct Sa {
    id: u32,
    connection: u8,
    gateway: u8,
    up: bool,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A SEGW changes its ways; nobody is told.
    Gateway(u8, Gateway),
    /// The router's fault: it has routes to these SEGWs from now on.
    Routes(u8),
    /// The router roams: something changed, its routes did not.
    Roam,
    /// A dial gets what its SEGW answers, or charon gives it up.
    Answer(u32),
    /// Charon's DPD gives an IKE_SA up.
    Lose(u32),
    /// The SEGW deletes an IKE_SA.
    Delete(u32),
    /// An IKE_SA is rekeyed.
    Rekey(u32),
    /// An operator's words.
    Terminate(u8),
    Initiate(u8),
    Switch(u8, u8),
    /// The engine's next deadline.
    Timeout,
}

#[derive(Clone, Debug)]
pub struct World {
    engine: Twin,
    now: u64,
    gateways: [Gateway; SEGWS as usize],
    /// SEGWs that there is a route to.
    routes: u8,
    /// The router's fault has been and gone.
    mended: bool,
    sas: Vec<Sa>,
    next_id: u32,
    /// How often each SEGW has refused each connection in a row, and until when it is to be left alone for that.
    refused: [[(u8, u64); SEGWS as usize]; 2],
    /// What must not be.
    pub wrong: Option<&'static str>,
}

/// What is compared before and after a step.
struct Before {
    states: [State; 2],
    /// Whether an IKE_SA of each was up, to a SEGW that lived and had a route.
    carried: [bool; 2],
}

fn failures(state: State) -> Failures {
    match state {
        State::Connecting { failures, .. }
        | State::Active { failures, .. }
        | State::Moving { failures, .. }
        | State::Hold { failures, .. }
        | State::Backoff { failures, .. } => failures,
        State::Idle | State::Stopped | State::Exhausted { .. } => Failures::default(),
    }
}

impl World {
    /// Both connections are adopted and dialled.
    pub fn booting() -> Self {
        let mut world = Self {
            engine: Twin::new(Engine::new(Instant(0), 1)),
            now: 0,
            gateways: [Gateway::Alive; SEGWS as usize],
            routes: ALL,
            mended: false,
            sas: Vec::new(),
            next_id: 1,
            refused: [[(0, 0); SEGWS as usize]; 2],
            wrong: None,
        };
        for name in NAMES {
            assert_eq!(world.engine.adopt(Instant(0), name, ADDRS, 1, POLICY), Ok(true));
            world.request(&format!("INITIATE {name}"));
        }
        world
    }

    /// The same after these steps, the numbers of IKE_SAs counted from 1.
    pub fn after(mut self, steps: &[Step]) -> Self {
        for step in steps {
            self.take(*step);
            assert_eq!(self.wrong, None, "{step:?}");
        }
        self
    }

    /// For a person.
    pub fn told(&self) -> String {
        let sas: Vec<String> = self
            .sas
            .iter()
            .map(|sa| {
                format!(
                    "{} {} to {}{}",
                    NAMES[usize::from(sa.connection)],
                    sa.id,
                    sa.gateway,
                    if sa.up { " up" } else { "" }
                )
            })
            .collect();
        format!(
            "{} ms: {:?} {:?} | {:?} routes {:03b} | {}",
            self.now,
            self.state(0),
            self.state(1),
            self.gateways,
            self.routes,
            sas.join(", ")
        )
    }

    fn state(&self, connection: usize) -> State {
        self.engine.state(NAMES[connection]).unwrap_or(State::Idle)
    }

    fn answers(&self, gateway: u8) -> bool {
        self.routed(gateway) && self.gateways[usize::from(gateway)] == Gateway::Alive
    }

    fn keeps(&self, gateway: u8) -> bool {
        self.routed(gateway) && self.gateways[usize::from(gateway)] != Gateway::Dead
    }

    const fn routed(&self, gateway: u8) -> bool {
        self.routes >> gateway & 1 == 1
    }

    fn before(&self) -> Before {
        let carried =
            |connection: u8| self.sas.iter().any(|sa| sa.connection == connection && sa.up && self.keeps(sa.gateway));
        Before { states: [self.state(0), self.state(1)], carried: [carried(0), carried(1)] }
    }

    fn feed(&mut self, event: &IkeEvent) {
        // It need not know what it let go.
        let _ = self.engine.ike_event(Instant(self.now), event);
    }

    fn enter(&mut self, sa: Sa, state: IkeState, facts: Facts) {
        let connection = NAMES[usize::from(sa.connection)];
        self.feed(&IkeEvent::State { unique_id: sa.id, connection, remote: "", state, facts });
    }

    fn updown(&mut self, sa: Sa, up: bool) {
        let connection = NAMES[usize::from(sa.connection)];
        let state = if up { IkeState::Established } else { IkeState::Deleting };
        self.feed(&IkeEvent::UpDown { unique_id: sa.id, connection, remote: "", state, up });
    }

    fn child(&mut self, sa: Sa, up: bool) {
        let connection = NAMES[usize::from(sa.connection)];
        let child = ChildSa { name: "net", ..ChildSa::default() };
        self.feed(&IkeEvent::ChildUpDown { unique_id: sa.id, connection, remote: "", child, up, facts: FACTS });
    }

    /// An IKE_SA ends.
    fn end(&mut self, id: u32, facts: Facts, alert: Option<Alert>) {
        let Some(place) = self.sas.iter().position(|sa| sa.id == id) else { return };
        let sa = self.sas.remove(place);
        if let Some(alert) = alert {
            self.feed(&IkeEvent::Alert { unique_id: id, alert, child: "" });
        }
        if facts.peer_delete || facts.local_delete {
            self.enter(sa, IkeState::Deleting, facts);
        }
        if sa.up || alert == Some(Alert::LocalAuthFailed) {
            self.updown(sa, false);
        }
        if sa.up {
            self.child(sa, false);
        }
        self.enter(sa, IkeState::Destroying, facts);
    }

    fn request(&mut self, request: &str) {
        let mut reply = [0; 1024];
        let answer = self.engine.command(Instant(self.now), request.as_bytes(), &mut reply);
        assert!(answer.is_ok_and(|answer| answer.ok), "{request}");
        self.drain();
    }

    /// Carries out what the engine asks for, also what that leads to.
    fn drain(&mut self) {
        while let Ok(action) = self.engine.next_action() {
            match action {
                Action::Initiate { connection, segw, serial, .. } => {
                    let connection = u8::from(connection == NAMES[1]);
                    let name = NAMES[usize::from(connection)];
                    let alone = |segw: u8| self.now < self.refused[usize::from(connection)][usize::from(segw)].1;
                    if alone(segw) && !(0..SEGWS).all(alone) {
                        self.wrong = Some("a SEGW is dialled that is to be left alone for its refusals");
                    }
                    if self.routed(segw) {
                        let sa = Sa { id: self.next_id, connection, gateway: segw, up: false };
                        self.next_id += 1;
                        self.feed(&IkeEvent::Dialling { unique_id: sa.id, connection: name, serial, more: false });
                        self.enter(sa, IkeState::Connecting, FACTS);
                        self.sas.push(sa);
                    } else {
                        self.feed(&IkeEvent::NotDialled { connection: name, serial, alert: Alert::NoRoute });
                    }
                }
                Action::Terminate { unique_id } => self.end(unique_id, Facts { delete_pending: true, ..FACTS }, None),
                Action::Measure { unique_id, .. } => {
                    let route = self.sas.iter().find(|sa| sa.id == unique_id).is_none_or(|sa| self.routed(sa.gateway));
                    self.feed(&IkeEvent::Counted { unique_id, packets: Some(0), sent: 0, route });
                }
                Action::Probe { unique_id, .. } => {
                    let heard = self.sas.iter().any(|sa| sa.id == unique_id && sa.up && self.keeps(sa.gateway));
                    if heard {
                        self.feed(&IkeEvent::Heard { unique_id, answer_ms: None });
                    }
                }
                Action::Routes { connection } => {
                    let connection = NAMES[usize::from(connection == NAMES[1])];
                    self.feed(&IkeEvent::Routes { connection, routes: SegwSet::from_bits(self.routes) });
                }
                Action::Complete { .. } | Action::Reach { .. } | Action::Rekey { .. } | Action::Unload { .. } => (),
            }
        }
    }

    /// What may happen next.
    pub fn steps(&self, steps: &mut Vec<Step>) {
        if self.wrong.is_some() {
            return;
        }
        for gateway in 0..SEGWS {
            for kind in [Gateway::Alive, Gateway::Dead, Gateway::Refuses] {
                // The last resort never refuses: one SEGW of that kind more shows nothing new.
                let new = self.gateways[usize::from(gateway)] != kind;
                if new && (gateway < 2 || kind != Gateway::Refuses) {
                    steps.push(Step::Gateway(gateway, kind));
                }
            }
        }
        match (self.routes, self.mended) {
            (ALL, false) => steps.extend([Step::Routes(0), Step::Routes(ALL & !1)]),
            (ALL, true) => (),
            _ => steps.push(Step::Routes(ALL)),
        }
        steps.push(Step::Roam);
        for sa in &self.sas {
            match (sa.up, self.keeps(sa.gateway)) {
                (false, _) => steps.push(Step::Answer(sa.id)),
                (true, false) => steps.push(Step::Lose(sa.id)),
                (true, true) => steps.extend([Step::Delete(sa.id), Step::Rekey(sa.id)]),
            }
        }
        for connection in [0, 1] {
            match self.state(usize::from(connection)) {
                State::Stopped => steps.push(Step::Initiate(connection)),
                State::Idle => (),
                _ => steps.push(Step::Terminate(connection)),
            }
            steps.extend((0..SEGWS).map(|to| Step::Switch(connection, to)));
        }
        if self.engine.poll_at().is_ok() {
            steps.push(Step::Timeout);
        }
    }

    /// It happens.
    pub fn take(&mut self, step: Step) {
        let before = self.before();
        let of = |world: &Self, id| world.sas.iter().find(|sa| sa.id == id).copied();
        // The connections that it concerns.
        let mut concerned = [true, true];
        let mut only = |connection: u8| concerned = [connection == 0, connection == 1];
        match step {
            Step::Gateway(gateway, kind) => {
                concerned = [false, false];
                self.gateways[usize::from(gateway)] = kind;
            }
            Step::Routes(routes) => {
                self.mended |= routes == ALL;
                self.routes = routes;
                self.feed(&IkeEvent::Roam);
            }
            Step::Roam => {
                self.feed(&IkeEvent::Roam);
            }
            Step::Answer(id) => {
                let Some(sa) = of(self, id) else { return };
                only(sa.connection);
                match self.gateways[usize::from(sa.gateway)] {
                    _ if !self.routed(sa.gateway) => self.end(id, FACTS, Some(Alert::InitUnreachable)),
                    Gateway::Dead => self.end(id, FACTS, Some(Alert::InitUnreachable)),
                    Gateway::Refuses => {
                        let (count, until) = &mut self.refused[usize::from(sa.connection)][usize::from(sa.gateway)];
                        *count = (*count + 1).min(REFUSALS);
                        if *count == REFUSALS {
                            *until = self.now + u64::from(POLICY.auth_penalty_ms);
                        }
                        self.end(id, FACTS, Some(Alert::LocalAuthFailed));
                    }
                    Gateway::Alive => {
                        self.refused[usize::from(sa.connection)][usize::from(sa.gateway)] = (0, 0);
                        self.sas.iter_mut().filter(|sa| sa.id == id).for_each(|sa| sa.up = true);
                        self.enter(sa, IkeState::Established, FACTS);
                        self.updown(sa, true);
                        self.child(sa, true);
                    }
                }
            }
            Step::Lose(id) => {
                let Some(sa) = of(self, id) else { return };
                only(sa.connection);
                self.end(id, FACTS, Some(Alert::RetransmitTimeout));
            }
            Step::Delete(id) => {
                let Some(sa) = of(self, id) else { return };
                only(sa.connection);
                self.end(id, Facts { peer_delete: true, ..FACTS }, None);
            }
            Step::Rekey(id) => {
                let Some(old) = of(self, id) else { return };
                only(old.connection);
                let new = Sa { id: self.next_id, ..old };
                self.next_id += 1;
                self.enter(old, IkeState::Rekeying, FACTS);
                self.enter(new, IkeState::Connecting, Facts { authenticated: true, ..FACTS });
                self.enter(new, IkeState::Established, FACTS);
                let connection = NAMES[usize::from(old.connection)];
                self.feed(&IkeEvent::Rekeyed { old: old.id, new: new.id, connection });
                self.enter(old, IkeState::Rekeyed, FACTS);
                self.enter(old, IkeState::Deleting, Facts { local_delete: true, ..FACTS });
                self.enter(old, IkeState::Destroying, FACTS);
                self.sas.iter_mut().filter(|sa| sa.id == id).for_each(|sa| *sa = new);
            }
            Step::Terminate(connection) => {
                only(connection);
                self.request(&format!("TERMINATE {}", NAMES[usize::from(connection)]));
            }
            Step::Initiate(connection) => {
                only(connection);
                self.request(&format!("INITIATE {}", NAMES[usize::from(connection)]));
            }
            Step::Switch(connection, to) => {
                only(connection);
                // An operator's word is above a penalty.
                self.refused[usize::from(connection)][usize::from(to)].1 = 0;
                self.request(&format!("SWITCH {} {to}", NAMES[usize::from(connection)]));
            }
            Step::Timeout => {
                if let Ok(at) = self.engine.poll_at() {
                    self.now = self.now.max(at.0);
                    self.engine.timeout(Instant(self.now));
                }
            }
        }
        self.drain();
        self.sas.sort_unstable_by_key(|sa| sa.id);
        self.judge(step, &before, concerned);
    }

    /// What must hold of each step.
    fn judge(&mut self, step: Step, before: &Before, concerned: [bool; 2]) {
        let after = self.before();
        for connection in 0..NAMES.len() {
            let (was, is) = (before.states[connection], after.states[connection]);
            let word =
                concerned[connection] && matches!(step, Step::Terminate(_) | Step::Initiate(_) | Step::Switch(..));
            if (!concerned[connection] || matches!(step, Step::Rekey(_))) && was != is {
                self.wrong = Some("a connection moved without evidence: what happened was none of its business");
            }
            let excused =
                concerned[connection] && matches!(step, Step::Delete(_) | Step::Terminate(_) | Step::Routes(_));
            if before.carried[connection] && !after.carried[connection] && !excused {
                let gone = matches!(step, Step::Gateway(..));
                if !gone {
                    self.wrong = Some("an IKE_SA that worked was given up without evidence");
                }
            }
            if is == State::Stopped && was != State::Stopped && !word {
                self.wrong = Some("stopped without an operator's word");
            }
            let (had, has) = (failures(was), failures(is));
            let routes = self.routes;
            for gateway in (0..SEGWS).filter(|gateway| routes >> gateway & 1 == 0) {
                if has.failed.contains(gateway) && !had.failed.contains(gateway) {
                    self.wrong = Some("a SEGW is blamed for the router's fault");
                }
            }
            if self.routes == 0 && ((has.blamed && !had.blamed) || has.round > had.round) {
                self.wrong = Some("a round counts that failed for the router's fault");
            }
        }
    }

    /// Never two that carry traffic; what charon holds is what the engine follows.
    pub fn never_two(&self) -> bool {
        (0u8..).zip(NAMES).all(|(connection, name)| {
            let role =
                |id| self.engine.ike_sas(name).find(|sa| sa.unique_id == id).map(|sa| (sa.role, sa.end_at.get()));
            let mine = || self.sas.iter().filter(move |sa| sa.connection == connection);
            let leaves = |sa: &&Sa| matches!(role(sa.id), Some((Role::Leaving, Some(_))));
            let followed = mine().all(|sa| role(sa.id).is_some());
            followed && mine().filter(|sa| sa.up && !leaves(sa)).count() <= 1
        })
    }

    /// Each connection that is wanted waits for charon or for its deadline.
    pub fn retries(&self) -> bool {
        (0u8..).zip(NAMES).all(|(connection, name)| {
            let state = self.state(usize::from(connection));
            let main = |up: bool| {
                let mains = self.engine.ike_sas(name).filter(|sa| sa.role == Role::Main);
                let held = |id| self.sas.iter().find(|sa| sa.id == id).is_some_and(|sa| sa.up == up);
                mains.filter(|sa| held(sa.unique_id)).count() == 1
            };
            let timer = || {
                let due = state.poll_at();
                due.is_some() && self.engine.poll_at().is_ok_and(|at| Some(at) <= due)
            };
            match state {
                State::Idle | State::Stopped => !self.sas.iter().any(|sa| {
                    sa.connection == connection && sa.up && {
                        // What an operator stopped has ended, but for what is on its way out.
                        self.engine.ike_sas(name).all(|followed| followed.unique_id != sa.id)
                    }
                }),
                State::Connecting { .. } => main(false) && timer(),
                State::Active { .. } => main(true),
                State::Moving { .. } => main(true) && timer(),
                State::Backoff { .. } | State::Hold { .. } | State::Exhausted { .. } => timer(),
            }
        })
    }

    /// If nothing changes any more, each connection that is wanted comes to a SEGW that lives and answers, if there is one.
    pub fn finds_a_living_segw(&self) -> bool {
        if !(0..SEGWS).any(|gateway| self.answers(gateway)) {
            return true;
        }
        let mut world = self.clone();
        for _ in 0..200 {
            let settled = |connection: usize| match world.state(connection) {
                State::Idle | State::Stopped => true,
                state => state.active().is_some_and(|segw| world.keeps(segw)),
            };
            if settled(0) && settled(1) {
                return true;
            }
            let due = world.sas.iter().find(|sa| !sa.up || !world.keeps(sa.gateway));
            let step = match due {
                Some(sa) if sa.up => Step::Lose(sa.id),
                Some(sa) => Step::Answer(sa.id),
                None => Step::Timeout,
            };
            world.take(step);
        }
        false
    }
}

/// What a connection has and will do, by a hash.
fn course(world: &World, connection: u8, engine: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.hash(&mut hasher);
    // Numbers of IKE_SAs say nothing but who is who: charon's and the engine's go together.
    let mut sas: Vec<(u8, bool, u64)> = Vec::new();
    let name = NAMES[usize::from(connection)];
    for sa in world.sas.iter().filter(|sa| sa.connection == connection) {
        let followed = world.engine.ike_sas(name).find(|followed| followed.unique_id == sa.id);
        sas.push((sa.gateway, sa.up, followed.map_or(0, |followed| normal::of(&format!("{followed:?}"), world.now))));
    }
    let gone = world.engine.ike_sas(name).filter(|followed| world.sas.iter().all(|sa| sa.id != followed.unique_id));
    sas.extend(gone.map(|followed| (u8::MAX, false, normal::of(&format!("{followed:?}"), world.now))));
    sas.sort_unstable();
    sas.hash(&mut hasher);
    for (count, until) in world.refused[usize::from(connection)] {
        (count, until.saturating_sub(world.now)).hash(&mut hasher);
    }
    hasher.finish()
}

/// Two states are the same if the same may happen in them, whichever of the two connections is which (symmetry).
impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let engines = normal::connections(&self.engine, self.now);
        let mut courses: Vec<u64> = (0u8..).zip(engines).map(|(n, engine)| course(self, n, engine)).collect();
        courses.sort_unstable();
        (courses, self.gateways, self.routes, self.mended, self.wrong).hash(hasher);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let of = |world: &Self| {
            let mut hasher = DefaultHasher::new();
            world.hash(&mut hasher);
            hasher.finish()
        };
        of(self) == of(other)
    }
}
