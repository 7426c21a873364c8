//! `SUBSCRIBE`: which events a client wants to hear. Belongs to the client, not to the engine.

use core::fmt;

use heapless::Vec;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json_core::de::Deserializer as Reader;

use crate::connection::{Name, is_plain};
use crate::json::{self, Cursor, Found};
use crate::limits::SUBSCRIPTION_CAP;
use crate::refusal::{Refusal, Step, nearest};
use crate::wire::event::{EventKind, Subject};
use crate::wire::request::Request;

/// Events that no filter keeps back: they tell that something else was kept back.
const ALWAYS: [EventKind; 2] = [EventKind::Missed, EventKind::TableFull];

/// What a client wants to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Filter {
    /// Bits of the wanted events, by their index in [`EventKind::ALL`].
    events: u32,
    /// The wanted connections; none: all.
    names: Vec<Name, SUBSCRIPTION_CAP>,
}

impl Filter {
    /// Everything.
    pub const ALL: Self = Self { events: u32::MAX, names: Vec::new() };

    /// What the argument of a `SUBSCRIBE` request says: `{"events":[…],"connections":[…]}`; a list that is left out
    /// means all.
    ///
    /// # Errors
    /// The refusal for the client.
    pub fn read(request: &Request) -> Result<Self, Refusal> {
        let text = request.argument;
        let mut filter = Self::ALL;
        let mut reading = Reading { filter: &mut filter, cursor: Cursor::new(text, 0), refusal: None };
        let seed = Part { reading: &mut reading, what: What::Subscription };
        let done = seed.deserialize(&mut Reader::new(text, None)).is_ok();
        if done && reading.cursor.ahead().is_none() {
            return Ok(filter);
        }
        let mut refusal = match (json::check(text, &[]), reading.refusal) {
            (Err(at), _) => Refusal::at(&[], at, &["not JSON from here on"]),
            (Ok(_), Some(refusal)) => refusal,
            (Ok(at), None) => Refusal::at(&[], at, &["this value cannot be read"]),
        };
        refusal.offset = refusal.offset.map(|at| at.saturating_add(request.offset));
        Err(refusal)
    }

    /// Adds one item of a list; what is wrong with it.
    fn add(&mut self, key: &str, word: &str) -> Result<(), [&'static str; 3]> {
        if key == "connections" {
            let name = Name::try_from(word).ok().filter(|name| is_plain(name));
            let name = name.ok_or(["not the name of a connection", "", ""])?;
            return self.names.push(name).map_err(|_| ["too many connections; leave the key out for all", "", ""]);
        }
        let Some(kind) = EventKind::ALL.iter().find(|kind| kind.name() == word) else {
            return Err(match nearest(word, &mut EventKind::ALL.iter().map(|kind| kind.name())) {
                Some(meant) => ["no event has this name; did you mean ", meant, "?"],
                None => ["no event has this name", "", ""],
            });
        };
        self.events |= bit(*kind);
        Ok(())
    }

    /// Whether the client wants to hear an event about this.
    #[must_use]
    pub fn wants(&self, subject: &Subject) -> bool {
        let ours = self.names.is_empty() || self.names.contains(&subject.connection);
        ALWAYS.contains(&subject.kind) || (ours && self.events & bit(subject.kind) != 0)
    }
}

const fn bit(kind: EventKind) -> u32 {
    1u32.wrapping_shl(kind as u32)
}

/// A filter that is being read.
struct Reading<'f, 't> {
    filter: &'f mut Filter,
    cursor: Cursor<'t>,
    refusal: Option<Refusal>,
}

impl Reading<'_, '_> {
    fn refuse<E: Error>(&mut self, path: &[Step], at: usize, parts: &[&str]) -> E {
        self.refusal = Some(Refusal::at(path, at, parts));
        E::custom("")
    }
}

/// What a value of the text is.
#[derive(Clone, Copy)]
enum What<'t> {
    Subscription,
    /// The value of a key.
    List(&'t str),
    /// An item of it.
    Word(&'t str, usize),
}

struct Part<'r, 'f, 't> {
    reading: &'r mut Reading<'f, 't>,
    what: What<'t>,
}

impl<'t> DeserializeSeed<'t> for Part<'_, '_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        let found = self.reading.cursor.found();
        let at = self.reading.cursor.at();
        match (self.what, found) {
            (What::Subscription, Found::Object) => deserializer.deserialize_map(self),
            (What::List(_), Found::List) => deserializer.deserialize_seq(self),
            (What::Word(..), Found::Text) => deserializer.deserialize_str(self),
            (What::Subscription, _) => {
                Err(self.reading.refuse(&[], at, &["expected {\"events\":[…],\"connections\":[…]}"]))
            }
            (What::List(key), _) => {
                Err(self.reading.refuse(&[Step::Key(key)], at, &["expected a list, found ", found.name()]))
            }
            (What::Word(key, index), _) => {
                Err(self.reading.refuse(&[Step::Key(key), Step::Item(index)], at, &["expected a string"]))
            }
        }
    }
}

