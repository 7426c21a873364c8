//! The connection table and the three inputs: a request, a fact from charon, the time. Each is turned into a decision
//! ([`failover`](crate::failover)) and the decision into actions and events, which the caller drains.

mod request;

use core::convert::Infallible;

use heapless::Deque;

use crate::addr::Addr;
use crate::cause::Cause;
use crate::charon::{Alert, ChildSa, IkeEvent};
use crate::connection::{Connection, Dial, Name};
use crate::error::{Error, Result};
use crate::failover::{End, Input, Move, Promote, Report, State};
use crate::history::{Kind, Record};
use crate::ike::{Facts, IkeSa, IkeState, Role, Succession, Verdict};
use crate::ike_table::IkeSaTable;
use crate::json::event::{ChildRekey, EventQueue, IkeRekey, IkeUpDown, OfConnection, OfMove, TableFull, Tunnel};
use crate::limits::{ACTION_CAP, CONNECTION_CAP};
use crate::liveness::{Look, Watch};
use crate::rand::Rand;
use crate::segw::SegwId;
use crate::time::{Instant, earliest};

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
    /// Forget the configuration and secrets of a connection that was removed.
    Unload {
        /// The connection.
        connection: Name,
    },
}

/// An action as it waits in the queue.
#[derive(Clone, Debug)]
enum Queued {
    Dial { slot: Slot, serial: u32, segw: SegwId, parallel: bool },
    Terminate(u32),
    Probe(u32),
    Measure(u32),
    Complete(u32),
    Unload(Name),
}

