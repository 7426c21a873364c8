//! Every pair of state and input: what the decision machine does, as the table `src/failover.md` that the documentation
//! shows, and behind it what a whole connection does. `SEGW_BLESS=1` writes it anew; read the difference before you commit it.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "story/lab.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod lab;
#[path = "decision/situations.rs"]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod situations;

use std::fmt::Write as _;
use std::path::Path;

use segw::cause::Cause;
use segw::failover::{Action, Ask, End, Failures, Input, Move, Promote, Report, Stage, State, World};
use segw::ike::{Facts, IkeSa, IkeState, Role, Verdict};
use segw::limits::SEGW_CAP;
use segw::policy::{Failback, OnRefusal, Order, Policy};
use segw::ranks::Ranks;
use segw::segw::SegwSet;
use segw::time::Instant;

/// The time of every input; what is due is due now.
const NOW: Instant = Instant(1_000_000);
/// Long enough ago to be stable.
const LONG_AGO: Instant = Instant(0);
/// Not long enough ago.
const JUST_NOW: Instant = Instant(999_999);

const POLICY: Policy = Policy { failback: Failback::HoldDown, jitter_pct: 0, ..Policy::DEFAULT };
const FRESH: Failures = Failures {
    failed: SegwSet::EMPTY,
    flapped: SegwSet::EMPTY,
    blamed: false,
    round: 0,
    relapses: 0,
    hurried: false,
    heard: false,
    patient: false,
};

fn world(policy: &Policy) -> World<'_> {
    World {
        now: NOW,
        segws: 3,
        ranks: Ranks::new(3, None, SegwSet::EMPTY),
        barred: SegwSet::EMPTY,
        unbarred_first: 0,
        resting: SegwSet::EMPTY,
        open: true,
        rested_at: None,
        better_at: None,
        more: SegwSet::EMPTY,
        patience_ms: [0; SEGW_CAP],
        redials: SegwSet::EMPTY,
        policy,
        random: 0,
    }
}

fn states() -> Vec<(&'static str, State)> {
    let two_failed = Failures { failed: SegwSet::EMPTY.with(0).with(1), round: 1, ..FRESH };
    let flapped = Failures { failed: SegwSet::EMPTY.with(0), flapped: SegwSet::EMPTY.with(0), round: 1, ..FRESH };
    let moving = |why| State::Moving { from: 1, since: LONG_AGO, to: 0, why, failures: FRESH, give_up_at: Some(NOW) };
    let hold = |stage, kept| State::Hold { segw: 0, switch_to: None, failures: FRESH, kept, stage, at: NOW };
    vec![
        ("IDLE", State::Idle),
        ("STOPPED", State::Stopped),
        ("CONNECTING to 0", State::Connecting { segw: 0, failures: FRESH, give_up_at: Some(NOW) }),
        (
            "CONNECTING to 2, the last of its round",
            State::Connecting { segw: 2, failures: two_failed, give_up_at: Some(NOW) },
        ),
        ("ACTIVE on 0, stable", State::Active { segw: 0, since: LONG_AGO, failures: flapped, failback_at: None }),
        ("ACTIVE on 1, stable", State::Active { segw: 1, since: LONG_AGO, failures: FRESH, failback_at: Some(NOW) }),
        (
            "ACTIVE on 1, not stable yet, 0 flapped",
            State::Active { segw: 1, since: JUST_NOW, failures: flapped, failback_at: None },
        ),
        ("MOVING from 1 to 0, failback", moving(Move::Failback)),
        ("MOVING from 1 to 0, switch", moving(Move::Switch)),
        ("BACKOFF", State::Backoff { failures: Failures { round: 1, ..FRESH }, retry_at: NOW, stay: None }),
        ("BACKOFF, refused by 1, on_refusal stay", State::Backoff { failures: FRESH, retry_at: NOW, stay: Some(1) }),
        ("HOLD on 0, its dial found no route", hold(Stage::Asked, None)),
        ("HOLD on 0, no route", hold(Stage::Down, None)),
        ("HOLD on 0, no route, IKE_SA kept", hold(Stage::Down, Some(LONG_AGO))),
        ("HOLD on 0, a route again, IKE_SA probed", hold(Stage::Probing(1), Some(LONG_AGO))),
        ("HOLD on 0, asked for the last time", hold(Stage::Probing(0), Some(LONG_AGO))),
        ("EXHAUSTED", State::Exhausted { retry_at: Some(NOW) }),
    ]
}

