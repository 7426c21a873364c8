//! Lists, policies and configurations that change under a connection, and what is remembered of it.

use segw::charon::{ChildSa, IkeEvent};
use segw::engine::Action;

use crate::lab::{FACTS, Lab, THREE, TWO};

#[test]
fn a_spare_keeps_its_segw_when_the_list_changes() {
    let mut lab = Lab::adopted(TWO);
    lab.found(1, "10.0.0.1");
    lab.found(2, "10.0.0.2");
    lab.now = 60_000;
    lab.adopt("10.0.0.1,10.0.0.3,10.0.0.2");
    lab.lose(1);
    assert_eq!(lab.active(), Some(2), "{:?}", lab.state());
    assert_eq!(lab.engine.addr(2).map(|addr| addr.to_text().to_string()), Some("10.0.0.2".to_owned()));
}

#[test]
fn how_long_a_segw_carried_is_kept_when_the_list_changes() {
    let mut lab = Lab::adopted(TWO);
    lab.found(1, "10.0.0.1");
    lab.now = 60_000;
    lab.adopt("10.0.0.1,10.0.0.3");
    let status = lab.status();
    assert!(status.contains(r#""connected_ms":60000"#), "{status}");
}

#[test]
fn a_dial_that_is_on_its_way_follows_the_list() {
    let mut lab = Lab::adopted(TWO);
    assert!(lab.request("INITIATE vpn").0);
    lab.adopt("10.0.0.2,10.0.0.1");
    let dialled = lab.dialled().unwrap();
    let Ok(Action::Initiate { segw, addr, .. }) = lab.engine.next_action() else { panic!("no dial") };
    assert_eq!((segw, addr.to_text().to_string()), (dialled, "10.0.0.1".to_owned()));
}

#[test]
fn the_order_of_keys_means_nothing() {
    let request = |auth: &str| {
        format!(
            r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{TWO}"}},"local_auth":{{{auth}}},
            "remote_auth":{{"auth":"psk"}},"children":[{{"name":"net","start_action":"start"}}]}}"#
        )
    };
    let mut lab = Lab::new();
    assert!(lab.request(&request(r#""auth":"psk","id":"a@b","secret":"example""#)).0);
    lab.connect(1);
    let (_, reply) = lab.request(&request(r#""auth":"psk","secret":"example","id":"a@b""#));
    assert_eq!(lab.actions(), [""; 0], "{reply}");
}

#[test]
fn a_policy_that_leaves_the_watch_alone_does_not_restart_it() {
    let policy = |rounds| format!(r#"{{"liveness_interval_ms":1000,"max_rounds":{rounds}}}"#);
    let mut lab = Lab::applied(THREE, &policy(5));
    lab.connect(1);
    // A client applies another limit every three seconds; a silent SEGW is lost after four.
    while lab.active() == Some(0) {
        assert!(lab.now < 60_000, "silent for a minute, and still {:?}", lab.state());
        let next = (lab.now / 3_000 + 1) * 3_000;
        let at = lab.due().unwrap().min(next);
        lab.timeout(at);
        if at == next {
            lab.apply(THREE, &policy(5 + at / 3_000 % 2));
        }
        if lab.actions().contains(&"measure 1".to_owned()) {
            lab.feed(&IkeEvent::Counted { unique_id: 1, packets: Some(0), sent: 0, route: true });
        }
    }
}

#[test]
fn what_is_configured_is_remembered_before_what_is_not() {
    let mut lab = Lab::new();
    let old: String = (0..15).map(|n| format!("old{n} 10.0.0.1\n")).collect();
    lab.engine.restore(format!("libsegw state 1\nvpn 10.0.0.2\n{old}end\n").as_bytes());
    lab.apply(TWO, "{}");
    lab.connect(1);
    assert_eq!(lab.active(), Some(1), "where it ended");
    // Another connection comes up, and the memory is full.
    let (ok, reply) = lab.request(
        r#"APPLY_CONFIG {"name":"b","ike_cfg":{"remote_addrs":"10.0.0.1"},"local_auth":{"auth":"psk","secret":"x"},
        "remote_auth":{"auth":"psk"},"children":[{"name":"net","start_action":"start"}]}"#,
    );
    assert!(ok, "{reply}");
    let Ok(Action::Initiate { serial, .. }) = lab.engine.next_action() else { panic!("no dial") };
    let (unique_id, connection, child) = (9, "b", ChildSa { name: "net", ..ChildSa::default() });
    lab.feed(&IkeEvent::Dialling { unique_id, connection, serial, more: false });
    lab.feed(&IkeEvent::ChildUpDown { unique_id, connection, remote: "", child, up: true, facts: FACTS });
    let mut text = [0; 4096];
    let len = lab.engine.memory_text(&mut text).unwrap();
    let text = std::str::from_utf8(&text[..len]).unwrap();
    assert!(text.contains("vpn 10.0.0.2"), "{text}");
}
