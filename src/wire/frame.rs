//! Cuts a client's byte stream into requests, however the bytes arrive.

/// Where in a request the stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
enum Phase {
    /// Blanks between two requests.
    #[default]
    Between = 0,
    /// The verb.
    Verb = 1,
    /// Blanks after the verb.
    Gap = 2,
    /// An argument in words: ends with the line.
    Words = 3,
    /// A JSON argument, outside strings: ends with its closing brace.
    Json = 4,
    /// A JSON string.
    Text = 5,
    /// The character after a backslash in a JSON string.
    Escape = 6,
}

/// The state between two pieces of a stream. A request is `VERB`, a blank, an argument; it ends with its line, or, if
/// the argument starts with `{`, with the closing brace, whatever comes first there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Frame {
    phase: Phase,
    depth: u32,
}

impl Frame {
    /// At the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { phase: Phase::Between, depth: 0 }
    }

    /// Looks at the next bytes of the stream, each once. `Some(n)`: a request ends with byte `n` of them (counted from
    /// 1), the next one starts there; `None`: all of them belong to a request that is not complete.
    pub fn push(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut used = 0usize;
        for byte in bytes {
            used = used.saturating_add(1);
            if self.step(*byte) {
                *self = Self::new();
                return Some(used);
            }
        }
        None
    }

    /// Whether the stream stands between two requests, so that nothing is lost if it ends here.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Between)
    }

    fn step(&mut self, byte: u8) -> bool {
        let blank = byte.is_ascii_whitespace();
        self.phase = match (self.phase, byte) {
            (Phase::Between, _) if blank => Phase::Between,
            // The verb was forgotten; what follows is one request nevertheless, and gets one answer.
            (Phase::Between | Phase::Verb | Phase::Gap, b'{') => {
                self.depth = 1;
                Phase::Json
            }
            (Phase::Between, _) => Phase::Verb,
            // A raw line break is not allowed in a JSON string: a quote is missing, and the request ends here.
            (Phase::Verb | Phase::Gap | Phase::Words | Phase::Text | Phase::Escape, b'\n') => return true,
            (Phase::Verb | Phase::Gap, _) if blank => Phase::Gap,
            (Phase::Verb, _) => Phase::Verb,
            (Phase::Gap | Phase::Words, _) => Phase::Words,
            (Phase::Json, b'"') => Phase::Text,
            (Phase::Json, b'{' | b'[') => {
                self.depth = self.depth.saturating_add(1);
                Phase::Json
            }
            (Phase::Json, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return true;
                }
                Phase::Json
            }
            (Phase::Json, _) => Phase::Json,
            (Phase::Text, b'\\') => Phase::Escape,
            (Phase::Text, b'"') => Phase::Json,
            (Phase::Text | Phase::Escape, _) => Phase::Text,
        };
        false
    }

    /// The state as two numbers, for storage in C.
    #[must_use]
    pub const fn to_raw(self) -> [u32; 2] {
        [self.phase as u32, self.depth]
    }

    /// The state from two numbers; anything that is not a state is the start of a stream.
    #[must_use]
    pub const fn from_raw(raw: [u32; 2]) -> Self {
        let [phase, depth] = raw;
        let phase = match phase {
            1 => Phase::Verb,
            2 => Phase::Gap,
            3 => Phase::Words,
            4 => Phase::Json,
            5 => Phase::Text,
            6 => Phase::Escape,
            _ => Phase::Between,
        };
        Self { phase, depth }
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use std::string::String;
    use std::vec::Vec;

    fn cut(stream: &str, piece: usize) -> (Vec<String>, bool) {
        let (mut frame, mut requests, mut pending) = (Frame::new(), Vec::new(), Vec::new());
        for chunk in stream.as_bytes().chunks(piece) {
            let mut rest = chunk;
            while let Some(used) = frame.push(rest) {
                pending.extend_from_slice(&rest[..used]);
                requests.push(String::from_utf8_lossy(&pending).trim().into());
                pending.clear();
                rest = &rest[used..];
            }
            pending.extend_from_slice(rest);
            frame = Frame::from_raw(frame.to_raw());
        }
        (requests, frame.is_idle())
    }

    #[test]
    fn the_same_requests_in_whatever_pieces() {
        let rows: [(&str, &[&str], bool); 13] = [
            ("STATUS\n", &["STATUS"], true),
            ("STATUS vpn\nSTATUS\n", &["STATUS vpn", "STATUS"], true),
            ("STATUS", &[], false),
            ("\r\n \n", &[], true),
            ("STATUS\r\n", &["STATUS"], true),
            ("A {\"a\":1}", &["A {\"a\":1}"], true),
            ("A {\n \"a\":\n[{}]\n}\nB x\n", &["A {\n \"a\":\n[{}]\n}", "B x"], true),
            ("A {\"a\":\"}\"}B{}", &["A {\"a\":\"}\"}", "B{}"], true),
            (r#"A {"a":"\"}"}"#, &[r#"A {"a":"\"}"}"#], true),
            (r#"A {"a":"\\"}"#, &[r#"A {"a":"\\"}"#], true),
            ("A {\"a\":\"no end\nB\n", &["A {\"a\":\"no end", "B"], true),
            ("A {\"a\":[1}", &[], false),
            ("{\n\"a\":1\n}\nB\n", &["{\n\"a\":1\n}", "B"], true),
        ];
        for (stream, expected, idle) in rows {
            for piece in [1, 2, 3, 7, stream.len()] {
                let (requests, at_rest) = cut(stream, piece);
                assert_eq!(requests, expected, "{stream:?} in pieces of {piece}");
                assert_eq!(at_rest, idle, "{stream:?} in pieces of {piece}");
            }
        }
    }
}
