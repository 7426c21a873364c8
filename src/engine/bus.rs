//! What the events of charon's bus mean for the tables: which IKE_SA plays which part, and what that means for its
//! connection.

use super::decision::terminate;
use super::{Engine, Queued, Slot, slots};
use crate::addr::Addr;
use crate::backoff;
use crate::cause::Cause;
use crate::charon::{Alert, ChildSa};
use crate::connection::Connection;
use crate::diagnosis::Plain;
use crate::error::{Error, Result};
use crate::failover::{Input, State};
use crate::ike::{Facts, IkeSa, IkeState, Replacement, Role, Verdict};
use crate::limits::CHILD_CAP;
use crate::liveness::{Finding, Look, Pace, Watch};
use crate::policy::Redirect;
use crate::refusal::number;
use crate::segw::SegwId;

/// Shortest time until CHILD_SAs that are missing are asked for, in milliseconds, but for one that was up and went: those of a
/// dial come one after the other.
const SHORTEST_COMPLETION_MS: u32 = 1_000;
/// What is left of a pause has to be longer than this to be cut short, in milliseconds: addresses also change while a link
/// comes up.
const LONG_PAUSE_MS: u32 = 2_000;
/// What is left of a pause when this host's network has changed, in milliseconds: it changes more than once then.
const HURRY_MS: u32 = 500;
/// Shortest time between two pauses of a connection that are cut short, in milliseconds: a network that changes all the time
/// must not undo the backoff.
const CALM_MS: u32 = 30_000;
/// Redirects of a connection that are followed within `REDIRECT_MS`; RFC 5685 §3 has the numbers against loops. Of those that
/// are not as many are told: anybody may make them up.
const REDIRECTS: u8 = 5;
/// In milliseconds.
const REDIRECT_MS: u32 = 300_000;

impl Engine {
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

