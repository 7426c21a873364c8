//! What serde-json-core does not tell: where in a text it stands, and what is wrong there. And what it lets pass: see
//! [`Cursor::separate`], [`Cursor::number`] and [`Pieces`].

mod fault;

use core::fmt;

use heapless::String;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json_core::de::Deserializer as Reader;
use serde_json_core::str::{EscapedStr, EscapedStringFragment};

pub(crate) use self::fault::expected;
use crate::limits::NAME_CAP;
use crate::refusal::Step;

/// Objects and lists may be nested this deep; the configuration needs five. serde-json-core has no bound of its own.
const DEPTH_CAP: u32 = 16;

/// What kind of value starts at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// `"…"`
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// `null`
    Null,
    /// `[…]`
    List,
    /// `{…}`
    Object,
    /// No JSON value.
    Nothing,
}

impl Found {
    /// With its article, for a sentence.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Null => "null",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Nothing => "no value",
        }
    }
}

/// Where a deserializer stands in its text, but for blanks. Moved on beside it by who drives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) const fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// The offset.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes a byte.
    pub(crate) fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// Passes blanks and looks at the next byte.
    pub(crate) fn ahead(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
        self.peek()
    }

    /// What value starts here, after blanks.
    pub(crate) fn found(&mut self) -> Found {
        match self.ahead() {
            Some(b'"') => Found::Text,
            Some(b'-' | b'0'..=b'9') => Found::Number,
            Some(b't' | b'f') => Found::Flag,
            Some(b'n') => Found::Null,
            Some(b'[') => Found::List,
            Some(b'{') => Found::Object,
            _ => Found::Nothing,
        }
    }

    /// Passes the comma before an item or a key that is not the first. Whether there is one before the first: of a list
    /// serde-json-core would take it.
    pub(crate) fn separate(&mut self, first: &mut bool) -> bool {
        let comma = self.ahead() == Some(b',');
        if comma && !*first {
            self.advance();
        }
        core::mem::take(first) && comma
    }

    /// Passes a string that was borrowed from the text; the offset of its quote.
    pub(crate) fn string(&mut self, raw: &str) -> usize {
        let inner = (raw.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        self.at = inner.saturating_add(raw.len()).saturating_add(1);
        inner.saturating_sub(1)
    }

    /// Passes a key and its colon, if it has one; the offset of its quote.
    pub(crate) fn key(&mut self, raw: &str) -> usize {
        let quote = self.string(raw);
        if self.ahead() == Some(b':') {
            self.advance();
        }
        quote
    }

    /// Passes as much of a word as stands here; whether that is all of it.
    pub(crate) fn word(&mut self, word: &str) -> bool {
        word.bytes().all(|byte| {
            let here = self.peek() == Some(byte);
            self.at = self.at.saturating_add(usize::from(here));
            here
        })
    }

    /// Passes digits; whether there are any.
    pub(crate) fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
        self.at > start
    }

    /// Whether a number without sign, fraction and exponent starts here. serde-json-core takes the beginning of `2.0`.
    pub(crate) fn is_whole(mut self) -> bool {
        self.digits() && !matches!(self.peek(), Some(b'.' | b'e' | b'E'))
    }

    /// Passes a number (RFC 8259 §6), or as much of it as is one; whether it is. serde-json-core has no grammar of numbers
    /// that are not read.
    fn number(&mut self) -> bool {
        let sign = |cursor: &mut Self, signs: &[u8]| {
            if cursor.peek().is_some_and(|byte| signs.contains(&byte)) {
                cursor.advance();
                return true;
            }
            false
        };
        sign(self, b"-");
        if !sign(self, b"0") && !self.digits() {
            return false;
        }
        if sign(self, b".") && !self.digits() {
            return false;
        }
        if sign(self, b"eE") {
            sign(self, b"+-");
            return self.digits();
        }
        true
    }
}

/// A part of a string between quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// As it is written.
    Plain(&'t str),
    /// What an escape sequence stands for.
    Escaped(char),
    /// Half of a surrogate pair without the other half: JSON, but no character.
    Half,
}

/// The parts of a string, from how it is written between its quotes (RFC 8259 §7). serde-json-core knows no surrogate pairs,
/// takes `\u+041` for a letter, and lets control characters stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces<'t> {
    raw: &'t str,
    rest: &'t str,
}

impl<'t> Pieces<'t> {
    pub(crate) const fn of(raw: &'t str) -> Self {
        Self { raw, rest: raw }
    }

    /// The number that `\uXXXX` at the start of the rest stands for; `None` if it is something else.
    fn unit(&self) -> Option<u32> {
        let digits = self.rest.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    }

