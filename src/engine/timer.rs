//! The time: what is due, and when to come again.

use core::convert::Infallible;

use super::decision::terminate;
use super::{Engine, Slot, slots};
use crate::connection::Connection;
use crate::diagnosis::Plain;
use crate::failover::Input;
use crate::limits::CONNECTION_CAP;
use crate::refusal::number;
use crate::time::{Instant, earliest};

/// A timer that is so many milliseconds late shows that this host was not running.
const LATE_MS: u32 = 500;

impl Engine {
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
                if sa.end_at.get().is_some_and(|at| at <= now) {
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

    /// The caller's wall clock says so many milliseconds since 1970 UTC, and local time is so many seconds ahead of UTC. Windows of
    /// policies are local time; while the clock is not set, before 2025 or from 3000 on, none of them is open.
    pub fn clock(&mut self, now: Instant, unix_ms: u64, utc_offset_s: i32) {
        self.tick(now);
        #[cfg_attr(not(feature = "json"), expect(unused_variables, reason = "nothing is kept"))]
        let jumped = self.clock.tell(self.now, unix_ms, utc_offset_s);
        #[cfg(feature = "json")]
        {
            // Ends were written as another clock had them.
            self.memory_changed |= jumped && self.memory.has_ends();
        }
        for slot in slots() {
            // Of others nothing depends on it.
            if self.get(slot).is_some_and(|it| !it.policy.failback_window.is_any()) {
                self.touch(slot);
            }
        }
        self.settle();
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
    pub(super) fn settle(&mut self) {
        if let Some(slot) = self.touched {
            self.tend(slot);
            self.touched = None;
            let (clock, now) = (&self.clock, self.now);
            if let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) {
                connection.look_at_clock(clock, now);
            }
            let at = self.due_at(slot);
            self.deadlines.set(slot, at);
        }
    }

    /// When a connection wants to be looked after, worked out anew.
    pub(super) fn due_at(&self, slot: Slot) -> Option<Instant> {
        earliest(self.get(slot).and_then(Connection::poll_at), self.sas.end_at(slot))
    }
}
