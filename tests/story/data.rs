//! A SEGW that answers IKE and that no data come from.

use segw::charon::IkeEvent;

use crate::lab::{Lab, THREE, TWO};

const MOVE: &str = r#"{"data_action":"move","data_suspect_ms":20000,"stable_ms":0}"#;

/// Packets go out through IKE_SA `id`, and come in if they `flow`; what is asked is answered. Until an IKE_SA is to be ended,
/// or for so many milliseconds; the events. `received` is how many came in.
fn talk_on(lab: &mut Lab, id: u32, flow: bool, ms: u64, received: &mut u64) -> String {
    let until = lab.now + ms;
    while lab.due().is_some_and(|at| at <= until) {
        lab.pass();
        let mut actions = lab.actions();
        while let Some(action) = actions.pop() {
            if action.starts_with("end") {
                return lab.told();
            } else if action == format!("measure {id}") {
                let sent = lab.now / 10;
                *received = if flow { sent } else { *received };
                lab.feed(&IkeEvent::Counted { unique_id: id, packets: Some(*received), sent, route: true });
                actions = lab.actions();
            } else if action.starts_with("probe") {
                lab.feed(&IkeEvent::Heard { unique_id: id, answer_ms: Some(20) });
            }
        }
        if lab.active().is_none() {
            return lab.told();
        }
    }
    lab.now = until;
    lab.told()
}

/// The same, on a tunnel that nothing has come in through yet.
fn talk(lab: &mut Lab, id: u32, flow: bool, ms: u64) -> String {
    talk_on(lab, id, flow, ms, &mut 0)
}

/// What of them tells of the data plane.
fn actions(told: &str) -> Vec<&str> {
    let silent = told.lines().filter(|line| line.contains("segw_silent_data"));
    silent.map(|line| line.split(r#""action":""#).nth(1).unwrap().split('"').next().unwrap()).collect()
}

#[test]
fn silence_of_the_data_plane_is_told_and_nothing_else() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    let received = &mut 0;
    assert!(actions(&talk_on(&mut lab, 1, true, 5_000, received)).is_empty());
    assert!(lab.status().contains(r#""silent_data_since_ms":null"#), "{}", lab.status());
    let told = talk_on(&mut lab, 1, false, 31_500, received);
    assert_eq!((actions(&told), lab.active()), (vec!["report"], Some(0)), "{told}");
    assert!(!lab.status().contains(r#""silent_data_since_ms":null"#), "{}", lab.status());
    assert!(actions(&talk_on(&mut lab, 1, false, 600_000, received)).is_empty(), "once");
    assert_eq!((actions(&talk_on(&mut lab, 1, true, 2_000, received)), lab.active()), (vec!["resume"], Some(0)));
    assert!(lab.status().contains(r#""silent_data_since_ms":null"#), "{}", lab.status());
}

#[test]
fn it_is_left_where_somebody_wants_that() {
    let mut lab = Lab::applied(TWO, MOVE);
    lab.connect(1);
    let received = &mut 0;
    talk_on(&mut lab, 1, true, 5_000, received);
    let told = talk_on(&mut lab, 1, false, 25_000, received);
    assert_eq!((actions(&told), lab.dialled()), (vec!["move"], Some(1)), "{told}");
    assert!(told.contains(r#""cause":"DATA_PLANE""#), "{told}");
    assert!((25_000..=26_000).contains(&lab.now), "{}", lab.now);
    lab.connect(2);
    // All is well there: nothing more to tell but that.
    assert_eq!((actions(&talk(&mut lab, 2, true, 60_000)), lab.active()), (vec!["resume"], Some(1)));
}

#[test]
fn what_is_dead_behind_all_of_them_makes_nobody_hop() {
    for (list, segws) in [(TWO, 2), (THREE, 3)] {
        let mut lab = Lab::applied(list, MOVE);
        lab.connect(1);
        talk(&mut lab, 1, true, 5_000);
        for id in 1..segws {
            assert_eq!(actions(&talk(&mut lab, id, false, 25_000)), ["move"], "{id} of {segws}");
            lab.connect(id + 1);
        }
        let received = &mut 0;
        let told = talk_on(&mut lab, segws, false, 3_600_000, received);
        let last = u8::try_from(segws - 1).unwrap();
        assert_eq!((actions(&told), lab.active()), (vec!["settle"], Some(last)), "{told}");
        assert_eq!(
            (actions(&talk_on(&mut lab, segws, true, 2_000, received)), lab.active()),
            (vec!["resume"], Some(last))
        );
        // From then on as before.
        assert_eq!(actions(&talk_on(&mut lab, segws, false, 25_000, received)), ["move"]);
    }
}

#[test]
fn with_one_segw_there_is_nowhere_to_go() {
    let mut lab = Lab::applied("10.0.0.1", MOVE);
    lab.connect(1);
    talk(&mut lab, 1, true, 5_000);
    assert_eq!((actions(&talk(&mut lab, 1, false, 60_000)), lab.active()), (vec!["settle"], Some(0)));
}
