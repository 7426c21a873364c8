//! What must hold of every decision, whatever the world does: delays within their bounds, no failback before its hold-down,
//! and no round given up while one of its SEGWs was there all the time.

use std::collections::{HashMap, HashSet};

use segw::failover::{Move, Stage, State};
use segw::policy::{DataAction, Failback, OnRefusal, Order, Policy, ProbeAction, StandbyMode};
use segw::segw::SegwSet;

/// What one connection went through.
#[derive(Clone, Debug)]
struct Failures {
    state: State,
    /// When the running round began.
    began: u64,
    /// When the SEGW that carries it began to, or the last move away from it failed.
    settled: u64,
}

pub struct Judge {
    policy: Policy,
    courses: Vec<Failures>,
    /// Whether each gateway is there for us, and since when.
    there: Vec<(bool, u64)>,
    /// Which gateways no data come from.
    mute: Vec<bool>,
    /// Whether what is asked through the tunnels answers, and since when.
    site: (bool, u64),
    /// An operator has said where connections are to be: they go there also without `failback`.
    pub steered: bool,
    /// From where to where connections have gone back.
    back: HashSet<(u8, u8)>,
    /// The shortest and longest time that a gateway took to answer a connection.
    times: HashMap<(usize, usize), (u64, u64)>,
    /// The seconds of local time since Thursday, 2026-01-01, that the clock says, if it is set, and when it was told.
    local: Option<(i64, u64)>,
    /// When a gateway last refused a connection.
    refused: HashMap<(usize, usize), u64>,
    /// Until when a gateway has asked a connection to leave it alone.
    asked: HashMap<(usize, usize), u64>,
}

/// The longest pause after a round that has only met own faults.
const OWN_PAUSE_MS: u64 = 2_000;

/// The rounds that are over in a state that counts them.
fn round(state: State) -> Option<u32> {
    match state {
        State::Connecting { failures, .. }
        | State::Active { failures, .. }
        | State::Moving { failures, .. }
        | State::Hold { failures, .. }
        | State::Backoff { failures, .. } => Some(failures.round),
        _ => None,
    }
}

