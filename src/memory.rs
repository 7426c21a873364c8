//! What outlives a restart: the SEGW that last carried each connection, and what an operator has said of where connections are to be,
//! as lines of text that the caller keeps. Written by ourselves, read like a stranger's: a torn or foreign text is worth nothing,
//! and does no harm.
//!
//! A line is `NAME ADDRESS`; or `NAME pin SEGW LEFT UNTIL`; or `* drain SEGW LEFT UNTIL`. A SEGW there is a hash of its address,
//! `LEFT` the seconds that are left, 0 for ever, and `UNTIL` when that is over, in seconds since 1970, 0 if the clock was not
//! set. Who knows the first kind only passes over the others.

use heapless::{String, Vec};

use crate::addr::{self, Addr, Fqdn};
use crate::chains::{Chains, Place};
use crate::clock::Clock;
use crate::connection::{Name, Names, chain, is_plain};
use crate::hash::hash;
use crate::limits::{CONNECTION_CAP, DRAIN_CAP};
use crate::refusal::number;
use crate::time::Instant;

/// The first line; another one means that somebody else wrote the text.
const HEADER: &str = "libsegw state 1";
/// The last line; without it the text is torn.
const FOOTER: &str = "end";

/// The chain of all entries, the oldest first.
const KNOWN: usize = 0;
/// The chain of places that are free.
const FREE: usize = 1;

/// Between a connection's name and where it is pinned to.
const PIN: &str = "pin";
/// The same of what is drained, whatever connection it is of.
const DRAIN: &str = "drain";
/// In place of a connection's name.
const ALL: &str = "*";
/// The longest time that an order may last, in seconds: a year.
const LONGEST_S: u64 = 31_536_000;
/// For ever.
pub const FOREVER: Instant = Instant(u64::MAX);

/// A SEGW, known by its address, whichever list that is in: a connection may not be there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known(u32);

impl Known {
    /// That of this address.
    #[must_use]
    pub fn of(addr: &Addr) -> Self {
        Self(hash(addr.to_text().as_bytes()))
    }
}

/// What an operator has said of a SEGW, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The SEGW.
    pub segw: Known,
    /// Until then; [`FOREVER`]: until something else is said.
    pub until: Instant,
}

/// What is remembered of a connection.
#[derive(Debug)]
pub struct Entry {
    name: Name,
    /// The SEGW that last carried it; empty: none has.
    last: Fqdn,
    /// Where it is pinned to.
    pin: Option<Order>,
}

/// What is remembered, by the name of the connection.
#[derive(Debug)]
pub struct Memory {
    /// An entry keeps its place.
    pub(crate) known: Vec<Entry, CONNECTION_CAP>,
    /// SEGWs that nobody is to be on.
    pub(crate) drains: Vec<Order, DRAIN_CAP>,
    pub(crate) names: Names,
    pub(crate) ages: Chains<2, CONNECTION_CAP>,
}

