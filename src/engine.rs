//! The connection table and the three inputs: a request, a fact from charon, the time. Each is turned into a decision
//! ([`failover`](crate::failover)) and the decision into actions and events, which the caller drains.

#[cfg(feature = "json")]
mod account;
mod adopt;
#[cfg(feature = "json")]
mod apply;
mod bus;
mod data;
mod decision;
#[cfg(feature = "json")]
pub(crate) mod drill;
mod emit;
mod hint;
mod in_place;
mod reach;
#[cfg(feature = "json")]
mod request;
mod standby;
#[cfg(feature = "json")]
mod steer;
mod takeover;

use core::convert::Infallible;

use heapless::Deque;

use self::decision::terminate;
use crate::addr::{Addr, AddrList};
use crate::cause::Cause;
use crate::charon::IkeEvent;
use crate::children::UpChildren;
#[cfg(feature = "json")]
use crate::config::model::Config;
pub(crate) use crate::connection::Slot;
use crate::connection::{Connection, Names, chain};
use crate::deadlines::Deadlines;
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::diagnosis::Plain;
use crate::error::{Error, Result};
use crate::failover::{Input, State};
use crate::ike::{IkeSa, IkeState, Role};
use crate::ike_table::IkeSaTable;
use crate::limits::{ACTION_CAP, CONNECTION_CAP};
#[cfg(feature = "json")]
use crate::memory::Memory;
#[cfg(feature = "json")]
use crate::not_guarded::NotGuardedList;
use crate::policy::Policy;
use crate::rand::Rand;
use crate::refusal::number;
use crate::segw::SegwId;
use crate::time::{Instant, earliest};
use crate::wire::event::{EventQueue, Subject};

pub use crate::connection::Name;
pub use adopt::NotAdopted;
#[cfg(feature = "json")]
pub use request::Answer;

