//! The warm standby of a connection: the SEGW that would be next after a loss has an IKE_SA without CHILD_SAs (RFC 6023), so
//! that a loss costs one exchange instead of all of a dial. Decides which SEGW, when, and when no more; does nothing itself.
//! What becomes of a standby is no loss: nothing here counts as a failure of a SEGW's, or keeps one from being dialled.

use crate::backoff;
use crate::cause::Cause;
use crate::failover::{State, World};
use crate::liveness::{Finding, Pace};
use crate::policy::{Policy, StandbyMode};
use crate::segw::{SegwId, SegwSet};
use crate::time::Instant;

/// Why a SEGW is not tried again until the configuration changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not support IKE_SAs without CHILD_SAs.
    Childless,
    /// It ended the IKE_SA that carried the traffic when the standby came up: its policy is one IKE_SA for each peer.
    Unique,
}

impl Refusal {
    /// The name in `STATUS`, in events and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Childless => "SEGW_NO_CHILDLESS_IKE_SA",
            Self::Unique => "SEGW_UNIQUE_IKE_SA",
        }
    }
}

/// How far a standby is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// None is wanted, or there is nobody to be one.
    Nothing,
    /// It is dialled then: when the SEGW that carries the traffic has proved stable, or after a failure.
    Waiting(Instant),
    /// It is being set up; when to give that up.
    Dialling(Option<Instant>),
    /// It is there.
    Up,
    /// It is not possible.
    Refused(Refusal),
    /// Somebody has ended it by hand: not before the traffic moves or the configuration changes.
    Ended,
}

impl Stage {
    /// The name in `STATUS`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "NONE",
            Self::Waiting(_) => "WAITING",
            Self::Dialling(_) => "DIALLING",
            Self::Up => "UP",
            Self::Refused(_) => "REFUSED",
            Self::Ended => "ENDED",
        }
    }
}

/// What a connection wants of its standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// None.
    Nothing,
    /// What there is stays, nothing is begun: the connection is on its way to another SEGW.
    Keep,
    /// One to this SEGW, not dialled before that.
    To(SegwId, Instant),
}

impl Wish {
    /// What a connection in this state wants.
    #[must_use]
    pub fn of(state: &State, world: &World) -> Self {
        match *state {
            _ if world.policy.standby == StandbyMode::Off => Self::Nothing,
            State::Idle | State::Stopped | State::Exhausted { .. } => Self::Nothing,
            State::Active { segw, since, .. } => match world.after(segw) {
                Some(to) => Self::To(to, since.after(world.policy.stable_ms)),
                None => Self::Nothing,
            },
            _ => Self::Keep,
        }
    }
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Dial it.
    Dial,
    /// End it.
    End,
}

/// The watch over a standby: nothing goes through it but questions, one each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pulse {
    look_at: Instant,
    asked: u32,
}

/// Failures in a row that lengthen the pause; more make no difference.
const FAILURES: u32 = 32;
/// How long after a standby came up its SEGW may end the other IKE_SA for it, in milliseconds: charon waits 10 s.
const UNIQUE_MS: u64 = 15_000;
/// How often in a row that is no chance any more: a SEGW may end its IKE_SA at any moment, for reasons of its own.
const UNIQUE_TIMES: u8 = 2;

/// The standby of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standby {
    /// The SEGW it is to, unless there is none.
    pub segw: SegwId,
    /// How far it is.
    pub stage: Stage,
    /// Since when.
    pub since: Instant,
    /// The serial of its dial while that is on its way to charon.
    pub serial: Option<u32>,
    /// How often one took the place of a dial.
    pub uses: u32,
    /// How often one could not be set up, or went.
    pub failures: u32,
    /// One has just taken the place of a dial.
    pub used: bool,
    in_a_row: u32,
    pulse: Pulse,
    /// SEGWs that do not support it.
    refused: SegwSet,
    /// SEGWs that said so once. Nothing proves that it was them.
    doubted: SegwSet,
    /// How many standbys in a row had the active one ended soon after they came up.
    ended: u8,
}

