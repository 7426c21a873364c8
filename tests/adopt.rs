//! Connections of charon's own configuration: guarded, followed when they change, let go.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine, NotAdopted};
use segw::error::Error;
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};
use segw::policy::Policy;
use segw::segw::SegwSet;
use segw::time::Instant;

const NOW: Instant = Instant(1_000);
const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };

fn adopted(addrs: &str) -> Engine {
    let mut engine = Engine::new(NOW, 7);
    assert_eq!(engine.adopt(NOW, "vpn", addrs, 1, Policy::DEFAULT), Ok(true));
    engine
}

fn feed(engine: &mut Engine, event: &IkeEvent) {
    // It need not know what it let go.
    let taken = engine.ike_event(NOW, event);
    assert!(matches!(taken, Ok(()) | Err(Error::Unknown)), "{taken:?}");
}

fn connecting(unique_id: u32, remote: &str) -> IkeEvent<'_> {
    IkeEvent::State { unique_id, connection: "vpn", remote, state: IkeState::Connecting, facts: FACTS }
}

fn found(unique_id: u32, remote: &str, state: IkeState) -> IkeEvent<'_> {
    let up = state == IkeState::Established;
    IkeEvent::Found { unique_id, connection: "vpn", remote, state, up, children: u8::from(up), facts: FACTS }
}

/// What is to be done to IKE_SAs.
fn actions(engine: &mut Engine) -> Vec<String> {
    let mut actions = Vec::new();
    while let Ok(action) = engine.next_action() {
        actions.push(match action {
            Action::Initiate { addr, .. } => format!("dial {}", addr.to_text()),
            Action::Terminate { unique_id } => format!("end {unique_id}"),
            Action::Routes { .. } => continue,
            other => format!("{other:?}"),
        });
    }
    actions
}

fn request(engine: &mut Engine, request: &str) -> (bool, String) {
    let mut reply = vec![0; 65_536];
    let answer = engine.command(NOW, request.as_bytes(), &mut reply).unwrap();
    (answer.ok, String::from_utf8(reply[..answer.len].to_vec()).unwrap())
}

fn events(engine: &mut Engine) -> String {
    let (mut lines, mut line) = (String::new(), [0; 1024]);
    while let Ok(len) = engine.next_event(&mut line) {
        lines.push_str(std::str::from_utf8(&line[..len]).unwrap());
    }
    lines
}

#[test]
fn during_a_shutdown_nothing_is_followed() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &IkeEvent::Shutdown);
    for event in [found(1, "10.0.0.1", IkeState::Established), found(2, "10.0.0.2", IkeState::Established)] {
        feed(&mut engine, &event);
    }
    feed(&mut engine, &connecting(3, "10.0.0.1"));
    assert_eq!(engine.ike_sas("vpn").count(), 0, "two would count as the one that carries traffic");
}

#[test]
fn what_is_adopted_and_what_is_not() {
    for (name, addrs, answer) in [
        ("vpn", "10.0.0.1,10.0.0.2", Ok(true)),
        ("vpn", "10.0.0.1, %any, 10.0.0.0/8, segw.example", Ok(true)),
        ("vpn", "segw.example", Ok(true)),
        ("vpn", "10.0.0.1", Err(NotAdopted::Alone)),
        ("vpn", "10.0.0.1,10.0.0.1,%any", Err(NotAdopted::Alone)),
        ("vpn", "%any", Err(NotAdopted::Alone)),
        ("my vpn", "10.0.0.1,10.0.0.2", Err(NotAdopted::Name)),
        ("", "10.0.0.1,10.0.0.2", Err(NotAdopted::Name)),
    ] {
        let mut engine = Engine::new(NOW, 7);
        assert_eq!(engine.adopt(NOW, name, addrs, 1, Policy::DEFAULT), answer, "{name} {addrs}");
        assert_eq!(engine.state(name), answer.is_ok().then_some(State::Idle), "it is charon's to start it");
        assert_eq!(actions(&mut engine), [""; 0]);
    }
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    let inverted = Policy { backoff_limit_ms: 1, ..Policy::DEFAULT };
    assert_eq!(
        engine.adopt(NOW, "vpn", "10.0.0.1,10.0.0.2", 1, inverted),
        Err(NotAdopted::Inverted(inverted.inverted().unwrap()))
    );
}

