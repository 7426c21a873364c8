//! Writes one line of JSON into a caller's buffer. Concrete and without generics on purpose: each event and reply is a
//! few calls then, not a serialiser of its own.

use crate::error::{Error, Result};

/// A value of a member.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A string.
    Text(&'a str),
    /// A whole number.
    Number(u32),
    /// `null`
    Null,
    /// None: the member is left out.
    Absent,
}

impl<'a> Value<'a> {
    /// A string, or `null`.
    #[must_use]
    pub fn text_or_null(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    /// A number, or `null`.
    #[must_use]
    pub fn number_or_null(number: Option<u8>) -> Self {
        number.map_or(Self::Null, |number| Self::Number(u32::from(number)))
    }
}

/// A member of an object.
pub type Member<'a> = (&'a str, Value<'a>);

/// A line that is being written.
#[derive(Debug)]
pub struct Line<'o> {
    out: &'o mut [u8],
    len: usize,
    /// Something did not fit.
    short: bool,
}

impl<'o> Line<'o> {
    /// An empty one.
    #[must_use]
    pub const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0, short: false }
    }

    /// Ends the line; its length with the newline.
    ///
    /// # Errors
    /// `Short`: it does not fit.
    pub fn end(mut self) -> Result<usize> {
        self.put(b"\n");
        if self.short { Err(Error::Short) } else { Ok(self.len) }
    }

    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.out.get_mut(self.len..end).filter(|_| !self.short) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            None => self.short = true,
        }
    }

    /// Parts this item from the one before it, if there is one.
    fn part(&mut self) {
        let last = self.len.checked_sub(1).and_then(|at| self.out.get(at));
        if !matches!(last, None | Some(b'{' | b'[' | b':')) {
            self.put(b",");
        }
    }

    /// The key of a member.
    fn key(&mut self, key: &str) {
        self.item_text(key);
        self.put(b":");
    }

    /// An item of a list: opens an object.
    pub fn open_item(&mut self) {
        self.part();
        self.put(b"{");
    }

    /// Opens an object or a list, whose brace is given, in an object.
    pub fn open(&mut self, key: &str, brace: &str) {
        self.key(key);
        self.put(brace.as_bytes());
    }

    /// Closes what was opened, with its brace.
    #[inline(never)]
    pub fn close(&mut self, brace: &str) {
        self.put(brace.as_bytes());
    }

    /// An item of a list: a string (RFC 8259 §7).
    pub fn item_text(&mut self, text: &str) {
        self.part();
        self.put(b"\"");
        let mut rest = text.as_bytes();
        loop {
            let plain = rest.iter().position(|byte| matches!(byte, 0x00..0x20 | b'"' | b'\\')).unwrap_or(rest.len());
            let (run, more) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
            self.put(run);
            let Some((byte, more)) = more.split_first() else {
                break;
            };
            rest = more;
            let short = match *byte {
                b'"' | b'\\' => *byte,
                0x08 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0x0c => b'f',
                b'\r' => b'r',
                _ => {
                    let digit = |nibble: u8| if nibble < 10 { b'0' | nibble } else { nibble.wrapping_add(b'A' - 10) };
                    self.put(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 0xf)]);
                    continue;
                }
            };
            self.put(&[b'\\', short]);
        }
        self.put(b"\"");
    }

    /// A member: a string.
    pub fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.item_text(text);
    }

    /// A member: a string or `null`.
    pub fn text_or_null(&mut self, key: &str, text: Option<&str>) {
        self.key(key);
        match text {
            Some(text) => self.item_text(text),
            None => self.put(b"null"),
        }
    }

    /// A member: a whole number.
    pub fn number(&mut self, key: &str, number: u64) {
        self.key(key);
        self.put(decimal(number, &mut [0; 20]));
    }

    /// A member: a whole number or `null`.
    pub fn number_or_null(&mut self, key: &str, number: Option<u64>) {
        match number {
            Some(number) => self.number(key, number),
            None => self.text_or_null(key, None),
        }
    }

    /// A member: `true` or `false`.
    pub fn flag(&mut self, key: &str, flag: bool) {
        self.key(key);
        self.put(if flag { b"true" } else { b"false" });
    }

    /// Members.
    pub fn members(&mut self, members: &[Member]) {
        for (key, value) in members {
            match *value {
                Value::Text(text) => self.text(key, text),
                Value::Number(number) => self.number(key, u64::from(number)),
                Value::Null => self.text_or_null(key, None),
                Value::Absent => (),
            }
        }
    }
}

/// The digits of a number. Long division by hand, in parts of 16 bits: most routers would need a routine for 64 bits.
#[must_use]
pub fn decimal(number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut parts = [(number >> 48) as u16, (number >> 32) as u16, (number >> 16) as u16, number as u16];
    let mut start = digits.len();
    for cell in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for part in &mut parts {
            let whole = rest << 16 | u32::from(*part);
            *part = (whole / 10) as u16;
            rest = whole % 10;
        }
        *cell = b'0' | rest as u8;
        start = start.saturating_sub(1);
        if parts == [0; 4] {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Line, Value, decimal};
    use crate::error::Error;
    use std::string::{String, ToString as _};

    fn written(write: fn(&mut Line)) -> String {
        let mut out = [0; 256];
        let mut line = Line::new(&mut out);
        write(&mut line);
        let len = line.end().unwrap();
        String::from_utf8(out[..len].into()).unwrap()
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 10u64.pow(19), u64::MAX] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }

    #[test]
    fn strings_are_what_any_reader_reads() {
        let text: String = (0..0x80u8).map(char::from).chain("é😀".chars()).collect();
        let mut out = [0; 512];
        let mut line = Line::new(&mut out);
        line.item_text(&text);
        let len = line.end().unwrap();
        assert_eq!(serde_json::from_slice::<String>(&out[..len]).unwrap(), text);
        assert!(out.windows(9).any(|bytes| bytes == b"\\u000B\\f\\"[..].get(..9).unwrap()));
    }

    #[test]
    fn commas_stand_between_items_only() {
        let text = written(|line| {
            line.open_item();
            line.members(&[("a", Value::Text("{")), ("b", Value::Absent), ("c", Value::Null), ("d", Value::Number(7))]);
            line.open("e", "[");
            line.item_text("[");
            line.open_item();
            line.flag("f", true);
            line.close("}");
            line.open_item();
            line.close("}");
            line.close("]");
            line.number_or_null("g", Some(1));
            line.close("}");
        });
        assert_eq!(text, "{\"a\":\"{\",\"c\":null,\"d\":7,\"e\":[\"[\",{\"f\":true},{}],\"g\":1}\n");
    }

    #[test]
    fn what_does_not_fit_is_no_line() {
        for room in 0..=5 {
            let mut out = [0; 8];
            let mut line = Line::new(&mut out[..room]);
            line.item_text("ab");
            assert_eq!(line.end(), if room == 5 { Ok(5) } else { Err(Error::Short) }, "{room}");
        }
        let mut out = [0; 4];
        let mut line = Line::new(&mut out);
        line.item_text("abcdef");
        line.close("}");
        assert_eq!(line.end(), Err(Error::Short), "a short line stays short");
    }
}
