//! What outlives a restart: the SEGW that last carried each connection, as lines of text that the caller keeps.
//! Written by ourselves, read like a stranger's: a torn or foreign text is worth nothing, and does no harm.

use heapless::Vec;

use crate::addr::{self, Fqdn};
use crate::chains::{Chains, Place};
use crate::connection::{Name, Names, chain, is_plain};
use crate::limits::CONNECTION_CAP;

/// The first line; another one means that somebody else wrote the text.
const HEADER: &str = "libsegw state 1";
/// The last line; without it the text is torn.
const FOOTER: &str = "end";

/// The chain of all entries, the oldest first.
const KNOWN: usize = 0;
/// The chain of places that are free.
const FREE: usize = 1;

/// The remembered SEGWs, by the name of their connection.
#[derive(Debug)]
pub struct Memory {
    /// An entry keeps its place.
    pub(crate) last: Vec<(Name, Fqdn), CONNECTION_CAP>,
    pub(crate) names: Names,
    pub(crate) ages: Chains<2, CONNECTION_CAP>,
}

impl Memory {
    /// Remembers nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: Vec::new(), names: Names::new(), ages: Chains::new() }
    }

    /// Remembers what a text says, and nothing else; nothing if it is torn or not ours. Lines that make no sense are passed
    /// over.
    pub fn read(&mut self, text: &[u8]) {
        self.last.clear();
        self.names = Names::new();
        self.ages = Chains::new();
        let Some(body) = core::str::from_utf8(text).ok().and_then(|text| text.strip_prefix(HEADER)) else {
            return;
        };
        let Some(body) = body.strip_prefix("\n").and_then(|body| body.strip_suffix("\nend\n")) else {
            return;
        };
        let mut rest = Some(body);
        while let Some(text) = rest {
            let (line, more) = addr::cut(text, b'\n');
            let (name, addr) = addr::cut(line, b' ');
            if let Some(Ok(addr)) = addr.filter(|_| is_plain(name)).map(addr::parse) {
                self.note(name, &addr.to_text());
            }
            rest = more;
        }
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.names.iter(chain(name)).find(|place| self.at(*place).is_some_and(|(known, _)| known == name))
    }

    fn at(&self, place: Place) -> Option<&(Name, Fqdn)> {
        self.last.get(usize::from(place))
    }

    /// The SEGW that last carried a connection.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&str> {
        self.place(name).and_then(|place| self.at(place)).map(|(_, addr)| addr.as_str())
    }

    /// Remembers a SEGW; whether that is news. If there is no room the oldest is forgotten: it is of a connection that
    /// is not configured any more.
    pub fn note(&mut self, name: &str, addr: &str) -> bool {
        let known = self.of(name) == Some(addr);
        let (Ok(entry_name), Ok(addr)) = (Name::try_from(name), Fqdn::try_from(addr)) else { return false };
        self.forget(name);
        if self.last.is_full() && self.ages.first(FREE).is_none() {
            if let Some(oldest) = self.ages.first(KNOWN) {
                self.drop_at(oldest);
            }
        }
        let entry = (entry_name, addr);
        let place = match self.ages.first(FREE) {
            Some(place) => {
                self.ages.remove(FREE, place);
                if let Some(free) = self.last.get_mut(usize::from(place)) {
                    *free = entry;
                }
                place
            }
            None => {
                let place = Place::try_from(self.last.len()).unwrap_or(Place::MAX);
                if self.last.push(entry).is_err() {
                    return false;
                }
                place
            }
        };
        self.names.push(chain(name), place);
        self.ages.push(KNOWN, place);
        !known
    }

    fn drop_at(&mut self, place: Place) {
        let Some(chain) = self.at(place).map(|(name, _)| chain(name)) else { return };
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

    /// The text, in pieces.
    pub fn text(&self) -> impl Iterator<Item = &str> {
        let known = self.ages.iter(KNOWN).filter_map(|place| self.at(place));
        let lines = known.flat_map(|(name, addr)| [name.as_str(), " ", addr.as_str(), "\n"]);
        [HEADER, "\n"].into_iter().chain(lines).chain([FOOTER, "\n"])
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use std::string::String;

    fn read(text: &[u8]) -> Memory {
        let mut memory = Memory::new();
        memory.read(text);
        memory
    }

    fn text(memory: &Memory) -> String {
        memory.text().collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let mut memory = Memory::new();
        assert!(memory.note("vpn", "10.0.0.1") && memory.note("b", "segw.example"));
        assert!(memory.note("vpn", "10.0.0.2") && !memory.note("vpn", "10.0.0.2"));
        assert_eq!(text(&memory), "libsegw state 1\nb segw.example\nvpn 10.0.0.2\nend\n");
        let again = read(text(&memory).as_bytes());
        assert_eq!((again.of("vpn"), again.of("b"), again.of("c")), (Some("10.0.0.2"), Some("segw.example"), None));
        assert!(memory.forget("b") && !memory.forget("b"));
        assert_eq!(text(&Memory::new()), "libsegw state 1\nend\n");
    }

    #[test]
    fn torn_and_foreign_texts_are_worth_nothing() {
        let whole = "libsegw state 1\nvpn 10.0.0.1\nend\n";
        for len in 0..whole.len() {
            assert_eq!(read(&whole.as_bytes()[..len]).of("vpn"), None, "{len}");
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
        ] {
            let read = read(std::format!("libsegw state 1\n{line}\nend\n").as_bytes());
            assert_eq!(text(&read), std::format!("libsegw state 1\n{kept}end\n"), "{line:?}");
        }
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut memory = Memory::new();
        for n in 0..17 {
            assert!(memory.note(&std::format!("c{n}"), "10.0.0.1"));
        }
        assert_eq!((memory.of("c0"), memory.of("c1"), memory.of("c16")), (None, Some("10.0.0.1"), Some("10.0.0.1")));
    }
}
