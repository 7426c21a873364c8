//! Why a request is refused, in words for the client: the place, what was expected, what was found. Never a value of
//! the request, which might be a secret; only keys and addresses are repeated.

use heapless::{String, Vec};

use crate::wire::line::decimal;

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
    /// A refusal that has no place in the request; `parts` are put together.
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
                    append(&mut refusal.path, &number(*index));
                    append(&mut refusal.path, "]");
                }
            }
        }
        refusal.offset = Some(offset);
        refusal
    }

    fn say(&mut self, parts: &[&str]) {
        for part in parts {
            append(&mut self.message, part);
        }
    }
}

/// Appends as much as fits: a message that is cut is better than none.
pub fn append<const N: usize>(text: &mut String<N>, more: &str) {
    for c in more.chars() {
        if text.push(c).is_err() {
            break;
        }
    }
}

/// A number in decimal.
#[must_use]
pub fn number(value: usize) -> String<20> {
    let mut digits = [0; 20];
    let digits = decimal(u64::try_from(value).unwrap_or(u64::MAX), &mut digits);
    core::str::from_utf8(digits).ok().and_then(|digits| String::try_from(digits).ok()).unwrap_or_default()
}

/// That one of a few words was expected.
#[must_use]
pub fn one_of<T>(words: &[(&'static str, T)]) -> Vec<&'static str, 16> {
    let mut parts = Vec::new();
    let _ = parts.push("expected one of");
    for (word, _) in words {
        let _ = parts.push(" ");
        let _ = parts.push(word);
    }
    parts
}

/// The word of `known` that `word` was probably meant to be: at most two letters off, and fewer than half of them.
#[must_use]
pub fn nearest(word: &str, known: &mut dyn Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|candidate| (distance(word.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, candidate)| *distance <= 2 && distance.saturating_mul(2) < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance; what is longer than any key is far from all of them.
fn distance(a: &[u8], b: &[u8]) -> usize {
    const LONGEST: usize = 32;
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut row: [usize; LONGEST] = core::array::from_fn(|column| column);
    for (line, x) in (1usize..).zip(a) {
        let mut diagonal = line.saturating_sub(1);
        let mut left = line;
        let [first, rest @ ..] = &mut row;
        *first = line;
        for (cell, y) in rest.iter_mut().zip(b) {
            let above = *cell;
            let replaced = diagonal.saturating_add(usize::from(x != y));
            left = replaced.min(above.saturating_add(1)).min(left.saturating_add(1));
            diagonal = above;
            *cell = left;
        }
    }
    row.get(b.len()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, number};

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("local_ts", "locl_ts", 1)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    #[test]
    fn typos_find_their_key() {
        let keys = ["remote_addrs", "local_addrs", "id"];
        let nearest = |word| nearest(word, &mut keys.into_iter());
        assert_eq!(nearest("remote_addr"), Some("remote_addrs"));
        assert_eq!(nearest("remoet_addrs"), Some("remote_addrs"));
        assert_eq!(nearest("colour"), None);
        assert_eq!(nearest("is"), None);
    }

    #[test]
    fn numbers() {
        for value in [0, 9, 10, 65_535, usize::MAX] {
            assert_eq!(number(value).as_str(), std::string::ToString::to_string(&value));
        }
    }
}
