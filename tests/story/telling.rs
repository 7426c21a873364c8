//! What `STATUS` and `HISTORY` tell of an outage: since when, why, what next and why not sooner, silent or refused.

use segw::charon::{Alert, IkeEvent};
use segw::ike::IkeState;
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
    assert_eq!(next(&mut lab), "waits for 10.0.0.1 for 15s (connect_timeout)");
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
