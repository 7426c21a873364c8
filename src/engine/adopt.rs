//! Connections of charon's own configuration: guarded like those that were applied, but they belong to somebody else, who
//! may change or remove them at any time.

use heapless::Vec;

use super::decision::terminate;
use super::emit::get;
use super::{Engine, Slot};
use crate::addr::{self, Addr, AddrList};
use crate::connection::{Pin, is_plain};
use crate::error::Error;
use crate::failover::{Input, State};
use crate::ike::{IkeSa, IkeState, Role};
use crate::limits::{NAME_CAP, SEGW_CAP};
use crate::policy::{Inverted, Policy};
use crate::segw::{SegwId, SegwTable};
use crate::silence::Silence;
use crate::time::Instant;
use crate::wire::event::{Event, EventKind};

/// Why a connection is not adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdopted {
    /// It has neither two addresses nor a name that can be dialled: there is nowhere to fail over to.
    Alone,
    /// Its name is not one that requests can say.
    Name,
    /// A client has applied a connection of that name.
    Applied,
    /// A value of the policy is higher than its limit.
    Inverted(Inverted),
    /// The table is full.
    Full,
}

/// Where the SEGWs of an old list stand in a new one.
type Places = Vec<Option<SegwId>, SEGW_CAP>;

impl From<NotAdopted> for Error {
    fn from(why: NotAdopted) -> Self {
        match why {
            NotAdopted::Alone | NotAdopted::Name => Self::Argument,
            NotAdopted::Applied | NotAdopted::Inverted(_) => Self::Refused,
            NotAdopted::Full => Self::Full,
        }
    }
}

impl Engine {
    /// Guards a connection of charon's own configuration, or takes over what has changed; `addrs` are its remote addresses
    /// separated by commas, of which those that cannot be dialled are passed over, `children` the CHILD_SAs that are dialled
    /// with it. Whether anything was new besides its policy: then its IKE_SAs are to be announced with `Found`.
    ///
    /// # Errors
    /// Says why it is not guarded. If it was before, it still is.
    #[inline(never)]
    pub fn adopt(
        &mut self,
        now: Instant,
        name: &str,
        addrs: &str,
        children: u8,
        policy: Policy,
    ) -> Result<bool, NotAdopted> {
        self.tick(now);
        let done = self.take_in(name, addrs, children, &policy);
        self.settle();
        done
    }

    fn take_in(&mut self, name: &str, addrs: &str, children: u8, policy: &Policy) -> Result<bool, NotAdopted> {
        if name.len() >= NAME_CAP || !is_plain(name) {
            return Err(NotAdopted::Name);
        }
        if let Some(inverted) = policy.inverted() {
            return Err(NotAdopted::Inverted(inverted));
        }
        let mut list = AddrList::new();
        let mut rest = Some(addrs);
        while let Some(addrs) = rest {
            let (text, more) = addr::cut(addrs, b',');
            // What charon only answers to, and what is too much.
            let _ = addr::push(&mut list, text);
            rest = more;
        }
        // Behind one name there may be several addresses.
        if list.len() < 2 && !matches!(list.first(), Some(Addr::Name(_))) {
            return Err(NotAdopted::Alone);
        }
        let Some(slot) = self.find(name) else {
            let slot = self.vacant().ok_or(NotAdopted::Full)?;
            if let Some(connection) = self.install(slot, name, &list, children, policy) {
                connection.adopted = true;
            }
            self.emit_adopted(slot);
            return Ok(true);
        };
        if !self.get(slot).is_some_and(|connection| connection.adopted) {
            return Err(NotAdopted::Applied);
        }
        self.replan(slot, policy);
        let Some(connection) = self.get_mut(slot) else { return Err(NotAdopted::Applied) };
        let others = connection.children.configured() != children;
        connection.children.configure(children);
        let same = connection.segws.iter().map(|segw| &segw.addr).eq(list.iter());
        if others {
            // Charon asks for a new one where it likes, as of the trial of a move, with which it may go.
            self.plan_completion(slot, false);
        }
        if same {
            return Ok(false);
        }
        self.relist(slot, &list);
        Ok(true)
    }

    /// Notes, for `STATUS`, why a connection is not guarded, or can be used in part only, and tells it; an empty reason: this is over,
    /// or it is gone.
    #[cfg(feature = "json")]
    pub fn not_guarded(&mut self, now: Instant, name: &str, reason: &str) {
        self.tick(now);
        let (name, reason) = self.not_guarded.note(name, reason);
        let mut draft = self.events.begin(self.now);
        let told = Event::NotGuarded {
            event: EventKind::SegwNotGuarded,
            connection: draft.text(&name),
            reason: draft.optional(Some(&*reason).filter(|reason| !reason.is_empty())),
        };
        draft.end(told);
    }

    /// Notes, for `STATUS`, an option that is wrong; an empty reason: it is right, or it is gone.
    #[cfg(feature = "json")]
    pub fn policy_error(&mut self, option: &str, reason: &str) {
        self.not_guarded.note_policy(option, reason);
    }

    /// Forgets all options that were wrong.
    #[cfg(feature = "json")]
    pub fn no_policy_errors(&mut self) {
        self.not_guarded.forget_policy();
    }

