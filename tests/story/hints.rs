//! What a SEGW says of its load lengthens the way to its next dial: for as long as it says if that is proved, and never for long if
//! anybody may have written it.

use segw::charon::{Alert, IkeEvent};
use segw::failover::State;

use crate::lab::{Lab, PEER_DELETE, TWO};

const BACKOFF_TIMER: u16 = 41_041;
const TEMPORARY_FAILURE: u16 = 43;
const COOKIE: u16 = 16_390;
/// Three minutes, as GPRS timer 3.
const THREE_MINUTES: u8 = 0b101_00011;
const FAILBACK: &str = r#"{"failback":"hold_down","hold_down_ms":1000}"#;

impl Lab {
    fn hint(&mut self, unique_id: u32, notify: u16, data: u8, protected: bool) {
        self.feed(&IkeEvent::Hint { unique_id, notify, data, protected });
    }

    /// The dial that was asked for is refused, with a hint.
    fn sent_away(&mut self, unique_id: u32, notify: u16, data: u8) {
        self.dial(unique_id);
        self.hint(unique_id, notify, data, true);
        self.fail(unique_id, Alert::LocalAuthFailed);
    }

    /// Lets time pass while IKE_SA `unique_id` is heard, until something is dialled; when that is.
    fn until_dial(&mut self, unique_id: u32) -> u64 {
        for _ in 0..100_000 {
            if self.actions().iter().any(|it| it.starts_with("dial")) {
                return self.now;
            }
            self.feed(&IkeEvent::Heard { unique_id, answer_ms: None });
            self.pass();
        }
        panic!("nothing was dialled until {}", self.now);
    }
}

/// A time that was asked for, and at most an eighth more.
fn within(took: u64, asked: u64) -> bool {
    (asked..=asked + asked / 8).contains(&took)
}

#[test]
fn a_backoff_timer_keeps_a_failback_away_for_as_long_as_it_says() {
    let mut lab = Lab::applied(TWO, FAILBACK);
    lab.sent_away(1, BACKOFF_TIMER, THREE_MINUTES);
    let said = lab.now;
    let status = lab.status();
    assert!(status.contains(r#""hint":"BACKOFF_TIMER","rests_until_ms":"#), "{status}");
    assert!(status.contains(r#""barred_until_ms":null"#), "one refusal bars nobody: {status}");
    assert_eq!(lab.dialled(), Some(1));
    lab.connect(2);
    let told = lab.request("EXPLAIN vpn").1;
    assert!(told.contains("asks with BACKOFF_TIMER not to be dialled for another 3m"), "{told}");
    assert!(told.contains("(barred: BACKOFF_TIMER)"), "{told}");
    let at = lab.until_dial(2);
    assert!(within(at - said, 180_000), "{} ms", at - said);
    assert_eq!(lab.dialled_beside(), Some(0));
}

#[test]
fn while_all_have_asked_for_time_nothing_is_dialled_and_the_first_that_is_free_is() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.sent_away(1, BACKOFF_TIMER, THREE_MINUTES);
    let said = lab.now;
    lab.sent_away(2, TEMPORARY_FAILURE, 0);
    assert!(matches!(lab.state(), State::Backoff { .. }), "{:?}", lab.state());
    // A link that comes and goes hurries nobody.
    lab.feed(&IkeEvent::Roam);
    lab.routes(0b11);
    let next = lab.status();
    assert!(next.contains(r#""reason":"BARRED","cause":"TEMPORARY_FAILURE""#), "{next}");
    let at = lab.until_dial(0);
    assert!(within(at - said, 10_000), "{} ms", at - said);
    assert_eq!(lab.dialled(), Some(1));
    // It is dead by now: rounds go on without the one that still rests, with the pauses of any rounds.
    lab.dial_fails(3, Alert::InitUnreachable);
    let began = lab.now;
    assert!(lab.until_dial(0) - began <= 2_000, "{}", lab.now - began);
    assert_eq!(lab.dialled(), Some(1));
}

#[test]
fn an_operators_word_is_above_it() {
    for word in ["INITIATE vpn", "SWITCH vpn 0"] {
        let mut lab = Lab::applied("10.0.0.1", "{}");
        lab.sent_away(1, BACKOFF_TIMER, THREE_MINUTES);
        assert!(lab.request(word).0);
        assert_eq!(lab.dialled(), Some(0), "{word}");
    }
}

#[test]
fn a_segw_that_comes_up_has_asked_for_nothing() {
    let mut lab = Lab::applied(TWO, "{}");
    lab.dial(1);
    lab.hint(1, COOKIE, 0, false);
    lab.come_up(1);
    lab.lose(1);
    assert!(lab.status().contains(r#""hint":null,"rests_until_ms":null,"#), "{}", lab.status());
}

#[test]
fn what_comes_with_a_delete_counts_and_what_was_said_long_ago_does_not() {
    for (wait, counts) in [(0, true), (179_000, true), (181_000, false)] {
        let mut lab = Lab::applied(TWO, "{}");
        lab.connect(1);
        lab.hint(1, BACKOFF_TIMER, THREE_MINUTES, true);
        lab.now += wait;
        lab.delete(1, PEER_DELETE);
        assert_eq!(lab.status().contains(r#""hint":"BACKOFF_TIMER""#), counts, "{wait} ms: {}", lab.status());
    }
}

#[test]
fn what_anybody_may_have_written_costs_one_short_delay_each_dial() {
    for notify in [COOKIE, TEMPORARY_FAILURE, BACKOFF_TIMER] {
        // One SEGW: the rounds are what they are without it.
        let mut lab = Lab::applied("10.0.0.1", r#"{"jitter_pct":0}"#);
        lab.dial(1);
        lab.hint(1, notify, 0b111_11111, false);
        lab.fail(1, Alert::InitUnreachable);
        assert_eq!(lab.due(), Some(lab.now + 1_000), "{notify}");
        // Two: it is passed over for five seconds, no more.
        let mut lab = Lab::applied(TWO, FAILBACK);
        lab.dial(1);
        lab.hint(1, notify, 0b111_11111, false);
        lab.fail(1, Alert::InitUnreachable);
        let said = lab.now;
        lab.connect(2);
        let at = lab.until_dial(2);
        assert!(at - said <= 5_000, "{notify}: {} ms", at - said);
        assert_eq!(lab.dialled_beside(), Some(0));
    }
}

#[test]
fn a_time_that_is_named_is_above_one_that_is_not() {
    for order in [[BACKOFF_TIMER, TEMPORARY_FAILURE], [TEMPORARY_FAILURE, BACKOFF_TIMER]] {
        let mut lab = Lab::applied(TWO, "{}");
        lab.dial(1);
        lab.hint(1, COOKIE, 0, false);
        for notify in order {
            lab.hint(1, notify, THREE_MINUTES, true);
        }
        lab.fail(1, Alert::LocalAuthFailed);
        assert!(lab.status().contains(r#""hint":"BACKOFF_TIMER""#), "{}", lab.status());
    }
}

#[test]
fn a_segw_that_has_too_much_to_do_is_no_reason_to_stay_with_it() {
    let mut lab = Lab::applied(TWO, r#"{"on_refusal":"stay"}"#);
    lab.sent_away(1, TEMPORARY_FAILURE, 0);
    assert_eq!(lab.dialled(), Some(1), "{:?}", lab.state());
}
