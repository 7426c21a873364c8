//! Which SEGW comes first: by preference, by the device's own draw, by response time.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;
use segw::ike::IkeState;
use segw::policy::Policy;
use segw::time::Instant;
use serde_json::{Value, json};

use crate::lab::{FACTS, Lab, THREE, TWO};

fn told(lab: &mut Lab, request: &str) -> Value {
    let (ok, reply) = lab.request(request);
    assert!(ok, "{reply}");
    serde_json::from_str(&reply).unwrap()
}

fn next(lab: &mut Lab) -> Value {
    told(lab, "STATUS vpn")["connections"][0]["next"].clone()
}

/// The kind and choice of the last record.
fn last(lab: &mut Lab) -> Value {
    let records = told(lab, "HISTORY vpn")["connections"][0]["records"].clone();
    let last = records.as_array().unwrap().last().unwrap().clone();
    json!([last["kind"], last["choice"]])
}

impl Lab {
    /// Connection "vpn" on the device of that name.
    fn of_device(device: &str, addrs: &str, failover: &str) -> Self {
        let mut lab = Self::new();
        lab.engine.set_device(Instant(0), device.as_bytes());
        lab.apply(addrs, failover);
        lab
    }

    /// The SEGW that carries it takes so long to answer.
    fn answers(&mut self, unique_id: u32, ms: u32) {
        self.feed(&IkeEvent::Heard { unique_id, answer_ms: Some(ms) });
    }
}

