//! Random histories in virtual time: gateways die, return, refuse, drop, answer late; routes go and come; operators
//! interfere. `world` checks after every input that no connection has two active SEGWs or no retry loop, `judge` every
//! decision; here is what must hold in the end.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod world;

use std::fmt::Write as _;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use segw::failover::State;
use world::{Clock as _, Gateway, World};

#[derive(Clone, Debug)]
enum Step {
    Set(usize, Gateway),
    Delete(usize),
    Terminate(usize),
    Command(&'static str, usize),
    Switch(usize, u8),
    Pin(usize, u8, Option<u16>),
    Unpin(usize),
    Drain(usize, Option<u16>),
    Undrain(usize),
    Rekey(usize),
    Route(Option<usize>, bool),
    /// No data come from a gateway, or they do again.
    Mute(usize, bool),
    /// Applications talk, or do not.
    Traffic(bool),
    /// What is asked through the tunnels answers, or does not.
    Site(bool),
    /// The wall clock is set, in seconds from its beginning of 2026 on, or is not; local time is ahead by so many hours.
    Clock(Option<u32>, i8),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        4 => Just(Gateway::Alive), 4 => Just(Gateway::Dead), 1 => Just(Gateway::Refuses), 1 => Just(Gateway::Drops),
        1 => (1..30_000u64).prop_map(Gateway::Late), 1 => (1..32u8).prop_map(Gateway::Busy)
    ];
    prop_oneof![
        4 => (0..8usize, kind).prop_map(|(gateway, kind)| Step::Set(gateway, kind)),
        2 => (0..8usize).prop_map(Step::Delete),
        1 => (0..4usize).prop_map(Step::Terminate),
        2 => (prop_oneof![Just("INITIATE"), Just("TERMINATE")], 0..4usize).prop_map(|(verb, n)| Step::Command(verb, n)),
        2 => (0..4usize, 0..8u8).prop_map(|(n, to)| Step::Switch(n, to)),
        1 => (0..4usize, 0..8u8, proptest::option::of(1..60u16)).prop_map(|(n, to, time)| Step::Pin(n, to, time)),
        1 => (0..4usize).prop_map(Step::Unpin),
        1 => (0..8usize, proptest::option::of(1..60u16)).prop_map(|(gateway, time)| Step::Drain(gateway, time)),
        1 => (0..8usize).prop_map(Step::Undrain),
        2 => (0..4usize).prop_map(Step::Rekey),
        2 => (proptest::option::of(0..8usize), any::<bool>()).prop_map(|(gateway, up)| Step::Route(gateway, up)),
        1 => (0..8usize, any::<bool>()).prop_map(|(gateway, mute)| Step::Mute(gateway, mute)),
        1 => any::<bool>().prop_map(Step::Traffic),
        1 => any::<bool>().prop_map(Step::Site),
        1 => (proptest::option::weighted(0.9, 0..2_000_000u32), -12..15i8).prop_map(|(set, ahead)| Step::Clock(set, ahead)),
        8 => (0..30_000u64).prop_map(Step::Wait),
    ]
}

fn lasting(seconds: Option<u16>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(" for {seconds}s"))
}

fn play(world: &mut World, steps: &[Step]) {
    let gateways = world.gateways.len();
    let name = |world: &World, n: usize| world.names[n % world.names.len()].clone();
    for step in steps {
        match *step {
            Step::Set(gateway, kind) => world.set(gateway % gateways, kind),
            Step::Delete(gateway) => world.delete(gateway % gateways),
            Step::Terminate(n) => world.terminate(&name(world, n)),
            Step::Command(verb, n) => assert!(world.request(&format!("{verb} {}", name(world, n)))),
            Step::Switch(n, to) => {
                let request = format!("SWITCH {} {}", name(world, n), usize::from(to) % gateways);
                assert!(world.request(&request));
            }
            Step::Pin(n, to, time) => {
                world.judge.steered = true;
                let request = format!("PIN {} {}{}", name(world, n), usize::from(to) % gateways, lasting(time));
                assert!(world.request(&request));
            }
            Step::Unpin(n) => assert!(world.request(&format!("UNPIN {}", name(world, n)))),
            Step::Drain(gateway, time) => {
                world.judge.steered = true;
                assert!(world.request(&format!("DRAIN 10.0.0.{}{}", 1 + gateway % gateways, lasting(time))));
            }
            Step::Undrain(gateway) => assert!(world.request(&format!("UNDRAIN 10.0.0.{}", 1 + gateway % gateways))),
            Step::Rekey(n) => world.rekey(&name(world, n)),
            Step::Route(gateway, up) => world.route(gateway.map(|gateway| gateway % gateways), up),
            Step::Mute(gateway, mute) => world.mute(gateway % gateways, mute),
            Step::Traffic(on) => world.traffic = on,
            Step::Site(answers) => world.site(answers),
            Step::Clock(set, ahead) => world.clock(set, ahead),
            Step::Wait(ms) => world.run(ms),
        }
    }
}

