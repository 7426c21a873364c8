//! The connection table and the three inputs: a request, a fact from charon, the time. Each is turned into a decision
//! ([`failover`](crate::failover)) and the decision into actions and events, which the caller drains.

#[cfg(feature = "json")]
mod account;
mod action;
mod adopt;
#[cfg(feature = "json")]
mod apply;
mod bus;
mod children;
mod data;
mod decision;
mod dial;
#[cfg(feature = "json")]
pub(crate) mod drill;
mod emit;
mod hint;
mod ike_sa;
mod in_place;
mod liveness;
mod network;
mod reach;
mod redirect;
mod replacement;
#[cfg(feature = "json")]
mod request;
mod standby;
#[cfg(feature = "json")]
mod steer;
mod takeover;
mod timer;

use heapless::Deque;

use crate::addr::{Addr, AddrList};
use crate::clock::Clock;
#[cfg(feature = "json")]
use crate::config::model::Config;
#[cfg(feature = "json")]
use crate::connection::Pin;
pub(crate) use crate::connection::Slot;
use crate::connection::{Connection, Names, chain};
use crate::deadlines::Deadlines;
use crate::error::Error;
use crate::failover::State;
use crate::ike::{IkeSa, Role};
use crate::ike_table::IkeSaTable;
use crate::limits::{ACTION_CAP, CONNECTION_CAP};
#[cfg(feature = "json")]
use crate::memory::{Known, Memory};
#[cfg(feature = "json")]
use crate::not_guarded::NotGuardedList;
use crate::order;
use crate::policy::Policy;
use crate::rand::Rand;
use crate::segw::SegwId;
use crate::time::Instant;
use crate::wire::event::Subject;
use crate::wire::queue::EventQueue;

pub use crate::connection::Name;
pub use action::Action;
pub(crate) use action::Queued;
pub use adopt::NotAdopted;
#[cfg(feature = "json")]
pub use request::Answer;

/// Every slot.
fn slots() -> impl Iterator<Item = Slot> {
    (0..).take(CONNECTION_CAP)
}

/// Everything the library knows. The caller owns its memory.
///
/// What is small, and asked for at every turn, comes first, in this order: a 32-bit machine reaches 32 KiB from a pointer with
/// one instruction, and needs three for what lies behind them.
#[derive(Debug)]
#[repr(C)]
pub struct Engine {
    pub(crate) now: Instant,
    pub(crate) rand: Rand,
    pub(crate) clock: Clock,
    pub(crate) serial: u32,
    /// The connection whose deadline may have changed since it was noted.
    pub(crate) touched: Option<Slot>,
    pub(crate) shutdown: bool,
    /// The memory has changed since it was last handed out.
    #[cfg(feature = "json")]
    pub(crate) memory_changed: bool,
    /// This device, as a number.
    pub(crate) device: u32,
    pub(crate) deadlines: Deadlines,
    /// The connections by their names.
    pub(crate) names: Names,
    pub(crate) sas: IkeSaTable,
    pub(crate) actions: Deque<Queued, ACTION_CAP>,
    /// Connections that are to be unloaded.
    pub(crate) removed: Deque<Name, CONNECTION_CAP>,
    #[cfg(feature = "json")]
    pub(crate) memory: Memory,
    #[cfg(feature = "json")]
    pub(crate) not_guarded: NotGuardedList,
    pub(crate) events: EventQueue,
    pub(crate) connections: [Option<Connection>; CONNECTION_CAP],
    /// Where a configuration is read; wiped after use.
    #[cfg(feature = "json")]
    pub(crate) scratch: Config,
}

impl Engine {
    /// No connections. The same seed and inputs give the same outputs, byte for byte.
    #[must_use]
    pub const fn new(now: Instant, seed: u64) -> Self {
        Self {
            connections: [const { None }; CONNECTION_CAP],
            names: Names::new(),
            deadlines: Deadlines::new(),
            touched: None,
            sas: IkeSaTable::new(),
            actions: Deque::new(),
            removed: Deque::new(),
            events: EventQueue::new(),
            rand: Rand::new(seed),
            clock: Clock::new(now, seed),
            serial: 0,
            device: 0,
            now,
            shutdown: false,
            #[cfg(feature = "json")]
            memory: Memory::new(),
            #[cfg(feature = "json")]
            memory_changed: false,
            #[cfg(feature = "json")]
            not_guarded: NotGuardedList::new(),
            #[cfg(feature = "json")]
            scratch: Config::zeroed(),
        }
    }

