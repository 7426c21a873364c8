//! The failover decision: which SEGW next, and when. Pure: no I/O, no clock, no allocation, no table but the state.
//!
//! # Every state and input
//!
#![doc = include_str!("failover.md")]
// Heads up! Before working on this file read RFC 7296 §2.4 and `policy.rs`; `ike.rs` has already told loss from intent.

use crate::backoff;
use crate::cause::Cause;
use crate::policy::{Failback, Policy};
use crate::segw::{SegwId, SegwSet};
use crate::time::Instant;

/// What has failed since the last success that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Course {
    /// SEGWs that failed in this round.
    pub failed: SegwSet,
    /// SEGWs that came up but did not stay for `stable_ms`: they stay failed for the round.
    pub flapped: SegwSet,
    /// Rounds that are over.
    pub round: u32,
    /// Times in a row that the primary was lost within the hold-down.
    pub relapses: u8,
}

/// Why traffic is being moved while the active SEGW is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A more preferred SEGW is tried after the hold-down.
    Failback,
    /// An operator asked for it.
    Switch,
}

/// Where one connection stands. A variant carries exactly what only it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Configured, not started.
    Idle,
    /// Stopped by an operator; stays so until a command.
    Stopped,
    /// An IKE_SA to `segw` is being set up; nothing carries traffic.
    Connecting {
        /// The SEGW that is dialled.
        segw: SegwId,
        /// What failed before.
        course: Course,
        /// When to give this SEGW up.
        give_up_at: Option<Instant>,
    },
    /// `segw` carries the traffic.
    Active {
        /// The active SEGW.
        segw: SegwId,
        /// Since when.
        since: Instant,
        /// What failed before; forgotten when this SEGW has proved stable.
        course: Course,
        /// When to try a more preferred SEGW.
        failback_at: Option<Instant>,
    },
    /// `from` carries the traffic while a second IKE_SA to `to` is being set up: make-before-break.
    Moving {
        /// The active SEGW.
        from: SegwId,
        /// Since when it is active.
        since: Instant,
        /// The SEGW that is tried.
        to: SegwId,
        /// Why.
        why: Move,
        /// What failed before.
        course: Course,
        /// When to give the trial up.
        give_up_at: Option<Instant>,
    },
    /// Every SEGW failed in this round; the next one starts at `retry_at`.
    Backoff {
        /// What failed before.
        course: Course,
        /// When the next round starts.
        retry_at: Instant,
    },
    /// The configured number of rounds failed.
    Exhausted {
        /// When to try again without being asked.
        retry_at: Option<Instant>,
    },
}

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody wants it up.
    Start,
    /// Somebody wants it up, and it was last carried by this SEGW.
    Resume(SegwId),
    /// An operator wants it down.
    Stop,
    /// An operator wants it on this SEGW.
    Switch(SegwId),
    /// Charon dials this SEGW by itself (`swanctl --initiate`, a trap).
    Dialled(SegwId),
    /// The connection's IKE_SA can carry traffic, to this SEGW.
    Up(SegwId),
    /// The connection's IKE_SA failed or is lost.
    Lost(Cause),
    /// Charon replaces the lost IKE_SA by itself, at the same SEGW (reauthentication, break-before-make).
    Redialled,
    /// The trial IKE_SA of a move can carry traffic.
    TrialUp,
    /// The trial IKE_SA of a move failed.
    TrialLost(Cause),
    /// The time that [`State::poll_at`] named has come.
    Timeout,
}

/// What to tell clients and to keep in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Started at this SEGW.
    Start {
        /// The SEGW dialled first.
        to: SegwId,
    },
    /// This SEGW carries the connection.
    Up {
        /// The active SEGW.
        to: SegwId,
    },
    /// Moving on after a loss.
    Failover {
        /// The SEGW that was lost.
        from: SegwId,
        /// The SEGW that is dialled.
        to: SegwId,
        /// How it was lost.
        cause: Cause,
    },
    /// Traffic moved make-before-break, or a connection without traffic was sent elsewhere by an operator.
    Moved {
        /// The SEGW that was left, if any.
        from: Option<SegwId>,
        /// The SEGW now.
        to: SegwId,
        /// Why.
        why: Move,
    },
    /// The move did not come up.
    MoveFailed {
        /// The SEGW that still carries the traffic.
        from: SegwId,
        /// The SEGW that was tried.
        to: SegwId,
        /// How it failed.
        cause: Cause,
    },
    /// Every SEGW failed.
    Backoff {
        /// The SEGW that failed last.
        from: SegwId,
        /// The SEGW that the next round starts with.
        to: SegwId,
        /// How the last one failed.
        cause: Cause,
        /// The pause in milliseconds.
        delay_ms: u32,
    },
    /// The configured number of rounds failed.
    Exhausted {
        /// The SEGW that failed last.
        from: SegwId,
        /// How.
        cause: Cause,
    },
    /// Stopped by an operator.
    Stop,
}

