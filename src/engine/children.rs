//! The CHILD_SAs of a connection: which come up, go or are refused, and those that are missing.

use super::{Engine, Queued, Slot};
use crate::backoff;
use crate::cause::Cause;
use crate::charon::ChildSa;
use crate::connection::Connection;
use crate::failover::State;
use crate::ike::{Facts, IkeSa, IkeState, Role};
use crate::limits::CHILD_CAP;

/// Shortest time until CHILD_SAs that are missing are asked for, in milliseconds, but for one that was up and went: those of a
/// dial come one after the other.
const SHORTEST_COMPLETION_MS: u32 = 1_000;

impl Engine {
    pub(super) fn child_updown(
        &mut self,
        id: u32,
        connection: &str,
        remote: &str,
        child: &ChildSa,
        up: bool,
        facts: Facts,
    ) {
        let state = self.sas.get(id).map_or(IkeState::Established, |sa| sa.state);
        self.emit_tunnel(connection, state, remote, child, up);
        let Some(slot) = self.sas.get(id).map(|sa| sa.connection) else { return };
        let Some(connection) = self.get_mut(slot) else { return };
        let place = connection.children.place(child.name);
        let Some(sa) = self.sas.get_mut(id) else { return };
        sa.children.change(place, up);
        sa.warm &= !up;
        let (role, left, gone) = (sa.role, sa.children.count(), !sa.children.has(place));
        #[cfg(feature = "json")]
        self.note_gap(slot);
        if up {
            if let Some(connection) = self.get_mut(slot) {
                connection.children.came_up(place);
                connection.warm = None;
            }
            match role {
                // The others follow, or are asked for.
                Role::Main | Role::Spare if left == 1 => self.came_up(id),
                Role::Trial => self.trial_gained(slot, id),
                Role::Main | Role::Spare | Role::Standby | Role::Leaving => (),
            }
            self.plan_completion(slot, false);
        } else if left == 0 && facts.peer_delete && matches!(state, IkeState::Established | IkeState::Rekeying) {
            // The SEGW closed the last CHILD_SA and keeps the IKE_SA: nothing flows, nothing would bring it back.
            self.give_up(slot, id, role, Cause::ChildDeleted);
        } else if role == Role::Main && gone && (facts.peer_delete || facts.local_delete) {
            // Else it only goes with its IKE_SA.
            let now = self.now;
            let Some(connection) = self.get_mut(slot) else { return };
            let cause = match (facts.peer_delete, facts.expired) {
                (true, _) => Some(Cause::ChildDeleted),
                (false, true) => Some(Cause::Expired),
                (false, false) => None,
            };
            match cause {
                Some(cause) => connection.children.failed(place, cause),
                None => connection.children.ended(place),
            }
            // One that goes as soon as it is up waits, as one that is refused does. One that was up for a while does not,
            // however often it goes: charon alone asks at once, and traffic waits for it.
            let lately = connection.children.asked_within(place, now, SHORTEST_COMPLETION_MS);
            if self.is_bare(slot) {
                self.follow_another(slot);
            }
            self.plan_completion(slot, cause.is_some() && !lately);
            if let Some(cause) = cause {
                self.emit_child_down(slot, child.name, cause);
            }
        }
    }

    /// A CHILD_SA could not be set up, the IKE_SA stays.
    pub(super) fn child_refused(&mut self, slot: Slot, unique_id: u32, role: Role, failure: Cause, child: &str) {
        let Some(connection) = self.get_mut(slot) else { return };
        let wanted = connection.children.wanted();
        let place = connection.children.place(child);
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        if sa.children.has(place) {
            // Rekeying it failed: charon tries that again, and it carries traffic until its lifetime ends.
            return;
        }
        sa.refused = sa.refused.saturating_add(1);
        let (none_up, all_refused) = (sa.children.count() == 0, sa.refused >= wanted);
        let main = self.sas.main(slot).map(|sa| sa.children).unwrap_or_default();
        match role {
            // Nothing would flow there, or less than does now.
            Role::Main | Role::Trial if none_up && all_refused => self.give_up(slot, unique_id, role, failure),
            Role::Trial if main.has(place) => self.give_up(slot, unique_id, role, failure),
            Role::Trial => self.trial_gained(slot, unique_id),
            Role::Main => {
                if let Some(connection) = self.get_mut(slot) {
                    connection.children.failed(place, failure);
                }
                self.plan_completion(slot, false);
                self.emit_child_down(slot, child, failure);
            }
            Role::Spare | Role::Standby | Role::Leaving => (),
        }
    }

