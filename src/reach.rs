//! Whether what is behind a SEGW can be reached: targets that are asked through the tunnel (`probe`). Two speeds: a question each
//! interval while all is well, quick ones from the first that nobody answers. Packets that come in put a question off, once a
//! target has answered through this IKE_SA: a tunnel that data come through is not asked about, nor left. A target that is silent
//! is back by its own answers only, as any packet may be somebody's complaint that it cannot be reached.

use crate::policy::Probe;
use crate::time::Instant;

/// Why no target was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Unasked {
    /// No CHILD_SA that is up takes packets for one of them.
    NoSelector = 1,
    /// This host has no address inside the local traffic selector of the CHILD_SA that would.
    NoAddress = 2,
    /// The CHILD_SA ends when it is not used, and nothing goes out through it.
    Inactivity = 3,
    /// This host's kernel refused to send.
    NotSent = 4,
}

impl Unasked {
    /// The one of that number; what is not known is a refusal of the kernel's.
    #[must_use]
    pub const fn from_u32(number: u32) -> Self {
        match number {
            1 => Self::NoSelector,
            2 => Self::NoAddress,
            3 => Self::Inactivity,
            _ => Self::NotSent,
        }
    }

    /// In `STATUS`, in events and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSelector => "NO_SELECTOR",
            Self::NoAddress => "NO_ADDRESS",
            Self::Inactivity => "INACTIVITY",
            Self::NotSent => "NOT_SENT",
        }
    }
}

/// What has become of a question, a bit for each target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Targets that were asked.
    pub asked: u8,
    /// Those of them that answered.
    pub answered: u8,
    /// Why, if none was asked.
    pub why: Unasked,
}

/// What is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// No target answers any more.
    Silent,
    /// One answers: for the first time, or again.
    Answers,
    /// None could be asked, for another reason than before, if there was one.
    Unasked(Unasked),
}

/// A question in so many is that fast, while none is answered.
const SPEED: u32 = 5;
/// Shortest time that an answer is waited for, in milliseconds.
const SHORTEST_MS: u32 = 200;
/// An answer may take so many times as long as the SEGW's usually do.
const PATIENCE: u32 = 2;
/// Packets that a question to one target may bring about: its answer, or an error about each packet of it.
const PACKETS: u8 = 2;
/// More of them than so many do not count as ours, however many questions nobody answered.
const OURS: u8 = 64;
/// A question that nothing was heard of for so many times as long as its answer was waited for is forgotten.
const FORGOTTEN: u32 = 4;

/// The times of the questions, in milliseconds: the block's, and what answers take on this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// Between two questions while all is well.
    interval: u32,
    /// How long an answer is waited for.
    pub wait: u32,
    /// Questions in a row.
    misses: u32,
    recover: u32,
    /// How many targets there are.
    targets: u8,
}

impl Tempo {
    /// The times of a block, on a line where the SEGW's answers take `answer_ms`, 0 if that is not known.
    #[must_use]
    pub fn new(probe: &Probe, answer_ms: u32) -> Self {
        let wait = (probe.interval_ms / SPEED).max(SHORTEST_MS).max(answer_ms.saturating_mul(PATIENCE));
        Self {
            interval: probe.interval_ms.max(wait),
            wait,
            misses: probe.misses.max(1),
            recover: probe.recover.max(1),
            targets: probe.targets.count(),
        }
    }
}

/// What is known of the targets through one IKE_SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// When to ask next, or to forget what was asked.
    pub due_at: Instant,
    /// The question that is under way.
    serial: Option<u32>,
    /// Questions in a row that nobody answered, and that somebody did.
    missed: u32,
    answered: u32,
    /// `Some(false)`: no target answers; `Some(true)`: one does; `None`: nobody can say yet.
    verdict: Option<bool>,
    /// Since when.
    pub since: Instant,
    /// Which answered the last question.
    last: u8,
    /// Why none is asked.
    unasked: Option<Unasked>,
    /// The CHILD_SAs were set up anew, and no target has answered since.
    renewed: bool,
    /// Packets that came in and went out, when they were last counted. They wrap.
    received: u32,
    sent: u32,
    /// When that was; `None`: never.
    counted_at: Option<Instant>,
    /// Of those to come so many may be the questions' own.
    ours_in: u8,
    ours_out: u8,
    /// Others came in while a question was under way.
    came: bool,
    /// Others went out since the last question.
    went: bool,
}

