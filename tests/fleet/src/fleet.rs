//! Virtual time: a fleet of routers loses its SEGW, and finds another; then, if the case has that, goes home.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use segw::policy::Policy;

use crate::gateway::Gateway;
use crate::router::{Dial, Router};

/// What a request that got no answer waits until it is sent again, in milliseconds; then twice that, and so on, as the
/// plugin has charon do it.
const REPEAT_MS: u32 = 500;
/// When the SEGW dies, in milliseconds: by then it has carried everybody for `stable_ms`.
const DEATH_MS: u32 = 60_000;

/// What is played.
#[derive(Clone)]
pub struct Case {
    pub name: &'static str,
    pub about: &'static str,
    pub policy: Policy,
    /// SEGWs that are left.
    pub spares: u8,
    /// The SEGW comes back as soon as everybody is served elsewhere.
    pub failback: bool,
}

/// The fleet, and what the SEGWs can do.
#[derive(Clone, Copy)]
pub struct Size {
    pub routers: u32,
    /// Handshakes a second of each SEGW.
    pub rate: u64,
    /// Handshakes that wait at each SEGW.
    pub queue: usize,
    /// Within how many milliseconds all have noticed that the SEGW is dead.
    pub notice_ms: u32,
}

impl Size {
    /// How long SEGWs need that never wait for anybody, in milliseconds.
    pub fn ideal_ms(&self, spares: u8) -> f64 {
        f64::from(self.routers) * 1_000.0 / (self.rate as f64 * f64::from(spares))
    }
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    /// When each router was served, in milliseconds from the death, in order.
    pub served: Vec<u32>,
    /// Dials to SEGWs that live, until everybody was served.
    pub attempts: u64,
    /// Handshakes that were completed for nobody.
    pub wasted: u64,
    /// Requests that found no room.
    pub dropped: u64,
    /// Handshakes that were of use, for each second.
    pub each_second: Vec<u32>,
    /// When each router was home, in milliseconds from the return of its SEGW, in order.
    pub home: Vec<u32>,
    /// Trials of a failback, from that moment on.
    pub trials: u64,
    /// Routers that were without a carrier for a moment while they went home.
    pub broken: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A router notices that its SEGW is dead.
    Notice,
    /// A router wants to be called.
    Timer,
    /// A request is sent again, for the `n`th time.
    Repeat { id: u32, n: u8 },
    /// A SEGW has had a millisecond.
    Work,
}

/// When, in which order, of which router or SEGW, what.
type Due = Reverse<(u32, u32, u32, Kind)>;

struct Fleet {
    now: u32,
    routers: Vec<Router>,
    gateways: Vec<Gateway>,
    due: BinaryHeap<Due>,
    order: u32,
    outcome: Outcome,
    /// Whether each router was served, and has come home.
    served: Vec<bool>,
    at_home: Vec<bool>,
    /// When the SEGW came back; 0: not yet.
    back: u32,
}

impl Fleet {
    fn new(case: &Case, size: Size) -> Self {
        let addrs: Vec<String> = (1..=case.spares + 1).map(|n| format!("192.0.2.{n}")).collect();
        let addrs = addrs.join(",");
        let routers = (0..size.routers).map(|router| Router::new(1, router, &addrs, case.policy)).collect();
        let gateways = (0..=case.spares).map(|n| Gateway::new(n > 0, size.rate, size.queue)).collect();
        Self {
            now: 1,
            routers,
            gateways,
            due: BinaryHeap::new(),
            order: 0,
            outcome: Outcome::default(),
            served: vec![false; size.routers as usize],
            at_home: vec![false; size.routers as usize],
            back: 0,
        }
    }

    fn at(&mut self, at: u32, whose: u32, kind: Kind) {
        self.order = self.order.wrapping_add(1);
        self.due.push(Reverse((at, self.order, whose, kind)));
    }

    /// A request reaches its SEGW, or not.
    fn send(&mut self, router: u32, id: u32, gateway: usize, n: u8) {
        if !self.gateways[gateway].alive {
            return;
        }
        match self.gateways[gateway].take((router, id)) {
            Some(true) => self.at(self.now + 1, gateway as u32, Kind::Work),
            Some(false) => (),
            None => {
                self.outcome.dropped += 1;
                self.at(self.now + (REPEAT_MS << n), router, Kind::Repeat { id, n: n + 1 });
            }
        }
    }

