//! The failover decision: which SEGW next, and when. Pure: no I/O, no clock, no allocation, no table but the state.
//!
//! # Every state and input
//!
#![doc = include_str!("failover.md")]
// Heads up! Before working on this file read RFC 7296 §2.4 and `policy.rs`; `ike.rs` has already told loss from intent.

mod hold;
mod step;
mod world;

use crate::cause::Cause;
use crate::policy::Policy;
use crate::segw::{SegwId, SegwSet};
use crate::time::Instant;

pub use world::World;

/// What has failed since the last success that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Failures {
    /// SEGWs that failed in this round.
    pub failed: SegwSet,
    /// SEGWs that came up but did not stay for `stable_ms`: they stay failed for the round.
    pub flapped: SegwSet,
    /// Whether any of that was the SEGW's fault, as far as can be told; own faults are not.
    pub blamed: bool,
    /// Rounds that are over.
    pub round: u32,
    /// Times in a row that the primary was lost within the hold-down.
    pub relapses: u8,
    /// A SEGW of this round was left after `init_timeout_ms`.
    pub hurried: bool,
    /// A SEGW of this round has answered.
    pub heard: bool,
    /// This round gives each SEGW all of `connect_timeout_ms`.
    pub patient: bool,
}

/// Why traffic is being moved while the active SEGW is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A more preferred SEGW is tried after the hold-down.
    Failback,
    /// An operator asked for it.
    Switch,
}

/// How long a SEGW that is being dialled has at least after this host did nothing for a while, in milliseconds: a request is
/// sent again after half of it.
const ONCE_MORE_MS: u32 = 1_000;

/// How far a connection on hold has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A dial found no route; which SEGWs there is a route to is being asked.
    Asked,
    /// There is no route to any SEGW.
    Down,
    /// There is a route again; whether the IKE_SA that was kept still works is being asked, so many times more.
    Probing(u8),
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
        failures: Failures,
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
        failures: Failures,
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
        failures: Failures,
        /// When to give the trial up.
        give_up_at: Option<Instant>,
    },
    /// Nothing is dialled before `retry_at`: every SEGW failed in this round, or a whole fleet may have lost the SEGW that
    /// carried the traffic (`spread_ms`).
    Backoff {
        /// What failed before.
        failures: Failures,
        /// When the next round starts.
        retry_at: Instant,
        /// The SEGW that it starts with: one that refused us and is to be asked again, or the next after a loss; `None`: the
        /// most preferred one.
        stay: Option<SegwId>,
    },
    /// This host has no address, route or link towards any SEGW: nobody is blamed, nothing is dialled.
    Hold {
        /// The SEGW to go on with.
        segw: SegwId,
        /// The SEGW that an operator asked for meanwhile.
        switch_to: Option<SegwId>,
        /// What failed before.
        failures: Failures,
        /// Since when its IKE_SA, which is kept, had carried the traffic; `None` if there is none.
        kept: Option<Instant>,
        /// How far it has got.
        stage: Stage,
        /// When to ask again.
        at: Instant,
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
    /// Charon has ended it: it was not used, or is loaded anew.
    LaidDown,
    /// An operator wants it on this SEGW.
    Switch(SegwId),
    /// Charon dials this SEGW by itself (`swanctl --initiate`, a trap).
    Dialled(SegwId),
    /// The connection's IKE_SA can carry traffic, to this SEGW.
    Up(SegwId),
    /// The connection's IKE_SA failed or is lost.
    Lost(Cause),
    /// Charon dials this SEGW in place of the IKE_SA: the same one (reauthentication, break-before-make), or another (a list
    /// loaded anew).
    Redialled(SegwId),
    /// The trial IKE_SA of a move can carry traffic.
    TrialUp,
    /// The trial IKE_SA of a move failed.
    TrialLost(Cause),
    /// This host has a route to these SEGWs, and to no other.
    Routes(SegwSet),
    /// The IKE_SA that is kept on hold works.
    Heard,
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
    /// Every SEGW failed, or a whole fleet may have lost the one that carried the traffic.
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
    /// Another address behind the SEGW's name is dialled.
    Address {
        /// The SEGW.
        segw: SegwId,
        /// How the one before failed.
        cause: Cause,
    },
    /// There is no route to any SEGW.
    Hold {
        /// The SEGW to go on with.
        segw: SegwId,
    },
    /// There is a route again.
    Resumed {
        /// The SEGW that carries the traffic again or is dialled.
        to: SegwId,
    },
    /// Stopped by an operator.
    Stop,
}

/// What to find out; the answer is an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ask {
    /// Nothing.
    #[default]
    Nothing,
    /// Which SEGWs there is a route to: [`Input::Routes`].
    Routes,
    /// Whether the main IKE_SA still works: [`Input::Heard`].
    Life,
    /// Whether traffic comes in through it: [`Input::Heard`] if it does.
    Traffic,
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