impl Reach {
    /// Of an IKE_SA that carries traffic from now on; the first question is asked when an answer could be there.
    #[must_use]
    pub fn new(now: Instant, tempo: &Tempo) -> Self {
        Self {
            due_at: now.after(tempo.wait),
            serial: None,
            missed: 0,
            answered: 0,
            verdict: None,
            since: now,
            last: 0,
            unasked: None,
            renewed: false,
            received: 0,
            sent: 0,
            counted_at: None,
            ours_in: 0,
            ours_out: 0,
            came: false,
            went: false,
        }
    }

    /// A question is due; whether packets go out besides, or it is one of a series: then a CHILD_SA that ends when it is not used
    /// is no reason to keep still.
    pub fn ask(&mut self, serial: u32, now: Instant, tempo: &Tempo) -> bool {
        self.serial = Some(serial);
        self.due_at = now.after(tempo.wait.saturating_mul(FORGOTTEN));
        let packets = tempo.targets.saturating_mul(PACKETS);
        self.ours_in = self.ours_in.saturating_add(packets).min(OURS);
        self.ours_out = self.ours_out.saturating_add(packets).min(OURS);
        self.came = false;
        core::mem::replace(&mut self.went, false) || self.missed > 0
    }

    /// The question that is under way.
    #[must_use]
    pub const fn serial(&self) -> Option<u32> {
        self.serial
    }

    /// What has become of a question. One that is not under way any more says nothing.
    pub fn told(&mut self, serial: u32, outcome: Outcome, now: Instant, tempo: &Tempo) -> Option<News> {
        if self.serial != Some(serial) {
            return None;
        }
        self.serial = None;
        self.due_at = now.after(tempo.interval);
        if outcome.asked == 0 {
            (self.missed, self.answered) = (0, 0);
            let before = self.unasked.replace(outcome.why);
            // A tunnel that is not used is none that something is wrong with.
            let told = before == self.unasked || outcome.why == Unasked::Inactivity;
            return if told { None } else { Some(News::Unasked(outcome.why)) };
        }
        self.unasked = None;
        self.last = outcome.answered;
        if outcome.answered & outcome.asked != 0 {
            self.missed = 0;
            self.answered = self.answered.saturating_add(1);
            return match self.verdict {
                Some(true) => None,
                Some(false) if self.answered < tempo.recover => {
                    self.due_at = now.after(tempo.wait);
                    None
                }
                _ => Some(self.turn(true, now)),
            };
        }
        self.answered = 0;
        if core::mem::take(&mut self.came) && self.verdict == Some(true) {
            self.missed = 0;
            return None;
        }
        self.missed = self.missed.saturating_add(1);
        if self.verdict == Some(false) {
            return None;
        }
        if self.missed >= tempo.misses {
            return Some(self.turn(false, now));
        }
        // The answer has been waited for: that was the pause.
        self.due_at = now;
        None
    }

    const fn turn(&mut self, answers: bool, now: Instant) -> News {
        self.verdict = Some(answers);
        self.since = now;
        if answers { News::Answers } else { News::Silent }
    }

    /// The CHILD_SAs are set up anew, once until a target has answered: asks again whether that was of use. Whether it is so.
    pub fn renew(&mut self, now: Instant, tempo: &Tempo) -> bool {
        if self.renewed {
            return false;
        }
        self.renewed = true;
        (self.verdict, self.missed, self.answered) = (None, 0, 0);
        self.since = now;
        self.due_at = now.after(tempo.wait);
        true
    }

    /// A target has answered: the next time that none does the CHILD_SAs may be set up anew again.
    pub const fn settle(&mut self) {
        self.renewed = false;
    }