fn inputs() -> Vec<(&'static str, Input)> {
    vec![
        ("Start", Input::Start),
        ("Resume(1)", Input::Resume(1)),
        ("Stop", Input::Stop),
        ("LaidDown", Input::LaidDown),
        ("Switch(0)", Input::Switch(0)),
        ("Switch(1)", Input::Switch(1)),
        ("Switch(2)", Input::Switch(2)),
        ("Dialled(1)", Input::Dialled(1)),
        ("Up(0)", Input::Up(0)),
        ("Up(1)", Input::Up(1)),
        ("Lost", Input::Lost(Cause::PeerDeleted)),
        ("Redialled(1)", Input::Redialled(1)),
        ("TrialUp", Input::TrialUp),
        ("Lost: no route", Input::Lost(Cause::NoRoute)),
        ("TrialLost", Input::TrialLost(Cause::AuthFailed)),
        ("Routes: none", Input::Routes(SegwSet::EMPTY)),
        ("Routes: to 1", Input::Routes(SegwSet::EMPTY.with(1))),
        ("Routes: to 0 and 1", Input::Routes(SegwSet::EMPTY.with(0).with(1))),
        ("Heard", Input::Heard),
        ("Timeout", Input::Timeout),
    ]
}

fn place(state: &State) -> String {
    match *state {
        State::Connecting { segw, .. } | State::Active { segw, .. } => format!("{} {segw}", state.name()),
        State::Moving { from, to, .. } => format!("{} {from} to {to}", state.name()),
        State::Backoff { retry_at, .. } => format!("{} {} ms", state.name(), retry_at.since(NOW)),
        State::Hold { segw, switch_to, kept, stage, .. } => {
            let kept = if kept.is_some() { ", IKE_SA kept" } else { "" };
            let then = switch_to.map_or_else(String::new, |to| format!(", then {to}"));
            format!("{} on {segw}, {stage:?}{kept}{then}", state.name())
        }
        _ => state.name().to_owned(),
    }
}

fn done_to_sas(action: &Action) -> String {
    let mut done = Vec::new();
    match action.promote {
        Promote::Nothing => (),
        Promote::Trial => done.push("promote the trial".to_owned()),
    }
    match action.end {
        End::Nothing => (),
        End::Main => done.push("end the main IKE_SA".to_owned()),
        End::Trial => done.push("end the trial".to_owned()),
        End::All => done.push("end all".to_owned()),
    }
    if let Some(segw) = action.dial {
        done.push(format!("dial {segw}"));
    }
    match action.ask {
        Ask::Nothing => (),
        Ask::Routes => done.push("ask for the routes".to_owned()),
        Ask::Life => done.push("probe the main IKE_SA".to_owned()),
        Ask::Traffic => done.push("see whether traffic comes in".to_owned()),
    }
    done.join(", ")
}

fn told(action: &Action) -> &'static str {
    match action.report {
        None => "",
        Some(Report::Start { .. }) => "start",
        Some(Report::Up { .. }) => "up",
        Some(Report::Failover { .. }) => "failover",
        Some(Report::Moved { why: Move::Failback, .. }) => "failback",
        Some(Report::Moved { why: Move::Switch, .. }) => "switch",
        Some(Report::MoveFailed { .. }) => "move failed",
        Some(Report::Backoff { .. }) => "backoff",
        Some(Report::Exhausted { .. }) => "exhausted",
        Some(Report::Address { .. }) => "next address",
        Some(Report::Hold { .. }) => "hold",
        Some(Report::Resumed { .. }) => "resumed",
        Some(Report::Stop) => "stop",
    }
}

fn table() -> String {
    let mut table = String::from(
        "Three SEGWs, failback after the hold-down, default policy without jitter; what is due is due now.\n\n\
         | state | input | next state | IKE_SAs | told |\n|---|---|---|---|---|\n",
    );
    for (state_name, state) in states() {
        for (input_name, input) in inputs() {
            let (next, action) = state.step(input, &world(&POLICY));
            let row = if next == state && action == Action::default() {
                "nothing | |".to_owned()
            } else {
                format!("{} | {} | {}", place(&next), done_to_sas(&action), told(&action))
            };
            writeln!(table, "| {state_name} | {input_name} | {row} |").expect("a String grows");
        }
    }
    table
}

#[test]
fn the_documented_table_is_what_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/failover.md");
    let fresh = table() + &situations::table();
    if std::env::var_os("SEGW_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("src/failover.md");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (committed, fresh)) in committed.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(committed, fresh, "src/failover.md:{}; run: tests/run rust --bless", number + 1);
    }
    assert_eq!(committed.lines().count(), fresh.lines().count());
}