impl<'t> Visitor<'t> for Part<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Ok(())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.reading;
        reading.cursor.advance();
        let (mut first, mut seen) = (true, Vec::<&str, 2>::new());
        loop {
            reading.cursor.separate(&mut first);
            let Some(key) = map.next_key()? else { break };
            reading.cursor.key(key);
            reading.cursor.ahead();
            let at = reading.cursor.at();
            if !matches!(key, "events" | "connections") {
                let meant = nearest(key, &mut ["events", "connections"].into_iter());
                let [did, meant] = meant.map_or(["", ""], |meant| ["; did you mean ", meant]);
                return Err(reading.refuse(&[], at, &["unknown key", did, meant]));
            }
            if seen.contains(&key) || seen.push(key).is_err() {
                return Err(reading.refuse(&[Step::Key(key)], at, &["this key stands here twice"]));
            }
            map.next_value_seed(Part { reading: &mut *reading, what: What::List(key) })?;
        }
        reading.cursor.advance();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        let (reading, What::List(key)) = (self.reading, self.what) else { return Ok(()) };
        if key == "events" {
            reading.filter.events = 0;
        }
        reading.cursor.advance();
        let (mut first, mut index) = (true, 0usize);
        loop {
            if reading.cursor.separate(&mut first) {
                return Err(A::Error::custom(""));
            }
            if matches!(reading.cursor.ahead(), None | Some(b']')) {
                break;
            }
            list.next_element_seed(Part { reading: &mut *reading, what: What::Word(key, index) })?;
            index = index.saturating_add(1);
        }
        reading.cursor.advance();
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, word: &'t str) -> Result<(), E> {
        let (reading, What::Word(key, index)) = (self.reading, self.what) else { return Ok(()) };
        let at = reading.cursor.string(word);
        let path = [Step::Key(key), Step::Item(index)];
        reading.filter.add(key, word).map_err(|parts| reading.refuse(&path, at, &parts))
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::connection::Name;
    use crate::wire::event::{EventKind, Subject};
    use crate::wire::request::Request;
    use std::format;

    fn read(text: &str) -> Result<Filter, crate::refusal::Refusal> {
        Filter::read(&Request::split(text.as_bytes()).unwrap())
    }

    fn about(kind: EventKind, connection: &str) -> Subject {
        Subject { kind, connection: Name::try_from(connection).unwrap() }
    }

    #[test]
    fn everything_until_told_otherwise() {
        for text in ["SUBSCRIBE {}", "SUBSCRIBE {\"connections\":[]}"] {
            assert_eq!(read(text).unwrap(), Filter::ALL);
        }
        let subject = about(EventKind::SegwFailover, "vpn");
        assert!(Filter::ALL.wants(&subject));
        assert!(!read("SUBSCRIBE {\"events\":[]}").unwrap().wants(&subject), "an empty list is a list");
    }

    #[test]
    fn events_and_connections_narrow() {
        let filter =
            read(r#"SUBSCRIBE {"events":["segw_failover","tunnel_up","ike_rekey"],"connections":["vpn","b"]}"#)
                .unwrap();
        for (kind, connection, wanted) in [
            (EventKind::SegwFailover, "vpn", true),
            (EventKind::SegwFailover, "c", false),
            (EventKind::SegwBackoff, "vpn", false),
            (EventKind::TunnelUp, "b", true),
            (EventKind::TunnelUp, "vp", false),
            (EventKind::IkeRekey, "vpn", true),
            (EventKind::Missed, "", true),
            (EventKind::TableFull, "c", true),
        ] {
            assert_eq!(filter.wants(&about(kind, connection)), wanted, "{kind:?} {connection}");
        }
    }

    #[test]
    fn refused_with_the_place() {
        for (text, path, at, message) in [
            (r#"SUBSCRIBE x"#, "", "x", "not JSON"),
            (r#"SUBSCRIBE []"#, "", "[]", "expected {"),
            (r#"SUBSCRIBE {"event":[]}"#, "", "[]", "did you mean events"),
            (r#"SUBSCRIBE {"events":"x"}"#, "events", "\"x\"", "expected a list, found a string"),
            (r#"SUBSCRIBE {"events":[1]}"#, "events[0]", "1]", "expected a string"),
            (r#"SUBSCRIBE {"events":["tunnel_up","tunel_up"]}"#, "events[1]", "\"tunel", "did you mean tunnel_up?"),
            (r#"SUBSCRIBE {"connections":["a b"]}"#, "connections[0]", "\"a b", "not the name"),
            (r#"SUBSCRIBE {"events":["alert"],"events":[]}"#, "events", "[]}", "twice"),
        ] {
            let refusal = read(text).unwrap_err();
            assert_eq!(refusal.path.as_str(), path, "{text}");
            assert!(refusal.message.contains(message), "{text}: {}", refusal.message);
            assert!(text[refusal.offset.unwrap()..].starts_with(at), "{text}: {:?}", refusal.offset);
        }
        let many: std::vec::Vec<_> = (0..9).map(|n| format!("\"c{n}\"")).collect();
        assert!(read(&format!("SUBSCRIBE {{\"connections\":[{}]}}", many.join(","))).is_err());
    }
}