impl Memory {
    /// Remembers nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { known: Vec::new(), drains: Vec::new(), names: Names::new(), ages: Chains::new() }
    }

    /// Remembers what a text says, and nothing else; nothing if it is torn or not ours. Lines that make no sense are passed
    /// over, and orders that are over. One that has its end goes on by the wall clock, if that is set, but for no longer than was
    /// left when it was written; or else for as long as was left then.
    pub fn read(&mut self, text: &[u8], clock: &Clock, now: Instant) {
        self.known.clear();
        self.drains.clear();
        self.names = Names::new();
        self.ages = Chains::new();
        let Some(body) = core::str::from_utf8(text).ok().and_then(|text| text.strip_prefix(HEADER)) else {
            return;
        };
        let Some(body) = body.strip_prefix("\n").and_then(|body| body.strip_suffix("\nend\n")) else {
            return;
        };
        // As many as fit were written.
        let nobody: &dyn Fn(&str) -> bool = &|_| false;
        let mut rest = Some(body);
        while let Some(text) = rest {
            let (line, more) = addr::cut(text, b'\n');
            let (name, words) = addr::cut(line, b' ');
            let words = words.filter(|_| is_plain(name)).unwrap_or_default();
            match (words.split_once(' '), addr::parse(words)) {
                (Some((PIN, order)), _) => {
                    if let Some(order) = read_order(order, clock, now) {
                        self.pin(name, Some(order), nobody);
                    }
                }
                (Some((DRAIN, order)), _) if name == ALL => {
                    if let Some(order) = read_order(order, clock, now) {
                        let _ = self.drain(order.segw, order.until);
                    }
                }
                (_, Ok(addr)) => {
                    self.note(name, &addr.to_text(), nobody);
                }
                (_, Err(_)) => (),
            }
            rest = more;
        }
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.names.iter(chain(name)).find(|place| self.at(*place).is_some_and(|entry| entry.name == name))
    }

    fn at(&self, place: Place) -> Option<&Entry> {
        self.known.get(usize::from(place))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.place(name).and_then(|place| self.at(place))
    }

    /// The SEGW that last carried a connection.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&str> {
        self.entry(name).map(|entry| entry.last.as_str()).filter(|last| !last.is_empty())
    }

    /// Where a connection is pinned to.
    #[must_use]
    pub fn pinned(&self, name: &str) -> Option<Order> {
        self.entry(name).and_then(|entry| entry.pin)
    }

    /// Remembers where a connection is pinned to, as [`Memory::note`] does; whether that is news.
    pub fn pin(&mut self, name: &str, pin: Option<Order>, is_there: &dyn Fn(&str) -> bool) -> bool {
        if self.pinned(name) == pin {
            return false;
        }
        let last = self.entry(name).map(|entry| entry.last.clone()).unwrap_or_default();
        self.put(name, last, pin, is_there)
    }

    /// Until when a SEGW is drained; `Instant(0)`: it is not.
    #[must_use]
    pub fn drained(&self, segw: Known) -> Instant {
        self.drains.iter().find(|order| order.segw == segw).map_or(Instant(0), |order| order.until)
    }

    /// Remembers until when a SEGW is drained, `Instant(0)` if it is not any more; `false`: there is no room for it.
    pub fn drain(&mut self, segw: Known, until: Instant) -> bool {
        self.drains.retain(|order| order.segw != segw);
        until == Instant(0) || self.drains.push(Order { segw, until }).is_ok()
    }

    /// Whether an order has an end.
    #[must_use]
    pub fn has_ends(&self) -> bool {
        let pins = self.ages.iter(KNOWN).filter_map(|place| self.at(place)?.pin);
        self.drains.iter().copied().chain(pins).any(|order| order.until < FOREVER)
    }

    /// Forgets orders that are over at `now`; whether there were any.
    pub fn expire(&mut self, now: Instant) -> bool {
        let before = self.drains.len();
        self.drains.retain(|order| order.until > now);
        let mut over = self.drains.len() < before;
        for entry in &mut self.known {
            if entry.pin.is_some_and(|pin| pin.until <= now) {
                (entry.pin, over) = (None, true);
            }
        }
        over
    }

    /// Remembers a SEGW; whether that is news. If there is no room an entry makes place whose connection is not there, one without
    /// a pin if there is one, the oldest of them. As many connections as fit here can be there, and the one that is noted is one of them.
    pub fn note(&mut self, name: &str, addr: &str, is_there: &dyn Fn(&str) -> bool) -> bool {
        let known = self.of(name) == Some(addr);
        let Ok(addr) = Fqdn::try_from(addr) else { return false };
        let pin = self.pinned(name);
        self.put(name, addr, pin, is_there) && !known
    }

    /// Takes over all of an entry, which is the youngest then; whether that was possible.
    fn put(&mut self, name: &str, last: Fqdn, pin: Option<Order>, is_there: &dyn Fn(&str) -> bool) -> bool {
        let Ok(entry_name) = Name::try_from(name) else { return false };
        self.forget(name);
        if self.known.is_full() && self.ages.first(FREE).is_none() {
            let worth = |place: &Place| self.at(*place).map(|entry| (is_there(&entry.name), entry.pin.is_some()));
            // Of those that are worth the same the first one, which is the oldest.
            if let Some(least) = self.ages.iter(KNOWN).min_by_key(worth) {
                self.drop_at(least);
            }
        }
        let entry = Entry { name: entry_name, last, pin };
        let place = match self.ages.first(FREE) {
            Some(place) => {
                self.ages.remove(FREE, place);
                if let Some(free) = self.known.get_mut(usize::from(place)) {
                    *free = entry;
                }
                place
            }
            None => {
                let place = Place::try_from(self.known.len()).unwrap_or(Place::MAX);
                if self.known.push(entry).is_err() {
                    return false;
                }
                place
            }
        };
        self.names.push(chain(name), place);
        self.ages.push(KNOWN, place);
        true
    }

    fn drop_at(&mut self, place: Place) {
        let Some(chain) = self.at(place).map(|entry| chain(&entry.name)) else { return };
        self.names.remove(chain, place);
        self.ages.remove(KNOWN, place);
        self.ages.push(FREE, place);
    }

    /// Forgets a connection; whether it was known.
    pub fn forget(&mut self, name: &str) -> bool {
        let place = self.place(name);
        if let Some(place) = place {
            self.drop_at(place);
        }
        place.is_some()
    }

    /// The text, in pieces, as it is at `now`.
    pub fn text(&self, clock: &Clock, now: Instant, put: &mut dyn FnMut(&str)) {
        let mut line = |parts: &[&str]| parts.iter().chain(&["\n"]).for_each(|part| put(part));
        line(&[HEADER]);
        for entry in self.ages.iter(KNOWN).filter_map(|place| self.at(place)) {
            if !entry.last.is_empty() {
                line(&[&entry.name, " ", &entry.last]);
            }
            if let Some(order) = entry.pin {
                line(&[&entry.name, " ", PIN, " ", &order_text(order, clock, now)]);
            }
        }
        for order in &self.drains {
            line(&[ALL, " ", DRAIN, " ", &order_text(*order, clock, now)]);
        }
        line(&[FOOTER]);
    }
}

