//! What an operator says of where connections are to be: `PIN`, `UNPIN`, `DRAIN`, `UNDRAIN`.

use super::emit::{find, get};
use super::{Engine, Slot, slots};
use crate::addr::{self, Addr, AddrList};
use crate::connection::Pin;
use crate::diagnosis::Plain;
use crate::failover::{Input, State};
use crate::limits::{DRAIN_CAP, SEGW_CAP};
use crate::memory::{FOREVER, Known, Order};
use crate::refusal::{Refusal, number};
use crate::segw::SegwId;
use crate::time::Instant;
use crate::unit::Unit;
use crate::wire::request::Request;

/// SEGWs that can be drained at once.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand at most")]
const MOST: u32 = DRAIN_CAP as u32;
/// The longest time that an order may last, in milliseconds: a year.
const LONGEST_MS: u64 = 31_536_000_000;

impl Engine {
    /// `PIN name target [for TIME]`: the connection goes there, and stays until the time is over.
    pub(super) fn pin(&mut self, request: &Request) -> Result<(), Refusal> {
        let (words, until) = lasting(request, self.now)?;
        let (slot, to) = self.named_segw(words, "expected PIN NAME primary|secondary|next|INDEX|ADDRESS [for TIME]")?;
        let Some(connection) = self.get_mut(slot) else { return Ok(()) };
        connection.pin = Some(Pin { segw: to, until });
        log!(info, "{}: pinned to {}", Plain(&connection.name), Plain(&connection.segws.text(to)));
        self.keep_pin(slot);
        self.rerank(slot);
        self.turn(slot, to);
        Ok(())
    }

    /// `UNPIN name`.
    pub(super) fn unpin(&mut self, slot: Slot) {
        if let Some(connection) = self.get_mut(slot) {
            connection.pin = None;
        }
        self.keep_pin(slot);
        self.rerank(slot);
    }

    /// Has the pin of a connection outlive a restart, or its end.
    pub(super) fn keep_pin(&mut self, slot: Slot) {
        let Some(connection) = get(&self.connections, slot) else { return };
        let order = connection.pin.and_then(|pin| {
            let segw = Known::of(&connection.segws.get(pin.segw)?.addr);
            Some(Order { segw, until: pin.until })
        });
        let is_there = |name: &str| find(&self.names, &self.connections, name).is_some();
        self.memory_changed |= self.memory.pin(&connection.name, order, &is_there);
    }

    /// `DRAIN segw [for TIME]`: no connection is on that SEGW if it can be on another.
    pub(super) fn drain(&mut self, request: &Request) -> Result<(), Refusal> {
        let (words, until) = lasting(request, self.now)?;
        let addr = self.segw_of_some(words, "expected DRAIN ADDRESS [for TIME]")?;
        // Those of SEGWs that no connection has end nowhere else.
        self.memory_changed |= self.memory.expire(self.now);
        if !self.memory.drain(Known::of(&addr), until) {
            return Err(Refusal::new(&[
                "as many SEGWs are drained as fit, ",
                &number(MOST),
                "; UNDRAIN one of them first",
            ]));
        }
        log!(info, "{} is drained", Plain(words));
        self.mark_drained(&addr, until);
        for slot in slots() {
            self.leave(slot, &addr);
        }
        Ok(())
    }

    /// `UNDRAIN segw`.
    pub(super) fn undrain(&mut self, request: &Request) -> Result<(), Refusal> {
        let addr = self.segw_of_some(request.words(), "expected UNDRAIN ADDRESS")?;
        let _ = self.memory.drain(Known::of(&addr), Instant(0));
        self.mark_drained(&addr, Instant(0));
        Ok(())
    }

    /// The SEGW of that address, of any connection, or one that is drained.
    fn segw_of_some(&self, words: &str, usage: &'static str) -> Result<Addr, Refusal> {
        let addr = addr::parse(words).map_err(|_| Refusal::new(&[usage]))?;
        let known = self.connections.iter().flatten().any(|connection| connection.segws.place(&addr).is_some());
        // A drain may be of one that no connection has any more.
        let known = known || self.memory.drained(Known::of(&addr)) > self.now;
        if known { Ok(addr) } else { Err(Refusal::new(&["no connection has such a SEGW"])) }
    }

