//! Dials: ours that become an IKE_SA or do not, and those of charon or of a SEGW that come by themselves.

use super::decision::terminate;
use super::{Engine, Queued, Slot};
use crate::addr::Addr;
use crate::cause::Cause;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::failover::{Input, State};
use crate::ike::{Facts, IkeSa, IkeState, Role};
use crate::segw::SegwId;

impl Engine {
    pub(super) fn dialling(&mut self, unique_id: u32, connection: &str, serial: u32, more: bool) -> Result<()> {
        let found = self.find(connection).filter(|_| !self.shutdown);
        if let Some(slot) = found.filter(|slot| self.awaits_standby(*slot, serial)) {
            return self.standby_dialling(slot, unique_id);
        }
        let wanted = found.filter(|slot| self.awaits(*slot, serial));
        let Some((slot, dial)) = wanted.and_then(|slot| Some((slot, self.get_mut(slot)?.dial.take()?))) else {
            // Stopped, removed or sent elsewhere while the action was on its way.
            return Err(Error::Unknown);
        };
        if let Some(segw) = self.get_mut(slot).and_then(|connection| connection.segws.get_mut(dial.segw)) {
            segw.more = more;
        }
        if more && !dial.trial {
            // There is one to go on with, which was not known before its name was resolved.
            self.dialled_anew(slot);
        }
        let role = if dial.trial { Role::Trial } else { Role::Main };
        let done = self.track(IkeSa::new(unique_id, slot, dial.segw, role));
        if done.is_err() {
            let cause = Cause::NotDialled;
            self.step(slot, if dial.trial { Input::TrialLost(cause) } else { Input::Lost(cause) });
        }
        done
    }

    /// The SEGW that is being dialled has all of its time from now on.
    #[inline(never)]
    pub(super) fn dialled_anew(&mut self, slot: Slot) {
        let now = self.now;
        if let Some(connection) = self.get_mut(slot) {
            let mut state = connection.state;
            state.dialled_anew(&connection.world(now, 0));
            connection.stand(state);
        }
    }

    pub(super) fn not_dialled(&mut self, connection: &str, serial: u32, cause: Cause) -> Result<()> {
        if let Some(slot) = self.find(connection).filter(|slot| self.awaits_standby(*slot, serial)) {
            self.standby_failed(slot, None, Some(cause));
            return Ok(());
        }
        let slot = self.find(connection).filter(|slot| self.awaits(*slot, serial)).ok_or(Error::Unknown)?;
        let connection = self.get_mut(slot).ok_or(Error::Unknown)?;
        let dial = connection.dial.take().ok_or(Error::Unknown)?;
        if let Some(segw) =
            connection.segws.get_mut(dial.segw).filter(|_| matches!(cause, Cause::NoRoute | Cause::Lacking))
        {
            // Nothing was sent: that was no attempt.
            segw.attempts = segw.attempts.saturating_sub(1);
            connection.counters.attempts = connection.counters.attempts.saturating_sub(1);
        }
        self.step(slot, if dial.trial { Input::TrialLost(cause) } else { Input::Lost(cause) });
        Ok(())
    }

    /// What it means that a dial has no IKE_SA at the end of its time, or charon's own has not begun yet
    /// (`retry_initiate_interval`): its name did not resolve. An address that charon is too busy to dial is given up like one
    /// that does not answer.
    pub(super) fn unresolved(&mut self, slot: Slot) -> Option<Input> {
        let now = self.now;
        let connection = self.get_mut(slot)?;
        let late = connection.state.poll_at().is_some_and(|at| at <= now);
        let dialling = matches!(connection.state, State::Connecting { .. });
        let named = |segw: SegwId| connection.segws.get(segw).is_some_and(|segw| matches!(segw.addr, Addr::Name(_)));
        if let Some(dial) = connection.dial.filter(|dial| late && named(dial.segw)) {
            connection.dial = None;
            return Some(if dial.trial { Input::TrialLost(Cause::AddrFailed) } else { Input::Lost(Cause::AddrFailed) });
        }
        let main = self.sas.main(slot).filter(|sa| late && dialling && sa.state == IkeState::Created)?;
        let (unique_id, segw) = (main.unique_id, main.segw);
        if !self.get(slot)?.segws.get(segw).is_some_and(|segw| matches!(segw.addr, Addr::Name(_))) {
            return None;
        }
        if let Some(sa) = self.sas.get_mut(unique_id) {
            terminate(&mut self.actions, sa);
        }
        Some(Input::Lost(Cause::AddrFailed))
    }

    /// Charon made an IKE_SA that is not the answer to an action.
    pub(super) fn appeared(&mut self, unique_id: u32, connection: &str, remote: &str, facts: Facts) -> Result<()> {
        // During a shutdown nothing is decided any more, so nothing has to be followed.
        if self.shutdown {
            return Ok(());
        }
        let slot = self.slot_of(connection)?;
        if facts.authenticated {
            // Half of a rekeying: `rekeyed` tells of it if it comes to be, and if not it goes as it came.
            return Ok(());
        }
        let Some(connection) = self.get(slot) else { return Ok(()) };
        let segw = match (connection.segws.find(remote), connection.adopted) {
            (Some(segw), _) => segw,
            // Loaded anew with another list, of which we shall hear: it is found then.
            (None, true) => return Err(Error::Unknown),
            (None, false) => 0,
        };
        let role = self.role_of(slot, segw);
        let mut sa = IkeSa::new(unique_id, slot, segw, role);
        sa.enter(IkeState::Connecting, facts);
        self.dialled(sa)
    }