impl Judge {
    /// `failover` and `probe` are the JSON blocks that the connections have.
    pub fn new(failover: &str, probe: &str, connections: usize, gateways: usize, now: u64) -> Self {
        let mut policy = Policy::DEFAULT;
        for pair in failover.trim_matches(['{', '}']).split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(':').unwrap();
            policy.set(key.trim_matches('"'), value.trim_matches('"')).unwrap();
        }
        for pair in probe.trim_matches(['{', '}']).split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(':').unwrap();
            policy.set(&format!("probe.{}", key.trim_matches('"')), value.trim_matches('"')).unwrap();
        }
        let failures = Failures { state: State::Idle, began: now, settled: now };
        Self {
            policy,
            courses: vec![failures; connections],
            there: vec![(true, now); gateways],
            mute: vec![false; gateways],
            site: (true, now),
            steered: false,
            back: HashSet::new(),
            times: HashMap::new(),
            local: None,
            refused: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    /// A gateway changed its ways, or this host's route to it did.
    pub fn changed(&mut self, gateway: usize, there: bool, now: u64) {
        self.there[gateway] = (there, now);
    }

    /// No data come from a gateway, or they do.
    pub fn muted(&mut self, gateway: usize, mute: bool) {
        self.mute[gateway] = mute;
    }

    /// A gateway was left because it was silent: it was not there, or not for as long as that takes.
    pub fn silent(&self, gateway: usize, now: u64) {
        let (there, since) = self.there[gateway];
        let most = u64::from(self.policy.liveness_interval_ms) * (u64::from(self.policy.liveness_misses) + 1) + 30_000;
        assert!(!there || now - since <= most, "gateway {gateway} was left at {now}, and is there since {since}");
    }

    /// What is asked through the tunnels answers, or does not.
    pub fn site(&mut self, answers: bool, now: u64) {
        self.site = (answers, now);
    }

    /// Whether a target is asked, and a SEGW left for it, and for no other silence.
    pub fn probes(&self) -> bool {
        let probe = &self.policy.probe;
        let leaves = !probe.targets.is_empty() && probe.action != ProbeAction::Report;
        leaves && self.policy.data_action == DataAction::Report
    }

    /// A gateway was left because no data came from it, or no target answered through it.
    pub fn no_data(&self, gateway: usize, now: u64) {
        let (there, since) = self.there[gateway];
        if !self.probes() {
            assert_eq!(self.policy.data_action, DataAction::Move, "nobody asked for that");
            assert!(self.mute[gateway] || !there, "data came from gateway {gateway}");
            return;
        }
        // Or it was so when it was asked.
        let probe = &self.policy.probe;
        let asked = u64::from(probe.interval_ms) * (u64::from(probe.misses) + 1);
        let (answers, back) = self.site;
        let silent = self.mute[gateway] || !there || !answers || now - since <= asked || now - back <= asked;
        assert!(silent, "the target answered through gateway {gateway}");
    }

    /// A standby at `to` is dialled while `active` carries the traffic since `since`.
    pub fn standby(&self, active: u8, since: u64, to: u8, now: u64) {
        assert_eq!(self.policy.standby, StandbyMode::Ike, "nobody asked for a standby");
        assert!(active != to, "a standby at the SEGW that carries the traffic");
        let lasted = now - since;
        assert!(lasted >= u64::from(self.policy.stable_ms), "a standby after {lasted} ms");
    }

    /// What the clock says from now on, in seconds of local time.
    pub fn clock(&mut self, local_s: Option<i64>, now: u64) {
        self.local = local_s.map(|local_s| (local_s, now));
    }

    /// Whether a failback may begin now, by the hours as they are written.
    fn is_open(&self, now: u64) -> bool {
        const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
        let written = self.policy.failback_window.to_string();
        let Some((local_s, told)) = self.local else { return written == "always" };
        let minute = (local_s + i64::try_from((now - told) / 1_000).unwrap()).div_euclid(60);
        let day = |minute: i64| DAYS[usize::try_from(minute.div_euclid(1_440).rem_euclid(7)).unwrap()];
        // A day as it is written is one of a list that begins with the first.
        let among = |days: &str, day: &str| {
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let week = || DAYS.iter().cycle().skip_while(|it| **it != first).take(7);
            week().take_while(|it| **it != last).chain([&last]).any(|it| *it == day)
        };
        let count = |time: &str| {
            let (hour, minute) = time.split_once(':').unwrap();
            hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
        };
        written == "always"
            || written.split(", ").any(|window| {
                let (days, hours) = window.rsplit_once(' ').unwrap_or(("mon-sun", window));
                let (from, to) = hours.split_once('-').map(|(from, to)| (count(from), count(to))).unwrap();
                let of_day = minute.rem_euclid(1_440);
                let (today, yesterday) = (among(days, day(minute)), among(days, day(minute - 1_440)));
                if from < to {
                    today && (from..to).contains(&of_day)
                } else {
                    today && of_day >= from || yesterday && of_day < to
                }
            })
    }

    pub fn refused(&mut self, connection: usize, gateway: usize, now: u64) {
        self.refused.insert((connection, gateway), now);
    }

    /// A gateway sent a connection away for `ms`; up to an eighth is added to that.
    pub fn sent_away(&mut self, connection: usize, gateway: usize, ms: u64, now: u64) {
        self.refused(connection, gateway, now);
        self.asked.insert((connection, gateway), now + ms + ms / 8);
    }

    /// The engine has been drained; the connection stands at `state`.
    pub fn see(&mut self, number: usize, state: State, now: u64) {
        let before = self.courses[number].state;
        if before == state {
            return;
        }
        if let State::Moving { why: Move::Failback, from, to, .. } = state {
            if !matches!(before, State::Moving { .. }) {
                self.failback(number, from, now);
            }
            if !self.steered {
                self.preferred(number, from, to);
            }
        }
        // One that failed may be followed by another to the next SEGW.
        if let (State::Moving { to: tried, .. }, State::Moving { why: Move::Failback, to, .. }) = (before, state) {
            let open = to == tried || self.steered || self.is_open(now);
            assert!(open, "another failback outside of {:?}", self.policy.failback_window);
        }
        if let State::Backoff { failures, retry_at, stay } = state {
            let delay = retry_at.0 - now;
            // After a loss the next SEGW may have to wait for its moment.
            let spread = self.policy.spread_ms > 0 && before.active().is_some() && stay.is_some();
            if spread {
                assert!(delay < u64::from(self.policy.spread_ms), "a wait of {delay} ms");
            // Back from hold it may only wait for the end of a penalty.
            } else if !matches!(before, State::Backoff { .. } | State::Hold { stage: Stage::Down, .. }) {
                // A round that has only met own faults is not counted, and its pause is short.
                let counted = round(before).is_none_or(|round| failures.round > round);
                if counted {
                    self.pause(number, failures.round, delay, now);
                } else {
                    assert!((1..=OWN_PAUSE_MS).contains(&delay), "a pause of {delay} ms");
                }
                self.given_up(number, now);
            }
        }
        let failures = &mut self.courses[number];
        let moved = before.active() != state.active();
        let back = matches!((before, state), (State::Moving { .. }, State::Active { .. }));
        if moved || back {
            failures.settled = now;
        }
        // A round begins when a connection is started, after a pause, and after a success that lasted.
        let stable = |since: segw::time::Instant| now - since.0 >= u64::from(self.policy.stable_ms);
        let fresh = match before {
            State::Idle | State::Stopped | State::Exhausted { .. } | State::Backoff { .. } => true,
            State::Active { since, .. } | State::Moving { since, .. } => stable(since) && state.active().is_none(),
            _ => false,
        };
        let forgiven = matches!(state, State::Active { failures, .. } if failures.flapped == SegwSet::EMPTY);
        if fresh || forgiven {
            failures.began = now;
        }
        failures.state = state;
    }

    fn failback(&self, number: usize, from: u8, now: u64) {
        assert!(self.steered || self.policy.failback == Failback::HoldDown, "nobody asked for a failback");
        let listed = self.policy.order == Order::List && self.policy.preferences.is_empty();
        assert!(self.steered || from > 0 || !listed, "home already");
        assert!(self.steered || self.is_open(now), "a failback outside of {:?}", self.policy.failback_window);
        let waited = now - self.courses[number].settled;
        assert!(waited >= u64::from(self.policy.hold_down_ms), "a failback after {waited} ms");
    }

    /// Whether it matters how long gateways take to answer.
    pub fn times(&self) -> bool {
        self.policy.order == Order::Rtt
    }

    /// A gateway has answered a connection after `ms`.
    pub fn heard(&mut self, number: usize, gateway: usize, ms: u64) {
        let (least, most) = self.times.entry((number, gateway)).or_insert((ms, ms));
        (*least, *most) = ((*least).min(ms), (*most).max(ms));
    }

    /// Nobody has steered, and a connection goes back from one gateway to another: for a reason that lasts.
    fn preferred(&mut self, number: usize, from: u8, to: u8) {
        let preferences: Vec<u8> = self.policy.preferences.iter().collect();
        let preference = |segw: u8| preferences.get(usize::from(segw)).copied().unwrap_or(0);
        assert!(preference(to) <= preference(from), "back to {to}, which is less preferred than {from}");
        if preference(to) < preference(from) {
            return;
        }
        if self.times() {
            // A mean is no less than the shortest and no more than the longest; and one millisecond is lost where it is rounded.
            let time = |segw: u8| self.times.get(&(number, usize::from(segw)));
            let (Some((least, _)), Some((_, most))) = (time(to), time(from)) else {
                panic!("from {from} to {to}, one of which was never heard");
            };
            assert!(least * 2 <= most + 2 && least + 20 <= most + 1, "from {from}, {most} ms, to {to}, {least} ms");
        } else {
            assert!(!self.back.contains(&(to, from)), "from {from} to {to}, and it has gone the other way as well");
            self.back.insert((from, to));
        }
    }

    /// The pause before round `round` lasts `delay` ms.
    fn pause(&self, number: usize, round: u32, delay: u64, now: u64) {
        let policy = &self.policy;
        let mut full = u64::from(policy.backoff_initial_ms);
        for _ in 1..round.min(64) {
            full = full.saturating_mul(u64::from(policy.backoff_base)).min(u64::from(policy.backoff_limit_ms));
        }
        let least = full - full * u64::from(policy.jitter_pct) / 100;
        assert!(delay >= least.max(1), "a pause of {delay} ms, at least {least} expected in round {round}");
        let barred = self.refused.keys().any(|(connection, _)| *connection == number);
        let most = if barred { full.max(u64::from(policy.auth_penalty_ms)) } else { full };
        let asked = self.asked.iter().filter(|((connection, _), _)| *connection == number).map(|(_, until)| *until);
        let most = asked.max().map_or(most, |until| most.max(until.saturating_sub(now)));
        assert!(delay <= most, "a pause of {delay} ms, at most {most} expected in round {round}");
    }

    /// Every SEGW has failed, it is said: none may have been there, and carried data, since before the round began.
    fn given_up(&self, number: usize, now: u64) {
        let failures = &self.courses[number];
        for (gateway, (there, since)) in self.there.iter().enumerate() {
            let penalty = u64::from(self.policy.auth_penalty_ms);
            let barred = self.refused.get(&(number, gateway)).is_some_and(|at| now - at <= penalty);
            let barred = barred || self.asked.get(&(number, gateway)).is_some_and(|until| *until >= failures.began);
            let stays = self.policy.on_refusal == OnRefusal::Stay;
            assert!(
                !there
                    || self.mute[gateway]
                    || !self.site.0
                    || self.site.1 >= failures.began
                    || barred
                    || stays
                    || *since >= failures.began,
                "gave up at {now} while gateway {gateway} was there since {since}, round since {}",
                failures.began
            );
        }
    }
}