    /// Follows a spare IKE_SA that has CHILD_SAs, in place of the one that is bare; those are wanted, whoever ended theirs.
    pub(super) fn follow_another(&mut self, slot: Slot) {
        let spare = self.sas.of(slot).find(|sa| sa.role == Role::Spare && sa.children.count() > 0);
        let Some((spare, up)) = spare.map(|sa| (sa.unique_id, sa.children)) else { return };
        if let Some(connection) = self.get_mut(slot) {
            for at in (0..CHILD_CAP).filter(|at| up.has(Some(*at))) {
                connection.children.came_up(Some(at));
            }
        }
        self.came_up(spare);
    }

    /// One more CHILD_SA of a trial is up: the move is done when all that are up now are up there.
    pub(super) fn trial_gained(&mut self, slot: Slot, unique_id: u32) {
        let Some(wanted) = self.get(slot).map(|connection| connection.children.wanted()) else { return };
        let main = self.sas.main(slot).map(|sa| sa.children).unwrap_or_default();
        if self.sas.get(unique_id).is_some_and(|trial| trial.children.covers(&main, wanted)) {
            self.came_up(unique_id);
        }
    }

    /// Whether the IKE_SA that carried the traffic has been left without a CHILD_SA by somebody on this side, as `swanctl`
    /// does that loads the connection anew: what is up beside it carries the traffic, and it is of no use any more.
    pub(super) fn is_bare(&self, slot: Slot) -> bool {
        let active = |it: &Connection| it.children.configured() > 0 && matches!(it.state, State::Active { .. });
        let bare =
            |sa: &IkeSa| sa.children.count() == 0 && matches!(sa.state, IkeState::Established | IkeState::Rekeying);
        self.get(slot).is_some_and(active) && self.sas.of(slot).any(|sa| sa.role == Role::Main && bare(sa))
    }

    /// Whether the IKE_SA that carries the traffic lacks a CHILD_SA that is wanted; that IKE_SA.
    pub(super) fn incomplete(&self, slot: Slot) -> Option<u32> {
        let connection = self.get(slot)?;
        let wanted = connection.children.wanted();
        let main = self.sas.of(slot).find(|sa| sa.role == Role::Main && sa.state == IkeState::Established)?;
        (main.children.different() < wanted && connection.state.active().is_some()).then_some(main.unique_id)
    }

    /// Has missing CHILD_SAs asked for: at once if one was up and went; soon if nobody has been asked yet, as after a dial of
    /// charon's own; else after a pause that grows as that between two rounds does.
    pub(super) fn plan_completion(&mut self, slot: Slot, at_once: bool) {
        let incomplete = self.incomplete(slot).is_some();
        let (now, random) = (self.now, self.rand.next_u32());
        let Some(connection) = self.get_mut(slot) else { return };
        if !incomplete {
            connection.complete_at = None;
        } else if at_once {
            (connection.complete_at, connection.completions) = (Some(now), 0);
        } else if connection.complete_at.is_none() {
            let lately = connection.children.asked_within(None, now, connection.calm_ms());
            let before = if lately { connection.completions.saturating_sub(1) } else { 0 };
            let asked = lately || connection.children.is_refused();
            let delay_ms = if asked { backoff::delay_ms(before, &connection.policy, random) } else { 0 };
            connection.complete_at = Some(now.after(delay_ms.max(SHORTEST_COMPLETION_MS)));
            connection.completions = before.saturating_add(1);
        }
    }

    /// Asks for missing CHILD_SAs, if that is due.
    pub(super) fn complete(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        if connection.complete_at.is_none_or(|at| at > now) {
            return;
        }
        connection.complete_at = None;
        connection.completions = connection.completions.saturating_add(1);
        if let Some(unique_id) = self.incomplete(slot) {
            let up = self.sas.get(unique_id).map(|sa| sa.children).unwrap_or_default();
            if let Some(connection) = self.get_mut(slot) {
                connection.children.asked(&up, now);
            }
            self.queue(Queued::Complete(unique_id));
        }
        self.plan_completion(slot, false);
    }
}