    /// Whether targets are asked for the CHILD_SAs that were set up anew.
    #[must_use]
    pub const fn is_renewed(&self) -> bool {
        self.renewed
    }

    /// So many packets have come in altogether, and gone out.
    pub fn counted(&mut self, received: u64, sent: u64, now: Instant, tempo: &Tempo) {
        let before = self.counted_at.replace(now);
        let (came, went) = (more(received, &mut self.received), more(sent, &mut self.sent));
        let Some(before) = before else { return };
        let (came, went) = (others(came, &mut self.ours_in), others(went, &mut self.ours_out));
        self.went |= went;
        if !came || self.verdict != Some(true) {
            return;
        }
        self.missed = 0;
        if self.serial.is_some() {
            self.came = true;
        } else {
            // They came at some moment between the two: the first of them counts, so that nothing is noticed late.
            self.due_at = self.due_at.max(before.after(tempo.interval));
        }
    }

    /// What is known, as `STATUS` says it.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match (self.unasked, self.verdict) {
            (Some(_), _) => "UNASKED",
            (None, Some(true)) => "ANSWERS",
            (None, Some(false)) => "SILENT",
            (None, None) => "ASKING",
        }
    }

    /// `Some(false)`: no target answers; `Some(true)`: one does; `None`: nobody can say yet.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn verdict(&self) -> Option<bool> {
        self.verdict
    }

    /// Why none is asked.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn unasked(&self) -> Option<Unasked> {
        self.unasked
    }

    /// Questions in a row that nobody answered.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.missed
    }

    /// Whether the target at a place answered the last question; `None`: it was not asked yet, or cannot be.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn answers(&self, place: u32) -> Option<bool> {
        if self.unasked.is_some() || (self.verdict.is_none() && self.missed == 0 && self.last == 0) {
            return None;
        }
        Some(self.last & 1u8.wrapping_shl(place) != 0)
    }
}

/// How many more they are than before. Fewer than there were: a CHILD_SA has gone.
#[expect(clippy::cast_possible_truncation, reason = "they wrap, on purpose")]
const fn more(now: u64, before: &mut u32) -> u32 {
    let more = (now as u32).wrapping_sub(*before);
    *before = now as u32;
    if more < u32::MAX / 2 { more } else { 0 }
}

/// Whether there are others among so many packets than those that the questions account for.
fn others(packets: u32, ours: &mut u8) -> bool {
    let known = u8::try_from(packets).unwrap_or(u8::MAX).min(*ours);
    *ours = ours.saturating_sub(known);
    packets > u32::from(known)
}

#[cfg(test)]
mod tests {
    use super::{News, Outcome, Reach, Tempo, Unasked};
    use crate::policy::{Probe, Targets};
    use crate::time::Instant;
    use std::vec::Vec;

    const ANSWER: Outcome = Outcome { asked: 1, answered: 1, why: Unasked::NotSent };
    const MISS: Outcome = Outcome { answered: 0, ..ANSWER };

    fn probe() -> Probe {
        Probe { targets: Targets::read("10.1.0.1").unwrap(), ..Probe::DEFAULT }
    }

    /// Questions and answers in virtual time, traffic counted four times a second.
    struct Lab {
        reach: Reach,
        tempo: Tempo,
        now: u64,
        serial: u32,
        received: u64,
        sent: u64,
        /// When it was asked, and what was said.
        asked: Vec<u64>,
        news: Vec<(u64, News)>,
    }

    #[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
    impl Lab {
        fn new(probe: &Probe) -> Self {
            let tempo = Tempo::new(probe, 20);
            let reach = Reach::new(Instant(0), &tempo);
            let (asked, news) = (Vec::new(), Vec::new());
            Self { reach, tempo, now: 0, serial: 0, received: 0, sent: 0, asked, news }
        }