#[test]
fn the_table_fills_up_and_says_so() {
    let mut engine = Engine::new(NOW, 7);
    for n in 0..16 {
        assert_eq!(engine.adopt(NOW, &format!("c{n}"), "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Ok(true));
    }
    assert_eq!(engine.adopt(NOW, "c16", "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Err(NotAdopted::Full));
    engine.release(NOW, "c3").unwrap();
    assert_eq!(engine.adopt(NOW, "c16", "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Ok(true));
}

#[test]
fn an_ike_sa_that_was_there_before_is_guarded() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &found(5, "10.0.0.2", IkeState::Established));
    assert_eq!(engine.state("vpn").unwrap().active(), Some(1));
    feed(&mut engine, &IkeEvent::Alert { unique_id: 5, alert: Alert::RetransmitTimeout, child: "" });
    let gone = IkeEvent::State {
        unique_id: 5,
        connection: "vpn",
        remote: "10.0.0.2",
        state: IkeState::Destroying,
        facts: FACTS,
    };
    feed(&mut engine, &gone);
    assert_eq!(actions(&mut engine), ["dial 10.0.0.1"]);
}

#[test]
fn what_is_followed_already_is_not_found_twice() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &connecting(5, "10.0.0.1"));
    feed(&mut engine, &found(5, "10.0.0.1", IkeState::Connecting));
    feed(&mut engine, &found(6, "10.0.0.1", IkeState::Established));
    feed(&mut engine, &found(7, "192.0.2.1", IkeState::Established));
    let roles: Vec<_> = engine.ike_sas("vpn").map(|sa| (sa.unique_id, sa.role)).collect();
    // The second one is up before the first: it is followed, the first is ended.
    assert_eq!(roles, [(5, Role::Leaving), (6, Role::Main)]);
    assert_eq!(actions(&mut engine), ["end 5"]);
}

#[test]
fn endless_key_tries_do_not_compete() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &connecting(5, "10.0.0.1"));
    feed(&mut engine, &IkeEvent::Alert { unique_id: 5, alert: Alert::InitUnreachable, child: "" });
    assert_eq!(actions(&mut engine), ["end 5", "dial 10.0.0.2"]);
}

#[test]
fn a_changed_list_is_followed() {
    let up = |addrs: &str, on: &str| {
        let mut engine = adopted(addrs);
        feed(&mut engine, &found(5, on, IkeState::Established));
        engine
    };
    // The active SEGW stays, at another place.
    let mut engine = up("10.0.0.1,10.0.0.2", "10.0.0.2");
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.2,10.0.0.3", 1, Policy::DEFAULT), Ok(true));
    assert_eq!(engine.state("vpn").unwrap().active(), Some(0));
    assert_eq!(actions(&mut engine), [""; 0]);
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.2, 10.0.0.3", 1, Policy::DEFAULT), Ok(false), "the same list");
    // It is gone: so is its IKE_SA.
    let mut engine = up("10.0.0.1,10.0.0.2", "10.0.0.2");
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.3,10.0.0.4", 1, Policy::DEFAULT), Ok(true));
    assert_eq!(actions(&mut engine), ["end 5", "dial 10.0.0.3"]);
    // Charon dials a SEGW of the new list before we have heard of that list.
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    assert!(engine.ike_event(NOW, &connecting(5, "10.0.0.3")).is_err());
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.3,10.0.0.2", 1, Policy::DEFAULT), Ok(true));
    feed(&mut engine, &found(5, "10.0.0.3", IkeState::Connecting));
    assert!(matches!(engine.state("vpn"), Some(State::Connecting { segw: 0, .. })));
}

#[test]
fn what_is_known_of_a_segw_is_kept() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &connecting(5, "10.0.0.1"));
    feed(&mut engine, &IkeEvent::Alert { unique_id: 5, alert: Alert::InitUnreachable, child: "" });
    engine.adopt(NOW, "vpn", "10.0.0.2,10.0.0.1", 1, Policy::DEFAULT).unwrap();
    let (_, status) = request(&mut engine, "STATUS");
    assert!(
        status.contains(
            r#"{"address":"10.0.0.1","attempts":0,"successes":0,"failures":1,"causes":{"INIT_UNREACHABLE":1}"#
        ),
        "{status}"
    );
}

