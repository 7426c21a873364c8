//! Weekdays and hours in which a failback may happen, by a clock that is set, unset, and jumps.

use segw::charon::Alert;
use segw::failover::State;
use segw::time::Instant;
use serde_json::{Value, json};

use crate::lab::{Lab, THREE, TWO};

/// Nothing but the failback has a timer.
const QUIET: &str = r#""failback":"hold_down","hold_down_ms":5000,"stable_ms":0,"liveness_interval_ms":0"#;
/// Monday, 2026-11-23 00:00 UTC, in milliseconds.
const MONDAY_MS: u64 = 1_795_392_000_000;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

fn policy(window: &str) -> String {
    format!(r#"{{{QUIET},"failback_window":{window}}}"#)
}

/// A moment of that week.
fn moment(day: u64, hour: u64, minute: u64) -> u64 {
    MONDAY_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS
}

/// The connection is on its second SEGW; its hold-down ends 5 s from now.
fn away_seeded(seed: u64, window: &str) -> Lab {
    let mut lab = Lab::seeded(seed, TWO, &policy(window));
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.connect(2);
    assert_eq!(lab.active(), Some(1));
    lab
}

fn away(window: &str) -> Lab {
    away_seeded(7, window)
}

fn next(lab: &mut Lab) -> Value {
    let status: Value = serde_json::from_str(&lab.status()).unwrap();
    let connection = &status["connections"][0];
    assert_eq!(connection["next"]["at_ms"], connection["retry_at_ms"], "{status}");
    connection["next"].clone()
}

impl Lab {
    /// The wall clock says this now, where local time is ahead of UTC by so many hours.
    fn clock(&mut self, unix_ms: u64, ahead_h: i32) {
        self.engine.clock(Instant(self.now), unix_ms, ahead_h * 3_600);
    }

    /// Lets time pass until a failback begins, for `ms` at most; after how long it did.
    fn failback(&mut self, ms: u64) -> Option<u64> {
        let (began, end) = (self.now, self.now + ms);
        while let Some(at) = self.due().filter(|at| *at <= end) {
            self.timeout(at);
            if self.dialled_beside().is_some() {
                return Some(self.now - began);
            }
        }
        self.timeout(end);
        assert_eq!(self.dialled_beside(), None);
        None
    }
}

#[test]
fn outside_it_waits_for_a_moment_in_the_window() {
    let mut lab = away(r#""mon-fri 02:00-04:00""#);
    lab.clock(moment(0, 12, 0), 0);
    let next = next(&mut lab);
    assert_eq!((&next["action"], &next["segw"], &next["reason"]), (&json!("FAILBACK"), &json!(0), &json!("WINDOW")));
    let text = next["text"].as_str().unwrap();
    assert!(text.starts_with("back to 10.0.0.1 within its window, in 14h"), "{text}");
    assert!(text.ends_with(" (mon-fri 02:00-04:00)"), "{text}");
    let waited = lab.failback(2 * DAY_MS).unwrap();
    assert!((14 * HOUR_MS..15 * HOUR_MS).contains(&waited), "{waited}");
    assert_eq!(lab.dialled_beside(), Some(0));
}

#[test]
fn inside_it_goes_as_soon_as_the_hold_down_and_its_moment_let_it() {
    for seed in 0..50 {
        let mut lab = away_seeded(seed, r#""mon 02:00-04:00""#);
        lab.clock(moment(0, 3, 0), 0);
        let waited = lab.failback(DAY_MS).unwrap();
        assert!((5_000..HOUR_MS).contains(&waited), "{waited}");
    }
}

#[test]
fn any_time_is_the_default_and_needs_no_clock() {
    for window in ["\"always\"", "[\"always\"]"] {
        assert_eq!(away(window).failback(DAY_MS), Some(5_000));
    }
    let mut lab = Lab::applied(TWO, &format!("{{{QUIET}}}"));
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.connect(2);
    assert_eq!(lab.failback(DAY_MS), Some(5_000));
}

#[test]
fn local_time_counts() {
    for (ahead_h, hours) in [(1, 13), (-5, 19), (14, 0), (-12, 2)] {
        let mut lab = away(r#"["02:00-04:00"]"#);
        lab.clock(moment(0, 12, 0), ahead_h);
        let waited = lab.failback(2 * DAY_MS).unwrap();
        assert!((hours * HOUR_MS..(hours + 1) * HOUR_MS).contains(&waited), "{ahead_h}: {waited}");
    }
}

#[test]
fn its_edges_are_the_window_s() {
    for seed in 0..200 {
        // A dial may take 15 s: it leaves so much until the window closes.
        let mut lab = away_seeded(seed, r#""mon 02:00-02:01""#);
        lab.clock(moment(0, 1, 0), 0);
        let waited = lab.failback(DAY_MS).unwrap();
        assert!((HOUR_MS..HOUR_MS + 45_000).contains(&waited), "{waited}");
        // The hold-down ends when there is less left.
        let mut lab = away_seeded(seed, r#""mon 02:00-02:01""#);
        lab.clock(moment(0, 2, 0) + 50_000, 0);
        let waited = lab.failback(DAY_MS).unwrap();
        assert!((5_000..10_000).contains(&waited), "{waited}");
        // And when it has just closed.
        let mut lab = away_seeded(seed, r#""mon 02:00-02:01""#);
        lab.clock(moment(0, 2, 0) + 55_000, 0);
        assert_eq!(lab.failback(6 * DAY_MS), None);
        let waited = lab.failback(DAY_MS).unwrap();
        assert!(waited > DAY_MS - MINUTE_MS, "{waited}");
    }
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    for (at, least) in [
        (moment(5, 21, 0), HOUR_MS),
        (moment(6, 1, 0), 5_000),
        (moment(5, 1, 0), 21 * HOUR_MS),
        (moment(6, 2, 0), 6 * DAY_MS + 20 * HOUR_MS),
    ] {
        let mut lab = away(r#""sat 22:00-02:00""#);
        lab.clock(at, 0);
        let waited = lab.failback(8 * DAY_MS).unwrap();
        assert!((least..least + HOUR_MS).contains(&waited), "{at}: {waited}");
    }
}

#[test]
fn a_fleet_does_not_come_back_at_once() {
    let mut all: Vec<u64> = (0..400)
        .map(|seed| {
            let mut lab = away_seeded(seed, r#""02:00-06:00""#);
            lab.clock(moment(0, 1, 0), 0);
            lab.failback(DAY_MS).unwrap() - HOUR_MS
        })
        .collect();
    all.sort_unstable();
    let tenths: Vec<usize> =
        (0..10).map(|tenth| all.iter().filter(|at| **at / (HOUR_MS / 10) == tenth).count()).collect();
    assert!(tenths.iter().all(|count| (20..=65).contains(count)), "{tenths:?}");
    // Nor is it the same router that is first each night.
    let nights = |seed| {
        let mut lab = away_seeded(seed, r#""02:00-06:00""#);
        lab.clock(moment(0, 1, 0), 0);
        let first = lab.failback(DAY_MS).unwrap() - HOUR_MS;
        lab.connect(3);
        lab.timeout(12 * HOUR_MS);
        lab.lose(3);
        lab.connect(4);
        (first, lab.failback(DAY_MS).unwrap() - 13 * HOUR_MS)
    };
    let later = (0..40).map(nights).filter(|(first, second)| first > second).count();
    assert!((8..=32).contains(&later), "{later}");
}

#[test]
fn clocks_that_go_forward_or_back_for_summer_move_the_window() {
    // Forward: from 02:00 to 03:00. There is no window that night.
    let mut lab = away(r#""sun 02:00-03:00""#);
    lab.clock(moment(6, 1, 0) - HOUR_MS, 1);
    assert_eq!(lab.failback(HOUR_MS - 1), None);
    lab.clock(moment(6, 1, 0), 2);
    assert_eq!(lab.failback(6 * DAY_MS), None);
    assert!(lab.failback(DAY_MS).is_some());
    // Back: from 03:00 to 02:00. The window that has just closed is open once more.
    let mut lab = away(r#""sun 02:00-03:00""#);
    lab.clock(moment(6, 1, 0) - 1, 2);
    lab.now += 1;
    lab.clock(moment(6, 1, 0), 1);
    assert!(lab.failback(HOUR_MS - 1).is_some());
}

#[test]
fn while_the_clock_is_not_set_no_window_is_open() {
    let mut lab = away(r#""00:00-24:00""#);
    assert_eq!((lab.due(), &next(&mut lab)["at_ms"]), (None, &Value::Null), "nobody has told it");
    let text = next(&mut lab)["text"].clone();
    assert_eq!(text, "back to 10.0.0.1 within its window, once the clock is set (00:00-24:00)");
    // A router without a battery begins in 1970, or when its image was made.
    for unix_ms in [0, 5_000, 1_735_689_599_999, 32_503_680_000_000, u64::MAX - 5_000, u64::MAX] {
        lab.clock(unix_ms, 1);
        assert_eq!(lab.failback(8 * DAY_MS), None, "{unix_ms}");
        assert_eq!(next(&mut lab)["text"], text);
    }
    // The moment is drawn from then on: all routers may have got the time at once.
    lab.clock(moment(0, 12, 0), 1);
    let text = next(&mut lab)["text"].clone();
    let waited = lab.failback(DAY_MS).unwrap();
    assert!((1..HOUR_MS).contains(&waited), "{waited} {text}");
    // It is lost again.
    let mut lab = away(r#""00:00-24:00""#);
    lab.clock(moment(0, 12, 0), 0);
    lab.clock(1_000, 0);
    assert_eq!(lab.failback(DAY_MS), None);
}

#[test]
fn a_clock_that_jumps_takes_the_wait_with_it() {
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 1, 0), 0);
    assert_eq!(lab.failback(30 * MINUTE_MS), None);
    // Back by a day: it waits for a day more.
    lab.clock(moment(0, 1, 30) - DAY_MS, 0);
    assert_eq!(lab.failback(DAY_MS), None);
    // Out of the window while it is open, at a moment that was to be the one.
    let due = lab.due().unwrap();
    lab.now = due;
    lab.clock(moment(0, 4, 0), 0);
    assert_eq!(lab.failback(6 * DAY_MS), None);
    // Forward into it.
    lab.clock(moment(0, 2, 30), 0);
    let waited = lab.failback(DAY_MS).unwrap();
    assert!(waited < HOUR_MS, "{waited}");
}

#[test]
fn a_clock_that_is_corrected_moves_it_by_no_more() {
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 3, 0), 0);
    let due = lab.due().unwrap();
    for _ in 0..5 {
        lab.now += 1_000;
        lab.clock(moment(0, 3, 0) + lab.now + 50, 0);
        assert!(lab.due().unwrap().abs_diff(due) <= 50);
    }
}

#[test]
fn a_host_that_has_slept_over_its_window_waits_for_the_next() {
    let mut lab = away(r#""mon-tue 02:00-04:00""#);
    lab.clock(moment(0, 1, 0), 0);
    lab.timeout(lab.now + 4 * HOUR_MS);
    assert_eq!(lab.dialled_beside(), None, "it is 05:00");
    let waited = lab.failback(DAY_MS).unwrap();
    assert!((21 * HOUR_MS..22 * HOUR_MS).contains(&waited), "{waited}");
}

#[test]
fn one_that_fails_is_tried_again_as_long_as_the_window_is_open() {
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 2, 0), 0);
    let mut now = lab.failback(DAY_MS).unwrap();
    for id in 3.. {
        lab.dial_fails(id, Alert::InitUnreachable);
        let Some(waited) = lab.failback(DAY_MS).filter(|waited| now + waited < 2 * HOUR_MS) else { break };
        assert!(waited >= 5_000, "{waited}");
        now += waited;
        assert!(id < 500);
    }
    assert!(now > HOUR_MS, "the last was {now} ms after the window opened");
}

#[test]
fn the_next_better_one_is_not_tried_when_the_window_has_closed() {
    for (closes, tried) in [("03:00", Some(1)), ("02:01", None)] {
        let mut lab = Lab::applied(THREE, &policy(&format!("\"mon 02:00-{closes}\"")));
        lab.dial_fails(1, Alert::InitUnreachable);
        lab.dial_fails(2, Alert::InitUnreachable);
        lab.connect(3);
        lab.clock(moment(0, 1, 0), 0);
        assert!(lab.failback(DAY_MS).is_some());
        assert_eq!(lab.dialled_beside(), Some(0));
        lab.dial(4);
        lab.now += MINUTE_MS;
        lab.fail(4, Alert::InitUnreachable);
        assert_eq!(lab.dialled_beside(), tried, "{closes}");
    }
}

#[test]
fn what_an_operator_says_is_not_bound_by_it() {
    for request in ["SWITCH vpn 0", "PIN vpn 0", "DRAIN 10.0.0.2"] {
        let mut lab = away(r#""mon 02:00-04:00""#);
        lab.clock(moment(0, 12, 0), 0);
        let (ok, reply) = lab.request(request);
        assert!(ok, "{reply}");
        assert_eq!(lab.dialled_beside(), Some(0), "{request}");
        // It does not come up at once: what is pinned or drained is tried again, at any hour.
        lab.dial_fails(3, Alert::InitUnreachable);
        let again = lab.failback(HOUR_MS);
        assert_eq!(again.is_some(), !request.starts_with("SWITCH"), "{request} {again:?}");
    }
}

#[test]
fn losses_are_not_bound_by_it() {
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 12, 0), 0);
    lab.lose(2);
    assert_eq!(lab.dialled(), Some(0));
    lab.connect(3);
    assert_eq!(lab.active(), Some(0));
}

#[test]
fn another_window_begins_the_hold_down_anew() {
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 12, 0), 0);
    assert_eq!(lab.failback(HOUR_MS), None);
    lab.apply(TWO, &policy(r#""mon 12:00-14:00""#));
    let waited = lab.failback(DAY_MS).unwrap();
    assert!((5_000..HOUR_MS).contains(&waited), "{waited}");
    let mut lab = away(r#""mon 02:00-04:00""#);
    lab.clock(moment(0, 12, 0), 0);
    assert_eq!(lab.failback(HOUR_MS), None);
    lab.apply(TWO, &policy("\"always\""));
    assert_eq!(lab.failback(DAY_MS), Some(5_000));
}

#[test]
fn a_barred_primary_is_not_tried_in_its_window() {
    let mut lab = Lab::applied(TWO, &policy(r#""mon 02:00-04:00""#).replace('}', r#","auth_penalty_ms":86400000}"#));
    for id in 1..3 {
        lab.dial_fails(id, Alert::LocalAuthFailed);
        if lab.dialled() == Some(1) {
            lab.connect(10 + id);
            lab.lose(10 + id);
        }
    }
    while lab.active() != Some(1) {
        if matches!(lab.state(), State::Backoff { .. }) {
            lab.pass();
        }
        match lab.dialled() {
            Some(0) => lab.dial_fails(20, Alert::LocalAuthFailed),
            _ => lab.connect(21),
        }
    }
    lab.clock(moment(0, 1, 0), 0);
    assert_eq!(lab.failback(6 * HOUR_MS), None, "{:?}", lab.state());
}

#[test]
fn a_barred_primary_does_not_keep_it_from_the_secondary_in_its_window() {
    let mut lab = Lab::applied(
        THREE,
        r#"{"failback":"hold_down","hold_down_ms":5000,"stable_ms":0,"auth_penalty_ms":86400000,
            "failback_window":"mon 02:00-04:00"}"#,
    );
    lab.dial_fails(1, Alert::LocalAuthFailed);
    lab.connect(2);
    lab.lose(2);
    lab.dial_fails(3, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(0));
    // It refuses for the second time, so it is barred.
    lab.dial_fails(4, Alert::LocalAuthFailed);
    lab.pass();
    assert_eq!(lab.dialled(), Some(1));
    lab.dial_fails(5, Alert::InitUnreachable);
    lab.connect(6);
    assert_eq!(lab.active(), Some(2));
    lab.clock(moment(0, 1, 0), 0);
    // It is asked for signs of life meanwhile.
    assert!(lab.calm(6, 2 * HOUR_MS), "{:?}", lab.state());
    assert_eq!(lab.dialled_beside(), Some(1));
}

#[test]
fn policy_tells_it_as_it_was_written() {
    let mut lab = away(r#""Mon-Fri 02:00-04:00,sat 22:00-02:00""#);
    let (ok, reply) = lab.request("POLICY vpn");
    let wanted = r#""key":"failback_window","value":"mon-fri 02:00-04:00, sat 22:00-02:00","unit":null,"default":"always","set_in":"APPLY_CONFIG""#;
    assert!(ok && reply.contains(wanted), "{reply}");
}

#[test]
fn what_is_no_window_is_refused_where_it_stands() {
    for (window, path, word) in [
        (r#""night""#, "failover.failback_window", "expected \\\"always\\\", or days and hours"),
        (r#""mon-fri 02:00-04:00, moon 02:00-04:00""#, "failover.failback_window", "expected days, mon"),
        (r#"["02:00-04:00","02:00-26:00"]"#, "failover.failback_window[1]", "expected times of day from 00:00"),
        (r#""02:00-02:00""#, "failover.failback_window", "a whole day is"),
        (r#"["always","02:00-04:00"]"#, "failover.failback_window[1]", "stands alone"),
        (r#""00:00-01:00,02:00-03:00,04:00-05:00,06:00-07:00,08:00-09:00""#, "failover.failback_window", "at most 4"),
        (r#""""#, "failover.failback_window", "expected"),
        (r#"[]"#, "failover.failback_window", "empty list"),
        (r#"5"#, "failover.failback_window", "expected"),
        (r#""mon\u002d02:00-04:00""#, "failover.failback_window", "expected"),
    ] {
        let request = format!(
            r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{TWO}"}},"failover":{{"failback_window":{window}}},
            "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},"children":[{{"name":"net"}}]}}"#
        );
        let (ok, reply) = Lab::new().request(&request);
        assert!(!ok && reply.contains(&format!("\"path\":\"{path}\"")) && reply.contains(word), "{window}: {reply}");
    }
}
