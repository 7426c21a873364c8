//! The decision proper: what each input means in each state.

use super::{Action, End, Failures, Input, Move, Promote, Report, State, World};
use crate::cause::Cause;

impl State {
    /// The decision: what this input means in this state.
    #[must_use]
    pub fn step(self, input: Input, world: &World) -> (Self, Action) {
        let stay = (self, Action::default());
        match (self, input) {
            (Self::Stopped, Input::Stop | Input::LaidDown) => stay,
            (_, Input::LaidDown) => (Self::Idle, Action { end: End::All, ..Action::default() }),
            (_, Input::Stop) => {
                let action = Action { end: End::All, report: Some(Report::Stop), ..Action::default() };
                (Self::Stopped, action)
            }
            (Self::Connecting { .. } | Self::Active { .. } | Self::Moving { .. }, _) => self.step_up(input, world),
            (Self::Hold { .. }, _) => self.step_hold(input, world),
            (_, Input::Start) => world.start(),
            (_, Input::Resume(to)) => {
                let action = Action { dial: Some(to), report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, Failures::default()), action)
            }
            (_, Input::Switch(to)) => {
                let report = Report::Moved { from: None, to, why: Move::Switch };
                let action = Action { dial: Some(to), report: Some(report), ..Action::default() };
                (world.connecting(to, Failures::default()), action)
            }
            (_, Input::Dialled(to)) => {
                let action = Action { report: Some(Report::Start { to }), ..Action::default() };
                (world.connecting(to, Failures::default()), action)
            }
            (Self::Backoff { failures, retry_at, stay }, Input::Timeout) if world.now >= retry_at => {
                let to = world.round_start(stay);
                (world.connecting(to, failures), Action { dial: Some(to), ..Action::default() })
            }
            (Self::Backoff { failures, stay, .. }, Input::Routes(routes)) if routes.is_empty() => {
                world.hold(world.round_start(stay), failures, None, End::Nothing)
            }
            (Self::Exhausted { retry_at: Some(retry_at) }, Input::Timeout) if world.now >= retry_at => world.start(),
            _ => stay,
        }
    }

    /// The decision while an IKE_SA is wanted and there is one.
    fn step_up(self, input: Input, world: &World) -> (Self, Action) {
        match self {
            Self::Connecting { segw, failures, give_up_at } => match input {
                Input::Up(to) => world.up(to, failures),
                // The dial found no route: whether there is one to another SEGW decides.
                Input::Lost(Cause::NoRoute) => world.ask(segw, failures),
                Input::Lost(cause) => world.failed(segw, failures, cause, End::Nothing),
                Input::Routes(routes) if routes.is_empty() => world.hold(segw, failures, None, End::Main),
                Input::Routes(routes) if !routes.contains(segw) => {
                    world.onward(segw, failures, routes.others(world.segws), Cause::NoRoute, End::Main)
                }
                Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                    let hurried = failures.hurried || world.is_hasty(segw, failures);
                    world.failed(segw, Failures { hurried, ..failures }, Cause::ConnectTimeout, End::Main)
                }
                Input::Switch(to) if to != segw => {
                    let report = Some(Report::Moved { from: Some(segw), to, why: Move::Switch });
                    let action = Action { end: End::Main, dial: Some(to), report, ..Action::default() };
                    (world.connecting(to, failures), action)
                }
                Input::Redialled(to) if to != segw => (world.connecting(to, failures), Action::default()),
                _ => (self, Action::default()),
            },
            Self::Active { segw, since, failures, failback_at } => match input {
                Input::Lost(cause) => world.lost(segw, world.failures_after_loss(segw, since, failures), cause),
                Input::Routes(routes) if routes.is_empty() => {
                    world.hold(segw, world.failures_after_leaving(since, failures), Some(since), End::Nothing)
                }
                Input::Routes(routes) if !routes.contains(segw) => {
                    let failures = world.failures_after_leaving(since, failures);
                    world.onward(segw, failures, routes.others(world.segws), Cause::NoRoute, End::Main)
                }
                // Another IKE_SA of the connection took over (`swanctl --initiate`).
                Input::Up(to) if to != segw => world.up(to, world.failures_after_leaving(since, failures)),
                Input::Redialled(to) => {
                    (world.connecting(to, world.failures_after_leaving(since, failures)), Action::default())
                }
                Input::Switch(to) if to != segw => world.moving(segw, since, to, Move::Switch, failures, End::Nothing),
                Input::Timeout if failback_at.is_some_and(|at| world.now >= at) => match world.better(segw) {
                    Some(to) => world.moving(segw, since, to, Move::Failback, failures, End::Nothing),
                    None => {
                        let failback_at = world.look_again_at(segw, failback_at);
                        (Self::Active { segw, since, failures, failback_at }, Action::default())
                    }
                },
                _ => (self, Action::default()),
            },
            Self::Moving { from, since, to, why, failures, give_up_at } => {
                let back = |cause, end| {
                    let failback_at = world.failback_at(from, failures.relapses);
                    let report = Some(Report::MoveFailed { from, to, cause });
                    let action = Action { end, report, ..Action::default() };
                    (Self::Active { segw: from, since, failures, failback_at }, action)
                };
                // Failing back, the next SEGW that is preferred is better than none.
                let failed = |cause, end| match world.next_better(from, to).filter(|_| why == Move::Failback) {
                    None => back(cause, end),
                    Some(next) => {
                        let (state, action) = world.moving(from, since, next, why, failures, end);
                        (state, Action { report: Some(Report::MoveFailed { from, to, cause }), ..action })
                    }
                };
                let again = |cause, end| {
                    let report = Some(Report::Address { segw: to, cause });
                    let state = Self::Moving { from, since, to, why, failures, give_up_at: world.give_up_at() };
                    (state, Action { end, dial: Some(to), again: true, report, ..Action::default() })
                };
                match input {
                    Input::TrialUp => {
                        let report = Some(Report::Moved { from: Some(from), to, why });
                        // Promoting made the old main IKE_SA the trial: that one is to end.
                        let action = Action { promote: Promote::Trial, end: End::Trial, report, ..Action::default() };
                        (world.active(to, world.failures_after_leaving(since, failures)), action)
                    }
                    Input::TrialLost(cause) if world.has_other(to, cause) => again(cause, End::Nothing),
                    Input::TrialLost(cause) => failed(cause, End::Nothing),
                    Input::Timeout if give_up_at.is_some_and(|at| world.now >= at) => {
                        let cause = Cause::ConnectTimeout;
                        if world.has_other(to, cause) { again(cause, End::Trial) } else { failed(cause, End::Trial) }
                    }
                    Input::Routes(routes) if routes.is_empty() => {
                        world.hold(from, world.failures_after_leaving(since, failures), Some(since), End::Trial)
                    }
                    Input::Routes(routes) => match (routes.contains(from), routes.contains(to)) {
                        (true, true) => (self, Action::default()),
                        (true, false) => back(Cause::NoRoute, End::Trial),
                        (false, true) => {
                            let failures = world.failures_after_leaving(since, failures);
                            let report = Some(Report::Failover { from, to, cause: Cause::NoRoute });
                            let action =
                                Action { promote: Promote::Trial, end: End::Trial, report, ..Action::default() };
                            (Self::Connecting { segw: to, failures, give_up_at }, action)
                        }
                        (false, false) => {
                            let failures = world.failures_after_leaving(since, failures);
                            world.onward(from, failures, routes.others(world.segws), Cause::NoRoute, End::All)
                        }
                    },
                    Input::Lost(cause) => {
                        let failures = world.failures_after_loss(from, since, failures);
                        let failures = Failures { failed: failures.failed.with(from), ..failures };
                        let report = Some(Report::Failover { from, to, cause });
                        let action = Action { promote: Promote::Trial, report, ..Action::default() };
                        (Self::Connecting { segw: to, failures, give_up_at }, action)
                    }
                    // Another IKE_SA of the connection took over: the SEGW has initiated it.
                    Input::Up(to) => {
                        let (state, action) = world.up(to, world.failures_after_leaving(since, failures));
                        (state, Action { end: End::Trial, ..action })
                    }
                    Input::Switch(home) if home == from => back(Cause::Operator, End::Trial),
                    Input::Switch(other) if other != to => {
                        world.moving(from, since, other, Move::Switch, failures, End::Trial)
                    }
                    Input::Redialled(home) => {
                        // The old main IKE_SA is gone for a moment anyway: let the trial go, charon dials.
                        let failures = world.failures_after_leaving(since, failures);
                        (world.connecting(home, failures), Action { end: End::Trial, ..Action::default() })
                    }
                    _ => (self, Action::default()),
                }
            }
            _ => (self, Action::default()),
        }
    }
}