#[test]
fn it_belongs_to_charon() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    let (ok, reply) = request(&mut engine, "REMOVE_CONFIG vpn");
    assert!(!ok && reply.contains("swanctl"), "{reply}");
    feed(&mut engine, &found(5, "10.0.0.1", IkeState::Established));
    engine.release(NOW, "vpn").unwrap();
    assert_eq!(actions(&mut engine), [""; 0], "its IKE_SAs are left alone");
    assert!(engine.release(NOW, "vpn").is_err());
    let told = events(&mut engine);
    assert!(told.contains("segw_adopted") && told.contains("segw_released"), "{told}");
}

#[test]
fn a_client_that_applies_the_name_takes_it_over() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    let apply = r#"APPLY_CONFIG {"name":"vpn","ike_cfg":{"remote_addrs":"10.0.0.1,10.0.0.2"},"children":[{"name":"net"}],
        "local_auth":{"auth":"psk","secret":"example"},"remote_auth":{"auth":"psk"}}"#;
    assert!(request(&mut engine, apply).0);
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Err(NotAdopted::Applied));
    assert!(engine.release(NOW, "vpn").is_err());
    assert!(request(&mut engine, "REMOVE_CONFIG vpn").0);
}

#[test]
fn a_dial_that_could_not_begin_is_taken_over() {
    let gone = |engine: &mut Engine, unique_id, facts| {
        let event = IkeEvent::State { unique_id, connection: "vpn", remote: "", state: IkeState::Destroying, facts };
        feed(engine, &event);
    };
    let mut engine = adopted("gone.example,10.0.0.2");
    gone(&mut engine, 5, Facts { initiator: false, ..FACTS });
    assert_eq!(actions(&mut engine), [""; 0], "somebody dialled us");
    gone(&mut engine, 5, FACTS);
    assert_eq!(actions(&mut engine), ["dial gone.example"]);
    // Once it is guarded, what is not followed does not matter.
    gone(&mut engine, 6, FACTS);
    assert_eq!(actions(&mut engine), [""; 0]);
}

#[test]
fn charon_dials_without_looking_for_a_route() {
    let mut engine = adopted("10.0.0.1,10.0.0.2");
    feed(&mut engine, &connecting(5, "10.0.0.1"));
    assert_eq!(engine.next_action(), Ok(Action::Routes { connection: "vpn" }));
    feed(&mut engine, &IkeEvent::Routes { connection: "vpn", routes: SegwSet::EMPTY });
    assert!(matches!(engine.state("vpn"), Some(State::Hold { segw: 0, .. })));
    assert_eq!(actions(&mut engine), ["end 5"], "its dial leads nowhere, the SEGW is not to blame");
}

#[test]
fn after_a_restart_the_segw_that_last_worked_is_dialled() {
    let text = |last: &str| format!("libsegw state 1\nvpn {last}\nend\n");
    let restarted = |last: &str| {
        let mut engine = Engine::new(NOW, 7);
        engine.restore(text(last).as_bytes());
        assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Ok(true));
        engine
    };
    // Charon's own dial of the first gives way, whether it is heard of before or after the connection is adopted.
    for dial in [connecting(5, "10.0.0.1"), found(5, "10.0.0.1", IkeState::Connecting)] {
        let mut engine = restarted("10.0.0.2");
        feed(&mut engine, &dial);
        assert_eq!(actions(&mut engine), ["end 5", "dial 10.0.0.2"], "{dial:?}");
        assert!(matches!(engine.state("vpn"), Some(State::Connecting { segw: 1, .. })));
    }
    // What is up stays, and so does a dial of the right one or of one there is nothing better known for.
    for (last, dial) in [
        ("10.0.0.2", found(5, "10.0.0.1", IkeState::Established)),
        ("10.0.0.2", found(5, "10.0.0.2", IkeState::Connecting)),
        ("10.0.0.9", found(5, "10.0.0.1", IkeState::Connecting)),
    ] {
        let mut engine = restarted(last);
        feed(&mut engine, &dial);
        assert_eq!(actions(&mut engine), [""; 0], "{last} {dial:?}");
    }
    // A dial that could not even begin.
    let mut engine = restarted("10.0.0.2");
    let state = IkeState::Destroying;
    feed(&mut engine, &IkeEvent::State { unique_id: 5, connection: "vpn", remote: "", state, facts: FACTS });
    assert_eq!(actions(&mut engine), ["dial 10.0.0.2"]);
    // Only the first dial: an operator who stopped it and dials by hand means what he says.
    let mut engine = restarted("10.0.0.2");
    assert!(request(&mut engine, "TERMINATE vpn").0);
    feed(&mut engine, &connecting(6, "10.0.0.1"));
    assert_eq!(actions(&mut engine), [""; 0]);
}