#[test]
fn nothing_is_done_before_its_time() {
    let later = |at: Instant| Some(at.after(1));
    for state in [
        State::Connecting { segw: 0, failures: FRESH, give_up_at: later(NOW) },
        State::Connecting { segw: 0, failures: FRESH, give_up_at: None },
        State::Active { segw: 1, since: LONG_AGO, failures: FRESH, failback_at: later(NOW) },
        State::Moving { from: 1, since: LONG_AGO, to: 0, why: Move::Failback, failures: FRESH, give_up_at: later(NOW) },
        State::Backoff { failures: FRESH, retry_at: NOW.after(1), stay: None },
        State::Hold { segw: 0, switch_to: None, failures: FRESH, kept: None, stage: Stage::Down, at: NOW.after(1) },
        State::Exhausted { retry_at: later(NOW) },
        State::Exhausted { retry_at: None },
    ] {
        assert_eq!(state.step(Input::Timeout, &world(&POLICY)), (state, Action::default()), "{state:?}");
    }
}

#[test]
fn a_barred_segw_is_passed_over_while_another_may_be_dialled() {
    let barred = |set| World { barred: set, unbarred_first: 1, ..world(&POLICY) };
    let connecting = State::Connecting { segw: 0, failures: FRESH, give_up_at: None };
    let (_, action) = connecting.step(Input::Lost(Cause::AuthFailed), &barred(SegwSet::EMPTY.with(0).with(1)));
    assert_eq!(action.dial, Some(2));
    // With all barred the pause is that of any round, and the one that has been so for longest is asked.
    let all = SegwSet::EMPTY.with(0).with(1).with(2);
    let (state, action) = connecting.step(Input::Lost(Cause::AuthFailed), &barred(all));
    assert_eq!(action.dial, None);
    assert_eq!(state.poll_at(), Some(NOW.after(POLICY.backoff_initial_ms)));
    let later = World { now: NOW.after(POLICY.backoff_initial_ms), ..barred(all) };
    assert_eq!(state.step(Input::Timeout, &later).1.dial, Some(1));
    assert_eq!(State::Idle.step(Input::Start, &barred(all)).1.dial, Some(1));
}

#[test]
fn a_failback_waits_for_the_end_of_the_penalty_and_no_longer() {
    let until = NOW.after(7_000);
    let barred = World { barred: SegwSet::EMPTY.with(0), better_at: Some(until), ..world(&POLICY) };
    let active = State::Active { segw: 1, since: LONG_AGO, failures: FRESH, failback_at: Some(NOW) };
    let (state, action) = active.step(Input::Timeout, &barred);
    assert_eq!((state.poll_at(), action), (Some(until), Action::default()));
    let (state, _) = state.step(Input::Timeout, &World { now: until, ..world(&POLICY) });
    assert!(matches!(state, State::Moving { to: 0, why: Move::Failback, .. }), "{state:?}");
}

#[test]
fn a_round_of_own_faults_is_not_counted_and_its_pause_stays_short() {
    let policy = Policy { max_rounds: 1, ..POLICY };
    let mut state = State::Connecting { segw: 0, failures: Failures { round: 7, ..FRESH }, give_up_at: None };
    for cause in [Cause::AddrFailed, Cause::CertDates, Cause::InstallFailed] {
        state = state.step(Input::Lost(cause), &world(&policy)).0;
    }
    assert_eq!(
        state,
        State::Backoff { failures: Failures { round: 7, ..FRESH }, retry_at: NOW.after(2_000), stay: None }
    );
    // One SEGW that did not answer is enough for an ordinary pause.
    let mut state = State::Connecting { segw: 0, failures: Failures { round: 2, ..FRESH }, give_up_at: None };
    for cause in [Cause::AddrFailed, Cause::InitUnreachable, Cause::CertDates] {
        state = state.step(Input::Lost(cause), &world(&POLICY)).0;
    }
    assert_eq!(
        state,
        State::Backoff { failures: Failures { round: 3, ..FRESH }, retry_at: NOW.after(4_000), stay: None }
    );
}

#[test]
fn what_our_charon_lacks_blames_nobody_and_its_pause_grows() {
    let policy = Policy { max_rounds: 1, ..POLICY };
    let mut state = State::Connecting { segw: 0, failures: Failures { round: 2, ..FRESH }, give_up_at: None };
    for _ in 0..3 {
        state = state.step(Input::Lost(Cause::Lacking), &world(&policy)).0;
    }
    assert_eq!(
        state,
        State::Backoff { failures: Failures { round: 3, ..FRESH }, retry_at: NOW.after(4_000), stay: None }
    );
}