    /// What is wrong with an escape sequence here: the offset of its first wrong byte.
    fn wrong_escape(&self) -> Option<usize> {
        let mut bytes = self.rest.bytes();
        if bytes.next() != Some(b'\\') {
            return None;
        }
        match bytes.next() {
            Some(b'u') => bytes.chain([0; 4]).take(4).position(|byte| !byte.is_ascii_hexdigit())?.checked_add(2),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => None,
            _ => Some(1),
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

impl<'t> Iterator for Pieces<'t> {
    /// An error is the offset of the first byte that cannot be; the last item.
    type Item = Result<Piece<'t>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.raw.len().saturating_sub(self.rest.len());
        if let Some(wrong) = self.wrong_escape() {
            self.rest = "";
            return Some(Err(offset.saturating_add(wrong)));
        }
        if let Some(high @ 0xd800..0xe000) = self.unit() {
            self.pass(6);
            if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (high, self.unit()) {
                self.pass(6);
                let pair = (high & 0x3ff).wrapping_shl(10).wrapping_add(low & 0x3ff).wrapping_add(0x1_0000);
                return Some(Ok(char::from_u32(pair).map_or(Piece::Half, Piece::Escaped)));
            }
            return Some(Ok(Piece::Half));
        }
        let mut fragments = EscapedStr(self.rest).fragments();
        let piece = match fragments.next()? {
            Ok(EscapedStringFragment::NotEscaped(plain)) => match plain.bytes().position(|byte| byte < 0x20) {
                Some(control) => Err(offset.saturating_add(control)),
                None => Ok(Piece::Plain(plain)),
            },
            Ok(EscapedStringFragment::Escaped(character)) => Ok(Piece::Escaped(character)),
            Err(_) => Err(offset),
        };
        self.rest = if piece.is_ok() { fragments.as_str().0 } else { "" };
        Some(piece)
    }
}

/// A string without its escape sequences, from how it is written; cut to fit.
pub(crate) fn unescaped<const N: usize>(raw: &str) -> String<N, u8> {
    let mut text = String::new();
    for piece in Pieces::of(raw) {
        let _ = match piece {
            Ok(Piece::Plain(plain)) => text.push_str(plain),
            Ok(Piece::Escaped(character)) => text.push(character),
            Ok(Piece::Half) | Err(_) => Ok(()),
        };
    }
    text
}

/// Whether two names, as they are written, are the same.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let escaped = |raw: &str| raw.bytes().any(|byte| byte == b'\\');
    one == other || ((escaped(one) || escaped(other)) && unescaped::<NAME_CAP>(one) == unescaped::<NAME_CAP>(other))
}

/// A reading of a text that looks at its syntax only, and for one value of it.
struct Syntax<'t> {
    cursor: Cursor<'t>,
    /// The first byte that cannot be, where it is not where the cursor stands.
    fault: Option<usize>,
    /// The offset of the value that was looked for, or of the last one on the way.
    found: usize,
}

impl<'t> Syntax<'t> {
    /// Reads a value that starts at `from`, and on the way looks for the one that `path` leads to from there.
    fn read(text: &'t [u8], from: usize, path: &[Step]) -> (Self, bool) {
        let mut cursor = Cursor::new(text, from);
        cursor.ahead();
        let mut syntax = Self { cursor, fault: None, found: cursor.at };
        let mut reader = Reader::new(text.get(cursor.at..).unwrap_or_default(), None);
        let done = Skip { syntax: &mut syntax, depth: 0, path }.deserialize(&mut reader).is_ok();
        (syntax, done)
    }

    /// What is left of a path behind this step, if it is the path's next one; its value starts here.
    fn follow<'p>(&mut self, path: &'p [Step<'p>], step: Step) -> Option<&'p [Step<'p>]> {
        let (next, rest) = path.split_first()?;
        (*next == step).then(|| {
            self.cursor.ahead();
            self.found = self.cursor.at;
            rest
        })
    }

    /// A word that was read, or was not one.
    fn word<T, E>(&mut self, word: &str, read: Result<T, E>) -> Result<(), E> {
        if !self.cursor.word(word) {
            self.fault = Some(self.cursor.at);
        }
        read.map(drop)
    }

    /// The string behind the quote here is none, or has no end.
    fn blame_string(&mut self) {
        let start = self.cursor.at.saturating_add(1);
        let rest = self.cursor.text.get(start..).and_then(|rest| core::str::from_utf8(rest).ok()).unwrap_or_default();
        let wrong = wrong_in(rest).unwrap_or(rest.len());
        self.fault = Some(start.saturating_add(wrong));
    }
}

/// The first byte of a string that cannot be.
fn wrong_in(raw: &str) -> Option<usize> {
    // Most have nothing that could be wrong.
    let odd = raw.bytes().any(|byte| byte == b'\\' || byte < 0x20);
    if odd { Pieces::of(raw).find_map(Result::err) } else { None }
}

/// One value of it.
struct Skip<'s, 't, 'p> {
    syntax: &'s mut Syntax<'t>,
    depth: u32,
    /// From here to the value that is looked for; empty if it is not in this one.
    path: &'p [Step<'p>],
}

