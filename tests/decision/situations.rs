//! What a whole connection does where more than its state counts: the order of its SEGWs, what an operator or a SEGW has said, a
//! window, a standby, a probe. Each row is a real engine's answer, with a charon around it that does what the row says.

use std::fmt::Write as _;

use segw::charon::{Alert, IkeEvent};
use segw::engine::Action;
use segw::failover::State;
use segw::ike::{IkeState, Role};
use segw::reach::{Outcome, Unasked};
use segw::time::Instant;
use serde_json::Value;

use crate::lab::{FACTS, LOCAL_DELETE, Lab, PEER_DELETE, THREE};

const HEAD: &str = "\n\
    # Orders, operators, hints, windows, standby and probes\n\n\
    What a whole connection does, where more than its state counts. Three SEGWs; 0 is the first of the list. There is no \
    jitter.\nRows about a standby or a probe have the default policy. In all others there is a failback after a hold-down of 5 s, \
    unless they\nsay otherwise. \"5 s later\" is without a loss meanwhile. Told is the event without its `segw_`, with what is done \
    and why.\n\n\
    | situation | input | next state | IKE_SAs | told |\n|---|---|---|---|---|\n";

const S: u64 = 1_000;
const MINUTE: u64 = 60 * S;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Monday, 2026-11-23 12:00 UTC.
const NOON: u64 = 1_795_392_000_000 + 12 * HOUR;

/// What nothing but the row's own subject has a timer with.
const QUIET: &str = r#""hold_down_ms":5000,"stable_ms":0,"liveness_interval_ms":0,"jitter_pct":0"#;

/// The targets behind the tunnel answer.
const ANSWERS: Outcome = Outcome { asked: 1, answered: 1, why: Unasked::NotSent };
const SILENT: Outcome = Outcome { answered: 0, ..ANSWERS };

/// A situation, what happens then, and what is asked for in the meantime.
struct Row {
    situation: &'static str,
    input: &'static str,
    given: fn() -> Lab,
    then: fn(&mut Lab) -> Vec<String>,
}

macro_rules! rows {
    ($($situation:literal: $given:expr; $($input:literal => $then:expr),+;)+) => {
        [$($(Row { situation: $situation, input: $input, given: $given, then: $then }),+),+]
    };
}

