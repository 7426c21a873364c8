//! Gateways, routes and time around a real engine; what it asks for waits its turn in charon.

use std::collections::BTreeMap;

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::error::Error;
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};
use segw::time::Instant;

use crate::charon::{Due, Job, Phase, Sa};
use crate::clock::Clock;
use crate::log::Log;

pub const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };
/// Of an IKE_SA that comes of a rekeying.
pub const REKEYED: Facts = Facts { authenticated: true, ..FACTS };

/// What charon takes to give up an exchange.
pub const RETRANSMIT_MS: u64 = 4_000;
/// What an answer takes.
pub const ANSWER_MS: u64 = 50;

/// How a gateway behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// Answers and keeps the connection.
    Alive,
    /// Answers nothing.
    Dead,
    /// Refuses our credentials.
    Refuses,
    /// Refuses our algorithms.
    NoProposal,
    /// Accepts, then deletes at once.
    Drops,
    /// Accepts the IKE_SA, refuses its CHILD_SA.
    ChildFails,
    /// Answers, but so many milliseconds late.
    Late(u64),
}

pub const POLICIES: [&str; 8] = [
    "{}",
    r#"{"failback":"hold_down","hold_down_ms":20000,"stable_ms":2000,"liveness_interval_ms":1000}"#,
    r#"{"connect_timeout_ms":1000,"backoff_initial_ms":100,"backoff_limit_ms":1000,"jitter_pct":100,"stable_ms":0}"#,
    r#"{"connect_timeout_ms":0,"auth_penalty_ms":1000,"failback":"hold_down","hold_down_ms":1000,"liveness_interval_ms":400}"#,
    r#"{"on_refusal":"next","auth_penalty_ms":3000,"liveness_interval_ms":500,"max_rounds":2,"exhausted_retry_ms":5000}"#,
    r#"{"order":"hash","failback":"hold_down","hold_down_ms":5000,"stable_ms":1000}"#,
    r#"{"order":"rtt","failback":"hold_down","hold_down_ms":5000,"stable_ms":0,"liveness_interval_ms":1000}"#,
    r#"{"liveness_interval_ms":0,"connect_timeout_ms":2500,"backoff_base":1,"jitter_pct":0,"failback":"hold_down","hold_down_ms":5000,"hold_down_limit_ms":20000}"#,
];

pub struct World {
    pub engine: Engine,
    now: u64,
    pub gateways: Vec<Gateway>,
    /// Which addresses of each gateway answer.
    pub addrs: Vec<Vec<bool>>,
    /// Gateways that this host has a route to.
    pub routes: Vec<bool>,
    pub sas: BTreeMap<u32, Sa>,
    due: BTreeMap<(u64, u64), Due>,
    order: u64,
    next_id: u32,
    random: u64,
    /// The addresses of each gateway that its name has been tried at.
    pub tried: Vec<Vec<usize>>,
    /// How many milliseconds an action waits in charon, at most.
    pub slow: u64,
    policy: usize,
    /// Another secret each time, so that the connection is started anew.
    secret: usize,
    log: Log,
    /// Whether somebody asked for an end.
    pub operated: bool,
    /// Whether charon dialled by itself.
    pub trapped: bool,
}

impl World {
    /// The first gateway of three is an address, the others are names of two and three.
    pub fn new(seed: u64, gateways: usize, policy: usize) -> Self {
        let mut world = Self {
            engine: Engine::new(Instant(0), seed),
            now: 0,
            gateways: vec![Gateway::Alive; gateways],
            addrs: (0..gateways).map(|number| vec![true; 1 + number % 3]).collect(),
            routes: vec![true; gateways],
            sas: BTreeMap::new(),
            due: BTreeMap::new(),
            order: 0,
            next_id: 1,
            random: seed | 1,
            tried: vec![vec![]; gateways],
            slow: 3,
            policy,
            secret: 0,
            log: Log::default(),
            operated: false,
            trapped: false,
        };
        world.engine.set_device(Instant(0), &seed.to_be_bytes());
        world.apply(policy, false);
        world
    }