impl Standby {
    /// None yet.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self {
            segw: 0,
            stage: Stage::Nothing,
            since: now,
            serial: None,
            uses: 0,
            failures: 0,
            used: false,
            in_a_row: 0,
            pulse: Pulse { look_at: now, asked: 0 },
            refused: SegwSet::EMPTY,
            doubted: SegwSet::EMPTY,
            ended: 0,
        }
    }

    /// Whether there is nothing to see to.
    #[must_use]
    pub fn is_off(&self, policy: &Policy) -> bool {
        policy.standby == StandbyMode::Off && self.stage == Stage::Nothing && !self.used
    }

    /// Whether it has an IKE_SA, or is about to.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        matches!(self.stage, Stage::Dialling(_) | Stage::Up)
    }

    fn enter(&mut self, stage: Stage, now: Instant) {
        if self.stage.name() != stage.name() {
            // The active one was beside it for that long: its SEGW keeps both.
            if self.stage == Stage::Up && now.since(self.since) >= UNIQUE_MS {
                self.ended = 0;
            }
            self.since = now;
        }
        self.stage = stage;
    }

    /// What to do, given what is wanted. After `End` it wants to be asked again.
    pub fn step(&mut self, wish: Wish, give_up_at: Option<Instant>, now: Instant) -> Step {
        match wish {
            Wish::Keep => Step::Nothing,
            Wish::Nothing => self.leave(now),
            Wish::To(to, at) => {
                if self.stage != Stage::Nothing && self.segw != to {
                    return self.leave(now);
                }
                if self.stage == Stage::Nothing {
                    self.begin(to, at, now);
                }
                match self.stage {
                    // Another SEGW may carry the traffic since it began to wait.
                    Stage::Waiting(before) if before.max(at) > now => {
                        self.enter(Stage::Waiting(before.max(at)), now);
                        Step::Nothing
                    }
                    Stage::Waiting(_) => {
                        self.enter(Stage::Dialling(give_up_at), now);
                        Step::Dial
                    }
                    _ => Step::Nothing,
                }
            }
        }
    }

    fn leave(&mut self, now: Instant) -> Step {
        let was_something = self.stage != Stage::Nothing;
        self.gone(now);
        self.in_a_row = 0;
        if was_something { Step::End } else { Step::Nothing }
    }

    fn begin(&mut self, to: SegwId, at: Instant, now: Instant) {
        self.segw = to;
        let stage = match (self.ended >= UNIQUE_TIMES, self.refused.contains(to)) {
            (true, _) => Stage::Refused(Refusal::Unique),
            (false, true) => Stage::Refused(Refusal::Childless),
            (false, false) => Stage::Waiting(at.max(now)),
        };
        self.enter(stage, now);
    }

    /// Its IKE_SA has gone another way, or was ended with the others.
    pub fn gone(&mut self, now: Instant) {
        self.serial = None;
        self.enter(Stage::Nothing, now);
    }

    /// It is up.
    pub fn came_up(&mut self, pace: &Pace, now: Instant) {
        self.enter(Stage::Up, now);
        self.doubted = SegwSet::EMPTY;
        self.heard(pace, now);
    }

    /// It took the place of a dial.
    pub fn used(&mut self, now: Instant) {
        self.uses = self.uses.saturating_add(1);
        self.used = true;
        self.in_a_row = 0;
        self.gone(now);
    }

    /// It could not be set up, or went: it is dialled again after a pause that grows. Whether that is news.
    pub fn failed(&mut self, cause: Option<Cause>, calm_ms: u32, world: &World) -> bool {
        let (now, was_up) = (world.now, self.stage == Stage::Up);
        if was_up && now.since(self.since) >= u64::from(calm_ms) {
            self.in_a_row = 0;
        }
        let mut delay_ms = backoff::delay_ms(self.in_a_row, world.policy, world.random);
        if cause == Some(Cause::AuthFailed) {
            delay_ms = delay_ms.max(world.policy.auth_penalty_ms);
        }
        self.failures = self.failures.saturating_add(1);
        self.in_a_row = self.in_a_row.saturating_add(1).min(FAILURES);
        self.serial = None;
        self.enter(Stage::Waiting(now.after(delay_ms)), now);
        was_up || self.in_a_row == 1
    }

    /// Somebody has ended it by hand.
    pub fn ended(&mut self, now: Instant) {
        self.serial = None;
        self.enter(Stage::Ended, now);
    }

    /// Its SEGW does not support IKE_SAs without CHILD_SAs, it says. Whether that is believed: nothing proves that before
    /// IKE_AUTH, so it has to say it twice.
    pub fn not_childless(&mut self, now: Instant) -> bool {
        let again = self.doubted.contains(self.segw);
        self.doubted = self.doubted.with(self.segw);
        if again {
            self.refused = self.refused.with(self.segw);
            self.serial = None;
            self.enter(Stage::Refused(Refusal::Childless), now);
        }
        again
    }

    /// The SEGW that carried the traffic has deleted its IKE_SA. Whether it is known by now that this one was the reason.
    pub fn is_to_blame(&mut self, now: Instant) -> bool {
        let soon = self.stage == Stage::Up && now.since(self.since) < UNIQUE_MS;
        if soon {
            self.ended = self.ended.saturating_add(1);
        }
        soon && self.ended >= UNIQUE_TIMES
    }

    /// Forgets who refused: the configuration has changed.
    pub fn forget_refusals(&mut self, now: Instant) {
        (self.refused, self.doubted, self.ended) = (SegwSet::EMPTY, SegwSet::EMPTY, 0);
        if matches!(self.stage, Stage::Refused(_) | Stage::Ended) {
            self.gone(now);
        }
    }

    /// A message of its SEGW came in.
    pub fn heard(&mut self, pace: &Pace, now: Instant) {
        let [idle, ..] = pace.idle_times();
        self.pulse = Pulse { look_at: now.after(idle), asked: 0 };
    }

    /// Looks whether it still lives, if that is due.
    pub fn look(&mut self, pace: &Pace, now: Instant) -> Finding {
        if self.stage != Stage::Up || self.pulse.look_at > now {
            return Finding::Well;
        }
        let [_, probe, misses] = pace.idle_times();
        if self.pulse.asked >= misses {
            return Finding::Lost;
        }
        self.pulse = Pulse { look_at: now.after(probe), asked: self.pulse.asked.saturating_add(1) };
        if self.pulse.asked == 1 { Finding::Ask } else { Finding::Again }
    }

    /// This host did nothing for so many milliseconds: they say nothing about its SEGW, which is asked once more.
    pub fn excuse(&mut self, late_ms: u32) {
        self.pulse.asked = self.pulse.asked.min(self.pulse.asked.saturating_sub(1).max(1));
        if let Stage::Dialling(at) = &mut self.stage {
            *at = at.map(|at| at.after(late_ms));
        }
    }

    /// When it wants to be seen to, where the connection is in this state.
    #[must_use]
    pub fn poll_at(&self, state: &State, watched: bool) -> Option<Instant> {
        match self.stage {
            Stage::Waiting(at) if matches!(state, State::Active { .. }) => Some(at),
            Stage::Dialling(at) => at,
            // Without a route, or on the way to another SEGW, its silence says nothing.
            Stage::Up if watched && state.active().is_some() => Some(self.pulse.look_at),
            _ => None,
        }
    }

    /// Makes what is only counted 0.
    #[cfg(feature = "json")]
    pub fn reset_counters(&mut self) {
        (self.uses, self.failures) = (0, 0);
    }
}