    fn mark_drained(&mut self, addr: &Addr, until: Instant) {
        self.memory_changed = true;
        for slot in slots() {
            let Some(connection) = self.get_mut(slot) else { continue };
            let Some(segw) = connection.segws.place(addr).and_then(|segw| connection.segws.get_mut(segw)) else {
                continue;
            };
            segw.drained_until = until;
            self.rerank(slot);
        }
    }

    /// Has a connection leave a SEGW that is drained, if there is another one.
    fn leave(&mut self, slot: Slot, addr: &Addr) {
        let now = self.now;
        let Some(connection) = self.get(slot) else { return };
        let Some(segw) = connection.segws.place(addr) else { return };
        let world = connection.world(now, 0);
        let to = match connection.state {
            State::Active { segw: active, .. } if active == segw => world.better(active),
            // Called back, or elsewhere if it was on its way from another that is drained.
            State::Moving { from, to, .. } if to == segw => Some(if world.ranks.is_drained(from) {
                world.ranks.iter().find(|to| *to != segw).unwrap_or(from)
            } else {
                from
            }),
            State::Connecting { segw: dialled, failures, .. } if dialled == segw => world.next(segw, failures.failed),
            _ => None,
        };
        if let Some(to) = to.filter(|to| !world.ranks.is_drained(*to)) {
            self.step(slot, Input::Switch(to));
        }
    }

    /// What is drained stays so in a connection that is applied from now on.
    pub(super) fn drained(&self, addrs: &AddrList) -> [Instant; SEGW_CAP] {
        let mut until = [Instant(0); SEGW_CAP];
        for (until, addr) in until.iter_mut().zip(addrs) {
            *until = self.memory.drained(Known::of(addr));
        }
        until
    }

    /// Forgets what is over.
    pub(super) fn expire(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let over = |pin: Pin| pin.until <= now;
        if connection.pin.is_some_and(over) || connection.segws.drained_until().is_some_and(|at| at <= now) {
            connection.pin = connection.pin.filter(|pin| pin.until > now);
            connection.segws.undrain(now);
            log!(info, "{}: a pin or drain is over", Plain(&connection.name));
            self.memory_changed |= self.memory.expire(now);
            self.rerank(slot);
        }
    }

    /// Goes to a SEGW, unless nobody wants the connection up.
    fn turn(&mut self, slot: Slot, to: SegwId) {
        let down = self.get(slot).is_none_or(|it| matches!(it.state, State::Idle | State::Stopped));
        if !down {
            self.step(slot, Input::Switch(to));
        }
    }
}

/// An argument without its `for TIME`, and until when that is.
fn lasting<'r>(request: &Request<'r>, now: Instant) -> Result<(&'r str, Instant), Refusal> {
    let words = request.words();
    let Some((what, time)) = words.rsplit_once(" for ") else { return Ok((words, FOREVER)) };
    let ms = time_ms(time.trim())
        .ok_or_else(|| Refusal::new(&["expected a time from 1s to 365d behind for: 90s, 15m, 2h, 7d"]))?;
    Ok((what.trim_end(), Instant(now.0.saturating_add(ms))))
}

/// A time as people write it: `90s`, `15m`, `2h`, `7d`.
fn time_ms(text: &str) -> Option<u64> {
    let ms = Unit::Seconds.read(text)?.saturating_mul(1_000);
    Some(ms).filter(|ms| (1_000..=LONGEST_MS).contains(ms))
}

#[cfg(test)]
mod tests {
    use super::time_ms;

    #[test]
    fn times() {
        for (text, ms) in [
            ("90s", Some(90_000)),
            ("15m", Some(900_000)),
            ("2h", Some(7_200_000)),
            ("365d", Some(31_536_000_000)),
            ("366d", None),
            ("0s", None),
            ("", None),
            ("s", None),
            ("2", None),
            ("-1s", None),
            ("2µ", None),
            ("99999999999s", None),
        ] {
            assert_eq!(time_ms(text), ms, "{text}");
        }
    }
}
