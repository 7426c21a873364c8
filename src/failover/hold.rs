//! Own faults: while this host has no route to any SEGW nothing is dialled and nobody is blamed; the moment there is
//! one again the connection goes on where it was.

use super::{Action, Ask, Course, End, Input, Report, Stage, State, World};
use crate::cause::Cause;
use crate::segw::SegwId;
use crate::time::Instant;

/// How long to wait until the routes are looked at again, in milliseconds: for changes that nobody announced.
const LOOK_MS: u32 = 1_000;
/// How long the IKE_SA that was kept has to show that it works once there is a route, in milliseconds.
const PROBE_MS: u32 = 1_000;

impl World<'_> {
    /// A dial found no route: asks which SEGWs there is a route to.
    pub(super) fn ask(&self, segw: SegwId, course: Course) -> (State, Action) {
        let at = self.now.after(LOOK_MS);
        let state = State::Hold { segw, course, kept: None, stage: Stage::Asked, at };
        (state, Action { ask: Ask::Routes, ..Action::default() })
    }

    /// Puts the connection on hold.
    pub(super) fn hold(&self, segw: SegwId, course: Course, kept: Option<Instant>, end: End) -> (State, Action) {
        let state = State::Hold { segw, course, kept, stage: Stage::Down, at: self.now.after(LOOK_MS) };
        (state, Action { end, report: Some(Report::Hold { segw }), ..Action::default() })
    }

    /// Dials the SEGW that the connection was on.
    fn resume(&self, segw: SegwId, course: Course, end: End) -> (State, Action) {
        let report = Some(Report::Resumed { to: segw });
        (self.connecting(segw, course), Action { end, dial: Some(segw), report, ..Action::default() })
    }
}

impl State {
    /// The decision on hold.
    pub(super) fn step_hold(self, input: Input, world: &World) -> (Self, Action) {
        let Self::Hold { segw, course, kept, stage, at } = self else { return (self, Action::default()) };
        let end = if kept.is_some() { End::Main } else { End::Nothing };
        match input {
            Input::Routes(routes) if routes.is_empty() => {
                let (state, action) = world.hold(segw, course, kept, End::Nothing);
                (state, if stage == Stage::Asked { action } else { Action::default() })
            }
            Input::Routes(routes) if !routes.contains(segw) => {
                world.onward(segw, course, routes.others(world.segws), Cause::NoRoute, end)
            }
            Input::Routes(_) => match (stage, kept) {
                (Stage::Probing, _) => (self, Action::default()),
                (_, Some(_)) => {
                    let state = Self::Hold { segw, course, kept, stage: Stage::Probing, at: world.now.after(PROBE_MS) };
                    (state, Action { ask: Ask::Life, ..Action::default() })
                }
                (Stage::Down, None) => world.resume(segw, course, End::Nothing),
                // The dial and the look disagree: no reason to dial again at once.
                (Stage::Asked, None) => world.failed(segw, course, Cause::NoRoute, End::Nothing),
            },
            Input::Timeout if world.now < at => (self, Action::default()),
            Input::Timeout if stage == Stage::Probing => world.resume(segw, course, End::Main),
            Input::Timeout => {
                let state = Self::Hold { segw, course, kept, stage, at: world.now.after(LOOK_MS) };
                (state, Action { ask: Ask::Routes, ..Action::default() })
            }
            Input::Heard => match kept {
                Some(since) => {
                    let failback_at = world.failback_at(segw, course.relapses);
                    let action = Action { report: Some(Report::Resumed { to: segw }), ..Action::default() };
                    (Self::Active { segw, since, course, failback_at }, action)
                }
                None => (self, Action::default()),
            },
            Input::Lost(_) if stage == Stage::Probing => world.resume(segw, course, End::Nothing),
            Input::Lost(_) => (Self::Hold { segw, course, kept: None, stage, at }, Action::default()),
            Input::Up(to) => world.up(to, course),
            Input::Switch(to) if to != segw => {
                let state =
                    Self::Hold { segw: to, course, kept: None, stage: Stage::Down, at: world.now.after(LOOK_MS) };
                (state, Action { end, ask: Ask::Routes, ..Action::default() })
            }
            Input::Dialled(to) => {
                let action = Action { end, report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, course), action)
            }
            _ => (self, Action::default()),
        }
    }
}
