//! Whether the SEGW that carries the traffic still lives: when to look, and what was heard and counted.

use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::failover::{Input, State};
use crate::ike::{IkeSa, IkeState, Role};
use crate::liveness::{Finding, Look, Pace, Watch};
use crate::time::Sometime;

impl Engine {
    /// Looks whether the active SEGW still lives, if that is due.
    pub(super) fn look(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let pace = connection.pace();
        let Some(watch) = connection.watch.as_mut().filter(|watch| watch.look_at <= now) else { return };
        let look = watch.look(now, &pace);
        if look == Look::Wait {
            return;
        }
        let main = self.sas.main(slot).map(|sa| sa.unique_id);
        match main {
            Some(unique_id) => self.queue(Queued::Measure { unique_id, owed: look == Look::CountLate }),
            // An IKE_SA that went without a word is lost as well.
            None => self.step(slot, Input::Lost(Cause::Liveness)),
        }
    }

    /// A message of the SEGW came in.
    pub(super) fn heard(&mut self, unique_id: u32, answer_ms: Option<u32>) {
        let now = self.now;
        if let Some((_, watch, _)) = self.watch(unique_id) {
            watch.heard(now);
        }
        // With what was known when it was dialled.
        self.note_answer(unique_id, answer_ms);
        // One that charon is setting up anew has answered, no more.
        let works =
            |sa: &&IkeSa| sa.role == Role::Main && matches!(sa.state, IkeState::Established | IkeState::Rekeying);
        let main = self.sas.get(unique_id).filter(works).map(|sa| sa.connection);
        let held = |slot: &Slot| self.get(*slot).is_some_and(|it| matches!(it.state, State::Hold { .. }));
        if let Some(slot) = main.filter(held) {
            self.step(slot, Input::Heard);
        }
    }

    /// The SEGW of an IKE_SA has answered; its first message gives it the time that any dial has.
    fn note_answer(&mut self, unique_id: u32, answer_ms: Option<u32>) {
        let now = self.now;
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        #[cfg(feature = "json")]
        sa.answer();
        let (slot, segw, is_first) = (sa.connection, sa.segw, !core::mem::replace(&mut sa.heard, true));
        let (is_main, waits) = (sa.role == Role::Main, sa.warm || sa.role == Role::Standby);
        let setup = matches!(sa.state, IkeState::Created | IkeState::Connecting);
        let waited = core::mem::replace(&mut sa.waits_since, Sometime::at(now)).get().filter(|_| setup);
        if waits {
            self.heard_standby(slot, segw);
        }
        if let Some(connection) = self.get_mut(slot).filter(|_| is_first && is_main) {
            connection.answered(now);
            self.touch(slot);
        }
        let Some(segw) = self.get_mut(slot).and_then(|connection| connection.segws.get_mut(segw)) else { return };
        match (answer_ms, waited) {
            (Some(answer_ms), _) => segw.answers.add(answer_ms),
            (None, Some(since)) => {
                let took_ms = now.since_ms(since);
                if is_first { segw.answers.guess(took_ms) } else { segw.answers.guess_again(took_ms) }
            }
            (None, None) => (),
        }
    }

    /// So many packets came in altogether, and went out; without the numbers the IKE_SA is on its way out.
    pub(super) fn counted(&mut self, unique_id: u32, packets: Option<(u64, u64)>) {
        let now = self.now;
        if let Some((received, _)) = packets {
            self.counted_on_hold(unique_id, received);
        }
        let Some((slot, watch, pace)) = self.watch(unique_id) else { return };
        let finding = watch.counted(packets, now, &pace);
        if let Some((received, sent)) = packets {
            self.counted_to_reach(slot, received, sent);
        }
        match finding {
            Finding::Well => (),
            Finding::Ask => self.queue(Queued::Probe { unique_id, again: false }),
            Finding::Again => self.queue(Queued::Probe { unique_id, again: true }),
            Finding::Lost => return self.give_up(slot, unique_id, Role::Main, Cause::Liveness),
        }
        self.heed_data(slot, unique_id);
    }

    /// The same, for the questions to the targets.
    fn counted_to_reach(&mut self, slot: Slot, received: u64, sent: u64) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let tempo = connection.tempo();
        if let Some(reach) = &mut connection.reach {
            reach.counted(received, sent, now, &tempo);
        }
    }

    /// On hold, traffic that comes in through the IKE_SA that was kept shows that it works.
    fn counted_on_hold(&mut self, unique_id: u32, packets: u64) {
        let main = self.sas.get(unique_id).filter(|sa| sa.role == Role::Main).map(|sa| sa.connection);
        let Some(slot) = main else { return };
        let Some(connection) = self.get_mut(slot).filter(|it| matches!(it.state, State::Hold { .. })) else { return };
        let before = *connection.held_packets.get_or_insert(packets);
        if packets > before {
            self.step(slot, Input::Heard);
        }
    }

    /// The watch over an IKE_SA, if it is the one that carries traffic.
    pub(super) fn watch(&mut self, unique_id: u32) -> Option<(Slot, &mut Watch, Pace)> {
        let slot = self.sas.get(unique_id).filter(|sa| sa.role == Role::Main)?.connection;
        let connection = self.get_mut(slot)?;
        let pace = connection.pace();
        connection.watch.as_mut().map(|watch| (slot, watch, pace))
    }

    /// Another IKE_SA carries the traffic: what there was of silence was the other one's.
    pub(super) fn watch_anew(&mut self, slot: Slot) {
        let now = self.now;
        if let Some(connection) = self.get_mut(slot) {
            connection.watch = connection.watch.and_then(|_| Watch::new(now, &connection.policy, &connection.pace()));
            connection.reach_anew(now);
        }
    }
}