/// What to do, in this order: promote, end, dial, ask, report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Action {
    /// Which IKE_SA plays which part from now on.
    pub promote: Promote,
    /// Which IKE_SA to end.
    pub end: End,
    /// The SEGW to dial; beside the main IKE_SA if the new state is [`State::Moving`].
    pub dial: Option<SegwId>,
    /// Dial another address of it than since it was last turned to.
    pub again: bool,
    /// What to find out.
    pub ask: Ask,
    /// What to tell.
    pub report: Option<Report>,
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
            Self::Hold { at, .. } => Some(at),
            Self::Exhausted { retry_at } => retry_at,
        }
    }

    /// The SEGW that is dialled when the time that `poll_at` names has come; `world` is that of then.
    #[cfg(feature = "json")]
    pub(crate) fn dials_next(&self, world: &World) -> Option<SegwId> {
        match *self {
            Self::Backoff { stay, .. } => Some(world.round_start(stay)),
            Self::Exhausted { .. } => Some(world.round_start(None)),
            Self::Active { segw, .. } => world.better_then(segw),
            _ => None,
        }
    }

    /// Whether it pauses for `spread_ms` after a loss: no round has failed.
    #[cfg(feature = "json")]
    pub(crate) const fn is_spreading(&self) -> bool {
        matches!(self, Self::Backoff { failures, stay: Some(_), .. } if failures.round == 0)
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
            Self::Hold { .. } => "HOLD",
            Self::Exhausted { .. } => "EXHAUSTED",
        }
    }

    /// This host did nothing for so many milliseconds before `now`: what is being set up gets as much more time, and some to
    /// be asked once more.
    pub(crate) fn excuse(&mut self, late_ms: u32, now: Instant) {
        if let Self::Connecting { give_up_at, .. } | Self::Moving { give_up_at, .. } = self {
            *give_up_at = give_up_at.map(|at| at.after(late_ms).max(now.after(ONCE_MORE_MS)));
        }
    }

    /// The SEGW that is dialled has answered for the first time: it may take as long as any dial.
    pub(crate) fn answered(&mut self, world: &World) {
        if let Self::Connecting { segw, failures, give_up_at } = self {
            *give_up_at = give_up_at.map(|at| world.give_up_answered_at(*segw, *failures, at));
            failures.heard = true;
        }
    }

    /// The SEGW that is being dialled is dialled anew: it has all of its time once more.
    pub(crate) fn dialled_anew(&mut self, world: &World) {
        match self {
            Self::Connecting { segw, failures, .. } => *self = world.connecting(*segw, *failures),
            Self::Moving { give_up_at, .. } => *give_up_at = world.give_up_at(),
            _ => (),
        }
    }

    /// Cuts a pause short that lasts until after `long`. Whether there was one.
    pub(crate) fn hurry(&mut self, long: Instant, until: Instant) -> bool {
        match self {
            Self::Backoff { retry_at, .. } if *retry_at > long => {
                *retry_at = until;
                true
            }
            _ => false,
        }
    }

    /// The state when the connection has another policy than `old`, which is `world`'s: what it times anew begins now, a
    /// pause is cut to its limit.
    #[must_use]
    pub fn replanned(self, old: &Policy, world: &World) -> Self {
        let new = world.policy;
        match self {
            Self::Connecting { segw, failures, .. } if old.connect_times() != new.connect_times() => {
                world.connecting(segw, failures)
            }
            Self::Moving { from, since, to, why, failures, .. } if old.connect_timeout_ms != new.connect_timeout_ms => {
                Self::Moving { from, since, to, why, failures, give_up_at: world.give_up_at() }
            }
            Self::Active { segw, since, failures, .. } if old.failback_times() != new.failback_times() => {
                Self::Active { segw, since, failures, failback_at: world.failback_at(segw, failures.relapses) }
            }
            Self::Backoff { failures, retry_at, stay } => {
                let retry_at = retry_at.min(world.now.after(new.backoff_limit_ms.max(new.spread_ms)));
                Self::Backoff { failures, retry_at, stay }
            }
            // Not after the rounds that it may have now.
            Self::Exhausted { .. } if new.allows_more(old) => Self::Exhausted { retry_at: Some(world.now) },
            Self::Exhausted { .. } if old.exhausted_retry_ms != new.exhausted_retry_ms => {
                Self::Exhausted { retry_at: world.retry_at() }
            }
            state => state,
        }
    }

    /// The state when the order has changed in which the SEGWs are preferred: a failback may be due at its time, or not at all.
    #[must_use]
    pub fn reranked(self, world: &World) -> Self {
        match self {
            Self::Active { segw, since, failures, failback_at } => {
                let planned = world.failback_at(segw, failures.relapses);
                let failback_at = planned.map(|at| failback_at.map_or(at, |before| before.min(at)));
                Self::Active { segw, since, failures, failback_at }
            }
            state => state,
        }
    }

    /// The state when the list of SEGWs has changed and the one it is on stands at `segw` now. A trial has been ended.
    #[must_use]
    pub fn relisted(self, segw: SegwId, world: &World) -> Self {
        match self {
            Self::Active { since, .. } | Self::Moving { since, .. } => {
                let failures = Failures::default();
                Self::Active { segw, since, failures, failback_at: world.failback_at(segw, failures.relapses) }
            }
            Self::Connecting { give_up_at, .. } => Self::Connecting { segw, failures: Failures::default(), give_up_at },
            Self::Hold { kept, stage, at, .. } => {
                Self::Hold { segw, switch_to: None, failures: Failures::default(), kept, stage, at }
            }
            state => state,
        }
    }
}
