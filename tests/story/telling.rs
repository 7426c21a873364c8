//! What `STATUS` and `HISTORY` tell of an outage: since when, why, what next and why not sooner, silent or refused.

use segw::charon::{Alert, IkeEvent};
use segw::ike::IkeState;
use segw::outside::{Outside, Traffic};
use segw::policy::{PROBE, Policy, SETTINGS};
use segw::time::Instant;
use serde_json::{Value, json};

use crate::lab::{FACTS, Lab, THREE, TWO};

/// The connection in the reply to a request.
fn told(lab: &mut Lab, request: &str) -> Value {
    let (ok, reply) = lab.request(request);
    assert!(ok, "{reply}");
    let reply: Value = serde_json::from_str(&reply).unwrap();
    reply["connections"][0].clone()
}

fn next(lab: &mut Lab) -> String {
    let status = told(lab, "STATUS vpn");
    assert_eq!(status["next"]["at_ms"], status["retry_at_ms"], "{status}");
    status["next"]["text"].as_str().unwrap().to_owned()
}

/// The records: kind, cause, detail, count.
fn history(lab: &mut Lab) -> Vec<[Value; 4]> {
    let history = told(lab, "HISTORY vpn");
    let records = history["records"].as_array().unwrap();
    records.iter().map(|it| ["kind", "cause", "detail", "count"].map(|key| it[key].clone())).collect()
}

