//! Own faults: while this host has no route to any SEGW nothing is dialled and nobody is blamed; the moment there is
//! one again the connection goes on where it was.

use super::{Action, Ask, End, Failures, Input, Report, Stage, State, World};
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
        let state = State::Hold { segw, failures, kept: None, stage: Stage::Asked, at };
        (state, Action { ask: Ask::Routes, ..Action::default() })
    }

    /// Puts the connection on hold.
    #[inline(never)]
    pub(super) fn hold(&self, segw: SegwId, failures: Failures, kept: Option<Instant>, end: End) -> (State, Action) {
        let state = State::Hold { segw, failures, kept, stage: Stage::Down, at: self.now.after(LOOK_MS) };
        (state, Action { end, report: Some(Report::Hold { segw }), ..Action::default() })
    }

    /// Asks once more whether the IKE_SA that was kept works; `left` questions are left, this one counted.
    fn probe(&self, held: State, left: u8, ask: Ask) -> (State, Action) {
        let State::Hold { segw, failures, kept, .. } = held else { return (held, Action::default()) };
        let stage = Stage::Probing(left.saturating_sub(1));
        let state = State::Hold { segw, failures, kept, stage, at: self.now.after(PROBE_MS) };
        (state, Action { ask, ..Action::default() })
    }

    /// There is a route again: goes on where the connection was, or waits until the penalty of all is over.
    fn go_on(&self, segw: SegwId, failures: Failures) -> (State, Action) {
        let stay = (self.policy.on_refusal == OnRefusal::Stay).then_some(segw);
        let to = if self.barred.contains(segw) { self.round_start(stay) } else { Some(segw) };
        match (to, self.barred_until) {
            (None, Some(retry_at)) => (State::Backoff { failures, retry_at, stay }, Action::default()),
            (to, _) => self.resume(to.unwrap_or(segw), failures, End::Nothing),
        }
    }

    /// Dials the SEGW that the connection was on.
    #[inline(never)]
    fn resume(&self, segw: SegwId, failures: Failures, end: End) -> (State, Action) {
        let report = Some(Report::Resumed { to: segw });
        (self.connecting(segw, failures), Action { end, dial: Some(segw), report, ..Action::default() })
    }
}

impl State {
    /// The decision on hold.
    pub(super) fn step_hold(self, input: Input, world: &World) -> (Self, Action) {
        let Self::Hold { segw, failures, kept, stage, at } = self else { return (self, Action::default()) };
        let end = if kept.is_some() { End::Main } else { End::Nothing };
        match input {
            Input::Routes(routes) if routes.is_empty() => {
                let (state, action) = world.hold(segw, failures, kept, End::Nothing);
                (state, if stage == Stage::Asked { action } else { Action::default() })
            }
            Input::Routes(routes) if !routes.contains(segw) => {
                world.onward(segw, failures, routes.others(world.segws), Cause::NoRoute, end)
            }
            Input::Routes(_) => match (stage, kept) {
                (Stage::Probing(_), _) => (self, Action::default()),
                (_, Some(_)) => world.probe(self, PROBES, Ask::Life),
                (Stage::Down, None) => world.go_on(segw, failures),
                // The dial and the look disagree: no reason to dial again at once.
                (Stage::Asked, None) => world.failed(segw, failures, Cause::NoRoute, End::Nothing),
            },
            Input::Timeout if world.now < at => (self, Action::default()),
            Input::Timeout => match stage {
                Stage::Probing(0) => world.resume(segw, failures, End::Main),
                Stage::Probing(left) => world.probe(self, left, Ask::Traffic),
                Stage::Asked | Stage::Down => {
                    let state = Self::Hold { segw, failures, kept, stage, at: world.now.after(LOOK_MS) };
                    (state, Action { ask: Ask::Routes, ..Action::default() })
                }
            },
            Input::Heard => match (kept, stage) {
                (Some(since), Stage::Probing(_)) => {
                    let failback_at = world.failback_at(segw, failures.relapses);
                    let action = Action { report: Some(Report::Resumed { to: segw }), ..Action::default() };
                    (Self::Active { segw, since, failures, failback_at }, action)
                }
                // What comes in does not mean that anything goes out.
                _ => (self, Action { ask: Ask::Routes, ..Action::default() }),
            },
            Input::Lost(_) if matches!(stage, Stage::Probing(_)) => world.resume(segw, failures, End::Nothing),
            Input::Lost(_) => (Self::Hold { segw, failures, kept: None, stage, at }, Action::default()),
            Input::Up(to) => {
                let action = Action { report: Some(Report::Resumed { to }), ..Action::default() };
                (world.active(to, failures), action)
            }
            Input::Switch(to) if to != segw => {
                let state =
                    Self::Hold { segw: to, failures, kept: None, stage: Stage::Down, at: world.now.after(LOOK_MS) };
                (state, Action { end, ask: Ask::Routes, ..Action::default() })
            }
            Input::Dialled(to) => {
                let action = Action { end, report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, failures), action)
            }
            _ => (self, Action::default()),
        }
    }
}
