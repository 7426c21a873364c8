//! What a SEGW that is left sees when another one dies: a fleet of routers, each with the very same core, in virtual time.
#![allow(clippy::cast_possible_truncation)]

mod fleet;
mod gateway;
mod plot;
mod router;

use std::process::ExitCode;

use fleet::{Case, Outcome, Size, play};
use segw::policy::{Each, Failback, Order, Policy};

/// The aim: the SEGW that is left serves 99 of 100 in so much of the time that an ideal one needs,
const MOST_TIME: f64 = 1.3;
/// with so many handshakes a router,
const MOST_ATTEMPTS: f64 = 1.05;
/// and this machine needs so many seconds of one core, and so much memory, for a million routers.
const MOST_SECONDS: u64 = 600;
const MOST_MEMORY_KIB: u64 = 4 << 20;

/// What is common to all: a dial that is not answered within 10 s is given up. Charon's DPD notices the death.
const COMMON: Policy = Policy { connect_timeout_ms: 10_000, liveness_interval_ms: 0, ..Policy::DEFAULT };

fn cases(spread_ms: u32, spread_of_two_ms: u32) -> Vec<Case> {
    let case = |name, about, policy| Case { name, about, policy, spares: 1, failback: false };
    let hasty = Policy { backoff_initial_ms: 100, backoff_base: 1, backoff_limit_ms: 100, jitter_pct: 0, ..COMMON };
    let spread = Policy { spread_ms, ..COMMON };
    let home = Policy { failback: Failback::HoldDown, ..spread };
    let preferences = Each::read("1 2 2").expect("three numbers");
    let two = Policy { spread_ms: spread_of_two_ms, order: Order::Hash, preferences, ..COMMON };
    vec![
        case("immediate", "at once, and again after 100 ms", hasty),
        case("backoff", "at once; rounds with backoff and jitter: the defaults", COMMON),
        case("spread", "`spread_ms` for this fleet, else the defaults", spread),
        Case { spares: 2, ..case("two", "two SEGWs are left, in an order by hash; `spread_ms` for both", two) },
        Case {
            failback: true,
            ..case("failback", "as spread; then the dead SEGW is back, and all go home after `hold_down_ms`", home)
        },
    ]
}

struct Arguments {
    size: Size,
    spread_ms: u32,
    spread_of_two_ms: u32,
    only: Option<String>,
    plot: Option<String>,
}

fn arguments() -> Result<Arguments, String> {
    let size = Size { routers: 1_000_000, rate: 4_000, queue: 20_000, notice_ms: 10_000 };
    let mut arguments = Arguments { size, spread_ms: 0, spread_of_two_ms: 0, only: None, plot: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number =
            || value.parse::<u32>().ok().filter(|n| *n > 0).ok_or(format!("{word}: {value} is no number above 0"));
        match word.as_str() {
            "--routers" => arguments.size.routers = number()?,
            "--rate" => arguments.size.rate = number()?.into(),
            "--queue" => arguments.size.queue = number()? as usize,
            "--notice-ms" => arguments.size.notice_ms = number()?,
            "--spread-ms" => arguments.spread_ms = number()?,
            "--spread-of-two-ms" => arguments.spread_of_two_ms = number()?,
            "--case" => arguments.only = Some(value),
            "--plot" => arguments.plot = Some(value),
            _ => return Err(format!("there is no option {word}")),
        }
    }
    Ok(arguments)
}

/// So many percent of them had it by then, in seconds.
fn percentile(times: &[u32], percent: usize, of: u32) -> Option<f64> {
    let place = (of as usize * percent).div_ceil(100).saturating_sub(1);
    times.get(place).map(|ms| f64::from(*ms) / 1_000.0)
}

fn or_never(time: Option<f64>) -> String {
    time.map_or_else(|| "never".to_owned(), |s| format!("{s:.0} s"))
}

/// Time of a processor that this process has had, in seconds: other work on this machine does not count.
fn core_seconds() -> u64 {
    // Linux tells it in hundredths.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() / 100
}

/// Peak of this process, in KiB.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

struct Judge {
    passed: u32,
    failed: u32,
}

impl Judge {
    fn expect(&mut self, holds: bool, what: &str) {
        println!("{} {what}", if holds { "ok  " } else { "FAIL" });
        if holds { self.passed += 1 } else { self.failed += 1 }
    }
}