#[test]
fn what_is_let_go_is_forgotten() {
    let mut engine = Engine::new(NOW, 7);
    engine.restore(b"libsegw state 1\nvpn 10.0.0.2\nend\n");
    assert_eq!(engine.adopt(NOW, "vpn", "10.0.0.1,10.0.0.2", 1, Policy::DEFAULT), Ok(true));
    let mut text = [0; 256];
    assert!(engine.memory_text(&mut text).is_err(), "nothing has changed");
    engine.release(NOW, "vpn").unwrap();
    let len = engine.memory_text(&mut text).unwrap();
    assert_eq!(text.get(..len), Some(&b"libsegw state 1\nend\n"[..]));
}

#[test]
fn charon_dials_a_new_list_by_itself_and_nobody_else_does() {
    let up = |addrs: &str| {
        let mut engine = adopted(addrs);
        feed(&mut engine, &found(5, "10.0.0.1", IkeState::Established));
        let _ = actions(&mut engine);
        engine
    };
    let adopt = |engine: &mut Engine| engine.adopt(NOW, "vpn", "10.0.0.3,10.0.0.2", 1, Policy::DEFAULT);
    let only = |engine: &Engine, segw: u8| {
        assert!(matches!(engine.state("vpn"), Some(State::Connecting { segw: on, .. }) if on == segw));
        let main: Vec<_> = engine.ike_sas("vpn").filter(|sa| sa.role == Role::Main).collect();
        assert_eq!(main.iter().map(|sa| (sa.unique_id, sa.segw)).collect::<Vec<_>>(), [(6, segw)]);
    };
    // Its dial is known before the new list is: as a spare one.
    let mut engine = up("10.0.0.1,10.0.0.3");
    feed(&mut engine, &connecting(6, "10.0.0.3"));
    assert_eq!((adopt(&mut engine), actions(&mut engine)), (Ok(true), vec!["end 5".to_owned()]));
    only(&engine, 0);
    // The new list is known before its dial, and ours has not begun.
    for dial in [found(6, "10.0.0.3", IkeState::Connecting), connecting(6, "10.0.0.3")] {
        let mut engine = up("10.0.0.1,10.0.0.2");
        assert_eq!(adopt(&mut engine), Ok(true));
        feed(&mut engine, &dial);
        assert_eq!(actions(&mut engine), ["end 5"], "{dial:?}");
        only(&engine, 0);
    }
    // A spare one that is up already.
    let mut engine = up("10.0.0.1,10.0.0.2");
    feed(&mut engine, &found(6, "10.0.0.2", IkeState::Established));
    assert_eq!((adopt(&mut engine), actions(&mut engine)), (Ok(true), vec!["end 5".to_owned()]));
    assert_eq!(engine.state("vpn").unwrap().active(), Some(1));
}

