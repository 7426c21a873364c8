//! A router and its SEGW in virtual time, around a real engine, on a line that loses packets at random.

use segw::charon::{ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::ike::{Facts, IkeState};
use segw::policy::Policy;
use segw::time::Instant;

const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };
const ID: u32 = 1;

/// What applications do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Nothing.
    Idle,
    /// A packet each so many milliseconds, each with an answer.
    Each(u64),
}

/// Uniform numbers, the same each time.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15))
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn happens(&mut self, share: f64) -> bool {
        ((self.roll() >> 11) as f64) < share * (1u64 << 53) as f64
    }
}

/// Which questions are answered.
#[derive(Clone, Debug)]
pub enum Line {
    /// A packet is lost with this probability, each way.
    Lossy(f64, Dice),
    /// So many questions in a row are not, the next one is.
    Misses(u32),
}

pub struct Device {
    engine: Box<Engine>,
    pub now: u64,
    pub line: Line,
    traffic: Traffic,
    /// What a packet and its answer take.
    rtt: u64,
    /// When the SEGW dies.
    pub dies_at: u64,
    answer: Option<(u64, Option<u32>)>,
    /// Questions since the last answer.
    open: u32,
    /// Traffic so far: packets sent, those whose answers have had their time, those of them without one.
    sent: u64,
    received: u64,
    lost: u64,
    /// Questions so far.
    pub questions: u64,
}

/// What ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The SEGW was left.
    Left,
    /// An answer to a question came.
    Answered,
    /// Time is up.
    Late,
}

impl Device {
    /// Up on the first of two SEGWs since `now`.
    pub fn new(policy: &Policy, now: u64, line: Line, traffic: Traffic, rtt: u64) -> Self {
        let mut engine = Box::new(Engine::new(Instant(now), 7));
        engine.adopt(Instant(now), "vpn", "10.0.0.1,10.0.0.2", 1, *policy).unwrap();
        let (connection, remote) = ("vpn", "10.0.0.1");
        let sent = if let Traffic::Each(ms) = traffic { now / ms } else { 0 };
        let mut device = Self {
            engine,
            now,
            line,
            traffic,
            rtt,
            dies_at: u64::MAX,
            answer: None,
            open: 0,
            sent,
            received: sent,
            lost: 0,
            questions: 0,
        };
        device.feed(&IkeEvent::State { unique_id: ID, connection, remote, state: IkeState::Connecting, facts: FACTS });
        device.feed(&IkeEvent::State { unique_id: ID, connection, remote, state: IkeState::Established, facts: FACTS });
        let child = ChildSa { name: "net", ..ChildSa::default() };
        device.feed(&IkeEvent::ChildUpDown { unique_id: ID, connection, remote, child, up: true, facts: FACTS });
        device.feed(&IkeEvent::Heard { unique_id: ID, answer_ms: u32::try_from(rtt).ok() });
        let _ = device.act();
        device
    }

    fn feed(&mut self, event: &IkeEvent) {
        self.engine.ike_event(Instant(self.now), event).unwrap();
    }

    /// Whether a packet that is sent now is answered.
    fn passes(&mut self) -> bool {
        match &mut self.line {
            _ if self.now >= self.dies_at => false,
            Line::Lossy(share, dice) => !dice.happens(*share) && !dice.happens(*share),
            Line::Misses(0) => true,
            Line::Misses(left) => {
                *left -= 1;
                false
            }
        }
    }

    /// Packets sent and answers received until now.
    fn count(&mut self) {
        let Traffic::Each(gap) = self.traffic else { return };
        let until = self.now;
        while (self.sent + 1) * gap <= until {
            self.sent += 1;
        }
        // Those whose answers have had their time; one that dies takes the answers on their way along.
        while (self.received + 1) * gap + self.rtt <= until {
            self.received += 1;
            self.now = self.received * gap;
            let answered = self.passes() && self.now + self.rtt < self.dies_at;
            self.now = until;
            if !answered {
                self.lost += 1;
            }
        }
    }

    /// Carries out what the engine asks for; whether it leaves the SEGW.
    fn act(&mut self) -> bool {
        loop {
            let action = match self.engine.next_action() {
                Ok(Action::Measure { .. }) => true,
                Ok(Action::Probe { .. }) => false,
                Ok(Action::Initiate { .. } | Action::Terminate { .. }) => return true,
                Ok(_) => continue,
                Err(_) => return false,
            };
            if action {
                self.count();
                let (packets, sent) = (Some(self.received - self.lost), self.sent);
                self.feed(&IkeEvent::Counted { unique_id: ID, packets, sent, route: true });
                continue;
            }
            self.questions += 1;
            self.open += 1;
            if self.passes() && self.answer.is_none() {
                let once = (self.open == 1).then_some(u32::try_from(self.rtt).unwrap());
                self.answer = Some((self.now + self.rtt, once));
            }
        }
    }

    /// Lets time pass.
    pub fn run(&mut self, until: u64, to_answer: bool) -> End {
        loop {
            let timer = self.engine.poll_at().map_or(u64::MAX, |at| at.0.max(self.now));
            let answer = self.answer.map_or(u64::MAX, |(at, _)| at);
            let next = timer.min(answer);
            if next > until {
                self.now = until;
                return End::Late;
            }
            self.now = next;
            if answer <= timer {
                let answer_ms = self.answer.take().and_then(|(_, once)| once.filter(|_| self.open == 1));
                self.open = 0;
                self.feed(&IkeEvent::Heard { unique_id: ID, answer_ms });
                if to_answer {
                    return End::Answered;
                }
            } else {
                self.engine.timeout(Instant(self.now));
            }
            if self.act() {
                return End::Left;
            }
        }
    }
}