fn row(case: &Case, size: Size, outcome: &Outcome) -> String {
    let everybody = f64::from(size.routers);
    let ideal = size.ideal_ms(case.spares) * 0.99 / 1_000.0;
    let p99 = percentile(&outcome.served, 99, size.routers);
    let best = outcome.each_second.iter().max().copied().unwrap_or(0);
    let served = p99.map_or(0.0, |s| everybody * 0.99 / s);
    format!(
        "| {} | {served:.0} | {best} | {} | {} | {} | {} | {:.2} | {:.2} | {} |",
        case.name,
        or_never(percentile(&outcome.served, 50, size.routers)),
        or_never(p99),
        p99.map_or_else(|| "-".to_owned(), |p99| format!("{:.2}", p99 / ideal)),
        or_never(percentile(&outcome.served, 100, size.routers)),
        outcome.attempts as f64 / everybody,
        outcome.wasted as f64 / everybody,
        outcome.dropped,
    )
}

fn judge(judge: &mut Judge, case: &Case, size: Size, outcome: &Outcome) {
    let everybody = f64::from(size.routers);
    if case.policy.spread_ms == 0 {
        // The others are there to compare with.
        return;
    }
    let ideal = size.ideal_ms(case.spares) * 0.99 / 1_000.0;
    // No SEGW can serve those that have not noticed yet: without the time for that.
    let noticed = f64::from(size.notice_ms) / 1_000.0;
    let p99 = (percentile(&outcome.served, 99, size.routers).unwrap_or(f64::INFINITY) - noticed) / ideal;
    judge.expect(
        p99 <= MOST_TIME,
        &format!(
            "{}: once all have noticed 99 % are served in {p99:.2} of the ideal time, at most {MOST_TIME}",
            case.name
        ),
    );
    let attempts = outcome.attempts as f64 / everybody;
    judge.expect(
        attempts <= MOST_ATTEMPTS,
        &format!("{}: {attempts:.3} attempts a router, at most {MOST_ATTEMPTS}", case.name),
    );
    judge.expect(outcome.served.len() == size.routers as usize, &format!("{}: everybody is served", case.name));
    if case.failback {
        let all = outcome.home.len() == size.routers as usize;
        let last = or_never(percentile(&outcome.home, 100, size.routers));
        let trials = outcome.trials as f64 / everybody;
        judge.expect(
            all,
            &format!("{}: everybody is home {last} after the SEGW came back, {trials:.3} trials a router", case.name),
        );
        judge.expect(outcome.broken == 0, &format!("{}: nobody's traffic is broken on the way home", case.name));
    }
}

fn run() -> Result<bool, String> {
    let Arguments { size, spread_ms, spread_of_two_ms, only, plot } = arguments()?;
    let all = cases(spread_ms, spread_of_two_ms);
    let chosen: Vec<_> = all.iter().filter(|case| only.as_ref().is_none_or(|only| case.name == only)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = all.iter().map(|case| case.name).collect();
        return Err(format!("there is no case {}, but {}", only.unwrap_or_default(), names.join(", ")));
    }
    println!(
        "{} routers; a SEGW completes {} handshakes a second, {} wait; the death is noticed within {} s; spread_ms {spread_ms}, for two {spread_of_two_ms}\n",
        size.routers,
        size.rate,
        size.queue,
        f64::from(size.notice_ms) / 1_000.0
    );
    let mut curves = Vec::new();
    let mut rows = Vec::new();
    let mut verdict = Judge { passed: 0, failed: 0 };
    for case in chosen {
        let started = core_seconds();
        let outcome = play(case, size, 8.0);
        println!("{}: {} ({} s here)", case.name, case.about, core_seconds() - started);
        rows.push(row(case, size, &outcome));
        judge(&mut verdict, case, size, &outcome);
        curves.push((case.name, outcome.each_second));
    }
    println!(
        "\n| policy | served/s until 99 % | best second | p50 | p99 | p99 to ideal | all | attempts a router | of no use | dropped |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!("{row}");
    }
    println!();
    let (seconds, kib) = (core_seconds(), memory_kib());
    let cost = format!("{seconds} s of one core and {} MiB", kib >> 10);
    verdict.expect(
        seconds <= MOST_SECONDS && kib <= MOST_MEMORY_KIB,
        &format!("{cost}, at most {MOST_SECONDS} s and {} MiB", MOST_MEMORY_KIB >> 10),
    );
    if let Some(path) = plot {
        let ideal_s = size.ideal_ms(1) / 1_000.0;
        std::fs::write(&path, plot::draw(size, ideal_s, &curves)).map_err(|error| format!("{path}: {error}"))?;
    }
    println!("{} passed, {} failed, 0 skipped", verdict.passed, verdict.failed);
    Ok(verdict.failed == 0)
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("fleet: {message}");
            ExitCode::from(2)
        }
    }
}
