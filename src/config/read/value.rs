//! One value of a configuration, read as the table of keys says. The text has been checked: it is JSON.

use super::cursor::{Cursor, Found};
use super::escape::Characters;
use super::{BATCH, Refused, Walk};
use crate::config::model::TextList;
use crate::config::schema::{CONNECTION, Key, Kind, Rule, Slot};
use crate::limits::{CHILD_CAP, CONNECTION_CAP, LIST_CAP};
use crate::policy::Policy;
use crate::refusal::{Step, nearest, number, one_of};

/// What a value is read as.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// `{"connections":[…]}`
    Batch,
    /// The list in it.
    Connections,
    /// One connection.
    Connection,
    /// The value of a key.
    Value(Kind),
    /// An item of a list of strings.
    Item(Rule, Slot<TextList>),
    /// One CHILD_SA.
    Child(&'static [Key]),
}

impl<'de> Walk<'_, 'de> {
    /// Reads the value at an offset.
    pub(super) fn value(&mut self, what: What, at: usize) -> Result<(), Refused> {
        let mut cursor = Cursor::new(self.text, at);
        let found = cursor.found();
        let expected = match what {
            What::Batch | What::Connection | What::Child(_) | What::Value(Kind::Object(_)) => Found::Object,
            What::Connections | What::Value(Kind::Children(_)) => Found::List,
            What::Value(Kind::Flag(_)) => Found::Flag,
            What::Value(Kind::Number(..) | Kind::Tunable(..) | Kind::Large(_)) => Found::Number,
            What::Value(Kind::Texts(..) | Kind::Several(..)) if found == Found::List => Found::List,
            What::Value(Kind::Label(_)) if found == Found::Number => Found::Number,
            What::Value(_) | What::Item(..) => Found::Text,
        };
        if found != expected {
            return Err(self.refuse(at, &["expected ", expected.name(), ", found ", found.name()]));
        }
        match expected {
            Found::Object => self.object(what, cursor),
            Found::List => self.list(what, cursor),
            Found::Number => self.number(what, cursor),
            Found::Text => self.string(what, at, cursor.text().unwrap_or_default()),
            Found::Flag => {
                if let What::Value(Kind::Flag(slot)) = what {
                    put(slot(&mut self.draft), u32::from(cursor.is_true()));
                }
                Ok(())
            }
            Found::Null | Found::Nothing => Ok(()),
        }
    }

    #[inline(never)]
    fn number(&mut self, what: What, cursor: Cursor) -> Result<(), Refused> {
        let at = cursor.at();
        if !cursor.is_whole() {
            return Err(self.refuse(at, &["expected a whole number without a sign"]));
        }
        let value = cursor.whole();
        if let (What::Value(Kind::Large(slot)), Some(value)) = (what, value) {
            put(slot(&mut self.draft), value);
            return Ok(());
        }
        let Some(value) = value.and_then(|value| u32::try_from(value).ok()) else {
            return Err(self.refuse(at, &["this number is too large"]));
        };
        if let What::Value(Kind::Label(slot)) = what {
            let digits = number(usize::try_from(value).unwrap_or(usize::MAX));
            let text = self.store(at, &digits, Rule::Free)?;
            put(slot(&mut self.draft), text);
            return Ok(());
        }
        let What::Value(Kind::Number(least, most, _) | Kind::Tunable(least, most, _)) = what else {
            return Ok(());
        };
        if value < least || value > most {
            let bounds = [least, most].map(|bound| number(usize::try_from(bound).unwrap_or(usize::MAX)));
            let [least, most] = &bounds;
            return Err(self.refuse(at, &["expected a number from ", least, " to ", most]));
        }
        let draft = &mut self.draft;
        let cell = match what {
            What::Value(Kind::Number(.., slot)) => slot(draft),
            What::Value(Kind::Tunable(.., place)) => Some(place(draft.policy)),
            _ => None,
        };
        put(cell, value);
        Ok(())
    }

    /// A string, as it stands between its quotes.
    #[inline(never)]
    fn string(&mut self, what: What, at: usize, raw: &str) -> Result<(), Refused> {
        match what {
            What::Item(rule, slot) => self.append(at, raw, rule, slot),
            What::Value(Kind::Several(rule, slot)) => self.append(at, raw, rule, slot),
            What::Value(Kind::Label(slot)) => {
                let text = self.accept(at, raw, Rule::Free)?;
                put(slot(&mut self.draft), text);
                Ok(())
            }
            What::Value(Kind::Texts(rule, slot)) => {
                // They part items to every other reader of JSON, and would be part of one here.
                let parts = |c: char| c == ',' || c.is_whitespace();
                if Characters::of(raw).flatten().any(|(character, escaped)| escaped && parts(character)) {
                    return Err(self.refuse(at, &["commas and blanks in a list are not escaped"]));
                }
                let mut offset = at.saturating_add(1);
                for item in raw.split(',') {
                    let blanks = item.len().saturating_sub(item.trim_start().len());
                    self.append(offset.saturating_add(blanks), item.trim(), rule, slot)?;
                    offset = offset.saturating_add(item.len()).saturating_add(1);
                }
                Ok(())
            }
            What::Value(Kind::Text(rule, slot)) => {
                let text = self.accept(at, raw, rule)?;
                put(slot(&mut self.draft), text);
                Ok(())
            }
            What::Value(Kind::Dscp(slot)) => {
                let bits = raw.len() == 6 && raw.bytes().all(|byte| matches!(byte, b'0' | b'1'));
                match (bits, u32::from_str_radix(raw, 2)) {
                    (true, Ok(value)) => {
                        put(slot(&mut self.draft), value);
                        Ok(())
                    }
                    _ => Err(self.refuse(at, &["expected six binary digits, like \"101110\""])),
                }
            }
            What::Value(Kind::Word(words, slot)) => {
                let Some((_, value)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(refuse_word(self, at, words));
                };
                put(slot.and_then(|slot| slot(&mut self.draft)), *value);
                Ok(())
            }
            What::Value(Kind::Choice(words)) => {
                let Some((_, choose)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(refuse_word(self, at, words));
                };
                choose(self.draft.policy);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn object(&mut self, what: What, cursor: Cursor<'de>) -> Result<(), Refused> {
        let at = cursor.at();
        let keys = match what {
            What::Child(keys) | What::Value(Kind::Object(keys)) => keys,
            What::Connection => {
                self.draft.config.reset();
                *self.draft.policy = Policy::DEFAULT;
                self.addrs.clear();
                CONNECTION
            }
            _ => &[],
        };
        let mut seen = 0u64;
        for (name, value) in cursor.members() {
            let quote = offset_in(self.text, name).saturating_sub(1);
            let name = core::str::from_utf8(name).unwrap_or_default();
            self.enter(Step::Key(name));
            if matches!(what, What::Batch) && name != BATCH {
                return Err(self.refuse(quote, &["nothing may stand beside \"connections\""]));
            }
            let known = (0u32..).zip(keys).find(|(_, key)| key.name == name);
            let inner = match (known, what) {
                (Some((_, key)), _) => What::Value(key.kind),
                (None, What::Batch) => What::Connections,
                (None, _) => return Err(refuse_key(self, quote, name, keys)),
            };
            let mark = 1u64.wrapping_shl(known.map_or(0, |(index, _)| index));
            if seen & mark != 0 {
                return Err(self.refuse(quote, &["this key stands here twice"]));
            }
            seen |= mark;
            self.value(inner, value.at())?;
            self.leave();
        }
        for (index, key) in (0u32..).zip(keys) {
            if key.required && seen & 1u64.wrapping_shl(index) == 0 {
                self.enter(Step::Key(key.name));
                return Err(self.refuse(at, &["the key \"", key.name, "\" is missing"]));
            }
        }
        if matches!(what, What::Connection) {
            self.finish()?;
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }

    fn list(&mut self, what: What, cursor: Cursor<'de>) -> Result<(), Refused> {
        let (item, most, many) = match what {
            What::Connections => (What::Connection, CONNECTION_CAP, "too many connections; at most 16 fit"),
            What::Value(Kind::Children(keys)) => (What::Child(keys), CHILD_CAP, "too many CHILD_SAs; at most 4 fit"),
            What::Value(Kind::Texts(rule, slot) | Kind::Several(rule, slot)) => {
                (What::Item(rule, slot), LIST_CAP, too_many(rule))
            }
            _ => (what, 0, "no list is expected here"),
        };
        let mut len = 0usize;
        for (_, place) in cursor.members() {
            if matches!(item, What::Connection) && len > self.last {
                return Ok(());
            }
            self.enter(Step::Item(len));
            // Charged before it is read: a list that is too long must not be blamed on an item.
            if len >= most {
                return Err(self.refuse(place.at(), &[many]));
            }
            let index = len;
            len = len.saturating_add(1);
            if matches!(item, What::Child(_)) {
                self.draft.child = index;
                self.draft.config.children_len = u32::try_from(len).unwrap_or(u32::MAX);
            }
            self.value(item, place.at())?;
            self.leave();
        }
        if len == 0 {
            return Err(self.refuse(cursor.at(), &["empty list; it needs at least one item"]));
        }
        Ok(())
    }
}

/// Puts a value into its place, if it has one.
fn put<T>(cell: Option<&mut T>, value: T) {
    if let Some(cell) = cell {
        *cell = value;
    }
}

const fn too_many(rule: Rule) -> &'static str {
    match rule {
        Rule::Segw => "too many SEGWs; a connection has at most 8",
        _ => "too many items; a list has at most 8",
    }
}

/// The offset of a string that was borrowed from `text`.
fn offset_in(text: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize)
}

fn refuse_key(walk: &mut Walk, at: usize, name: &str, keys: &'static [Key]) -> Refused {
    match nearest(name, &mut keys.iter().map(|key| key.name)) {
        Some(meant) => walk.refuse(at, &["unknown key \"", name, "\"; did you mean \"", meant, "\"?"]),
        None => walk.refuse(at, &["unknown key \"", name, "\""]),
    }
}

fn refuse_word<T>(walk: &mut Walk, at: usize, words: &[(&'static str, T)]) -> Refused {
    walk.refuse(at, &one_of(words))
}