/// How many cases: other numbers by proptest's own variable, fewer for an emulator, more for a night.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

const POLICIES: [&str; 18] = [
    "{}",
    r#"{"failback":"hold_down","hold_down_ms":20000,"stable_ms":2000}"#,
    r#"{"connect_timeout_ms":1000,"backoff_initial_ms":100,"backoff_limit_ms":1000,"jitter_pct":100,"stable_ms":0}"#,
    r#"{"connect_timeout_ms":0,"auth_penalty_ms":1000,"failback":"hold_down","hold_down_ms":1000}"#,
    r#"{"spread_ms":20000,"stable_ms":1000,"connect_timeout_ms":3000}"#,
    r#"{"on_refusal":"stay","auth_penalty_ms":3000,"liveness_interval_ms":500}"#,
    r#"{"data_action":"move","data_suspect_ms":3000,"suspect_ms":300,"probe_ms":100,"probe_misses":7,"stable_ms":1000}"#,
    r#"{"stable_ms":1000}|{"targets":"10.1.0.1","interval_ms":2000,"misses":3,"action":"move"}"#,
    r#"{"liveness_interval_ms":0,"stable_ms":0}|{"targets":"10.1.0.1","interval_ms":1000,"recover":3,"action":"rekey"}"#,
    r#"{"liveness_interval_ms":0,"connect_timeout_ms":2500,"backoff_base":1,"jitter_pct":0,"failback":"hold_down","hold_down_ms":5000,"hold_down_limit_ms":20000}"#,
    r#"{"stable_ms":1000,"failback":"hold_down","hold_down_ms":3000,"failback_window":"thu-sun 08:00-22:00"}"#,
    r#"{"standby":"ike","stable_ms":1000,"failback":"hold_down","hold_down_ms":10000}"#,
    r#"{"standby":"ike","stable_ms":0,"auth_penalty_ms":1000,"suspect_ms":300,"probe_ms":100,"probe_misses":7,"data_action":"move"}"#,
    r#"{"order":"hash","failback":"hold_down","hold_down_ms":10000,"stable_ms":1000}"#,
    r#"{"order":"hash","preferences":"EACH","weights":"EACH","failback":"hold_down","hold_down_ms":5000,"stable_ms":0}"#,
    r#"{"order":"rtt","failback":"hold_down","hold_down_ms":5000,"stable_ms":0,"liveness_interval_ms":2000}"#,
    r#"{"order":"rtt","preferences":"EACH","standby":"ike","failback":"hold_down","hold_down_ms":10000,"stable_ms":1000}"#,
    r#"{"standby":"ike","spread_ms":5000,"stable_ms":2000,"connect_timeout_ms":2500,"liveness_interval_ms":3000}"#,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_connection_finds_a_living_segw(
        seed in any::<u64>(),
        connections in 1..4usize,
        gateways in 1..6usize,
        policy in 0..POLICIES.len(),
        living in 0..8usize,
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(seed, connections, gateways, POLICIES[policy]);
        play(&mut world, &steps);
        // In the end the network is there, one gateway lives and answers, the others are dead.
        world.route(None, true);
        for gateway in 0..gateways {
            world.set(gateway, if gateway == living % gateways { Gateway::Alive } else { Gateway::Dead });
            world.mute(gateway, false);
        }
        world.site(true);
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
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let run = || {
            let mut world = World::new(seed, 2, 3, POLICIES[1]);
            play(&mut world, &steps);
            assert!(world.request("STATUS") && world.request("HISTORY"));
            world.output
        };
        assert_eq!(run(), run());
    }
}