#[test]
fn one_outage_is_one_loss_and_its_beginning_stays_in_the_history() {
    let mut lab = Lab::applied(TWO, r#"{"jitter_pct":0,"liveness_interval_ms":1000}"#);
    lab.connect(1);
    lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
    assert_eq!(told(&mut lab, "STATUS vpn")["up_since_ms"], 0);
    let silence = lab.silence();
    assert_eq!(silence.first().map(String::as_str), Some("end 1"));
    let lost_at = lab.now;
    let mut ids = 2..;
    // Until the morning.
    while lab.now < 8 * 3_600_000 {
        if lab.dialled().is_some() {
            lab.dial_fails(ids.next().unwrap(), Alert::InitUnreachable);
        } else {
            lab.pass();
        }
    }
    let status = told(&mut lab, "STATUS vpn");
    assert_eq!((&status["down_since_ms"], &status["since_ms"]), (&json!(lost_at), &json!(lost_at)), "{status}");
    assert_eq!((&status["up_since_ms"], &status["failovers"]), (&Value::Null, &json!(1)), "{status}");
    let lost = &status["lost"];
    assert_eq!((&lost["segw"], &lost["cause"]), (&json!(0), &json!("LIVENESS")), "{status}");
    assert_eq!(
        (&lost["time_ms"], &lost["silent_ms"]),
        (&json!(lost_at), &json!(lost_at)),
        "nothing was heard since 0: {status}"
    );
    assert_eq!(status["segws"][1]["last_detail"], "NO_ANSWER_TO_IKE_SA_INIT");
    let history = history(&mut lab);
    let kinds: Vec<&str> = history.iter().map(|[kind, ..]| kind.as_str().unwrap()).collect();
    assert_eq!(kinds[..5], ["START", "UP", "FAILOVER", "BACKOFF", "BACKOFF"], "{history:?}");
    assert!(history.len() <= 6, "{history:?}");
    assert_eq!(history[2][1], "LIVENESS");
    let [rounds, round] = [&history[4][3], &status["round"]];
    assert!(rounds == round && rounds.as_u64().unwrap() > 400, "{history:?} {status}");
    assert!(next(&mut lab).starts_with("waits for 10.0.0.1 for "), "{}", next(&mut lab));
}

#[test]
fn silent_or_refused_and_by_whom() {
    type Story = fn(&mut Lab);
    let rows: [(Story, &str, Value); 9] = [
        (|lab| lab.fail(1, Alert::InitUnreachable), "INIT_UNREACHABLE", json!("NO_ANSWER_TO_IKE_SA_INIT")),
        (
            |lab| {
                lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
                lab.fail(1, Alert::InitUnreachable);
            },
            "INIT_UNREACHABLE",
            json!("NO_ANSWER_TO_IKE_AUTH"),
        ),
        (
            // COOKIE was answered, IKE_SA_INIT with it was not.
            |lab| {
                lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
                lab.becomes(1, IkeState::Created, FACTS);
                lab.becomes(1, IkeState::Connecting, FACTS);
                lab.fail(1, Alert::InitUnreachable);
            },
            "INIT_UNREACHABLE",
            json!("NO_ANSWER_TO_IKE_SA_INIT"),
        ),
        (
            |lab| {
                lab.feed(&IkeEvent::Heard { unique_id: 1, answer_ms: None });
                lab.pass();
            },
            "CONNECT_TIMEOUT",
            json!("NO_ANSWER_TO_IKE_AUTH"),
        ),
        (
            |lab| {
                lab.becomes(1, IkeState::Established, FACTS);
                lab.pass();
            },
            "CONNECT_TIMEOUT",
            json!("NO_CHILD_SA"),
        ),
        (
            |lab| {
                lab.feed(&IkeEvent::Notify { unique_id: 1, notify: 24 });
                lab.fail(1, Alert::LocalAuthFailed);
            },
            "AUTH_FAILED",
            json!("SEGW_AUTHENTICATION_FAILED"),
        ),
        (|lab| lab.fail(1, Alert::LocalAuthFailed), "AUTH_FAILED", json!("HERE_NO_CREDENTIALS")),
        (
            |lab| {
                lab.alert(1, Alert::CertUntrusted);
                lab.fail(1, Alert::PeerAuthFailed);
            },
            "AUTH_FAILED",
            json!("HERE_CERT_UNTRUSTED"),
        ),
        (
            |lab| {
                lab.feed(&IkeEvent::Notify { unique_id: 1, notify: 14 });
                lab.fail(1, Alert::ProposalMismatch);
            },
            "NO_PROPOSAL",
            json!("SEGW_NO_PROPOSAL_CHOSEN"),
        ),
    ];
    for (story, cause, detail) in rows {
        let mut lab = Lab::applied(TWO, "{}");
        lab.dial(1);
        story(&mut lab);
        let last = history(&mut lab).pop().unwrap();
        assert_eq!((&last[0], &last[1], &last[2]), (&json!("FAILOVER"), &json!(cause), &detail));
        let segw = &told(&mut lab, "STATUS vpn")["segws"][0];
        assert_eq!((&segw["last_cause"], &segw["last_detail"]), (&json!(cause), &detail));
        let events = lab.told();
        assert!(events.contains(&format!(r#""cause":"{cause}","detail":{detail},"#)), "{events}");
        // It is of that dial: the next failure is told for itself.
        lab.pass();
        let last = history(&mut lab).pop().unwrap();
        assert_eq!((&last[1], &last[2]), (&json!("CONNECT_TIMEOUT"), &Value::Null), "no IKE_SA was made for it");
    }
}

#[test]
fn what_comes_next_and_why_not_sooner() {
    let mut lab =
        Lab::applied(TWO, r#"{"failback":"hold_down","hold_down_ms":1000,"jitter_pct":0,"liveness_interval_ms":0}"#);
    assert_eq!(next(&mut lab), "waits for 10.0.0.1 for 4.0s (not up yet)");
    lab.dial_fails(1, Alert::LocalAuthFailed);
    lab.connect(2);
    assert_eq!(next(&mut lab), "back to 10.0.0.1 in 1.0s (hold_down)");
    lab.pass();
    assert_eq!(next(&mut lab), "moves to 10.0.0.1 if it comes up within 15s (failback)");
    lab.dial_fails(3, Alert::LocalAuthFailed);
    // Barred for five minutes: the timer is that of the move, not of the hold-down before it.
    assert_eq!(next(&mut lab), "back to 10.0.0.1 in 5m00s (barred: AUTH_FAILED)");
    let since = told(&mut lab, "STATUS vpn")["up_since_ms"].clone();
    let due = lab.now + 300_000;
    lab.pass();
    assert_eq!((lab.now, lab.dialled_beside()), (due, Some(0)), "not in vain");
    lab.dial_fails(4, Alert::InitUnreachable);
    let status = told(&mut lab, "STATUS vpn");
    assert_eq!((&status["up_since_ms"], &status["since_ms"]), (&since, &since), "a failed failback moves nothing");
    assert!(lab.request("SWITCH vpn 0").0);
    assert_eq!(next(&mut lab), "moves to 10.0.0.1 if it comes up within 15s (switch)");
    lab.connect(5);
    assert_eq!(next(&mut lab), "stays here (the most preferred)");
    assert_eq!(told(&mut lab, "STATUS vpn")["up_since_ms"], since, "it was up all the time");
    lab.routes(0b00);
    assert_eq!(next(&mut lab), "goes on with 10.0.0.1 when there is a route (no route)");
    assert!(lab.request("TERMINATE vpn").0);
    assert_eq!(next(&mut lab), "nothing until somebody asks (stopped)");
}

#[test]
fn what_comes_next_in_an_outage() {
    let mut lab = Lab::applied(TWO, r#"{"jitter_pct":0,"max_rounds":2}"#);
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.dial_fails(2, Alert::InitUnreachable);
    assert_eq!(next(&mut lab), "dials 10.0.0.1 in 1.0s (backoff after round 1)");
    lab.pass();
    lab.dial_fails(3, Alert::InitUnreachable);
    lab.dial_fails(4, Alert::InitUnreachable);
    assert_eq!(next(&mut lab), "dials 10.0.0.1 in 1h00m (exhausted)");
    let mut lab = Lab::applied(TWO, r#"{"on_refusal":"stay","jitter_pct":0}"#);
    lab.dial_fails(1, Alert::ProposalMismatch);
    assert_eq!(next(&mut lab), "dials 10.0.0.1 in 1.0s (refused, on_refusal stay)");
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial_fails(1, Alert::InitUnreachable);
    lab.connect(2);
    assert_eq!(next(&mut lab), "stays here (failback off)");
}

#[test]
fn a_failback_goes_to_the_best_that_is_not_barred() {
    let mut lab = Lab::applied(THREE, r#"{"failback":"hold_down","hold_down_ms":1000,"liveness_interval_ms":0}"#);
    lab.dial_fails(1, Alert::LocalAuthFailed);
    lab.dial_fails(2, Alert::InitUnreachable);
    lab.connect(3);
    lab.pass();
    lab.dial_fails(4, Alert::LocalAuthFailed);
    assert_eq!(lab.dialled_beside(), Some(1));
    lab.dial_fails(5, Alert::InitUnreachable);
    assert_eq!(next(&mut lab), "back to 10.0.0.2 in 1.0s (hold_down)");
}

/// What `EXPLAIN` says, with the wall clock at noon and these packets.
fn explained(lab: &mut Lab, packets: u64) -> Value {
    let flow = Traffic { packets_in: packets, packets_out: 7, heard_at: Some(Instant(lab.now)), ..Traffic::default() };
    let outside = Outside { unix_ms: Some(1_795_780_800_000), traffic: &|_, _| Some(flow) };
    let mut reply = vec![0; 65_536];
    let answer = lab.engine.command_with(Instant(lab.now), &outside, b"EXPLAIN vpn", &mut reply).unwrap();
    let reply: Value = serde_json::from_slice(&reply[..answer.len]).unwrap();
    assert_eq!((&reply["reply"], &reply["ok"]), (&json!("EXPLAIN"), &json!(true)));
    reply
}

#[test]
fn explain_tells_a_night_in_a_paragraph() {
    let mut lab =
        Lab::applied(TWO, r#"{"failback":"hold_down","hold_down_ms":60000,"jitter_pct":0,"liveness_interval_ms":0}"#);
    lab.connect(1);
    lab.now = 3_600_000;
    lab.lose(1);
    lab.feed(&IkeEvent::Notify { unique_id: 2, notify: 24 });
    lab.dial(2);
    lab.feed(&IkeEvent::Notify { unique_id: 2, notify: 24 });
    lab.fail(2, Alert::LocalAuthFailed);
    let told = explained(&mut lab, 0);
    let text = told["text"].as_str().unwrap();
    let expected = "vpn is down since 2026-11-27 12:00:00 UTC (0.0s ago): every SEGW failed, rounds: 1. \
         10.0.0.1 was lost 2026-11-27 12:00:00 UTC (0.0s ago): RETRANSMIT_TIMEOUT. \
         10.0.0.1 failed: RETRANSMIT_TIMEOUT, failures: 1. \
         10.0.0.2 failed: AUTH_FAILED, SEGW_AUTHENTICATION_FAILED, failures: 1. \
         Something answers, so the network here works. \
         Next: dials 10.0.0.1 in 1.0s (backoff after round 1). \
         SWITCH to 10.0.0.1 would dial it at once. SWITCH to 10.0.0.2 would dial it at once.";
    assert_eq!(text, expected);
    assert_eq!(told["connections"][0]["state"], "BACKOFF");
    assert_eq!(told["switch"], json!([{"segw": 0, "would": "DIAL"}, {"segw": 1, "would": "DIAL"}]));
    lab.pass();
    lab.dial_fails(3, Alert::InitUnreachable);
    lab.connect(4);
    lab.now += 30_000;
    let told = explained(&mut lab, 5);
    let text = told["text"].as_str().unwrap();
    for part in [
        "vpn is up on 10.0.0.2 since 2026-11-27 11:59:30 UTC (30s ago).",
        " CHILD_SA net is up, packets in: 5, out: 7, the last came in 0.0s ago.",
        " 10.0.0.1 failed: INIT_UNREACHABLE, NO_ANSWER_TO_IKE_SA_INIT, failures: 2.",
        " Next: back to 10.0.0.1 in 30s (hold_down).",
        " SWITCH to 10.0.0.1 would try it, and move without a gap if it comes up.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("SWITCH to 10.0.0.2"), "{text}");
    lab.routes(0b00);
    let told = explained(&mut lab, 5);
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("(0.0s ago): this host has no route to any SEGW."), "{text}");
    assert_eq!(told["switch"][0]["would"], "WAIT");
    assert!(!lab.request("EXPLAIN").0 && !lab.request("EXPLAIN nobody").0);
}

#[test]
fn when_not_one_segw_answers_it_may_be_the_network_here() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial_fails(1, Alert::InitUnreachable);
    let told = explained(&mut lab, 0);
    assert!(!told["text"].as_str().unwrap().contains("network here"), "one is not asked yet: {told}");
    lab.dial_fails(2, Alert::InitUnreachable);
    let told = explained(&mut lab, 0);
    assert!(told["text"].as_str().unwrap().contains(" Not one SEGW answers: this may be the network here."), "{told}");
}

/// A setting in the reply to `POLICY`.
fn setting(lab: &mut Lab, key: &str) -> Value {
    let policy = told(lab, "POLICY vpn");
    let settings = policy["settings"].as_array().unwrap();
    settings.iter().find(|it| it["key"] == key).unwrap().clone()
}

#[test]
fn policy_tells_every_tunable_and_where_it_was_set() {
    let mut lab = Lab::applied(TWO, r#"{"failback":"hold_down","hold_down_ms":"5m"}"#);
    let policy = told(&mut lab, "POLICY");
    let keys: Vec<&str> = policy["settings"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect();
    let all = SETTINGS.iter().map(|(key, _)| (*key).to_owned());
    let probe = PROBE.iter().map(|(key, _)| format!("probe.{key}"));
    assert_eq!(keys, all.chain(probe).collect::<Vec<_>>());
    let path = "failover.failback";
    assert_eq!(
        setting(&mut lab, "failback"),
        json!({"key":"failback","value":"hold_down","unit":null,"default":"off","set_in":"APPLY_CONFIG","path":path})
    );
    assert_eq!(
        setting(&mut lab, "jitter_pct"),
        json!({"key":"jitter_pct","value":50,"unit":"%","default":50,"set_in":null,"path":null})
    );
    // Set, though it is the default.
    let hold_down = setting(&mut lab, "hold_down_ms");
    assert_eq!((&hold_down["value"], &hold_down["unit"]), (&json!(300_000), &json!("ms")));
    assert_eq!(hold_down["set_in"], "APPLY_CONFIG");
    let mut lab = Lab::new();
    let mut policy = Policy::DEFAULT;
    policy.set("max_rounds", "3").unwrap();
    policy.set("jitter_pct", "20").unwrap();
    policy.set_own("jitter_pct", "10").unwrap();
    assert!(policy.set_own("jitter_pct", "x").is_err());
    assert_eq!(lab.engine.adopt(Instant(0), "vpn", TWO, 1, policy), Ok(true));
    let max_rounds = setting(&mut lab, "max_rounds");
    assert_eq!(
        (&max_rounds["set_in"], &max_rounds["path"]),
        (&json!("strongswan.conf"), &json!("failover.max_rounds"))
    );
    let jitter = setting(&mut lab, "jitter_pct");
    assert_eq!((&jitter["value"], &jitter["path"]), (&json!(10), &json!("connections.vpn.jitter_pct")));
}

#[test]
fn a_pause_before_a_failover_is_no_round() {
    let mut lab = Lab::applied(TWO, r#"{"spread_ms":60000,"jitter_pct":0}"#);
    lab.connect(1);
    lab.now = 60_000;
    lab.lose(1);
    let text = next(&mut lab);
    assert!(text.starts_with("dials 10.0.0.2 in ") && text.ends_with(" (spread)"), "{text}");
    assert_eq!(history(&mut lab).pop().unwrap()[3], 0, "no round has failed");
}

/// Every request that names a connection is told which one was probably meant.
#[test]
fn a_name_that_is_misspelled_is_told_the_right_one() {
    let mut lab = Lab::applied(TWO, "{}");
    for request in [
        "STATUS vpm",
        "HISTORY vpm",
        "POLICY vpm",
        "EXPLAIN vpm",
        "RESET_COUNTERS vpm",
        "INITIATE vpm",
        "TERMINATE vpm",
        "START_DPD vpm",
        "REMOVE_CONFIG vpm",
        "SWITCH vpm next",
    ] {
        let (ok, reply) = lab.request(request);
        assert!(
            !ok && reply.contains(r#"there is no connection of that name; did you mean \"vpn\"?"#),
            "{request}: {reply}"
        );
    }
    assert!(lab.request("STATUS colour").1.contains(r#""there is no connection of that name""#));
}

#[test]
fn counters_that_are_reset_begin_anew_and_nothing_else_does() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.lose(1);
    lab.connect(2);
    let counted = |lab: &mut Lab| {
        let status = lab.status();
        let zeros = |key: &str| status.matches(&format!(r#""{key}":0"#)).count();
        (
            zeros("failovers"),
            zeros("successes"),
            zeros("failures"),
            status.contains(r#""causes":{"RETRANSMIT_TIMEOUT":1}"#),
        )
    };
    assert_eq!(counted(&mut lab), (0, 0, 1, true));
    assert!(lab.request("RESET_COUNTERS vpn").0);
    assert_eq!(counted(&mut lab), (1, 2, 2, false));
    assert_eq!((lab.active(), lab.actions()), (Some(1), Vec::<String>::new()), "it goes on where it is");
}
