//! Where in a JSON text something is: its syntax checked with the offset of the first fault, and the offset of a path.

use crate::refusal::Step;

/// What kind of value starts at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
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
    pub const fn name(self) -> &'static str {
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

/// Objects and lists may be nested this deep; the configuration needs five.
const DEPTH_CAP: u32 = 16;

/// Reads over JSON text (RFC 8259), remembering where it is.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

/// The offset of the first byte that cannot be.
type Fault = usize;

impl<'a> Cursor<'a> {
    /// At byte `at` of `text`.
    #[must_use]
    pub const fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// The offset.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// Skips blanks and looks at the next byte.
    fn ahead(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
        self.peek()
    }

    fn eat(&mut self, byte: u8) -> Result<(), Fault> {
        if self.ahead() == Some(byte) {
            self.advance();
            Ok(())
        } else {
            Err(self.at)
        }
    }

    /// What value starts here, after blanks.
    pub fn found(&mut self) -> Found {
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

    /// Skips a string; what stands between its quotes.
    fn string(&mut self) -> Result<&'a [u8], Fault> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let inner = self.text.get(start..self.at).unwrap_or_default();
                    self.advance();
                    return Ok(inner);
                }
                Some(b'\\') => self.escape()?,
                Some(0x20..) => self.advance(),
                _ => return Err(self.at),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.advance();
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.advance(),
            Some(b'u') => {
                self.advance();
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.at);
                    }
                    self.advance();
                }
            }
            _ => return Err(self.at),
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.at);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.advance();
        }
        if self.peek() == Some(b'0') {
            self.advance();
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.advance();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.digits()?;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        for byte in word {
            if self.peek() != Some(*byte) {
                return Err(self.at);
            }
            self.advance();
        }
        Ok(())
    }

    /// Skips a value.
    ///
    /// # Errors
    /// The offset of the first byte that is not JSON, or that opens one level too many.
    pub fn skip(&mut self) -> Result<(), Fault> {
        // One bit a level: set for an object. Levels above the current one are clear.
        let mut objects = 0u32;
        let mut depth = 0u32;
        loop {
            // A value starts here.
            let opened = match self.found() {
                Found::Text => self.string().map(|_| None)?,
                Found::Number => self.number().map(|()| None)?,
                Found::Flag if self.peek() == Some(b't') => self.word(b"true").map(|()| None)?,
                Found::Flag => self.word(b"false").map(|()| None)?,
                Found::Null => self.word(b"null").map(|()| None)?,
                Found::List => Some(false),
                Found::Object => Some(true),
                Found::Nothing => return Err(self.at),
            };
            let mut closed = true;
            if let Some(object) = opened {
                if depth >= DEPTH_CAP {
                    return Err(self.at);
                }
                self.advance();
                depth = depth.saturating_add(1);
                objects = objects.wrapping_shl(1) | u32::from(object);
                // An empty object or list is over before its first value.
                closed = self.ahead() == Some(if object { b'}' } else { b']' });
                if !closed && object {
                    self.key()?;
                }
            }
            // A value ended here, or an empty one is about to: close what closes.
            while closed {
                if depth == 0 {
                    return Ok(());
                }
                let object = objects & 1 == 1;
                match self.ahead() {
                    Some(b',') => {
                        self.advance();
                        if object {
                            self.key()?;
                        }
                        closed = false;
                    }
                    Some(b'}') if object => self.close(&mut depth, &mut objects),
                    Some(b']') if !object => self.close(&mut depth, &mut objects),
                    _ => return Err(self.at),
                }
            }
        }
    }

    fn close(&mut self, depth: &mut u32, objects: &mut u32) {
        self.advance();
        *depth = depth.saturating_sub(1);
        *objects >>= 1;
    }

    /// Skips a key and its colon; the key's text.
    fn key(&mut self) -> Result<&'a [u8], Fault> {
        let key = self.string()?;
        self.eat(b':')?;
        Ok(key)
    }

    /// Whether `true` starts here.
    #[must_use]
    pub fn is_true(mut self) -> bool {
        self.ahead() == Some(b't')
    }

    /// Whether a number without sign, fraction and exponent starts here.
    #[must_use]
    pub fn is_whole(mut self) -> bool {
        self.digits().is_ok() && !matches!(self.peek(), Some(b'.' | b'e' | b'E'))
    }

    /// The whole number that starts here; `None` if it needs more than 64 bits.
    #[must_use]
    pub fn whole(mut self) -> Option<u64> {
        let mut number = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit & 0xf))?;
            self.advance();
        }
        Some(number)
    }

    /// The offset of the value that `path` leads to from here; that of the last one on the way if it leads nowhere.
    #[must_use]
    pub fn locate(mut self, path: &[Step]) -> usize {
        for step in path {
            let object = matches!(step, Step::Key(_));
            if self.found() != (if object { Found::Object } else { Found::List }) {
                break;
            }
            let here = self;
            self.advance();
            if self.enter(*step).is_err() {
                self = here;
                break;
            }
        }
        self.ahead();
        self.at
    }

    /// The members of the object or list that starts here: their keys (empty in a list) and where their values are.
    /// Text that is no JSON has none from its fault on.
    pub fn members(mut self) -> impl Iterator<Item = (&'a [u8], Cursor<'a>)> {
        let object = self.found() == Found::Object;
        let mut separator = if object { b'{' } else { b'[' };
        core::iter::from_fn(move || {
            self.eat(separator).ok()?;
            separator = b',';
            let key = if object { self.key().ok()? } else { &[] };
            self.ahead();
            let value = self;
            self.skip().ok()?;
            Some((key, value))
        })
    }

    /// The string that starts here, as it is written between its quotes.
    #[must_use]
    pub fn text(mut self) -> Option<&'a str> {
        if self.found() != Found::Text {
            return None;
        }
        core::str::from_utf8(self.string().ok()?).ok()
    }

    /// Moves from the first key or item to the one of `step`.
    fn enter(&mut self, step: Step) -> Result<(), Fault> {
        let mut index = 0usize;
        loop {
            let here = match step {
                Step::Key(key) => self.key()? == key.as_bytes(),
                Step::Item(item) => item == index,
            };
            if here {
                return Ok(());
            }
            self.skip()?;
            self.eat(b',')?;
            index = index.saturating_add(1);
        }
    }
}