#[test]
fn refusals_that_anybody_could_forge_do_not_exhaust_a_connection_at_once() {
    let policy = Policy { max_rounds: 1, ..POLICY };
    let last = |cause| {
        let failures = Failures { failed: SegwSet::EMPTY.with(0).with(1), ..FRESH };
        State::Connecting { segw: 2, failures, give_up_at: None }.step(Input::Lost(cause), &world(&policy)).0
    };
    assert!(matches!(last(Cause::InitUnreachable), State::Exhausted { .. }));
    let State::Backoff { failures, .. } = last(Cause::NoProposal) else { panic!("exhausted by one forged packet") };
    let failures = Failures { failed: SegwSet::EMPTY.with(0).with(1), ..failures };
    let again = State::Connecting { segw: 2, failures, give_up_at: None };
    assert!(matches!(again.step(Input::Lost(Cause::NoProposal), &world(&policy)).0, State::Exhausted { .. }));
}

#[test]
fn a_switch_asked_for_on_hold_keeps_what_is_there_until_the_network_is_back() {
    let held = State::Hold {
        segw: 1,
        switch_to: None,
        failures: FRESH,
        kept: Some(LONG_AGO),
        stage: Stage::Down,
        at: NOW.after(1),
    };
    let (held, action) = held.step(Input::Switch(0), &world(&POLICY));
    assert_eq!((action.end, action.dial), (End::Nothing, None));
    let both = Input::Routes(SegwSet::EMPTY.with(0).with(1));
    // The one that was kept works: it carries the traffic until the other is up.
    let (probing, _) = held.step(both, &world(&POLICY));
    let (state, action) = probing.step(Input::Heard, &world(&POLICY));
    assert_eq!((state.active(), action.end, action.dial), (Some(1), End::Nothing, Some(0)));
    assert_eq!(action.report, Some(Report::Resumed { to: 1 }));
    assert!(matches!(state, State::Moving { to: 0, why: Move::Switch, .. }), "{state:?}");
    // It does not: the other is dialled, also if it is barred, as somebody asked for it.
    let barred = World { barred: SegwSet::EMPTY.with(0), ..world(&POLICY) };
    let (state, action) = probing.step(Input::Lost(Cause::RetransmitTimeout), &barred);
    assert_eq!((action.dial, matches!(state, State::Connecting { segw: 0, .. })), (Some(0), true));
    // Only the other has a route.
    let (_, action) = held.step(Input::Routes(SegwSet::EMPTY.with(0)), &world(&POLICY));
    assert_eq!((action.end, action.dial), (End::Main, Some(0)));
}

#[test]
fn what_is_told_of_a_move_that_goes_wrong() {
    let moving = |why| State::Moving { from: 2, since: LONG_AGO, to: 0, why, failures: FRESH, give_up_at: Some(NOW) };
    // Another one is preferred, too.
    let cause = Cause::AuthFailed;
    let (_, action) = moving(Move::Failback).step(Input::TrialLost(cause), &world(&POLICY));
    assert_eq!((action.dial, action.report), (Some(1), Some(Report::MoveFailed { from: 2, to: 0, cause })));
    // It has another address.
    let cause = Cause::InitUnreachable;
    let more = World { more: SegwSet::EMPTY.with(0), ..world(&POLICY) };
    let (_, action) = moving(Move::Switch).step(Input::TrialLost(cause), &more);
    assert_eq!((action.dial, action.again, action.report), (Some(0), true, Some(Report::Address { segw: 0, cause })));
    // Only there is a route to it.
    let cause = Cause::NoRoute;
    let (_, action) = moving(Move::Switch).step(Input::Routes(SegwSet::EMPTY.with(0)), &world(&POLICY));
    assert_eq!(action.report, Some(Report::Failover { from: 2, to: 0, cause }));
    // The one that is left is lost meanwhile: it is not dialled again in this round.
    let (state, _) = moving(Move::Switch).step(Input::Lost(Cause::PeerDeleted), &world(&POLICY));
    let State::Connecting { segw: 0, failures, .. } = state else { panic!("{state:?}") };
    assert_eq!(failures.failed, SegwSet::EMPTY.with(2));
}

#[test]
fn the_first_looks_for_a_better_one_only_where_response_times_change() {
    let then = Some(NOW.after(POLICY.hold_down_ms));
    for (order, failback, segws, at) in [
        (Order::List, Failback::HoldDown, 3, None),
        (Order::Rtt, Failback::Off, 3, None),
        (Order::Rtt, Failback::HoldDown, 1, None),
        (Order::Rtt, Failback::HoldDown, 3, then),
    ] {
        let policy = Policy { order, failback, ..POLICY };
        let world = World { segws, ..world(&policy) };
        let connecting = State::Connecting { segw: 0, failures: FRESH, give_up_at: None };
        assert_eq!(connecting.step(Input::Up(0), &world).0.poll_at(), at, "{order:?} {failback:?} {segws}");
    }
}

