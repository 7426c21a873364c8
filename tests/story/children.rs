//! CHILD_SAs one by one: each that is wanted is up, or asked for again; a move loses none of them.

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::ike::{Facts, Role};
use segw::policy::Policy;
use segw::time::Instant;

use crate::lab::{FACTS, LOCAL_DELETE, Lab, PEER_DELETE, TWO};

/// A connection with two CHILD_SAs.
fn two_children(failover: &str) -> Lab {
    let mut lab = Lab::new();
    let (ok, reply) = lab.request(&format!(
        r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{TWO}"}},"failover":{failover},
        "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},
        "children":[{{"name":"net","start_action":"start"}},{{"name":"more","start_action":"start"}}]}}"#
    ));
    assert!(ok, "{reply}");
    lab
}

fn child(lab: &mut Lab, unique_id: u32, name: &str, up: bool, facts: Facts) {
    let child = ChildSa { name, ..ChildSa::default() };
    lab.feed(&IkeEvent::ChildUpDown { unique_id, connection: "vpn", remote: "", child, up, facts });
}

fn refused(lab: &mut Lab, unique_id: u32, child: &str) {
    lab.feed(&IkeEvent::Alert { unique_id, alert: Alert::ChildFailed, child });
}

/// Lets time pass until CHILD_SAs are asked for; after how long.
fn asked_after(lab: &mut Lab) -> u64 {
    let begun = lab.now;
    while lab.now < begun + 200_000 {
        lab.pass();
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        if lab.actions().iter().any(|it| it.starts_with("complete")) {
            return lab.now - begun;
        }
    }
    panic!("never asked for");
}

#[test]
fn one_that_the_segw_deletes_alone_is_asked_for_until_it_is_up() {
    let mut lab = two_children(r#"{"jitter_pct":0}"#);
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    child(&mut lab, 1, "more", false, PEER_DELETE);
    let waits: Vec<u64> = (0..8).map(|_| asked_after(&mut lab)).collect();
    assert_eq!(waits, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000], "at once for the first time");
    child(&mut lab, 1, "more", true, FACTS);
    for _ in 0..100 {
        lab.pass();
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        assert!(!lab.actions().iter().any(|it| it.starts_with("complete")));
    }
    assert_eq!(lab.active(), Some(0));
}