    /// Guards a connection of charon's own configuration no longer; its IKE_SAs are left alone.
    ///
    /// # Errors
    /// `Unknown`: no such connection was adopted.
    pub fn release(&mut self, now: Instant, name: &str) -> Result<(), Error> {
        self.tick(now);
        let adopted = |slot: &Slot| self.get(*slot).is_some_and(|connection| connection.adopted);
        let slot = self.find(name).filter(adopted).ok_or(Error::Unknown)?;
        // What only we would have ended.
        self.end(slot, |role| matches!(role, Role::Trial | Role::Standby | Role::Leaving));
        self.sas.remove_connection(slot);
        if let Some(name) = self.vacate(slot) {
            self.emit(EventKind::SegwReleased, &name);
            #[cfg(feature = "json")]
            {
                // Where charon ends it is only not seen any more.
                self.memory_changed |= !self.shutdown && self.memory.forget(&name);
            }
        }
        self.settle();
        Ok(())
    }

    /// Whether this is charon's first dial of an adopted connection, unanswered as yet.
    pub(super) fn is_first(&self, sa: &IkeSa) -> bool {
        let idle = self.get(sa.connection).is_some_and(|it| it.adopted && matches!(it.state, State::Idle));
        idle && !sa.inbound && sa.role == Role::Main && sa.state == IkeState::Connecting
    }

    fn emit_adopted(&mut self, slot: Slot) {
        let connection = get(&self.connections, slot).map_or("", |connection| &connection.name);
        let mut draft = self.events.begin(self.now);
        let connection = draft.text(connection);
        let event = EventKind::SegwAdopted;
        draft.end(Event::Connection { event, connection });
    }

    /// A spare IKE_SA to one of these SEGWs, with its place among them.
    fn spare(&self, slot: Slot, addrs: &AddrList) -> Option<(u32, SegwId)> {
        let old = &self.get(slot)?.segws;
        let spare = self.sas.of(slot).filter(|sa| sa.role == Role::Spare && sa.is_alive());
        spare.into_iter().find_map(|sa| {
            let addr = &old.get(sa.segw)?.addr;
            (0..).zip(addrs).find(|(_, it)| *it == addr).map(|(segw, _)| (sa.unique_id, segw))
        })
    }

    /// Makes a spare IKE_SA the main one; the connection has none.
    fn inherit(&mut self, slot: Slot, unique_id: u32, segw: SegwId) {
        if let Some(sa) = self.sas.get_mut(unique_id) {
            sa.lead();
            sa.segw = segw;
        }
        self.end(slot, |role| role == Role::Spare);
        self.step(slot, Input::Dialled(segw));
        let children = self.get(slot).map(|connection| connection.children.configured());
        if self.sas.get(unique_id).zip(children).is_some_and(|(sa, children)| sa.is_up(children)) {
            self.came_up(unique_id);
        }
    }

    /// Takes over another list of SEGWs. What is known of those that stay is kept; a connection stays on a SEGW that
    /// stays, and leaves one that is gone.
    #[inline(never)]
    fn relist(&mut self, slot: Slot, addrs: &AddrList) {
        self.end(slot, |role| matches!(role, Role::Trial | Role::Standby));
        let (now, random) = (self.now, self.rand.next_u32());
        let spare = self.spare(slot, addrs);
        #[cfg(feature = "json")]
        let drained = self.drained(addrs);
        let Some(connection) = self.get_mut(slot) else { return };
        let mut segws = SegwTable::new(addrs);
        #[cfg(feature = "json")]
        segws.drain(&drained);
        for old in connection.segws.iter() {
            segws.keep(old);
        }
        let places: Places = connection.segws.iter().map(|old| segws.place(&old.addr)).collect();
        let moved = |segw: SegwId| places.get(usize::from(segw)).copied().flatten();
        let place = connection.turned_to().and_then(moved);
        connection.pin = connection.pin.and_then(|pin| Some(Pin { segw: moved(pin.segw)?, ..pin }));
        let wanted = !matches!(connection.state, State::Idle | State::Stopped);
        let carried = connection.state.active().map(|segw| connection.carried_ms(segw, now));
        connection.segws = segws;
        connection.standby.gone(now);
        connection.standby.forget_refusals(now);
        connection.carried_since = now;
        if let (Some(carried), Some(segw)) = (carried, place.and_then(|segw| connection.segws.get_mut(segw))) {
            segw.carried_ms = carried;
        }
        #[cfg(feature = "json")]
        self.keep_pin(slot);
        let Some(connection) = self.get_mut(slot) else { return };
        match place {
            Some(segw) => {
                (connection.silent, connection.unreached) = (Silence::NONE, Silence::NONE);
                let state = connection.state.relisted(segw, &connection.world(now, random));
                connection.stand(state);
                let actions = &mut self.actions;
                self.sas.each(slot, &mut |sa| match moved(sa.segw) {
                    Some(segw) => sa.segw = segw,
                    // To one that is gone; whatever carries traffic is on one that stays.
                    None if sa.role == Role::Spare => terminate(actions, sa),
                    None => (),
                });
                if let Some(dial) = self.get_mut(slot).and_then(|connection| connection.dial.as_mut()) {
                    dial.segw = segw;
                }
            }
            None if wanted => {
                connection.state = State::Idle;
                (connection.watch, connection.reach) = (None, None);
                connection.dial = None;
                self.end(slot, |role| role != Role::Spare);
                match spare {
                    // Charon has dialled the new list by itself, as swanctl.conf asks for when it is loaded.
                    Some((unique_id, segw)) => self.inherit(slot, unique_id, segw),
                    None => {
                        self.end(slot, |_| true);
                        self.step(slot, Input::Start);
                    }
                }
            }
            None => (),
        }
        self.emit_adopted(slot);
    }
}