#[test]
fn what_counts_of_a_segw_that_is_lost_or_left() {
    let hold = u64::from(POLICY.hold_down_ms);
    let before = |ms: u64| Instant(NOW.0.saturating_sub(ms));
    let failures = Failures { round: 3, relapses: 2, ..FRESH };
    let active = |segw, since| State::Active { segw, since, failures, failback_at: None };
    let counts = |state| match state {
        State::Connecting { failures, .. } | State::Hold { failures, .. } | State::Backoff { failures, .. } => failures,
        _ => panic!("{state:?}"),
    };
    let lost = Input::Lost(Cause::RetransmitTimeout);
    // The first one's: a relapse, if it did not carry for a hold-down.
    for (segw, since, relapses) in
        [(0, before(hold - 1), 3), (0, before(hold), 0), (0, LONG_AGO, 0), (1, before(hold - 1), 2), (1, LONG_AGO, 2)]
    {
        let left = counts(active(segw, since).step(lost, &world(&POLICY)).0);
        let failed = SegwSet::EMPTY.with(segw);
        assert_eq!(left, Failures { failed, blamed: true, relapses, ..FRESH }, "{segw} {since:?}");
    }
    // Also where it is waited before the next one is dialled.
    let spreads = Policy { spread_ms: 1_000, ..POLICY };
    let left = counts(active(0, before(hold - 1)).step(lost, &world(&spreads)).0);
    assert_eq!(left, Failures { relapses: 3, ..FRESH });
    // One that did not stay has failed, though it has another address to be dialled at.
    let more = World { more: SegwSet::EMPTY.with(1), ..world(&POLICY) };
    let one = SegwSet::EMPTY.with(1);
    let left = counts(active(1, JUST_NOW).step(lost, &more).0);
    assert_eq!(left, Failures { failed: one, flapped: one, ..failures });
    // One that is left for our own fault.
    let none = Input::Routes(SegwSet::EMPTY);
    assert_eq!(counts(active(1, JUST_NOW).step(none, &world(&POLICY)).0), failures);
    assert_eq!(counts(active(1, LONG_AGO).step(none, &world(&POLICY)).0), Failures { relapses: 2, ..FRESH });
}

#[test]
fn one_that_only_came_and_went_is_given_time_to_dial_and_stays_failed() {
    let one = SegwSet::EMPTY.with(1);
    let redials = World { redials: one, ..world(&POLICY) };
    let active = State::Active { segw: 1, since: JUST_NOW, failures: FRESH, failback_at: None };
    let (state, _) = active.step(Input::Lost(Cause::PeerDeleted), &redials);
    let State::Backoff { failures, stay: Some(2), .. } = state else { panic!("{state:?}") };
    assert_eq!((failures.failed, failures.flapped), (one, one));
}

#[test]
fn ends_that_two_causes_lead_to() {
    let initiator = Facts { initiator: true, ..Facts::NONE };
    let ended = |how| {
        let mut sa = IkeSa::new(1, 0, 0, Role::Main);
        sa.enter(IkeState::Established, initiator);
        sa.enter(IkeState::Deleting, how);
        sa
    };
    // Its SEGW deletes what charon is about to lay down.
    let deleted = ended(Facts { peer_delete: true, ..initiator });
    assert_eq!(deleted.verdict(Facts { laid_down: true, ..initiator }), Verdict::Lost(Cause::PeerDeleted));
    // The DELETE of a reauthentication stays unanswered.
    let mut given_up = ended(Facts { local_delete: true, reauthenticating: true, ..initiator });
    given_up.alert(Cause::RetransmitTimeout);
    assert_eq!(given_up.verdict(Facts { delete_pending: true, ..initiator }), Verdict::LaidDown(true));
}

#[test]
fn the_others_of_a_full_list() {
    let four = SegwSet::from_bits(0x0f);
    assert_eq!([7, 8, 9].map(|count| four.others(count)), [0x70, 0xf0, 0xf0].map(SegwSet::from_bits));
}

#[test]
fn the_end_of_the_last_round_ends_its_dial_and_a_round_s_keeps_the_relapses() {
    let failures = Failures { failed: SegwSet::EMPTY.with(0).with(1), relapses: 2, ..FRESH };
    let last = State::Connecting { segw: 2, failures, give_up_at: Some(NOW) };
    let (state, action) = last.step(Input::Timeout, &world(&POLICY));
    let State::Backoff { failures, .. } = state else { panic!("{state:?}") };
    assert_eq!((failures.relapses, failures.round, action.end), (2, 1, End::Main));
    let (state, action) = last.step(Input::Timeout, &world(&Policy { max_rounds: 1, ..POLICY }));
    assert_eq!((matches!(state, State::Exhausted { .. }), action.end), (true, End::Main));
}