/// Which of a connection's IKE_SAs to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum End {
    /// None.
    #[default]
    Nothing,
    /// The one being dialled or carrying traffic.
    Main,
    /// The trial of a move.
    Trial,
    /// Every one.
    All,
}

/// How the IKE_SAs of a connection swap their parts before anything is ended or dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Promote {
    /// They do not.
    #[default]
    Nothing,
    /// The trial becomes the main one; the old main one, if any, is the trial then (and so can be ended).
    Trial,
}

/// What to do, in this order: promote, end, dial, report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Action {
    /// Which IKE_SA plays which part from now on.
    pub promote: Promote,
    /// Which IKE_SA to end.
    pub end: End,
    /// The SEGW to dial; beside the main IKE_SA if the new state is [`State::Moving`].
    pub dial: Option<SegwId>,
    /// What to tell.
    pub report: Option<Report>,
}

/// What a decision may look at besides state and input.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The time.
    pub now: Instant,
    /// How many SEGWs the connection has, 1 to 8.
    pub segws: u8,
    /// SEGWs left alone after an AUTH failure.
    pub barred: SegwSet,
    /// When the first of them may be dialled again.
    pub barred_until: Option<Instant>,
    /// The connection's tunables.
    pub policy: &'a Policy,
    /// A random number for jitter.
    pub dice: u32,
}

