//! Whether a SEGW still lives. Quiet while all is well, quick on suspicion: a SEGW is suspected when packets went out and
//! nothing came in, or when it was silent for an interval; then it is asked, and asked again, each question a packet.
//! Independent of charon's retransmission, which is global and slow (RFC 7296 §2.4 leaves the times to us).

use crate::data_plane::DataPlane;
use crate::policy::Policy;
use crate::time::Instant;

/// What to do when a look is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Count the packets.
    Count,
    /// The same, and the SEGW owes an answer: behind what has come in and waits to be read.
    CountLate,
    /// The last look is not answered yet, so nothing can be said: charon is busy.
    Wait,
}

/// What a look has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No reason to ask.
    Well,
    /// Ask, if no other request waits for its answer; else send that one again.
    Ask,
    /// Send again what waits for its answer.
    Again,
    /// Too many questions without an answer.
    Lost,
}

/// The times of a watch, in milliseconds: the policy's, and what answers take on this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Silence after which an idle SEGW is asked.
    idle: u32,
    /// Silence after which one is that packets go out to; 0: as if they did not.
    suspect: u32,
    /// Time between two questions.
    probe: u32,
    /// Questions without an answer after which the SEGW is lost, a `probe` after the last.
    misses: u32,
    /// Silence of the data plane of a SEGW that answers, after which that is told.
    data: u32,
}

/// Shortest interval and time between two looks of an idle watch, in milliseconds; less would be a load for nothing.
const SHORTEST_MS: u32 = 100;
/// Shortest silence that is suspicious, in milliseconds.
const SHORTEST_SUSPECT_MS: u32 = 200;
/// Looks in a time after which a SEGW is suspected: one whose traffic stops is suspected so much of it early at most.
const LOOKS: u32 = 4;
/// An answer may take so many times as long as usual.
const PATIENCE: u32 = 2;

impl Pace {
    /// The times of a policy, on a line where answers take `answer_ms`, 0 if that is not known.
    #[must_use]
    pub fn new(policy: &Policy, answer_ms: u32) -> Self {
        let patient = answer_ms.saturating_mul(PATIENCE);
        let idle = policy.liveness_interval_ms.max(SHORTEST_MS);
        if policy.liveness_misses > 0 {
            // A question each interval, sent again meanwhile: all together they take so many intervals.
            let probe = (idle / LOOKS).max(SHORTEST_MS).max(patient);
            let misses = idle.saturating_mul(policy.liveness_misses).div_ceil(probe);
            return Self { idle, suspect: 0, probe, misses, data: policy.data_suspect_ms };
        }
        let suspect = match policy.suspect_ms {
            0 => 0,
            suspect => suspect.max(SHORTEST_SUSPECT_MS).max(patient).min(idle),
        };
        let (probe, misses) = (policy.probe_ms.max(patient), policy.probe_misses.max(1));
        Self { idle, suspect, probe, misses, data: policy.data_suspect_ms }
    }

    /// What counts where nothing but questions goes through: the silence after which one is asked, the time between two, and
    /// after how many it is lost.
    #[must_use]
    pub const fn idle_times(&self) -> [u32; 3] {
        [self.idle, self.probe, self.misses]
    }

    /// Time between two looks. While nothing goes either way less often: what begins then is noticed early enough, and a
    /// SEGW that is asked each interval needs no look before it.
    const fn step(&self, quiet: bool) -> u32 {
        match (self.suspect / LOOKS, quiet) {
            (0, true) => self.idle,
            (0, false) if self.idle / LOOKS < SHORTEST_MS => SHORTEST_MS,
            (0, false) => self.idle / LOOKS,
            (step, false) => step,
            (step, true) => step.saturating_mul(2),
        }
    }
}

/// The watch over one IKE_SA that carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// When to look next.
    pub look_at: Instant,
    /// What comes in through its CHILD_SAs.
    pub data: DataPlane,
    /// The last sign of life. Traffic came in at some moment between two looks: the first of them counts, so that a SEGW
    /// is never lost later than its policy says.
    heard_at: Instant,
    /// When packets were last counted.
    counted_at: Instant,
    /// Packets went out since the last sign of life, the first not before this.
    sent_at: Option<Instant>,
    /// Packets that had come in through its CHILD_SAs at the last look, and gone out. They wrap.
    received: u32,
    sent: u32,
    /// Questions since the last sign of life.
    asked: u32,
    /// Those that did not count, because this host was late to ask them.
    excused: u32,
    /// How often in a row a SEGW that nothing came in from was asked early, and answered.
    doubts: u8,
    /// The question was asked before the interval was over.
    early: bool,
    /// Nothing went either way at the last look.
    quiet: bool,
    /// The last look has no answer of charon's yet.
    pending: bool,
}