impl<'t> DeserializeSeed<'t> for Skip<'_, 't, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { syntax, depth, path } = self;
        let found = syntax.cursor.found();
        if matches!(found, Found::List | Found::Object) && depth >= DEPTH_CAP {
            return Err(D::Error::custom(""));
        }
        let first = syntax.cursor.peek();
        let skip = Skip { syntax: &mut *syntax, depth: depth.saturating_add(1), path };
        match found {
            // The closing bracket is passed here: before it serde-json-core may still find a comma too many.
            Found::Object => deserializer.deserialize_map(skip).map(|()| syntax.cursor.advance()),
            Found::List => deserializer.deserialize_seq(skip).map(|()| syntax.cursor.advance()),
            Found::Text => deserializer.deserialize_str(skip).inspect_err(|_| syntax.blame_string()),
            Found::Flag if first == Some(b't') => syntax.word("true", deserializer.deserialize_bool(IgnoredAny)),
            Found::Flag => syntax.word("false", deserializer.deserialize_bool(IgnoredAny)),
            Found::Null => syntax.word("null", deserializer.deserialize_unit(IgnoredAny)),
            Found::Number => {
                if !syntax.cursor.number() {
                    syntax.fault = Some(syntax.cursor.at);
                    return Err(D::Error::custom(""));
                }
                // Its own reader passes everything up to the next sign, so there must be nothing; and needs that sign.
                match (depth, syntax.cursor.ahead()) {
                    (0, _) => Ok(()),
                    (_, Some(b',' | b']' | b'}')) => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
                    _ => Err(D::Error::custom("")),
                }
            }
            Found::Nothing => Err(D::Error::custom("")),
        }
    }
}

impl<'t> Visitor<'t> for Skip<'_, 't, '_> {
    type Value = ();

    fn expecting(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, raw: &'t str) -> Result<(), E> {
        if wrong_in(raw).is_some() {
            // Who called this knows where.
            return Err(E::custom(""));
        }
        self.syntax.cursor.string(raw);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { syntax, depth, path } = self;
        syntax.cursor.advance();
        let (mut first, mut index) = (true, 0usize);
        loop {
            if syntax.cursor.separate(&mut first) {
                return Err(A::Error::custom(""));
            }
            if matches!(syntax.cursor.ahead(), None | Some(b']')) {
                return Ok(());
            }
            let path = syntax.follow(path, Step::Item(index)).unwrap_or_default();
            list.next_element_seed(Skip { syntax: &mut *syntax, depth, path })?;
            index = index.saturating_add(1);
        }
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { syntax, depth, mut path } = self;
        syntax.cursor.advance();
        let mut first = true;
        loop {
            let due = first || syntax.cursor.ahead() == Some(b',');
            syntax.cursor.separate(&mut first);
            let quote = due && syntax.cursor.ahead() == Some(b'"');
            let key = match map.next_key::<&str>() {
                Ok(None) => return Ok(()),
                Ok(Some(key)) if wrong_in(key).is_none() => key,
                wrong => {
                    if quote {
                        syntax.blame_string();
                    }
                    return Err(wrong.err().unwrap_or_else(|| A::Error::custom("")));
                }
            };
            syntax.cursor.key(key);
            let inner = syntax.follow(path, Step::Key(key));
            if inner.is_some() {
                // Of two keys of one name it is the first.
                path = &[];
            }
            let path = inner.unwrap_or_default();
            map.next_value_seed(Skip { syntax: &mut *syntax, depth, path })?;
        }
    }
}

/// Checks that a text is one JSON value and nothing else, and looks for the value that `path` leads to: its offset, or that
/// of the last one on the way.
///
/// # Errors
/// The offset of the first byte that cannot be.
pub(crate) fn check(text: &[u8], path: &[Step]) -> Result<usize, usize> {
    if let Err(error) = core::str::from_utf8(text) {
        return Err(error.valid_up_to());
    }
    let (mut syntax, done) = Syntax::read(text, 0, path);
    match (done, syntax.cursor.ahead(), syntax.fault) {
        (true, None, _) => Ok(syntax.found),
        (false, _, Some(fault)) => Err(fault),
        _ => Err(syntax.cursor.at),
    }
}