        /// Until then: what is asked is answered after 20 ms, or not at all; so many packets a second come in and go out.
        fn run(&mut self, until: u64, answers: bool, packets: u64) {
            while self.now < until {
                let look = (self.now / 250 + 1) * 250;
                let due = self.reach.due_at.0.max(self.now);
                if look <= due {
                    self.now = look;
                    self.received += packets / 4;
                    self.sent += packets / 4;
                    self.reach.counted(self.received, self.sent, Instant(look), &self.tempo);
                    continue;
                }
                self.now = due;
                self.serial += 1;
                self.asked.push(due);
                self.reach.ask(self.serial, Instant(due), &self.tempo);
                self.sent += 1;
                let wait = if answers { 20 } else { u64::from(self.tempo.wait) };
                self.received += u64::from(answers);
                for look in (due / 250 + 1)..=((due + wait) / 250) {
                    self.received += packets / 4;
                    self.sent += packets / 4;
                    self.reach.counted(self.received, self.sent, Instant(look * 250), &self.tempo);
                }
                self.now = due + wait;
                let outcome = if answers { ANSWER } else { MISS };
                let news = self.reach.told(self.serial, outcome, Instant(self.now), &self.tempo);
                self.news.extend(news.map(|news| (self.now, news)));
            }
        }
    }

    #[test]
    fn an_idle_tunnel_is_asked_each_interval_and_a_silent_one_quickly() {
        let mut lab = Lab::new(&probe());
        lab.run(30_000, true, 0);
        assert_eq!(lab.news, [(1_020, News::Answers)]);
        assert_eq!(lab.asked, [1_000, 6_020, 11_040, 16_060, 21_080, 26_100]);
        lab.run(60_000, false, 0);
        // 26.1 s, and the interval, and four times a second.
        assert_eq!(lab.news.last(), Some(&(35_120, News::Silent)));
        assert_eq!(lab.asked[6..12], [31_120, 32_120, 33_120, 34_120, 40_120, 46_120]);
        lab.run(70_000, true, 0);
        assert_eq!(lab.news.last(), Some(&(65_160, News::Answers)), "{:?}", lab.asked);
    }

    #[test]
    fn a_flapping_target_is_not_back_at_once() {
        let mut lab = Lab::new(&Probe { recover: 3, ..probe() });
        lab.run(10_000, false, 0);
        assert_eq!(lab.news, [(5_000, News::Silent)]);
        for _ in 0..20 {
            lab.run(lab.now + 1, true, 0);
            lab.run(lab.now + 1, true, 0);
            lab.run(lab.now + 1, false, 0);
        }
        assert_eq!(lab.news.len(), 1);
    }

    #[test]
    fn traffic_that_comes_in_puts_the_question_off() {
        let mut lab = Lab::new(&probe());
        lab.run(10_000, true, 400);
        assert_eq!(lab.asked, [1_000], "asked until it has answered once");
        lab.run(600_000, true, 400);
        assert_eq!(lab.asked.len(), 1);
        // It stops, and nothing answers: one interval and four waits.
        lab.run(620_000, false, 0);
        let (at, news) = *lab.news.last().unwrap();
        assert!(news == News::Silent && (608_750..=609_250).contains(&at), "{:?}", lab.news);
    }

    #[test]
    fn traffic_that_comes_back_ends_the_suspicion() {
        let mut lab = Lab::new(&probe());
        lab.run(20_000, true, 400);
        let before = lab.asked.len();
        lab.run(27_000, false, 0);
        assert!(lab.asked.len() > before);
        lab.run(60_000, false, 400);
        assert_eq!(lab.news.len(), 1, "a target that is dead is no reason while data come in: {:?}", lab.news);
    }

    #[test]
    fn complaints_about_the_question_are_no_traffic() {
        // One packet comes in for each question that nobody answers: the SEGW says that the host cannot be reached.
        let mut lab = Lab::new(&probe());
        lab.run(20_000, true, 0);
        for _ in 0..30 {
            lab.run(lab.now + 1_000, false, 0);
            lab.received += 1;
        }
        assert_eq!(lab.news.iter().map(|(_, news)| *news).collect::<Vec<_>>(), [News::Answers, News::Silent]);
    }

