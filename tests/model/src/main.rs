//! Every order of losses, answers, refusals, timeouts, roams, operator's words, up to a depth, on the real engine; see
//! README.md.

mod normal;
mod twin;
mod world;

use std::process::ExitCode;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model, Property};
use world::{Gateway, Step, World};

struct Router;

impl Model for Router {
    type State = World;
    type Action = Step;

    /// Where to begin: the further along, the deeper a depth reaches.
    fn init_states(&self) -> Vec<World> {
        let boot = World::booting;
        let up = || boot().after(&[Step::Answer(1), Step::Answer(2)]);
        vec![
            boot(),
            up(),
            // The primary has died, both are on the secondary, and it is back: the hold-down runs.
            up().after(&[
                Step::Gateway(0, Gateway::Dead),
                Step::Lose(1),
                Step::Lose(2),
                Step::Answer(3),
                Step::Answer(4),
                Step::Gateway(0, Gateway::Alive),
            ]),
            // The primary has refused both once, they are on the secondary: the hold-down runs.
            boot().after(&[
                Step::Gateway(0, Gateway::Refuses),
                Step::Answer(1),
                Step::Answer(2),
                Step::Answer(3),
                Step::Answer(4),
            ]),
            // No SEGW answers: one has come to the end of its round.
            boot().after(&[
                Step::Gateway(0, Gateway::Dead),
                Step::Gateway(1, Gateway::Refuses),
                Step::Gateway(2, Gateway::Dead),
                Step::Answer(1),
                Step::Answer(3),
                Step::Answer(4),
            ]),
        ]
    }

    fn actions(&self, state: &World, steps: &mut Vec<Step>) {
        state.steps(steps);
    }

    fn next_state(&self, state: &World, step: Step) -> Option<World> {
        let mut next = state.clone();
        next.take(step);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("never two active", |_, state: &World| state.never_two()),
            Property::always("never without a retry loop unless stopped", |_, state: &World| state.retries()),
            Property::always("a living SEGW is found", |_, state: &World| state.finds_a_living_segw()),
            Property::always("no move without evidence, nobody blamed for the router", |_, state: &World| {
                state.wrong.is_none()
            }),
        ]
    }
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let depth = words.next().and_then(|word| word.parse().ok()).unwrap_or(7);
    let threads = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
    let began = Instant::now();
    let checker =
        Router.checker().target_max_depth(depth).finish_when(HasDiscoveries::Any).threads(threads).spawn_bfs().join();
    println!(
        "{} states, {} of them different, depth {}, {} s",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed().as_secs()
    );
    let found = checker.discoveries();
    for property in Router.properties() {
        let Some(path) = found.get(property.name) else {
            println!("ok   {}", property.name);
            continue;
        };
        println!("FAIL {}", property.name);
        let mut last = None;
        for (state, step) in path.clone().into_vec() {
            println!("     {}{}", state.told(), step.map_or_else(String::new, |step| format!("\n       {step:?}")));
            last = Some(state);
        }
        if let Some(wrong) = last.and_then(|state| state.wrong) {
            println!("     {wrong}");
        }
    }
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
