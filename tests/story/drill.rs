//! A drill: a switch that returns by itself, and tells what it cost.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;
use serde_json::{Value, json};

use crate::lab::{FACTS, Lab, THREE, TWO};

const STAY_MS: u64 = 5_000;

impl Lab {
    /// The result of the drill, if one is over.
    fn result(&mut self) -> Option<Value> {
        let told = self.told();
        let mut lines = told.lines().filter(|line| line.contains("segw_drill"));
        let result = lines.next().map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(lines.next(), None, "told twice");
        result
    }

    /// On its way for `ms`, then up.
    fn arrives(&mut self, unique_id: u32, ms: u64) {
        self.dial(unique_id);
        self.now += ms;
        self.come_up(unique_id);
        let _ = self.actions();
    }

    /// Lets time pass while IKE_SA `unique_id` answers, until something is dialled.
    fn until_it_returns(&mut self, unique_id: u32) {
        let begun = self.now;
        while self.now < begun + 60_000 {
            self.pass();
            self.feed(&IkeEvent::Heard { unique_id, answer_ms: None });
            if self.dialled_beside().is_some() {
                return;
            }
        }
        panic!("it does not return: {:?}", self.state());
    }
}

/// On SEGW 1, having left SEGW 0 for a drill 200 ms ago.
fn away(list: &str, request: &str) -> Lab {
    let mut lab = Lab::applied(list, "{}");
    lab.connect(1);
    lab.now = 60_000;
    let (ok, reply) = lab.request(request);
    assert!(ok, "{reply}");
    assert_eq!(lab.dialled_beside(), Some(1));
    lab.arrives(2, 200);
    assert_eq!(lab.active(), Some(1));
    lab
}

#[test]
fn it_goes_there_and_back_and_tells_how_long_each_way_took() {
    let mut lab = away(TWO, "DRILL vpn");
    let there = lab.now;
    lab.until_it_returns(2);
    assert_eq!(lab.now, there + STAY_MS);
    assert_eq!(lab.result(), None);
    lab.arrives(3, 150);
    assert_eq!(lab.active(), Some(0));
    let result = lab.result().unwrap();
    let told = |key: &str| result[key].clone();
    assert_eq!(
        (told("from"), told("to"), told("done"), told("cause")),
        (json!("10.0.0.1"), json!("10.0.0.2"), json!(true), Value::Null)
    );
    assert_eq!((told("out_ms"), told("back_ms"), told("gap_ms")), (json!(200), json!(150), json!(0)));
    // It is over: the next one is another.
    assert!(lab.request("DRILL vpn 10.0.0.2").0);
}

#[test]
fn a_segw_that_ends_the_old_one_at_once_shows_as_a_gap() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    assert!(lab.request("DRILL vpn secondary").0);
    lab.dial(2);
    // Both are one SEGW behind the scenes, and it keeps one IKE_SA of each peer.
    lab.child(1, false, FACTS);
    lab.now += 120;
    lab.come_up(2);
    let _ = lab.actions();
    lab.until_it_returns(2);
    lab.arrives(3, 50);
    let result = lab.result().unwrap();
    assert_eq!((&result["done"], &result["gap_ms"]), (&json!(true), &json!(120)));
}

#[test]
fn where_the_other_one_does_not_come_up_nothing_moves_and_the_cause_is_told() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    assert!(lab.request("DRILL vpn").0);
    lab.dial_fails(2, Alert::InitUnreachable);
    assert!(matches!(lab.state(), State::Active { segw: 0, .. }));
    let result = lab.result().unwrap();
    assert_eq!(
        (&result["done"], &result["cause"], &result["gap_ms"]),
        (&json!(false), &json!("INIT_UNREACHABLE"), &json!(0))
    );
    assert_eq!((&result["out_ms"], &result["back_ms"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_loss_while_it_is_away_is_a_failover_like_any_other() {
    let mut lab = away(THREE, "DRILL vpn next");
    lab.now += 1_000;
    lab.lose(2);
    assert_eq!(lab.dialled(), Some(2));
    let result = lab.result().unwrap();
    assert_eq!(
        (&result["done"], &result["cause"], &result["out_ms"]),
        (&json!(false), &json!("RETRANSMIT_TIMEOUT"), &json!(200))
    );
    lab.connect(3);
    assert_eq!(lab.active(), Some(2));
    lab.now += 60_000;
    lab.feed(&IkeEvent::Heard { unique_id: 3, answer_ms: None });
    lab.timeout(lab.now);
    assert_eq!(lab.dialled_beside(), None, "it returned although it is over");
}

#[test]
fn an_operators_next_word_ends_it() {
    for (request, on) in [("SWITCH vpn 2", Some(1)), ("TERMINATE vpn", None)] {
        let mut lab = away(THREE, "DRILL vpn");
        assert!(lab.request(request).0);
        if on.is_some() {
            lab.connect(3);
        }
        assert_eq!(lab.result().unwrap()["cause"], json!("OPERATOR"), "{request}");
    }
}

#[test]
fn it_is_refused_where_there_is_nothing_to_drill() {
    let mut lab = Lab::applied(TWO, "{}");
    for (request, word) in [
        ("DRILL vpn", "has to be up"),
        ("DRILL nobody", "no connection of that name"),
        ("DRILL", "no connection of that name"),
    ] {
        let (ok, reply) = lab.request(request);
        assert!(!ok && reply.contains(word), "{request}: {reply}");
    }
    lab.connect(1);
    for (request, word) in [("DRILL vpn 0", "no other SEGW"), ("DRILL vpn 7", "no such SEGW")] {
        let (ok, reply) = lab.request(request);
        assert!(!ok && reply.contains(word), "{request}: {reply}");
    }
    let mut lab = Lab::applied("10.0.0.1", "{}");
    lab.connect(1);
    assert!(!lab.request("DRILL vpn").0);
}