    /// An IKE_SA that is followed enters a state.
    pub(super) fn entered(&mut self, unique_id: u32, remote: &str, state: IkeState, facts: Facts) {
        let now = self.now;
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        sa.enter(state, facts);
        if state == IkeState::Connecting {
            sa.waits_since = Some(now);
        }
        if state == IkeState::Established {
            let (slot, incomplete) = (sa.connection, core::mem::take(&mut sa.incomplete));
            if sa.role == Role::Spare {
                sa.end_at = None;
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

    /// Whether a redirect is to be followed.
    pub(super) fn redirect(&mut self, unique_id: u32, target: &str) -> Result<()> {
        let now = self.now;
        let Some((slot, role)) = self.sas.get(unique_id).map(|sa| (sa.connection, sa.role)) else { return Ok(()) };
        if role == Role::Standby {
            // It is to that SEGW or none.
            return Err(Error::Refused);
        }
        let Some(connection) = self.get_mut(slot) else { return Ok(()) };
        let allowed = match connection.policy.redirect {
            Redirect::Off => false,
            Redirect::Listed => connection.segws.find(target).is_some(),
            Redirect::Any => true,
        };
        if now.since(connection.redirected_at) >= u64::from(REDIRECT_MS) {
            (connection.redirected_at, connection.redirects, connection.unfollowed) = (now, 0, 0);
        }
        let follow = allowed && connection.redirects < REDIRECTS;
        let count = if follow { &mut connection.redirects } else { &mut connection.unfollowed };
        *count = count.saturating_add(1);
        #[cfg(feature = "json")]
        let told = *count <= REDIRECTS;
        log!(
            info,
            "connection {}: redirect to {} followed: {}",
            Plain(&connection.name),
            Plain(target),
            Plain(if follow { "true" } else { "false" })
        );
        #[cfg(feature = "json")]
        if told {
            self.note_redirect(unique_id, target, follow);
        }
        if follow { Ok(()) } else { Err(Error::Refused) }
    }

    /// An IKE_SA is dialled at another SEGW of its list than it was: the first one has redirected it (RFC 5685).
    pub(super) fn redirected(&mut self, unique_id: u32, remote: &str) {
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        let (slot, role, before) = (sa.connection, sa.role, sa.segw);
        let Some(connection) = self.get(slot) else { return };
        // Which address a name stands for is not known here.
        let literal = connection.segws.get(before).is_some_and(|segw| !matches!(segw.addr, Addr::Name(_)));
        let Some(to) = connection.segws.find(remote).filter(|to| literal && *to != before) else { return };
        match role {
            Role::Trial | Role::Standby => self.give_up(slot, unique_id, role, Cause::Redirected),
            Role::Main | Role::Spare | Role::Leaving => {
                if let Some(sa) = self.sas.get_mut(unique_id) {
                    sa.segw = to;
                }
                if role == Role::Main {
                    self.step(slot, Input::Redialled(to));
                }
            }
        }
    }

    /// The part that an IKE_SA of charon's own to this SEGW plays. One that comes before our own dial to it has begun is as
    /// good, and the only one: of two at once the SEGW may keep the one that is ended here. A second one beside what there
    /// is only matters if it takes over.
    fn role_of(&self, slot: Slot, segw: SegwId) -> Role {
        let takes = |connection: &Connection| awaits_dial(connection, segw) || is_free(connection);
        if self.get(slot).is_some_and(takes) { Role::Main } else { Role::Spare }
    }

    /// Charon dialled by itself. Where another SEGW was the last to work, that one is dialled instead.
    fn dialled(&mut self, mut sa: IkeSa) -> Result<()> {
        let (slot, segw, role, unique_id) = (sa.connection, sa.segw, sa.role, sa.unique_id);
        let recalled = self.remembered(slot).filter(|last| *last != segw && self.is_first(&sa));
        if recalled.is_some() {
            sa.role = Role::Leaving;
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
        if up {
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

    /// Whether there is a route towards the SEGW of an IKE_SA.
    pub(super) fn routed(&mut self, unique_id: u32, route: bool) {
        let main = self.sas.get(unique_id).filter(|sa| !route && sa.role == Role::Main).map(|sa| sa.connection);
        if let Some(slot) = main {
            self.ask_routes(slot);
        }
    }

    /// Addresses, routes or links of this host may have changed. What failed before may have failed for that: a pause is cut
    /// short, now and then.
    pub(super) fn roamed(&mut self) {
        let now = self.now;
        for slot in slots() {
            let Some(connection) = self.get_mut(slot).filter(|connection| connection.minds_routes()) else { continue };
            let asked = connection.segws.rested_at(now).is_some();
            if !asked
                && now >= connection.hurry_at
                && connection.state.hurry(now.after(LONG_PAUSE_MS), now.after(HURRY_MS))
            {
                connection.hurry_at = now.after(CALM_MS);
            }
            self.ask_routes(slot);
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

    /// What it means that a dial has no IKE_SA at the end of its time: its name did not resolve. An address that charon is
    /// too busy to dial is given up like one that does not answer.
    pub(super) fn unresolved(&mut self, slot: Slot) -> Option<Input> {
        let now = self.now;
        let connection = self.get_mut(slot)?;
        let late = connection.state.poll_at().is_some_and(|at| at <= now);
        let named = |segw: SegwId| connection.segws.get(segw).is_some_and(|segw| matches!(segw.addr, Addr::Name(_)));
        let dial = connection.dial.filter(|dial| late && named(dial.segw))?;
        connection.dial = None;
        Some(if dial.trial { Input::TrialLost(Cause::AddrFailed) } else { Input::Lost(Cause::AddrFailed) })
    }

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
        let role = if dial.trial { Role::Trial } else { Role::Main };
        let done = self.track(IkeSa::new(unique_id, slot, dial.segw, role));
        if done.is_err() {
            let cause = Cause::NotDialled;
            self.step(slot, if dial.trial { Input::TrialLost(cause) } else { Input::Lost(cause) });
        }
        done
    }

    /// Forgets what was followed under an id that is announced anew: it has gone without a word.
    fn succeed(&mut self, unique_id: u32) {
        if let Some(sa) = self.sas.remove(unique_id) {
            // It may have been what its connection was due for.
            self.touch(sa.connection);
        }
    }

    /// Follows an IKE_SA of the same connection in place of the one of id `old`.
    fn replace(&mut self, old: u32, sa: IkeSa) {
        if sa.unique_id != old && self.follows(old) {
            self.succeed(sa.unique_id);
        }
        self.touch(sa.connection);
        self.sas.replace(old, sa);
    }

    /// Follows one more IKE_SA; says so if there is no room.
    pub(super) fn track(&mut self, mut sa: IkeSa) -> Result<()> {
        sa.waits_since = Some(self.now);
        self.succeed(sa.unique_id);
        let slot = sa.connection;
        self.touch(slot);
        let done = self.sas.insert(sa);
        if done.is_err() {
            self.emit_table_full(slot);
        }
        done
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

    /// Follows a spare IKE_SA that has CHILD_SAs, in place of the one that is bare; those are wanted, whoever ended theirs.
    fn follow_another(&mut self, slot: Slot) {
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
    fn trial_gained(&mut self, slot: Slot, unique_id: u32) {
        let Some(wanted) = self.get(slot).map(|connection| connection.children.wanted()) else { return };
        let main = self.sas.main(slot).map(|sa| sa.children).unwrap_or_default();
        if self.sas.get(unique_id).is_some_and(|trial| trial.children.covers(&main, wanted)) {
            self.came_up(unique_id);
        }
    }

    /// Whether the IKE_SA that carries the traffic lacks a CHILD_SA that is wanted; that IKE_SA.
    fn incomplete(&self, slot: Slot) -> Option<u32> {
        let connection = self.get(slot)?;
        let wanted = connection.children.wanted();
        let main = self.sas.of(slot).find(|sa| sa.role == Role::Main && sa.state == IkeState::Established)?;
        (main.children.different() < wanted && connection.state.active().is_some()).then_some(main.unique_id)
    }

    /// Has missing CHILD_SAs asked for again: at once if one was up and went, else after a pause that grows as that between two
    /// rounds does.
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
            let delay_ms = backoff::delay_ms(before, &connection.policy, random);
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

    /// Whether the IKE_SA that carried the traffic has been left without a CHILD_SA by somebody on this side, as `swanctl`
    /// does that loads the connection anew: what is up beside it carries the traffic, and it is of no use any more.
    fn is_bare(&self, slot: Slot) -> bool {
        let active = |it: &Connection| it.children.configured() > 0 && matches!(it.state, State::Active { .. });
        let bare =
            |sa: &IkeSa| sa.children.count() == 0 && matches!(sa.state, IkeState::Established | IkeState::Rekeying);
        self.get(slot).is_some_and(active) && self.sas.of(slot).any(|sa| sa.role == Role::Main && bare(sa))
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
        } else if replaces.is_some_and(|old| self.sas.get(old).is_none_or(|old| old.role != Role::Main)) {
            // It replaces one that traffic has moved away from meanwhile.
            if let Some(sa) = self.sas.get_mut(unique_id) {
                terminate(&mut self.actions, sa);
            }
        }
    }

    /// Another IKE_SA carries the traffic: what there was of silence was the other one's.
    pub(super) fn watch_anew(&mut self, slot: Slot) {
        let now = self.now;
        if let Some(connection) = self.get_mut(slot) {
            connection.watch = connection.watch.and_then(|_| Watch::new(now, &connection.policy, &connection.pace()));
            connection.reach_anew(now);
        }
    }

    pub(super) fn rekeyed(&mut self, old: u32, new: u32, connection: &str) {
        let sa = self.sas.get(old).map(|sa| sa.rekeyed(new));
        if sa.as_ref().is_none_or(|sa| sa.role != Role::Standby) {
            self.emit_rekeyed(new, connection);
        }
        let Some(sa) = sa else { return };
        let (slot, ends) = (sa.connection, sa.role == Role::Leaving && sa.end_at.is_none());
        // In the old one's place: there is always room for it, and nothing the old one does counts any more.
        self.replace(old, sa);
        if ends {
            // The job that was to end the old one comes too late for it.
            self.queue(Queued::Terminate(new));
        }
        self.sas.each(slot, &mut |sa| {
            if sa.replaces == Some(old) {
                sa.replaces = Some(new);
            }
        });
        if let Some((_, watch, _)) = self.watch(new) {
            // What was asked of the old one has no answer.
            watch.uncounted();
        }
    }

    /// Charon is about to dial by itself in place of an IKE_SA that is still there. Where the new one is followed it takes
    /// the old one's entry, so that there is always room; else the answer is an error, and it is not to be dialled.
    pub(super) fn reestablish(&mut self, old: u32, new: u32, facts: Facts) -> Result<()> {
        let sa = self.sas.get_mut(old).ok_or(Error::Unknown)?;
        let (slot, segw, role) = (sa.connection, sa.segw, sa.role);
        match (sa.replacement(facts), role) {
            // It was told to end, and charon only comes to it now. A standby is dialled as one or not at all.
            (_, Role::Leaving | Role::Standby) => Err(Error::Refused),
            (Replacement::MakeBeforeBreak, Role::Trial) => {
                sa.role = Role::Leaving;
                self.track(IkeSa::new(new, slot, segw, Role::Trial))
            }
            (Replacement::MakeBeforeBreak, _) => {
                let mut spare = IkeSa::new(new, slot, segw, Role::Spare);
                spare.replaces = Some(old);
                // Nothing else would end it: charon goes on asking for as long as it retransmits.
                spare.end_at = self.get(slot).and_then(|it| it.world(self.now, 0).give_up_at());
                self.track(spare)
            }
            (Replacement::Redialled, _) => {
                self.replace(old, IkeSa::new(new, slot, segw, role));
                if role == Role::Main {
                    self.step(slot, Input::Redialled(segw));
                }
                Ok(())
            }
            (Replacement::Lost(cause), Role::Main) => {
                sa.role = Role::Leaving;
                #[cfg(feature = "json")]
                let detail = sa.detail(cause);
                #[cfg(feature = "json")]
                self.note_detail(slot, detail);
                self.step(slot, Input::Lost(cause));
                // Charon's dial takes the place of ours: one retry loop, one IKE_SA.
                let dial = self.get_mut(slot).and_then(|connection| connection.dial.take());
                let Some(dial) = dial.filter(|_| self.sas.get(old).is_some()) else { return Err(Error::Refused) };
                let mut sa = IkeSa::new(new, slot, dial.segw, Role::Main);
                sa.incomplete = true;
                self.replace(old, sa);
                Ok(())
            }
            (Replacement::Lost(_) | Replacement::Unwanted, _) => Err(Error::Refused),
        }
    }

    /// Charon has begun to dial `new` in place of `old`, or could not.
    pub(super) fn reestablished(&mut self, old: u32, new: u32, initiated: bool) {
        let followed = self.sas.get(old).is_some();
        match self.sas.get_mut(new) {
            Some(sa) if !initiated => sa.alert(Cause::NotDialled),
            // Dialled although it was refused: a redirected one cannot be kept from it, nor one that charon has put off.
            None if initiated && followed => self.queue(Queued::Terminate(new)),
            Some(_) | None => (),
        }
    }

    /// `child`: the CHILD_SA that an alert about one is of, if charon tells.
    pub(super) fn alert(&mut self, unique_id: u32, alert: Alert, child: &str) {
        #[cfg(feature = "json")]
        self.emit_alert(unique_id, alert, child);
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        if let Some(cause) = alert.cause() {
            sa.alert(cause);
        }
        #[cfg(feature = "json")]
        if let Some(reason) = alert.reason() {
            sa.note_reason(reason);
        }
        let (slot, role, failure) = (sa.connection, sa.role, sa.child_failure());
        let Some(connection) = self.get(slot) else { return };
        if alert == Alert::InitUnreachable && connection.adopted {
            // Its `keyingtries` may be without end; exactly one retry loop exists.
            self.give_up(slot, unique_id, role, Cause::InitUnreachable);
        } else if alert == Alert::ChildFailed {
            self.child_refused(slot, unique_id, role, failure, child);
        }
    }

    /// A CHILD_SA could not be set up, the IKE_SA stays.
    fn child_refused(&mut self, slot: Slot, unique_id: u32, role: Role, failure: Cause, child: &str) {
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
        let waited = sa.waits_since.replace(now).filter(|_| setup);
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
    fn watch(&mut self, unique_id: u32) -> Option<(Slot, &mut Watch, Pace)> {
        let slot = self.sas.get(unique_id).filter(|sa| sa.role == Role::Main)?.connection;
        let connection = self.get_mut(slot)?;
        let pace = connection.pace();
        connection.watch.as_mut().map(|watch| (slot, watch, pace))
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
