//! Where an operator wants connections to be: pinned to a SEGW, and off one that is drained.

use segw::charon::Alert;
use segw::failover::State;
use serde_json::{Value, json};

use crate::lab::{Lab, THREE, TWO};

const FAILBACK: &str = r#"{"failback":"hold_down","hold_down_ms":5000,"stable_ms":0}"#;
const OFF: &str = r#"{"stable_ms":0,"hold_down_ms":5000}"#;

fn field(lab: &mut Lab, name: &str) -> Value {
    let status: Value = serde_json::from_str(&lab.status()).unwrap();
    status["connections"][0][name].clone()
}

impl Lab {
    pub fn ok(&mut self, request: &str) {
        let (ok, reply) = self.request(request);
        assert!(ok, "{request}: {reply}");
    }

    /// The move that is under way succeeds.
    pub fn moves(&mut self, unique_id: u32) {
        self.connect(unique_id);
        assert!(matches!(self.state(), State::Active { .. }), "{:?}", self.state());
    }

    /// Lets time pass for `ms` while IKE_SA `unique_id` answers; whether something was dialled.
    pub fn calm(&mut self, unique_id: u32, ms: u64) -> bool {
        let end = self.now + ms;
        while self.due().is_some_and(|at| at <= end) {
            self.pass();
            self.feed(&segw::charon::IkeEvent::Heard { unique_id, answer_ms: None });
            if self.actions().iter().any(|it| it.starts_with("dial")) {
                return true;
            }
        }
        self.now = end;
        false
    }
}

#[test]
fn a_pinned_connection_goes_there_and_stays_until_the_time_is_over() {
    let mut lab = Lab::applied(TWO, FAILBACK);
    lab.connect(1);
    lab.ok("PIN vpn secondary for 1h");
    assert_eq!(lab.dialled_beside(), Some(1));
    lab.moves(2);
    let until = lab.now + 3_600_000;
    assert_eq!((field(&mut lab, "pinned"), field(&mut lab, "pinned_until_ms")), (json!(1), json!(until)));
    assert_eq!(field(&mut lab, "next")["text"], json!("stays here (pinned for another 1h00m)"));
    assert_eq!(field(&mut lab, "next")["reason"], json!("PINNED"));
    assert!(!lab.calm(2, 3_599_000), "it failed back at {}", lab.now);
    // Then home, after a hold-down as ever.
    assert!(lab.calm(2, 7_000));
    assert_eq!((lab.dialled_beside(), lab.now), (Some(0), until + 5_000));
    assert_eq!(field(&mut lab, "pinned"), Value::Null);
}

#[test]
fn without_failback_it_stays_when_the_time_is_over() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.connect(1);
    lab.ok("PIN vpn 10.0.0.2 for 10s");
    lab.moves(2);
    assert!(!lab.calm(2, 3_600_000));
    assert_eq!(field(&mut lab, "next")["reason"], json!("FAILBACK_OFF"));
}

#[test]
fn a_loss_of_the_pinned_one_fails_over_and_it_returns_also_where_failback_is_off() {
    for failover in [FAILBACK, OFF] {
        let mut lab = Lab::applied(THREE, failover);
        lab.connect(1);
        lab.ok("PIN vpn 2");
        lab.moves(2);
        lab.lose(2);
        assert_eq!(lab.dialled(), Some(0), "the first of the list is next");
        lab.connect(3);
        assert!(lab.calm(3, 6_000));
        assert_eq!(lab.dialled_beside(), Some(2), "{:?}", lab.state());
        // It is still gone: no other one is tried in its place.
        lab.dial_fails(4, Alert::InitUnreachable);
        assert!(matches!(lab.state(), State::Active { segw: 0, .. }), "{:?}", lab.state());
        assert!(lab.calm(3, 10_000));
        lab.moves(5);
        assert_eq!(lab.active(), Some(2));
        lab.ok("UNPIN vpn");
        assert_eq!(lab.calm(5, 60_000), failover == FAILBACK);
    }
}

#[test]
fn one_that_nobody_wants_up_is_not_dialled_for_a_pin_but_begins_there() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.connect(1);
    lab.ok("TERMINATE vpn");
    let _ = lab.actions();
    lab.ok("PIN vpn 1");
    assert_eq!(lab.actions(), Vec::<String>::new());
    lab.ok("INITIATE vpn");
    assert_eq!(lab.dialled(), Some(1));
}

#[test]
fn a_drained_segw_is_left_and_not_chosen() {
    let mut lab = Lab::applied(THREE, FAILBACK);
    lab.connect(1);
    lab.ok("DRAIN 10.0.0.1 for 1h");
    assert_eq!(lab.dialled_beside(), Some(1));
    lab.moves(2);
    let segws = field(&mut lab, "segws");
    assert_eq!(
        (&segws[0]["drained"], &segws[0]["drained_until_ms"], &segws[1]["drained"]),
        (&json!(true), &json!(3_600_000), &json!(false))
    );
    assert!(!lab.calm(2, 3_500_000), "it failed back at {}", lab.now);
    lab.lose(2);
    assert_eq!(lab.dialled(), Some(2));
    // All others have failed: it is better than none.
    lab.dial_fails(3, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(0));
    lab.connect(4);
    // And left again as soon as another is there.
    assert!(lab.calm(4, 6_000));
    assert_eq!(lab.dialled_beside(), Some(1));
    lab.moves(5);
    // Over: home by the usual rule.
    assert!(lab.calm(5, 3_600_000));
    assert_eq!(lab.dialled_beside(), Some(0), "{} {:?}", lab.now, lab.state());
}