    /// What a router has decided is carried out.
    fn settle(&mut self, router: u32) {
        let mut dials: [Option<Dial>; 4] = Default::default();
        let mut count = 0;
        let it = &mut self.routers[router as usize];
        it.drain(self.now, |dial| {
            dials[count] = Some(dial);
            count += 1;
        });
        let rearmed = it.rearm();
        if self.back > 0 && it.carriers() == 0 {
            self.outcome.broken += 1;
        }
        if let Some(at) = rearmed {
            self.at(at, router, Kind::Timer);
        }
        for dial in dials.into_iter().flatten() {
            let gateway = usize::from(dial.segw);
            if self.back > 0 {
                self.outcome.trials += 1;
            } else if self.gateways[gateway].alive {
                self.outcome.attempts += 1;
            }
            self.send(router, dial.id, gateway, 0);
        }
    }

    fn happen(&mut self, whose: u32, kind: Kind) {
        match kind {
            Kind::Notice => {
                self.routers[whose as usize].lose(self.now);
                self.settle(whose);
            }
            Kind::Timer => {
                let router = &mut self.routers[whose as usize];
                if router.timer == self.now {
                    router.timer = 0;
                    router.timeout(self.now);
                    self.settle(whose);
                }
            }
            Kind::Repeat { id, n } => {
                // A dial that was given up is not sent again. It is to the SEGW that it is to.
                if let Some(segw) = self.routers[whose as usize].awaited(id) {
                    self.send(whose, id, usize::from(segw), n);
                }
            }
            Kind::Work => {
                let done: Vec<_> = self.gateways[whose as usize].work().collect();
                for (router, id) in done {
                    self.answer(router, id);
                }
                if !self.gateways[whose as usize].is_idle() {
                    self.at(self.now + 1, whose, Kind::Work);
                }
            }
        }
    }

    fn answer(&mut self, router: u32, id: u32) {
        let number = router as usize;
        if !self.routers[number].answered(self.now, id) {
            self.outcome.wasted += 1;
            return;
        }
        self.settle(router);
        let active = self.routers[number].active();
        if self.back > 0 {
            if active == Some(0) && !std::mem::replace(&mut self.at_home[number], true) {
                self.outcome.home.push(self.now - self.back);
            }
        } else if active.is_some() && !std::mem::replace(&mut self.served[number], true) {
            let after = self.now - DEATH_MS;
            self.outcome.served.push(after);
            let second = (after / 1_000) as usize;
            if self.outcome.each_second.len() <= second {
                self.outcome.each_second.resize(second + 1, 0);
            }
            self.outcome.each_second[second] += 1;
        }
    }

    /// Lets time pass until `enough`, or `until`. Whether it was enough.
    fn run(&mut self, until: u32, enough: impl Fn(&Self) -> bool) -> bool {
        while !enough(self) {
            match self.due.pop() {
                Some(Reverse((at, _, whose, kind))) if at <= until => {
                    self.now = at.max(self.now);
                    self.happen(whose, kind);
                }
                _ => return false,
            }
        }
        true
    }
}

/// Plays a case; gives up after so many times what an ideal SEGW would need.
pub fn play(case: &Case, size: Size, patience: f64) -> Outcome {
    let mut fleet = Fleet::new(case, size);
    for router in 0..size.routers {
        fleet.settle(router);
        // Their checks are not in step.
        let phase = u64::from(router.wrapping_mul(2_246_822_519)) * u64::from(size.notice_ms) >> 32;
        fleet.at(DEATH_MS + phase as u32, router, Kind::Notice);
    }
    let everybody = size.routers as usize;
    let limit = (size.ideal_ms(case.spares) * patience) as u32 + 600_000;
    let done = fleet.run(DEATH_MS + limit, |fleet| fleet.outcome.served.len() == everybody);
    if done && case.failback {
        fleet.back = fleet.now;
        fleet.gateways[0].alive = true;
        // The hold-down, and what is on its way.
        let limit = fleet.now + case.policy.hold_down_ms + (size.ideal_ms(1) * patience) as u32 + 60_000;
        fleet.run(limit, |fleet| fleet.outcome.home.len() == everybody);
    }
    fleet.outcome
}
