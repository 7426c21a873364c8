//! Why a request is refused, in words for the client: where, what was expected, what was found. Never a value of
//! the request, which might be a secret; only keys and addresses are repeated.

use heapless::{LenType, String, Vec};

pub use crate::nearest::nearest;

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The value of a key.
    Key(&'a str),
    /// A list's item.
    Item(usize),
}

/// A refused request's error.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Refusal {
    /// What is wrong and what would be right.
    pub message: String<160>,
    /// Path of the value, `connections[0].ike_cfg.remote_addrs`; empty where there is none.
    pub path: String<128>,
    /// Offset of the value in the request, in bytes.
    pub offset: Option<usize>,
}

impl Refusal {
    /// A refusal of nothing that stands in the request; `parts` are put together.
    #[must_use]
    pub fn new(parts: &[&str]) -> Self {
        let mut refusal = Self::default();
        refusal.say(parts);
        refusal
    }

    /// A refusal of what stands at `path` and `offset`.
    #[must_use]
    pub fn at(path: &[Step], offset: usize, parts: &[&str]) -> Self {
        let mut refusal = Self::new(parts);
        for step in path {
            match step {
                Step::Key(key) => {
                    let dot = if refusal.path.is_empty() { "" } else { "." };
                    append(&mut refusal.path, dot);
                    append(&mut refusal.path, key);
                }
                Step::Item(index) => {
                    append(&mut refusal.path, "[");
                    append(&mut refusal.path, &number(u32::try_from(*index).unwrap_or(u32::MAX)));
                    append(&mut refusal.path, "]");
                }
            }
        }
        refusal.offset = Some(offset);
        refusal
    }

    /// Says more.
    pub fn say(&mut self, parts: &[&str]) {
        for part in parts {
            append(&mut self.message, part);
        }
    }
}

/// Appends as much as fits: a message that is cut is better than none.
pub fn append<const N: usize, L: LenType>(text: &mut String<N, L>, more: &str) {
    for c in more.chars() {
        if text.push(c).is_err() {
            break;
        }
    }
}

/// A number in decimal.
#[must_use]
pub fn number(mut value: u32) -> String<10> {
    let mut digits = [b'0'; 10];
    let mut len = 0usize;
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add(u8::try_from(value % 10).unwrap_or_default());
        (value, len) = (value / 10, len.saturating_add(1));
        if value == 0 {
            break;
        }
    }
    let digits = digits.get(digits.len().saturating_sub(len)..).unwrap_or_default();
    core::str::from_utf8(digits).ok().and_then(|digits| String::try_from(digits).ok()).unwrap_or_default()
}

/// Whether `known` begins with `word`, up to the end of one of its words; capitals, and what stands between words, are no
/// difference: `hold_down_ms` with `holdDown`.
#[must_use]
pub fn begins(word: &str, known: &str) -> bool {
    let mut rest = known.bytes().peekable();
    let mut letters = word.bytes().filter(|byte| byte.is_ascii_alphanumeric());
    let all = letters.all(|byte| {
        while rest.next_if_eq(&b'_').is_some() {}
        rest.next().is_some_and(|it| it.eq_ignore_ascii_case(&byte))
    });
    all && rest.next().is_none_or(|byte| byte == b'_') && !word.is_empty()
}

/// Words of ipsec.conf and of other products, and what says the same here: the first that is among those expected.
const ELSEWHERE: &[(&str, &str)] = &[
    ("route", "trap"),
    ("ondemand", "trap"),
    ("add", "none"),
    ("ignore", "none"),
    ("secret", "psk"),
    ("rsasig", "pubkey"),
    ("yes", "replace"),
    ("yes", "hold_down"),
    ("yes", "ike"),
    ("on", "yes"),
    ("on", "hold_down"),
    ("on", "ike"),
    ("off", "no"),
    ("failover", "move"),
];

/// That one of a few words was expected, and which of them was probably meant by the one that was found.
#[must_use]
pub fn one_of<T>(found: &str, words: &[(&'static str, T)]) -> Vec<&'static str, 24> {
    let mut parts = Vec::new();
    let mut between = "expected one of ";
    for (word, _) in words {
        let _ = parts.push(between);
        between = ", ";
        let _ = parts.push(word);
    }
    let expected = |it: &str| words.iter().any(|(word, _)| *word == it);
    let elsewhere = || ELSEWHERE.iter().find(|(word, here)| *word == found && expected(here)).map(|(_, here)| *here);
    if matches!(found, "pass" | "drop") && expected("tunnel") {
        let _ = parts.push("; what passes by, or is dropped, has no SEGW: it stays in swanctl.conf");
    } else if let Some(meant) = elsewhere().or_else(|| nearest(found, &mut words.iter().map(|(word, _)| *word))) {
        let _ = parts.extend_from_slice(&["; did you mean \"", meant, "\"?"]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{begins, number, one_of};

    #[test]
    fn words_of_elsewhere() {
        let start = [("none", 0), ("start", 1), ("trap", 2), ("trap|start", 3)];
        let mode = [("tunnel", 1), ("transport", 2), ("beet", 3)];
        let failback = [("off", 0), ("hold_down", 1)];
        for (found, words, end) in [
            ("route", start.as_slice(), "trap|start; did you mean \"trap\"?"),
            ("add", &start, "trap|start; did you mean \"none\"?"),
            ("strat", &start, "trap|start; did you mean \"start\"?"),
            ("on", &start, "none, start, trap, trap|start"),
            ("yes", &failback, "hold_down; did you mean \"hold_down\"?"),
            ("pass", &mode, "beet; what passes by, or is dropped, has no SEGW: it stays in swanctl.conf"),
            ("pass", &failback, "off, hold_down"),
        ] {
            let said = one_of(found, words).concat();
            assert!(said.starts_with("expected one of ") && said.ends_with(end), "{found}: {said}");
        }
    }

    #[test]
    fn beginnings() {
        for (word, known, expected) in [
            ("hold_down", "hold_down_ms", true),
            ("holdDown", "hold_down_ms", true),
            ("connect-timeout", "connect_timeout_ms", true),
            ("hold_down_ms", "hold_down_ms", true),
            ("hold_do", "hold_down_ms", false),
            ("hold_down_ms_", "hold_down_ms", true),
            ("hold_down_msec", "hold_down_ms", false),
            ("", "hold_down_ms", false),
            ("\u{fc}", "hold_down_ms", false),
        ] {
            assert_eq!(begins(word, known), expected, "{word} {known}");
        }
    }

    #[test]
    fn numbers() {
        for value in [0, 9, 10, 65_535, u32::MAX] {
            assert_eq!(number(value).as_str(), std::string::ToString::to_string(&value));
        }
    }
}
