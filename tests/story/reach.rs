//! Targets that are asked through the tunnel.

use segw::charon::IkeEvent;
use segw::engine::Action;
use segw::policy::Policy;
use segw::reach::{Outcome, Unasked};
use segw::time::Instant;

use crate::lab::{Lab, THREE, TWO};

const SILENT: Outcome = Outcome { asked: 1, answered: 0, why: Unasked::NotSent };
const ANSWER: Outcome = Outcome { answered: 1, ..SILENT };
const NO_ADDRESS: Outcome = Outcome { asked: 0, answered: 0, why: Unasked::NoAddress };

/// Connection "vpn" with this probe, applied by a client and up on the first SEGW.
fn probed(addrs: &str, probe: &str) -> Lab {
    let mut lab = Lab::new();
    let (ok, reply) = lab.request(&request(addrs, probe));
    assert!(ok, "{reply}");
    lab.connect(1);
    lab
}

fn request(addrs: &str, probe: &str) -> String {
    format!(
        r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{addrs}"}},"failover":{{"stable_ms":0}},"probe":{probe},
        "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},
        "children":[{{"name":"net","start_action":"start"}}]}}"#
    )
}

const MOVE: &str = r#"{"targets":["10.1.0.1"],"action":"move"}"#;

/// What became of some time.
#[derive(Default)]
struct Course {
    /// When the targets were asked, through which IKE_SA.
    asked: Vec<(u64, u32)>,
    rekeyed: Vec<u32>,
    told: String,
}

/// So many milliseconds, in which the tunnel is idle, IKE is answered, and each question has this outcome: an answer after 20 ms,
/// silence when its time is over. Until an IKE_SA is to be ended.
fn pass(lab: &mut Lab, ms: u64, outcome: Outcome) -> Course {
    let (mut course, until) = (Course::default(), lab.now + ms);
    let mut answers: Vec<(u64, u32)> = Vec::new();
    loop {
        let next = answers.iter().map(|(at, _)| *at).chain(lab.due()).min();
        let Some(at) = next.filter(|at| *at <= until) else { break };
        lab.now = lab.now.max(at);
        let now = lab.now;
        if let Some(place) = answers.iter().position(|(at, _)| *at <= now) {
            let (_, serial) = answers.remove(place);
            lab.feed(&IkeEvent::Reached { connection: "vpn", serial, outcome });
        } else {
            lab.engine.timeout(Instant(now));
        }
        let mut ended = false;
        while let Ok(action) = lab.engine.next_action() {
            let (mut probed, mut measured, mut dialled) = (None, None, None);
            match action {
                Action::Reach { connection, unique_id, serial, targets, wait_ms, .. } => {
                    assert_eq!((connection, targets), ("vpn", "10.1.0.1"));
                    course.asked.push((now, unique_id));
                    answers.push((now + if outcome.answered > 0 { 20 } else { u64::from(wait_ms) }, serial));
                }
                Action::Rekey { unique_id } => course.rekeyed.push(unique_id),
                Action::Probe { unique_id, .. } => probed = Some(unique_id),
                Action::Measure { unique_id, .. } => measured = Some(unique_id),
                Action::Terminate { .. } => ended = true,
                Action::Initiate { serial, .. } => dialled = Some(serial),
                _ => (),
            }
            lab.serial = dialled.unwrap_or(lab.serial);
            if let Some(unique_id) = measured {
                lab.feed(&IkeEvent::Counted { unique_id, packets: Some(0), sent: 0, route: true });
            }
            if let Some(unique_id) = probed {
                lab.feed(&IkeEvent::Heard { unique_id, answer_ms: Some(20) });
            }
        }
        course.told.push_str(&lab.told());
        if ended || lab.active().is_none() {
            return course;
        }
    }
    lab.now = until;
    course
}

