//! Penalties, rounds and limits: what a SEGW did counts as long as it should, and no longer.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};

use crate::lab::{FACTS, Lab, THREE, TWO, WEEK_MS};

/// Neither SEGW takes our credentials, twice.
fn refused(failover: &str) -> Lab {
    let mut lab = Lab::applied(TWO, failover);
    for id in [1, 3] {
        lab.dial_fails(id, Alert::LocalAuthFailed);
        lab.dial_fails(id + 1, Alert::LocalAuthFailed);
        if id == 1 {
            lab.pass();
        }
    }
    lab
}

#[test]
fn a_link_that_flaps_does_not_lift_the_penalty_for_refused_credentials() {
    let mut lab = refused("{}");
    assert!(matches!(lab.state(), State::Backoff { .. }), "{:?}", lab.state());
    for _ in 0..5 {
        for routes in [0b00, 0b11] {
            lab.now += 100;
            lab.feed(&IkeEvent::Roam);
            let _ = lab.actions();
            lab.routes(routes);
            assert_eq!(lab.dialled(), None, "after {} ms", lab.now);
        }
    }
}

#[test]
fn one_refusal_may_be_forged_and_bars_nobody_the_second_does() {
    let mut lab = Lab::applied(TWO, r#"{"failback":"hold_down","hold_down_ms":1000}"#);
    lab.dial_fails(1, Alert::LocalAuthFailed);
    assert!(lab.status().contains(r#""barred_until_ms":null"#), "{}", lab.status());
    lab.connect(2);
    lab.now += 1_000;
    lab.timeout(lab.now);
    assert!(lab.actions().contains(&"dial 0".to_owned()), "the failback");
    lab.dial_fails(3, Alert::LocalAuthFailed);
    // Not again after the next hold-down, but as soon as the penalty is over.
    let barred_until = lab.now + 300_000;
    assert!(lab.status().contains(&format!(r#""barred_until_ms":{barred_until}"#)), "{}", lab.status());
    while lab.now < barred_until {
        assert!(!lab.actions().iter().any(|it| it.starts_with("dial")), "at {}", lab.now);
        lab.feed(&IkeEvent::Heard { unique_id: 2, answer_ms: None });
        lab.pass();
    }
    assert_eq!(lab.dialled_beside(), Some(0), "{:?}", lab.state());
}

#[test]
fn a_clock_that_is_wrong_at_boot_blames_nobody() {
    let mut lab = Lab::applied(TWO, "{}");
    for round in 0..40 {
        for id in [1, 2] {
            lab.dial(round * 2 + id);
            lab.alert(round * 2 + id, Alert::CertDates);
            lab.alert(round * 2 + id, Alert::PeerAuthFailed);
            lab.becomes(round * 2 + id, IkeState::Destroying, FACTS);
        }
        let pause = lab.due().unwrap() - lab.now;
        assert!(pause <= 2_000, "a pause of {pause} ms in round {round}");
        lab.pass();
    }
    let status = lab.status();
    assert!(status.contains(r#""failures":0"#) && status.contains(r#""barred_until_ms":null"#), "{status}");
    assert!(lab.request("HISTORY vpn").1.contains(r#""cause":"CERT_DATES""#));
}

#[test]
fn a_host_that_slept_blames_nobody_for_that_time() {
    for stall in [4_000, 6_000, 20_000, 3_600_000] {
        let mut lab = Lab::applied(TWO, r#"{"liveness_interval_ms":1000,"connect_timeout_ms":3000}"#);
        lab.dial(1);
        lab.timeout(stall);
        assert_eq!(lab.dialled(), Some(0), "dialling, stopped for {stall} ms");
        lab.come_up(1);
        let _ = lab.actions();
        lab.timeout(lab.now + stall);
        assert_eq!(lab.active(), Some(0), "up, stopped for {stall} ms");
        // One that is really dead is left in the time that is configured.
        let woken = lab.now;
        assert_eq!(lab.silence(), ["end 1", "dial 1"]);
        assert!(lab.now <= woken + 4_250, "{} ms", lab.now - woken);
    }
}

#[test]
fn a_name_that_does_not_resolve_in_time_is_told_as_such() {
    let mut lab = Lab::applied("one.example,10.0.0.2", "{}");
    lab.pass();
    assert!(matches!(lab.state(), State::Connecting { segw: 1, .. }), "{:?}", lab.state());
    // Of an address nobody knows why.
    lab.pass();
    let status = lab.status();
    assert!(!status.contains("ADDR_FAILED") && status.contains(r#""CONNECT_TIMEOUT":1"#), "{status}");
    assert!(lab.request("HISTORY vpn").1.contains(r#""cause":"ADDR_FAILED""#), "nobody's fault, but told");
}

#[test]
fn a_spare_that_ends_a_hold_counts_as_a_dial_that_succeeded() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial_fails(1, Alert::LocalAuthFailed);
    lab.connect(2);
    lab.now = 60_000;
    lab.routes(0b00);
    lab.appears(3, "10.0.0.1");
    lab.come_up(3);
    let status = lab.status();
    assert_eq!(lab.active(), Some(0));
    assert!(status.contains(r#""address":"10.0.0.1","attempts":1,"successes":1"#), "{status}");
}

#[test]
fn a_reauthentication_after_a_stable_time_forgets_what_failed() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.now = 5_000;
    lab.lose(1);
    lab.connect(2);
    lab.now = WEEK_MS;
    lab.reauthenticate(2, 3);
    lab.fail(3, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(0), "{:?}", lab.state());
}

#[test]
fn a_move_after_a_stable_time_forgets_what_failed() {
    let mut lab = Lab::applied(THREE, r#"{"jitter_pct":0}"#);
    let mut ids = 1..;
    let mut id = || ids.next().unwrap();
    // Nine rounds of failures, then the first SEGW flaps and the second carries.
    for _ in 0..27 {
        while lab.dialled().is_none() {
            lab.pass();
        }
        lab.dial_fails(id(), Alert::InitUnreachable);
    }
    lab.pass();
    let flaps = id();
    lab.connect(flaps);
    lab.now += 5_000;
    lab.lose(flaps);
    lab.connect(id());
    lab.now += WEEK_MS;
    // A move to the third, which is lost at once: all three have their turn before a pause, and that is a first one.
    assert!(lab.request("SWITCH vpn 2").0);
    let moved = id();
    lab.connect(moved);
    lab.now += 5_000;
    lab.lose(moved);
    for segw in [0, 1] {
        assert_eq!(lab.dialled(), Some(segw), "{:?}", lab.state());
        lab.dial_fails(id(), Alert::InitUnreachable);
    }
    let State::Backoff { retry_at, .. } = lab.state() else { panic!("{:?}", lab.state()) };
    assert_eq!(retry_at.0 - lab.now, 1_000);
}

#[test]
fn failback_reaches_the_second_segw_while_the_first_is_dead() {
    let mut lab = Lab::applied(THREE, r#"{"failback":"hold_down","hold_down_ms":1000,"liveness_interval_ms":0}"#);
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.dial_fails(2, Alert::InitUnreachable);
    lab.connect(3);
    lab.pass();
    assert!(matches!(lab.state(), State::Moving { from: 2, to: 0, .. }), "{:?}", lab.state());
    lab.dial(4);
    lab.now += 100;
    lab.fail(4, Alert::InitUnreachable);
    assert!(matches!(lab.state(), State::Moving { from: 2, to: 1, .. }), "{:?}", lab.state());
    lab.connect(5);
    assert_eq!(lab.active(), Some(1));
}

/// `ike_init.c` gives up after five retries, `task_manager_v2.c` tells nobody of an IKE_SA that is still CONNECTING.
#[test]
fn a_dial_that_charon_gives_up_without_a_word_is_a_loss() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial(1);
    for _ in 0..5 {
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        lab.becomes(1, IkeState::Created, FACTS);
        lab.becomes(1, IkeState::Connecting, FACTS);
    }
    lab.becomes(1, IkeState::Destroying, Facts { idle: true, ..FACTS });
    assert_eq!(lab.dialled(), Some(1), "{:?}", lab.state());
}

#[test]
fn lifting_the_limit_of_rounds_ends_the_exhaustion() {
    let mut lab = Lab::applied(TWO, r#"{"max_rounds":1,"exhausted_retry_ms":0}"#);
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.dial_fails(2, Alert::InitUnreachable);
    assert!(matches!(lab.state(), State::Exhausted { retry_at: None }), "{:?}", lab.state());
    lab.apply(TWO, r#"{"max_rounds":0,"exhausted_retry_ms":0}"#);
    let dials = lab.actions().iter().any(|it| it.starts_with("dial"));
    assert!(dials || lab.due().is_some(), "{:?} for ever", lab.state());
}

#[test]
fn a_network_that_changes_cuts_a_pause_short_but_does_not_undo_the_backoff() {
    let mut lab = Lab::applied(TWO, r#"{"backoff_initial_ms":60000,"jitter_pct":0}"#);
    let fail = |lab: &mut Lab, id| {
        lab.dial_fails(id, Alert::InitUnreachable);
        lab.dial_fails(id + 1, Alert::InitUnreachable);
        assert!(matches!(lab.state(), State::Backoff { .. }));
    };
    fail(&mut lab, 1);
    lab.now += 5_000;
    lab.feed(&IkeEvent::Roam);
    assert_eq!(lab.due(), Some(5_500));
    lab.pass();
    fail(&mut lab, 3);
    lab.feed(&IkeEvent::Roam);
    assert_eq!(lab.due(), Some(5_500 + 60_000), "not twice within 30 s");
    lab.now += 30_000;
    lab.feed(&IkeEvent::Roam);
    assert_eq!(lab.due(), Some(36_000));
}

/// All routers of a fleet may have lost the same SEGW in this second.
#[test]
fn with_spread_ms_a_loss_waits_for_a_moment_of_its_own() {
    let policy = r#"{"spread_ms":600000,"liveness_interval_ms":0}"#;
    let mut waits = Vec::new();
    for seed in 0..8 {
        let mut lab = Lab::seeded(seed, THREE, policy);
        lab.connect(1);
        lab.now += 60_000;
        lab.lose(1);
        assert!(matches!(lab.state(), State::Backoff { stay: Some(1), .. }), "{:?}", lab.state());
        assert_eq!(lab.dialled(), None);
        let wait = lab.due().unwrap() - lab.now;
        assert!(wait < 600_000, "{wait}");
        waits.push(wait);
        lab.pass();
        assert_eq!(lab.dialled(), Some(1), "{:?}", lab.state());
    }
    waits.sort_unstable();
    waits.dedup();
    assert_eq!(waits.len(), 8, "{waits:?}");
}

#[test]
fn spread_ms_is_not_for_what_one_router_alone_can_have() {
    let policy = r#"{"spread_ms":600000,"liveness_interval_ms":0}"#;
    // A dial that fails, a lifetime that ends, one's own route.
    let mut lab = Lab::applied(THREE, policy);
    lab.dial_fails(1, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(1));
    let mut lab = Lab::applied(THREE, policy);
    lab.connect(1);
    lab.updown(1, false);
    lab.becomes(1, IkeState::Destroying, Facts { expired: true, ..FACTS });
    assert_eq!(lab.dialled(), Some(1));
    let mut lab = Lab::applied(THREE, policy);
    lab.connect(1);
    lab.feed(&IkeEvent::Roam);
    let _ = lab.actions();
    lab.routes(0b110);
    assert_eq!(lab.dialled(), Some(1));
}

#[test]
fn the_wait_of_spread_ms_ends_when_this_router_s_network_changes_or_somebody_asks() {
    let policy = r#"{"spread_ms":600000,"liveness_interval_ms":0}"#;
    let lost = || {
        let mut lab = Lab::seeded(3, THREE, policy);
        lab.connect(1);
        lab.now += 60_000;
        lab.lose(1);
        assert!(lab.due().unwrap() > lab.now + 2_000);
        lab
    };
    let mut lab = lost();
    lab.feed(&IkeEvent::Roam);
    assert_eq!(lab.due(), Some(lab.now + 500));
    let mut lab = lost();
    assert!(lab.request("SWITCH vpn 2").0);
    assert_eq!(lab.dialled(), Some(2));
    // What is lost in a wait that became shorter by another policy is dialled then.
    let mut lab = lost();
    lab.apply(THREE, r#"{"spread_ms":1000,"backoff_limit_ms":1000,"liveness_interval_ms":0}"#);
    assert!(lab.due().unwrap() <= lab.now + 1_000);
}

#[test]
fn a_segw_that_answers_nothing_is_left_early_for_another() {
    let mut lab = Lab::applied(TWO, "{}");
    let began = lab.now;
    lab.dial(1);
    lab.pass();
    assert_eq!((lab.now - began, lab.dialled()), (4_000, Some(1)), "{:?}", lab.state());
    // The last of the round has the whole of connect_timeout_ms.
    lab.dial(2);
    let began = lab.now;
    lab.pass();
    assert_eq!(lab.now - began, 15_000);
    assert!(matches!(lab.state(), State::Backoff { .. }), "{:?}", lab.state());
}

#[test]
fn one_that_has_answered_has_all_of_its_time() {
    for (answered_at, given_up) in [(500, 15_000), (3_900, 15_000)] {
        let mut lab = Lab::applied(TWO, "{}");
        let began = lab.now;
        lab.dial(1);
        lab.now += answered_at;
        // Its second message gives it no more.
        for _ in 0..2 {
            lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        }
        lab.pass();
        assert_eq!((lab.now - began, lab.dialled()), (given_up, Some(1)), "{:?}", lab.state());
    }
}

#[test]
fn without_another_there_is_no_haste() {
    for (failover, first) in [
        (r#"{"init_timeout_ms":0}"#, 15_000),
        (r#"{"connect_timeout_ms":2000}"#, 2_000),
        (r#"{"init_timeout_ms":9000}"#, 9_000),
    ] {
        let mut lab = Lab::applied(TWO, failover);
        let began = lab.now;
        lab.dial(1);
        lab.pass();
        assert_eq!((lab.now - began, lab.dialled()), (first, Some(1)), "{failover}: {:?}", lab.state());
    }
    let mut lab = Lab::applied(TWO, r#"{"connect_timeout_ms":0}"#);
    lab.dial(1);
    assert_eq!(lab.due(), None, "charon's retransmission decides");
}

#[test]
fn on_a_line_that_is_slower_than_anybody_knew_the_next_round_gives_each_its_whole_time() {
    let mut lab = Lab::applied(TWO, r#"{"jitter_pct":0,"backoff_initial_ms":1000}"#);
    let mut given = Vec::new();
    for id in 1..=6 {
        if lab.dialled().is_none() {
            lab.pass();
        }
        let began = lab.now;
        lab.dial(id);
        lab.pass();
        given.push(lab.now - began);
    }
    // A round in which nobody had little time says nothing about the next one.
    assert_eq!(given, [4_000, 15_000, 15_000, 15_000, 4_000, 15_000]);
}

#[test]
fn one_that_answers_shows_that_the_line_is_not_slow() {
    let mut lab = Lab::applied(TWO, r#"{"jitter_pct":0}"#);
    lab.dial(1);
    lab.pass();
    lab.dial(2);
    lab.feed(&IkeEvent::Heard { unique_id: 2, answer_ms: Some(20) });
    lab.fail(2, Alert::LocalAuthFailed);
    lab.pass();
    let began = lab.now;
    lab.dial(3);
    lab.pass();
    assert_eq!(lab.now - began, 4_000, "{:?}", lab.state());
}

/// How long SEGW 0 is waited for after it was up, its answer having taken so long, measured or not.
fn waited_after(answer_ms: u64, measured: bool, other: bool) -> u64 {
    let mut lab = Lab::applied(TWO, r#"{"stable_ms":0}"#);
    let id = if other {
        lab.dial(1);
        lab.pass();
        2
    } else {
        1
    };
    lab.dial(id);
    lab.now += answer_ms;
    let answer_ms = measured.then_some(u32::try_from(answer_ms).unwrap());
    lab.feed(&IkeEvent::Heard { unique_id: id, answer_ms });
    lab.come_up(id);
    assert!(lab.request("TERMINATE vpn").0);
    lab.becomes(id, IkeState::Destroying, Facts { delete_pending: true, ..FACTS });
    assert!(lab.request("INITIATE vpn").0);
    let began = lab.now;
    lab.dial(id + 1);
    lab.pass();
    assert_eq!(lab.dialled(), Some(1), "{:?}", lab.state());
    lab.now - began
}

#[test]
fn the_time_for_a_first_answer_grows_with_what_answers_take() {
    for other in [false, true] {
        // As long as nobody waits longer than was configured nothing changes.
        assert_eq!(waited_after(50, true, other), 4_000);
        assert_eq!(waited_after(600, true, other), 4_000);
        // Twice the time and four times its variation: half of the first one that is measured.
        assert_eq!(waited_after(1_000, true, other), 6_000);
        // Of a request that was sent again nobody knows more than the most it can have taken.
        assert_eq!(waited_after(3_500, false, other), 7_000);
        // Never longer than a dial may take.
        assert_eq!(waited_after(3_500, true, other), 15_000);
        assert_eq!(waited_after(10_000, false, false), 15_000);
    }
}

#[test]
fn one_packet_that_was_lost_is_no_slow_line() {
    let mut lab = Lab::applied(TWO, r#"{"stable_ms":0}"#);
    lab.dial(1);
    lab.now += 3_020;
    lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
    lab.now += 40;
    lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
    lab.come_up(1);
    assert!(lab.request("TERMINATE vpn").0);
    lab.becomes(1, IkeState::Destroying, Facts { delete_pending: true, ..FACTS });
    assert!(lab.request("INITIATE vpn").0);
    let began = lab.now;
    lab.dial(2);
    lab.pass();
    assert_eq!((lab.now - began, lab.dialled()), (4_000, Some(1)));
}

#[test]
fn a_slow_line_is_watched_slowly_from_its_first_dial_on() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial(1);
    for _ in 0..2 {
        lab.now += 1_500;
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
    }
    lab.come_up(1);
    let _ = lab.actions();
    let up = lab.now;
    assert_eq!(lab.silence(), ["end 1", "dial 1"]);
    // The first question after 10 s; then one each 3 s, not each quarter of a second.
    assert!(lab.now - up >= 10_000 + 8 * 3_000, "lost after {} ms", lab.now - up);
}

#[test]
fn what_is_lost_before_the_dial_of_a_move_begins_makes_that_the_connection_s() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.lose(1);
    assert_eq!((lab.dialled(), lab.ike_sas()), (Some(1), vec![]));
    lab.connect(2);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(2, 1, Role::Main)]));
}

#[test]
fn during_a_shutdown_nothing_is_decided() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.feed(&IkeEvent::Shutdown);
    lab.lose(1);
    lab.routes(0b00);
    lab.timeout(60_000);
    assert_eq!((lab.active(), lab.actions()), (Some(0), vec![]));
}

#[test]
fn a_pause_of_two_seconds_is_not_cut_short_where_the_network_changes() {
    for (pause_ms, then_ms) in [(2_000, 2_000), (2_001, 500)] {
        let mut lab = Lab::applied(TWO, &format!(r#"{{"backoff_initial_ms":{pause_ms},"jitter_pct":0}}"#));
        lab.dial_fails(1, Alert::InitUnreachable);
        lab.dial_fails(2, Alert::InitUnreachable);
        assert_eq!(lab.due(), Some(pause_ms));
        lab.feed(&IkeEvent::Roam);
        assert_eq!(lab.due(), Some(then_ms));
    }
}

#[test]
fn another_address_of_the_last_name_is_dialled_as_soon_as_another_segw_is() {
    let mut lab = Lab::applied("segw1.example,segw2.example", "{}");
    for (id, more, segw) in [(1, true, 0), (2, false, 0), (3, true, 1)] {
        let _ = lab.actions();
        assert_eq!(lab.dialled(), Some(segw), "dial {id}");
        lab.feed(&IkeEvent::Dialling { unique_id: id, connection: "vpn", serial: lab.serial, more });
        lab.becomes(id, IkeState::Connecting, FACTS);
        assert_eq!(lab.due(), Some(lab.now + 4_000), "dial {id}");
        lab.pass();
        lab.becomes(id, IkeState::Destroying, FACTS);
    }
    assert_eq!(lab.dialled(), Some(1), "its other address");
    // The last one of all has as long as any.
    let mut lab = Lab::applied("segw1.example", "{}");
    lab.dial(1);
    assert_eq!(lab.due(), Some(lab.now + 15_000));
}