#[test]
fn what_failed_may_be_dialled_again_after_another_came_up() {
    let flapped = SegwSet::EMPTY.with(1);
    let failures = Failures { failed: SegwSet::EMPTY.with(0).with(1), flapped, ..FRESH };
    let connecting = State::Connecting { segw: 2, failures, give_up_at: None };
    let (state, _) = connecting.step(Input::Up(2), &world(&POLICY));
    let State::Active { failures, .. } = state else { panic!("{state:?}") };
    assert_eq!((failures.failed, failures.flapped), (flapped, flapped));
}

#[test]
fn rounds_end_when_a_limit_is_configured() {
    let policy = Policy { max_rounds: 2, ..POLICY };
    let mut state = State::Idle;
    let mut told = Vec::new();
    let mut world = world(&policy);
    let mut input = Input::Start;
    for _ in 0..12 {
        let (next, action) = state.step(input, &world);
        told.push(self::told(&action));
        state = next;
        if matches!(state, State::Exhausted { .. }) {
            break;
        }
        input = match state {
            State::Backoff { retry_at, .. } => {
                world.now = retry_at;
                Input::Timeout
            }
            _ => Input::Lost(Cause::InitUnreachable),
        };
    }
    assert_eq!(told, ["start", "failover", "failover", "backoff", "", "failover", "failover", "exhausted"]);
}

#[test]
fn the_hold_down_doubles_for_a_primary_that_fails_again_within_it() {
    let world = world(&POLICY);
    let mut failures = FRESH;
    let mut holds = Vec::new();
    for _ in 0..6 {
        let up = State::Connecting { segw: 1, failures, give_up_at: None }.step(Input::Up(1), &world).0;
        holds.push(up.poll_at().expect("a hold-down").since(NOW));
        // Home again, and lost at once.
        let State::Active { failures: held, .. } = up else { panic!("{up:?}") };
        let home = State::Active { segw: 0, since: JUST_NOW, failures: held, failback_at: None };
        let (State::Connecting { failures: next, .. } | State::Backoff { failures: next, .. }) =
            home.step(Input::Lost(Cause::PeerDeleted), &world).0
        else {
            panic!("{home:?}")
        };
        failures = Failures { failed: SegwSet::EMPTY, flapped: SegwSet::EMPTY, ..next };
    }
    assert_eq!(holds, [300_000, 300_000, 600_000, 1_200_000, 2_400_000, 3_600_000]);
}

#[test]
fn a_name_is_tried_address_by_address_before_the_next_segw() {
    let more = World { more: SegwSet::EMPTY.with(0), ..world(&POLICY) };
    let connecting = State::Connecting { segw: 0, failures: FRESH, give_up_at: Some(NOW) };
    for (input, end) in [(Input::Lost(Cause::InitUnreachable), End::Nothing), (Input::Timeout, End::Main)] {
        let (state, action) = connecting.step(input, &more);
        assert_eq!((action.dial, action.again, action.end, told(&action)), (Some(0), true, end, "next address"));
        assert!(matches!(state, State::Connecting { segw: 0, .. }), "{state:?}");
    }
    // What the SEGW itself says is true of all its addresses.
    let (_, action) = connecting.step(Input::Lost(Cause::AuthFailed), &more);
    assert_eq!((action.dial, action.again), (Some(1), false));
    let active = State::Active { segw: 0, since: LONG_AGO, failures: FRESH, failback_at: None };
    let (_, action) = active.step(Input::Lost(Cause::Liveness), &more);
    assert_eq!((action.dial, action.again), (Some(0), true));
    let moving =
        State::Moving { from: 1, since: LONG_AGO, to: 0, why: Move::Failback, failures: FRESH, give_up_at: Some(NOW) };
    for (input, end) in [(Input::TrialLost(Cause::InitUnreachable), End::Nothing), (Input::Timeout, End::Trial)] {
        let (state, action) = moving.step(input, &more);
        assert_eq!((action.dial, action.again, action.end), (Some(0), true, end));
        assert!(matches!(state, State::Moving { from: 1, to: 0, .. }), "{state:?}");
    }
}