/// A connection with failback and these keys of its policy besides.
fn applied(keys: &str) -> Lab {
    Lab::applied(THREE, &format!(r#"{{{QUIET},"failback":"hold_down"{keys}}}"#))
}

fn without_failback(keys: &str) -> Lab {
    Lab::applied(THREE, &format!("{{{QUIET}{keys}}}"))
}

/// The same on the device of that name.
fn of_device(device: &str, keys: &str) -> Lab {
    let mut lab = Lab::new();
    lab.engine.set_device(Instant(0), device.as_bytes());
    lab.apply(THREE, &format!(r#"{{{QUIET},"failback":"hold_down"{keys}}}"#));
    lab
}

/// Up with the IKE_SA of that id, wherever it is dialled.
fn up(mut lab: Lab, unique_id: u32) -> Lab {
    lab.connect(unique_id);
    lab
}

/// The dial that was asked for fails, then the next one is up.
fn past_a_dead_one(mut lab: Lab) -> Lab {
    lab.dial_fails(1, Alert::InitUnreachable);
    up(lab, 2)
}

/// What the SEGW of the dial says before it refuses us.
fn refused(lab: &mut Lab, unique_id: u32, notify: u16, data: u8) {
    lab.dial(unique_id);
    lab.feed(&IkeEvent::Hint { unique_id, notify, data, protected: true });
    lab.fail(unique_id, Alert::LocalAuthFailed);
}

/// SEGW 0 has refused us with that, and the next one is up.
fn past_a_hint(notify: u16, data: u8) -> Lab {
    let mut lab = applied("");
    refused(&mut lab, 1, notify, data);
    up(lab, 2)
}

/// A COOKIE, which is not protected, from a SEGW that then does not answer; the next one is up.
fn past_a_cookie() -> Lab {
    let mut lab = Lab::applied(THREE, r#"{"failback":"hold_down","hold_down_ms":1000,"stable_ms":0,"jitter_pct":0}"#);
    lab.dial(1);
    lab.feed(&IkeEvent::Hint { unique_id: 1, notify: COOKIE, data: 0, protected: false });
    lab.fail(1, Alert::InitUnreachable);
    up(lab, 2)
}

const NO_ADDITIONAL_SAS: u16 = 35;
const TEMPORARY_FAILURE: u16 = 43;
const CONGESTION: u16 = 15_500;
const COOKIE: u16 = 16_390;
const BACKOFF_TIMER: u16 = 41_041;
/// Three minutes, as GPRS timer 3.
const THREE_MINUTES: u8 = 0b101_00011;

fn after(mut lab: Lab, request: &str) -> Lab {
    said(&mut lab, request);
    lab
}

/// An operator's word, and what is asked for at once.
fn said(lab: &mut Lab, request: &str) -> Vec<String> {
    let (ok, reply) = lab.request(request);
    assert!(ok, "{request}: {reply}");
    lab.actions()
}

/// Lost by retransmission, and what is asked for at once.
fn lost(lab: &mut Lab, unique_id: u32) -> Vec<String> {
    lab.lose(unique_id);
    lab.actions()
}

fn deleted(lab: &mut Lab, unique_id: u32) -> Vec<String> {
    lab.delete(unique_id, PEER_DELETE);
    lab.actions()
}

/// It has moved to where that word of an operator's sends it, and the word is still valid.
fn moved(lab: Lab, request: &str) -> Lab {
    let mut lab = up(after(lab, request), 2);
    lab.becomes(1, IkeState::Destroying, FACTS);
    lab
}

/// On SEGW 1 on Monday at noon, with a window from 2 to 4 o'clock on weekdays.
fn in_window_of_night() -> Lab {
    let mut lab = past_a_dead_one(applied(r#","failback_window":"mon-fri 02:00-04:00""#));
    lab.engine.clock(Instant(lab.now), NOON, 0);
    lab
}

fn without_clock() -> Lab {
    past_a_dead_one(applied(r#","failback_window":"mon-fri 02:00-04:00""#))
}

/// Up on SEGW 0 with a standby to come.
fn with_standby() -> Lab {
    up(Lab::applied(THREE, r#"{"standby":"ike","jitter_pct":0}"#), 1)
}

/// The standby that was asked for is up.
fn standby_up(lab: &mut Lab, unique_id: u32) {
    lab.dial(unique_id);
    lab.becomes(unique_id, IkeState::Established, FACTS);
    lab.updown(unique_id, true);
}

/// The same with IKE_SA 2 as standby to SEGW 1.
fn standing_by() -> Lab {
    let mut lab = with_standby();
    assert_eq!(later(&mut lab, MINUTE), ["stand by 1"]);
    standby_up(&mut lab, 2);
    lab
}

/// The active one was deleted soon after the standby came up, and again after the next one did.
fn deleted_soon_again() -> Lab {
    let mut lab = standing_by();
    lab.now += 5 * S;
    deleted(&mut lab, 1);
    lab.child(2, true, FACTS);
    assert_eq!(later(&mut lab, MINUTE), ["stand by 2"]);
    standby_up(&mut lab, 3);
    lab.now += 5 * S;
    lab
}

/// SEGW 1 has said once that it does not support a standby.
fn not_childless_once() -> Lab {
    let mut lab = with_standby();
    later(&mut lab, MINUTE);
    lab.dial(2);
    not_childless(&mut lab, 2);
    lab.becomes(2, IkeState::Destroying, FACTS);
    later(&mut lab, MINUTE);
    lab.dial(3);
    lab
}

fn not_childless(lab: &mut Lab, unique_id: u32) -> Vec<String> {
    let _ = lab.try_feed(&IkeEvent::NotChildless { unique_id });
    lab.actions()
}

/// Up on SEGW 0, whose target behind the tunnel has answered.
fn probed(probe: &str) -> Lab {
    let mut lab = Lab::new();
    let (ok, reply) = lab.request(&format!(
        r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{THREE}"}},"failover":{{"stable_ms":0}},
        "probe":{{"targets":"10.1.0.1"{probe}}},"local_auth":{{"auth":"psk","secret":"example"}},
        "remote_auth":{{"auth":"psk"}},"children":[{{"name":"net","start_action":"start"}}]}}"#
    ));
    assert!(ok, "{reply}");
    let mut lab = up(lab, 1);
    later(&mut lab, 10 * S);
    lab
}

/// No target has answered through all SEGWs but the last.
fn probed_to_the_last() -> Lab {
    let mut lab = probed(MOVE);
    for unique_id in 2..4 {
        assert_eq!(silent(&mut lab, MINUTE).len(), 2);
        lab.connect(unique_id);
    }
    lab
}

const MOVE: &str = r#","action":"move""#;

/// So many milliseconds in which all that is asked is answered, or until something is asked for that is no question.
fn later(lab: &mut Lab, ms: u64) -> Vec<String> {
    pass(lab, ms, ANSWERS)
}

/// The same while no target behind the tunnel answers, though IKE does.
fn silent(lab: &mut Lab, ms: u64) -> Vec<String> {
    pass(lab, ms, SILENT)
}

fn pass(lab: &mut Lab, ms: u64, targets: Outcome) -> Vec<String> {
    let until = lab.now + ms;
    // When the targets have answered, or their time is over.
    let mut asked: Vec<(u64, u32)> = Vec::new();
    loop {
        let done = questions(lab, &mut asked, targets);
        if !done.is_empty() {
            return done;
        }
        let next = asked.iter().map(|(at, _)| *at).chain(lab.due()).min();
        let Some(at) = next.filter(|at| *at <= until) else { break };
        lab.now = lab.now.max(at);
        if let Some(place) = asked.iter().position(|(at, _)| *at <= lab.now) {
            let (_, serial) = asked.remove(place);
            lab.feed(&IkeEvent::Reached { connection: "vpn", serial, outcome: targets });
        } else {
            lab.timeout(lab.now);
        }
    }
    lab.now = until;
    Vec::new()
}

/// Answers what is asked; what else is asked for.
fn questions(lab: &mut Lab, asked: &mut Vec<(u64, u32)>, targets: Outcome) -> Vec<String> {
    let mut done = Vec::new();
    loop {
        let (mut probed, mut measured) = (None, None);
        match lab.engine.next_action() {
            Err(_) => return done,
            Ok(Action::Reach { serial, wait_ms, .. }) => {
                let takes = if targets.answered > 0 { 20 } else { u64::from(wait_ms) };
                asked.push((lab.now + takes, serial));
            }
            Ok(Action::Probe { unique_id, .. }) => probed = Some(unique_id),
            Ok(Action::Measure { unique_id, .. }) => measured = Some(unique_id),
            Ok(Action::Initiate { segw, serial, standby, .. }) => {
                lab.serial = serial;
                done.push(format!("{} {segw}", if standby { "stand by" } else { "dial" }));
            }
            Ok(Action::Complete { unique_id, segw, .. }) => done.push(format!("complete {unique_id} at {segw}")),
            Ok(Action::Terminate { unique_id }) => done.push(format!("end {unique_id}")),
            Ok(Action::Rekey { unique_id }) => done.push(format!("rekey {unique_id}")),
            Ok(_) => (),
        }
        if let Some(unique_id) = probed {
            lab.feed(&IkeEvent::Heard { unique_id, answer_ms: Some(20) });
        }
        if let Some(unique_id) = measured {
            lab.feed(&IkeEvent::Counted { unique_id, packets: Some(0), sent: 0, route: true });
        }
    }
}

/// The state, without the times that chance makes.
fn place(state: &State) -> String {
    match state {
        State::Backoff { .. } => state.name().to_owned(),
        _ => super::place(state),
    }
}

/// What was told of the decision: the event, what is done about it, why.
fn told(lab: &mut Lab) -> String {
    let mut all = Vec::new();
    for line in lab.told().lines() {
        let event: Value = serde_json::from_str(line).expect("an event is JSON");
        let Some(name) = event["event"].as_str().and_then(|name| name.strip_prefix("segw_")) else { continue };
        let mut words = vec![name.replace('_', " ")];
        words.extend(["state", "action", "cause"].into_iter().filter_map(|key| event[key].as_str().map(str::to_owned)));
        all.push(words.join(" "));
    }
    all.join(", ")
}

/// What is asked for, in the words of the other table; `sas` are the IKE_SAs that there are or were.
fn in_words(asked: &[String], sas: &[(u32, u8, Role)]) -> String {
    let segw = |id: &str| sas.iter().find(|(unique_id, ..)| unique_id.to_string() == id).map(|(_, segw, _)| *segw);
    let word = |it: &String| match it.split_once(' ') {
        Some(("stand", rest)) => format!("dial a standby to {}", rest.trim_start_matches("by ")),
        Some(("complete", rest)) => format!("CHILD_SAs on the standby to {}", rest.rsplit(' ').next().expect("a SEGW")),
        Some(("end", id)) => format!("end the IKE_SA to {}", segw(id).expect("one that is followed")),
        Some(("rekey", _)) => "rekey the CHILD_SAs".to_owned(),
        _ => it.clone(),
    };
    asked.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn rows() -> Vec<Row> {
    let order = rows![
        "IDLE, `preferences` 2 3 1": Lab::new;
            "Start" => |lab| { *lab = applied(r#","preferences":[2,3,1]"#); lab.actions() };
        "ACTIVE on 2, `preferences` 2 3 1": || up(applied(r#","preferences":[2,3,1]"#), 1);
            "Lost" => |lab| lost(lab, 1);
        "ACTIVE on 0, `preferences` 2 3 1": || past_a_dead_one(applied(r#","preferences":[2,3,1]"#));
            "Lost" => |lab| lost(lab, 2),
            "5 s later" => |lab| later(lab, 5 * S);
        "IDLE, `order: hash` on device cpe-0": Lab::new;
            "Start" => |lab| { *lab = of_device("cpe-0", HASH); lab.actions() };
        "IDLE, `order: hash` on device cpe-1": Lab::new;
            "Start" => |lab| { *lab = of_device("cpe-1", HASH); lab.actions() };
        "IDLE, `order: hash` on device cpe-2": Lab::new;
            "Start" => |lab| { *lab = of_device("cpe-2", HASH); lab.actions() };
        "IDLE, `order: hash` on device cpe-0, `weights` 1 1 255": Lab::new;
            "Start" => |lab| { *lab = of_device("cpe-0", WEIGHTED); lab.actions() };
        "IDLE, `order: hash` on device cpe-0, `preferences` 2 1 1": Lab::new;
            "Start" => |lab| { *lab = of_device("cpe-0", PREFERRED); lab.actions() };
        "ACTIVE, `order: hash` on device cpe-1, its first": || up(of_device("cpe-1", HASH), 1);
            "Lost" => |lab| lost(lab, 1),
            "1 h later" => |lab| later(lab, HOUR);
        "ACTIVE, `order: hash` on device cpe-1, its second": || past_a_dead_one(of_device("cpe-1", HASH));
            "Lost" => |lab| lost(lab, 2),
            "5 s later" => |lab| later(lab, 5 * S);
        "ACTIVE on 1, `order: rtt`: 200 ms, 0 had 30 ms": || by_rtt(30, 200);
            "Lost" => |lab| lost(lab, 2),
            "5 s later" => |lab| later(lab, 5 * S);
        "ACTIVE on 1, `order: rtt`: 200 ms, 0 had 60 ms and failed once": || by_rtt(60, 200);
            "1 h later" => |lab| later(lab, HOUR);
        "ACTIVE on 1, `order: rtt`: 30 ms, 0 had 200 ms": || by_rtt(200, 30);
            "1 h later" => |lab| later(lab, HOUR);
    ];
    let hints = rows![
        "CONNECTING to 0": || applied("");
            "AUTH refused with BACKOFF_TIMER, 3 min" => |lab| refusal(lab, BACKOFF_TIMER, THREE_MINUTES),
            "AUTH refused with CONGESTION" => |lab| refusal(lab, CONGESTION, 0),
            "AUTH refused with NO_ADDITIONAL_SAS" => |lab| refusal(lab, NO_ADDITIONAL_SAS, 0),
            "AUTH refused with TEMPORARY_FAILURE" => |lab| refusal(lab, TEMPORARY_FAILURE, 0);
        "CONNECTING to 0, `on_refusal: stay`": || applied(r#","on_refusal":"stay""#);
            "AUTH refused with TEMPORARY_FAILURE" => |lab| refusal(lab, TEMPORARY_FAILURE, 0);
        "ACTIVE on 1, 0 said BACKOFF_TIMER, 3 min": || past_a_hint(BACKOFF_TIMER, THREE_MINUTES);
            "2 min 59 s later" => |lab| later(lab, 179 * S),
            "3 min 23 s later" => |lab| later(lab, 203 * S),
            "Switch(0)" => |lab| said(lab, "SWITCH vpn 0"),
            "Lost" => |lab| lost(lab, 2);
        "ACTIVE on 1, 0 said CONGESTION": || past_a_hint(CONGESTION, 0);
            "59 s later" => |lab| later(lab, 59 * S),
            "1 min 8 s later" => |lab| later(lab, 68 * S);
        "ACTIVE on 1, 0 said NO_ADDITIONAL_SAS": || past_a_hint(NO_ADDITIONAL_SAS, 0);
            "59 s later" => |lab| later(lab, 59 * S),
            "1 min 8 s later" => |lab| later(lab, 68 * S);
        "ACTIVE on 1, 0 said TEMPORARY_FAILURE": || past_a_hint(TEMPORARY_FAILURE, 0);
            "9 s later" => |lab| later(lab, 9 * S),
            "12 s later" => |lab| later(lab, 12 * S);
        "ACTIVE on 1, hold-down 1 s, 0 sent a COOKIE and then nothing": past_a_cookie;
            "4 s later" => |lab| later(lab, 4 * S),
            "5 s later" => |lab| later(lab, 5 * S);
        "CONNECTING to 2, 0 and 1 said BACKOFF_TIMER, 3 min": sent_away_by_two;
            "AUTH refused with TEMPORARY_FAILURE" => |lab| refusal_of(lab, 3, TEMPORARY_FAILURE, 0);
        "BACKOFF, 0 and 1 said BACKOFF_TIMER, 2 TEMPORARY_FAILURE": sent_away_by_all;
            "9 s later" => |lab| later(lab, 9 * S),
            "12 s later" => |lab| later(lab, 12 * S),
            "INITIATE" => |lab| said(lab, "INITIATE vpn");
        "ACTIVE on 0, which says BACKOFF_TIMER, 3 min": || up(applied(""), 1);
            "Lost: its DELETE" => |lab| {
                lab.feed(&IkeEvent::Hint { unique_id: 1, notify: BACKOFF_TIMER, data: THREE_MINUTES, protected: true });
                deleted(lab, 1)
            };
    ];
    let operators = rows![
        "STOPPED": || after(up(applied(""), 1), "TERMINATE vpn");
            "PIN 2" => |lab| said(lab, "PIN vpn 2");
        "STOPPED, pinned to 2": || after(after(up(applied(""), 1), "TERMINATE vpn"), "PIN vpn 2");
            "INITIATE" => |lab| said(lab, "INITIATE vpn");
        "CONNECTING to 0": || dialling(applied(""));
            "PIN 1" => |lab| said(lab, "PIN vpn 1"),
            "DRAIN 0" => |lab| said(lab, "DRAIN 10.0.0.1");
        "ACTIVE on 0": || up(applied(""), 1);
            "PIN 0" => |lab| said(lab, "PIN vpn 0"),
            "PIN 2" => |lab| said(lab, "PIN vpn 2"),
            "DRAIN 0" => |lab| said(lab, "DRAIN 10.0.0.1"),
            "DRAIN 1" => |lab| said(lab, "DRAIN 10.0.0.2");
        "ACTIVE on 2, pinned to it for 1 h": || moved(up(applied(""), 1), "PIN vpn 2 for 1h");
            "Lost" => |lab| lost(lab, 2),
            "59 min 59 s later" => |lab| later(lab, HOUR - S),
            "1 h 5 s later" => |lab| later(lab, HOUR + 5 * S),
            "UNPIN" => |lab| said(lab, "UNPIN vpn"),
            "UNPIN, and 5 s later" => |lab| { said(lab, "UNPIN vpn"); later(lab, 5 * S) };
        "ACTIVE on 2, pinned to it, `failback: off`": || moved(up(without_failback(""), 1), "PIN vpn 2");
            "UNPIN, and 1 h later" => |lab| { said(lab, "UNPIN vpn"); later(lab, HOUR) };
        "ACTIVE on 0, pinned to 2, which failed": pinned_elsewhere;
            "5 s later" => |lab| later(lab, 5 * S);
        "ACTIVE on 1, 0 is drained for 1 h": || moved(up(applied(""), 1), "DRAIN 10.0.0.1 for 1h");
            "Lost" => |lab| lost(lab, 2),
            "59 min 59 s later" => |lab| later(lab, HOUR - S),
            "1 h 5 s later" => |lab| later(lab, HOUR + 5 * S),
            "UNDRAIN 0" => |lab| said(lab, "UNDRAIN 10.0.0.1"),
            "UNDRAIN 0, and 5 s later" => |lab| { said(lab, "UNDRAIN 10.0.0.1"); later(lab, 5 * S) };
        "CONNECTING to 2, 1 failed, 0 is drained": all_but_the_drained;
            "It fails" => |lab| { lab.fail(3, Alert::InitUnreachable); lab.actions() };
        "ACTIVE on 0, which is drained, `failback: off`": left_on_the_drained;
            "5 s later" => |lab| later(lab, 5 * S);
        "MOVING from 1 to 0, switch": switching_back;
            "DRAIN 0" => |lab| said(lab, "DRAIN 10.0.0.1");
    ];
    let windows = rows![
        "ACTIVE on 1, Monday 12:00, `failback_window: mon-fri 02:00-04:00`": in_window_of_night;
            "13 h 59 min later" => |lab| later(lab, 14 * HOUR - MINUTE),
            "16 h later" => |lab| later(lab, 16 * HOUR),
            "Lost" => |lab| lost(lab, 2),
            "Switch(0)" => |lab| said(lab, "SWITCH vpn 0"),
            "PIN 0" => |lab| said(lab, "PIN vpn 0"),
            "DRAIN 1" => |lab| said(lab, "DRAIN 10.0.0.2");
        "ACTIVE on 1, the same window, the clock is not set": without_clock;
            "8 days later" => |lab| later(lab, 8 * DAY);
    ];
    let standby = rows![
        "ACTIVE on 0, `standby: ike`": with_standby;
            "9 s later" => |lab| later(lab, 9 * S),
            "10 s later" => |lab| later(lab, 10 * S);
        "ACTIVE on 0, a standby is dialled": being_dialled;
            "It is up" => |lab| { standby_up(lab, 2); lab.actions() },
            "It fails" => |lab| { lab.dial(2); lab.fail(2, Alert::InitUnreachable); lab.actions() },
            "Lost" => |lab| { lab.dial(2); lost(lab, 1) },
            "1 says: no childless IKE_SA" => |lab| { lab.dial(2); not_childless(lab, 2) };
        "ACTIVE on 0, the same, 1 has said so once": not_childless_once;
            "1 says: no childless IKE_SA" => |lab| not_childless(lab, 3);
        "ACTIVE on 0, a standby to 1 is up": standing_by;
            "Lost" => |lab| lost(lab, 1),
            "Lost: its DELETE, 5 s later" => |lab| { lab.now += 5 * S; deleted(lab, 1) },
            "The standby is lost" => |lab| lost(lab, 2),
            "The standby is lost, and 1 s later" => |lab| { lost(lab, 2); later(lab, S) },
            "The standby is ended by hand, and 1 h later" => |lab| {
                lab.delete(2, LOCAL_DELETE);
                lab.actions();
                later(lab, HOUR)
            },
            "Switch(1)" => |lab| said(lab, "SWITCH vpn 1"),
            "Switch(2)" => |lab| said(lab, "SWITCH vpn 2"),
            "Stop" => |lab| said(lab, "TERMINATE vpn"),
            "Routes: none" => |lab| { lab.routes(0); lab.actions() };
        "CONNECTING to 1 through the standby": || wanted(standing_by());
            "Its CHILD_SA is up" => |lab| { lab.child(2, true, FACTS); lab.actions() },
            "Its CHILD_SA is refused" => |lab| {
                lab.feed(&IkeEvent::Alert { unique_id: 2, alert: Alert::ChildFailed, child: "net" });
                lab.actions()
            },
            "Lost" => |lab| lost(lab, 2),
            "1 s without an answer" => unanswered;
        "ACTIVE on 1, a standby to 2 is up, 0 deleted soon after one came up": deleted_soon_again;
            "Lost: its DELETE" => |lab| deleted(lab, 2);
    ];
    let probes = rows![
        "ACTIVE on 0, `probe.action: report`": || probed("");
            "9.5 s without an answer of the target" => |lab| silent(lab, 9_500);
        "ACTIVE on 0, `probe.action: move`": || probed(MOVE);
            "9.5 s without an answer of the target" => |lab| silent(lab, 9_500),
            "1 h with answers" => |lab| later(lab, HOUR);
        "ACTIVE on 0, `probe.action: rekey`": || probed(r#","action":"rekey""#);
            "9.5 s without an answer of the target" => |lab| silent(lab, 9_500),
            "9.5 s without, and 20 s with answers" => |lab| { silent(lab, 9_500); later(lab, 20 * S) },
            "9.5 s without, and 1 min more" => |lab| { silent(lab, 9_500); silent(lab, MINUTE) };
        "ACTIVE on 2, `probe.action: move`, no answer through 0 and 1": probed_to_the_last;
            "9.5 s without an answer of the target" => |lab| silent(lab, 9_500),
            "1 min without, and 20 s with answers" => |lab| { silent(lab, MINUTE); later(lab, 20 * S) };
    ];
    order.into_iter().chain(hints).chain(operators).chain(windows).chain(standby).chain(probes).collect()
}

const HASH: &str = r#","order":"hash""#;
const WEIGHTED: &str = r#","order":"hash","weights":[1,1,255]"#;
const PREFERRED: &str = r#","order":"hash","preferences":[2,1,1]"#;

/// On SEGW 1, whose answers take so long; those of SEGW 0, which was lost, took that long.
fn by_rtt(first: u32, second: u32) -> Lab {
    let mut lab = up(applied(r#","order":"rtt""#), 1);
    lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: Some(first) });
    lab.now = MINUTE;
    lab.lose(1);
    let mut lab = up(lab, 2);
    lab.feed(&IkeEvent::Heard { unique_id: 2, answer_ms: Some(second) });
    lab
}

fn refusal(lab: &mut Lab, notify: u16, data: u8) -> Vec<String> {
    refusal_of(lab, 1, notify, data)
}

fn refusal_of(lab: &mut Lab, unique_id: u32, notify: u16, data: u8) -> Vec<String> {
    refused(lab, unique_id, notify, data);
    lab.actions()
}

fn sent_away_by_two() -> Lab {
    let mut lab = applied("");
    for unique_id in 1..3 {
        refused(&mut lab, unique_id, BACKOFF_TIMER, THREE_MINUTES);
    }
    lab
}

fn sent_away_by_all() -> Lab {
    let mut lab = sent_away_by_two();
    refused(&mut lab, 3, TEMPORARY_FAILURE, 0);
    lab
}

fn dialling(mut lab: Lab) -> Lab {
    lab.dial(1);
    lab
}

fn pinned_elsewhere() -> Lab {
    let mut lab = moved(up(applied(""), 1), "PIN vpn 2");
    lab.lose(2);
    up(lab, 3)
}

fn all_but_the_drained() -> Lab {
    let mut lab = moved(up(applied(""), 1), "DRAIN 10.0.0.1");
    lab.lose(2);
    lab.dial(3);
    lab
}

fn left_on_the_drained() -> Lab {
    let mut lab = after(up(without_failback(""), 1), "DRAIN 10.0.0.1");
    lab.dial_fails(2, Alert::InitUnreachable);
    lab
}

fn switching_back() -> Lab {
    let mut lab = after(past_a_dead_one(applied("")), "SWITCH vpn 0");
    lab.dial(3);
    lab
}

fn being_dialled() -> Lab {
    let mut lab = with_standby();
    assert_eq!(later(&mut lab, MINUTE), ["stand by 1"]);
    lab
}

fn wanted(mut lab: Lab) -> Lab {
    lost(&mut lab, 1);
    lab
}

/// A second in which the SEGW of what took the place of a dial says nothing.
fn unanswered(lab: &mut Lab) -> Vec<String> {
    let (until, mut done) = (lab.now + S, Vec::new());
    while lab.due().is_some_and(|at| at <= until) {
        lab.pass();
        done.extend(lab.actions().into_iter().filter(|it| !it.starts_with("probe")));
    }
    done
}

pub fn table() -> String {
    let mut table = HEAD.to_owned();
    for row in rows() {
        let mut lab = (row.given)();
        let _ = (lab.actions(), lab.told());
        let before = lab.engine.state("vpn").map(|state| place(&state)).unwrap_or_default();
        let mut sas = lab.ike_sas();
        let asked = (row.then)(&mut lab);
        sas.extend(lab.ike_sas());
        let (next, told) = (place(&lab.state()), told(&mut lab));
        let rest = if next == before && asked.is_empty() && told.is_empty() {
            "nothing | |".to_owned()
        } else {
            format!("{next} | {} | {told}", in_words(&asked, &sas))
        };
        writeln!(table, "| {} | {} | {rest} |", row.situation, row.input).expect("a String grows");
    }
    table
}
