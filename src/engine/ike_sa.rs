//! An IKE_SA from its first state to its end, and what that means for its connection.

use super::decision::terminate;
use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::diagnosis::Plain;
use crate::error::Result;
use crate::failover::{Input, State};
use crate::ike::{Facts, IkeSa, IkeState, Role, Verdict};
use crate::refusal::number;
use crate::segw::SegwId;
use crate::time::Sometime;

impl Engine {
    /// Follows one more IKE_SA; says so if there is no room.
    pub(super) fn track(&mut self, mut sa: IkeSa) -> Result<()> {
        sa.waits_since = Sometime::at(self.now);
        self.succeed(sa.unique_id);
        let slot = sa.connection;
        self.touch(slot);
        let done = self.sas.insert(sa);
        if done.is_err() {
            self.emit_table_full(slot);
        }
        done
    }

    /// Forgets what was followed under an id that is announced anew: it has gone without a word.
    pub(super) fn succeed(&mut self, unique_id: u32) {
        if let Some(sa) = self.sas.remove(unique_id) {
            // It may have been what its connection was due for.
            self.touch(sa.connection);
        }
    }

    /// Follows an IKE_SA of the same connection in place of the one of id `old`.
    pub(super) fn replace(&mut self, old: u32, sa: IkeSa) {
        if sa.unique_id != old && self.follows(old) {
            self.succeed(sa.unique_id);
        }
        self.touch(sa.connection);
        self.sas.replace(old, sa);
    }

    /// An IKE_SA that is followed enters a state.
    pub(super) fn entered(&mut self, unique_id: u32, remote: &str, state: IkeState, facts: Facts) {
        let now = self.now;
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        sa.enter(state, facts);
        if state == IkeState::Connecting {
            sa.waits_since = Sometime::at(now);
        }
        if state == IkeState::Established {
            let (slot, incomplete) = (sa.connection, core::mem::take(&mut sa.incomplete));
            if sa.role == Role::Spare {
                sa.end_at = Sometime::NONE;
            }
            let standby = sa.role == Role::Standby;
            self.touch(slot);
            if incomplete {
                self.queue(Queued::Complete(unique_id));
            }
            if standby {
                self.standby_came_up(slot);
            }
        } else if state == IkeState::Connecting {
            self.redirected(unique_id, remote);
        }
    }

    pub(super) fn updown(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState, up: bool) {
        let tracked = self.sas.get_mut(unique_id);
        let slot = tracked.as_ref().map(|sa| sa.connection);
        // An IKE_SA that never was up goes down too in charon's eyes; nobody needs to hear of that. Nor that a standby did, as if
        // the connection had: its own event tells of it.
        if tracked.is_none_or(|sa| sa.updown(up) && sa.role != Role::Standby) {
            self.emit_updown(unique_id, connection, remote, state, up);
        }
        if up && slot.and_then(|slot| self.get(slot)).is_some_and(|connection| connection.children.configured() == 0) {
            self.came_up(unique_id);
        }
    }

    /// An IKE_SA can carry traffic.
    pub(super) fn came_up(&mut self, unique_id: u32) {
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        let (slot, segw) = (sa.connection, sa.segw);
        match sa.role {
            Role::Main => self.step(slot, Input::Up(segw)),
            Role::Trial => self.step(slot, Input::TrialUp),
            Role::Spare => self.spare_came_up(unique_id, slot, segw),
            Role::Standby | Role::Leaving => (),
        }
    }

    /// A spare IKE_SA can carry traffic. It takes over where nothing else does yet, and always if the SEGW has initiated it:
    /// that one has lost, or is about to drop, what there was before.
    fn spare_came_up(&mut self, unique_id: u32, slot: Slot, segw: SegwId) {
        let Some(state) = self.get(slot).map(|it| it.state) else { return };
        let Some((replaces, inbound)) = self.sas.get(unique_id).map(|sa| (sa.replaces, sa.inbound)) else { return };
        let pausing = matches!(state, State::Backoff { .. } | State::Exhausted { .. });
        if pausing {
            self.step(slot, Input::Dialled(segw));
        }
        // A second IKE_SA, dialled by hand or for a trap, is up before ours is: follow it, give ours up.
        if pausing || inbound || matches!(state, State::Connecting { .. } | State::Hold { .. }) || self.is_bare(slot) {
            self.end(slot, |role| matches!(role, Role::Main | Role::Trial));
            if let Some(sa) = self.sas.get_mut(unique_id) {
                sa.lead();
            }
            self.step(slot, Input::Up(segw));
            self.watch_anew(slot);
        } else if match replaces {
            Some(old) => self.sas.get(old).is_none_or(|old| old.role != Role::Main),
            // Before 6.0.1 charon does not tell what it reauthenticates, make-before-break.
            None => self.carries(slot) && self.sas.main(slot).is_some_and(|main| main.segw != segw && main.is_alive()),
        } {
            // It replaces one that traffic has moved away from meanwhile.
            if let Some(sa) = self.sas.get_mut(unique_id) {
                terminate(&mut self.actions, sa);
            }
        }
    }

    /// The single trigger point: an IKE_SA ends. Loss and intent part here.
    pub(super) fn destroyed(&mut self, unique_id: u32, facts: Facts) {
        let Some(sa) = self.sas.remove(unique_id) else { return };
        // It may have been what the connection was due for.
        self.touch(sa.connection);
        #[cfg(feature = "json")]
        self.note_gap(sa.connection);
        let verdict = sa.verdict(facts);
        #[cfg(feature = "json")]
        self.note_end(&sa, verdict);
        log!(
            debug,
            "IKE_SA {} of connection {} ends: {:?} {:?}",
            Plain(&number(unique_id)),
            Plain(&number(u32::from(sa.connection))),
            sa.role,
            verdict
        );
        if self.shutdown {
            return;
        }
        self.note_unique(&sa, verdict);
        if let (Role::Main | Role::Trial, Verdict::Lost(cause), true) = (sa.role, verdict, sa.warm) {
            return self.cool(sa.connection, sa.segw, sa.role, cause);
        }
        match (sa.role, verdict) {
            (Role::Leaving | Role::Spare, _) => (),
            (Role::Standby, verdict) => self.standby_ended(&sa, verdict, facts),
            (Role::Trial, Verdict::Lost(cause)) => self.step(sa.connection, Input::TrialLost(cause)),
            (Role::Trial, Verdict::Intended | Verdict::LaidDown(_)) => {
                self.step(sa.connection, Input::TrialLost(Cause::Operator))
            }
            (Role::Main, verdict) => self.main_ended(&sa, verdict),
        }
    }
}