impl World<'_> {
    /// The first SEGW in order of preference that is not barred.
    fn first(&self) -> Option<SegwId> {
        (0..self.segws).find(|segw| !self.barred.contains(*segw))
    }

    /// The next SEGW of the list after `last`, around its end, that neither failed in this round nor is barred.
    fn next(&self, last: SegwId, failed: SegwSet) -> Option<SegwId> {
        let taken = failed.union(self.barred);
        let after = (last.saturating_add(1)..self.segws).chain(0..self.segws);
        after.into_iter().find(|segw| !taken.contains(*segw))
    }

    /// The most preferred SEGW before `active` that is not barred.
    fn better(&self, active: SegwId) -> Option<SegwId> {
        self.first().filter(|segw| *segw < active)
    }

    fn give_up_at(&self) -> Option<Instant> {
        let limit = self.policy.connect_timeout_ms;
        (limit > 0).then(|| self.now.after(limit))
    }

    fn failback_at(&self, active: SegwId, relapses: u8) -> Option<Instant> {
        // The first loss may be an accident; from the second on the hold-down doubles.
        let doublings = u32::from(relapses.saturating_sub(1)).min(31);
        let hold = u64::from(self.policy.hold_down_ms) << doublings;
        let hold = u32::try_from(hold).unwrap_or(u32::MAX).min(self.policy.hold_down_limit_ms);
        (self.policy.failback == Failback::HoldDown && active > 0).then(|| self.now.after(hold))
    }

    fn connecting(&self, segw: SegwId, course: Course) -> State {
        State::Connecting { segw, course, give_up_at: self.give_up_at() }
    }

    fn active(&self, segw: SegwId, course: Course) -> State {
        let course = Course { failed: course.flapped, ..course };
        State::Active { segw, since: self.now, course, failback_at: self.failback_at(segw, course.relapses) }
    }

    fn up(&self, to: SegwId, course: Course) -> (State, Action) {
        (self.active(to, course), Action { report: Some(Report::Up { to }), ..Action::default() })
    }

    fn moving(&self, from: SegwId, since: Instant, to: SegwId, why: Move, course: Course, end: End) -> (State, Action) {
        let state = State::Moving { from, since, to, why, course, give_up_at: self.give_up_at() };
        (state, Action { end, dial: Some(to), ..Action::default() })
    }

    /// Dials the first SEGW that may be dialled; somebody asked, so a barred one is better than none.
    fn start(&self) -> (State, Action) {
        let to = self.first().unwrap_or(0);
        let action = Action { dial: Some(to), report: Some(Report::Start { to }), ..Action::default() };
        (self.connecting(to, Course::default()), action)
    }

    /// Moves on after `segw` failed: to the next one at once, or into the pause between two rounds.
    fn failed(&self, segw: SegwId, course: Course, cause: Cause, end: End) -> (State, Action) {
        let course = Course { failed: course.failed.with(segw), ..course };
        if let Some(to) = self.next(segw, course.failed) {
            let report = Some(Report::Failover { from: segw, to, cause });
            return (self.connecting(to, course), Action { end, dial: Some(to), report, ..Action::default() });
        }
        let round = course.round.saturating_add(1);
        if self.policy.max_rounds > 0 && round >= self.policy.max_rounds {
            let retry = self.policy.exhausted_retry_ms;
            let retry_at = (retry > 0).then(|| self.now.after(retry));
            let report = Some(Report::Exhausted { from: segw, cause });
            return (State::Exhausted { retry_at }, Action { end, report, ..Action::default() });
        }
        let delay_ms = backoff::delay_ms(course.round, self.policy, self.dice);
        let pause = self.now.after(delay_ms);
        let retry_at = match (self.first(), self.barred_until) {
            (None, Some(until)) => pause.max(until),
            _ => pause,
        };
        let delay_ms = u32::try_from(retry_at.since(self.now)).unwrap_or(u32::MAX);
        let course = Course { failed: SegwSet::EMPTY, flapped: SegwSet::EMPTY, round, ..course };
        let report = Report::Backoff { from: segw, to: self.first().unwrap_or(0), cause, delay_ms };
        (State::Backoff { course, retry_at }, Action { end, report: Some(report), ..Action::default() })
    }

    /// What counts against the SEGWs when the active one is lost.
    fn course_of_loss(&self, segw: SegwId, since: Instant, course: Course) -> Course {
        let lasted = self.now.since(since);
        let relapses = match (segw, lasted < u64::from(self.policy.hold_down_ms)) {
            (0, true) => course.relapses.saturating_add(1),
            (0, false) => 0,
            _ => course.relapses,
        };
        if lasted >= u64::from(self.policy.stable_ms) {
            Course { relapses, ..Course::default() }
        } else {
            let flapped = course.flapped.with(segw);
            Course { failed: course.failed.union(flapped), flapped, relapses, ..course }
        }
    }
}

impl State {
    /// When [`Input::Timeout`] is due, if at all. Later is late; earlier is harmless.
    #[must_use]
    pub const fn poll_at(&self) -> Option<Instant> {
        match *self {
            Self::Idle | Self::Stopped => None,
            Self::Connecting { give_up_at, .. } | Self::Moving { give_up_at, .. } => give_up_at,
            Self::Active { failback_at, .. } => failback_at,
            Self::Backoff { retry_at, .. } => Some(retry_at),
            Self::Exhausted { retry_at } => retry_at,
        }
    }

    /// The SEGW that carries traffic.
    #[must_use]
    pub const fn active(&self) -> Option<SegwId> {
        match *self {
            Self::Active { segw, .. } => Some(segw),
            Self::Moving { from, .. } => Some(from),
            _ => None,
        }
    }

