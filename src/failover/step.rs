//! The decision proper: what each input means in each state.

use super::{Action, Course, End, Input, Move, Promote, Report, State, World};
use crate::cause::Cause;

impl State {
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
            (Self::Hold { .. }, _) => self.step_hold(input, world),
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
            (Self::Backoff { course, retry_at, stay }, Input::Timeout) if world.now >= retry_at => {
                match world.due(stay) {
                    Some(to) => (world.connecting(to, course), Action { dial: Some(to), ..Action::default() }),
                    None => {
                        let retry_at = world.barred_until.unwrap_or(retry_at).max(retry_at);
                        (Self::Backoff { course, retry_at, stay }, Action::default())
                    }
                }
            }
            (Self::Backoff { course, stay, .. }, Input::Routes(routes)) if routes.is_empty() => {
                world.hold(stay.or(world.first()).unwrap_or(0), course, None, End::Nothing)
            }
            (Self::Exhausted { retry_at: Some(retry_at) }, Input::Timeout) if world.now >= retry_at => {
                match world.barred_until.filter(|_| world.first().is_none()) {
                    Some(until) => (Self::Exhausted { retry_at: Some(until) }, Action::default()),
                    None => world.start(),
                }
            }
            _ => stay,
        }
    }

    /// The decision while an IKE_SA is wanted and there is one.
    fn step_up(self, input: Input, world: &World) -> (Self, Action) {
        match self {
            Self::Connecting { segw, course, give_up_at } => match input {
                Input::Up(to) => world.up(to, course),
                // The dial found no route: whether there is one to another SEGW decides.
                Input::Lost(Cause::NoRoute) => world.ask(segw, course),
                Input::Lost(cause) => world.failed(segw, course, cause, End::Nothing),
                Input::Routes(routes) if routes.is_empty() => world.hold(segw, course, None, End::Main),
                Input::Routes(routes) if !routes.contains(segw) => {
                    world.onward(segw, course, routes.others(world.segws), Cause::NoRoute, End::Main)
                }
                Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                    world.failed(segw, course, Cause::ConnectTimeout, End::Main)
                }
                Input::Switch(to) if to != segw => {
                    let report = Some(Report::Moved { from: Some(segw), to, why: Move::Switch });
                    let action = Action { end: End::Main, dial: Some(to), report, ..Action::default() };
                    (world.connecting(to, course), action)
                }
                Input::Redialled(to) if to != segw => (world.connecting(to, course), Action::default()),
                _ => (self, Action::default()),
            },
            Self::Active { segw, since, course, failback_at } => match input {
                Input::Lost(cause) => {
                    world.failed(segw, world.course_of_loss(segw, since, course), cause, End::Nothing)
                }
                Input::Routes(routes) if routes.is_empty() => {
                    world.hold(segw, world.course_of_leave(since, course), Some(since), End::Nothing)
                }
                Input::Routes(routes) if !routes.contains(segw) => {
                    let course = world.course_of_leave(since, course);
                    world.onward(segw, course, routes.others(world.segws), Cause::NoRoute, End::Main)
                }
                // Another IKE_SA of the connection took over (`swanctl --initiate`).
                Input::Up(to) if to != segw => world.up(to, world.course_of_leave(since, course)),
                Input::Redialled(to) => (world.connecting(to, world.course_of_leave(since, course)), Action::default()),
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
                // Failing back, the next SEGW that is preferred is better than none.
                let failed = |cause, end| match world.next_better(from, to).filter(|_| why == Move::Failback) {
                    None => back(cause, end),
                    Some(next) => {
                        let (state, action) = world.moving(from, since, next, why, course, end);
                        (state, Action { report: Some(Report::MoveFailed { from, to, cause }), ..action })
                    }
                };
                let again = |cause, end| {
                    let report = Some(Report::Address { segw: to, cause });
                    let state = Self::Moving { from, since, to, why, course, give_up_at: world.give_up_at() };
                    (state, Action { end, dial: Some(to), again: true, report, ..Action::default() })
                };
                match input {
                    Input::TrialUp => {
                        let report = Some(Report::Moved { from: Some(from), to, why });
                        // Promoting made the old main IKE_SA the trial: that one is to end.
                        let action = Action { promote: Promote::Trial, end: End::Trial, report, ..Action::default() };
                        (world.active(to, world.course_of_leave(since, course)), action)
                    }
                    Input::TrialLost(cause) if world.has_other(to, cause) => again(cause, End::Nothing),
                    Input::TrialLost(cause) => failed(cause, End::Nothing),
                    Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                        let cause = Cause::ConnectTimeout;
                        if world.has_other(to, cause) { again(cause, End::Trial) } else { failed(cause, End::Trial) }
                    }
                    Input::Routes(routes) if routes.is_empty() => {
                        world.hold(from, world.course_of_leave(since, course), Some(since), End::Trial)
                    }
                    Input::Routes(routes) => match (routes.contains(from), routes.contains(to)) {
                        (true, true) => (self, Action::default()),
                        (true, false) => back(Cause::NoRoute, End::Trial),
                        (false, true) => {
                            let course = world.course_of_leave(since, course);
                            let report = Some(Report::Failover { from, to, cause: Cause::NoRoute });
                            let action =
                                Action { promote: Promote::Trial, end: End::Trial, report, ..Action::default() };
                            (Self::Connecting { segw: to, course, give_up_at }, action)
                        }
                        (false, false) => {
                            let course = world.course_of_leave(since, course);
                            world.onward(from, course, routes.others(world.segws), Cause::NoRoute, End::All)
                        }
                    },
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
                    Input::Redialled(home) => {
                        // The old main IKE_SA is gone for a moment anyway: let the trial go, charon dials.
                        let course = world.course_of_leave(since, course);
                        (world.connecting(home, course), Action { end: End::Trial, ..Action::default() })
                    }
                    _ => (self, Action::default()),
                }
            }
            _ => (self, Action::default()),
        }
    }
}