    /// The SEGW of a connection has initiated an IKE_SA, and proved who it is.
    pub(super) fn accepted(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState) -> Result<()> {
        let Some(slot) = self.find(connection).filter(|_| !self.shutdown) else { return Ok(()) };
        // From an address that is none of its list, or behind a name: whoever knows the names has to say.
        let Some(segw) = self.get(slot).and_then(|it| it.segws.find(remote)) else { return Err(Error::Unknown) };
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return Ok(()) };
        if connection.segws.get_mut(segw).is_some_and(|segw| segw.came_back(now)) {
            connection.redials = connection.redials.with(segw);
        }
        let mut sa = IkeSa::new(unique_id, slot, segw, self.role_of(slot, segw));
        sa.inbound = true;
        sa.enter(state, Facts::NONE);
        self.dialled(sa)
    }

    /// Before its connection was adopted there was this IKE_SA.
    pub(super) fn found(&mut self, mut sa: IkeSa, connection: &str, remote: &str) -> Result<()> {
        if self.shutdown {
            return Ok(());
        }
        let slot = self.slot_of(connection)?;
        let Some(connection) = self.get(slot) else { return Ok(()) };
        let segw = connection.segws.find(remote).ok_or(Error::Unknown)?;
        if !sa.is_alive() || self.sas.get(sa.unique_id).is_some() {
            return Ok(());
        }
        let id = sa.unique_id;
        let up = sa.is_up(connection.children.configured());
        let role = self.role_of(slot, segw);
        (sa.connection, sa.segw, sa.role) = (slot, segw, role);
        self.dialled(sa)?;
        // A second one that was there before is left alone.
        if up && (role != Role::Spare || !self.carries(slot) || self.is_bare(slot)) {
            self.came_up(id);
        }
        Ok(())
    }

    /// Charon could not even begin to dial an adopted connection, none of its names resolves: nobody would try again.
    pub(super) fn ended_undialled(&mut self, connection: &str, facts: Facts) -> Result<()> {
        let idle = |slot: &Slot| self.get(*slot).is_some_and(|it| it.adopted && matches!(it.state, State::Idle));
        let dialled = facts.initiator && !facts.delete_pending;
        let slot = self.find(connection).filter(|_| dialled).filter(idle).ok_or(Error::Unknown)?;
        let last = self.remembered(slot);
        self.step(slot, last.map_or(Input::Start, Input::Resume));
        Ok(())
    }

    /// The part that an IKE_SA of charon's own to this SEGW plays. One that comes before our own dial to it has begun is as
    /// good, and the only one: of two at once the SEGW may keep the one that is ended here. A second one beside what there
    /// is only matters if it takes over.
    pub(super) fn role_of(&self, slot: Slot, segw: SegwId) -> Role {
        let takes = |connection: &Connection| awaits_dial(connection, segw) || is_free(connection);
        if self.get(slot).is_some_and(takes) { Role::Main } else { Role::Spare }
    }

    /// Charon dialled by itself. Where another SEGW was the last to work, that one is dialled instead.
    pub(super) fn dialled(&mut self, mut sa: IkeSa) -> Result<()> {
        let (slot, segw, role, unique_id) = (sa.connection, sa.segw, sa.role, sa.unique_id);
        let recalled = self.remembered(slot).filter(|last| *last != segw && self.is_first(&sa));
        if recalled.is_some() {
            sa.role = Role::Leaving;
        } else if role == Role::Spare && !sa.inbound && sa.state == IkeState::Connecting && self.carries(slot) {
            sa.end_at = self.spare_ends_at(slot).into();
        }
        self.track(sa)?;
        if let Some(to) = recalled {
            self.queue(Queued::Terminate(unique_id));
            self.step(slot, Input::Resume(to));
        } else if role == Role::Main {
            if let Some(connection) = self.get_mut(slot).filter(|connection| awaits_dial(connection, segw)) {
                connection.dial = None;
            }
            self.step(slot, Input::Dialled(segw));
            // Charon dials without looking whether there is a route.
            self.ask_routes(slot);
        }
        Ok(())
    }
}

/// Whether this SEGW is about to be dialled.
fn awaits_dial(connection: &Connection, segw: SegwId) -> bool {
    connection.dial.is_some_and(|dial| !dial.trial && dial.segw == segw)
}

/// Whether an IKE_SA that appears becomes the connection's main one: there is no other.
const fn is_free(connection: &Connection) -> bool {
    !matches!(
        connection.state,
        State::Connecting { .. } | State::Active { .. } | State::Moving { .. } | State::Hold { kept: Some(_), .. }
    )
}