/// Everything the library knows. The caller owns its memory.
#[derive(Debug)]
pub struct Engine {
    connections: [Option<Connection>; CONNECTION_CAP],
    sas: IkeSaTable,
    actions: Deque<Queued, ACTION_CAP>,
    events: EventQueue,
    rand: Rand,
    serial: u32,
    now: Instant,
    shutdown: bool,
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
        }
    }

    /// Takes the time; it never runs backwards here.
    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn find(&self, name: &str) -> Option<Slot> {
        (0u8..)
            .zip(&self.connections)
            .find(|(_, slot)| slot.as_ref().is_some_and(|it| it.name == name))
            .map(|(at, _)| at)
    }

    fn get(&self, slot: Slot) -> Option<&Connection> {
        self.connections.get(usize::from(slot))?.as_ref()
    }

    fn get_mut(&mut self, slot: Slot) -> Option<&mut Connection> {
        self.connections.get_mut(usize::from(slot))?.as_mut()
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

    // ---- outputs ----

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
                queued => break queued,
            }
        };
        match queued {
            Queued::Terminate(unique_id) => Ok(Action::Terminate { unique_id }),
            Queued::Probe(unique_id) => Ok(Action::Probe { unique_id }),
            Queued::Measure(unique_id) => Ok(Action::Measure { unique_id }),
            Queued::Complete(unique_id) => Ok(Action::Complete { unique_id }),
            Queued::Unload(connection) => Ok(Action::Unload { connection }),
            Queued::Dial { slot, serial, segw, parallel } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                Ok(Action::Initiate { connection: &connection.name, segw, addr, serial, parallel })
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
        due.ok_or(nb::Error::WouldBlock)
    }

    // ---- inputs ----

    /// Time has come. Calling it early or late does no harm.
    pub fn timeout(&mut self, now: Instant) {
        self.tick(now);
        let due: u32 = self
            .each()
            .filter(|(_, it)| it.poll_at().is_some_and(|at| at <= self.now))
            .fold(0, |set, (slot, _)| set | 1u32.wrapping_shl(u32::from(slot)));
        for slot in (0u8..).take(CONNECTION_CAP).filter(|slot| due & 1u32.wrapping_shl(u32::from(*slot)) != 0) {
            self.step(slot, Input::Timeout);
            self.look(slot);
        }
    }

    /// Looks whether the active SEGW still lives, if that is due.
    fn look(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let policy = connection.policy;
        let Some(watch) = connection.watch.as_mut().filter(|watch| watch.look_at <= now) else { return };
        let look = watch.look(now, &policy);
        let main = self.sas.of(slot).find(|sa| sa.role == Role::Main).map(|sa| sa.unique_id);
        match (look, main) {
            (Look::Ask, Some(unique_id)) => self.queue(Queued::Measure(unique_id)),
            (Look::Lost, Some(unique_id)) => self.give_up(slot, unique_id, Role::Main, Cause::Liveness),
            // An IKE_SA that went without a word is lost as well.
            (_, None) => self.step(slot, Input::Lost(Cause::Liveness)),
        }
    }

    /// A sign of life, or the want of one: so many packets came in, or, without a number, a message.
    fn heard(&mut self, unique_id: u32, packets: Option<u64>) {
        let now = self.now;
        let Some(sa) = self.sas.get(unique_id).filter(|sa| sa.role == Role::Main) else { return };
        let Some(connection) = self.get_mut(sa.connection) else { return };
        let policy = connection.policy;
        let Some(watch) = connection.watch.as_mut() else { return };
        match packets {
            None => watch.heard(now),
            Some(packets) => {
                if watch.counted(packets, now, &policy) {
                    self.queue(Queued::Probe(unique_id));
                }
            }
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
            IkeEvent::State { unique_id, state: IkeState::Destroying, facts, .. } => {
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
            IkeEvent::Reestablished { new, initiated } => {
                if let Some(sa) = self.sas.get_mut(new).filter(|_| !initiated) {
                    sa.alert(Cause::NotDialled);
                }
                Ok(())
            }
            IkeEvent::ChildRekeyed { connection, child } => {
                let event = ChildRekey {
                    event: "child_rekey",
                    time_ms: 0,
                    seq: 0,
                    ike_sa_name: connection,
                    old_child_sa_name: child,
                    new_child_sa_name: child,
                };
                self.events.push(self.now, event);
                Ok(())
            }
            IkeEvent::Alert { unique_id, alert } => {
                self.alert(unique_id, alert);
                Ok(())
            }
            IkeEvent::Heard { unique_id } => {
                self.heard(unique_id, None);
                Ok(())
            }
            IkeEvent::Counted { unique_id, packets } => {
                self.heard(unique_id, Some(packets));
                Ok(())
            }
            IkeEvent::Dialling { unique_id, connection, serial } => self.dialling(unique_id, connection, serial),
            IkeEvent::NotDialled { connection, serial, alert } => {
                if let Some(slot) = self.find(connection).filter(|slot| self.awaits(*slot, serial)) {
                    let cause = alert.cause().unwrap_or(Cause::NotDialled);
                    let dial = self.get_mut(slot).and_then(|connection| connection.dial.take());
                    let trial = dial.is_some_and(|dial| dial.trial);
                    self.step(slot, if trial { Input::TrialLost(cause) } else { Input::Lost(cause) });
                }
                Ok(())
            }
        }
    }

    /// Charon made an IKE_SA that is not the answer to an action.
    fn appeared(&mut self, unique_id: u32, connection: &str, remote: &str, facts: Facts) -> Result<()> {
        let Some(slot) = self.find(connection) else { return Ok(()) };
        let Some(connection) = self.get(slot) else { return Ok(()) };
        let segw = connection.segws.find(remote).unwrap_or(0);
        // A rekeying's new IKE_SA and a second one beside what there is only matter if they take over.
        let free = connection.state.active().is_none() && !matches!(connection.state, State::Connecting { .. });
        let role = if free && !facts.authenticated { Role::Main } else { Role::Spare };
        let mut sa = IkeSa::new(unique_id, slot, segw, role);
        sa.enter(IkeState::Connecting, facts);
        self.track(sa)?;
        if role == Role::Main {
            self.step(slot, Input::Dialled(segw));
        }
        Ok(())
    }

    fn dialling(&mut self, unique_id: u32, connection: &str, serial: u32) -> Result<()> {
        let wanted = self.find(connection).filter(|slot| self.awaits(*slot, serial) && !self.shutdown);
        let Some((slot, dial)) = wanted.and_then(|slot| Some((slot, self.get_mut(slot)?.dial.take()?))) else {
            // Stopped, removed or sent elsewhere while the action was on its way.
            return Err(Error::Unknown);
        };
        let role = if dial.trial { Role::Trial } else { Role::Main };
        let done = self.track(IkeSa::new(unique_id, slot, dial.segw, role));
        if done.is_err() {
            let cause = Cause::NotDialled;
            self.step(slot, if dial.trial { Input::TrialLost(cause) } else { Input::Lost(cause) });
        }
        done
    }

    /// Follows one more IKE_SA; says so if there is no room.
    fn track(&mut self, sa: IkeSa) -> Result<()> {
        let slot = sa.connection;
        let done = self.sas.insert(sa);
        if done.is_err() {
            let connection = self.get(slot).map(|it| it.name.clone()).unwrap_or_default();
            log::error!("IKE_SA table full, connection {}", connection);
            let event =
                TableFull { event: "table_full", time_ms: 0, seq: 0, table: "ike_sas", connection: &connection };
            self.events.push(self.now, event);
        }
        done
    }

    /// The single trigger point: an IKE_SA ends. Loss and intent part here.
    fn destroyed(&mut self, unique_id: u32, facts: Facts) {
        let Some(sa) = self.sas.remove(unique_id) else { return };
        let verdict = sa.verdict(facts);
        log::debug!("IKE_SA {} of connection {} ends: {:?} {:?}", unique_id, sa.connection, sa.role, verdict);
        if self.shutdown {
            return;
        }
        match (sa.role, verdict) {
            (Role::Leaving | Role::Spare, _) => (),
            (Role::Trial, Verdict::Lost(cause)) => self.step(sa.connection, Input::TrialLost(cause)),
            (Role::Trial, Verdict::Intended) => self.step(sa.connection, Input::TrialLost(Cause::Operator)),
            (Role::Main, verdict) => {
                let successor = self.successor(sa.connection);
                match (successor, verdict) {
                    (Some((segw, true)), _) => self.step(sa.connection, Input::Up(segw)),
                    (Some((_, false)), _) => self.step(sa.connection, Input::Redialled),
                    (None, Verdict::Lost(cause)) => self.step(sa.connection, Input::Lost(cause)),
                    (None, Verdict::Intended) => self.step(sa.connection, Input::Stop),
                }
            }
        }
    }

    /// Makes a spare IKE_SA, rather one that is up, the main one; its SEGW and whether it is up.
    fn successor(&mut self, slot: Slot) -> Option<(SegwId, bool)> {
        let children = self.get(slot)?.children;
        let is_up = |sa: &IkeSa| if children == 0 { sa.up } else { sa.children > 0 };
        let spare = |sa: &&mut IkeSa| sa.role == Role::Spare && sa.is_alive();
        let sa = self.sas.of_mut(slot).filter(spare).max_by_key(|sa| is_up(sa))?;
        sa.role = Role::Main;
        Some((sa.segw, is_up(sa)))
    }

    fn updown(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState, up: bool) {
        let tracked = self.sas.get_mut(unique_id);
        let slot = tracked.as_ref().map(|sa| sa.connection);
        // An IKE_SA that never was up goes down too in charon's eyes; nobody needs to hear of that.
        if tracked.is_none_or(|sa| sa.updown(up)) {
            let event = IkeUpDown {
                event: if up { "ike_sa_up" } else { "ike_sa_down" },
                time_ms: 0,
                seq: 0,
                ike_sa_name: connection,
                state: state.name(),
                unique_id,
                remote,
            };
            self.events.push(self.now, event);
        }
        if up && slot.and_then(|slot| self.get(slot)).is_some_and(|connection| connection.children == 0) {
            self.came_up(unique_id);
        }
    }

    fn child_updown(&mut self, id: u32, connection: &str, remote: &str, child: &ChildSa, up: bool, facts: Facts) {
        let state = self.sas.get(id).map_or(IkeState::Established, |sa| sa.state);
        let event = if up { "tunnel_up" } else { "tunnel_down" };
        self.events.push(self.now, Tunnel::new(event, connection, state.name(), remote, child));
        let Some(sa) = self.sas.get_mut(id) else { return };
        sa.children = if up { sa.children.saturating_add(1) } else { sa.children.saturating_sub(1) };
        let (slot, role, left) = (sa.connection, sa.role, sa.children);
        if up {
            if left == 1 {
                self.came_up(id);
            }
        } else if left == 0 && facts.peer_delete && state == IkeState::Established {
            // The SEGW closed the last CHILD_SA and keeps the IKE_SA: nothing flows, nothing would bring it back.
            self.give_up(slot, id, role, Cause::ChildDeleted);
        }
    }

    /// An IKE_SA can carry traffic.
    fn came_up(&mut self, unique_id: u32) {
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        let (slot, segw) = (sa.connection, sa.segw);
        match sa.role {
            Role::Main => self.step(slot, Input::Up(segw)),
            Role::Trial => self.step(slot, Input::TrialUp),
            Role::Spare => {
                // A second IKE_SA, dialled by hand, is up before ours is: follow it, give ours up.
                if matches!(self.get(slot).map(|it| it.state), Some(State::Connecting { .. })) {
                    self.end(slot, |role| role == Role::Main);
                    if let Some(sa) = self.sas.get_mut(unique_id) {
                        sa.role = Role::Main;
                    }
                    self.step(slot, Input::Up(segw));
                }
            }
            Role::Leaving => (),
        }
    }

    fn rekeyed(&mut self, old: u32, new: u32, connection: &str) {
        let event = IkeRekey {
            event: "ike_rekey",
            time_ms: 0,
            seq: 0,
            old_ike_sa_name: connection,
            new_ike_sa_name: connection,
            unique_id: new,
        };
        self.events.push(self.now, event);
        if self.sas.get(old).is_some() {
            // In the old one's place: there is always room for it, and nothing the old one does counts any more.
            self.sas.remove(new);
        }
        if let Some(sa) = self.sas.get_mut(old) {
            sa.rekeyed(new);
        }
    }

    /// Charon dials by itself in place of an IKE_SA that is still there. Where the new one is followed it takes the old
    /// one's entry, so that there is always room.
    fn reestablish(&mut self, old: u32, new: u32, facts: Facts) -> Result<()> {
        let Some(sa) = self.sas.get_mut(old) else { return Ok(()) };
        let (slot, segw, role) = (sa.connection, sa.segw, sa.role);
        match (sa.succession(facts), role) {
            (Succession::Beside, _) => {
                let done = self.track(IkeSa::new(new, slot, segw, Role::Spare));
                if done.is_err() {
                    self.queue(Queued::Terminate(new));
                }
                done
            }
            (Succession::Redialled, _) => {
                *sa = IkeSa::new(new, slot, segw, role);
                if role == Role::Main {
                    self.step(slot, Input::Redialled);
                }
                Ok(())
            }
            (Succession::Lost(cause), Role::Main) => {
                sa.role = Role::Leaving;
                self.step(slot, Input::Lost(cause));
                // Charon's dial takes the place of ours: one retry loop, one IKE_SA.
                let dial = self.get_mut(slot).and_then(|connection| connection.dial.take());
                if let (Some(dial), Some(sa)) = (dial, self.sas.get_mut(old)) {
                    *sa = IkeSa::new(new, slot, dial.segw, Role::Main);
                    sa.incomplete = true;
                } else {
                    self.queue(Queued::Terminate(new));
                }
                Ok(())
            }
            (Succession::Lost(_) | Succession::Unwanted, _) => {
                self.queue(Queued::Terminate(new));
                Ok(())
            }
        }
    }

    fn alert(&mut self, unique_id: u32, alert: Alert) {
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        if let Some(cause) = alert.cause() {
            sa.alert(cause);
        }
        let (slot, role, none_up) = (sa.connection, sa.role, sa.children == 0);
        let only_child = self.get(slot).is_some_and(|connection| connection.children == 1);
        if alert == Alert::ChildFailed && none_up && only_child {
            self.give_up(slot, unique_id, role, Cause::ChildFailed);
        }
    }

    /// Ends an IKE_SA that lives but is of no use, and moves on.
    fn give_up(&mut self, slot: Slot, unique_id: u32, role: Role, cause: Cause) {
        let input = match role {
            Role::Main => Input::Lost(cause),
            Role::Trial => Input::TrialLost(cause),
            Role::Spare | Role::Leaving => return,
        };
        if let Some(sa) = self.sas.get_mut(unique_id) {
            sa.role = Role::Leaving;
        }
        self.queue(Queued::Terminate(unique_id));
        self.step(slot, input);
    }

    // ---- decisions into actions ----

    /// Feeds the decision machine and carries out what it says.
    fn step(&mut self, slot: Slot, input: Input) {
        if self.shutdown {
            return;
        }
        let (now, dice) = (self.now, self.rand.next_u32());
        let Some(connection) = self.get_mut(slot) else { return };
        bar(connection, input, now);
        let before = connection.state;
        let (state, action) = before.step(input, &connection.world(now, dice));
        connection.state = state;
        if before.name() != state.name() || before.active() != state.active() {
            connection.since = now;
        }
        if state.active().is_none() {
            connection.watch = None;
        } else if before.active() != state.active() {
            connection.watch = Watch::new(now, &connection.policy);
        }
        log::debug!("connection {}: {} on {:?} -> {}", connection.name, before.name(), input, state.name());
        if action.promote == Promote::Trial {
            if let Some(dial) = &mut connection.dial {
                dial.trial = false;
            }
            for sa in self.sas.of_mut(slot) {
                sa.role = match sa.role {
                    Role::Main => Role::Trial,
                    Role::Trial => Role::Main,
                    role => role,
                };
            }
        }
        match action.end {
            End::Nothing => (),
            End::Main => self.end(slot, |role| role == Role::Main),
            End::Trial => self.end(slot, |role| role == Role::Trial),
            End::All => self.end(slot, |_| true),
        }
        if let Some(segw) = action.dial {
            self.dial(slot, segw, matches!(state, State::Moving { .. }));
        }
        if let Some(report) = action.report {
            self.report(slot, report);
        }
    }

    fn dial(&mut self, slot: Slot, segw: SegwId, parallel: bool) {
        self.serial = self.serial.wrapping_add(1);
        let serial = self.serial;
        let Some(connection) = self.get_mut(slot) else { return };
        connection.dial = Some(Dial { serial, segw, trial: parallel });
        connection.counters.attempts = connection.counters.attempts.saturating_add(1);
        if let Some(segw) = connection.segws.get_mut(segw) {
            segw.attempts = segw.attempts.saturating_add(1);
        }
        self.queue(Queued::Dial { slot, serial, segw, parallel });
    }

    /// Ends the IKE_SAs of a connection that play the given parts, and a dial that is on its way to become one.
    fn end(&mut self, slot: Slot, which: fn(Role) -> bool) {
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        if connection.dial.is_some_and(|dial| which(if dial.trial { Role::Trial } else { Role::Main })) {
            connection.dial = None;
        }
        for sa in self.sas.of_mut(slot).filter(|sa| sa.role != Role::Leaving && which(sa.role)) {
            sa.role = Role::Leaving;
            queue(&mut self.actions, Queued::Terminate(sa.unique_id));
        }
    }

    fn queue(&mut self, action: Queued) {
        queue(&mut self.actions, action);
    }

    /// Counts, remembers and tells what was decided.
    fn report(&mut self, slot: Slot, report: Report) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let (kind, from, to, cause) = match report {
            Report::Start { to } => (Kind::Start, None, Some(to), None),
            Report::Up { to } => (Kind::Up, None, Some(to), None),
            Report::Failover { from, to, cause } => (Kind::Failover, Some(from), Some(to), Some(cause)),
            Report::Moved { from, to, why: Move::Failback } => (Kind::Failback, from, Some(to), None),
            Report::Moved { from, to, why: Move::Switch } => (Kind::Switch, from, Some(to), Some(Cause::Operator)),
            Report::MoveFailed { from, to, cause } => (Kind::MoveFailed, Some(from), Some(to), Some(cause)),
            Report::Backoff { from, to, cause, .. } => (Kind::Backoff, Some(from), Some(to), Some(cause)),
            Report::Exhausted { from, cause } => (Kind::Exhausted, Some(from), None, Some(cause)),
            Report::Stop => (Kind::Stop, None, None, Some(Cause::Operator)),
        };
        connection.history.push(Record { at: now, kind, from, to, cause });
        let attempt = connection.counters.attempts;
        count(connection, kind, from, to, cause);
        let name = connection.name.clone();
        let text = |segw: Option<SegwId>| segw.and_then(|id| connection.segws.get(id)).map(|segw| segw.addr.to_text());
        let (from_text, to_text) = (text(from), text(to));
        let event = match kind {
            Kind::Start | Kind::Up => return,
            Kind::Stop => {
                let event = OfConnection { event: "segw_stopped", time_ms: 0, seq: 0, connection: &name };
                self.events.push(now, event);
                return;
            }
            Kind::Failover => "segw_failover",
            Kind::Failback => "segw_failback",
            Kind::Switch => "segw_switch",
            Kind::MoveFailed => "segw_move_failed",
            Kind::Backoff => "segw_backoff",
            Kind::Exhausted => "segw_exhausted",
        };
        let delay_ms = match report {
            Report::Backoff { delay_ms, .. } => Some(delay_ms),
            _ => None,
        };
        let event = OfMove {
            event,
            time_ms: 0,
            seq: 0,
            connection: &name,
            from: from_text.as_deref(),
            to: to_text.as_deref(),
            from_index: from,
            to_index: to,
            cause: cause.map(Cause::name),
            attempt,
            delay_ms,
        };
        self.events.push(now, event);
    }
}

