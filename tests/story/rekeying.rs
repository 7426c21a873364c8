//! IKE_SAs that take each other's place, and what comes between.

use segw::charon::IkeEvent;
use segw::failover::State;
use segw::ike::{Facts, IkeState};

use crate::lab::{FACTS, LOCAL_DELETE, Lab, PEER_DELETE, REAUTHENTICATING, REKEYED, THREE, TWO};

const WATCHED: &str = r#"{"liveness_interval_ms":1000}"#;

fn up(addrs: &str, failover: &str) -> Lab {
    let mut lab = Lab::applied(addrs, failover);
    lab.connect(1);
    lab
}

/// Charon destroys the old IKE_SA, then its tasks, and with them the new one: `ike_rekey.c`, `cleanup()`.
#[test]
fn a_loss_during_a_rekeying_is_a_loss() {
    let mut lab = up(THREE, "{}");
    lab.now = 60_000;
    lab.rekeying(1, 2);
    lab.lose(1);
    lab.becomes(2, IkeState::Destroying, REKEYED);
    assert_eq!((lab.dialled(), lab.actions()), (Some(1), vec!["dial 1".to_owned()]));
}

#[test]
fn the_segws_delete_during_our_rekeying_is_a_loss() {
    let mut lab = up(THREE, "{}");
    lab.now = 60_000;
    lab.rekeying(1, 2);
    lab.delete(1, PEER_DELETE);
    lab.becomes(2, IkeState::Destroying, REKEYED);
    assert_eq!(lab.dialled(), Some(1), "{:?}", lab.state());
}

#[test]
fn a_rekeying_between_a_question_and_its_answer_does_not_blind_the_watch() {
    let mut lab = up(THREE, WATCHED);
    lab.pass();
    assert_eq!(lab.actions(), ["measure 1"]);
    lab.rekeyed(1, 2);
    lab.feed(&IkeEvent::Counted { unique_id: 1, packets: None, sent: 0, route: true });
    assert_eq!(lab.silence(), ["end 2", "dial 1"]);
}

#[test]
fn a_reauthentication_between_a_question_and_its_answer_does_not_blind_the_watch() {
    let mut lab = up(THREE, WATCHED);
    assert_eq!(lab.reestablish(1, 2, REAUTHENTICATING), Ok(()));
    lab.becomes(2, IkeState::Connecting, FACTS);
    lab.come_up(2);
    lab.pass();
    assert_eq!(lab.actions(), ["measure 1"]);
    lab.delete(1, LOCAL_DELETE);
    lab.feed(&IkeEvent::Counted { unique_id: 1, packets: None, sent: 0, route: true });
    assert_eq!(lab.silence(), ["end 2", "dial 1"]);
}

#[test]
fn what_is_to_end_ends_although_we_rekeyed_it_meanwhile() {
    let mut lab = up(THREE, "{}");
    lab.rekeying(1, 2);
    assert!(lab.request("TERMINATE vpn").0);
    let before = lab.actions();
    lab.becomes(2, IkeState::Established, FACTS);
    lab.rekeyed(1, 2);
    lab.becomes(1, IkeState::Rekeyed, FACTS);
    lab.becomes(1, IkeState::Deleting, LOCAL_DELETE);
    lab.becomes(1, IkeState::Destroying, FACTS);
    let after = lab.rest();
    assert!(after.contains(&"end 2".to_owned()), "{before:?} {after:?} {:?}", lab.ike_sas());
}

#[test]
fn what_is_to_end_ends_although_the_segw_rekeyed_it_meanwhile() {
    let mut lab = up(THREE, "{}");
    assert!(lab.request("TERMINATE vpn").0);
    assert_eq!(lab.actions(), ["end 1"]);
    lab.rekeyed(1, 2);
    let after = lab.rest();
    assert!(after.contains(&"end 2".to_owned()), "{after:?} {:?}", lab.ike_sas());
}

#[test]
fn what_is_to_end_is_not_reauthenticated() {
    let mut lab = up(THREE, "{}");
    lab.becomes(1, IkeState::Deleting, Facts { local_delete: true, ..REAUTHENTICATING });
    assert!(lab.request("TERMINATE vpn").0);
    assert_eq!(lab.actions(), ["end 1"]);
    let begun = lab.reestablish(1, 2, REAUTHENTICATING);
    assert!(begun.is_err() || lab.actions().contains(&"end 2".to_owned()), "{begun:?} {:?}", lab.ike_sas());
}

/// Charon has no CHILD_SA to recreate then, and dials nobody; an operator's DELETE that waits behind ours is another matter.
#[test]
fn what_is_reauthenticated_is_dialled_though_the_segw_deletes_its_child() {
    let deleting = Facts { reauthenticating: true, ..LOCAL_DELETE };
    for (ends, dialled) in [(REAUTHENTICATING, Some(0)), (Facts { delete_pending: true, ..REAUTHENTICATING }, None)] {
        let mut lab = up(THREE, "{}");
        lab.becomes(1, IkeState::Deleting, deleting);
        lab.child(1, false, PEER_DELETE);
        lab.becomes(1, IkeState::Destroying, ends);
        assert_eq!((lab.dialled(), matches!(lab.state(), State::Stopped)), (dialled, dialled.is_none()));
    }
}

#[test]
fn a_last_child_that_is_deleted_during_a_rekeying_is_missed() {
    let mut lab = up(TWO, "{}");
    lab.now = 60_000;
    lab.becomes(1, IkeState::Rekeying, FACTS);
    lab.child(1, false, PEER_DELETE);
    lab.rekeyed(1, 2);
    assert_eq!(lab.active(), None, "{:?} without a CHILD_SA", lab.state());
}

#[test]
fn on_hold_a_reauthentication_carries_nothing_yet() {
    let mut lab = up(TWO, "{}");
    lab.now = 60_000;
    lab.routes(0b00);
    assert!(matches!(lab.state(), State::Hold { kept: Some(_), .. }), "{:?}", lab.state());
    lab.reauthenticate(1, 2);
    lab.becomes(1, IkeState::Destroying, FACTS);
    lab.routes(0b11);
    // The answer to its IKE_SA_INIT.
    lab.feed(&IkeEvent::Heard { unique_id: 2, answer_ms: None });
    assert_eq!(lab.active(), None, "{:?}", lab.state());
}

#[test]
fn on_hold_it_is_asked_whether_it_lives_then_whether_traffic_comes_in() {
    let mut lab = up(TWO, "{}");
    lab.now = 60_000;
    lab.routes(0b00);
    lab.routes(0b11);
    assert_eq!(lab.actions(), ["probe 1", "measure 1"]);
    lab.pass();
    assert_eq!(lab.actions(), ["measure 1"]);
}

#[test]
fn a_successor_that_is_going_takes_nothing_over() {
    let mut lab = up(TWO, "{}");
    lab.now = 60_000;
    lab.rekeying(1, 2);
    lab.becomes(2, IkeState::Deleting, LOCAL_DELETE);
    lab.lose(1);
    assert_eq!((lab.active(), lab.dialled()), (None, Some(1)));
}