/// Devices of which each has another one first.
fn devices() -> [String; 3] {
    let mut devices = [const { None }; 3];
    for n in 0.. {
        let device = format!("cpe-{n}.example.org");
        let lab = Lab::of_device(&device, THREE, r#"{"order":"hash"}"#);
        devices[usize::from(lab.dialled().unwrap())].get_or_insert(device);
        if devices.iter().all(Option::is_some) {
            break;
        }
    }
    devices.map(Option::unwrap)
}

#[test]
fn each_device_has_its_own_first_segw_and_goes_home_to_it() {
    const POLICY: &str = r#"{"order":"hash","failback":"hold_down","hold_down_ms":30000,"stable_ms":0}"#;
    for (home, device) in (0u8..).zip(devices()) {
        // The same after each restart, whatever the seed.
        for _ in 0..3 {
            assert_eq!(Lab::of_device(&device, THREE, POLICY).dialled(), Some(home));
        }
        let mut lab = Lab::of_device(&device, THREE, POLICY);
        lab.connect(1);
        assert_eq!(
            (&next(&mut lab)["reason"], &next(&mut lab)["choice"], &next(&mut lab)["text"]),
            (
                &json!("PREFERRED"),
                &json!("HASH"),
                &json!("stays here (the most preferred; chosen by this device's hash)")
            )
        );
        lab.now = 60_000;
        lab.lose(1);
        assert_eq!(last(&mut lab), json!(["FAILOVER", "HASH"]));
        let heir = lab.dialled().unwrap();
        assert_ne!(heir, home);
        lab.connect(2);
        let text = next(&mut lab)["text"].as_str().unwrap().to_owned();
        assert_eq!(
            text,
            format!("back to 10.0.0.{} in 30s (hold_down; chosen by this device's hash)", home + 1),
            "{device}"
        );
        // The third one is next, as each has its own order: not the one after it in the list.
        let third = 3 - home - heir;
        let words = told(&mut lab, "EXPLAIN vpn")["text"].as_str().unwrap().to_owned();
        let sentence = format!(" If it is lost 10.0.0.{} is next, chosen by this device's hash.", third + 1);
        assert!(words.contains(&sentence), "{words}");
        assert!(lab.calm(2, 40_000));
        assert_eq!(lab.dialled_beside(), Some(home));
        lab.moves(3);
        assert_eq!(last(&mut lab), json!(["FAILBACK", "HASH"]));
        assert!(!lab.calm(3, 300_000), "it is home");
        // What an operator calls the primary is the first of this order.
        lab.ok("SWITCH vpn secondary");
        assert_eq!(lab.dialled_beside(), Some(heir));
        lab.moves(4);
        lab.ok("SWITCH vpn next");
        assert_eq!(lab.dialled_beside(), Some(third));
        lab.moves(5);
        lab.ok("SWITCH vpn primary");
        assert_eq!(lab.dialled_beside(), Some(home));
        lab.moves(6);
        lab.ok("SWITCH vpn 0");
        assert_eq!(lab.active(), Some(home));
    }
}

#[test]
fn without_a_name_all_devices_have_the_same_order() {
    let order = Lab::applied(THREE, r#"{"order":"hash"}"#).dialled();
    assert_eq!(Lab::of_device("", THREE, r#"{"order":"hash"}"#).dialled(), order);
    assert_eq!(Lab::of_device("cpe-1", THREE, "{}").dialled(), Some(0), "a name alone changes nothing");
}

#[test]
fn a_name_that_is_set_late_counts_too() {
    let [_, _, device] = devices();
    let mut lab = Lab::of_device(
        "cpe-of-nobody",
        THREE,
        r#"{"order":"hash","preferences":[1,2,1],"failback":"hold_down","hold_down_ms":5000}"#,
    );
    lab.connect(1);
    lab.engine.set_device(Instant(0), device.as_bytes());
    let home = lab.active() == Some(2);
    assert_eq!(next(&mut lab)["action"], json!(if home { "STAY" } else { "FAILBACK" }));
    assert_eq!(lab.calm(1, 60_000), !home);
}

#[test]
fn preferences_are_above_the_order_of_the_list() {
    let mut lab =
        Lab::applied(THREE, r#"{"preferences":[2,3,1],"failback":"hold_down","hold_down_ms":5000,"stable_ms":0}"#);
    assert_eq!(lab.dialled(), Some(2));
    lab.connect(1);
    assert_eq!(next(&mut lab)["text"], json!("stays here (the most preferred; chosen by its preference)"));
    lab.now = 60_000;
    lab.lose(1);
    assert_eq!((lab.dialled(), last(&mut lab)), (Some(0), json!(["FAILOVER", "PREFERENCE"])));
    lab.connect(2);
    lab.lose(2);
    assert_eq!(lab.dialled(), Some(1));
    lab.connect(3);
    assert!(lab.calm(3, 10_000));
    assert_eq!(lab.dialled_beside(), Some(2));
    lab.ok("SWITCH vpn secondary");
    assert_eq!(lab.dialled_beside(), Some(0));
}

#[test]
fn equals_that_are_listed_are_told_without_a_word() {
    let mut lab = Lab::applied(THREE, r#"{"preferences":[1,1,1]}"#);
    lab.connect(1);
    assert_eq!((next(&mut lab)["choice"].clone(), lab.active()), (Value::Null, Some(0)));
    assert_eq!(next(&mut lab)["text"], json!("stays here (the most preferred)"));
}

const RTT: &str = r#"{"order":"rtt","failback":"hold_down","hold_down_ms":5000,"stable_ms":0}"#;

#[test]
fn who_is_clearly_quicker_is_gone_back_to_and_nobody_else() {
    // How long the first and the second one take, and whether it goes back.
    for (first, second, back) in [
        (30, 200, true),
        (50, 200, true),
        (51, 200, false),
        (100, 110, false),
        (200, 30, false),
        (3, 30, true),
        (1, 20, false),
    ] {
        let mut lab = Lab::applied(THREE, RTT);
        lab.connect(1);
        lab.answers(1, first);
        lab.now = 60_000;
        lab.lose(1);
        // Nothing is known of the others.
        assert_eq!((lab.dialled(), last(&mut lab)), (Some(1), json!(["FAILOVER", null])));
        lab.connect(2);
        lab.answers(2, second);
        let status = next(&mut lab);
        let reason = if back { "HOLD_DOWN" } else { "PREFERRED" };
        assert_eq!((&status["reason"], &status["choice"]), (&json!(reason), &json!("RTT")), "{first} {second}");
        // It has failed since, so that its time counts twice.
        assert_eq!(lab.calm(2, 60_000), back, "{first} {second}: {status}");
        if back {
            assert_eq!(lab.dialled_beside(), Some(0));
            lab.moves(3);
            assert_eq!(last(&mut lab), json!(["FAILBACK", "RTT"]));
        }
        // Once it is there it stays: nothing is better.
        let here = if back { 3 } else { 2 };
        assert!(!lab.calm(here, 600_000), "{first} {second}");
    }
}

#[test]
fn it_stays_where_it_is_without_failback_however_slow_that_is() {
    let mut lab = Lab::applied(THREE, r#"{"order":"rtt","stable_ms":0}"#);
    lab.connect(1);
    lab.answers(1, 5);
    lab.now = 60_000;
    lab.lose(1);
    lab.connect(2);
    lab.answers(2, 4_000);
    assert_eq!(next(&mut lab)["reason"], json!("FAILBACK_OFF"));
    assert!(!lab.calm(2, 3_600_000));
    // It is the next one then: the third was never heard.
    let words = told(&mut lab, "EXPLAIN vpn")["text"].as_str().unwrap().to_owned();
    assert!(words.contains(" If it is lost 10.0.0.1 is next, chosen by its response time."), "{words}");
    lab.lose(2);
    assert_eq!((lab.dialled(), last(&mut lab)), (Some(0), json!(["FAILOVER", "RTT"])));
}

#[test]
fn a_standby_is_no_reason_to_move() {
    const POLICY: &str = r#"{"order":"rtt","standby":"ike","failback":"hold_down","hold_down_ms":20000,"stable_ms":1000,
        "liveness_interval_ms":0}"#;
    for (here, there, back) in [(40, 40, false), (100, 60, false), (100, 50, true)] {
        let mut lab = Lab::applied(TWO, POLICY);
        lab.connect(1);
        lab.answers(1, here);
        lab.pass();
        lab.dial(2);
        lab.becomes(2, IkeState::Established, FACTS);
        lab.updown(2, true);
        lab.answers(2, there);
        lab.timeout(30_000);
        assert_eq!(lab.dialled_beside(), Some(1).filter(|_| back), "{here} {there}");
    }
}

#[test]
fn it_stays_with_one_that_is_as_good() {
    let mut lab = Lab::applied(THREE, RTT);
    lab.connect(1);
    lab.answers(1, 40);
    lab.now = 60_000;
    lab.lose(1);
    lab.connect(2);
    lab.answers(2, 90);
    assert_eq!(
        next(&mut lab)["text"],
        json!("stays here (no other is clearly better; chosen by its response time)"),
        "the first one counts as 80 ms, since it has failed"
    );
}

#[test]
fn failures_in_a_row_make_a_quick_one_less_welcome() {
    let mut lab = Lab::applied(THREE, r#"{"order":"rtt","failback":"hold_down","hold_down_ms":60000,"stable_ms":0}"#);
    lab.connect(1);
    lab.answers(1, 20);
    lab.now = 60_000;
    lab.lose(1);
    lab.connect(2);
    lab.answers(2, 200);
    // Each trial that fails makes it 20 ms more: after the fourth it is no more than twice as quick.
    let mut trials = 0;
    while lab.calm(2, 200_000) {
        trials += 1;
        assert!(trials < 9);
        lab.appears(10 + trials, "10.0.0.1");
        lab.feed(&IkeEvent::Alert { unique_id: 10 + trials, alert: Alert::RetransmitTimeout, child: "" });
        lab.becomes(10 + trials, segw::ike::IkeState::Destroying, crate::lab::FACTS);
        while matches!(lab.state(), State::Moving { .. }) {
            lab.pass();
        }
    }
    assert_eq!(trials, 4);
}

#[test]
fn another_order_of_the_same_connection_is_gone_to_by_the_rules_of_failback() {
    let [_, device, _] = devices();
    let mut policy = Policy::DEFAULT;
    policy.set("failback", "hold_down").unwrap();
    policy.set("hold_down_ms", "5s").unwrap();
    let mut lab = Lab::new();
    lab.engine.set_device(Instant(0), device.as_bytes());
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", THREE, 1, policy), Ok(true));
    lab.ok("INITIATE vpn");
    lab.actions();
    lab.connect(1);
    assert_eq!(lab.active(), Some(0));
    policy.set("order", "hash").unwrap();
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", THREE, 1, policy), Ok(false));
    assert!(lab.calm(1, 60_000));
    assert_eq!(lab.dialled_beside(), Some(1));
    // And back again: the trial is of no use, but does no harm.
    lab.moves(2);
    policy.set("order", "list").unwrap();
    assert_eq!(lab.engine.adopt(Instant(lab.now), "vpn", THREE, 1, policy), Ok(false));
    assert!(lab.calm(2, 60_000));
    assert_eq!(lab.dialled_beside(), Some(0));
}

#[test]
fn numbers_for_another_list_are_not_used() {
    let mut policy = Policy::DEFAULT;
    policy.set("preferences", "2 1").unwrap();
    let mut lab = Lab::new();
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", THREE, 1, policy), Ok(true));
    lab.ok("INITIATE vpn");
    assert_eq!(lab.dialled(), Some(0));
}