    /// Says which device this is: what an order `hash` is drawn by. Any bytes that no other device has, the same after each restart;
    /// none: every device has the same order.
    pub fn set_device(&mut self, now: Instant, id: &[u8]) {
        self.tick(now);
        let device = if id.is_empty() { 0 } else { order::device(id) };
        self.device = device;
        for slot in slots() {
            if let Some(connection) = self.get_mut(slot).filter(|connection| connection.device != device) {
                connection.device = device;
                self.rerank(slot);
            }
        }
        self.settle();
    }

    /// The order has changed in which a connection prefers its SEGWs.
    fn rerank(&mut self, slot: Slot) {
        let now = self.now;
        if let Some(connection) = self.get_mut(slot) {
            let state = connection.state.reranked(&connection.world(now, 0));
            connection.stand(state);
        }
    }

    /// Takes the time; it never runs backwards here.
    #[inline(never)]
    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn find(&self, name: &str) -> Option<Slot> {
        emit::find(&self.names, &self.connections, name)
    }

    fn vacant(&self) -> Option<Slot> {
        (0..).zip(&self.connections).find(|(_, place)| place.is_none()).map(|(slot, _)| slot)
    }

    #[inline(never)]
    fn get(&self, slot: Slot) -> Option<&Connection> {
        self.connections.get(usize::from(slot))?.as_ref()
    }

    /// A connection, to change it.
    #[inline(never)]
    fn get_mut(&mut self, slot: Slot) -> Option<&mut Connection> {
        self.touch(slot);
        self.connections.get_mut(usize::from(slot))?.as_mut()
    }

    /// Puts a connection that nobody has started yet into a place. Never inlined: it is built on the stack, which is to be
    /// free again for what follows.
    #[inline(never)]
    fn install(
        &mut self,
        slot: Slot,
        name: &str,
        addrs: &AddrList,
        children: u8,
        policy: &Policy,
    ) -> Option<&mut Connection> {
        self.touch(slot);
        #[cfg(feature = "json")]
        let (drained, pin) = (self.drained(addrs), self.memory.pinned(name));
        let device = self.device;
        let place = self.connections.get_mut(usize::from(slot))?;
        if place.is_none() {
            self.names.push(chain(name), slot);
        }
        let connection = place.insert(Connection::new(name, addrs, children, policy, self.now));
        connection.device = device;
        #[cfg(feature = "json")]
        {
            connection.segws.drain(&drained);
            connection.pin = pin.filter(|pin| pin.until > self.now).and_then(|pin| {
                let segw = (0..).zip(connection.segws.iter()).find(|(_, segw)| Known::of(&segw.addr) == pin.segw)?.0;
                Some(Pin { segw, until: pin.until })
            });
            // What it was pinned to is not there any more, or that is over.
            if pin.is_some() && connection.pin.is_none() {
                // Its entry is there: nothing has to make place.
                self.memory_changed |= self.memory.pin(name, None, &|_| true);
            }
        }
        Some(connection)
    }

    /// Removes a connection; its name. In place: as a value it would be moved over the stack.
    fn vacate(&mut self, slot: Slot) -> Option<Name> {
        let place = self.connections.get_mut(usize::from(slot))?;
        let name = place.as_ref()?.name.clone();
        *place = None;
        self.names.remove(chain(&name), slot);
        self.touch(slot);
        Some(name)
    }

    /// The connections, each with its slot.
    #[cfg(feature = "json")]
    fn each(&self) -> impl Iterator<Item = (Slot, &Connection)> {
        (0..).zip(&self.connections).filter_map(|(slot, it)| it.as_ref().map(|it| (slot, it)))
    }