/// A standby that has taken the place of a dial, until its first CHILD_SA is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warm {
    /// When to send the request again that waits for its answer, or to give it up.
    pub at: Instant,
    step_ms: u32,
    left: u32,
}

/// Questions without an answer after which a standby that is wanted is given up.
const WARM_TRIES: u32 = 4;
/// What is left of a dial's time, at least, for a dial without a standby: one of so many parts.
const SHARE: u32 = 2;

impl Warm {
    /// It is asked for its CHILD_SAs now.
    #[must_use]
    pub fn new(now: Instant, pace: &Pace, policy: &Policy) -> Self {
        let limits = policy.connect_times().into_iter().filter(|ms| *ms > 0);
        let most = limits.min().map_or(u32::MAX, |ms| ms / SHARE / WARM_TRIES);
        let [_, probe, _] = pace.idle_times();
        let step_ms = probe.min(most).max(1);
        Self { at: now.after(step_ms), step_ms, left: WARM_TRIES.saturating_sub(1) }
    }

    /// Its SEGW has said something: it has all of its time once more.
    pub fn heard(&mut self, now: Instant) {
        (self.at, self.left) = (now.after(self.step_ms), WARM_TRIES.saturating_sub(1));
    }

    /// Its time has come. Whether to ask it again.
    pub fn again(&mut self, now: Instant) -> bool {
        let again = self.left > 0;
        (self.at, self.left) = (now.after(self.step_ms), self.left.saturating_sub(1));
        again
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Stage, Standby, Step, Warm, Wish};
    use crate::cause::Cause;
    use crate::liveness::{Finding, Pace};
    use crate::policy::Policy;
    use crate::ranks::Ranks;
    use crate::segw::SegwSet;
    use crate::time::Instant;