fn queue(actions: &mut Deque<Queued, ACTION_CAP>, action: Queued) {
    if actions.push_back(action).is_err() {
        log::error!("more actions than a caller that drains after each input can see");
    }
}

/// A SEGW that refused the credentials is left alone for a while: fast retries may lock the subscriber out.
fn bar(connection: &mut Connection, input: Input, now: Instant) {
    let refused = match (input, connection.state) {
        (Input::Lost(Cause::AuthFailed), State::Connecting { segw, .. }) => Some(segw),
        (Input::TrialLost(Cause::AuthFailed), State::Moving { to, .. }) => Some(to),
        _ => None,
    };
    let until = now.after(connection.policy.auth_penalty_ms);
    if let Some(segw) = refused.and_then(|segw| connection.segws.get_mut(segw)) {
        segw.barred_until = Some(until);
    }
}

fn count(connection: &mut Connection, kind: Kind, from: Option<SegwId>, to: Option<SegwId>, cause: Option<Cause>) {
    let counters = &mut connection.counters;
    let moves = match kind {
        Kind::Failover => Some(&mut counters.failovers),
        Kind::Failback => Some(&mut counters.failbacks),
        Kind::Switch => Some(&mut counters.switches),
        _ => None,
    };
    if let Some(moves) = moves {
        *moves = moves.saturating_add(1);
    }
    let up = match kind {
        Kind::Up => to,
        Kind::Failback | Kind::Switch => to.filter(|_| connection.state.active() == to),
        _ => None,
    };
    if up.is_some() {
        counters.attempts = 0;
    }
    if let Some(segw) = up.and_then(|id| connection.segws.get_mut(id)) {
        segw.successes = segw.successes.saturating_add(1);
        segw.barred_until = None;
    }
    let failed = match kind {
        Kind::Failover | Kind::Backoff | Kind::Exhausted => from,
        Kind::MoveFailed if cause != Some(Cause::Operator) => to,
        _ => None,
    };
    if let Some(segw) = failed.and_then(|id| connection.segws.get_mut(id)) {
        segw.failures = segw.failures.saturating_add(1);
        segw.last_cause = cause;
    }
}