#[test]
fn a_move_away_from_a_drained_segw_that_fails_is_tried_again_also_where_failback_is_off() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.connect(1);
    lab.ok("DRAIN 10.0.0.1");
    assert_eq!(field(&mut lab, "segws")[0]["drained_until_ms"], Value::Null);
    lab.dial_fails(2, Alert::InitUnreachable);
    assert_eq!(lab.active(), Some(0));
    assert!(lab.calm(1, 6_000));
    lab.moves(3);
    assert_eq!(lab.active(), Some(1));
    lab.ok("UNDRAIN 10.0.0.1");
    assert!(!lab.calm(3, 60_000), "failback is off");
}

#[test]
fn the_only_one_that_is_left_is_dialled_though_it_is_drained() {
    let mut lab = Lab::applied("10.0.0.1", "{}");
    lab.ok("DRAIN 10.0.0.1");
    lab.connect(1);
    assert_eq!(lab.active(), Some(0));
    lab.lose(1);
    lab.pass();
    assert_eq!(lab.dialled(), Some(0));
}

#[test]
fn a_dial_of_a_drained_segw_is_given_up_for_another_and_a_move_to_it_called_back() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.dial(1);
    lab.ok("DRAIN 10.0.0.1");
    assert_eq!(lab.dialled(), Some(1));
    lab.connect(2);
    lab.ok("UNDRAIN 10.0.0.1");
    lab.ok("SWITCH vpn primary");
    assert_eq!(lab.dialled_beside(), Some(0));
    lab.ok("DRAIN 10.0.0.1");
    assert!(matches!(lab.state(), State::Active { segw: 1, .. }), "{:?}", lab.state());
}

#[test]
fn what_is_drained_stays_so_in_a_list_that_is_applied_anew() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.ok("DRAIN 10.0.0.1");
    lab.apply("10.0.0.3,10.0.0.1", OFF);
    let segws = field(&mut lab, "segws");
    assert_eq!((&segws[0]["drained"], &segws[1]["drained"]), (&json!(false), &json!(true)));
}

#[test]
fn a_drain_can_be_ended_when_its_segw_is_in_no_list_any_more() {
    let mut lab = Lab::applied(TWO, OFF);
    lab.ok("DRAIN 10.0.0.1");
    lab.apply("10.0.0.2,10.0.0.3", OFF);
    lab.ok("UNDRAIN 10.0.0.1");
    let (ok, reply) = lab.request("UNDRAIN 10.0.0.1");
    assert!(!ok && reply.contains("no connection has such a SEGW"), "{reply}");
    lab.apply(TWO, OFF);
    assert_eq!(field(&mut lab, "segws")[0]["drained"], json!(false));
}

#[test]
fn drains_that_are_over_take_no_room() {
    let mut lab = Lab::new();
    for n in 0..16 {
        lab.apply(&format!("10.1.{n}.1,10.1.{n}.2"), OFF);
        lab.ok(&format!("DRAIN 10.1.{n}.1 for 1h"));
        lab.ok(&format!("DRAIN 10.1.{n}.2 for 1h"));
        let _ = lab.actions();
    }
    lab.apply(TWO, OFF);
    let (ok, reply) = lab.request("DRAIN 10.0.0.1");
    assert!(!ok && reply.contains("as many SEGWs are drained as fit, 32"), "{reply}");
    lab.now += 3_600_000;
    lab.ok("DRAIN 10.0.0.1");
}

#[test]
fn requests_that_make_no_sense_are_refused_with_the_reason() {
    let mut lab = Lab::applied(TWO, OFF);
    for (request, word) in [
        ("PIN vpn", "expected PIN NAME"),
        ("PIN vpn 7", "no such SEGW"),
        ("PIN nobody 0", "no connection of that name"),
        ("PIN vpn 1 for ever", "expected a time from 1s to 365d"),
        ("PIN vpn 1 for 0s", "expected a time from 1s to 365d"),
        ("UNPIN nobody", "no connection of that name"),
        ("DRAIN", "expected DRAIN ADDRESS"),
        ("DRAIN 10.0.0.9", "no connection has such a SEGW"),
        ("DRAIN 10.0.0.1 for 9", "expected a time"),
        ("UNDRAIN 10.0.0.9", "no connection has such a SEGW"),
    ] {
        let (ok, reply) = lab.request(request);
        assert!(!ok && reply.contains(word), "{request}: {reply}");
    }
}
