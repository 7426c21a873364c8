//! What an operator has said of where connections are to be outlives a restart.

use segw::charon::Alert;
use segw::engine::Engine;
use segw::policy::Policy;
use segw::time::Instant;
use serde_json::{Value, json};

use crate::lab::{Lab, THREE, TWO};

const POLICY: &str = r#"{"stable_ms":0,"hold_down_ms":5000}"#;
/// 2026-11-23, in milliseconds.
const UNIX_MS: u64 = 1_795_392_000_000;
const HOUR_MS: u64 = 3_600_000;

impl Lab {
    fn memory(&mut self) -> Option<String> {
        let mut text = [0; 8192];
        let len = self.engine.memory_text(&mut text).ok()?;
        Some(String::from_utf8(text[..len].to_vec()).unwrap())
    }

    /// Another process begins with that text, at `now`; its clock says that, 0: it is not set.
    fn restarted(text: &str, now: u64, unix_ms: u64) -> Self {
        let mut lab = Self { engine: Engine::new(Instant(now), 8), now, serial: 0 };
        lab.engine.clock(Instant(now), unix_ms, 0);
        lab.engine.restore(text.as_bytes());
        lab
    }

    fn done(&mut self, request: &str) {
        let (ok, reply) = self.request(request);
        assert!(ok, "{request}: {reply}");
    }

    fn shows(&mut self, name: &str) -> Value {
        let status: Value = serde_json::from_str(&self.status()).unwrap();
        status["connections"][0][name].clone()
    }
}

/// Pinned to 10.0.0.2 for two hours, 10.0.0.1 drained for one, both since an hour.
fn steered(unix_ms: u64) -> String {
    let mut lab = Lab::applied(THREE, POLICY);
    lab.engine.clock(Instant(0), unix_ms, 0);
    lab.connect(1);
    lab.done("PIN vpn 10.0.0.2 for 2h");
    lab.connect(2);
    lab.done("DRAIN 10.0.0.1 for 1h");
    lab.memory().unwrap()
}

#[test]
fn a_pin_and_a_drain_go_on() {
    let text = steered(UNIX_MS);
    assert!(text.starts_with("libsegw state 1\nvpn 10.0.0.2\nvpn pin "), "{text}");
    let mut lab = Lab::restarted(&text, 50, UNIX_MS + HOUR_MS / 2);
    lab.apply(THREE, POLICY);
    assert_eq!(lab.dialled(), Some(1));
    assert_eq!((lab.shows("pinned"), lab.shows("pinned_until_ms")), (json!(1), json!(3 * HOUR_MS / 2 + 50)));
    assert_eq!(lab.shows("segws")[0]["drained_until_ms"], json!(HOUR_MS / 2 + 50));
    // The drained one is the last choice.
    lab.dial_fails(3, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(2));
    lab.dial_fails(4, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(0));
}

#[test]
fn without_a_clock_their_rest_counts_anew() {
    for (written, read) in [(0, UNIX_MS), (UNIX_MS, 0), (UNIX_MS, 5_000), (0, 0)] {
        let mut lab = Lab::restarted(&steered(written), 50, read);
        lab.apply(THREE, POLICY);
        assert_eq!(lab.shows("pinned_until_ms"), json!(2 * HOUR_MS + 50), "{written} {read}");
    }
}

#[test]
fn a_clock_that_is_set_late_counts_from_then_on() {
    // It is not set yet, or as it was when the power went, or far ahead.
    for before in [0, UNIX_MS - 48 * HOUR_MS, UNIX_MS + 48 * HOUR_MS] {
        let mut lab = Lab::applied(THREE, POLICY);
        lab.engine.clock(Instant(0), before, 0);
        assert_eq!(lab.memory(), None);
        lab.done("PIN vpn 10.0.0.2 for 2h");
        assert!(lab.memory().is_some());
        lab.now = HOUR_MS;
        lab.engine.clock(Instant(lab.now), UNIX_MS, 0);
        let text = lab.memory().expect("it is another one");
        lab.engine.clock(Instant(lab.now), UNIX_MS + 2_000, 0);
        assert_eq!(lab.memory(), None, "it was corrected");
        let mut lab = Lab::restarted(&text, 50, UNIX_MS + HOUR_MS / 2);
        lab.apply(THREE, POLICY);
        assert_eq!(lab.shows("pinned_until_ms"), json!(HOUR_MS / 2 + 50), "{before} {text}");
    }
}

#[test]
fn a_clock_alone_is_nothing_to_keep() {
    let mut lab = Lab::applied(THREE, POLICY);
    lab.done("PIN vpn 10.0.0.2");
    let _ = lab.memory();
    lab.engine.clock(Instant(0), UNIX_MS, 0);
    assert_eq!(lab.memory(), None, "for ever is for ever");
}

#[test]
fn a_pin_that_is_over_before_its_connection_is_there_is_over() {
    let mut lab = Lab::applied(THREE, POLICY);
    lab.connect(1);
    lab.done("PIN vpn 10.0.0.3 for 2h");
    let mut lab = Lab::restarted(&lab.memory().unwrap(), 0, UNIX_MS);
    lab.now = 2 * HOUR_MS;
    lab.apply(THREE, POLICY);
    assert_eq!((lab.dialled(), lab.shows("pinned")), (Some(0), Value::Null));
}

