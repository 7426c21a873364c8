//! IKE_SAs that the SEGW initiates, and dials that it sends elsewhere.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};

use crate::lab::{FACTS, Lab, PEER_DELETE, REAUTHENTICATING, THREE, TWO};

/// The facts of an IKE_SA that the SEGW has initiated.
const INBOUND: Facts = Facts::NONE;

/// The SEGW dials us and proves who it is.
fn authenticates(lab: &mut Lab, unique_id: u32, remote: &str) {
    let (connection, state) = ("vpn", IkeState::Connecting);
    lab.feed(&IkeEvent::State { unique_id, connection, remote, state, facts: INBOUND });
}

/// Its IKE_SA and CHILD_SA are up.
fn comes_up(lab: &mut Lab, unique_id: u32) {
    lab.becomes(unique_id, IkeState::Established, INBOUND);
    lab.child(unique_id, true, INBOUND);
}

fn failures(lab: &mut Lab) -> usize {
    lab.status().matches(r#""failures":0"#).count()
}

#[test]
fn a_standby_that_initiates_takes_over_and_one_ike_sa_is_left() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    authenticates(&mut lab, 2, "10.0.0.2");
    assert_eq!(lab.active(), Some(0), "until it can carry traffic");
    comes_up(&mut lab, 2);
    assert_eq!((lab.active(), lab.actions()), (Some(1), vec!["end 1".to_owned()]));
    lab.becomes(1, IkeState::Destroying, Facts { delete_pending: true, ..FACTS });
    assert_eq!(lab.ike_sas(), [(2, 1, Role::Main)]);
    assert_eq!(failures(&mut lab), 2, "nobody is blamed");
    // It is watched like any other.
    lab.lose(2);
    assert_eq!(lab.dialled(), Some(0));
}

#[test]
fn a_segw_that_restarts_and_dials_first_is_not_blamed() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    authenticates(&mut lab, 2, "10.0.0.1");
    // INITIAL_CONTACT: charon destroys the duplicate without a word.
    lab.go(1);
    assert_eq!(lab.actions(), [""; 0], "no dial: {:?}", lab.state());
    comes_up(&mut lab, 2);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(0), vec![(2, 0, Role::Main)]));
    assert_eq!(failures(&mut lab), 2);
}

#[test]
fn a_second_ike_sa_of_the_same_segw_replaces_the_first() {
    let mut lab = Lab::applied(TWO, r#"{"liveness_interval_ms":1000,"liveness_misses":3}"#);
    lab.connect(1);
    lab.timeout(900);
    let _ = lab.actions();
    authenticates(&mut lab, 2, "10.0.0.1");
    comes_up(&mut lab, 2);
    assert_eq!((lab.active(), lab.actions()), (Some(0), vec!["end 1".to_owned()]));
    // The silence was the other one's, and a later loss is noticed.
    assert_eq!(lab.silence(), ["end 2", "dial 1"]);
    assert!((4_700..=5_000).contains(&lab.now), "{}", lab.now);
}

#[test]
fn a_segw_that_deletes_and_dials_again_is_back_at_once() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.delete(1, PEER_DELETE);
    lab.dial(2);
    authenticates(&mut lab, 3, "10.0.0.1");
    comes_up(&mut lab, 3);
    assert_eq!((lab.active(), lab.actions()), (Some(0), vec!["end 2".to_owned()]));
    assert_eq!(failures(&mut lab), 2, "it has only reauthenticated");
    assert_eq!(lab.status().matches(r#""causes":{}"#).count(), 2, "nor is its cause counted: {}", lab.status());
}

/// Its habit is known from the first time on: a quarter of a second is left to it, and not more.
#[test]
fn a_segw_that_reauthenticates_by_dialling_is_given_the_time_for_it() {
    let mut lab = Lab::applied(TWO, r#"{"stable_ms":0,"liveness_interval_ms":0}"#);
    lab.connect(1);
    lab.delete(1, PEER_DELETE);
    assert_eq!(lab.dialled(), Some(1), "nothing is known of it yet");
    lab.dial(2);
    authenticates(&mut lab, 3, "10.0.0.1");
    comes_up(&mut lab, 3);
    assert_eq!((lab.active(), lab.actions()), (Some(0), vec!["end 2".to_owned()]));
    lab.go(2);
    for id in [4, 5] {
        lab.timeout(lab.now + 20_000);
        lab.delete(id - 1, PEER_DELETE);
        assert_eq!(lab.dialled(), None, "it is expected to dial");
        lab.timeout(lab.now + 200);
        assert_eq!(lab.dialled(), None);
        authenticates(&mut lab, id, "10.0.0.1");
        comes_up(&mut lab, id);
        assert_eq!((lab.active(), lab.actions()), (Some(0), vec![]));
        assert_eq!(failures(&mut lab), 2, "it has only reauthenticated");
    }
    // One that does not dial is replaced; and the next time at once, as it has lost that credit.
    for (id, wait) in [(5, 250), (6, 0)] {
        lab.timeout(lab.now + 20_000);
        lab.delete(id, PEER_DELETE);
        lab.timeout(lab.now + wait);
        assert_eq!(lab.dialled(), Some(1));
        lab.dial(10 + id);
        lab.come_up(10 + id);
        assert_eq!(lab.active(), Some(1));
        assert!(lab.request("SWITCH vpn primary").0);
        lab.connect(6);
        lab.go(10 + id);
        assert_eq!(lab.active(), Some(0));
    }
}

#[test]
fn a_duplicate_that_charon_destroys_for_another_segw_is_no_loss() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    authenticates(&mut lab, 2, "10.0.0.2");
    lab.go(1);
    assert_eq!(lab.actions(), [""; 0], "no dial: {:?}", lab.state());
    comes_up(&mut lab, 2);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(2, 1, Role::Main)]));
    assert_eq!(failures(&mut lab), 2);
    // One that is lost for a reason is lost, whoever comes.
    authenticates(&mut lab, 3, "10.0.0.1");
    lab.lose(2);
    assert_eq!(failures(&mut lab), 1);
}

