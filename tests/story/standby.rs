//! The warm standby: the SEGW that would be next has an IKE_SA without CHILD_SAs.

use segw::charon::{Alert, IkeEvent};
use segw::error::Error;
use segw::failover::State;
use segw::ike::{IkeState, Role};
use segw::policy::{Policy, StandbyMode};
use segw::time::Instant;

use crate::lab::{FACTS, LOCAL_DELETE, Lab, PEER_DELETE, REAUTHENTICATING, THREE, TWO};

const IKE: &str = r#"{"standby":"ike"}"#;

/// The standby in STATUS.
fn standing(lab: &mut Lab) -> String {
    let status = lab.status();
    let standby = status.split(r#""standby":"#).nth(1).unwrap();
    let word = |key: &str| {
        let rest = standby.split(&format!(r#""{key}":"#)).nth(1).unwrap();
        rest.split([',', '}']).next().unwrap().replace('"', "")
    };
    format!("{} {} {}", word("segw"), word("state"), word("reason"))
}

/// What was told of it.
fn news(told: &str) -> Vec<String> {
    let lines = told.lines().filter(|line| line.contains("segw_standby"));
    let word = |line: &str, key: &str| {
        line.split(&format!(r#""{key}":"#)).nth(1).unwrap().split([',', '}']).next().unwrap().replace('"', "")
    };
    lines.map(|line| format!("{} {} {}", word(line, "segw"), word(line, "state"), word(line, "cause"))).collect()
}

/// Lets time pass until something is asked for that is no look at the IKE_SA that carries the traffic, which is well.
fn wait(lab: &mut Lab) -> Vec<String> {
    let begun = lab.now;
    while lab.due().is_some() && lab.now < begun + 600_000 {
        lab.pass();
        let mut rest = Vec::new();
        loop {
            let actions = lab.actions();
            if actions.is_empty() {
                break;
            }
            for action in actions {
                if let Some(id) = action.strip_prefix("measure ") {
                    let (unique_id, sent) = (id.parse().unwrap(), lab.now / 10);
                    lab.feed(&IkeEvent::Counted { unique_id, packets: Some(sent), sent, route: true });
                } else {
                    rest.push(action);
                }
            }
        }
        if !rest.is_empty() {
            return rest;
        }
    }
    panic!("nothing until {}: {:?}", lab.now, lab.state());
}

/// A connection that is up on its primary with IKE_SA 1, and its standby 2.
fn at_rest(addrs: &str) -> Lab {
    let mut lab = Lab::applied(addrs, IKE);
    lab.connect(1);
    assert_eq!(wait(&mut lab), ["stand by 1"]);
    assert_eq!(lab.now, 10_000, "when the active one has proved stable");
    lab.dial(2);
    lab.becomes(2, IkeState::Established, FACTS);
    let _ = lab.told();
    lab.updown(2, true);
    assert!(!lab.told().contains("ike_sa_up"), "a client would take it for the connection's");
    assert_eq!(standing(&mut lab), "1 UP null");
    lab
}

#[test]
fn a_loss_costs_one_exchange() {
    let mut lab = at_rest(TWO);
    assert_eq!(lab.ike_sas(), [(1, 0, Role::Main), (2, 1, Role::Standby)]);
    lab.now = 60_000;
    lab.lose(1);
    assert_eq!((lab.actions(), lab.dialled()), (vec!["complete 2 at 1".to_owned()], Some(1)));
    let told = lab.told();
    assert_eq!(news(&told), ["10.0.0.2 used null"]);
    assert!(told.contains("ike_sa_up"), "{told}");
    lab.child(2, true, FACTS);
    assert_eq!((lab.active(), lab.ike_sas()), (Some(1), vec![(2, 1, Role::Main)]));
    let (_, history) = lab.request("HISTORY vpn");
    assert!(history.contains(r#""kind":"STANDBY""#), "{history}");
    // The one that was lost is the next standby.
    assert_eq!(wait(&mut lab), ["stand by 0"]);
    assert_eq!(lab.now, 70_000);
}

#[test]
fn where_the_ike_sa_is_all_there_is_there_is_none() {
    let mut lab = Lab::new();
    let policy = Policy { standby: StandbyMode::Ike, ..Policy::DEFAULT };
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", TWO, 0, policy), Ok(true));
    lab.found(1, "10.0.0.1");
    assert_eq!(lab.active(), Some(0));
    lab.timeout(100_000);
    assert!(!lab.actions().iter().any(|action| action.starts_with("stand")));
}

#[test]
fn off_is_off() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.timeout(100_000);
    assert!(!lab.actions().iter().any(|action| action.starts_with("stand")));
    assert!(lab.status().contains(r#""standby":null"#));
}

#[test]
fn one_that_is_silent_then_costs_a_second_at_most() {
    let mut lab = at_rest(TWO);
    lab.now = 60_000;
    lab.lose(1);
    let mut asked = lab.actions();
    while !asked.contains(&"dial 1".to_owned()) {
        lab.pass();
        asked.extend(lab.actions());
    }
    assert_eq!(asked, ["complete 2 at 1", "probe 2 again", "probe 2 again", "probe 2 again", "end 2", "dial 1"]);
    assert_eq!((lab.now, lab.dialled()), (61_000, Some(1)));
    assert!(news(&lab.told()).contains(&"10.0.0.2 failed CONNECT_TIMEOUT".to_owned()));
    // It has all of a dial's time.
    lab.dial(3);
    assert_eq!(lab.due(), Some(76_000));
    lab.come_up(3);
    assert_eq!(lab.active(), Some(1));
}

#[test]
fn a_move_to_one_that_refuses_has_all_of_a_dial_s_time() {
    let mut lab = at_rest(TWO);
    lab.now = 60_000;
    assert!(lab.request("SWITCH vpn secondary").0);
    assert_eq!(lab.actions(), ["complete 2 at 1"]);
    lab.now = 60_500;
    lab.feed(&IkeEvent::Alert { unique_id: 2, alert: Alert::ChildFailed, child: "net" });
    assert_eq!(lab.actions(), ["end 2", "dial 1"]);
    let State::Moving { from: 0, to: 1, give_up_at, .. } = lab.state() else { panic!("{:?}", lab.state()) };
    assert_eq!(give_up_at, Some(Instant(75_500)));
}

#[test]
fn what_it_refuses_a_dial_may_get() {
    type Story = fn(&mut Lab);
    let rows: [Story; 3] = [
        |lab| lab.feed(&IkeEvent::Alert { unique_id: 2, alert: Alert::ChildFailed, child: "net" }),
        |lab| lab.fail(2, Alert::RetransmitTimeout),
        |lab| lab.delete(2, PEER_DELETE),
    ];
    for story in rows {
        let mut lab = at_rest(TWO);
        lab.now = 60_000;
        lab.lose(1);
        let _ = lab.actions();
        story(&mut lab);
        assert_eq!((lab.actions().last().map(String::as_str), lab.dialled()), (Some("dial 1"), Some(1)));
        lab.connect(3);
        assert_eq!(lab.active(), Some(1));
        assert_eq!(lab.ike_sas().iter().filter(|(.., role)| *role != Role::Leaving).count(), 1);
    }
}

#[test]
fn a_switch_uses_it_too() {
    let mut lab = at_rest(TWO);
    assert!(lab.request("SWITCH vpn secondary").0);
    assert_eq!((lab.actions(), lab.dialled_beside()), (vec!["complete 2 at 1".to_owned()], Some(1)));
    lab.child(2, true, FACTS);
    assert_eq!((lab.active(), wait(&mut lab)), (Some(1), vec!["end 1".to_owned()]));
    // Another switch finds none as yet.
    assert!(lab.request("SWITCH vpn primary").0);
    assert_eq!(lab.actions(), ["dial 0"]);
}

#[test]
fn its_death_is_nobodys_loss() {
    let mut lab = at_rest(TWO);
    let before = lab.state();
    assert_eq!(wait(&mut lab), ["probe 2"]);
    assert_eq!(lab.now, 20_000);
    let mut asked = Vec::new();
    while !asked.contains(&"end 2".to_owned()) {
        asked.extend(wait(&mut lab));
    }
    assert_eq!((asked.len(), lab.now), (8, 22_000), "{asked:?}");
    assert_eq!((lab.state(), news(&lab.told())), (before, vec!["10.0.0.2 down LIVENESS".to_owned()]));
    let mut pauses = Vec::new();
    for id in 3..12 {
        let begun = lab.now;
        assert_eq!(wait(&mut lab), ["stand by 1"]);
        pauses.push(lab.now - begun);
        lab.dial_fails(id, Alert::InitUnreachable);
    }
    assert!(pauses.windows(2).take(5).all(|pair| pair[0] < pair[1] * 2) && pauses[8] > 20_000, "{pauses:?}");
    assert_eq!((lab.state(), news(&lab.told())), (before, vec![]));
    let status = lab.status();
    assert!(status.contains(r#""attempts":0,"successes":0,"failures":0,"causes":{}"#), "{status}");
    // A loss meanwhile is a dial at once.
    lab.lose(1);
    assert_eq!(lab.actions(), ["dial 1"]);
}

#[test]
fn it_moves_with_what_would_be_next() {
    let mut lab = at_rest(THREE);
    // The second one is next after the first, the third after the second.
    lab.lose(1);
    let _ = lab.actions();
    lab.child(2, true, FACTS);
    assert_eq!(wait(&mut lab), ["stand by 2"]);
    lab.dial(3);
    lab.becomes(3, IkeState::Established, FACTS);
    lab.updown(3, true);
    // By hand to the first one: its next is the second.
    assert!(lab.request("SWITCH vpn primary").0);
    lab.connect(4);
    assert_eq!(lab.active(), Some(0));
    let mut asked = wait(&mut lab);
    while !asked.contains(&"stand by 1".to_owned()) {
        asked.extend(wait(&mut lab));
    }
    assert_eq!(lab.ike_sas().iter().filter(|(.., role)| *role == Role::Standby).count(), 0);
}

#[test]
fn a_segw_without_the_extension_is_told_once() {
    let mut lab = at_rest(TWO);
    lab.delete(2, PEER_DELETE);
    let _ = lab.told();
    for id in 3..5 {
        assert_eq!(wait(&mut lab), ["stand by 1"]);
        lab.dial(id);
        assert_eq!(lab.try_feed(&IkeEvent::NotChildless { unique_id: id }), Err(Error::Refused));
        assert_eq!(lab.actions(), [format!("end {id}")]);
        lab.becomes(id, IkeState::Destroying, FACTS);
    }
    assert_eq!(news(&lab.told()), ["10.0.0.2 refused SEGW_NO_CHILDLESS_IKE_SA"]);
    assert_eq!(standing(&mut lab), "1 REFUSED SEGW_NO_CHILDLESS_IKE_SA");
    assert!(lab.request("EXPLAIN vpn").1.contains("10.0.0.2 cannot be the warm standby: SEGW_NO_CHILDLESS_IKE_SA."));
    // The same of the one that carries the traffic is nothing.
    assert_eq!(lab.try_feed(&IkeEvent::NotChildless { unique_id: 1 }), Ok(()));
    let end = lab.now + 3_600_000;
    while lab.now < end {
        lab.pass();
        let actions = lab.actions();
        assert!(!actions.iter().any(|action| action.starts_with("stand")), "{actions:?}");
        lab.feed(&IkeEvent::Counted { unique_id: 1, packets: Some(lab.now), sent: 0, route: true });
    }
    // Another configuration, another try.
    lab.apply(TWO, r#"{"standby":"ike","stable_ms":1000}"#);
    assert_eq!(lab.actions(), ["stand by 1"]);
}

#[test]
fn who_ends_the_active_one_for_it_twice_is_found_out() {
    let mut lab = at_rest(TWO);
    lab.now += 9_000;
    lab.delete(1, PEER_DELETE);
    assert_eq!(lab.actions(), ["complete 2 at 1"], "it is the one that is left");
    assert_eq!(news(&lab.told()), ["10.0.0.2 used null"], "once may be chance");
    lab.child(2, true, FACTS);
    assert_eq!(lab.active(), Some(1));
    assert_eq!(wait(&mut lab), ["stand by 0"]);
    lab.dial(3);
    lab.becomes(3, IkeState::Established, FACTS);
    lab.updown(3, true);
    let _ = lab.told();
    lab.now += 9_000;
    lab.delete(2, PEER_DELETE);
    assert_eq!(lab.actions(), ["complete 3 at 0"]);
    assert_eq!(news(&lab.told()), ["10.0.0.1 refused SEGW_UNIQUE_IKE_SA", "10.0.0.1 used null"]);
    lab.child(3, true, FACTS);
    assert_eq!((lab.active(), standing(&mut lab)), (Some(0), "1 REFUSED SEGW_UNIQUE_IKE_SA".to_owned()));
    assert!(lab.request("HISTORY vpn").1.contains(r#""kind":"STANDBY_REFUSED""#));
    lab.timeout(lab.now + 60_000);
    assert!(!lab.actions().iter().any(|action| action.starts_with("stand")));
}

#[test]
fn a_delete_that_is_chance_is_forgotten_when_both_have_lasted() {
    let mut lab = at_rest(TWO);
    lab.now += 9_000;
    lab.delete(1, PEER_DELETE);
    let _ = lab.actions();
    lab.child(2, true, FACTS);
    // Then the two are there beside each other for long, and a loss is no DELETE.
    let (mut active, mut segw) = (2, 0);
    for (beside, lost) in [(60_000, true), (9_000, false)] {
        assert_eq!(wait(&mut lab), [format!("stand by {segw}")]);
        lab.dial(active + 1);
        lab.becomes(active + 1, IkeState::Established, FACTS);
        lab.updown(active + 1, true);
        lab.now += beside;
        if lost {
            lab.lose(active);
        } else {
            lab.delete(active, PEER_DELETE);
        }
        assert_eq!(lab.actions(), [format!("complete {} at {segw}", active + 1)]);
        lab.child(active + 1, true, FACTS);
        (active, segw) = (active + 1, 1 - segw);
    }
    assert!(!lab.told().contains("SEGW_UNIQUE_IKE_SA"));
    assert_eq!(wait(&mut lab), [format!("stand by {segw}")]);
}

#[test]
fn whatever_ends_the_connection_ends_it_too() {
    type Story = fn(&mut Lab);
    let rows: [(&str, Story); 4] = [
        ("TERMINATE", |lab| assert!(lab.request("TERMINATE vpn").0)),
        ("REMOVE_CONFIG", |lab| assert!(lab.request("REMOVE_CONFIG vpn").0)),
        ("off", |lab| lab.apply(TWO, r#"{"standby":"off"}"#)),
        ("another configuration", |lab| lab.apply("10.0.0.1,10.0.0.3", IKE)),
    ];
    for (what, story) in rows {
        let mut lab = at_rest(TWO);
        story(&mut lab);
        assert!(lab.actions().contains(&"end 2".to_owned()), "{what}");
    }
    // Of charon's own configuration.
    let mut lab = at_rest(TWO);
    lab.delete(1, LOCAL_DELETE);
    assert_eq!(lab.actions(), ["end 2"]);
}

#[test]
fn ended_by_hand_it_stays_away_until_the_traffic_moves() {
    let mut lab = at_rest(TWO);
    lab.delete(2, LOCAL_DELETE);
    assert_eq!(
        (standing(&mut lab), news(&lab.told())),
        ("1 ENDED null".to_owned(), vec!["10.0.0.2 ended OPERATOR".to_owned()])
    );
    lab.timeout(lab.now + 60_000);
    assert!(!lab.actions().iter().any(|action| action.starts_with("stand")));
    lab.lose(1);
    lab.connect(3);
    assert_eq!(wait(&mut lab), ["stand by 0"]);
}

#[test]
fn charon_rekeys_it_and_reauthenticates_none() {
    let mut lab = at_rest(TWO);
    lab.rekeying(2, 3);
    let _ = lab.told();
    lab.rekeyed(2, 3);
    lab.becomes(2, IkeState::Destroying, FACTS);
    assert!(!lab.told().contains("ike_rekey"));
    assert_eq!(lab.ike_sas(), [(1, 0, Role::Main), (3, 1, Role::Standby)]);
    // It has to go for it, and comes again.
    lab.becomes(3, IkeState::Deleting, segw::ike::Facts { local_delete: true, ..REAUTHENTICATING });
    assert_eq!(lab.reestablish(3, 4, REAUTHENTICATING), Err(Error::Refused));
    lab.becomes(3, IkeState::Destroying, REAUTHENTICATING);
    assert_eq!(wait(&mut lab), ["stand by 1"]);
}

#[test]
fn without_a_route_nothing_is_asked_of_it() {
    let mut lab = at_rest(TWO);
    lab.routes(0);
    let end = lab.now + 60_000;
    while lab.now < end {
        lab.pass();
        let actions = lab.actions();
        assert!(actions.iter().all(|action| !action.contains('2') && !action.starts_with("stand")), "{actions:?}");
        lab.routes(0);
    }
    assert_eq!(lab.ike_sas(), [(1, 0, Role::Main), (2, 1, Role::Standby)]);
}

#[test]
fn ikev1_has_none() {
    let mut lab = Lab::new();
    let (ok, reply) = lab.request(
        r#"APPLY_CONFIG {"name":"vpn","ike_cfg":{"version":1,"remote_addrs":"10.0.0.1,10.0.0.2"},"failover":{"standby":"ike"},
        "local_auth":{"auth":"psk","secret":"example"},"remote_auth":{"auth":"psk"},"children":[{"name":"net"}]}"#,
    );
    assert!(
        !ok && reply.contains("IKEv1 has no IKE_SA without CHILD_SAs") && reply.contains("failover.standby"),
        "{reply}"
    );
}
