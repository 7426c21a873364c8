//! What goes on when the IKE_SA that is dialled or carries the traffic has ended, or is given up.

use super::decision::terminate;
use super::{Engine, Slot};
use crate::cause::Cause;
use crate::failover::Input;
use crate::ike::{IkeSa, IkeState, Role, Verdict};

impl Engine {
    /// The main IKE_SA has ended: another one goes on, or what its end means is decided.
    pub(super) fn main_ended(&mut self, main: &IkeSa, verdict: Verdict) {
        let (slot, segw) = (main.connection, main.segw);
        if self.take_over_spare(slot) {
            return;
        }
        // Charon ended it for a new one whose CHILD_SAs were refused.
        let childless = |sa: &IkeSa| sa.replaces == Some(main.unique_id) && sa.state == IkeState::Established;
        let verdict = if self.sas.of(slot).any(childless) { Verdict::Lost(Cause::ChildFailed) } else { verdict };
        // What charon ended it for: it destroys duplicates of one that a SEGW initiates without a word (INITIAL_CONTACT). After
        // a loss only one to the same SEGW is that; else the loss decides.
        let silent = main.is_unexplained();
        let redialled = |sa: &IkeSa| {
            is_coming(sa) && (sa.segw == segw || !matches!(verdict, Verdict::Lost(_)) || (sa.inbound && silent))
        };
        let redialled = self.sas.find(slot, &redialled).map(|sa| {
            sa.lead();
            sa.segw
        });
        match (redialled, verdict) {
            (Some(segw), _) => self.step(slot, Input::Redialled(segw)),
            (None, Verdict::Intended) => self.step(slot, Input::Stop),
            (None, Verdict::LaidDown(again)) => {
                self.step(slot, Input::LaidDown);
                if again {
                    self.step(slot, Input::Resume(segw));
                }
            }
            (None, Verdict::Lost(cause)) => {
                self.step(slot, Input::Lost(cause));
                self.take_dialled(slot);
            }
        }
        self.end_useless(slot);
    }

    /// Ends an IKE_SA that lives but is of no use, and moves on.
    pub(super) fn give_up(&mut self, slot: Slot, unique_id: u32, role: Role, cause: Cause) {
        let input = match role {
            Role::Main => Input::Lost(cause),
            Role::Trial => Input::TrialLost(cause),
            Role::Standby => return self.standby_failed(slot, Some(unique_id), Some(cause)),
            Role::Spare | Role::Leaving => return,
        };
        #[cfg(feature = "json")]
        let detail = self.sas.get(unique_id).and_then(|sa| sa.detail(cause));
        let mut warm = None;
        if let Some(sa) = self.sas.get_mut(unique_id) {
            warm = sa.warm.then_some(sa.segw);
            terminate(&mut self.actions, sa);
        }
        if let Some(segw) = warm {
            return self.cool(slot, segw, role, cause);
        }
        #[cfg(feature = "json")]
        self.note_detail(slot, detail);
        if role != Role::Main || !self.take_over_spare(slot) {
            self.step(slot, input);
        }
    }

    /// Makes a spare IKE_SA that is up the main one. Whether there was any.
    fn take_over_spare(&mut self, slot: Slot) -> bool {
        let Some(children) = self.get(slot).map(|connection| connection.children.configured()) else { return false };
        let is_up = |sa: &IkeSa| sa.role == Role::Spare && sa.is_alive() && sa.is_up(children);
        let found = self.sas.find(slot, &is_up).map(|sa| {
            sa.lead();
            sa.segw
        });
        let Some(segw) = found else { return false };
        self.watch_anew(slot);
        self.step(slot, Input::Up(segw));
        true
    }

    /// Where a spare IKE_SA is being set up to the very SEGW that is to be dialled, it is the one.
    fn take_dialled(&mut self, slot: Slot) {
        self.touch(slot);
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        let Some(dial) = connection.dial.filter(|dial| !dial.trial) else { return };
        let same = |sa: &IkeSa| is_coming(sa) && sa.segw == dial.segw;
        if let Some(sa) = self.sas.find(slot, &same) {
            sa.lead();
            connection.dial = None;
        }
    }

    /// Ends spare IKE_SAs whose CHILD_SAs were refused: nobody else would.
    fn end_useless(&mut self, slot: Slot) {
        let Some(children) = self.get(slot).map(|connection| connection.children.configured()) else { return };
        let actions = &mut self.actions;
        self.sas.each(slot, &mut |sa| {
            if sa.role == Role::Spare && sa.state == IkeState::Established && !sa.is_up(children) {
                terminate(actions, sa);
            }
        });
    }
}

/// Whether it is a spare one that is being set up.
fn is_coming(sa: &IkeSa) -> bool {
    sa.role == Role::Spare && sa.state < IkeState::Established
}
