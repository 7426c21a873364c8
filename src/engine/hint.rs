//! What a SEGW says of its load, until its IKE_SA fails; then it is left alone for as long.

use super::Engine;
use crate::backoff;
use crate::connection::Connection;
use crate::diagnosis::Plain;
use crate::failover::{Input, State};
use crate::hint::{Hint, Said};
use crate::refusal::number;
use crate::segw::SegwId;
use crate::time::Instant;

impl Engine {
    /// A message of an IKE_SA's SEGW has a notify that may be about its load.
    pub(super) fn hinted(&mut self, unique_id: u32, notify: u16, data: u8, protected: bool) {
        let now = self.now;
        let Some((hint, asked_ms)) = Hint::of_notify(notify, data, protected) else { return };
        let Some((slot, segw)) = self.sas.get(unique_id).map(|sa| (sa.connection, sa.segw)) else { return };
        if let Some(segw) = self.get_mut(slot).and_then(|connection| connection.segws.get_mut(segw)) {
            // What came with an earlier IKE_SA is not above what comes now, but what is proved is above what is not.
            let keeps = |said: &Said| {
                said.until > now && !said.counts && !said.hint.yields_to(hint) && (said.proved || !protected)
            };
            if !keeps(&segw.said) {
                segw.said = Said { hint, until: now.after(asked_ms), proved: protected, counts: false };
            }
        }
    }
}

/// A SEGW whose IKE_SA fails is left alone for as long as it has asked for, and up to an eighth longer, so that not all
/// that it has sent away are back at once.
pub(super) fn note_rest(connection: &mut Connection, input: Input, now: Instant, random: u32) {
    let Some(segw) = failing(connection.state, input, now).and_then(|segw| connection.segws.get_mut(segw)) else {
        return;
    };
    let Some(said) = Some(segw.said).filter(|said| said.until > now && !said.counts) else { return };
    let left_ms = said.until.since_ms(now);
    let until = if said.proved { said.until.after(backoff::within(left_ms / 8, random)) } else { said.until };
    segw.said = Said { until, counts: true, ..said };
    log!(
        info,
        "{}: {} asks for {} s without a dial: {}",
        Plain(&connection.name),
        Plain(&segw.addr.to_text()),
        Plain(&number(until.since_ms(now).div_ceil(1_000))),
        Plain(said.hint.name())
    );
}

/// The SEGW that an input says to have failed.
fn failing(state: State, input: Input, now: Instant) -> Option<SegwId> {
    let due = |at: Option<Instant>| at.is_some_and(|at| now >= at);
    match (input, state) {
        (Input::Lost(cause), State::Connecting { segw, .. } | State::Active { segw, .. }) => {
            Some(segw).filter(|_| cause.is_blame())
        }
        (Input::Lost(cause), State::Moving { from, .. }) => Some(from).filter(|_| cause.is_blame()),
        (Input::TrialLost(cause), State::Moving { to, .. }) => Some(to).filter(|_| cause.is_blame()),
        (Input::Timeout, State::Connecting { segw, give_up_at, .. }) => Some(segw).filter(|_| due(give_up_at)),
        (Input::Timeout, State::Moving { to, give_up_at, .. }) => Some(to).filter(|_| due(give_up_at)),
        _ => None,
    }
}
