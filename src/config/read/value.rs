//! One value of a configuration, read as the table of keys says.

use core::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::{BATCH, Refused, Walk};
use crate::addr;
use crate::config::model::TextList;
use crate::config::schema::{CONNECTION, Field, Key, Kind, Rule};
use crate::config::swanctl;
use crate::json::{Found, Piece, Pieces};
use crate::limits::{CHILD_CAP, CONNECTION_CAP, LIST_CAP, SEGW_CAP};
use crate::policy::{BadNumber, Each, PerSegw};
use crate::refusal::{Step, number, one_of};
use crate::unit::Unit;

/// What a value is read as.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// One connection, or `{"connections":[…]}`.
    Configuration,
    /// The list in it.
    Connections,
    /// One connection.
    Connection,
    /// The value of a key.
    Value(Kind),
    /// An item of a list of strings.
    Item(Rule, Field<TextList>),
    /// One CHILD_SA.
    Child(&'static [Key]),
    /// One of the targets.
    Target,
    /// The number of one SEGW.
    One(PerSegw),
    /// One of the windows.
    Window,
}

impl What {
    /// What is expected of it, where this was found.
    const fn expected(self, found: Found) -> Found {
        match (self, found) {
            (
                Self::Configuration
                | Self::Connection
                | Self::Child(_)
                | Self::Value(Kind::Object(_) | Kind::Policy(..)),
                _,
            ) => Found::Object,
            (Self::Connections | Self::Value(Kind::Children(_)), _) => Found::List,
            (Self::Value(Kind::Flag(_)), _) => Found::Flag,
            (Self::Value(Kind::Seconds(..) | Kind::Milliseconds(..)), Found::Text) => Found::Text,
            (Self::Value(kind), _) if kind.is_number() => Found::Number,
            (
                Self::Value(Kind::Texts(..) | Kind::Several(..) | Kind::Targets | Kind::Each(_) | Kind::Windows),
                Found::List,
            ) => Found::List,
            (Self::Value(Kind::Label(_)), Found::Number) | (Self::One(_), _) => Found::Number,
            (Self::Value(_) | Self::Item(..) | Self::Target | Self::Window, _) => Found::Text,
        }
    }
}

/// A value that stands where the walk does.
pub(super) struct Value<'v, 'w, 'de> {
    pub(super) walk: &'v mut Walk<'w, 'de>,
    pub(super) what: What,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { walk, what } = self;
        let found = walk.cursor.found();
        let at = walk.cursor.at();
        let expected = what.expected(found);
        if found != expected {
            return Err(walk.refuse_type(at, what, expected, found).into_error());
        }
        if found == Found::Number && !walk.cursor.is_whole() {
            return Err(walk.refuse(at, &["expected a whole number without a sign"]).into_error());
        }
        let value = Value { walk: &mut *walk, what };
        match expected {
            Found::Object => deserializer.deserialize_map(value),
            Found::List => deserializer.deserialize_seq(value),
            Found::Text => deserializer.deserialize_str(value),
            Found::Flag => deserializer.deserialize_bool(value),
            Found::Number => deserializer.deserialize_u64(value).inspect_err(|_| {
                walk.refuse_large(at, what);
            }),
            Found::Null | Found::Nothing => Ok(()),
        }
    }
}