    /// Where the named connection stands.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<State> {
        self.find(name).and_then(|slot| self.get(slot)).map(|connection| connection.state)
    }

    /// The tracked IKE_SAs of the named connection.
    pub fn ike_sas(&self, name: &str) -> impl Iterator<Item = &IkeSa> {
        let slot = self.find(name).unwrap_or(Slot::MAX);
        self.sas.of(slot)
    }

    /// Whether an IKE_SA is followed, whatever part it plays.
    #[must_use]
    pub fn follows(&self, unique_id: u32) -> bool {
        self.sas.get(unique_id).is_some()
    }

    /// The SEGW that an IKE_SA is to, or is to be dialled at; `None` if it is not ours.
    #[must_use]
    pub fn addr(&self, unique_id: u32) -> Option<&Addr> {
        let sa = self.sas.get(unique_id)?;
        let ours = matches!(sa.role, Role::Main | Role::Trial | Role::Standby);
        let segw = self.get(sa.connection)?.segws.get(sa.segw)?;
        ours.then_some(&segw.addr)
    }

    /// Whether a dial of the named connection is to set up the CHILD_SA of that name. `None`: nothing is known of it, the
    /// configuration decides.
    #[must_use]
    pub fn wants_child(&self, name: &str, child: &str) -> Option<bool> {
        self.find(name).and_then(|slot| self.get(slot)?.children.wants(child))
    }

    /// The SEGW at a place in the named connection's list.
    #[must_use]
    pub fn addr_at(&self, name: &str, segw: SegwId) -> Option<&Addr> {
        self.find(name).and_then(|slot| self.get(slot)?.segws.get(segw)).map(|segw| &segw.addr)
    }

    /// Takes over what outlived a restart: a connection with `start_action` start that is applied from now on, or one that is
    /// adopted, starts with the SEGW that last carried it; and what an operator has said of where connections are to be. Times of
    /// that go on by the wall clock, if [`Engine::clock`] has told it, or else begin anew with what was left. A torn or foreign text
    /// does no harm.
    #[cfg(feature = "json")]
    pub fn restore(&mut self, text: &[u8]) {
        self.memory.read(text, &self.clock, self.now);
        self.memory_changed = false;
    }

    /// The SEGW that a connection is to start with if that is not the first of its list: the one that it is pinned to, or that last
    /// carried it; none that is drained.
    #[cfg(feature = "json")]
    fn remembered(&self, slot: Slot) -> Option<SegwId> {
        let connection = self.get(slot)?;
        let ranks = connection.ranks(self.now);
        let last = self.memory.of(&connection.name).and_then(|last| connection.segws.find(last));
        let wanted = connection.pin.map(|pin| pin.segw).or(last);
        match wanted {
            Some(wanted) if !ranks.is_drained(wanted) => Some(wanted),
            Some(_) => ranks.iter().next(),
            None => ranks.iter().next().filter(|first| *first != 0),
        }
    }

    /// Without requests nothing is kept over a restart.
    #[cfg(not(feature = "json"))]
    #[expect(clippy::unused_self, reason = "as the other one")]
    const fn remembered(&self, _: Slot) -> Option<SegwId> {
        None
    }

    // ---- outputs ----

    /// The text to keep for [`Engine::restore`], if it has changed since the last call; its length.
    ///
    /// # Errors
    /// `WouldBlock`: it has not changed. `Short`: `out` cannot hold it.
    #[cfg(feature = "json")]
    pub fn memory_text(&mut self, out: &mut [u8]) -> nb::Result<usize, Error> {
        if !self.memory_changed {
            return Err(nb::Error::WouldBlock);
        }
        self.memory.expire(self.now);
        let (mut len, mut fits) = (0usize, true);
        self.memory.text(&self.clock, self.now, &mut |piece| {
            let end = len.saturating_add(piece.len());
            match out.get_mut(len..end) {
                Some(place) => place.copy_from_slice(piece.as_bytes()),
                None => fits = false,
            }
            len = end;
        });
        if !fits {
            return Err(nb::Error::Other(Error::Short));
        }
        self.memory_changed = false;
        Ok(len)
    }

    /// The next event, one line of JSON with its newline, at the start of `line`; its length.
    ///
    /// # Errors
    /// `WouldBlock`: none left. `Short`: `line` cannot hold it; it stays.
    pub fn next_event(&mut self, line: &mut [u8]) -> nb::Result<usize, Error> {
        self.next_event_about(line).map(|(len, _)| len)
    }

    /// The same, and what the event is about, for [`Filter::wants`](crate::wire::filter::Filter::wants).
    ///
    /// # Errors
    /// See [`Engine::next_event`].
    pub fn next_event_about(&mut self, line: &mut [u8]) -> nb::Result<(usize, Subject), Error> {
        self.events.pop(line)
    }

    // ---- inputs ----
}
