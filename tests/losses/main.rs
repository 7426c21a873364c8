//! What packet loss does to a connection whose SEGW lives, and how soon one that dies is left: the real engine in virtual
//! time. Writes a table and a plot to target/losses. `tests/run losses`.
//!
//! False moves are far too rare to be counted. All the losses are independent, so what happens between two signs of life of
//! an idle SEGW does not depend on what was before: the engine itself is run through each of the few courses that this can
//! take (the first, the second, … question is answered; none is), which says how long each lasts, how many questions it has
//! and how it ends. Their probabilities are those of the loss. On the lines that lose most the same is also counted, question
//! by question, and has to agree.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures"
)]

mod device;
mod plot;

use std::fmt::Write as _;
use std::path::Path;

use device::{Device, Dice, End, Line, Traffic};
use segw::policy::Policy;

const HOUR_MS: u64 = 3_600_000;
const YEAR_H: f64 = 8_766.0;
const LOSSES: [f64; 5] = [0.01, 0.02, 0.05, 0.1, 0.2];
const RTT_MS: u64 = 20;
const BUSY: Traffic = Traffic::Each(10);
/// One request and its answer now and then.
const TALK: Traffic = Traffic::Each(3_000);

const DEFAULTS: Policy = Policy::DEFAULT;
const FAST: Policy = Policy { suspect_ms: 300, probe_ms: 100, probe_misses: 7, ..DEFAULTS };
const OLD: Policy = Policy { liveness_misses: 3, ..DEFAULTS };
const POLICIES: [(&str, Policy); 3] =
    [("defaults", DEFAULTS), ("fast: suspect 300 ms, probe 100 ms x 7", FAST), ("liveness 10 s x 3", OLD)];

/// So many of something; more with LOSSES_SCALE, for a night, and fewer where the engine is not optimised.
fn scaled(usual: u64) -> u64 {
    let times = std::env::var("LOSSES_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    if cfg!(debug_assertions) { usual / 20 } else { usual * times }
}

/// What an idle connection does in an hour.
#[derive(Clone, Copy, Debug)]
struct Rates {
    moves: f64,
    questions: f64,
}

/// From the courses that the engine takes.
fn exact(policy: &Policy, loss: f64) -> Rates {
    // A question is not answered if it is lost, or its answer.
    let miss = 1.0 - (1.0 - loss) * (1.0 - loss);
    let (mut left, mut ms, mut questions) = (1.0, 0.0, 0.0);
    for misses in 0.. {
        assert!(misses < 1_000, "never left");
        let mut device = Device::new(policy, 0, Line::Misses(0), Traffic::Idle, RTT_MS);
        assert_eq!(device.run(HOUR_MS, true), End::Answered);
        let (began, asked) = (device.now, device.questions);
        device.line = Line::Misses(misses);
        let end = device.run(HOUR_MS, true);
        let asked = (device.questions - asked) as f64;
        let lasted = (device.now - began) as f64;
        if end == End::Left {
            // All questions that there are were lost.
            ms += left * lasted;
            questions += left * asked;
            return Rates { moves: left / ms * HOUR_MS as f64, questions: questions / ms * HOUR_MS as f64 };
        }
        assert_eq!(end, End::Answered);
        let share = left * (1.0 - miss);
        ms += share * lasted;
        questions += share * asked;
        left *= miss;
    }
    unreachable!()
}

/// Counted, question by question.
fn counted(policy: &Policy, loss: f64, traffic: Traffic, ms: u64) -> Rates {
    let (mut moves, mut questions) = (0u32, 0u64);
    let mut now = 0;
    let mut seed = 1;
    while now < ms {
        let line = Line::Lossy(loss, Dice::new(seed));
        seed += 1;
        let mut device = Device::new(policy, now, line, traffic, RTT_MS);
        let end = device.run(ms, false);
        moves += u32::from(end == End::Left);
        questions += device.questions;
        now = device.now;
    }
    let hours = ms as f64 / HOUR_MS as f64;
    Rates { moves: f64::from(moves) / hours, questions: questions as f64 / hours }
}

/// From a SEGW's death until it is left: the middle, all but one of a hundred, the most; in milliseconds.
fn detection(policy: &Policy, loss: f64, traffic: Traffic) -> [u64; 3] {
    let deaths = scaled(4_000);
    let mut dice = Dice::new(1);
    let mut took: Vec<u64> = (0..deaths)
        .map(|seed| {
            let line = Line::Lossy(loss, Dice::new(seed + 1_000_000));
            let mut device = Device::new(policy, 0, line, traffic, RTT_MS);
            device.dies_at = 15_000 + dice.roll() % 20_000;
            while device.run(HOUR_MS, false) != End::Left {}
            // One that was left before it died is no detection.
            device.now.saturating_sub(device.dies_at)
        })
        .filter(|took| *took > 0)
        .collect();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    [at(0.5), at(0.99), at(1.0)]
}

fn number(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        value if value < 0.001 => format!("{value:.0e}"),
        value if value < 0.1 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value => format!("{value:.0}"),
    }
}

