//! The connection table and the three inputs: a request, a fact from charon, the time. Each is turned into a decision
//! ([`failover`](crate::failover)) and the decision into actions and events, which the caller drains.

#[cfg(feature = "json")]
mod account;
mod adopt;
#[cfg(feature = "json")]
mod apply;
mod bus;
mod decision;
mod emit;
#[cfg(feature = "json")]
mod request;
mod takeover;

use core::convert::Infallible;

use heapless::Deque;

use crate::addr::{Addr, AddrList};
use crate::cause::Cause;
use crate::charon::IkeEvent;
#[cfg(feature = "json")]
use crate::config::model::Config;
use crate::connection::{Connection, Name};
use crate::error::{Error, Result};
use crate::failover::{Input, State};
use crate::ike::{IkeSa, IkeState, Role};
use crate::ike_table::IkeSaTable;
use crate::limits::{ACTION_CAP, CONNECTION_CAP};
#[cfg(feature = "json")]
use crate::memory::Memory;
use crate::policy::Policy;
use crate::rand::Rand;
use crate::segw::SegwId;
use crate::time::{Instant, earliest};
use crate::wire::event::EventQueue;

pub use adopt::NotAdopted;
#[cfg(feature = "json")]
pub use request::Answer;

/// A connection's place in the table; it keeps it until it is removed.
type Slot = u8;