/// The offset of the value that `path` leads to from the value at `from`; that of the last one on the way if it leads nowhere.
pub(crate) fn locate(text: &[u8], from: usize, path: &[Step]) -> usize {
    Syntax::read(text, from, path).0.found
}

#[cfg(test)]
mod tests {
    use super::{Piece, Pieces, check, locate};
    use crate::refusal::Step;
    use std::string::String;

    #[test]
    fn syntax() {
        for text in [
            "{}",
            " [ ] ",
            r#"{"a":[1,-0.5e+3,true,false,null,"x\u00e9\n",{"b":{}}],"c":[[],{}]}"#,
            "0",
            r#""""#,
            "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
            "[1 , 2\t]",
        ] {
            assert!(check(text.as_bytes(), &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn faults_have_their_offset() {
        let rows: [(&[u8], usize); 41] = [
            (b"", 0),
            (b"{", 1),
            (b"}", 0),
            (b"{]", 1),
            (b"[}", 1),
            (b"{\"a\"}", 4),
            (b"{\"a\":}", 5),
            (b"{\"a\":1,}", 7),
            (b"{\"a\":1 \"b\":2}", 7),
            (b"{a:1}", 1),
            (b"[1,]", 3),
            (b"[1 2]", 3),
            (b"[1,,2]", 3),
            (b"01", 1),
            (b"-", 1),
            (b"1.", 2),
            (b"1e", 2),
            (b"tru", 3),
            (b"nul", 3),
            (b"\"a\nb\"", 2),
            (b"\"\\x\"", 2),
            (b"\"\\u12g4\"", 5),
            (b"{} {}", 3),
            (b"\"\xff\"", 1),
            (b"[[[[[[[[[[[[[[[[[", 16),
            // What serde-json-core 0.7 lets pass.
            (b"[,1]", 1),
            (b"[ ,]", 2),
            (b"\"\\u+041\"", 3),
            (b"{\"a\tb\":1}", 3),
            (b"[1.5.5]", 4),
            (b"[01]", 2),
            (b"[1e5x]", 4),
            (b"[-]", 2),
            // And what only looks like the beginning of something.
            (b"[fals e]", 5),
            (b"{\"a\" \"b\\x\"}", 5),
            (b"{\"a\":1\"b\\x\":2}", 6),
            (b"[\"a\"\"b\\x\"]", 4),
            (b"\"abc", 4),
            (b"\"abc\\", 5),
            (b"{\"a", 3),
            (b"[1. 5]", 3),
        ];
        for (text, at) in rows {
            assert_eq!(check(text, &[]), Err(at), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn locates_values() {
        let text = br#"{"a": [ {"b" : 1}, {"c":"x"} ], "d":{}, "d":7}"#;
        let rows: [(&[Step], usize); 5] = [
            (&[Step::Key("a")], 6),
            (&[Step::Key("a"), Step::Item(1), Step::Key("c")], 24),
            (&[Step::Key("d")], 36),
            (&[Step::Key("a"), Step::Item(7)], 6),
            (&[Step::Key("nowhere")], 0),
        ];
        for (path, at) in rows {
            assert_eq!(locate(text, 0, path), at, "{path:?}");
            assert_eq!(check(text, path), Ok(at), "{path:?}");
        }
        assert_eq!(locate(text, 8, &[Step::Key("b")]), 15);
    }

    #[test]
    fn strings_of_every_kind() {
        let rows: [(&str, Option<&str>); 15] = [
            ("", Some("")),
            ("aé😀", Some("aé😀")),
            (r#"\"\\\/\b\f\n\r\t"#, Some("\"\\/\u{8}\u{c}\n\r\t")),
            (r"\u0041\u00e9\uFFFf\u0000", Some("Aé\u{ffff}\0")),
            (r"\ud83d\ude00!", Some("😀!")),
            (r"\uD800\uDC00\udbff\udfff", Some("\u{10000}\u{10ffff}")),
            (r"a\ud83d", None),
            (r"\ud83da", None),
            (r"\ud83d\n", None),
            (r"\ud83d\u0041", None),
            (r"\ud83d\ud83d\ude00", None),
            (r"\ude00\ud83d", None),
            (r"\u12", None),
            (r"\u+041", None),
            (r"\x", None),
        ];
        for (raw, text) in rows {
            let read: Option<String> = Pieces::of(raw)
                .map(|piece| match piece {
                    Ok(Piece::Plain(plain)) => Some(String::from(plain)),
                    Ok(Piece::Escaped(character)) => Some(String::from(character)),
                    Ok(Piece::Half) | Err(_) => None,
                })
                .collect();
            assert_eq!(read.as_deref(), text, "{raw}");
            assert!(Pieces::of(raw).count() <= raw.len(), "there is an end");
        }
    }
}