impl Refused {
    fn into_error<E: Error>(self) -> E {
        E::custom("")
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let Self { walk, what } = self;
        walk.cursor.word(if value { "true" } else { "false" });
        if let What::Value(Kind::Flag(field)) = what {
            put(field(&mut walk.draft), u32::from(value));
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let Self { walk, what } = self;
        let at = walk.cursor.at();
        walk.cursor.digits();
        walk.number(what, at, value, true).map_err(Refused::into_error)
    }

    fn visit_borrowed_str<E: Error>(self, raw: &'de str) -> Result<(), E> {
        let Self { walk, what } = self;
        let at = walk.cursor.string(raw);
        // serde-json-core lets them stand; why this is no JSON is told by who checks the whole text then.
        if raw.bytes().any(|byte| byte < 0x20) {
            return Err(E::custom(""));
        }
        walk.string(what, at, raw).map_err(Refused::into_error)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.walk.object(self.what, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.walk.list(self.what, list)
    }
}

impl<'de> Walk<'_, 'de> {
    /// A number; `bare` if it stands there without a unit.
    #[inline(never)]
    fn number(&mut self, what: What, at: usize, value: u64, bare: bool) -> Result<(), Refused> {
        if let What::One(field) = what {
            return self.one(field, at, value);
        }
        if let What::Value(Kind::Large(field)) = what {
            put(field(&mut self.draft), value);
            return Ok(());
        }
        let Ok(value) = u32::try_from(value) else {
            return Err(self.refuse_large(at, what));
        };
        if let What::Value(Kind::Label(field)) = what {
            let digits = number(value);
            let text = self.store(at, &digits, Rule::Free)?;
            put(field(&mut self.draft), text);
            return Ok(());
        }
        let What::Value(kind) = what else { return Ok(()) };
        if let Kind::Only(only, why) = kind
            && value != only
        {
            return Err(self.refuse(at, &["expected ", &number(only), ": ", why]));
        }
        let Some(bounds) = kind.bounds() else { return Ok(()) };
        if !bounds.admit(value) {
            return Err(bounds.refuse(bare.then_some(value), |parts| self.refuse(at, parts)));
        }
        let draft = &mut self.draft;
        let cell = match kind {
            Kind::Number(.., field) | Kind::Seconds(_, field) => field(draft),
            Kind::Tunable(.., field) | Kind::Milliseconds(.., field) => Some(field(draft.policy)),
            _ => None,
        };
        put(cell, value);
        Ok(())
    }

    /// A time with its unit, as it stands between its quotes.
    fn time(&mut self, what: What, unit: Unit, at: usize, raw: &str) -> Result<(), Refused> {
        match unit.read(raw) {
            // What does not fit is more than any bound.
            Some(time) => self.number(what, at, time.min(u32::MAX.into()), false),
            None => Err(self.refuse_time(at, unit)),
        }
    }

    fn refuse_time(&mut self, at: usize, unit: Unit) -> Refused {
        self.refuse(at, &["expected a number of ", unit.name(), ", or a string with its unit: ", unit.examples()])
    }

    /// Refuses a number that no key has room for.
    fn refuse_large(&mut self, at: usize, what: What) -> Refused {
        let bounds = if let What::Value(kind) = what { kind.bounds() } else { None };
        match bounds {
            Some(bounds) => bounds.refuse(None, |parts| self.refuse(at, parts)),
            None => self.refuse(at, &["this number is too large"]),
        }
    }

    /// Refuses a value of another type, and says what it has to look like.
    #[inline(never)]
    fn refuse_type(&mut self, at: usize, what: What, expected: Found, found: Found) -> Refused {
        if let What::Value(kind) = what {
            if let Some(unit) = kind.unit() {
                return self.refuse_time(at, unit);
            }
        }
        match what {
            What::Value(Kind::Word(words, _)) => return self.refuse_word(at, &mut one_of("", words), found),
            What::Value(Kind::Choice(words)) => return self.refuse_word(at, &mut one_of("", words), found),
            What::Value(Kind::Object([key, ..])) => {
                return self.refuse(at, &["expected an object, {\"", key.name, "\": ...}, found ", found.name()]);
            }
            What::Value(Kind::Each(_)) | What::One(_) => return self.refuse(at, &[BadNumber::Bounds.reason()]),
            What::Value(Kind::Texts(..) | Kind::Several(..)) => {
                return self.refuse(at, &["expected a string, or a list of strings, found ", found.name()]);
            }
            _ => (),
        }
        let bare = matches!(expected, Found::Flag | Found::Number) && found == Found::Text;
        let sections = matches!(what, What::Connections | What::Value(Kind::Children(_)));
        let how = match found {
            Found::Object if sections => "; write [{\"name\":\"x\", ...}], not {\"x\":{...}}",
            _ if sections => "; write [{\"name\":\"x\", ...}]",
            _ => "",
        };
        let quotes = if bare { " without quotes" } else { "" };
        self.refuse(at, &["expected ", expected.name(), quotes, ", found ", found.name(), how])
    }

    /// Refuses what is no word where one of a few is expected.
    fn refuse_word(&mut self, at: usize, parts: &mut heapless::Vec<&'static str, 24>, found: Found) -> Refused {
        let _ = parts.extend_from_slice(&[", found ", found.name()]);
        self.refuse(at, parts)
    }

    /// A string, as it stands between its quotes.
    #[inline(never)]
    fn string(&mut self, what: What, at: usize, raw: &'de str) -> Result<(), Refused> {
        match what {
            What::Item(rule, field) => self.append(at, raw, rule, field),
            What::Value(Kind::Several(rule, field)) => self.append(at, raw, rule, field),
            What::Value(Kind::Label(field)) => {
                let text = self.accept(at, raw, Rule::Free)?;
                put(field(&mut self.draft), text);
                Ok(())
            }
            What::Value(Kind::Texts(rule, field)) => {
                self.each_item(at, raw, &mut |walk, at, raw| walk.append(at, raw, rule, field))
            }
            What::Target => self.target(at, raw),
            What::Value(Kind::Each(field)) => match Each::read(raw) {
                Ok(each) => {
                    *field(self.draft.policy) = each;
                    Ok(())
                }
                Err(why) => Err(self.refuse(at, &[why.reason()])),
            },
            What::Value(Kind::Targets) => self.each_item(at, raw, &mut |walk, at, raw| walk.target(at, raw)),
            What::Window => self.window(at, raw),
            What::Value(Kind::Windows) => self.each_item(at, raw, &mut |walk, at, raw| walk.window(at, raw)),
            What::Value(Kind::Text(rule, field)) => {
                let text = self.accept(at, raw, rule)?;
                put(field(&mut self.draft), text);
                if rule == Rule::Name && self.path.len() == (if self.batch { 3 } else { 1 }) {
                    (self.named)(raw);
                }
                Ok(())
            }
            What::Value(Kind::Dscp(field)) => {
                let bits = raw.len() == 6 && raw.bytes().all(|byte| matches!(byte, b'0' | b'1'));
                match (bits, u32::from_str_radix(raw, 2)) {
                    (true, Ok(value)) => {
                        put(field(&mut self.draft), value);
                        Ok(())
                    }
                    _ => Err(self.refuse(at, &["expected six binary digits, like \"101110\""])),
                }
            }
            What::Value(Kind::Word(words, field)) => {
                let Some((_, value)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(self.refuse(at, &one_of(raw, words)));
                };
                put(field.and_then(|field| field(&mut self.draft)), *value);
                Ok(())
            }
            What::Value(kind @ (Kind::Seconds(..) | Kind::Milliseconds(..))) => match kind.unit() {
                Some(unit) => self.time(what, unit, at, raw),
                None => Ok(()),
            },
            What::Value(Kind::Choice(words)) => {
                let Some((_, choose)) = words.iter().find(|(word, _)| *word == raw) else {
                    return Err(self.refuse(at, &one_of(raw, words)));
                };
                choose(self.draft.policy);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The items of a list that is one string with commas, as it stands between its quotes.
    #[inline(never)]
    fn each_item(
        &mut self,
        at: usize,
        raw: &'de str,
        take: &mut dyn FnMut(&mut Self, usize, &'de str) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        // They part items to every other reader of JSON, and would be part of one here.
        let parts = |c: char| c == ',' || c.is_whitespace();
        if Pieces::of(raw).any(|piece| matches!(piece, Ok(Piece::Escaped(character)) if parts(character))) {
            return Err(self.refuse(at, &["commas and blanks in a list are not escaped"]));
        }
        let (mut offset, mut rest) = (at.saturating_add(1), Some(raw));
        while let Some(items) = rest {
            let (item, more) = addr::cut(items, b',');
            rest = more;
            let blanks = item.len().saturating_sub(item.trim_start().len());
            take(self, offset.saturating_add(blanks), item.trim())?;
            offset = offset.saturating_add(item.len()).saturating_add(1);
        }
        Ok(())
    }

    /// One of the targets, as it stands between its quotes; no sequence of escapes is one.
    fn target(&mut self, at: usize, raw: &str) -> Result<(), Refused> {
        match self.draft.policy.probe.targets.push(raw) {
            Ok(()) => Ok(()),
            Err(why) => Err(self.refuse(at, &[why.reason()])),
        }
    }

    /// The number of one SEGW.
    fn one(&mut self, field: PerSegw, at: usize, value: u64) -> Result<(), Refused> {
        // What does not fit is out of bounds, too.
        match field(self.draft.policy).push(u32::try_from(value).unwrap_or(0)) {
            Ok(()) => Ok(()),
            Err(why) => Err(self.refuse(at, &[why.reason()])),
        }
    }

    /// One of the windows, likewise.
    fn window(&mut self, at: usize, raw: &str) -> Result<(), Refused> {
        match self.draft.policy.failback_window.push(raw) {
            Ok(()) => Ok(()),
            Err(why) => Err(self.refuse(at, &[why.reason()])),
        }
    }

    #[inline(never)]
    fn object<A: MapAccess<'de>>(&mut self, what: What, mut map: A) -> Result<(), A::Error> {
        let at = self.cursor.at();
        self.cursor.advance();
        let keys = match what {
            What::Child(keys) | What::Value(Kind::Object(keys) | Kind::Policy(keys, _)) => keys,
            _ => {
                self.begin(at);
                CONNECTION
            }
        };
        let (mut first, mut seen) = (true, 0u64);
        loop {
            self.cursor.separate(&mut first);
            let Some(name) = map.next_key()? else { break };
            let quote = self.cursor.key(name);
            self.enter(Step::Key(name));
            if self.key.is_none() {
                self.key = Some((name, quote));
                self.batch = name == BATCH;
            }
            let list = self.batch && matches!(what, What::Configuration);
            let found = if list { None } else { (0u32..).zip(keys).find(|(_, key)| key.name == name) };
            let (index, inner) = match found {
                Some((index, key)) => (index, What::Value(key.kind)),
                None if list && name == BATCH => (0, What::Connections),
                None => return Err(self.refuse_key(quote, name, if list { &[] } else { keys }).into_error()),
            };
            let mark = 1u64.wrapping_shl(index);
            if seen & mark != 0 {
                return Err(self.refuse(quote, &["this key stands here twice"]).into_error());
            }
            seen |= mark;
            map.next_value_seed(Value { walk: &mut *self, what: inner })?;
            self.leave();
        }
        self.cursor.advance();
        if self.batch && matches!(what, What::Configuration) {
            return Ok(());
        }
        for (index, key) in (0u32..).zip(keys) {
            if key.required && seen & 1u64.wrapping_shl(index) == 0 {
                self.enter(Step::Key(key.name));
                return Err(self.refuse(at, &["the key \"", key.name, "\" is missing"]).into_error());
            }
        }
        if let What::Value(Kind::Policy(_, first)) = what {
            self.draft.policy.set |= seen.wrapping_shl(first);
        }
        if matches!(what, What::Connection | What::Configuration) {
            self.finish().map_err(Refused::into_error)?;
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }

    #[inline(never)]
    fn list<A: SeqAccess<'de>>(&mut self, what: What, mut list: A) -> Result<(), A::Error> {
        let (item, most, many) = match what {
            What::Connections => (
                What::Connection,
                CONNECTION_CAP,
                concat!("too many connections; at most ", env!("SEGW_CONNECTIONS"), " fit"),
            ),
            What::Value(Kind::Children(keys)) => {
                (What::Child(keys), CHILD_CAP, concat!("too many CHILD_SAs; at most ", env!("SEGW_CHILDREN"), " fit"))
            }
            What::Value(Kind::Texts(rule, field) | Kind::Several(rule, field)) => {
                (What::Item(rule, field), LIST_CAP, too_many(rule))
            }
            What::Value(Kind::Targets) => (What::Target, LIST_CAP, too_many(Rule::Free)),
            What::Value(Kind::Each(field)) => (What::One(field), SEGW_CAP, BadNumber::Full.reason()),
            What::Value(Kind::Windows) => (What::Window, LIST_CAP, too_many(Rule::Free)),
            _ => (what, 0, "no list is expected here"),
        };
        let start = self.cursor.at();
        self.cursor.advance();
        let (mut first, mut len) = (true, 0usize);
        loop {
            if self.cursor.separate(&mut first) {
                return Err(A::Error::custom(""));
            }
            if matches!(self.cursor.ahead(), None | Some(b']')) {
                break;
            }
            self.enter(Step::Item(len));
            // Charged before it is read: a list that is too long must not be blamed on an item.
            if len >= most {
                return Err(self.refuse(self.cursor.at(), &[many]).into_error());
            }
            let index = len;
            len = len.saturating_add(1);
            if matches!(item, What::Child(_)) {
                self.draft.child = index;
                self.draft.config.children_len = u32::try_from(len).unwrap_or(u32::MAX);
            }
            list.next_element_seed(Value { walk: &mut *self, what: item })?;
            self.leave();
        }
        self.cursor.advance();
        if len == 0 {
            return Err(self.refuse(start, &["empty list; it needs at least one item"]).into_error());
        }
        Ok(())
    }

    #[inline(never)]
    fn refuse_key(&mut self, at: usize, name: &str, keys: &'static [Key]) -> Refused {
        if keys.is_empty() {
            return self.refuse(at, &["nothing may stand beside \"connections\""]);
        }
        swanctl::explain(name, keys, |parts| self.refuse(at, parts))
    }
}

/// Puts a value where it goes, if it goes anywhere.
fn put<T>(cell: Option<&mut T>, value: T) {
    if let Some(cell) = cell {
        *cell = value;
    }
}

const fn too_many(rule: Rule) -> &'static str {
    match rule {
        Rule::Segw => concat!("too many SEGWs; a connection has at most ", env!("SEGW_SEGWS")),
        _ => concat!("too many items; a list has at most ", env!("SEGW_LIST_ITEMS")),
    }
}