    /// Below `limit`, by the seed.
    pub fn roll(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    pub fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub fn apply(&mut self, policy: usize, anew: bool) {
        self.policy = policy;
        self.secret += usize::from(anew);
        let names: Vec<String> = self.addrs.iter().enumerate().map(|(n, addrs)| name(n, addrs.len())).collect();
        let request = format!(
            r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{}"}},"failover":{},
            "local_auth":{{"auth":"psk","secret":"example{}"}},"remote_auth":{{"auth":"psk"}},
            "children":[{{"name":"net","start_action":"start"}}]}}"#,
            names.join(","),
            POLICIES[policy],
            self.secret
        );
        assert!(self.request(&request));
    }

    /// Whether the engine itself asks if a silent gateway is there.
    pub fn is_watched(&self) -> bool {
        !POLICIES[self.policy].contains(r#""liveness_interval_ms":0"#)
    }

    /// Whether it was granted.
    pub fn request(&mut self, request: &str) -> bool {
        self.log.push(format!("{} {}", self.now, request.lines().next().unwrap_or_default()));
        let answer = self.engine.command(Instant(self.now), request.as_bytes(), &mut [0; 65_536]).unwrap();
        self.drain();
        answer.ok
    }

    pub fn at(&mut self, delay: u64, due: Due) {
        self.order += 1;
        self.due.insert((self.now + delay, self.order), due);
    }

    pub fn state(&self) -> State {
        self.engine.state("vpn").unwrap()
    }

    pub fn note(&mut self, what: impl core::fmt::Debug) {
        self.log.push(format!("{} {what:?}", self.now));
    }

    /// The end of what happened.
    pub fn story(&self) -> String {
        self.log.tail()
    }

    /// Whether the engine took it: it need not know an IKE_SA that it let go.
    pub fn feed(&mut self, event: &IkeEvent) -> Result<(), Error> {
        if !matches!(event, IkeEvent::Heard { .. } | IkeEvent::Counted { .. }) {
            self.note(event);
        }
        let taken = self.engine.ike_event(Instant(self.now), event);
        self.drain();
        taken
    }

    pub fn becomes(&mut self, unique_id: u32, state: IkeState, facts: Facts) {
        let _ = self.feed(&IkeEvent::State { unique_id, connection: "vpn", remote: "", state, facts });
    }

    pub fn child(&mut self, unique_id: u32, up: bool, facts: Facts) {
        let child = ChildSa { name: "net", ..ChildSa::default() };
        let _ = self.feed(&IkeEvent::ChildUpDown { unique_id, connection: "vpn", remote: "", child, up, facts });
    }

    pub fn updown(&mut self, unique_id: u32, up: bool) {
        let state = IkeState::Established;
        let _ = self.feed(&IkeEvent::UpDown { unique_id, connection: "vpn", remote: "", state, up });
    }

    pub fn alert(&mut self, unique_id: u32, alert: Alert) {
        let _ = self.feed(&IkeEvent::Alert { unique_id, alert, child: "" });
    }

    /// Puts into charon's queue what the engine asks for.
    fn drain(&mut self) {
        let mut line = [0; 1024];
        while let Ok(len) = self.engine.next_event(&mut line) {
            let text = String::from_utf8_lossy(&line[..len]);
            if text.contains("segw_") {
                self.log.push(text.trim_end().to_owned());
            }
        }
        let mut jobs = vec![];
        while let Ok(action) = self.engine.next_action() {
            jobs.push(match action {
                Action::Initiate { segw, serial, again, .. } => Job::Dial { gateway: segw.into(), serial, again },
                Action::Terminate { unique_id } => Job::End { unique_id, again: false },
                Action::Measure { unique_id, .. } => Job::Measure(unique_id),
                Action::Probe { unique_id, .. } => Job::Probe(unique_id),
                Action::Routes { .. } => Job::Routes,
                Action::Complete { .. } | Action::Reach { .. } | Action::Rekey { .. } | Action::Unload { .. } => {
                    continue;
                }
            });
        }
        for job in jobs {
            if !matches!(job, Job::Measure(_) | Job::Probe(_)) {
                self.note(job);
            }
            let delay = self.roll(self.slow + 1);
            self.at(delay, Due::Job(job));
        }
        self.check();
    }

    /// What must hold whenever the engine has been drained.
    fn check(&self) {
        let mains = self.engine.ike_sas("vpn").filter(|sa| sa.role == Role::Main).count();
        assert!(mains <= 1, "{mains} active IKE_SAs\n{}", self.story());
        match self.state() {
            State::Backoff { .. } | State::Hold { .. } => assert!(self.engine.poll_at().is_ok(), "{}", self.story()),
            State::Active { .. } | State::Moving { .. } => assert_eq!(mains, 1, "{}", self.story()),
            _ => (),
        }
    }

    pub fn reaches(&self, sa: &Sa) -> bool {
        self.routes[sa.gateway] && self.addrs[sa.gateway][sa.addr] && self.gateways[sa.gateway] != Gateway::Dead
    }

    /// IKE_SAs that carry traffic.
    pub fn carrying(&self) -> impl Iterator<Item = (&u32, &Sa)> {
        self.sas.iter().filter(|(_, sa)| sa.phase != Phase::Dialling)
    }

    pub fn set(&mut self, gateway: usize, kind: Gateway) {
        self.gateways[gateway] = kind;
        self.changed(gateway);
    }

    /// A gateway that is back answers what charon still retransmits; one that is gone is missed, by and by.
    pub fn changed(&mut self, gateway: usize) {
        let sas: Vec<_> = self.sas.iter().filter(|(_, sa)| sa.gateway == gateway).map(|(id, sa)| (*id, *sa)).collect();
        for (id, sa) in sas {
            if self.reaches(&sa) {
                let due = match sa.phase {
                    Phase::Dialling => Due::Answer(id),
                    Phase::Rekeying(_) => Due::Rekeyed(id),
                    Phase::Up | Phase::Reauthenticating => Due::Heard(id),
                };
                self.at(ANSWER_MS, due);
            } else if sa.phase == Phase::Up && !self.is_watched() {
                self.at(RETRANSMIT_MS, Due::Dpd(id));
            }
        }
    }

    /// The network is there, and charon is as quick as it can be.
    pub fn calm(&mut self) {
        self.slow = 3;
        self.addrs.iter_mut().flatten().for_each(|up| *up = true);
        self.route(None, true);
    }

    /// This host gets a route to a gateway, or loses it; `None`: to all of them, its link.
    pub fn route(&mut self, gateway: Option<usize>, up: bool) {
        for number in 0..self.routes.len() {
            if gateway.is_none_or(|gateway| gateway == number) {
                self.routes[number] = up;
                self.changed(number);
            }
        }
        let _ = self.feed(&IkeEvent::Roam);
    }
}

fn name(number: usize, addrs: usize) -> String {
    if addrs > 1 { format!("g{number}.example") } else { format!("10.0.0.{}", number + 1) }
}

impl Clock for World {
    const STEPS: u32 = 60_000;

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
        Self::story(self)
    }
}
