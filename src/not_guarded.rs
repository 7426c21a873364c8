//! Connections of charon's own configuration that are not guarded, or only in part, and why. Whoever adopts says so; it decides
//! nothing here.

use heapless::{String, Vec};

use crate::connection::Name;
use crate::limits::{NAME_CAP, NOT_GUARDED_CAP, REASON_CAP};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotGuarded {
    /// Its name, cut to fit.
    pub(crate) connection: Name,
    /// What has become of it and why, cut to fit.
    pub(crate) reason: String<{ REASON_CAP - 1 }>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct NotGuardedList {
    pub(crate) list: Vec<NotGuarded, NOT_GUARDED_CAP>,
    /// Those that found no room.
    pub(crate) more: u32,
}

/// A text as a reply can have it, which has room for each byte once: cut, and with a `?` for what JSON would have to write longer.
fn plain<const N: usize>(text: &str) -> String<N> {
    let mut plain = String::new();
    for letter in text.chars() {
        let letter = if letter.is_ascii_control() || matches!(letter, '"' | '\\') { '?' } else { letter };
        if plain.push(letter).is_err() {
            break;
        }
    }
    plain
}

impl NotGuardedList {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), more: 0 }
    }

    /// Notes why a connection is not guarded; an empty reason: it is, or is gone.
    pub(crate) fn note(&mut self, connection: &str, reason: &str) {
        let connection: Name = plain::<{ NAME_CAP - 1 }>(connection);
        let at = self.list.iter().position(|it| it.connection == connection);
        match (at, reason.is_empty()) {
            (Some(at), true) => {
                self.list.remove(at);
            }
            // Which of those without room it was nobody knows any more.
            (None, true) => self.more = self.more.saturating_sub(1),
            (Some(at), false) => {
                if let Some(it) = self.list.get_mut(at) {
                    it.reason = plain(reason);
                }
            }
            (None, false) => {
                if self.list.push(NotGuarded { connection, reason: plain(reason) }).is_err() {
                    self.more = self.more.saturating_add(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NotGuardedList;
    use crate::limits::NOT_GUARDED_CAP;
    use std::{format, string::String};

    #[test]
    fn each_is_there_once_and_goes_again() {
        let mut list = NotGuardedList::new();
        list.note("a", "no");
        list.note("a\"\n", &"x".repeat(500));
        list.note("a", "still no");
        assert_eq!(list.list.len(), 2);
        assert_eq!(list.list[0].reason, "still no");
        assert_eq!((list.list[1].connection.as_str(), list.list[1].reason.len()), ("a??", 159));
        list.note("a", "");
        assert_eq!(list.list.iter().map(|it| it.connection.as_str()).collect::<String>(), "a??");
    }

    #[test]
    fn those_without_room_are_counted() {
        let mut list = NotGuardedList::new();
        for n in 0..NOT_GUARDED_CAP + 3 {
            list.note(&format!("{n}"), "no");
        }
        assert_eq!((list.list.len(), list.more), (NOT_GUARDED_CAP, 3));
        list.note(&format!("{}", NOT_GUARDED_CAP + 1), "");
        assert_eq!(list.more, 2);
        list.note("never", "");
    }
}