/// What of it tells of the probe.
fn actions(course: &Course) -> Vec<&str> {
    let lines = course.told.lines().filter(|line| line.contains("segw_probe"));
    lines.map(|line| line.split(r#""action":""#).nth(1).unwrap().split('"').next().unwrap()).collect()
}

#[test]
fn a_target_that_answers_is_asked_each_interval_and_no_news() {
    let mut lab = probed(TWO, MOVE);
    let course = pass(&mut lab, 60_000, ANSWER);
    assert_eq!((actions(&course), course.asked.len()), (vec![], 12), "{:?}", course.asked);
    assert!(lab.status().contains(r#""probe":{"state":"ANSWERS","since_ms":1020,"#), "{}", lab.status());
    assert!(lab.status().contains(r#""targets":[{"target":"10.1.0.1","answers":true}]"#), "{}", lab.status());
}

#[test]
fn a_segw_that_no_target_answers_through_is_left_in_time() {
    let mut lab = probed(TWO, MOVE);
    pass(&mut lab, 30_000, ANSWER);
    let course = pass(&mut lab, 60_000, SILENT);
    assert_eq!((actions(&course), lab.dialled()), (vec!["move"], Some(1)), "{}", course.told);
    assert!(course.told.contains(r#""cause":"DATA_PLANE""#), "{}", course.told);
    assert!(lab.now <= 30_000 + 5_000 + 4_000, "{}", lab.now);
    lab.connect(2);
    let course = pass(&mut lab, 60_000, ANSWER);
    assert_eq!((actions(&course), lab.active()), (vec!["resume"], Some(1)));
    assert!(course.asked.iter().all(|(_, id)| *id == 2), "{:?}", course.asked);
}

#[test]
fn a_target_that_is_dead_behind_all_of_them_makes_nobody_hop() {
    for (list, segws) in [(TWO, 2u32), (THREE, 3)] {
        let mut lab = probed(list, MOVE);
        pass(&mut lab, 10_000, ANSWER);
        for id in 1..segws {
            assert_eq!(actions(&pass(&mut lab, 30_000, SILENT)), ["move"], "{id} of {segws}");
            lab.connect(id + 1);
        }
        let last = u8::try_from(segws - 1).unwrap();
        let course = pass(&mut lab, 3_600_000, SILENT);
        assert_eq!((actions(&course), lab.active()), (vec!["settle"], Some(last)), "{}", course.told);
        assert!(lab.request("EXPLAIN vpn").1.contains("through the other SEGWs as well, so it stays here"));
        let course = pass(&mut lab, 20_000, ANSWER);
        assert_eq!((actions(&course), lab.active()), (vec!["resume"], Some(last)));
        // From then on as before.
        assert_eq!(actions(&pass(&mut lab, 30_000, SILENT)), ["move"]);
    }
}

#[test]
fn rekeying_comes_first_where_that_is_asked_for() {
    let mut lab = probed(TWO, r#"{"targets":"10.1.0.1","action":"rekey"}"#);
    pass(&mut lab, 10_000, ANSWER);
    let course = pass(&mut lab, 9_500, SILENT);
    assert_eq!((actions(&course), course.rekeyed.as_slice()), (vec!["rekey"], [1].as_slice()));
    assert_eq!(actions(&pass(&mut lab, 20_000, ANSWER)), ["resume"], "it was of use");
    let course = pass(&mut lab, 60_000, SILENT);
    assert_eq!((actions(&course), course.rekeyed.len(), lab.dialled()), (vec!["rekey", "move"], 1, Some(1)));
}

#[test]
fn it_is_only_told_by_default() {
    let mut lab = probed(TWO, r#"{"targets":"10.1.0.1"}"#);
    pass(&mut lab, 10_000, ANSWER);
    let course = pass(&mut lab, 600_000, SILENT);
    assert_eq!((actions(&course), lab.active()), (vec!["report"], Some(0)));
    assert_eq!(actions(&pass(&mut lab, 20_000, ANSWER)), ["resume"]);
}

#[test]
fn what_cannot_be_asked_is_told_once_and_moves_nothing() {
    let mut lab = probed(TWO, MOVE);
    let course = pass(&mut lab, 600_000, NO_ADDRESS);
    assert_eq!((actions(&course), lab.active()), (vec!["unasked"], Some(0)));
    assert!(course.told.contains(r#""action":"unasked","cause":"NO_ADDRESS"}"#), "{}", course.told);
    assert!(lab.status().contains(r#""state":"UNASKED""#) && lab.status().contains(r#""cause":"NO_ADDRESS""#));
}

#[test]
fn nothing_is_asked_on_hold_and_while_it_is_down() {
    let mut lab = probed(TWO, MOVE);
    pass(&mut lab, 10_000, ANSWER);
    lab.feed(&IkeEvent::Roam);
    while lab.engine.next_action().is_ok() {}
    lab.feed(&IkeEvent::Routes { connection: "vpn", routes: segw::segw::SegwSet::EMPTY });
    assert!(pass(&mut lab, 60_000, SILENT).asked.is_empty());
    assert!(lab.status().contains(r#""probe":{"state":"OFF""#), "{}", lab.status());
}

#[test]
fn another_policy_is_asked_by_at_once_and_the_same_one_changes_nothing() {
    let mut lab = probed(TWO, MOVE);
    pass(&mut lab, 6_500, ANSWER);
    let before = lab.due();
    assert!(lab.request(&request(TWO, MOVE)).0);
    assert_eq!(lab.due(), before);
    assert!(lab.request(&request(TWO, "{}")).0);
    assert!(pass(&mut lab, 60_000, SILENT).asked.is_empty());
    assert!(lab.status().contains(r#""probe":null"#), "{}", lab.status());
    // One that was adopted, by its option.
    let (mut lab, mut policy) = (Lab::new(), Policy::DEFAULT);
    policy.set_own("probe.targets", "10.1.0.1").unwrap();
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", TWO, 1, policy), Ok(true));
    let reply = lab.request("POLICY vpn").1;
    assert!(reply.contains(r#""key":"probe.targets","value":"10.1.0.1""#), "{reply}");
    assert!(reply.contains(r#""path":"connections.vpn.probe.targets""#), "{reply}");
}

#[test]
fn targets_that_are_given_while_it_is_dialled_are_asked_once_it_is_up() {
    let mut lab = Lab::new();
    assert!(lab.request(&request(TWO, r#"{"targets":["10.1.0.1"]}"#)).0);
    lab.dial(1);
    assert!(lab.request(&request(TWO, r#"{"targets":["10.1.0.2"]}"#)).0);
    assert_eq!((lab.dialled(), lab.actions()), (Some(0), vec![]));
    lab.come_up(1);
    let mut asked = Vec::new();
    while asked.is_empty() && lab.now < 10_000 {
        lab.pass();
        while let Ok(action) = lab.engine.next_action() {
            if let Action::Reach { targets, .. } = action {
                asked.push(targets.to_owned());
            }
        }
    }
    assert_eq!(asked, ["10.1.0.2"]);
}
