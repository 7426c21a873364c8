//! Own faults: while this host has no route to any SEGW nothing is dialled and nobody is blamed; the moment there is
//! one again the connection goes on where it was.

use super::{Action, Ask, End, Failures, Input, Move, Report, Stage, State, World};
use crate::backoff;
use crate::cause::Cause;
use crate::policy::OnRefusal;
use crate::segw::SegwId;
use crate::time::Instant;

/// How long to wait until the routes are looked at again, in milliseconds: for changes that nobody announced.
const LOOK_MS: u32 = 1_000;
/// How often the IKE_SA that was kept is asked whether it works once there is a route, the first time with a probe. An
/// exchange that was under way when the route went keeps the probe waiting, but not the traffic.
const PROBES: u8 = 5;
/// Time between two of them, in milliseconds.
const PROBE_MS: u32 = 200;

impl World<'_> {
    /// A dial found no route: asks which SEGWs there is a route to.
    pub(super) fn ask(&self, segw: SegwId, failures: Failures) -> (State, Action) {
        let at = self.now.after(LOOK_MS);
        let state = State::Hold { segw, switch_to: None, failures, kept: None, stage: Stage::Asked, at };
        (state, Action { ask: Ask::Routes, ..Action::default() })
    }

    /// Puts the connection on hold.
    #[inline(never)]
    pub(super) fn hold(&self, segw: SegwId, failures: Failures, kept: Option<Instant>, end: End) -> (State, Action) {
        let at = self.now.after(LOOK_MS);
        let state = State::Hold { segw, switch_to: None, failures, kept, stage: Stage::Down, at };
        (state, Action { end, report: Some(Report::Hold { segw }), ..Action::default() })
    }

    /// There is a route again: goes on where the connection was, with the SEGW that was asked for meanwhile, or pauses if all
    /// have refused us.
    fn go_on(&self, segw: SegwId, switch_to: Option<SegwId>, failures: Failures) -> (State, Action) {
        if let Some(to) = switch_to {
            return self.resume(to, failures, End::Nothing);
        }
        let stay = (self.policy.on_refusal == OnRefusal::Stay).then_some(segw);
        let barred = self.barred.contains(segw);
        if barred && (stay.is_some() || self.first().is_none()) {
            let delay_ms = backoff::delay_ms(failures.round, self.policy, self.random).max(self.shut_ms());
            return (State::Backoff { failures, retry_at: self.now.after(delay_ms), stay }, Action::default());
        }
        self.resume(if barred { self.round_start(None) } else { segw }, failures, End::Nothing)
    }

    /// Dials a SEGW after the hold.
    #[inline(never)]
    fn resume(&self, segw: SegwId, failures: Failures, end: End) -> (State, Action) {
        let report = Some(Report::Resumed { to: segw });
        (self.connecting(segw, failures), Action { end, dial: Some(segw), report, ..Action::default() })
    }
}

impl State {
    /// Asks once more whether the IKE_SA that was kept works; `left` questions are left, this one counted.
    fn probe(self, left: u8, ask: Ask, world: &World) -> (Self, Action) {
        let Self::Hold { segw, switch_to, failures, kept, .. } = self else { return (self, Action::default()) };
        let stage = Stage::Probing(left.saturating_sub(1));
        let state = Self::Hold { segw, switch_to, failures, kept, stage, at: world.now.after(PROBE_MS) };
        (state, Action { ask, ..Action::default() })
    }

    /// The decision on hold.
    pub(super) fn step_hold(self, input: Input, world: &World) -> (Self, Action) {
        let Self::Hold { segw, switch_to, failures, kept, stage, at } = self else {
            return (self, Action::default());
        };
        let end = if kept.is_some() { End::Main } else { End::Nothing };
        // Where an operator asked for another SEGW the one that is kept only bridges the time until that one is up.
        let wanted = switch_to.unwrap_or(segw);
        match input {
            Input::Routes(routes) if routes.is_empty() => {
                let held =
                    Self::Hold { segw, switch_to, failures, kept, stage: Stage::Down, at: world.now.after(LOOK_MS) };
                let told = (stage == Stage::Asked).then_some(Report::Hold { segw });
                (held, Action { report: told, ..Action::default() })
            }
            Input::Routes(routes) if !routes.contains(segw) => {
                if routes.contains(wanted) {
                    return world.resume(wanted, failures, end);
                }
                world.onward(segw, failures, routes.others(world.segws), Cause::NoRoute, end)
            }
            Input::Routes(_) => match (stage, kept) {
                (Stage::Probing(_), _) => (self, Action::default()),
                (_, Some(_)) => self.probe(PROBES, Ask::Life, world),
                (Stage::Down, None) => world.go_on(segw, switch_to, failures),
                // The dial and the look disagree: no reason to dial again at once.
                (Stage::Asked, None) => world.failed(segw, failures, Cause::NoRoute, End::Nothing),
            },
            Input::Timeout if world.now < at => (self, Action::default()),
            Input::Timeout => match stage {
                Stage::Probing(0) => world.resume(wanted, failures, End::Main),
                Stage::Probing(left) => self.probe(left, Ask::Traffic, world),
                Stage::Asked | Stage::Down => {
                    let at = world.now.after(LOOK_MS);
                    let state = Self::Hold { segw, switch_to, failures, kept, stage, at };
                    (state, Action { ask: Ask::Routes, ..Action::default() })
                }
            },
            Input::Heard => match (kept, stage, switch_to) {
                (Some(since), Stage::Probing(_), Some(to)) => {
                    let (state, action) = world.moving(segw, since, to, Move::Switch, failures, End::Nothing);
                    (state, Action { report: Some(Report::Resumed { to: segw }), ..action })
                }
                (Some(since), Stage::Probing(_), None) => {
                    let failback_at = world.failback_at(segw, failures.relapses);
                    let action = Action { report: Some(Report::Resumed { to: segw }), ..Action::default() };
                    (Self::Active { segw, since, failures, failback_at }, action)
                }
                // What comes in does not mean that anything goes out.
                _ => (self, Action { ask: Ask::Routes, ..Action::default() }),
            },
            Input::Lost(_) if matches!(stage, Stage::Probing(_)) => world.resume(wanted, failures, End::Nothing),
            Input::Lost(_) => (Self::Hold { segw, switch_to, failures, kept: None, stage, at }, Action::default()),
            Input::Up(to) => {
                let action = Action { report: Some(Report::Resumed { to }), ..Action::default() };
                (world.active(to, failures), action)
            }
            Input::Switch(to) => {
                let switch_to = Some(to).filter(|to| *to != segw);
                let state = Self::Hold { segw, switch_to, failures, kept, stage, at };
                (state, Action { ask: Ask::Routes, ..Action::default() })
            }
            Input::Dialled(to) => {
                let action = Action { end, report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, failures), action)
            }
            _ => (self, Action::default()),
        }
    }
}