#[test]
fn a_refusal_may_keep_a_connection_where_it_is() {
    let policy = Policy { on_refusal: OnRefusal::Stay, ..POLICY };
    let connecting = State::Connecting { segw: 1, failures: FRESH, give_up_at: None };
    for cause in [Cause::AuthFailed, Cause::NoProposal] {
        let (state, action) = connecting.step(Input::Lost(cause), &world(&policy));
        assert_eq!((action.dial, told(&action)), (None, "backoff"));
        let State::Backoff { retry_at, .. } = state else { panic!("{state:?}") };
        let (_, action) = state.step(Input::Timeout, &World { now: retry_at, ..world(&policy) });
        assert_eq!(action.dial, Some(1));
    }
    let (_, action) = connecting.step(Input::Lost(Cause::InitUnreachable), &world(&policy));
    assert_eq!(action.dial, Some(2));
}

#[test]
fn own_faults_blame_nobody() {
    let world = world(&POLICY);
    let failures = Failures { failed: SegwSet::EMPTY.with(1), round: 3, ..FRESH };
    let connecting = State::Connecting { segw: 2, failures, give_up_at: None };
    // The dial finds no route, there is none to any SEGW, then there is one again: the same dial, in the same round.
    let (held, action) = connecting.step(Input::Lost(Cause::NoRoute), &world);
    assert_eq!((action.ask, told(&action)), (Ask::Routes, ""));
    let (held, action) = held.step(Input::Routes(SegwSet::EMPTY), &world);
    assert_eq!((action.dial, told(&action)), (None, "hold"));
    let (again, action) = held.step(Input::Routes(SegwSet::EMPTY), &world);
    assert_eq!(told(&action), "", "told once");
    let (state, action) = again.step(Input::Routes(SegwSet::EMPTY.with(2)), &world);
    assert_eq!((action.dial, told(&action)), (Some(2), "resumed"));
    assert!(matches!(state, State::Connecting { segw: 2, failures: same, .. } if same == failures), "{state:?}");
}

#[test]
fn a_move_between_two_segws_that_lose_their_routes_ends_on_a_third() {
    let moving =
        State::Moving { from: 1, since: LONG_AGO, to: 0, why: Move::Failback, failures: FRESH, give_up_at: Some(NOW) };
    let (state, action) = moving.step(Input::Routes(SegwSet::EMPTY.with(2)), &world(&POLICY));
    assert!(matches!(state, State::Connecting { segw: 2, .. }), "{state:?}");
    assert_eq!((action.end, action.dial, told(&action)), (End::All, Some(2), "failover"));
    let State::Connecting { failures, .. } = state else { panic!("{state:?}") };
    // None of them is blamed: this host has no route to them.
    assert_eq!(failures, FRESH);
    // Where the one that is tried has a route still, it is all that is left.
    let (state, action) = moving.step(Input::Routes(SegwSet::EMPTY.with(0)), &world(&POLICY));
    assert!(matches!(state, State::Connecting { segw: 0, failures: FRESH, .. }), "{state:?}");
    assert_eq!((action.promote, action.end, action.dial), (Promote::Trial, End::Trial, None));
}

#[test]
fn after_the_hold_a_segw_that_refused_is_passed_over_for_one_that_did_not() {
    let held =
        State::Hold { segw: 0, switch_to: None, failures: FRESH, kept: None, stage: Stage::Down, at: NOW.after(1) };
    let barred = World { barred: SegwSet::EMPTY.with(0), ..world(&POLICY) };
    let (state, action) = held.step(Input::Routes(SegwSet::EMPTY.with(0).with(1)), &barred);
    assert!(matches!(state, State::Connecting { segw: 1, .. }), "{state:?}");
    assert_eq!((action.end, action.dial), (End::Nothing, Some(1)));
}

#[test]
fn after_the_hold_a_segw_that_refused_is_waited_for_where_it_is_to_be_stayed_with() {
    let policy = Policy { on_refusal: OnRefusal::Stay, ..POLICY };
    let held =
        State::Hold { segw: 0, switch_to: None, failures: FRESH, kept: None, stage: Stage::Down, at: NOW.after(1) };
    let all = SegwSet::EMPTY.with(0).with(1).with(2);
    let barred = World { barred: SegwSet::EMPTY.with(0), ..world(&policy) };
    let (state, action) = held.step(Input::Routes(all), &barred);
    assert!(matches!(state, State::Backoff { stay: Some(0), .. }), "{state:?}");
    assert_eq!(action.dial, None);
    // All of them have refused us: a pause as after a round, then whichever is first.
    let (state, action) = held.step(Input::Routes(all), &World { barred: all, ..world(&POLICY) });
    assert!(matches!(state, State::Backoff { stay: None, .. }), "{state:?}");
    assert_eq!(action.dial, None);
}

