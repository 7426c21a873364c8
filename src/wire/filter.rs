//! `SUBSCRIBE`: which events a client wants to hear. Belongs to the client, not to the engine.

use heapless::Vec;

use crate::config::read::cursor::{self, Cursor, Found};
use crate::connection::{Name, is_plain};
use crate::limits::SUBSCRIPTION_CAP;
use crate::refusal::{Refusal, Step, nearest};
use crate::wire::request::Request;

/// Every event there is.
pub const EVENTS: [&str; 24] = [
    "config_applied",
    "config_removed",
    "ike_sa_up",
    "ike_sa_down",
    "tunnel_up",
    "tunnel_down",
    "ike_rekey",
    "child_rekey",
    "alert",
    "segw_alone",
    "segw_failover",
    "segw_failback",
    "segw_switch",
    "segw_move_failed",
    "segw_next_address",
    "segw_backoff",
    "segw_exhausted",
    "segw_hold",
    "segw_resumed",
    "segw_adopted",
    "segw_released",
    "segw_stopped",
    "table_full",
    "missed",
];

/// Events that no filter keeps back: they tell that something else was kept back.
const ALWAYS: [&str; 2] = ["missed", "table_full"];

/// Keys that hold the name of the connection that an event is about.
const NAMES: [&str; 3] = ["connection", "ike_sa_name", "old_ike_sa_name"];

/// What a client wants to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Filter {
    /// Bits of the wanted events, by their place in [`EVENTS`].
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
        let (text, base) = (request.argument, request.offset);
        let refuse = |path: &[Step], at: usize, parts: &[&str]| Refusal::at(path, base.saturating_add(at), parts);
        if let Err(at) = cursor::check(text) {
            return Err(refuse(&[], at, &["not JSON from here on"]));
        }
        let mut start = Cursor::new(text, 0);
        if start.found() != Found::Object {
            return Err(refuse(&[], start.at(), &["expected {\"events\":[…],\"connections\":[…]}"]));
        }
        let mut filter = Self::ALL;
        let mut seen: Vec<&str, 2> = Vec::new();
        for (key, mut list) in start.members() {
            let key = core::str::from_utf8(key).unwrap_or_default();
            if !matches!(key, "events" | "connections") {
                let meant = nearest(key, &mut ["events", "connections"].into_iter());
                let meant = meant.map_or(["", ""], |meant| ["; did you mean ", meant]);
                let [did, meant] = meant;
                return Err(refuse(&[], list.at(), &["unknown key", did, meant]));
            }
            let step = Step::Key(key);
            if seen.contains(&key) || seen.push(key).is_err() {
                return Err(refuse(&[step], list.at(), &["this key stands here twice"]));
            }
            if list.found() != Found::List {
                return Err(refuse(&[step], list.at(), &["expected a list, found ", list.found().name()]));
            }
            if key == "events" {
                filter.events = 0;
            }
            for (index, (_, item)) in list.members().enumerate() {
                let path = [step, Step::Item(index)];
                let Some(word) = item.text() else {
                    return Err(refuse(&path, item.at(), &["expected a string"]));
                };
                filter.add(key, word).map_err(|parts| refuse(&path, item.at(), &parts))?;
            }
        }
        Ok(filter)
    }

    /// Adds one item of a list; what is wrong with it.
    fn add(&mut self, key: &str, word: &str) -> Result<(), [&'static str; 3]> {
        if key == "connections" {
            let name = Name::try_from(word).ok().filter(|name| is_plain(name));
            let name = name.ok_or(["not the name of a connection", "", ""])?;
            return self.names.push(name).map_err(|_| ["too many connections; leave the key out for all", "", ""]);
        }
        let Some((index, _)) = (0u32..).zip(EVENTS).find(|(_, event)| *event == word) else {
            return Err(match nearest(word, &mut EVENTS.into_iter()) {
                Some(meant) => ["no event has this name; did you mean ", meant, "?"],
                None => ["no event has this name", "", ""],
            });
        };
        self.events |= 1u32.wrapping_shl(index);
        Ok(())
    }

    /// Whether the client wants to hear this event, a line as the engine hands it out.
    #[must_use]
    pub fn wants(&self, line: &[u8]) -> bool {
        if *self == Self::ALL {
            return true;
        }
        let (mut event, mut name) = ("", None);
        for (key, value) in Cursor::new(line, 0).members() {
            if key == b"event" {
                event = value.text().unwrap_or_default();
            } else if name.is_none() && NAMES.iter().any(|known| known.as_bytes() == key) {
                name = value.text();
            }
        }
        let wanted =
            (0u32..).zip(EVENTS).any(|(index, known)| known == event && self.events & 1u32.wrapping_shl(index) != 0);
        let ours = self.names.is_empty() || name.is_none_or(|name| self.names.iter().any(|known| known == name));
        ALWAYS.contains(&event) || (wanted && ours)
    }
}

#[cfg(test)]
mod tests {
    use super::{EVENTS, Filter};
    use crate::wire::request::Request;
    use std::format;

    fn read(text: &str) -> Result<Filter, crate::refusal::Refusal> {
        Filter::read(&Request::split(text.as_bytes()).unwrap())
    }

    #[test]
    fn everything_until_told_otherwise() {
        for text in ["SUBSCRIBE {}", "SUBSCRIBE {\"connections\":[]}"] {
            assert_eq!(read(text).unwrap(), Filter::ALL);
        }
        let line = br#"{"event":"segw_failover","time_ms":1,"seq":1,"connection":"vpn"}"#;
        assert!(Filter::ALL.wants(line));
        assert!(!read("SUBSCRIBE {\"events\":[]}").unwrap().wants(line), "an empty list is a list");
    }

    #[test]
    fn events_and_connections_narrow() {
        let filter =
            read(r#"SUBSCRIBE {"events":["segw_failover","tunnel_up","ike_rekey"],"connections":["vpn","b"]}"#)
                .unwrap();
        for (line, wanted) in [
            (r#"{"event":"segw_failover","time_ms":1,"seq":1,"connection":"vpn"}"#, true),
            (r#"{"event":"segw_failover","time_ms":1,"seq":1,"connection":"c"}"#, false),
            (r#"{"event":"segw_backoff","time_ms":1,"seq":1,"connection":"vpn"}"#, false),
            (r#"{"event":"tunnel_up","time_ms":1,"seq":1,"ike_sa_name":"b"}"#, true),
            (r#"{"event":"tunnel_up","time_ms":1,"seq":1,"ike_sa_name":"vp"}"#, false),
            (r#"{"event":"ike_rekey","time_ms":1,"seq":1,"old_ike_sa_name":"vpn"}"#, true),
            (r#"{"event":"missed","time_ms":1,"seq":1,"count":7}"#, true),
            (r#"{"event":"table_full","time_ms":1,"seq":1,"table":"ike_sas","connection":"c"}"#, true),
        ] {
            assert_eq!(filter.wants(line.as_bytes()), wanted, "{line}");
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

    #[test]
    fn each_event_has_a_bit() {
        assert!(EVENTS.len() <= 32);
    }
}