/// Charon dialled by itself, as somebody had it set up the other one by hand; the pause between two rounds has nothing to do with it.
#[test]
fn one_that_nobody_was_asked_for_is_asked_for_soon() {
    let mut lab = two_children(r#"{"jitter_pct":0,"backoff_initial_ms":20000}"#);
    lab.connect(1);
    let waits: Vec<u64> = (0..3).map(|_| asked_after(&mut lab)).collect();
    assert_eq!(waits, [1_000, 40_000, 60_000]);
    let mut lab = two_children(r#"{"jitter_pct":0,"backoff_initial_ms":20000}"#);
    lab.connect(1);
    refused(&mut lab, 1, "more");
    assert_eq!(asked_after(&mut lab), 1_000, "the first look was planned before");
    assert_eq!(asked_after(&mut lab), 40_000);
}

/// Charon asks the trial for it, which may fail.
#[test]
fn one_that_is_loaded_while_a_move_is_tried_is_asked_for() {
    let mut lab = Lab::adopted(TWO);
    lab.found(1, "10.0.0.1");
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.actions();
    let adopt = |lab: &mut Lab, children| lab.engine.adopt(Instant(lab.now), "vpn", TWO, children, Policy::DEFAULT);
    assert_eq!(adopt(&mut lab, 2), Ok(false));
    assert_eq!(asked_after(&mut lab), 1_000);
    assert_eq!(adopt(&mut lab, 1), Ok(false));
    for _ in 0..20 {
        lab.pass();
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        assert!(!lab.actions().iter().any(|it| it.starts_with("complete")), "none is missing");
    }
}

/// A SEGW that deletes it whenever it comes up is not asked without a pause.
#[test]
fn one_that_goes_as_soon_as_it_is_up_waits() {
    let mut lab = two_children(r#"{"jitter_pct":0}"#);
    lab.connect(1);
    let waits: Vec<u64> = (0..5)
        .map(|_| {
            child(&mut lab, 1, "more", true, FACTS);
            child(&mut lab, 1, "more", false, PEER_DELETE);
            asked_after(&mut lab)
        })
        .collect();
    assert_eq!(waits, [0, 1_000, 2_000, 4_000, 8_000]);
    child(&mut lab, 1, "more", true, FACTS);
    let begun = lab.now;
    while lab.now < begun + 20_000 {
        lab.pass();
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
    }
    child(&mut lab, 1, "more", false, PEER_DELETE);
    assert_eq!(asked_after(&mut lab), 0, "it was up for long enough");
}

/// One that carries between two ends is asked for at once, as charon's own close_action would have it.
#[test]
fn one_that_goes_again_and_again_is_asked_for_at_once() {
    let mut lab = two_children(r#"{"jitter_pct":0}"#);
    lab.connect(1);
    for _ in 0..5 {
        child(&mut lab, 1, "more", true, FACTS);
        let begun = lab.now;
        while lab.now < begun + 1_500 {
            lab.pass();
            lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        }
        child(&mut lab, 1, "more", false, PEER_DELETE);
        assert_eq!(asked_after(&mut lab), 0);
    }
}

#[test]
fn status_and_events_name_each_child() {
    let mut lab = two_children(r#"{"jitter_pct":0}"#);
    let both = r#""children":[{"name":"net","state":"DOWN","cause":null,"retry_at_ms":null,"traffic":null},{"name":"more","state":"DOWN","cause":null,"retry_at_ms":null,"traffic":null}]"#;
    assert!(lab.status().contains(both), "{}", lab.status());
    lab.connect(1);
    lab.told();
    refused(&mut lab, 1, "more");
    let at = lab.now + 1_000;
    let down = format!(
        r#"[{{"name":"net","state":"UP","cause":null,"retry_at_ms":null,"traffic":null}},{{"name":"more","state":"DOWN","cause":"CHILD_FAILED","retry_at_ms":{at},"traffic":null}}]"#
    );
    assert!(lab.status().contains(&down), "{}", lab.status());
    let told = lab.told();
    assert!(told.contains(r#""alert":"CHILD_SA_FAILED","child_sa_name":"more"}"#), "{told}");
    assert!(
        told.contains(r#""connection":"vpn","child_sa_name":"more","cause":"CHILD_FAILED","delay_ms":1000}"#),
        "{told}"
    );
    child(&mut lab, 1, "more", true, FACTS);
    child(&mut lab, 1, "more", false, LOCAL_DELETE);
    assert!(
        lab.status().contains(r#"{"name":"more","state":"OFF","cause":null,"retry_at_ms":null,"traffic":null}"#),
        "{}",
        lab.status()
    );
    child(&mut lab, 1, "more", true, FACTS);
    child(&mut lab, 1, "more", false, PEER_DELETE);
    let told = lab.told();
    assert!(told.contains(r#""child_sa_name":"more","cause":"CHILD_DELETED","delay_ms":0}"#), "{told}");
}

#[test]
fn one_that_is_refused_at_first_does_not_keep_the_other_down() {
    let mut lab = two_children("{}");
    lab.connect(1);
    refused(&mut lab, 1, "more");
    assert_eq!((lab.active(), lab.actions()), (Some(0), vec![]));
    assert!(asked_after(&mut lab) <= 1_000);
}

#[test]
fn a_segw_that_refuses_all_of_them_is_left() {
    let mut lab = two_children("{}");
    lab.dial(1);
    refused(&mut lab, 1, "net");
    assert_eq!(lab.dialled(), Some(0), "the other may still come");
    refused(&mut lab, 1, "more");
    assert_eq!(lab.dialled(), Some(1));
}

#[test]
fn one_that_an_operator_ends_stays_down_and_comes_with_the_next_start() {
    let mut lab = two_children("{}");
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    child(&mut lab, 1, "more", false, LOCAL_DELETE);
    assert_eq!(lab.engine.wants_child("vpn", "more"), Some(false));
    for _ in 0..50 {
        lab.pass();
        lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
        assert!(!lab.actions().iter().any(|it| it.starts_with("complete")));
    }
    assert!(lab.request("TERMINATE vpn").0 && lab.request("INITIATE vpn").0);
    assert_eq!(lab.engine.wants_child("vpn", "more"), Some(true));
}

#[test]
fn one_whose_lifetime_ends_is_asked_for_again() {
    let mut lab = two_children("{}");
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    child(&mut lab, 1, "more", false, Facts { expired: true, ..LOCAL_DELETE });
    assert!(asked_after(&mut lab) <= 1_000);
}

#[test]
fn a_loss_of_the_ike_sa_is_nobodys_wish_for_its_children() {
    let mut lab = two_children("{}");
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    lab.alert(1, Alert::RetransmitTimeout);
    child(&mut lab, 1, "more", false, FACTS);
    lab.go(1);
    assert_eq!(lab.dialled(), Some(1));
    assert_eq!(lab.engine.wants_child("vpn", "more"), Some(true));
}

#[test]
fn a_move_is_done_when_all_that_are_up_are_up_there() {
    let mut lab = two_children("{}");
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.dial(2);
    lab.come_up(2);
    assert_eq!(lab.active(), Some(0), "one of two is not enough");
    child(&mut lab, 2, "more", true, FACTS);
    assert_eq!(lab.active(), Some(1));
}

#[test]
fn a_move_to_a_segw_that_refuses_one_leaves_the_traffic_where_it_is() {
    let mut lab = two_children("{}");
    lab.connect(1);
    child(&mut lab, 1, "more", true, FACTS);
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.dial(2);
    lab.come_up(2);
    refused(&mut lab, 2, "more");
    assert_eq!((lab.active(), lab.dialled_beside(), lab.actions()), (Some(0), None, vec!["end 2".to_owned()]));
    assert!(lab.request("HISTORY vpn").1.contains(r#""cause":"CHILD_FAILED""#));
}

#[test]
fn a_move_does_not_wait_for_what_is_refused_here_as_well() {
    let mut lab = two_children("{}");
    lab.connect(1);
    refused(&mut lab, 1, "more");
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.dial(2);
    lab.come_up(2);
    assert_eq!(lab.active(), Some(1));
}

#[test]
fn one_that_was_set_up_by_hand_moves_along() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    child(&mut lab, 1, "hand", true, FACTS);
    assert_eq!(lab.engine.wants_child("vpn", "hand"), Some(true));
    assert!(lab.request("SWITCH vpn secondary").0);
    lab.dial(2);
    lab.come_up(2);
    assert_eq!(lab.active(), Some(0));
    child(&mut lab, 2, "hand", true, FACTS);
    assert_eq!((lab.active(), lab.ike_sas().contains(&(2, 1, Role::Main))), (Some(1), true));
    // Ended by hand it is forgotten.
    child(&mut lab, 2, "hand", false, LOCAL_DELETE);
    assert_eq!(lab.engine.wants_child("vpn", "hand"), None);
}