#[test]
fn what_is_over_meanwhile_is_over() {
    let mut lab = Lab::restarted(&steered(UNIX_MS), 50, UNIX_MS + 2 * HOUR_MS);
    lab.apply(THREE, POLICY);
    assert_eq!((lab.shows("pinned"), &lab.shows("segws")[0]["drained"]), (Value::Null, &json!(false)));
    assert_eq!(lab.dialled(), Some(1), "it was the last that carried it");
}

#[test]
fn the_last_that_carried_it_is_not_dialled_where_it_is_drained_or_another_is_pinned() {
    for (request, dialled) in [("DRAIN 10.0.0.2", 0), ("PIN vpn 10.0.0.3", 2), ("PIN vpn 10.0.0.2", 1)] {
        let mut lab = Lab::applied(THREE, POLICY);
        lab.dial_fails(1, Alert::InitUnreachable);
        lab.connect(2);
        lab.done(request);
        let text = lab.memory().unwrap();
        let mut lab = Lab::restarted(&text, 0, 0);
        lab.apply(THREE, POLICY);
        assert_eq!(lab.dialled(), Some(dialled), "{request}");
    }
    // Nothing has carried it, and its first is drained.
    let mut lab = Lab::applied(TWO, POLICY);
    lab.done("DRAIN 10.0.0.1");
    let text = lab.memory().unwrap();
    let mut lab = Lab::restarted(&text, 0, 0);
    lab.apply(TWO, POLICY);
    assert_eq!(lab.dialled(), Some(1));
}

#[test]
fn charon_s_own_dial_of_another_is_ended() {
    let mut lab = Lab::restarted(&steered(UNIX_MS), 0, UNIX_MS);
    lab.engine.adopt(Instant(0), "vpn", THREE, 1, Policy::DEFAULT).unwrap();
    lab.appears(1, "10.0.0.1");
    assert_eq!(lab.actions(), ["end 1", "dial 1"]);
}

#[test]
fn what_is_not_there_yet_is_kept() {
    let text = steered(UNIX_MS);
    let mut lab = Lab::restarted(&text, 0, UNIX_MS);
    assert_eq!(lab.memory(), None, "it is as it was written");
    // Another connection comes first, and has the text written anew.
    let request = r#"APPLY_CONFIG {"name":"b","ike_cfg":{"remote_addrs":"10.0.0.7,10.0.0.1"},
        "local_auth":{"auth":"psk","secret":"example"},"remote_auth":{"auth":"psk"},"children":[{"name":"net"}]}"#;
    lab.done(request);
    lab.done("DRAIN 10.0.0.7");
    let again = lab.memory().unwrap();
    for line in text.lines() {
        assert!(again.lines().any(|it| it == line), "{line} is not in {again}");
    }
    assert_eq!(again.lines().count(), text.lines().count() + 1);
}

#[test]
fn an_end_is_kept_too() {
    for end in ["UNPIN vpn", "UNDRAIN 10.0.0.1"] {
        let mut lab = Lab::restarted(&steered(UNIX_MS), 0, UNIX_MS);
        lab.apply(THREE, POLICY);
        lab.connect(1);
        lab.done(end);
        let text = lab.memory().unwrap();
        assert_eq!((text.contains("pin"), text.contains("drain")), (end != "UNPIN vpn", end == "UNPIN vpn"), "{text}");
    }
    // Their time, or the connection.
    let mut lab = Lab::restarted(&steered(UNIX_MS), 0, UNIX_MS);
    lab.apply(THREE, POLICY);
    lab.connect(1);
    lab.timeout(2 * HOUR_MS + 1_000);
    let text = lab.memory().unwrap();
    assert!(!text.contains("pin") && !text.contains("drain"), "{text}");
    let mut lab = Lab::restarted(&steered(UNIX_MS), 0, UNIX_MS);
    lab.apply(THREE, POLICY);
    lab.done("REMOVE_CONFIG vpn");
    assert!(!lab.memory().unwrap().contains("vpn"));
}

#[test]
fn a_pin_outlives_another_configuration_as_long_as_its_segw_is_there() {
    let mut lab = Lab::applied(THREE, POLICY);
    lab.done("PIN vpn 10.0.0.3");
    lab.apply("10.0.0.3,10.0.0.1", POLICY);
    assert_eq!(lab.shows("pinned"), json!(0));
    lab.apply(TWO, POLICY);
    assert_eq!(lab.shows("pinned"), Value::Null);
    lab.apply(THREE, POLICY);
    assert_eq!(lab.shows("pinned"), Value::Null, "it was over");
}

#[test]
fn a_text_without_them_is_read_as_before() {
    let mut lab = Lab::restarted("libsegw state 1\nvpn 10.0.0.2\nend\n", 0, UNIX_MS);
    lab.apply(TWO, POLICY);
    assert_eq!((lab.dialled(), lab.shows("pinned")), (Some(1), Value::Null));
}
