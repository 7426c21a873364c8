//! What charon ends by itself: a tunnel that was not used, a configuration that is loaded anew. No SEGW failed, and no operator spoke.

use segw::charon::Alert;
use segw::failover::State;
use segw::ike::{Facts, IkeState};

use crate::lab::{FACTS, LOCAL_DELETE, Lab, TWO};

fn laid_down(again: bool) -> Lab {
    let mut lab = Lab::applied(TWO, "{}");
    lab.connect(1);
    lab.becomes(1, IkeState::Deleting, LOCAL_DELETE);
    lab.updown(1, false);
    lab.child(1, false, FACTS);
    lab.becomes(1, IkeState::Destroying, Facts { laid_down: true, again, ..FACTS });
    lab
}

#[test]
fn it_is_neither_a_loss_nor_an_operators_word() {
    let mut lab = laid_down(false);
    assert!(matches!(lab.state(), State::Idle), "{:?}", lab.state());
    assert_eq!(lab.dialled(), None);
    assert!(lab.status().contains("\"failovers\":0"), "{}", lab.status());
}

#[test]
fn what_is_to_be_up_again_is_dialled_where_it_was() {
    let mut lab = laid_down(true);
    assert_eq!(lab.dialled(), Some(0), "{:?}", lab.state());
    lab.connect(2);
    assert_eq!(lab.active(), Some(0), "{:?}", lab.state());
    assert!(lab.status().contains("\"failovers\":0"), "{}", lab.status());
}

/// As many as a set of SEGWs has bits.
#[test]
fn eight_segws_are_a_round() {
    let addrs: Vec<_> = (1..=8).map(|number| format!("10.0.0.{number}")).collect();
    let mut lab = Lab::applied(&addrs.join(","), "{}");
    for id in 1..=8 {
        assert!(matches!(lab.state(), State::Connecting { .. }), "{id}: {:?}", lab.state());
        lab.dial_fails(id, Alert::RetransmitTimeout);
    }
    assert!(matches!(lab.state(), State::Backoff { .. }), "{:?}", lab.state());
}