impl Watch {
    /// Starts watching; `None` if the policy does not ask for it.
    #[must_use]
    pub fn new(now: Instant, policy: &Policy, pace: &Pace) -> Option<Self> {
        let watch = Self {
            look_at: now.after(pace.step(false)),
            data: DataPlane::new(now),
            heard_at: now,
            counted_at: now,
            sent_at: None,
            received: 0,
            sent: 0,
            asked: 0,
            excused: 0,
            doubts: 0,
            early: false,
            quiet: false,
            pending: false,
        };
        (policy.liveness_interval_ms > 0).then_some(watch)
    }

    /// For how long nothing has been heard, in milliseconds.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn silent_ms(&self, now: Instant) -> u64 {
        now.since(self.heard_at)
    }

    /// A message of the SEGW came in.
    pub const fn heard(&mut self, now: Instant) {
        if self.asked > 0 && self.early {
            // Only IKE lives, or traffic goes one way: no reason to ask so soon again.
            self.doubts = self.doubts.saturating_add(1);
        }
        self.alive(now);
    }

    const fn alive(&mut self, at: Instant) {
        self.heard_at = at;
        self.sent_at = None;
        (self.asked, self.excused) = (0, 0);
    }

    /// This host did nothing for so many milliseconds: they say nothing about the SEGW, which is asked once more.
    pub fn excuse(&mut self, late_ms: u32) {
        self.heard_at = self.heard_at.after(late_ms);
        self.sent_at = self.sent_at.map(|at| at.after(late_ms));
        self.data.excuse(late_ms);
        self.asked = self.asked.min(self.asked.saturating_sub(1).max(1));
    }

    /// A look is due.
    pub fn look(&mut self, now: Instant, pace: &Pace) -> Look {
        let late_ms = now.since(self.look_at);
        let step = if self.asked > 0 { pace.probe } else { pace.step(self.quiet) };
        self.look_at = now.after(step);
        if self.pending {
            // What charon has no time for it has not asked either.
            return Look::Wait;
        }
        self.pending = true;
        if self.asked == 0 {
            return Look::Count;
        }
        if late_ms >= u64::from(pace.probe / 2) && self.excused < pace.misses {
            // So late an answer may wait behind what made this late. Not for ever: a host that is always late has to go on.
            self.excused = self.excused.saturating_add(1);
            self.excuse(0);
        }
        Look::CountLate
    }

    /// What the last look asks for will not be told.
    pub const fn uncounted(&mut self) {
        self.pending = false;
    }

    /// So many packets have come in altogether, and gone out; `None`: nothing could be counted, which is no sign of life.
    pub fn counted(&mut self, packets: Option<(u64, u64)>, now: Instant, pace: &Pace) -> Finding {
        self.pending = false;
        let before = core::mem::replace(&mut self.counted_at, now);
        // A charon that was too busy to count says nothing about the SEGW.
        let recently = Instant(now.0.saturating_sub(u64::from(pace.step(self.quiet))));
        let before = before.max(recently);
        let (came, went) = packets.map_or((false, false), |(received, sent)| self.count(received, sent));
        self.quiet = !came && !went;
        let heard_at = (self.asked == 0).then_some(self.heard_at);
        self.data.saw(came, went, before, now, heard_at, pace.data);
        if came {
            self.doubts = 0;
            self.alive(before.max(self.heard_at));
            return Finding::Well;
        }
        if went && self.sent_at.is_none() {
            self.sent_at = Some(before);
        }
        if self.asked >= pace.misses {
            return Finding::Lost;
        }
        if self.asked > 0 {
            self.asked = self.asked.saturating_add(1);
            return Finding::Again;
        }
        let idle_at = self.heard_at.after(pace.idle);
        let ask_at = self.suspect_at(pace).map_or(idle_at, |at| at.min(idle_at));
        if now < ask_at {
            self.look_at = self.look_at.min(ask_at);
            return Finding::Well;
        }
        self.asked = 1;
        self.early = now < idle_at;
        self.look_at = now.after(pace.probe);
        Finding::Ask
    }

    /// Takes the numbers; whether packets came in and went out. Fewer than there were: a CHILD_SA has gone.
    const fn count(&mut self, received: u64, sent: u64) -> (bool, bool) {
        #[expect(clippy::cast_possible_truncation, reason = "they wrap, on purpose")]
        const fn more(now: u64, before: &mut u32) -> bool {
            let now = now as u32;
            let more = now.wrapping_sub(*before);
            *before = now;
            more > 0 && more < u32::MAX / 2
        }
        (more(received, &mut self.received), more(sent, &mut self.sent))
    }

    /// When nothing has come in for so long after packets went out that the SEGW is to be asked. Each time that it answers
    /// and still nothing comes in doubles it, up to the interval: traffic that goes one way is no fault.
    fn suspect_at(&self, pace: &Pace) -> Option<Instant> {
        let sent_at = self.sent_at.filter(|_| pace.suspect > 0)?;
        let doubled = u64::from(pace.suspect).checked_shl(u32::from(self.doubts)).unwrap_or(u64::MAX);
        let suspect = u32::try_from(doubled).unwrap_or(u32::MAX).min(pace.idle);
        // The first packet has had time for its answer, whenever it went out since the look before.
        Some(self.heard_at.after(suspect).max(sent_at.after(pace.suspect.saturating_sub(pace.suspect / LOOKS))))
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Look, Pace, Watch};
    use crate::policy::Policy;
    use crate::time::Instant;
    use std::vec::Vec;

    const OLD: Policy = Policy { liveness_interval_ms: 1_000, liveness_misses: 3, ..Policy::DEFAULT };

    /// What a watch does: when it asked, asked again, and found the SEGW lost.
    #[derive(Debug, Default)]
    struct Story {
        asked: Vec<u64>,
        again: Vec<u64>,
        lost: u64,
        looks: u64,
    }

    /// Looks until the SEGW is lost, or until `until`. `packets` says how many came in and went out by then; a question is
    /// answered after `answer_ms` until `dies`.
    fn watch(policy: &Policy, packets: fn(u64) -> (u64, u64), answer_ms: u64, dies: u64, until: u64) -> Story {
        let pace = Pace::new(policy, u32::try_from(answer_ms).unwrap());
        let mut watch = Watch::new(Instant(0), policy, &pace).unwrap();
        let (mut story, mut answer) = (Story::default(), None);
        while watch.look_at.0 < until {
            let now = watch.look_at;
            if let Some(at) = answer.filter(|at| *at <= now.0) {
                watch.heard(Instant(at));
                answer = None;
            }
            assert_ne!(watch.look(now, &pace), Look::Wait);
            story.looks = story.looks.saturating_add(1);
            let finding = watch.counted(Some(packets(now.0)), now, &pace);
            match finding {
                Finding::Ask => story.asked.push(now.0),
                Finding::Again => story.again.push(now.0),
                Finding::Well => (),
                Finding::Lost => {
                    story.lost = now.0;
                    break;
                }
            }
            if matches!(finding, Finding::Ask | Finding::Again) && now.0 < dies {
                answer = answer.or(Some(now.after(u32::try_from(answer_ms).unwrap()).0));
            }
        }
        story
    }

    const HOUR: u64 = 3_600_000;

    #[test]
    fn times_between_two_looks() {
        for (idle, suspect, step, quiet) in [
            (10_000, 2_000, 500, 1_000),
            (10_000, 0, 2_500, 10_000),
            (404, 0, 101, 404),
            (400, 0, 100, 400),
            (200, 0, 100, 200),
        ] {
            let pace = Pace { idle, suspect, probe: 250, misses: 8, data: 0 };
            assert_eq!((pace.step(false), pace.step(true)), (step, quiet), "{idle} {suspect}");
        }
    }

    #[test]
    fn it_is_quiet_where_nothing_goes_either_way() {
        let pace = Pace::new(&Policy::DEFAULT, 0);
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        for (packets, quiet) in [((0, 0), true), ((1, 0), false), ((1, 1), false), ((1, 1), true), ((2, 2), false)] {
            watch.counted(Some(packets), Instant(1), &pace);
            assert_eq!(watch.quiet, quiet, "{packets:?}");
        }
    }

    #[test]
    fn a_question_after_the_interval_is_not_early_and_fewer_packets_are_none() {
        let pace = Pace::new(&Policy::DEFAULT, 0);
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        assert_eq!(watch.counted(Some((0, 0)), Instant(u64::from(pace.idle)), &pace), Finding::Ask);
        assert!(!watch.early);
        for (received, came) in [(0x7fff_fffe, true), (0xffff_fffd, false)] {
            assert_eq!(watch.count(received, 0), (came, false), "{received}");
        }
    }

    #[test]
    fn only_an_answer_to_an_early_question_is_a_doubt() {
        let pace = Pace::new(&Policy::DEFAULT, 0);
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        for (asked, early, doubts) in [(0, true, 0), (1, false, 0), (1, true, 1), (0, true, 1)] {
            (watch.asked, watch.early) = (asked, early);
            watch.heard(Instant(1));
            assert_eq!(watch.doubts, doubts, "{asked} {early}");
        }
    }

    #[test]
    fn a_silent_segw_is_lost_after_its_questions() {
        let story = watch(&Policy::DEFAULT, |_| (0, 0), 20, 0, HOUR);
        assert_eq!((story.asked, story.again.len(), story.lost), (std::vec![10_000], 7, 12_000));
        // The keys of before mean what they meant.
        let story = watch(&OLD, |_| (0, 0), 20, 0, HOUR);
        assert_eq!((story.asked, story.again.len(), story.lost), (std::vec![1_000], 11, 4_000));
        assert_eq!(story.again.first(), Some(&1_250));
    }

    #[test]
    fn under_traffic_a_loss_is_noticed_in_time_or_a_quarter_early() {
        for (policy, suspect, all) in [
            (Policy::DEFAULT, 1_000, 3_000),
            (Policy { suspect_ms: 300, probe_ms: 100, probe_misses: 7, ..Policy::DEFAULT }, 300, 1_000),
            (OLD, 1_000, 4_000),
        ] {
            // 100 packets a second each way; none come in after 60 s and some.
            let stories = [
                watch(&policy, |now| (now.min(60_000) / 10, now / 10), 20, 60_000, HOUR),
                watch(&policy, |now| (now.min(60_010) / 10, now / 10), 20, 60_010, HOUR),
                watch(&policy, |now| (now.min(60_130) / 10, now / 10), 20, 60_130, HOUR),
                watch(&policy, |now| (now.min(60_240) / 10, now / 10), 20, 60_240, HOUR),
            ];
            for (story, dies) in stories.iter().zip([60_000, 60_010, 60_130, 60_240]) {
                let took = story.lost - dies;
                assert_eq!(story.asked.len(), 1, "no question while traffic flows: {story:?}");
                let early = suspect / 4 + 10;
                assert!(took <= all && took + early >= all, "{policy:?}: {dies} + {took}");
            }
        }
    }

    #[test]
    fn packets_that_nothing_answers_raise_suspicion_after_silence_too() {
        // Silent for 5 s, then a packet each 10 ms, and the SEGW is dead.
        let story = watch(&Policy::DEFAULT, |now| (0, now.saturating_sub(5_120) / 10), 20, 0, HOUR);
        assert!((7_000..=8_120).contains(&story.lost), "{story:?}");
    }

    #[test]
    fn slow_talk_raises_no_suspicion() {
        // A packet each 3 s, its answer 200 ms later, whenever the looks are.
        let story = watch(&Policy::DEFAULT, |now| ((now + 2_800) / 3_000, (now + 3_000) / 3_000), 20, HOUR, HOUR / 10);
        assert!(story.asked.is_empty(), "{story:?}");
    }

    #[test]
    fn an_idle_segw_is_asked_each_interval() {
        let story = watch(&Policy::DEFAULT, |_| (0, 0), 20, HOUR, HOUR);
        assert!((355..=360).contains(&story.asked.len()), "{}", story.asked.len());
        assert!(story.again.is_empty(), "{story:?}");
    }

    #[test]
    fn an_idle_watch_looks_as_seldom_as_it_can() {
        // Each look wakes two of charon's threads: one for each question and one for its answer where an interval decides, two a
        // second by default.
        let story = watch(&OLD, |_| (0, 0), 20, HOUR, HOUR);
        assert!(
            story.looks <= 2 * (story.asked.len() as u64 + 1),
            "{} looks, {} questions",
            story.looks,
            story.asked.len()
        );
        let story = watch(&Policy::DEFAULT, |_| (0, 0), 20, HOUR, HOUR);
        assert!(story.looks < 2 * (3_600 + 360), "{} looks", story.looks);
    }

    #[test]
    fn traffic_that_goes_one_way_is_asked_about_less_and_less() {
        let story = watch(&Policy::DEFAULT, |now| (0, now / 10), 20, HOUR, HOUR);
        assert!(story.asked.len() < 370, "{} questions", story.asked.len());
        let waits: Vec<u64> = story.asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits[0] < 2_600 && waits.iter().all(|wait| *wait < 10_600), "{waits:?}");
    }

    #[test]
    fn a_slow_line_is_given_more_time() {
        let pace = Pace::new(&Policy::DEFAULT, 600);
        assert_eq!((pace.suspect, pace.probe, pace.idle), (1_200, 1_200, 10_000));
        let pace = Pace::new(&OLD, 600);
        assert_eq!((pace.probe, pace.misses), (1_200, 3), "as long as was configured, in fewer packets");
    }

    #[test]
    fn a_busy_charon_is_no_dead_segw() {
        let pace = Pace::new(&OLD, 0);
        let mut watch = Watch::new(Instant(0), &OLD, &pace).unwrap();
        assert_eq!(watch.look(Instant(250), &pace), Look::Count);
        for look in 2..240 {
            assert_eq!(watch.look(Instant(look * 250), &pace), Look::Wait);
        }
        // Nothing was asked meanwhile, so all questions are to come.
        assert_eq!(watch.counted(Some((0, 0)), Instant(59_900), &pace), Finding::Ask);
        let mut asked = 1;
        loop {
            let now = watch.look_at;
            assert_eq!(watch.look(now, &pace), Look::CountLate);
            match watch.counted(Some((0, 0)), now, &pace) {
                Finding::Again => asked += 1,
                finding => {
                    assert_eq!((finding, asked), (Finding::Lost, pace.misses));
                    break;
                }
            }
        }
    }

    #[test]
    fn a_host_that_is_late_asks_once_more() {
        let pace = Pace::new(&Policy::DEFAULT, 0);
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        let (mut now, mut asked) = (Instant(20_000), 0);
        // Always late: twice the questions at most.
        loop {
            now = watch.look_at.max(now).after(200);
            watch.look(now, &pace);
            match watch.counted(None, now, &pace) {
                Finding::Lost => break,
                Finding::Well => (),
                _ => asked += 1,
            }
        }
        assert_eq!(asked, 2 * pace.misses - 1);
        // Once: that one does not count.
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        watch.look(Instant(10_000), &pace);
        assert_eq!(watch.counted(None, Instant(10_000), &pace), Finding::Ask);
        for _ in 1..pace.misses {
            let now = watch.look_at;
            watch.look(now, &pace);
            assert_eq!(watch.counted(None, now, &pace), Finding::Again);
        }
        let now = watch.look_at.after(6_000);
        watch.excuse(6_000);
        watch.look(now, &pace);
        assert_eq!(watch.counted(None, now, &pace), Finding::Again);
    }

    #[test]
    fn time_that_this_host_slept_through_says_nothing() {
        let pace = Pace::new(&OLD, 0);
        let mut watch = Watch::new(Instant(0), &OLD, &pace).unwrap();
        watch.excuse(20_000);
        assert_eq!(watch.look(Instant(20_250), &pace), Look::Count);
        assert_eq!(watch.counted(Some((0, 0)), Instant(20_250), &pace), Finding::Well);
        assert_eq!(watch.look(Instant(21_000), &pace), Look::Count);
        assert_eq!(watch.counted(Some((0, 0)), Instant(21_000), &pace), Finding::Ask);
    }

    #[test]
    fn a_child_sa_that_goes_is_no_traffic() {
        let pace = Pace::new(&Policy::DEFAULT, 0);
        let mut watch = Watch::new(Instant(0), &Policy::DEFAULT, &pace).unwrap();
        watch.counted(Some((1_000, 1_000)), Instant(250), &pace);
        let before = watch;
        watch.counted(Some((10, 10)), Instant(500), &pace);
        assert_eq!((watch.heard_at, watch.sent_at), (before.heard_at, None));
        watch.counted(Some((11, 11)), Instant(750), &pace);
        assert_eq!(watch.heard_at, Instant(500));
    }

    #[test]
    fn off_means_off() {
        let off = Policy { liveness_interval_ms: 0, ..OLD };
        assert_eq!(Watch::new(Instant(0), &off, &Pace::new(&off, 0)), None);
    }
}
