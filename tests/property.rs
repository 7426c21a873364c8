//! Random histories in virtual time: gateways die, return, refuse, drop; operators interfere. `world` checks after every
//! input that no connection has two active SEGWs or no retry loop; here is what must hold in the end.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod world;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use segw::failover::State;
use world::{Gateway, World};

#[derive(Clone, Debug)]
enum Deed {
    Set(usize, Gateway),
    Delete(usize),
    Terminate(usize),
    Command(&'static str, usize),
    Switch(usize, u8),
    Rekey(usize),
    Wait(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let kind = prop_oneof![
        4 => Just(Gateway::Alive), 4 => Just(Gateway::Dead), 1 => Just(Gateway::Refuses), 1 => Just(Gateway::Drops)
    ];
    prop_oneof![
        4 => (0..8usize, kind).prop_map(|(gateway, kind)| Deed::Set(gateway, kind)),
        2 => (0..8usize).prop_map(Deed::Delete),
        1 => (0..4usize).prop_map(Deed::Terminate),
        2 => (prop_oneof![Just("INITIATE"), Just("TERMINATE")], 0..4usize).prop_map(|(verb, n)| Deed::Command(verb, n)),
        2 => (0..4usize, 0..8u8).prop_map(|(n, to)| Deed::Switch(n, to)),
        2 => (0..4usize).prop_map(Deed::Rekey),
        8 => (0..30_000u64).prop_map(Deed::Wait),
    ]
}

fn play(world: &mut World, deeds: &[Deed]) {
    let gateways = world.gateways.len();
    let name = |world: &World, n: usize| world.names[n % world.names.len()].clone();
    for deed in deeds {
        match *deed {
            Deed::Set(gateway, kind) => world.set(gateway % gateways, kind),
            Deed::Delete(gateway) => world.delete(gateway % gateways),
            Deed::Terminate(n) => world.terminate(&name(world, n)),
            Deed::Command(verb, n) => assert!(world.request(&format!("{verb} {}", name(world, n)))),
            Deed::Switch(n, to) => {
                let request = format!("SWITCH {} {}", name(world, n), usize::from(to) % gateways);
                assert!(world.request(&request));
            }
            Deed::Rekey(n) => world.rekey(&name(world, n)),
            Deed::Wait(ms) => world.run(ms),
        }
    }
}

const POLICIES: [&str; 4] = [
    "{}",
    r#"{"failback":"hold_down","hold_down_ms":20000,"stable_ms":2000}"#,
    r#"{"connect_timeout_ms":1000,"backoff_initial_ms":100,"backoff_limit_ms":1000,"jitter_pct":100,"stable_ms":0}"#,
    r#"{"connect_timeout_ms":0,"auth_penalty_ms":1000,"failback":"hold_down","hold_down_ms":1000}"#,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_connection_finds_a_living_segw(
        seed in any::<u64>(),
        connections in 1..4usize,
        gateways in 1..6usize,
        policy in 0..POLICIES.len(),
        living in 0..8usize,
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        let mut world = World::new(seed, connections, gateways, POLICIES[policy]);
        play(&mut world, &deeds);
        // In the end one gateway lives and answers, the others are dead.
        for gateway in 0..gateways {
            world.set(gateway, if gateway == living % gateways { Gateway::Alive } else { Gateway::Dead });
        }
        // The longest pause, the longest penalty, and a round of timeouts.
        world.run(60_000 + 300_000 + 6 * 15_000);
        for name in world.names.clone() {
            let state = world.state(&name);
            let found = state.active() == u8::try_from(living % gateways).ok();
            assert!(found || matches!(state, State::Stopped), "{name}: {state:?}");
        }
    }

    #[test]
    fn the_same_seed_and_inputs_give_the_same_bytes(
        seed in any::<u64>(),
        deeds in proptest::collection::vec(deed(), 1..40),
    ) {
        let run = || {
            let mut world = World::new(seed, 2, 3, POLICIES[1]);
            play(&mut world, &deeds);
            assert!(world.request("STATUS") && world.request("HISTORY"));
            world.output
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn a_dead_network_is_not_hammered() {
    let mut world = World::new(7, 1, 3, POLICIES[0]);
    for gateway in 0..3 {
        world.set(gateway, Gateway::Dead);
    }
    world.run(3_600_000);
    // Rounds of three dials that take 4 s each, and pauses of 30 to 60 s once they have grown.
    let dials = world.dials.len();
    assert!((3 * 3_600 / 80..3 * 3_600 / 35).contains(&dials), "{dials} dials in an hour");
}

#[test]
fn gateways_that_accept_and_drop_are_not_hammered() {
    let mut world = World::new(7, 1, 2, POLICIES[0]);
    for gateway in 0..2 {
        world.set(gateway, Gateway::Drops);
    }
    world.run(3_600_000);
    let dials = world.dials.len();
    assert!((100..300).contains(&dials), "{dials} dials in an hour");
}

#[test]
fn a_move_to_a_dead_segw_leaves_the_traffic_where_it_was() {
    let mut world = World::new(7, 1, 2, POLICIES[0]);
    world.run(100);
    world.set(1, Gateway::Dead);
    assert!(world.request("SWITCH c0 secondary"));
    assert!(matches!(world.state("c0"), State::Moving { from: 0, to: 1, .. }));
    world.run(20_000);
    assert!(matches!(world.state("c0"), State::Active { segw: 0, .. }), "{:?}", world.state("c0"));
    assert!(world.output.contains("segw_move_failed"));
}

#[test]
fn failback_waits_for_a_whole_hold_down_and_breaks_nothing() {
    let mut world = World::new(7, 1, 2, POLICIES[1]);
    world.run(25_000);
    world.set(0, Gateway::Dead);
    world.run(4_100);
    assert_eq!(world.state("c0").active(), Some(1));
    world.set(0, Gateway::Alive);
    world.run(19_000);
    assert_eq!(world.state("c0").active(), Some(1));
    world.run(1_500);
    assert_eq!(world.state("c0").active(), Some(0));
    assert!(world.output.contains("segw_failback"));
}