const WINDOWS: [&str; 6] = [
    "02:00-04:00",
    "fri 22:00-02:00",
    "mon-sun 00:00-24:00",
    "sat-tue 23:59-00:01",
    "wed 12:00-11:59",
    "sun-sat 06:30-18:30",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), failure_persistence: None, ..ProptestConfig::default() })]

    /// `judge` refuses a failback that begins outside of its window, or while the clock is not set.
    #[test]
    fn no_failback_begins_outside_of_its_window(
        seed in any::<u64>(),
        window in 0..WINDOWS.len(),
        turns in proptest::collection::vec(
            (0..3usize, proptest::option::weighted(0.8, 0..2_000_000u32), -12..15i8, 0..200_000_000u64), 1..12,
        ),
    ) {
        let window = WINDOWS[window];
        let policy = format!(r#"{{"liveness_interval_ms":0,"failback":"hold_down","hold_down_ms":5000,"stable_ms":0,"failback_window":"{window}"}}"#);
        let mut world = World::new(seed, 2, 3, &policy);
        for (lost, set, ahead, ms) in turns {
            world.delete(lost);
            world.clock(set, ahead);
            world.run(ms);
        }
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
fn a_standby_carries_what_is_lost_without_a_dial() {
    let mut world = World::new(7, 1, 3, r#"{"standby":"ike"}"#);
    for (gone, next) in [(0, 1), (1, 2)] {
        world.run(30_000);
        let dials = world.dials.len();
        world.delete(gone);
        world.run(60);
        assert_eq!((world.state("c0").active(), world.dials.len()), (Some(next), dials));
    }
    // One that has gone without a word costs a second and a dial.
    world.set(0, Gateway::Alive);
    world.run(30_000);
    world.delete(2);
    world.set(0, Gateway::Dead);
    world.run(1_000);
    assert_eq!((world.state("c0").active(), world.dials.last().map(|(.., to)| *to)), (None, Some(0)));
    world.run(10_000);
    assert!(world.state("c0").active().is_some());
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

/// What a history leads to, with times counted from its start.
fn outcome(origin: u64, seed: u64, policy: &str, steps: &[Step]) -> String {
    let mut world = World::born_at(origin, seed, 2, 3, policy);
    play(&mut world, steps);
    world.run(120_000);
    let mut outcome = String::new();
    for (at, name, segw) in &world.dials {
        writeln!(outcome, "{} {name} {segw}", at - origin).unwrap();
    }
    for name in &world.names {
        writeln!(outcome, "{:?}", world.state(name).poll_at().map(|at| at.0 - origin)).unwrap();
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(200), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_not_matter_what_the_clock_shows(
        seed in any::<u64>(),
        policy in 0..POLICIES.len(),
        before in 0..600_000u64,
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let fresh = outcome(0, seed, POLICIES[policy], &steps);
        // Across the end of 32 bits of milliseconds (49.7 days), and after ten years.
        for origin in [(1 << 32) - before, 10 * 365 * 86_400_000] {
            assert_eq!(outcome(origin, seed, POLICIES[policy], &steps), fresh, "from {origin} ms on");
        }
    }

    #[test]
    fn own_faults_are_no_gateways(
        seed in any::<u64>(),
        policy in 0..POLICIES.len(),
        flips in proptest::collection::vec((0..20_000u64, any::<bool>()), 1..40),
    ) {
        let mut world = World::new(seed, 2, 3, POLICIES[policy]);
        for (wait, up) in flips {
            world.route(None, up);
            world.run(wait);
        }
        world.route(None, true);
        world.run(1_100);
        assert!(world.request("STATUS"));
        for word in ["segw_failover", "segw_backoff", "segw_exhausted", "INIT_UNREACHABLE", "LIVENESS", "CONNECT_TIMEOUT"] {
            assert!(!world.output.contains(word), "{word}");
        }
        for name in world.names.clone() {
            let first = world.dials.iter().find(|(_, dialled, _)| *dialled == name).map(|(.., segw)| *segw);
            assert_eq!(world.state(&name).active(), first.or(Some(0)), "{name}: {:?}", world.state(&name));
        }
    }
}

#[test]
fn nothing_drifts_in_ten_years() {
    const DAY_MS: u64 = 86_400_000;
    let policy = r#"{"failback":"hold_down","hold_down_ms":3600000,"liveness_interval_ms":0,"stable_ms":1000}"#;
    let mut world = World::new(7, 1, 2, policy);
    for day in 0..3_650 {
        // Each day at the same hour the primary goes for a minute; the hold-down brings it back to the millisecond.
        world.run(day * DAY_MS + DAY_MS / 2 - world.now);
        assert_eq!(world.state("c0").active(), Some(0), "day {day}");
        world.set(0, Gateway::Dead);
        let dials = world.dials.len();
        world.run(60_000);
        world.set(0, Gateway::Alive);
        let lost = day * DAY_MS + DAY_MS / 2 + 4_000;
        world.run(2 * 3_600_000);
        let times: Vec<u64> = world.dials[dials..].iter().map(|(at, ..)| *at).collect();
        assert_eq!(times, [lost, lost + 50 + 3_600_000], "day {day}");
        world.output.clear();
    }
}

#[test]
fn a_connection_in_trouble_starves_no_other() {
    let calm = |world: &mut World| {
        world.run(600_000);
        world.set(0, Gateway::Dead);
        world.run(600_000);
    };
    // Fifteen connections flap as fast as they can; the sixteenth does what it would do alone.
    let mut world = World::new(7, 16, 8, r#"{"stable_ms":0,"backoff_initial_ms":100,"backoff_limit_ms":100}"#);
    for gateway in 2..8 {
        world.set(gateway, Gateway::Drops);
    }
    for n in 1..16 {
        assert!(world.request(&format!("SWITCH c{n} {}", 2 + n % 6)));
    }
    calm(&mut world);
    let crowded: Vec<_> = world.dials.iter().filter(|(_, name, _)| name == "c0").cloned().collect();
    let mut world = World::new(7, 1, 8, r#"{"stable_ms":0,"backoff_initial_ms":100,"backoff_limit_ms":100}"#);
    calm(&mut world);
    assert_eq!(crowded, world.dials);
}