    fn world(now: u64) -> crate::failover::World<'static> {
        const POLICY: &Policy = &Policy { jitter_pct: 0, ..Policy::DEFAULT };
        crate::failover::World {
            now: Instant(now),
            segws: 3,
            ranks: Ranks::new(3, None, SegwSet::EMPTY),
            barred: SegwSet::EMPTY,
            unbarred_first: 0,
            better_at: None,
            open: true,
            rested_at: None,
            resting: SegwSet::EMPTY,
            more: SegwSet::EMPTY,
            redials: SegwSet::EMPTY,
            patience_ms: [0; crate::limits::SEGW_CAP],
            policy: POLICY,
            random: 0,
        }
    }

    fn up(segw: u8) -> Standby {
        let mut standby = Standby::new(Instant(0));
        assert_eq!(standby.step(Wish::To(segw, Instant(0)), None, Instant(0)), Step::Dial);
        standby.came_up(&Pace::new(&Policy::DEFAULT, 0), Instant(100));
        standby
    }

    #[test]
    fn it_goes_where_the_next_loss_would_go() {
        let mut standby = up(1);
        assert_eq!(standby.step(Wish::Keep, None, Instant(200)), Step::Nothing);
        assert_eq!(standby.step(Wish::To(2, Instant(500)), None, Instant(200)), Step::End);
        assert_eq!(standby.step(Wish::To(2, Instant(500)), None, Instant(200)), Step::Nothing);
        assert_eq!((standby.segw, standby.stage), (2, Stage::Waiting(Instant(500))));
        assert_eq!(standby.step(Wish::To(2, Instant(500)), Some(Instant(900)), Instant(500)), Step::Dial);
        assert_eq!(standby.stage, Stage::Dialling(Some(Instant(900))));
        assert_eq!(standby.step(Wish::Nothing, None, Instant(600)), Step::End);
        assert_eq!(standby.step(Wish::Nothing, None, Instant(600)), Step::Nothing);
    }

    #[test]
    fn its_pauses_grow_until_it_has_lasted() {
        let mut standby = up(1);
        for (fails, pause) in [(200, 1_000), (2_000, 2_000), (5_000, 4_000)] {
            standby.failed(Some(Cause::PeerDeleted), 10_000, &world(fails));
            assert_eq!(standby.stage, Stage::Waiting(Instant(fails + pause)));
        }
        standby.came_up(&Pace::new(&Policy::DEFAULT, 0), Instant(10_000));
        assert!(standby.failed(Some(Cause::Liveness), 10_000, &world(20_000)), "news");
        assert_eq!(standby.stage, Stage::Waiting(Instant(21_000)));
        // No lock-out of the subscriber.
        assert!(!standby.failed(Some(Cause::AuthFailed), 10_000, &world(30_000)), "no news");
        assert_eq!(standby.stage, Stage::Waiting(Instant(330_000)));
    }

    #[test]
    fn a_refusal_lasts_until_the_configuration_changes() {
        let mut standby = Standby::new(Instant(0));
        standby.step(Wish::To(1, Instant(0)), None, Instant(0));
        assert!(!standby.not_childless(Instant(1)), "anybody can say that");
        assert!(standby.not_childless(Instant(2)));
        let refused = Stage::Refused(Refusal::Childless);
        assert_eq!(standby.stage, refused);
        // The traffic moves, and comes back.
        for (to, stage) in [(2, Stage::Waiting(Instant(9))), (1, refused)] {
            while standby.step(Wish::To(to, Instant(9)), None, Instant(5)) != Step::Nothing {}
            assert_eq!(standby.stage, stage);
        }
        standby.forget_refusals(Instant(6));
        assert_eq!(standby.step(Wish::To(1, Instant(6)), None, Instant(6)), Step::Dial);
    }

    #[test]
    fn who_ends_the_active_one_for_it_twice_is_not_tried_again() {
        // How long after it came up the active one was deleted, each time; whether it is known then that this is why.
        let rows: [(&[u32], bool); 5] = [
            (&[100], false),
            (&[100, 14_999], true),
            (&[100, 15_000], false),
            (&[100, 15_000, 100], false),
            (&[100, 15_000, 100, 100], true),
        ];
        for (deleted, blamed) in rows {
            let (mut standby, mut found) = (up(1), false);
            for ms in deleted {
                let now = standby.since.after(*ms);
                found = standby.is_to_blame(now);
                standby.used(now);
                while standby.step(Wish::To(0, now.after(5)), None, now) != Step::Nothing {}
                let stage = if found { Stage::Refused(Refusal::Unique) } else { Stage::Waiting(now.after(5)) };
                assert_eq!(standby.stage, stage);
                if !found {
                    standby.step(Wish::To(0, now), None, now.after(5));
                    standby.came_up(&Pace::new(&Policy::DEFAULT, 0), now.after(10));
                }
            }
            assert_eq!(found, blamed);
        }
    }

    #[test]
    fn it_is_asked_once_an_interval_and_lost_after_its_questions() {
        let (mut standby, pace) = (up(1), Pace::new(&Policy::DEFAULT, 20));
        assert_eq!(standby.look(&pace, Instant(10_099)), Finding::Well);
        assert_eq!(standby.look(&pace, Instant(10_100)), Finding::Ask);
        standby.heard(&pace, Instant(10_120));
        assert_eq!(standby.look(&pace, Instant(20_119)), Finding::Well);
        assert_eq!(standby.look(&pace, Instant(20_120)), Finding::Ask);
        for n in 1..8 {
            assert_eq!(standby.look(&pace, Instant(20_120 + 250 * n)), Finding::Again);
        }
        assert_eq!(standby.look(&pace, Instant(22_120)), Finding::Lost);
    }

    #[test]
    fn what_it_may_cost_is_bounded() {
        for (policy, answer_ms, most) in [
            (Policy::DEFAULT, 20, 1_000),
            (Policy::DEFAULT, 400, 2_000),
            (Policy { init_timeout_ms: 1_000, ..Policy::DEFAULT }, 20, 500),
            (Policy { connect_timeout_ms: 100, ..Policy::DEFAULT }, 20, 50),
            (Policy { probe_ms: 60_000, ..Policy::DEFAULT }, 20, 2_000),
        ] {
            let mut warm = Warm::new(Instant(0), &Pace::new(&policy, answer_ms), &policy);
            let mut tries = 1;
            while warm.again(warm.at) {
                tries += 1;
            }
            let given_up = warm.at.0 - u64::from(warm.step_ms);
            assert!(tries == 4 && given_up <= most, "{tries} tries, {given_up} ms");
        }
    }
}