/// Checks that `text` is one JSON value and nothing else.
///
/// # Errors
/// The offset of the first byte that cannot be.
pub fn check(text: &[u8]) -> Result<(), Fault> {
    if let Err(error) = core::str::from_utf8(text) {
        return Err(error.valid_up_to());
    }
    let mut cursor = Cursor::new(text, 0);
    cursor.skip()?;
    match cursor.ahead() {
        None => Ok(()),
        Some(_) => Err(cursor.at),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, check};
    use crate::refusal::Step;

    #[test]
    fn syntax() {
        for text in [
            "{}",
            " [ ] ",
            r#"{"a":[1,-0.5e+3,true,false,null,"x\u00e9\n",{"b":{}}],"c":[[],{}]}"#,
            "0",
            r#""""#,
            "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn faults_have_their_offset() {
        let rows: [(&[u8], usize); 25] = [
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
        ];
        for (text, at) in rows {
            assert_eq!(check(text), Err(at), "{}", std::string::String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn locates_values() {
        let text = br#"{"a": [ {"b" : 1}, {"c":"x"} ], "d":{}}"#;
        let rows: [(&[Step], usize); 5] = [
            (&[Step::Key("a")], 6),
            (&[Step::Key("a"), Step::Item(1), Step::Key("c")], 24),
            (&[Step::Key("d")], 36),
            (&[Step::Key("a"), Step::Item(7)], 6),
            (&[Step::Key("nowhere")], 0),
        ];
        for (path, at) in rows {
            assert_eq!(Cursor::new(text, 0).locate(path), at, "{path:?}");
        }
    }
}
