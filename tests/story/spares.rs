//! IKE_SAs that charon makes by itself, beside the one that carries traffic, and what a full table of them does.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};

use crate::lab::{FACTS, LOCAL_DELETE, Lab, REAUTHENTICATING, THREE, TWO};

#[test]
fn a_spare_that_comes_up_in_a_pause_is_followed() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.dial(2);
    // Traffic meets the trap: charon dials its first address.
    lab.appears(3, "10.0.0.1");
    assert_eq!(lab.ike_sas().last(), Some(&(3, 0, Role::Spare)));
    lab.pass();
    assert!(matches!(lab.state(), State::Backoff { .. }), "{:?}", lab.state());
    let _ = lab.actions();
    lab.becomes(2, IkeState::Destroying, Facts { delete_pending: true, ..FACTS });
    lab.now += 10;
    lab.come_up(3);
    assert_eq!(lab.active(), Some(0), "{:?}", lab.state());
    lab.pass();
    assert!(!lab.actions().iter().any(|it| it.starts_with("dial")));
}

#[test]
fn a_spare_that_is_up_takes_over_from_a_silent_segw() {
    let mut lab = Lab::applied(THREE, r#"{"liveness_interval_ms":1000}"#);
    lab.connect(1);
    lab.appears(2, "10.0.0.1");
    lab.come_up(2);
    let _ = lab.actions();
    assert_eq!(lab.silence(), ["end 1"], "no dial");
    assert!(lab.ike_sas().contains(&(2, 0, Role::Main)), "{:?}", lab.ike_sas());
}

/// `swanctl --load-conns` with a list that lacks the active SEGW: charon ends the old IKE_SA and dials the new list.
#[test]
fn charon_that_goes_elsewhere_by_itself_is_followed() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.appears(2, "10.0.0.2");
    lab.delete(1, LOCAL_DELETE);
    assert!(matches!(lab.state(), State::Connecting { segw: 1, .. }), "{:?}", lab.state());
    assert!(!lab.actions().iter().any(|it| it.starts_with("dial") || it.starts_with("end")));
    lab.come_up(2);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(2, 1, Role::Main)]));
}

/// Charon puts off a dial whose name does not resolve, with `retry_initiate_interval`: the IKE_SA stays in IKE_CREATED.
#[test]
fn a_dial_that_charon_puts_off_blames_nobody() {
    let mut lab = Lab::adopted("a.example,b.example");
    let (state, facts) = (IkeState::Created, FACTS);
    lab.feed(&IkeEvent::Found {
        unique_id: 1,
        connection: "vpn",
        remote: "a.example",
        state,
        up: false,
        children: 0,
        facts,
    });
    assert_eq!(lab.dialled(), Some(0));
    lab.timeout(lab.due().unwrap());
    assert_eq!((lab.dialled(), lab.actions()), (Some(1), vec!["end 1".to_owned(), "dial 1".to_owned()]));
    assert!(!lab.status().contains("CONNECT_TIMEOUT"), "{}", lab.status());
}

/// A make-before-break reauthentication of charon before 6.0.1, which does not tell what it replaces: its SEGW is lost meanwhile.
#[test]
fn what_charon_dials_at_a_segw_that_is_lost_ends() {
    for answers in [false, true] {
        let mut lab = Lab::applied(TWO, r#"{"liveness_interval_ms":1000}"#);
        lab.connect(1);
        lab.appears(2, "10.0.0.1");
        assert_eq!(lab.silence(), ["end 1", "dial 1"]);
        lab.connect(3);
        assert_eq!(lab.active(), Some(1));
        if answers {
            lab.come_up(2);
        } else {
            lab.timeout(lab.now + 15_000);
        }
        assert!(lab.actions().contains(&"end 2".to_owned()), "{answers}: {:?}", lab.ike_sas());
    }
}

#[test]
fn a_loss_is_told_of_the_segw_that_was_lost_although_a_spare_takes_over() {
    let mut lab = Lab::applied(THREE, "{}");
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.connect(2);
    lab.now = 60_000;
    // Somebody dials the first SEGW by hand; the second is lost, then the first does not answer.
    lab.appears(3, "10.0.0.1");
    lab.lose(2);
    let _ = lab.actions();
    lab.fail(3, Alert::InitUnreachable);
    assert_eq!(lab.dialled(), Some(2), "{:?}", lab.state());
    let status = lab.status();
    let lost = status.split(r#""address":"10.0.0.2""#).nth(1).unwrap().split("address").next().unwrap();
    assert!(lost.contains("RETRANSMIT_TIMEOUT"), "{status}");
}

#[test]
fn a_spare_without_a_child_sa_is_no_successor() {
    for timeout in [0, 15_000] {
        let mut lab = Lab::applied(TWO, &format!(r#"{{"connect_timeout_ms":{timeout}}}"#));
        lab.connect(1);
        lab.now = 60_000;
        // Make-before-break reauthentication: the new CHILD_SA is refused, the old IKE_SA deleted.
        assert_eq!(lab.reestablish(1, 2, REAUTHENTICATING), Ok(()));
        lab.becomes(2, IkeState::Connecting, FACTS);
        lab.becomes(2, IkeState::Established, FACTS);
        lab.alert(2, Alert::ChildFailed);
        lab.delete(1, LOCAL_DELETE);
        let actions = lab.actions();
        assert!(actions.iter().any(|it| it.starts_with("dial")), "{actions:?} {:?}", lab.state());
    }
}

/// RFC 5685: a new IKE_SA to where the SEGW sent us, then the old one is deleted.
#[test]
fn a_trial_that_is_redirected_leaves_one_ike_sa() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    assert!(lab.request("SWITCH vpn 1").0);
    lab.dial(2);
    lab.becomes(2, IkeState::Established, FACTS);
    let _ = lab.reestablish(2, 3, FACTS);
    lab.becomes(3, IkeState::Connecting, FACTS);
    lab.come_up(3);
    lab.becomes(2, IkeState::Deleting, LOCAL_DELETE);
    lab.becomes(2, IkeState::Destroying, FACTS);
    let actions = lab.actions();
    let one = lab.active() == Some(1) || actions.contains(&"end 3".to_owned());
    assert!(one, "{:?} {:?} {actions:?}: two are up", lab.state(), lab.ike_sas());
}

#[test]
fn a_full_table_leaves_no_connection_without_a_dial() {
    let mut lab = Lab::applied(TWO, r#"{"connect_timeout_ms":0}"#);
    let _ = lab.actions();
    // While our dial is on its way, charon dials the same SEGW.
    lab.fill_table();
    lab.appears(5, "10.0.0.1");
    let answer = lab.dialling(6);
    lab.empty_table();
    let dials = lab.actions().iter().any(|it| it.starts_with("dial"));
    assert!(dials || lab.due().is_some() || !lab.ike_sas().is_empty(), "{answer:?}: {:?} for ever", lab.state());
}

#[test]
fn a_full_table_is_no_fault_of_the_segw() {
    let mut lab = Lab::applied(TWO, "{}");
    let _ = lab.actions();
    lab.fill_table();
    assert!(lab.dialling(6).is_err());
    let status = lab.status();
    assert!(!status.contains("NOT_DIALLED"), "{status}");
}