/// How often a SEGW that lives is left, and how often it is asked.
fn quiet_lines(table: &mut String) -> Vec<(&'static str, Vec<(f64, f64)>)> {
    let mut curves = Vec::new();
    writeln!(table, "| policy | lost each way | false moves a device and year, idle | questions an hour: idle | 100 packets a second | a request each 3 s |").unwrap();
    writeln!(table, "|---|---|---|---|---|---|").unwrap();
    for (name, policy) in POLICIES {
        let mut curve = Vec::new();
        for loss in LOSSES {
            let idle = exact(&policy, loss);
            let busy = counted(&policy, loss, BUSY, scaled(2 * HOUR_MS));
            let talk = counted(&policy, loss, TALK, scaled(20 * HOUR_MS));
            let year = idle.moves * YEAR_H;
            curve.push((loss, year));
            let share = loss * 100.0;
            writeln!(
                table,
                "| {name} | {share} % | {} | {:.0} | {} | {} |",
                number(year),
                idle.questions,
                number(busy.questions),
                number(talk.questions)
            )
            .unwrap();
            if name == "defaults" {
                assert!(loss > 0.05 || year <= 0.1, "{year} false moves a year at {share} %");
                assert!(loss > 0.1 || year <= 12.0, "{year} false moves a year at {share} %");
                assert_eq!((busy.questions, busy.moves), (0.0, 0.0), "asked while traffic flows, at {share} %");
            }
        }
        curves.push((name, curve));
    }
    curves
}

fn deaths(table: &mut String) {
    writeln!(table, "\n| policy | traffic | lost each way | left after, p50 | p99 | most |").unwrap();
    writeln!(table, "|---|---|---|---|---|---|").unwrap();
    for (name, policy) in POLICIES {
        for (word, traffic) in [("100 packets a second", BUSY), ("idle", Traffic::Idle)] {
            for loss in [0.0, 0.05] {
                let [middle, late, most] = detection(&policy, loss, traffic).map(|ms| ms as f64 / 1000.0);
                writeln!(table, "| {name} | {word} | {} % | {middle:.2} s | {late:.2} s | {most:.2} s |", loss * 100.0)
                    .unwrap();
                if name == "defaults" {
                    let limit = if traffic == BUSY { 3.1 } else { 12.1 };
                    assert!(most <= limit, "left after {most} s, {word}, {loss}");
                }
            }
        }
    }
}

#[test]
fn a_segw_that_lives_is_kept_and_one_that_dies_is_left() {
    let mut table = String::from(
        "Independent losses, a round trip of 20 ms, two SEGWs, virtual time; the decisions are the engine's.\n\n",
    );
    let curves = quiet_lines(&mut table);
    deaths(&mut table);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/losses");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("losses.md"), &table).unwrap();
    std::fs::write(folder.join("losses.svg"), plot::false_moves(&curves)).unwrap();
    println!("{table}\nwritten: {}", folder.join("losses.{md,svg}").display());
}

#[test]
fn what_is_reckoned_is_what_is_counted() {
    for (policy, loss, hours) in [(DEFAULTS, 0.3, scaled(400)), (FAST, 0.3, scaled(400)), (OLD, 0.4, scaled(2_000))] {
        let (reckoned, counted) = (exact(&policy, loss), counted(&policy, loss, Traffic::Idle, hours * HOUR_MS));
        let expected = reckoned.moves * hours as f64;
        println!(
            "{hours} h at {} %: {expected:.1} moves reckoned, {:.0} counted",
            loss * 100.0,
            counted.moves * hours as f64
        );
        assert!(expected > 5.0, "too few to compare: {expected}");
        // Five standard deviations of a rare event's count.
        assert!(
            (counted.moves - reckoned.moves).abs() * (hours as f64) < 5.0 * expected.sqrt(),
            "{counted:?} {reckoned:?}"
        );
        assert!((counted.questions / reckoned.questions - 1.0).abs() < 0.1, "{counted:?} {reckoned:?}");
    }
}