/// Every slot.
fn slots() -> impl Iterator<Item = Slot> {
    (0..).take(CONNECTION_CAP)
}

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
        /// Without CHILD_SAs (RFC 6023), so that nothing flows through it: it only waits.
        standby: bool,
    },
    /// End an IKE_SA at once; tell the SEGW, but do not wait for its answer.
    Terminate {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Ask the SEGW for a sign of life: with a DPD exchange, or by sending the request again that waits for its answer.
    Probe {
        /// The IKE_SA.
        unique_id: u32,
        /// Only send a request again, begin no exchange.
        again: bool,
    },
    /// Count the packets that came in through an IKE_SA's CHILD_SAs, and that went out; answered by `Counted`.
    Measure {
        /// The IKE_SA.
        unique_id: u32,
        /// The SEGW owes an answer: count after all that has come in was read, and see if there is a route.
        owed: bool,
    },
    /// Initiate those of the connection's CHILD_SAs that an IKE_SA lacks.
    Complete {
        /// The IKE_SA.
        unique_id: u32,
        /// The connection.
        connection: &'e str,
        /// The SEGW's place in its list.
        segw: SegwId,
        /// It was dialled as standby: it becomes as any other IKE_SA of the connection now.
        standby: bool,
    },
    /// Ask targets for an answer, through the CHILD_SAs of an IKE_SA; answered by `Reached`, in any case.
    Reach {
        /// The connection.
        connection: &'e str,
        /// The IKE_SA.
        unique_id: u32,
        /// To be quoted in the answer.
        serial: u32,
        /// What is asked, with commas: `10.1.0.1` with an ICMP echo request, `tcp://10.1.0.1:443` with a TCP connection.
        targets: &'e str,
        /// How long to wait for answers, in milliseconds.
        wait_ms: u32,
        /// Also if the CHILD_SA ends when it is not used.
        used: bool,
    },
    /// Set up the CHILD_SAs of an IKE_SA anew: rekey them.
    Rekey {
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

/// A timer that is so many milliseconds late shows that this host was not running.
const LATE_MS: u32 = 500;

/// An action as it waits in the queue.
#[derive(Clone, Debug)]
pub(crate) enum Queued {
    Dial {
        slot: Slot,
        serial: u32,
        parallel: bool,
        again: bool,
    },
    Standby {
        slot: Slot,
        serial: u32,
    },
    Routes(Slot),
    Terminate(u32),
    Probe {
        unique_id: u32,
        again: bool,
    },
    Measure {
        unique_id: u32,
        owed: bool,
    },
    Complete(u32),
    Reach {
        slot: Slot,
        used: bool,
    },
    Rekey(u32),
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only a request removes a connection"))]
    /// The first of those that were removed.
    Unload,
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
    pub(crate) serial: u32,
    /// The connection whose deadline may have changed since it was noted.
    pub(crate) touched: Option<Slot>,
    pub(crate) shutdown: bool,
    /// The memory has changed since it was last handed out.
    #[cfg(feature = "json")]
    pub(crate) memory_changed: bool,
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
            serial: 0,
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

    /// Takes the time; it never runs backwards here.
    #[inline(never)]
    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn find(&self, name: &str) -> Option<Slot> {
        self.names.iter(chain(name)).find(|slot| self.get(*slot).is_some_and(|it| it.name == name))
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
        let drained = self.drained(addrs);
        let place = self.connections.get_mut(usize::from(slot))?;
        if place.is_none() {
            self.names.push(chain(name), slot);
        }
        let connection = place.insert(Connection::new(name, addrs, children, policy, self.now));
        #[cfg(feature = "json")]
        connection.segws.drain(&drained);
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
    /// adopted, starts with the SEGW that last carried it. A torn or foreign text does no harm.
    #[cfg(feature = "json")]
    pub fn restore(&mut self, text: &[u8]) {
        self.memory.read(text);
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
        self.find(name).is_some_and(|slot| self.awaits(slot, serial) || self.awaits_standby(slot, serial))
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
                Queued::Standby { slot, serial } if !self.awaits_standby(slot, serial) => (),
                Queued::Complete(unique_id) if !self.follows(unique_id) => (),
                Queued::Routes(slot) => {
                    if let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) {
                        connection.routes_asked = false;
                        break queued;
                    }
                }
                // Nobody waits for the answer any more.
                Queued::Reach { slot, .. } if self.asked(slot).is_none() => (),
                queued => break queued,
            }
        };
        match queued {
            Queued::Terminate(unique_id) => Ok(Action::Terminate { unique_id }),
            Queued::Probe { unique_id, again } => Ok(Action::Probe { unique_id, again }),
            Queued::Measure { unique_id, owed } => Ok(Action::Measure { unique_id, owed }),
            Queued::Complete(unique_id) => {
                let sa = self.sas.get(unique_id).ok_or(nb::Error::WouldBlock)?;
                let connection = self.get(sa.connection).ok_or(nb::Error::WouldBlock)?;
                Ok(Action::Complete { unique_id, connection: &connection.name, segw: sa.segw, standby: sa.warm })
            }
            Queued::Rekey(unique_id) => Ok(Action::Rekey { unique_id }),
            Queued::Reach { slot, used } => {
                let (unique_id, serial) = self.asked(slot).ok_or(nb::Error::WouldBlock)?;
                let it = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let (connection, targets, wait_ms) =
                    (it.name.as_str(), it.policy.probe.targets.text(), it.tempo().wait);
                Ok(Action::Reach { connection, unique_id, serial, targets, wait_ms, used })
            }
            Queued::Unload => Ok(Action::Unload { connection: self.removed.pop_front().ok_or(nb::Error::WouldBlock)? }),
            Queued::Routes(slot) => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                Ok(Action::Routes { connection: &connection.name })
            }
            Queued::Dial { slot, serial, parallel, again } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let segw = connection.dial.ok_or(nb::Error::WouldBlock)?.segw;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                let connection = &connection.name;
                Ok(Action::Initiate { connection, segw, addr, serial, parallel, again, standby: false })
            }
            Queued::Standby { slot, serial } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let segw = connection.standby.segw;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                let (parallel, again, standby) = (true, false, true);
                Ok(Action::Initiate { connection: &connection.name, segw, addr, serial, parallel, again, standby })
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
        self.next_event_about(line).map(|(len, _)| len)
    }

    /// The same, and what the event is about, for [`Filter::wants`](crate::wire::filter::Filter::wants).
    ///
    /// # Errors
    /// See [`Engine::next_event`].
    pub fn next_event_about(&mut self, line: &mut [u8]) -> nb::Result<(usize, Subject), Error> {
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
        debug_assert_eq!(
            self.deadlines.first().unwrap_or(Instant(u64::MAX)),
            slots().filter_map(|slot| self.due_at(slot)).min().unwrap_or(Instant(u64::MAX))
        );
        self.deadlines.first().ok_or(nb::Error::WouldBlock)
    }

    // ---- inputs ----

    /// Time has come. Calling it early or late does no harm.
    pub fn timeout(&mut self, now: Instant) {
        let late_ms = self.poll_at().map_or(0, |due| now.since_ms(due));
        self.tick(now);
        if late_ms >= LATE_MS {
            self.excuse(late_ms);
        }
        let now = self.now;
        let mut from = 0;
        // Each slot once, whatever becomes due meanwhile.
        while let Some(slot) = self.deadlines.due(from, now) {
            self.touch(slot);
            let actions = &mut self.actions;
            self.sas.each(slot, &mut |sa| {
                if sa.end_at.is_some_and(|at| at <= now) {
                    terminate(actions, sa);
                }
            });
            if self.get(slot).and_then(Connection::poll_at).is_some_and(|at| at <= now) {
                #[cfg(feature = "json")]
                self.expire(slot);
                let input = self.unresolved(slot).unwrap_or(Input::Timeout);
                #[cfg(feature = "json")]
                self.note_overdue(slot);
                self.step(slot, input);
                #[cfg(feature = "json")]
                self.return_from_drill(slot);
                self.look(slot);
                self.ask_targets(slot);
                self.complete(slot);
                self.look_at_standby(slot);
            }
            self.settle();
            from = slot.saturating_add(1);
            if usize::from(from) >= CONNECTION_CAP || self.deadlines.first().is_none_or(|at| at > now) {
                break;
            }
        }
    }

    /// This host did nothing for a while (its CPU, its flash, a debugger): what has not come in meanwhile may wait to be read,
    /// so everything that a SEGW is given time for gets as much more.
    fn excuse(&mut self, late_ms: u32) {
        log!(info, "{} ms late, nobody is blamed for that time", Plain(&number(late_ms)));
        let now = self.now;
        for slot in slots() {
            let Some(connection) = self.get_mut(slot) else { continue };
            connection.state.excuse(late_ms, now);
            if let Some(watch) = &mut connection.watch {
                watch.excuse(late_ms);
            }
            connection.standby.excuse(late_ms);
            if let Some(warm) = &mut connection.warm {
                warm.heard(now);
            }
        }
        self.settle();
    }

    /// Notes that a connection's deadline may change.
    pub(crate) fn touch(&mut self, slot: Slot) {
        if self.touched != Some(slot) {
            self.settle();
            self.touched = Some(slot);
        }
    }

    /// Notes the deadline of the connection that was touched, once its standby was seen to.
    fn settle(&mut self) {
        if let Some(slot) = self.touched {
            self.tend(slot);
            self.touched = None;
            let at = self.due_at(slot);
            self.deadlines.set(slot, at);
        }
    }

    /// When a connection wants to be looked after, worked out anew.
    fn due_at(&self, slot: Slot) -> Option<Instant> {
        earliest(self.get(slot).and_then(Connection::poll_at), self.sas.end_at(slot))
    }

    /// Something happened in charon.
    ///
    /// # Errors
    /// `Unknown`: no IKE_SA of that id is followed, there is no connection of that name, or this dial is not wanted any more.
    /// An IKE_SA that is not ours is not followed, and nor is one whose place another has taken. Clients are told what they
    /// are told of any IKE_SA all the same; nothing else is changed. `Full`: the IKE_SA could not be tracked (an event says so
    /// too). `Refused`: an IKE_SA that is announced with `Reestablish` is not to be dialled. After `Dialling` any error means
    /// that.
    pub fn ike_event(&mut self, now: Instant, event: &IkeEvent) -> Result<()> {
        self.tick(now);
        let done = self.take(event);
        self.settle();
        done
    }

    fn take(&mut self, event: &IkeEvent) -> Result<()> {
        match *event {
            IkeEvent::Shutdown => {
                self.shutdown = true;
                self.actions.clear();
                self.removed.clear();
                Ok(())
            }
            IkeEvent::State { unique_id, connection, state: IkeState::Destroying, facts, .. } => {
                if self.sas.get(unique_id).is_none() {
                    return self.ended_undialled(connection, facts);
                }
                self.destroyed(unique_id, facts);
                Ok(())
            }
            IkeEvent::State { unique_id, connection, remote, state, facts } => {
                if self.follows(unique_id) {
                    self.entered(unique_id, remote, state, facts);
                    Ok(())
                } else if !facts.initiator {
                    // Half of a rekeying is told of by `rekeyed`.
                    let comes = matches!(state, IkeState::Connecting | IkeState::Established) && !facts.authenticated;
                    if comes { self.accepted(unique_id, connection, remote, state) } else { Ok(()) }
                } else if state == IkeState::Connecting {
                    self.appeared(unique_id, connection, remote, facts)
                } else {
                    Err(Error::Unknown)
                }
            }
            IkeEvent::UpDown { unique_id, connection, remote, state, up } => {
                let known = self.known(unique_id);
                self.updown(unique_id, connection, remote, state, up);
                known
            }
            IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts } => {
                let known = self.known(unique_id);
                self.child_updown(unique_id, connection, remote, &child, up, facts);
                known
            }
            IkeEvent::Rekeyed { old, new, connection } => {
                let known = self.known(old);
                self.rekeyed(old, new, connection);
                known
            }
            IkeEvent::Reestablish { old, new, facts } => self.reestablish(old, new, facts),
            IkeEvent::Reestablished { old, new, initiated } => {
                self.reestablished(old, new, initiated);
                self.known(old).or(self.known(new))
            }
            IkeEvent::ChildRekeyed { connection, child } => {
                self.emit_child_rekeyed(connection, child);
                self.slot_of(connection).map(|_| ())
            }
            IkeEvent::Alert { unique_id, alert, child } => {
                let known = self.known(unique_id);
                self.alert(unique_id, alert, child);
                known
            }
            IkeEvent::Heard { unique_id, answer_ms } => {
                let known = self.known(unique_id);
                self.heard(unique_id, answer_ms);
                known
            }
            IkeEvent::Notify { unique_id, notify } => {
                #[cfg(feature = "json")]
                self.note_reason(unique_id, Detail::of_notify(notify));
                #[cfg(not(feature = "json"))]
                let _ = notify;
                self.known(unique_id)
            }
            IkeEvent::Hint { unique_id, notify, data, protected } => {
                self.hinted(unique_id, notify, data, protected);
                self.known(unique_id)
            }
            IkeEvent::Counted { unique_id, packets, sent, route } => {
                let known = self.known(unique_id);
                self.counted(unique_id, packets.map(|received| (received, sent)));
                self.routed(unique_id, route);
                known
            }
            IkeEvent::Reached { connection, serial, outcome } => self.reached(connection, serial, outcome),
            IkeEvent::Redirect { unique_id, target } => self.redirect(unique_id, target),
            IkeEvent::NotChildless { unique_id } => self.not_childless(unique_id),
            IkeEvent::Roam => {
                self.roamed();
                Ok(())
            }
            IkeEvent::Routes { connection, routes } => {
                let slot = self.slot_of(connection)?;
                self.step(slot, Input::Routes(routes));
                Ok(())
            }
            IkeEvent::Found { unique_id, connection, remote, state, up, children, facts } => {
                let mut sa = IkeSa::new(unique_id, 0, 0, Role::Spare);
                sa.enter(state, facts);
                (sa.up, sa.children, sa.inbound) = (up, UpChildren::unnamed(children), !facts.initiator);
                self.found(sa, connection, remote)
            }
            IkeEvent::Dialling { unique_id, connection, serial, more } => {
                self.dialling(unique_id, connection, serial, more)
            }
            IkeEvent::NotDialled { connection, serial, alert } => {
                self.not_dialled(connection, serial, alert.cause().unwrap_or(Cause::NotDialled))
            }
        }
    }

    /// Whether an IKE_SA is followed.
    fn known(&self, unique_id: u32) -> Result<()> {
        self.sas.get(unique_id).map(|_| ()).ok_or(Error::Unknown)
    }

    /// The slot of a connection that somebody named.
    fn slot_of(&self, name: &str) -> Result<Slot> {
        self.find(name).ok_or(Error::Unknown)
    }
}
