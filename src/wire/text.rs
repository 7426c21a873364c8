//! A text in a reply or an event.

use core::fmt::{Display, Write};

use heapless::String;
use serde::{Serialize, Serializer};
use serde_json_core::str::EscapedStr;

/// A text. serde-json-core looks at each character of a `str` whether it needs an escape sequence, and writes it by itself; hardly
/// any text has one that does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Text<'t>(pub(crate) &'t str);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            self.0.serialize(serializer)
        } else {
            EscapedStr(self.0).serialize(serializer)
        }
    }
}

/// What people are told in words, as a text. One that is longer than most is written piece by piece.
pub(crate) struct Told<T>(pub(crate) T);

impl<T: Display> Serialize for Told<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_words(&self.0, serializer)
    }
}

/// Not a generic one: there are many kinds of what is told.
fn in_words<S: Serializer>(it: &dyn Display, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::<128>::new();
    match write!(text, "{it}") {
        Ok(()) => Text(&text).serialize(serializer),
        Err(_) => serializer.collect_str(it),
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_text_is_written_as_serde_json_core_writes_it() {
        for c in (0..=0x3000).filter_map(char::from_u32) {
            let text = std::format!("a{c}b");
            let (mut ours, mut theirs) = ([0; 16], [0; 16]);
            let len = serde_json_core::to_slice(&Text(&text), &mut ours).unwrap();
            assert_eq!(serde_json_core::to_slice(text.as_str(), &mut theirs), Ok(len));
            assert_eq!(ours, theirs, "{text:?}");
        }
    }
}