    #[test]
    fn a_silent_target_is_back_by_its_own_answers_only() {
        let mut lab = Lab::new(&probe());
        lab.run(10_000, false, 0);
        lab.run(120_000, false, 400);
        assert_eq!(lab.news, [(5_000, News::Silent)]);
        assert_eq!(lab.asked.len(), 4 + 115 / 6, "each interval");
    }

    #[test]
    fn what_cannot_be_asked_counts_nothing_and_is_said_once() {
        let tempo = Tempo::new(&probe(), 20);
        let mut reach = Reach::new(Instant(0), &tempo);
        let mut said = Vec::new();
        for serial in 0..20 {
            let why = [Unasked::NoAddress, Unasked::Inactivity, Unasked::NotSent][serial as usize / 7];
            let at = reach.due_at;
            reach.ask(serial, at, &tempo);
            said.extend(reach.told(serial, Outcome { asked: 0, answered: 0, why }, at, &tempo));
        }
        assert_eq!(said, [News::Unasked(Unasked::NoAddress), News::Unasked(Unasked::NotSent)]);
        assert_eq!(reach.due_at, Instant(1_000 + 20 * 5_000));
    }

    #[test]
    fn a_tunnel_that_ends_unused_is_asked_only_while_packets_go_out() {
        let mut reach = Reach::new(Instant(0), &Tempo::new(&probe(), 20));
        let tempo = Tempo::new(&probe(), 20);
        assert!(!reach.ask(1, Instant(1_000), &tempo));
        reach.told(1, ANSWER, Instant(1_020), &tempo);
        reach.counted(0, 0, Instant(1_250), &tempo);
        // Its own question is no use of it.
        reach.counted(1, 1, Instant(1_500), &tempo);
        assert!(!reach.ask(2, Instant(6_020), &tempo));
        reach.told(2, ANSWER, Instant(6_040), &tempo);
        reach.counted(2, 40, Instant(6_250), &tempo);
        assert!(reach.ask(3, Instant(11_040), &tempo));
        // A series that has begun is asked to its end.
        reach.told(3, MISS, Instant(12_040), &tempo);
        assert!(reach.ask(4, Instant(12_040), &tempo));
    }

    #[test]
    fn a_question_that_got_lost_says_nothing() {
        let tempo = Tempo::new(&probe(), 20);
        let mut reach = Reach::new(Instant(0), &tempo);
        reach.ask(1, Instant(1_000), &tempo);
        assert_eq!(reach.due_at, Instant(5_000));
        reach.ask(2, Instant(5_000), &tempo);
        assert_eq!(reach.told(1, MISS, Instant(5_500), &tempo), None);
        assert_eq!(reach.told(2, ANSWER, Instant(5_600), &tempo), Some(News::Answers));
    }

    #[test]
    fn a_slow_line_is_given_time() {
        assert_eq!((Tempo::new(&probe(), 20).wait, Tempo::new(&probe(), 800).wait), (1_000, 1_600));
        assert_eq!(Tempo::new(&Probe { interval_ms: 500, ..probe() }, 600).interval, 1_200);
    }

    #[test]
    fn what_is_set_up_anew_is_given_its_questions() {
        let mut lab = Lab::new(&probe());
        lab.run(4_999, false, 0);
        assert_eq!(lab.news, [(5_000, News::Silent)]);
        assert!(lab.reach.renew(Instant(5_000), &lab.tempo.clone()));
        lab.run(9_999, false, 0);
        assert_eq!(lab.news.last(), Some(&(10_000, News::Silent)));
        assert!(!lab.reach.renew(Instant(10_000), &lab.tempo.clone()), "once");
        lab.run(30_000, true, 0);
        assert_eq!(lab.news.last().unwrap().1, News::Answers);
        lab.reach.settle();
        lab.run(60_000, false, 0);
        assert!(lab.reach.renew(Instant(60_000), &lab.tempo.clone()));
    }
}
