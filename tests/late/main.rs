//! Random histories in which charon does nothing at once: actions wait for their turn, IKE_SAs are lost while they are
//! rekeyed or reauthenticated, traps dial beside us, names have several addresses. `world` checks after every input what must
//! always hold; here is what must hold in the end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)]

mod charon;
#[path = "../world/clock.rs"]
mod clock;
mod log;
mod step;
mod world;

use clock::Clock as _;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, proptest};
use segw::failover::State;
use segw::ike::Role;
use step::{Step, Who, step};
use world::{Gateway, POLICIES, World};

/// The longest penalty, the longest pause, and a round of timeouts.
const SETTLED_MS: u64 = 300_000 + 60_000 + 6 * 60_000;
/// The longest rest of an exhausted connection, and a round.
const RESTED_MS: u64 = 4_000_000;

/// One gateway lives and answers, the others are dead: it is found, and nothing is left beside it.
fn finds(world: &mut World, living: usize) {
    for gateway in 0..world.gateways.len() {
        world.set(gateway, if gateway == living { Gateway::Alive } else { Gateway::Dead });
    }
    world.run(SETTLED_MS);
    if matches!(world.state(), State::Exhausted { .. }) {
        world.run(RESTED_MS);
    }
    let state = world.state();
    if matches!(state, State::Stopped) {
        assert!(world.operated, "stopped by nobody\n{}", world.story());
        assert!(world.sas.is_empty(), "stopped, but {:?}\n{}", world.sas, world.story());
        return;
    }
    assert_eq!(state.active(), u8::try_from(living).ok(), "{state:?} {:?}\n{}", world.sas, world.story());
    assert!(matches!(state, State::Active { .. } | State::Moving { .. }), "{state:?}\n{}", world.story());
    let main = world.engine.ike_sas("vpn").find(|sa| sa.role == Role::Main).unwrap().unique_id;
    let carrying: Vec<u32> = world.carrying().filter(|(_, sa)| sa.gateway == living).map(|(id, _)| *id).collect();
    assert!(carrying.contains(&main), "{main} is not up, {carrying:?} are\n{}", world.story());
    // What a trap made may stay beside it.
    assert!(world.trapped || carrying == [main], "two at once: {carrying:?}\n{}", world.story());
}

/// What a history is made of: the engine's seed, how many gateways, the policy, which gateway lives in the end, and what
/// happens.
type History = (u64, usize, usize, usize, Vec<Step>);

fn history(who: Who) -> impl Strategy<Value = History> {
    (any::<u64>(), 1..5usize, 0..POLICIES.len(), 0..8usize, vec(step(who), 1..40))
}

fn play((seed, gateways, policy, living, steps): History) {
    let mut world = World::new(seed, gateways, policy);
    for step in &steps {
        world.play(step);
    }
    world.calm();
    finds(&mut world, living % gateways);
    if gateways > 1 && !matches!(world.state(), State::Stopped) {
        // And it is still watched.
        finds(&mut world, (living + 1) % gateways);
    }
}

/// How many cases: other numbers by proptest's own variable, fewer for an emulator, more for a night.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(80), failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default()
    })]

    #[test]
    fn a_living_segw_is_found_although_charon_is_late(history in history(Who::Network)) {
        play(history);
    }

    #[test]
    fn only_an_operator_stops_a_connection(history in history(Who::Operator)) {
        play(history);
    }

    #[test]
    fn what_a_trap_dials_does_not_lead_astray(history in history(Who::Trap)) {
        play(history);
    }
}