/// What `swanctl --load-conns` does where another option has changed: it ends the CHILD_SAs one by one, and dials.
#[test]
fn a_connection_that_is_loaded_anew_has_one_ike_sa() {
    let state =
        |unique_id, state| IkeEvent::State { unique_id, connection: "vpn", remote: "10.0.0.1", state, facts: FACTS };
    let dialled = |engine: &mut Engine, unique_id| {
        feed(engine, &connecting(unique_id, "10.0.0.1"));
        feed(engine, &state(unique_id, IkeState::Established));
    };
    let child = |engine: &mut Engine, unique_id, up: bool| {
        let (connection, remote, child) = ("vpn", "10.0.0.1", ChildSa { name: "net", ..ChildSa::default() });
        let facts = Facts { local_delete: !up, ..FACTS };
        feed(engine, &IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts });
    };
    for ended_first in [true, false] {
        let mut engine = adopted("10.0.0.1,10.0.0.2");
        dialled(&mut engine, 1);
        child(&mut engine, 1, true);
        let _ = actions(&mut engine);
        if ended_first {
            child(&mut engine, 1, false);
        }
        dialled(&mut engine, 2);
        assert_eq!(actions(&mut engine), [""; 0]);
        child(&mut engine, 2, true);
        if !ended_first {
            assert_eq!(actions(&mut engine), [""; 0], "the first one has its CHILD_SA still");
            child(&mut engine, 1, false);
        }
        assert_eq!(actions(&mut engine), ["end 1"], "ended first: {ended_first}");
        let main: Vec<_> = engine.ike_sas("vpn").filter(|sa| sa.role == Role::Main).map(|sa| sa.unique_id).collect();
        assert_eq!((main, engine.state("vpn").unwrap().active()), (vec![2], Some(0)));
        assert_eq!(
            engine.wants_child("vpn", "net"),
            Some(true),
            "the next dial sets it up, ended first: {ended_first}"
        );
    }
}

/// Every cut of one write of the state, and of a second one over the first. The plugin writes beside it and renames, and has
/// a checksum; who does less gets this.
#[test]
fn a_state_that_was_cut_anywhere_is_the_old_one_the_new_one_or_none_of_a_connection_s_own() {
    const OLD: &str = "libsegw state 1\nvpn 10.0.0.2\nvpn2 10.0.0.13\nend\n";
    const NEW: &str = "libsegw state 1\nvpn2 10.0.0.11\nvpn 10.0.0.3\nother segw.example.org\nend\n";
    const LISTS: [(&str, &str, [&str; 2]); 2] = [
        ("vpn", "10.0.0.1,10.0.0.2,10.0.0.3", ["10.0.0.2", "10.0.0.3"]),
        ("vpn2", "10.0.0.10,10.0.0.11,10.0.0.13", ["10.0.0.13", "10.0.0.11"]),
    ];
    // What each connection dials first after a restart; `None`: its list's first, as without a state.
    let recalled = |text: &[u8]| {
        let mut engine = Engine::new(NOW, 7);
        engine.restore(text);
        LISTS.map(|(name, addrs, _)| {
            assert_eq!(engine.adopt(NOW, name, addrs, 1, Policy::DEFAULT), Ok(true));
            let state = IkeState::Destroying;
            feed(&mut engine, &IkeEvent::State { unique_id: 5, connection: name, remote: "", state, facts: FACTS });
            let first = format!("dial {}", addrs.split(',').next().unwrap());
            actions(&mut engine).into_iter().find(|action| action.starts_with("dial") && *action != first)
        })
    };
    let dial = |which: usize| LISTS.map(|(_, _, last)| Some(format!("dial {}", last[which])));
    assert_eq!(recalled(OLD.as_bytes()), dial(0));
    assert_eq!(recalled(NEW.as_bytes()), dial(1));
    for cut in 0..NEW.len() {
        assert_eq!(recalled(&NEW.as_bytes()[..cut]), [None, None], "cut after {cut} bytes");
    }
    for (new, old) in [(NEW, OLD), (OLD, NEW)] {
        for cut in 0..=new.len() {
            let mut text = new.as_bytes()[..cut].to_vec();
            text.extend(old.as_bytes().iter().skip(cut));
            for (dialled, (name, _, last)) in recalled(&text).into_iter().zip(LISTS) {
                let known =
                    dialled.as_ref().is_none_or(|dialled| last.iter().any(|last| *dialled == format!("dial {last}")));
                assert!(known, "{name}, cut after {cut} bytes: {dialled:?}");
            }
        }
    }
}
