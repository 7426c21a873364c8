//! What was expected where a text stops to be JSON. extsockctl has the same in C; `tests/json/faults.json` has the cases of both.

/// What stands before a byte: enough of it to tell what may follow.
#[derive(Clone, Copy, Default)]
struct Before {
    /// The last byte that is no blank, `"` for a string, `0` for a word or number; 0 at the start.
    last: u8,
    /// Whether that is a key.
    key: bool,
    /// What is open here, the innermost in the lowest bit: 1 for an object.
    objects: u32,
    /// How many are.
    depth: u32,
}

impl Before {
    const fn in_object(self) -> bool {
        self.depth > 0 && self.objects & 1 == 1
    }

    fn pass(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return,
            b'{' | b'[' => {
                self.objects = self.objects.wrapping_shl(1) | u32::from(byte == b'{');
                self.depth = self.depth.saturating_add(1);
            }
            b'}' | b']' => {
                self.objects = self.objects.wrapping_shr(1);
                self.depth = self.depth.saturating_sub(1);
            }
            _ => (),
        }
        self.key = byte == b'"' && self.in_object() && matches!(self.last, b'{' | b',');
        self.last = if b"\",:{}[]".contains(&byte) { byte } else { b'0' };
    }
}

const QUOTES: &str = "keys and strings stand in double quotes, \"";

/// What was expected at the first byte of a text that cannot be.
pub(crate) fn expected(text: &[u8], at: usize) -> &'static str {
    let (mut before, mut in_string, mut escaped) = (Before::default(), false, false);
    for byte in text.iter().take(at) {
        match (in_string, escaped, *byte) {
            (false, ..) => {
                before.pass(*byte);
                in_string = *byte == b'"';
            }
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (true, false, byte) => in_string = byte != b'"',
        }
    }
    let next = text.get(at).copied();
    let touches = at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    match (next, before.last) {
        (None, _) if in_string => "a string has no closing quote",
        (None, _) => "it ends too soon, a closing bracket is missing",
        (Some(_), _) if escaped => "there is no such escape sequence",
        (Some(b'\n' | b'\r'), _) if in_string => {
            "a string ends on its line; a quote is missing, or write \\n for a line end"
        }
        (Some(..0x20), _) if in_string => "a control character in a string; write \\t for a tab",
        (Some(_), _) if in_string => "this is not UTF-8, or no character",
        (Some(b'/' | b'#'), _) => "comments are not allowed",
        // U+2018 to U+201F are quotes of every shape.
        (Some(b'\''), _) => QUOTES,
        (Some(0xe2), _) if matches!(text.get(at..), Some([_, 0x80, 0x98..=0x9f, ..])) => QUOTES,
        (Some(0x80..), _) => {
            "outside of strings only ASCII may stand; this character may be invisible or look like another"
        }
        (_, 0) => "expected {",
        (_, b'"') if before.key => "expected a colon behind the key",
        (Some(b'}' | b']'), b',') => "a comma too many before the closing bracket",
        (Some(b','), b',' | b'[' | b'{' | b':') => "a comma too many, or something is missing before it",
        (_, b'{' | b',') if before.in_object() => "expected a key in double quotes",
        (_, b',' | b':' | b'[') => "expected a value: a string in double quotes, a number, true, false, [ or {",
        (Some(next), b'0') if touches && next.is_ascii_alphanumeric() => "neither a number nor true, false or null",
        _ if before.depth == 0 => "nothing may follow the closing bracket",
        _ if before.in_object() => "expected a comma or }",
        _ => "expected a comma or ]",
    }
}
