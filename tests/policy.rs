//! Another policy for a connection that is under way: what it times anew begins now, the rest goes on; the same policy again
//! changes nothing.
#![allow(clippy::unwrap_used)]

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::failover::State;
use segw::ike::{Facts, IkeState};
use segw::policy::{Failback, Policy};
use segw::time::Instant;

const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };
const POLICY: Policy =
    Policy { connect_timeout_ms: 0, liveness_interval_ms: 0, exhausted_retry_ms: 0, jitter_pct: 0, ..Policy::DEFAULT };
const HOME: Policy = Policy { failback: Failback::HoldDown, hold_down_ms: 2_000, ..POLICY };

fn adopt(engine: &mut Engine, now: u64, policy: Policy) {
    engine.adopt(Instant(now), "vpn", "10.0.0.1,10.0.0.2", 1, policy).unwrap();
}

/// Adopted at 0, dialled by charon at 0.
fn dialled(remote: &str, policy: Policy) -> Engine {
    let mut engine = Engine::new(Instant(0), 7);
    adopt(&mut engine, 0, policy);
    let (unique_id, state) = (5, IkeState::Connecting);
    let dial = IkeEvent::State { unique_id, connection: "vpn", remote, state, facts: FACTS };
    engine.ike_event(Instant(0), &dial).unwrap();
    drain(&mut engine);
    engine
}

/// The same, and up at 0.
fn up(remote: &str, policy: Policy) -> Engine {
    let mut engine = dialled(remote, policy);
    let (unique_id, connection, child) = (5, "vpn", ChildSa::default());
    let event = IkeEvent::ChildUpDown { unique_id, connection, remote, child, up: true, facts: FACTS };
    engine.ike_event(Instant(0), &event).unwrap();
    drain(&mut engine);
    engine
}

fn drain(engine: &mut Engine) -> usize {
    core::iter::from_fn(|| engine.next_action().ok().map(drop)).count()
}

fn due(engine: &Engine) -> Option<u64> {
    engine.poll_at().ok().map(|at| at.0)
}

#[test]
fn failback_is_switched_on_and_off() {
    let mut engine = up("10.0.0.2", POLICY);
    assert_eq!(due(&engine), None);
    adopt(&mut engine, 10_000, HOME);
    assert_eq!(due(&engine), Some(12_000), "a whole hold-down from now");
    adopt(&mut engine, 11_000, Policy { hold_down_ms: 5_000, ..HOME });
    assert_eq!(due(&engine), Some(16_000));
    adopt(&mut engine, 12_000, POLICY);
    assert_eq!(due(&engine), None);
    engine.timeout(Instant(20_000));
    assert_eq!((drain(&mut engine), engine.state("vpn").unwrap().active()), (0, Some(1)), "it stays");
}

#[test]
fn what_has_not_changed_goes_on() {
    let mut engine = up("10.0.0.2", HOME);
    adopt(&mut engine, 1_000, HOME);
    adopt(&mut engine, 1_500, Policy { max_rounds: 9, ..HOME });
    assert_eq!(due(&engine), Some(2_000), "no new hold-down");
    let watched = Policy { liveness_interval_ms: 1_000, ..POLICY };
    let mut engine = up("10.0.0.2", watched);
    let asked = due(&engine);
    adopt(&mut engine, 100, watched);
    assert_eq!(due(&engine), asked, "a client that applies the same each second must not hide a dead SEGW");
}

#[test]
fn a_dial_gets_the_new_limit() {
    let mut engine = dialled("10.0.0.1", POLICY);
    assert_eq!(due(&engine), None);
    adopt(&mut engine, 10_000, Policy { connect_timeout_ms: 3_000, ..POLICY });
    assert_eq!(due(&engine), Some(13_000));
    adopt(&mut engine, 11_000, Policy { connect_timeout_ms: 3_000, max_rounds: 9, ..POLICY });
    assert_eq!(due(&engine), Some(13_000));
    adopt(&mut engine, 12_000, POLICY);
    assert_eq!(due(&engine), None);
}

/// Nobody answers at 0.
fn failed(policy: Policy) -> Engine {
    let mut engine = dialled("10.0.0.1", policy);
    for unique_id in [5, 6] {
        engine
            .ike_event(Instant(0), &IkeEvent::Alert { unique_id, alert: Alert::RetransmitTimeout, child: "" })
            .unwrap();
        let (connection, state) = ("vpn", IkeState::Destroying);
        let event = IkeEvent::State { unique_id, connection, remote: "", state, facts: FACTS };
        engine.ike_event(Instant(0), &event).unwrap();
        if let Ok(Action::Initiate { serial, .. }) = engine.next_action() {
            let event = IkeEvent::Dialling { unique_id: 6, connection: "vpn", serial, more: false };
            engine.ike_event(Instant(0), &event).unwrap();
        }
    }
    engine
}

#[test]
fn a_pause_is_cut_to_its_limit() {
    let slow = Policy { backoff_initial_ms: 50_000, ..POLICY };
    let mut engine = failed(slow);
    assert!(matches!(engine.state("vpn"), Some(State::Backoff { .. })), "{:?}", engine.state("vpn"));
    assert_eq!(due(&engine), Some(50_000));
    adopt(&mut engine, 1_000, Policy { backoff_initial_ms: 1_000, backoff_limit_ms: 4_000, ..POLICY });
    assert_eq!(due(&engine), Some(5_000));
    adopt(&mut engine, 2_000, slow);
    assert_eq!(due(&engine), Some(5_000), "never longer than it was");
}

#[test]
fn an_exhausted_connection_rests_as_long_as_is_said() {
    let once = Policy { max_rounds: 1, ..POLICY };
    let mut engine = failed(once);
    assert_eq!((engine.state("vpn"), due(&engine)), (Some(State::Exhausted { retry_at: None }), None));
    adopt(&mut engine, 1_000, Policy { exhausted_retry_ms: 7_000, ..once });
    assert_eq!(due(&engine), Some(8_000));
    adopt(&mut engine, 2_000, once);
    assert_eq!(due(&engine), None);
}

#[test]
fn a_request_changes_it_too() {
    let request = |failback: &str| {
        format!(
            r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"10.0.0.1,10.0.0.2"}},"children":[{{"name":"net"}}],
            "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},
            "failover":{{"liveness_interval_ms":0,"hold_down_ms":2000,"failback":"{failback}"}}}}"#
        )
    };
    let apply = |engine: &mut Engine, now, failback| {
        let answer = engine.command(Instant(now), request(failback).as_bytes(), &mut [0; 4096]).unwrap();
        assert!(answer.ok);
    };
    let mut engine = Engine::new(Instant(0), 7);
    apply(&mut engine, 0, "off");
    let (unique_id, connection, remote, state) = (5, "vpn", "10.0.0.2", IkeState::Connecting);
    engine.ike_event(Instant(0), &IkeEvent::State { unique_id, connection, remote, state, facts: FACTS }).unwrap();
    let child = ChildSa::default();
    let event = IkeEvent::ChildUpDown { unique_id, connection, remote, child, up: true, facts: FACTS };
    engine.ike_event(Instant(0), &event).unwrap();
    assert_eq!(due(&engine), None);
    apply(&mut engine, 10_000, "hold_down");
    apply(&mut engine, 11_000, "hold_down");
    assert_eq!((due(&engine), engine.ike_sas("vpn").count()), (Some(12_000), 1));
}