/// An order's SEGW and times as they are written.
fn order_text(order: Order, clock: &Clock, now: Instant) -> String<40> {
    let (left_s, until_s) = if order.until == FOREVER {
        (0, 0)
    } else {
        let until_s = clock.unix_ms(order.until).map_or(0, |unix_ms| unix_ms / 1_000);
        (order.until.since(now).div_ceil(1_000).max(1), until_s)
    };
    let mut text = String::new();
    // Of a clock that is after 2106 it is not said.
    let until_s = u32::try_from(until_s).unwrap_or(0);
    for part in [order.segw.0, narrow(left_s), until_s] {
        let blank = if text.is_empty() { "" } else { " " };
        // Three numbers of 32 bits and two blanks fit.
        let _ = text.push_str(blank).and_then(|()| text.push_str(&number(part)));
    }
    text
}

fn narrow(seconds: u64) -> u32 {
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// An order's SEGW and times; `None` if they make no sense, or it is over.
fn read_order(text: &str, clock: &Clock, now: Instant) -> Option<Order> {
    let mut words = text.split(' ');
    let mut next = || words.next()?.parse::<u32>().ok();
    let (segw, left_s, until_s) = (Known(next()?), u64::from(next()?), u64::from(next()?));
    if words.next().is_some() || left_s > LONGEST_S {
        return None;
    }
    let left_ms = left_s.saturating_mul(1_000);
    let left_ms = match clock.unix_ms(now) {
        _ if left_s == 0 => return Some(Order { segw, until: FOREVER }),
        Some(unix_ms) if until_s > 0 => left_ms.min(until_s.saturating_mul(1_000).saturating_sub(unix_ms)),
        _ => left_ms,
    };
    Some(Order { segw, until: Instant(now.0.saturating_add(left_ms)) }).filter(|_| left_ms > 0)
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Memory, Order};
    use crate::addr;
    use crate::clock::Clock;
    use crate::time::Instant;
    use std::format;
    use std::string::String;

    /// A second in 2026.
    const UNIX_MS: u64 = 1_795_800_000_000;

    /// No connection is there.
    const NOBODY: &dyn Fn(&str) -> bool = &|_| false;

    fn unset() -> Clock {
        Clock::new(Instant(0), 7)
    }

    fn set(now: u64, unix_ms: u64) -> Clock {
        let mut clock = unset();
        clock.tell(Instant(now), unix_ms, 0);
        clock
    }

    fn read_at(text: &[u8], clock: &Clock, now: u64) -> Memory {
        let mut memory = Memory::new();
        memory.read(text, clock, Instant(now));
        memory
    }

    fn read(text: &[u8]) -> Memory {
        read_at(text, &unset(), 0)
    }

    fn text_at(memory: &Memory, clock: &Clock, now: u64) -> String {
        let mut text = String::new();
        memory.text(clock, Instant(now), &mut |piece| text.push_str(piece));
        text
    }

    fn text(memory: &Memory) -> String {
        text_at(memory, &unset(), 0)
    }

    fn segw(addr: &str) -> Known {
        Known::of(&addr::parse(addr).unwrap())
    }

    #[test]
    fn what_is_written_is_read() {
        let mut memory = Memory::new();
        assert!(memory.note("vpn", "10.0.0.1", NOBODY) && memory.note("b", "segw.example", NOBODY));
        assert!(memory.note("vpn", "10.0.0.2", NOBODY) && !memory.note("vpn", "10.0.0.2", NOBODY));
        assert_eq!(text(&memory), "libsegw state 1\nb segw.example\nvpn 10.0.0.2\nend\n");
        let again = read(text(&memory).as_bytes());
        assert_eq!((again.of("vpn"), again.of("b"), again.of("c")), (Some("10.0.0.2"), Some("segw.example"), None));
        assert!(memory.forget("b") && !memory.forget("b"));
        assert_eq!(text(&Memory::new()), "libsegw state 1\nend\n");
    }

    #[test]
    fn torn_and_foreign_texts_are_worth_nothing() {
        let whole = "libsegw state 1\nvpn 10.0.0.1\nvpn pin 5 0 0\n* drain 6 0 0\nend\n";
        for len in 0..whole.len() {
            let memory = read(&whole.as_bytes()[..len]);
            assert_eq!((memory.of("vpn"), memory.pinned("vpn"), memory.drains.len()), (None, None, 0), "{len}");
        }
        for foreign in
            ["", "libsegw state 2\nvpn a\nend\n", "vpn 10.0.0.1\nend\n", "\u{0}\u{0}", "libsegw state 1\nend\n"]
        {
            assert_eq!(read(foreign.as_bytes()).of("vpn"), None, "{foreign:?}");
        }
        assert_eq!(read(b"libsegw state 1\nvpn \xff\nend\n").of("vpn"), None);
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        for (line, kept) in [
            ("b 10.0.0.1\r\r", "b 10.0.0.1\n"),
            ("b  SEGW.example. ", "b segw.example\n"),
            (" 10.0.0.1", ""),
            ("b", ""),
            ("b %any", ""),
            ("b\" 10.0.0.1", ""),
            ("b 10.0.0.1 10.0.0.2", ""),
            ("b pin 5 0 0", "b pin 5 0 0\n"),
            ("b pin 5 9 1795800000", "b pin 5 9 0\n"),
            ("b pin 5 31536001 0", ""),
            ("b pin 4294967296 0 0", ""),
            ("b pin 5 0", ""),
            ("b pin 5 0 0 0", ""),
            ("b pin 10.0.0.1 0 0", ""),
            ("b drain 5 0 0", ""),
            ("* drain 5 0 0", "* drain 5 0 0\n"),
            ("* drain 5 -1 0", ""),
        ] {
            let read = read(format!("libsegw state 1\n{line}\nend\n").as_bytes());
            assert_eq!(text(&read), format!("libsegw state 1\n{kept}end\n"), "{line:?}");
        }
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut memory = Memory::new();
        for n in 0..17 {
            assert!(memory.note(&format!("c{n}"), "10.0.0.1", NOBODY));
        }
        assert_eq!((memory.of("c0"), memory.of("c1"), memory.of("c16")), (None, Some("10.0.0.1"), Some("10.0.0.1")));
    }

    #[test]
    fn what_is_there_stays_and_what_is_pinned_if_it_can() {
        let order = Some(Order { segw: segw("10.0.0.2"), until: Instant(u64::MAX) });
        let mut memory = Memory::new();
        memory.pin("pinned", order, NOBODY);
        memory.note("there", "10.0.0.1", NOBODY);
        for n in 0..14 {
            memory.pin(&format!("c{n}"), order, NOBODY);
        }
        let there: &dyn Fn(&str) -> bool = &|name| matches!(name, "there" | "new" | "newer" | "pinned" | "last");
        let gone = |memory: &Memory| [0, 1, 2].map(|n| memory.pinned(&format!("c{n}")).is_none());
        // All others are pinned: the oldest of them.
        assert!(memory.note("new", "10.0.0.1", there));
        assert_eq!(gone(&memory), [true, false, false]);
        assert!(memory.pin("newer", order, there));
        assert_eq!(gone(&memory), [true, true, false]);
        // One that is not pinned, however young it is.
        assert!(memory.note("c5", "10.0.0.1", there) && memory.pin("c5", None, there));
        assert!(memory.note("last", "10.0.0.1", there));
        assert_eq!((gone(&memory), memory.of("c5")), ([true, true, false], None));
        assert_eq!((memory.of("there"), memory.pinned("pinned")), (Some("10.0.0.1"), order));
    }

    #[test]
    fn an_order_goes_on_by_the_wall_clock_or_else_as_long_as_was_left() {
        let (one, two) = (segw("10.0.0.1"), segw("10.0.0.2"));
        let mut memory = Memory::new();
        assert!(memory.pin("vpn", Some(Order { segw: two, until: Instant(3_605_000) }), NOBODY));
        assert!(memory.drain(one, Instant(u64::MAX)) && memory.drain(two, Instant(65_000)));
        let written = text_at(&memory, &set(5_000, UNIX_MS), 5_000);
        assert!(written.contains("vpn pin ") && written.contains(" 3600 1795803600\n"), "{written}");
        let left = |clock: &Clock, now| {
            let memory = read_at(written.as_bytes(), clock, now);
            (memory.pinned("vpn").map(|pin| pin.until.0), memory.drained(one).0, memory.drained(two).0)
        };
        // Half an hour later by the wall clock; the monotonic one begins anew.
        assert_eq!(left(&set(9, UNIX_MS + 1_800_000), 9), (Some(1_800_009), u64::MAX, 0));
        // Nobody knows what time it is.
        assert_eq!(left(&unset(), 9), (Some(3_600_009), u64::MAX, 60_009));
        assert_eq!(left(&set(9, 5_000), 9), (Some(3_600_009), u64::MAX, 60_009));
        // It was set back: no longer than was left.
        assert_eq!(left(&set(9, UNIX_MS - 86_400_000), 9), (Some(3_600_009), u64::MAX, 60_009));
        // Over meanwhile.
        assert_eq!(left(&set(9, UNIX_MS + 3_600_000), 9), (None, u64::MAX, 0));
        // Written without a clock, or with one that says what no 32 bits hold.
        for clock in [unset(), set(5_000, 4_294_967_296_000)] {
            let written = text_at(&memory, &clock, 5_000);
            for clock in [set(9, UNIX_MS), set(9, 4_294_967_296_000)] {
                let memory = read_at(written.as_bytes(), &clock, 9);
                let ends = (memory.pinned("vpn").map(|pin| pin.until.0), memory.drained(two).0);
                assert_eq!(ends, (Some(3_600_009), 60_009));
            }
        }
    }

    #[test]
    fn a_pin_needs_no_segw_that_has_carried_and_outlives_one_that_has() {
        let order = Order { segw: segw("10.0.0.2"), until: Instant(u64::MAX) };
        let mut memory = Memory::new();
        assert!(memory.pin("vpn", Some(order), NOBODY) && !memory.pin("vpn", Some(order), NOBODY));
        assert_eq!((memory.of("vpn"), memory.pinned("vpn")), (None, Some(order)));
        assert!(memory.note("vpn", "10.0.0.1", NOBODY));
        assert_eq!((memory.of("vpn"), memory.pinned("vpn")), (Some("10.0.0.1"), Some(order)));
        assert!(memory.pin("vpn", None, NOBODY) && !memory.pin("vpn", None, NOBODY));
        assert_eq!((memory.of("vpn"), memory.pinned("vpn")), (Some("10.0.0.1"), None));
    }

    #[test]
    fn orders_that_are_over_are_forgotten() {
        let mut memory = Memory::new();
        let until = Instant(5);
        memory.pin("vpn", Some(Order { segw: segw("10.0.0.2"), until }), NOBODY);
        memory.drain(segw("10.0.0.1"), until);
        assert!(!memory.expire(Instant(4)) && memory.expire(until) && !memory.expire(until));
        assert_eq!((memory.pinned("vpn"), memory.drained(segw("10.0.0.1"))), (None, Instant(0)));
    }

    #[test]
    fn a_full_table_says_so() {
        let mut memory = Memory::new();
        for n in 0..32 {
            assert!(memory.drain(segw(&format!("10.0.0.{n}")), Instant(9)), "{n}");
        }
        assert!(!memory.drain(segw("10.0.1.1"), Instant(9)));
        assert!(memory.drain(segw("10.0.0.1"), Instant(0)) && memory.drain(segw("10.0.1.1"), Instant(9)));
    }
}
