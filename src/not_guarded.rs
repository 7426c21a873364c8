//! What of charon's own configuration is not as somebody may have meant it: connections that are not guarded, or only in part, and
//! options that are wrong; and why. Whoever reads it says so; it decides nothing here.

use heapless::{String, Vec};

use crate::connection::Name;
use crate::limits::{NAME_CAP, NOT_GUARDED_CAP, REASON_CAP};

/// Why one is not guarded.
pub(crate) type Reason = String<{ REASON_CAP - 1 }, u8>;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotGuarded {
    /// The name of the connection or option, cut to fit.
    pub(crate) connection: Name,
    /// What has become of it and why, cut to fit.
    pub(crate) reason: Reason,
    /// Whether it is an option.
    pub(crate) is_policy: bool,
}

/// All of them: they share the room, of which options take at most half.
#[derive(Debug)]
pub(crate) struct NotGuardedList {
    pub(crate) list: Vec<NotGuarded, NOT_GUARDED_CAP>,
    /// Connections that found no room.
    pub(crate) more: u32,
    /// Options that found no room.
    pub(crate) more_policy: u32,
}

/// Room for options: where the table is large they leave half of it to connections.
const POLICY_CAP: usize = NOT_GUARDED_CAP.div_ceil(2);

/// A text as a reply can have it, which has room for each byte once: cut, and without what JSON would have to write longer.
fn plain<const N: usize>(text: &str) -> String<N, u8> {
    let mut plain = String::new();
    for letter in text.chars() {
        let letter = match letter {
            '"' => '\'',
            '\\' => '?',
            letter if letter.is_ascii_control() => '?',
            letter => letter,
        };
        if plain.push(letter).is_err() {
            break;
        }
    }
    plain
}

/// The end of a text that is too long: a path's last part tells it from others, and what would be right comes last.
fn end_of(text: &str, room: usize) -> &str {
    let over = text.len().saturating_sub(room);
    (over..=text.len()).find_map(|from| text.get(from..)).unwrap_or_default()
}

impl NotGuardedList {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), more: 0, more_policy: 0 }
    }

    /// Notes why a connection is not guarded; an empty reason: it is, or is gone. Both as they are noted.
    pub(crate) fn note(&mut self, connection: &str, reason: &str) -> (Name, Reason) {
        if !self.put(connection, reason, false, NOT_GUARDED_CAP) {
            // Which of those without room it was nobody knows any more.
            self.more = if reason.is_empty() { self.more.saturating_sub(1) } else { self.more.saturating_add(1) };
        }
        (plain::<{ NAME_CAP - 1 }>(connection), plain(reason))
    }

    /// Forgets what was noted about a connection, which is gone.
    pub(crate) fn forget(&mut self, connection: &str) {
        self.list.retain(|it| it.is_policy || it.connection != connection);
    }

    /// Notes why an option is wrong; an empty reason: it is right, or is gone. Of what is too long the end is kept.
    pub(crate) fn note_policy(&mut self, option: &str, reason: &str) {
        let (option, reason) = (end_of(option, NAME_CAP - 1), end_of(reason, REASON_CAP - 1));
        if self.put(option, reason, true, POLICY_CAP) {
            return;
        }
        let count = self.more_policy;
        let last = self.list.iter().rposition(|it| !it.is_policy);
        let few = self.list.iter().filter(|it| it.is_policy).count() < POLICY_CAP;
        match last.filter(|_| few && !reason.is_empty()) {
            // One wrong option may concern all connections: it goes before one of them.
            Some(last) => {
                self.list.remove(last);
                self.more = self.more.saturating_add(1);
                self.put(option, reason, true, POLICY_CAP);
            }
            None if reason.is_empty() => self.more_policy = count.saturating_sub(1),
            None => self.more_policy = count.saturating_add(1),
        }
    }

    /// Forgets all options that were wrong.
    pub(crate) fn forget_policy(&mut self) {
        self.list.retain(|it| !it.is_policy);
        self.more_policy = 0;
    }

    /// Those of one kind.
    pub(crate) fn of(&self, is_policy: bool) -> impl Iterator<Item = &NotGuarded> {
        self.list.iter().filter(move |it| it.is_policy == is_policy)
    }

    /// Puts, changes or takes away one of at most so many of its kind; `false` if it is not there, or has no room.
    fn put(&mut self, name: &str, reason: &str, is_policy: bool, most: usize) -> bool {
        let connection: Name = plain::<{ NAME_CAP - 1 }>(name);
        let at = self.list.iter().position(|it| it.is_policy == is_policy && it.connection == connection);
        if let Some(at) = at {
            if reason.is_empty() {
                self.list.remove(at);
            } else if let Some(it) = self.list.get_mut(at) {
                it.reason = plain(reason);
            }
            return true;
        }
        let room = self.of(is_policy).count() < most;
        !reason.is_empty()
            && room
            && self.list.push(NotGuarded { connection, reason: plain(reason), is_policy }).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{NotGuardedList, POLICY_CAP};
    use crate::limits::NOT_GUARDED_CAP;
    use std::{format, string::String, vec::Vec};

    #[test]
    fn each_is_there_once_and_goes_again() {
        let mut list = NotGuardedList::new();
        list.note("a", "no");
        list.note("a\"\n", &"x".repeat(500));
        list.note("a", "still no");
        assert_eq!(list.list.len(), 2);
        assert_eq!(list.list[0].reason, "still no");
        assert_eq!((list.list[1].connection.as_str(), list.list[1].reason.len()), ("a'?", 191));
        list.note("a", "");
        assert_eq!(list.list.iter().map(|it| it.connection.as_str()).collect::<String>(), "a'?");
    }

    #[test]
    fn options_with_a_long_path_are_told_apart_and_keep_the_remedy() {
        let mut list = NotGuardedList::new();
        let path = format!("charon-systemd.plugins.extsock.connections.{}.probe", "\u{e9}".repeat(31));
        for key in ["targets", "misses"] {
            list.note_policy(&format!("{path}.{key}"), &format!("{path}.{key} = no: {}: write it so", "x".repeat(120)));
        }
        let found: Vec<_> = list.of(true).collect();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|it| it.reason.ends_with(": write it so") && it.reason.len() <= 191));
        assert!(found[0].connection.ends_with(".probe.targets"));
        list.note_policy(&format!("{path}.targets"), "");
        assert_eq!(list.of(true).count(), 1);
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

    #[test]
    fn options_have_room_among_connections() {
        let mut list = NotGuardedList::new();
        for n in 0..NOT_GUARDED_CAP {
            list.note(&format!("{n}"), "no");
            list.note_policy(&format!("{n}"), "unknown");
        }
        assert_eq!(list.of(true).count(), POLICY_CAP);
        assert_eq!(list.of(false).count(), NOT_GUARDED_CAP - POLICY_CAP);
        let (connections, options) = (NOT_GUARDED_CAP - list.of(false).count(), NOT_GUARDED_CAP - POLICY_CAP);
        assert_eq!(
            (list.more, list.more_policy),
            (u32::try_from(connections).unwrap(), u32::try_from(options).unwrap())
        );
        list.note_policy("0", "still unknown");
        assert_eq!(list.of(true).next().unwrap().reason, "still unknown");
        list.note_policy("0", "");
        assert_eq!(list.of(true).count(), POLICY_CAP - 1);
        list.forget_policy();
        assert_eq!((list.of(true).count(), list.more_policy), (0, 0));
    }
}