#[test]
fn our_own_dial_is_not_needed_where_the_segw_is_faster() {
    let mut lab = Lab::applied(TWO, "{}");
    assert_eq!(lab.actions(), ["dial 0"]);
    authenticates(&mut lab, 1, "10.0.0.1");
    assert!(lab.dialling(2).is_err(), "it comes too late");
    comes_up(&mut lab, 1);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(0), vec![(1, 0, Role::Main)]));
}

#[test]
fn a_move_that_is_under_way_ends_if_a_segw_takes_over() {
    let mut lab = Lab::applied(THREE, "{}");
    lab.connect(1);
    assert!(lab.request("SWITCH vpn 1").0);
    lab.dial(2);
    authenticates(&mut lab, 3, "10.0.0.3");
    comes_up(&mut lab, 3);
    let mut ended = lab.actions();
    ended.sort();
    assert_eq!((lab.active(), ended), (Some(2), vec!["end 1".to_owned(), "end 2".to_owned()]));
}

#[test]
fn an_inbound_ike_sa_in_any_state_is_followed() {
    for verb in [None, Some("TERMINATE vpn")] {
        let mut lab = Lab::adopted(TWO);
        if let Some(verb) = verb {
            assert!(lab.request(verb).0);
        }
        authenticates(&mut lab, 1, "10.0.0.2");
        comes_up(&mut lab, 1);
        assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(1, 1, Role::Main)]), "{verb:?}");
        assert!(!lab.actions().iter().any(|it| it.starts_with("dial") || it.starts_with("end")));
    }
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.dial_fails(2, Alert::InitUnreachable);
    assert!(matches!(lab.state(), State::Backoff { .. }));
    authenticates(&mut lab, 3, "10.0.0.2");
    comes_up(&mut lab, 3);
    assert_eq!(lab.active(), Some(1));
}

#[test]
fn a_redirected_dial_belongs_to_the_segw_that_it_goes_to() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial(1);
    lab.becomes(1, IkeState::Created, FACTS);
    lab.appears(1, "10.0.0.2");
    assert_eq!(lab.dialled(), Some(1));
    lab.come_up(1);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(1, 1, Role::Main)]));
    // The one that was redirected to dies: it is left, and the healthy one dialled.
    lab.lose(1);
    assert_eq!(lab.dialled(), Some(0));
}

#[test]
fn a_redirect_of_what_is_up_moves_there_when_it_is_up_there() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    assert_eq!(lab.reestablish(1, 2, FACTS), Ok(()));
    lab.appears(2, "10.0.0.2");
    lab.come_up(2);
    lab.becomes(1, IkeState::Deleting, Facts { local_delete: true, ..REAUTHENTICATING });
    lab.go(1);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(2, 1, Role::Main)]));
}

#[test]
fn a_redirect_to_a_dead_host_ends_after_the_connect_timeout() {
    let mut lab = Lab::applied(TWO, r#"{"connect_timeout_ms":3000,"liveness_interval_ms":0}"#);
    lab.connect(1);
    assert_eq!(lab.reestablish(1, 2, FACTS), Ok(()));
    lab.appears(2, "10.0.0.2");
    let _ = lab.actions();
    lab.pass();
    assert_eq!((lab.now, lab.actions()), (3_000, vec!["end 2".to_owned()]));
    assert_eq!(lab.active(), Some(0));
}

#[test]
fn redirects_are_followed_to_listed_segws_and_not_for_ever() {
    let follow = |lab: &mut Lab, target| lab.try_feed(&IkeEvent::Redirect { unique_id: 1, target });
    for (policy, listed, foreign) in
        [("{}", true, false), (r#"{"redirect":"any"}"#, true, true), (r#"{"redirect":"off"}"#, false, false)]
    {
        let mut lab = Lab::applied(TWO, policy);
        lab.connect(1);
        assert_eq!(follow(&mut lab, "10.0.0.2").is_ok(), listed, "{policy}");
        assert_eq!(follow(&mut lab, "192.0.2.66").is_ok(), foreign, "{policy}");
        assert_eq!(lab.try_feed(&IkeEvent::Redirect { unique_id: 9, target: "192.0.2.66" }), Ok(()), "none of ours");
    }
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.told();
    let followed = (0..10).filter(|_| follow(&mut lab, "10.0.0.2").is_ok()).count();
    assert_eq!(followed, 5);
    let told = lab.told();
    for words in ["true", "false"] {
        let event = format!(r#""connection":"vpn","from":"10.0.0.1","to":"10.0.0.2","followed":{words}}}"#);
        assert_eq!(told.matches(&event).count(), 5, "{told}");
    }
    assert!((0..10).all(|_| follow(&mut lab, "192.0.2.66").is_err()) && lab.told().is_empty(), "made up without end");
    let history = lab.request("HISTORY vpn").1;
    assert_eq!(history.matches(r#""kind":"REDIRECT","from":0,"to":1,"cause":"REDIRECTED"}"#).count(), 5, "{history}");
    assert_eq!(
        history.matches(r#""kind":"REDIRECT_REFUSED","from":0,"to":1,"cause":"REDIRECTED"}"#).count(),
        5,
        "{history}"
    );
    lab.now += 300_000;
    assert!(follow(&mut lab, "10.0.0.2").is_ok());
}