/// What the caller is to do. Its outcome comes back as an ordinary [`IkeEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<'e> {
    /// Dial a SEGW with a new IKE_SA; answered by `Dialling` or `NotDialled`.
    Initiate {
        /// The connection.
        connection: &'e str,
        /// The SEGW's place in its list.
        segw: SegwId,
        /// The SEGW's address.
        addr: &'e Addr,
        /// To be quoted in the answer.
        serial: u32,
        /// Another IKE_SA of the connection is up and stays: make-before-break.
        parallel: bool,
        /// Dial an address behind the SEGW's name that was not dialled since the last `Initiate` for it without this.
        again: bool,
    },
    /// End an IKE_SA at once; tell the SEGW, but do not wait for its answer.
    Terminate {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Start a DPD exchange.
    Probe {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Count the packets that came in through an IKE_SA's CHILD_SAs; answered by `Counted`.
    Measure {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Initiate those of the connection's CHILD_SAs that an IKE_SA lacks.
    Complete {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Find out which SEGWs of a connection this host has a route to; answered by `Routes`.
    Routes {
        /// The connection.
        connection: &'e str,
    },
    /// Forget the configuration and secrets of a connection that was removed.
    Unload {
        /// The connection.
        connection: Name,
    },
}

/// An action as it waits in the queue.
#[derive(Clone, Debug)]
pub(crate) enum Queued {
    Dial {
        slot: Slot,
        serial: u32,
        parallel: bool,
        again: bool,
    },
    Routes(Slot),
    Terminate(u32),
    Probe(u32),
    Measure(u32),
    Complete(u32),
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only a request removes a connection"))]
    Unload(Name),
}

/// Everything the library knows. The caller owns its memory.
#[derive(Debug)]
pub struct Engine {
    pub(crate) connections: [Option<Connection>; CONNECTION_CAP],
    pub(crate) sas: IkeSaTable,
    pub(crate) actions: Deque<Queued, ACTION_CAP>,
    pub(crate) events: EventQueue,
    pub(crate) rand: Rand,
    pub(crate) serial: u32,
    pub(crate) now: Instant,
    pub(crate) shutdown: bool,
    #[cfg(feature = "json")]
    pub(crate) memory: Memory,
    /// The memory has changed since it was last handed out.
    #[cfg(feature = "json")]
    pub(crate) memory_changed: bool,
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
            sas: IkeSaTable::new(),
            actions: Deque::new(),
            events: EventQueue::new(),
            rand: Rand::new(seed),
            serial: 0,
            now,
            shutdown: false,
            #[cfg(feature = "json")]
            memory: Memory::new(),
            #[cfg(feature = "json")]
            memory_changed: false,
            #[cfg(feature = "json")]
            scratch: Config::zeroed(),
        }
    }

    /// Takes the time; it never runs backwards here.
    #[inline(never)]
    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn find(&self, name: &str) -> Option<Slot> {
        (0u8..)
            .zip(&self.connections)
            .find(|(_, slot)| slot.as_ref().is_some_and(|it| it.name == name))
            .map(|(at, _)| at)
    }

    fn vacant(&self) -> Option<Slot> {
        (0u8..).zip(&self.connections).find(|(_, place)| place.is_none()).map(|(slot, _)| slot)
    }

    #[inline(never)]
    fn get(&self, slot: Slot) -> Option<&Connection> {
        self.connections.get(usize::from(slot))?.as_ref()
    }

    #[inline(never)]
    fn get_mut(&mut self, slot: Slot) -> Option<&mut Connection> {
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
        let place = self.connections.get_mut(usize::from(slot))?;
        Some(place.insert(Connection::new(name, addrs, children, policy, self.now)))
    }

    /// Removes a connection; its name. In place: as a value it would be moved over the stack.
    fn vacate(&mut self, slot: Slot) -> Option<Name> {
        let place = self.connections.get_mut(usize::from(slot))?;
        let name = place.as_ref()?.name.clone();
        *place = None;
        Some(name)
    }

    /// The connections, each with its slot.
    fn each(&self) -> impl Iterator<Item = (Slot, &Connection)> {
        (0u8..).zip(&self.connections).filter_map(|(slot, it)| it.as_ref().map(|it| (slot, it)))
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

    /// The SEGW that an IKE_SA is to, or is to be dialled at; `None` if it is not ours.
    #[must_use]
    pub fn addr(&self, unique_id: u32) -> Option<&Addr> {
        let sa = self.sas.get(unique_id)?;
        let ours = matches!(sa.role, Role::Main | Role::Trial);
        let segw = self.get(sa.connection)?.segws.get(sa.segw)?;
        ours.then_some(&segw.addr)
    }

    /// The SEGW at a place in the named connection's list.
    #[must_use]
    pub fn addr_at(&self, name: &str, segw: SegwId) -> Option<&Addr> {
        self.find(name).and_then(|slot| self.get(slot)?.segws.get(segw)).map(|segw| &segw.addr)
    }

    /// Takes over what outlived a restart: a connection with `start_action` start that is applied from now on, or one that is
    /// adopted, starts with the SEGW that last carried it. A torn or foreign text does no harm.
    #[cfg(feature = "json")]
    pub fn restore(&mut self, text: &[u8]) {
        self.memory = Memory::read(text);
        self.memory_changed = false;
    }

    /// The SEGW that last carried a connection.
    #[cfg(feature = "json")]
    fn remembered(&self, slot: Slot) -> Option<SegwId> {
        let connection = self.get(slot)?;
        connection.segws.find(self.memory.of(&connection.name)?)
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
        let mut len = 0usize;
        for piece in self.memory.text() {
            let end = len.saturating_add(piece.len());
            out.get_mut(len..end).ok_or(nb::Error::Other(Error::Short))?.copy_from_slice(piece.as_bytes());
            len = end;
        }
        self.memory_changed = false;
        Ok(len)
    }

    /// Whether the dial of an [`Action::Initiate`] is still wanted: it was neither answered nor overtaken.
    #[must_use]
    pub fn wants(&self, name: &str, serial: u32) -> bool {
        self.find(name).is_some_and(|slot| self.awaits(slot, serial))
    }

    /// The next action to carry out.
    ///
    /// # Errors
    /// `WouldBlock`: none left.
    pub fn next_action(&mut self) -> nb::Result<Action<'_>, Infallible> {
        // A dial whose connection was removed or sent elsewhere meanwhile is passed over.
        let queued = loop {
            let queued = self.actions.pop_front().ok_or(nb::Error::WouldBlock)?;
            match queued {
                Queued::Dial { slot, serial, .. } if !self.awaits(slot, serial) => (),
                Queued::Routes(slot) if self.get(slot).is_none() => (),
                queued => break queued,
            }
        };
        match queued {
            Queued::Terminate(unique_id) => Ok(Action::Terminate { unique_id }),
            Queued::Probe(unique_id) => Ok(Action::Probe { unique_id }),
            Queued::Measure(unique_id) => Ok(Action::Measure { unique_id }),
            Queued::Complete(unique_id) => Ok(Action::Complete { unique_id }),
            Queued::Unload(connection) => Ok(Action::Unload { connection }),
            Queued::Routes(slot) => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                Ok(Action::Routes { connection: &connection.name })
            }
            Queued::Dial { slot, serial, parallel, again } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let segw = connection.dial.ok_or(nb::Error::WouldBlock)?.segw;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                Ok(Action::Initiate { connection: &connection.name, segw, addr, serial, parallel, again })
            }
        }
    }

    fn awaits(&self, slot: Slot, serial: u32) -> bool {
        self.get(slot).and_then(|connection| connection.dial).is_some_and(|dial| dial.serial == serial)
    }

    /// The next event, one line of JSON with its newline, at the start of `line`; its length.
    ///
    /// # Errors
    /// `WouldBlock`: none left. `Short`: `line` cannot hold it; it stays.
    pub fn next_event(&mut self, line: &mut [u8]) -> nb::Result<usize, Error> {
        self.events.pop(line)
    }

    /// When [`Engine::timeout`] is due.
    ///
    /// # Errors
    /// `WouldBlock`: no connection waits for anything.
    pub fn poll_at(&self) -> nb::Result<Instant, Infallible> {
        if self.shutdown {
            return Err(nb::Error::WouldBlock);
        }
        let due = self.each().fold(None, |first, (_, connection)| earliest(first, connection.poll_at()));
        earliest(due, self.sas.end_at()).ok_or(nb::Error::WouldBlock)
    }

    // ---- inputs ----

    /// Time has come. Calling it early or late does no harm.
    pub fn timeout(&mut self, now: Instant) {
        self.tick(now);
        while let Some(unique_id) = self.sas.next_end(self.now) {
            self.queue(Queued::Terminate(unique_id));
        }
        let due: u32 = self
            .each()
            .filter(|(_, it)| it.poll_at().is_some_and(|at| at <= self.now))
            .fold(0, |set, (slot, _)| set | 1u32.wrapping_shl(u32::from(slot)));
        for slot in (0u8..).take(CONNECTION_CAP).filter(|slot| due & 1u32.wrapping_shl(u32::from(*slot)) != 0) {
            let input = self.unresolved(slot).unwrap_or(Input::Timeout);
            self.step(slot, input);
            self.look(slot);
        }
    }

    /// Something happened in charon.
    ///
    /// # Errors
    /// `Full`: the IKE_SA could not be tracked (an event says so too). `Unknown`: this dial is not wanted any more. Either
    /// way an IKE_SA that is announced with `Dialling` is not to be dialled.
    pub fn ike_event(&mut self, now: Instant, event: &IkeEvent) -> Result<()> {
        self.tick(now);
        match *event {
            IkeEvent::Shutdown => {
                self.shutdown = true;
                self.actions.clear();
                Ok(())
            }
            IkeEvent::State { unique_id, connection, state: IkeState::Destroying, facts, .. } => {
                self.ended_undialled(unique_id, connection, facts);
                self.destroyed(unique_id, facts);
                Ok(())
            }
            IkeEvent::State { unique_id, connection, remote, state, facts } => {
                if let Some(sa) = self.sas.get_mut(unique_id) {
                    sa.enter(state, facts);
                    if state == IkeState::Established && core::mem::take(&mut sa.incomplete) {
                        self.queue(Queued::Complete(unique_id));
                    }
                    Ok(())
                } else if state == IkeState::Connecting && facts.initiator {
                    self.appeared(unique_id, connection, remote, facts)
                } else {
                    Ok(())
                }
            }
            IkeEvent::UpDown { unique_id, connection, remote, state, up } => {
                self.updown(unique_id, connection, remote, state, up);
                Ok(())
            }
            IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts } => {
                self.child_updown(unique_id, connection, remote, &child, up, facts);
                Ok(())
            }
            IkeEvent::Rekeyed { old, new, connection } => {
                self.rekeyed(old, new, connection);
                Ok(())
            }
            IkeEvent::Reestablish { old, new, facts } => self.reestablish(old, new, facts),
            IkeEvent::Reestablished { old, new, initiated } => {
                self.reestablished(old, new, initiated);
                Ok(())
            }
            IkeEvent::ChildRekeyed { connection, child } => {
                self.emit_child_rekeyed(connection, child);
                Ok(())
            }
            IkeEvent::Alert { unique_id, alert } => {
                self.alert(unique_id, alert);
                Ok(())
            }
            IkeEvent::Heard { unique_id } => {
                self.heard(unique_id);
                Ok(())
            }
            IkeEvent::Counted { unique_id, packets, route } => {
                self.counted(unique_id, packets);
                self.routed(unique_id, route);
                Ok(())
            }
            IkeEvent::Roam => {
                self.roamed();
                Ok(())
            }
            IkeEvent::Routes { connection, routes } => {
                if let Some(slot) = self.find(connection) {
                    self.step(slot, Input::Routes(routes));
                }
                Ok(())
            }
            IkeEvent::Found { unique_id, connection, remote, state, up, children, facts } => {
                let mut sa = IkeSa::new(unique_id, 0, 0, Role::Spare);
                sa.enter(state, facts);
                (sa.up, sa.children) = (up, children);
                if facts.initiator { self.found(sa, connection, remote) } else { Ok(()) }
            }
            IkeEvent::Dialling { unique_id, connection, serial, more } => {
                self.dialling(unique_id, connection, serial, more)
            }
            IkeEvent::NotDialled { connection, serial, alert } => {
                self.not_dialled(connection, serial, alert.cause().unwrap_or(Cause::NotDialled));
                Ok(())
            }
        }
    }
}
