//! One value of a configuration, read by serde-json-core as the table of keys says.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json::config::TextList;
use crate::json::escape::Characters;
use crate::json::keys::{CONNECTION, Key, Kind, Rule, Slot};
use crate::json::place::{Cursor, Found, Step};
use crate::json::refusal::{nearest, number, one_of};
use crate::json::walk::{BATCH, Walk};
use crate::limits::{CHILD_CAP, CONNECTION_CAP, LIST_CAP};
use crate::policy::Policy;

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

/// A value about to be read, and where it stands.
pub(super) struct Node<'n, 'w, 'de> {
    pub(super) walk: &'n mut Walk<'w, 'de>,
    pub(super) what: What,
    pub(super) at: usize,
}

impl Node<'_, '_, '_> {
    /// What stands there.
    fn found(&self) -> Found {
        Cursor::new(self.walk.text, self.at).found()
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let expected = match self.what {
            What::Batch | What::Connection | What::Child(_) | What::Value(Kind::Object(_)) => Found::Object,
            What::Connections | What::Value(Kind::Children(_)) => Found::List,
            What::Value(Kind::Flag(_)) => Found::Flag,
            What::Value(Kind::Number(..) | Kind::Tunable(..) | Kind::Large(_)) => Found::Number,
            What::Value(Kind::Texts(..) | Kind::Several(..)) if self.found() == Found::List => Found::List,
            What::Value(Kind::Label(_)) if self.found() == Found::Number => Found::Number,
            What::Value(_) | What::Item(..) => Found::Text,
        };
        self.walk.expect::<D::Error>(self.at, expected)?;
        match expected {
            Found::Object => json.deserialize_map(self),
            Found::List => json.deserialize_seq(self),
            Found::Flag => json.deserialize_bool(self),
            Found::Number => {
                if !Cursor::new(self.walk.text, self.at).is_whole() {
                    return Err(self.walk.refuse(self.at, &["expected a whole number without a sign"]));
                }
                let (walk, at) = (&mut *self.walk, self.at);
                match json.deserialize_u64(Node { walk: &mut *walk, what: self.what, at }) {
                    Ok(()) => Ok(()),
                    // More than 64 bits; anything else the walk has refused itself.
                    Err(_) => Err(walk.refuse(at, &["this number is too large"])),
                }
            }
            _ => json.deserialize_str(self),
        }
    }
}

