//! The characters of a JSON string, from how it is written between its quotes.

use core::str::Chars;

/// A character, and whether an escape sequence stands for it.
pub type Character = (char, bool);

/// The characters of a string.
#[derive(Clone, Debug)]
pub struct Characters<'a> {
    rest: Chars<'a>,
}

impl<'a> Characters<'a> {
    /// Of what stands between two quotes.
    #[must_use]
    pub fn of(raw: &'a str) -> Self {
        Self { rest: raw.chars() }
    }
}

impl Iterator for Characters<'_> {
    /// `None`: an escape sequence that is no character; the last item.
    type Item = Option<Character>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.next()?;
        let escaped = first == '\\';
        let character = if escaped { escape(&mut self.rest) } else { Some(first) };
        if character.is_none() {
            self.rest = "".chars();
        }
        Some(character.map(|character| (character, escaped)))
    }
}

/// The character of an escape sequence (RFC 8259 §7), from behind its backslash.
fn escape(rest: &mut Chars) -> Option<char> {
    Some(match rest.next()? {
        sign @ ('"' | '\\' | '/') => sign,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => match unit(rest)? {
            high @ 0xd800..0xdc00 => {
                let (Some('\\'), Some('u'), Some(low @ 0xdc00..0xe000)) = (rest.next(), rest.next(), unit(rest)) else {
                    return None;
                };
                char::from_u32((high & 0x3ff).wrapping_shl(10).wrapping_add(low & 0x3ff).wrapping_add(0x1_0000))?
            }
            unit => char::from_u32(unit)?,
        },
        _ => return None,
    })
}

/// Four hexadecimal digits.
fn unit(rest: &mut Chars) -> Option<u32> {
    (0..4).try_fold(0u32, |unit, _| Some(unit.wrapping_shl(4) | rest.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::Characters;
    use std::string::String;

    #[test]
    fn of_every_kind() {
        let rows: [(&str, Option<&str>); 14] = [
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
            (r"\x", None),
        ];
        for (raw, text) in rows {
            let read: Option<String> = Characters::of(raw).map(|it| it.map(|(character, _)| character)).collect();
            assert_eq!(read.as_deref(), text, "{raw}");
            assert!(Characters::of(raw).count() <= raw.len(), "there is an end");
        }
    }
}