    /// The state's name in `STATUS`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Stopped => "STOPPED",
            Self::Connecting { .. } => "CONNECTING",
            Self::Active { .. } => "ACTIVE",
            Self::Moving { .. } => "MOVING",
            Self::Backoff { .. } => "BACKOFF",
            Self::Exhausted { .. } => "EXHAUSTED",
        }
    }

    /// The decision: what this input means in this state.
    #[must_use]
    pub fn step(self, input: Input, world: &World) -> (Self, Action) {
        let stay = (self, Action::default());
        match (self, input) {
            (Self::Stopped, Input::Stop) => stay,
            (_, Input::Stop) => {
                let action = Action { end: End::All, report: Some(Report::Stop), ..Action::default() };
                (Self::Stopped, action)
            }
            (Self::Connecting { .. } | Self::Active { .. } | Self::Moving { .. }, _) => self.step_up(input, world),
            (_, Input::Start) => world.start(),
            (_, Input::Resume(to)) => {
                let action = Action { dial: Some(to), report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, Course::default()), action)
            }
            (_, Input::Switch(to)) => {
                let report = Report::Moved { from: None, to, why: Move::Switch };
                let action = Action { dial: Some(to), report: Some(report), ..Action::default() };
                (world.connecting(to, Course::default()), action)
            }
            (_, Input::Dialled(to)) => {
                let action = Action { report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, Course::default()), action)
            }
            (Self::Backoff { course, retry_at }, Input::Timeout) if world.now >= retry_at => match world.first() {
                Some(to) => (world.connecting(to, course), Action { dial: Some(to), ..Action::default() }),
                None => {
                    let retry_at = world.barred_until.unwrap_or(retry_at).max(retry_at);
                    (Self::Backoff { course, retry_at }, Action::default())
                }
            },
            (Self::Exhausted { retry_at: Some(retry_at) }, Input::Timeout) if world.now >= retry_at => world.start(),
            _ => stay,
        }
    }

    /// The decision while an IKE_SA is wanted and there is one.
    fn step_up(self, input: Input, world: &World) -> (Self, Action) {
        match self {
            Self::Connecting { segw, course, give_up_at } => match input {
                Input::Up(to) => world.up(to, course),
                Input::Lost(cause) => world.failed(segw, course, cause, End::Nothing),
                Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                    world.failed(segw, course, Cause::ConnectTimeout, End::Main)
                }
                Input::Switch(to) if to != segw => {
                    let report = Some(Report::Moved { from: Some(segw), to, why: Move::Switch });
                    let action = Action { end: End::Main, dial: Some(to), report, ..Action::default() };
                    (world.connecting(to, course), action)
                }
                _ => (self, Action::default()),
            },
            Self::Active { segw, since, course, failback_at } => match input {
                Input::Lost(cause) => {
                    world.failed(segw, world.course_of_loss(segw, since, course), cause, End::Nothing)
                }
                // Another IKE_SA of the connection took over (`swanctl --initiate`).
                Input::Up(to) if to != segw => world.up(to, course),
                Input::Redialled => (world.connecting(segw, course), Action::default()),
                Input::Switch(to) if to != segw => world.moving(segw, since, to, Move::Switch, course, End::Nothing),
                Input::Timeout if failback_at.is_some_and(|at| world.now >= at) => match world.better(segw) {
                    Some(to) => world.moving(segw, since, to, Move::Failback, course, End::Nothing),
                    None => {
                        let failback_at = world.failback_at(segw, course.relapses);
                        (Self::Active { segw, since, course, failback_at }, Action::default())
                    }
                },
                _ => (self, Action::default()),
            },
            Self::Moving { from, since, to, why, course, give_up_at } => {
                let back = |cause, end| {
                    let failback_at = world.failback_at(from, course.relapses);
                    let report = Some(Report::MoveFailed { from, to, cause });
                    let action = Action { end, report, ..Action::default() };
                    (Self::Active { segw: from, since, course, failback_at }, action)
                };
                match input {
                    Input::TrialUp => {
                        let report = Some(Report::Moved { from: Some(from), to, why });
                        // Promoting made the old main IKE_SA the trial: that one is to end.
                        let action = Action { promote: Promote::Trial, end: End::Trial, report, ..Action::default() };
                        (world.active(to, course), action)
                    }
                    Input::TrialLost(cause) => back(cause, End::Nothing),
                    Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                        back(Cause::ConnectTimeout, End::Trial)
                    }
                    Input::Lost(cause) => {
                        let course = world.course_of_loss(from, since, course);
                        let course = Course { failed: course.failed.with(from), ..course };
                        let report = Some(Report::Failover { from, to, cause });
                        let action = Action { promote: Promote::Trial, report, ..Action::default() };
                        (Self::Connecting { segw: to, course, give_up_at }, action)
                    }
                    Input::Switch(home) if home == from => back(Cause::Operator, End::Trial),
                    Input::Switch(other) if other != to => {
                        world.moving(from, since, other, Move::Switch, course, End::Trial)
                    }
                    Input::Redialled => {
                        // The old main IKE_SA is gone for a moment anyway: let the trial go, charon dials `from`.
                        (world.connecting(from, course), Action { end: End::Trial, ..Action::default() })
                    }
                    _ => (self, Action::default()),
                }
            }
            _ => (self, Action::default()),
        }
    }
}
