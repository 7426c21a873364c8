//! Which word was probably meant. Used by build.rs as well, so it needs nothing of the crate.

/// A word this many letters off may still have been meant.
const FAR: usize = 2;

/// The word of `known` that `word` was probably meant to be: at most two letters off, and fewer than half of them. Capitals are
/// no difference.
#[must_use]
pub fn nearest<'k>(word: &str, known: &mut dyn Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        // Words of very different lengths are far from each other, which is quickly told.
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= FAR)
        .map(|candidate| (distance(word.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, candidate)| *distance <= FAR && distance.saturating_mul(2) < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, or a larger number if it is more than [`FAR`]; what is longer than any key is far from all of them.
fn distance(a: &[u8], b: &[u8]) -> usize {
    const LONGEST: usize = 32;
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut row: [usize; LONGEST] = core::array::from_fn(|column| column);
    for (line, x) in (1usize..).zip(a) {
        let mut diagonal = line.saturating_sub(1);
        let mut left = line;
        let mut least = line;
        let [first, rest @ ..] = &mut row;
        *first = line;
        for (cell, y) in rest.iter_mut().zip(b) {
            let above = *cell;
            let replaced = diagonal.saturating_add(usize::from(!x.eq_ignore_ascii_case(y)));
            left = replaced.min(above.saturating_add(1)).min(left.saturating_add(1));
            diagonal = above;
            *cell = left;
            least = least.min(left);
        }
        if least > FAR {
            return usize::MAX;
        }
    }
    row.get(b.len()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

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
        assert_eq!(nearest("Local-Addrs"), Some("local_addrs"));
    }
}