#[test]
fn spread_ms_is_for_a_loss_that_a_whole_fleet_may_have() {
    let policy = Policy { spread_ms: 60_000, ..POLICY };
    let on = |failures| State::Active { segw: 0, since: LONG_AGO, failures, failback_at: None };
    let waits = |state: State, cause, world: &World| state.step(Input::Lost(cause), world).1.dial.is_none();
    assert!(waits(on(FRESH), Cause::Liveness, &world(&policy)));
    // One that came and went, what is this router's alone, and another address of the same SEGW wait for nothing.
    let flapped = Failures { flapped: SegwSet::EMPTY.with(0), ..FRESH };
    let fresh = State::Active { segw: 0, since: JUST_NOW, failures: flapped, failback_at: None };
    assert!(!waits(fresh, Cause::Liveness, &world(&policy)));
    assert!(!waits(on(FRESH), Cause::Expired, &world(&policy)));
    assert!(!waits(on(FRESH), Cause::Liveness, &World { more: SegwSet::EMPTY.with(0), ..world(&policy) }));
    assert!(!waits(on(FRESH), Cause::Liveness, &world(&POLICY)));
}

#[test]
fn a_dial_that_charon_repeats_to_the_same_segw_is_the_same_dial() {
    let connecting = State::Connecting { segw: 1, failures: FRESH, give_up_at: Some(NOW) };
    assert_eq!(connecting.step(Input::Redialled(1), &world(&POLICY)), (connecting, Action::default()));
}

#[test]
fn an_answer_gives_the_only_segw_no_more_time_than_it_had() {
    let alone = World { segws: 1, ..world(&POLICY) };
    let connecting = State::Connecting { segw: 0, failures: FRESH, give_up_at: Some(NOW.after(500)) };
    assert_eq!(connecting.step(Input::Heard, &alone).0, connecting);
}

#[test]
fn another_policy_times_anew_what_it_changes_and_nothing_else() {
    let moving = |give_up_at| State::Moving {
        from: 1,
        since: LONG_AGO,
        to: 0,
        why: Move::Switch,
        failures: FRESH,
        give_up_at: Some(give_up_at),
    };
    let quick = Policy { connect_timeout_ms: 3_000, ..POLICY };
    assert_eq!(moving(NOW).replanned(&POLICY, &world(&quick)), moving(NOW.after(3_000)));
    let other = Policy { backoff_limit_ms: 70_000, ..POLICY };
    assert_eq!(moving(NOW).replanned(&POLICY, &world(&other)), moving(NOW));
    let exhausted = |ms| State::Exhausted { retry_at: Some(NOW.after(ms)) };
    assert_eq!(exhausted(7).replanned(&POLICY, &world(&other)), exhausted(7));
    let patient = Policy { exhausted_retry_ms: 90_000, ..POLICY };
    assert_eq!(exhausted(7).replanned(&POLICY, &world(&patient)), exhausted(90_000));
    // A wait within spread_ms is no pause: the limit of those does not cut it.
    let spread = Policy { spread_ms: 600_000, ..POLICY };
    let waits = |ms| State::Backoff { failures: FRESH, retry_at: NOW.after(ms), stay: Some(1) };
    assert_eq!(waits(500_000).replanned(&spread, &world(&spread)), waits(500_000));
    assert_eq!(waits(500_000).replanned(&spread, &world(&POLICY)), waits(60_000));
}

#[test]
fn another_list_forgets_what_failed_on_the_old_one() {
    let failed = Failures { failed: SegwSet::EMPTY.with(0).with(2), blamed: true, round: 3, ..FRESH };
    let held = |segw, failures, switch_to| State::Hold {
        segw,
        switch_to,
        failures,
        kept: Some(LONG_AGO),
        stage: Stage::Down,
        at: NOW,
    };
    assert_eq!(held(0, failed, Some(1)).relisted(2, &world(&POLICY)), held(2, FRESH, None));
    let moving =
        State::Moving { from: 0, since: LONG_AGO, to: 1, why: Move::Switch, failures: failed, give_up_at: Some(NOW) };
    let state = moving.relisted(2, &world(&POLICY));
    assert!(
        matches!(state, State::Active { segw: 2, since: LONG_AGO, failures: FRESH, failback_at: Some(_) }),
        "{state:?}"
    );
    assert_eq!(State::Stopped.relisted(1, &world(&POLICY)), State::Stopped);
}

#[test]
fn charon_s_states_have_its_numbers_and_names() {
    let names = ["CREATED", "CONNECTING", "ESTABLISHED", "PASSIVE", "REKEYING", "REKEYED", "DELETING", "DESTROYING"];
    for (number, name) in (0..).zip(names) {
        let state = IkeState::from_u32(number).expect("a state");
        assert_eq!((state as u32, state.name()), (number, name));
    }
    assert_eq!(IkeState::from_u32(8), None);
}