impl<'de> Visitor<'de> for Node<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a configuration")
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        let What::Value(Kind::Flag(slot)) = self.what else { return Ok(()) };
        if let Some(cell) = slot(&mut self.walk.draft) {
            *cell = u32::from(flag);
        }
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        if let What::Value(Kind::Large(slot)) = self.what {
            if let Some(cell) = slot(&mut self.walk.draft) {
                *cell = value;
            }
            return Ok(());
        }
        let Ok(value) = u32::try_from(value) else {
            return Err(self.walk.refuse(self.at, &["this number is too large"]));
        };
        if let What::Value(Kind::Label(slot)) = self.what {
            let digits = number(usize::try_from(value).unwrap_or(usize::MAX));
            let text = self.walk.store(self.at, &digits, Rule::Free)?;
            if let Some(cell) = slot(&mut self.walk.draft) {
                *cell = text;
            }
            return Ok(());
        }
        let What::Value(Kind::Number(least, most, _) | Kind::Tunable(least, most, _)) = self.what else {
            return Ok(());
        };
        if value < least || value > most {
            let bounds = [least, most].map(|bound| number(usize::try_from(bound).unwrap_or(usize::MAX)));
            let [least, most] = &bounds;
            return Err(self.walk.refuse(self.at, &["expected a number from ", least, " to ", most]));
        }
        let draft = &mut self.walk.draft;
        let cell = match self.what {
            What::Value(Kind::Number(.., slot)) => slot(draft),
            What::Value(Kind::Tunable(.., place)) => Some(place(draft.policy)),
            _ => None,
        };
        if let Some(cell) = cell {
            *cell = value;
        }
        Ok(())
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, raw: &'de str) -> Result<(), E> {
        let Self { walk, what, at } = self;
        match what {
            What::Item(rule, slot) => walk.append(at, raw, rule, slot),
            What::Value(Kind::Several(rule, slot)) => walk.append(at, raw, rule, slot),
            What::Value(Kind::Label(slot)) => {
                let text = walk.accept(at, raw, Rule::Free)?;
                if let Some(cell) = slot(&mut walk.draft) {
                    *cell = text;
                }
                Ok(())
            }
            What::Value(Kind::Texts(rule, slot)) => {
                // They part items to every other reader of JSON, and would be part of one here.
                let parts = |c: char| c == ',' || c.is_whitespace();
                if Characters::of(raw).flatten().any(|(character, escaped)| escaped && parts(character)) {
                    return Err(walk.refuse(at, &["commas and blanks in a list are not escaped"]));
                }
                let mut offset = at.saturating_add(1);
                for item in raw.split(',') {
                    let blanks = item.len().saturating_sub(item.trim_start().len());
                    walk.append(offset.saturating_add(blanks), item.trim(), rule, slot)?;
                    offset = offset.saturating_add(item.len()).saturating_add(1);
                }
                Ok(())
            }
            What::Value(Kind::Text(rule, slot)) => {
                let text = walk.accept(at, raw, rule)?;
                if let Some(cell) = slot(&mut walk.draft) {
                    *cell = text;
                }
                Ok(())
            }
            What::Value(Kind::Dscp(slot)) => {
                let bits = raw.len() == 6 && raw.bytes().all(|byte| matches!(byte, b'0' | b'1'));
                match (bits, u32::from_str_radix(raw, 2)) {
                    (true, Ok(value)) => {
                        if let Some(cell) = slot(&mut walk.draft) {
                            *cell = value;
                        }
                        Ok(())
                    }
                    _ => Err(walk.refuse(at, &["expected six binary digits, like \"101110\""])),
                }
            }
            What::Value(Kind::Word(words, slot)) => {
                let Some((_, value)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(refuse_word(walk, at, words));
                };
                if let Some(cell) = slot.and_then(|slot| slot(&mut walk.draft)) {
                    *cell = *value;
                }
                Ok(())
            }
            What::Value(Kind::Choice(words)) => {
                let Some((_, choose)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(refuse_word(walk, at, words));
                };
                choose(walk.draft.policy);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, what, at } = self;
        let keys = match what {
            What::Child(keys) | What::Value(Kind::Object(keys)) => keys,
            What::Connection => {
                walk.draft.config.reset();
                *walk.draft.policy = Policy::DEFAULT;
                walk.addrs.clear();
                CONNECTION
            }
            _ => &[],
        };
        let mut seen = 0u64;
        while let Some(name) = map.next_key::<&'de str>()? {
            let key_at = offset_in(walk.text, name);
            walk.enter(Step::Key(name));
            if matches!(what, What::Batch) && name != BATCH {
                return Err(walk.refuse(key_at.saturating_sub(1), &["nothing may stand beside \"connections\""]));
            }
            let known = (0u32..).zip(keys).find(|(_, key)| key.name == name);
            let value = match (known, what) {
                (Some((_, key)), _) => What::Value(key.kind),
                (None, What::Batch) => What::Connections,
                (None, _) => return Err(refuse_key(walk, key_at.saturating_sub(1), name, keys)),
            };
            let mark = 1u64.wrapping_shl(known.map_or(0, |(index, _)| index));
            if seen & mark != 0 {
                return Err(walk.refuse(key_at.saturating_sub(1), &["this key stands here twice"]));
            }
            seen |= mark;
            let mut cursor = Cursor::new(walk.text, key_at.saturating_add(name.len()));
            cursor.enter_value();
            map.next_value_seed(Node { walk: &mut *walk, what: value, at: cursor.at() })?;
            walk.leave();
        }
        for (index, key) in (0u32..).zip(keys) {
            if key.required && seen & 1u64.wrapping_shl(index) == 0 {
                walk.enter(Step::Key(key.name));
                return Err(walk.refuse(at, &["the key \"", key.name, "\" is missing"]));
            }
        }
        if matches!(what, What::Connection) {
            walk.finish()?;
            walk.count = walk.count.saturating_add(1);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { walk, what, at } = self;
        let (item, most, many) = match what {
            What::Connections => (What::Connection, CONNECTION_CAP, "too many connections; at most 16 fit"),
            What::Value(Kind::Children(keys)) => (What::Child(keys), CHILD_CAP, "too many CHILD_SAs; at most 4 fit"),
            What::Value(Kind::Texts(rule, slot) | Kind::Several(rule, slot)) => {
                (What::Item(rule, slot), LIST_CAP, too_many(rule))
            }
            _ => (what, 0, "no list is expected here"),
        };
        let mut cursor = Cursor::new(walk.text, at);
        cursor.enter_list();
        let mut index = 0usize;
        loop {
            if matches!(item, What::Connection) && index > walk.last {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(());
            }
            walk.enter(Step::Item(index));
            // Charged before it is read: a list that is too long must not be blamed on an item.
            let there = cursor.found() != Found::Nothing;
            if there && index >= most {
                return Err(walk.refuse(cursor.at(), &[many]));
            }
            if matches!(item, What::Child(_)) && there {
                walk.draft.child = index;
                walk.draft.config.children_len = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
            }
            let more = list.next_element_seed(Node { walk: &mut *walk, what: item, at: cursor.at() })?;
            walk.leave();
            if more.is_none() {
                break;
            }
            cursor.next_item();
            index = index.saturating_add(1);
        }
        if index == 0 {
            return Err(walk.refuse(at, &["empty list; it needs at least one item"]));
        }
        Ok(())
    }
}

const fn too_many(rule: Rule) -> &'static str {
    match rule {
        Rule::Segw => "too many SEGWs; a connection has at most 8",
        _ => "too many items; a list has at most 8",
    }
}

/// The offset of a string that was borrowed from `text`.
fn offset_in(text: &[u8], part: &str) -> usize {
    (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize)
}

fn refuse_key<E: serde::de::Error>(walk: &mut Walk, at: usize, name: &str, keys: &'static [Key]) -> E {
    match nearest(name, keys.iter().map(|key| key.name)) {
        Some(meant) => walk.refuse(at, &["unknown key \"", name, "\"; did you mean \"", meant, "\"?"]),
        None => walk.refuse(at, &["unknown key \"", name, "\""]),
    }
}

fn refuse_word<E: serde::de::Error, T>(walk: &mut Walk, at: usize, words: &[(&'static str, T)]) -> E {
    walk.refuse(at, &one_of(words))
}
