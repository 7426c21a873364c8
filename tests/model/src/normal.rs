//! When two states are the same: a hash of what an engine will do with each connection, from its `Debug`, so that nothing that
//! is added to it is forgotten. Times count from now; what is of no matter is named here and left out.

use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use segw::engine::Engine;

/// What says nothing about what a connection will do: what it is called, what is the same for all, what is only counted or
/// told to clients. `changed_at` and the redirects count for what no step of the model does.
const OF_NO_MATTER: [&str; 23] = [
    "name",
    "policy",
    "addr",
    "attempts",
    "successes",
    "last_cause",
    "causes",
    "carried_ms",
    "carried_since",
    "changed_at",
    "counters",
    "history",
    "digest",
    "serial",
    "unique_id",
    "connection",
    "redirects",
    "unfollowed",
    "redirected_at",
    "adopted",
    "turned_at",
    "lost",
    "detail",
];

/// Instants that lie in the past; of others only the future counts.
const LOOKED_BACK_AT: [&str; 2] = ["since", "kept"];

/// Longest time that a decision looks back, in milliseconds: the model's `stable_ms` and `hold_down_ms`.
pub const PAST_MS: u64 = 8_000;

/// Numbers that grow, and from where on a higher one makes no difference: the pause is the limit then, the hold-down too,
/// the SEGW is barred.
const FULL: [(&str, u64); 3] = [("round", 2), ("relapses", 2), ("refusals", 2)];

/// Cuts the connections out of an engine's text; ends it behind them.
#[derive(Default)]
struct Cut {
    parts: Vec<String>,
    depth: u32,
    started: bool,
}

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !self.started {
            self.started = text == "connections";
            return Ok(());
        }
        for letter in text.chars() {
            match letter {
                '[' | '{' | '(' => self.depth += 1,
                ']' | '}' | ')' => self.depth -= 1,
                _ => (),
            }
            match (letter, self.depth) {
                (']', 0) => return Err(fmt::Error),
                ('[', 1) | (',', 1) => self.parts.push(String::new()),
                (letter, depth) if depth > 0 => self.parts.last_mut().map_or((), |part| part.push(letter)),
                _ => (),
            }
        }
        Ok(())
    }
}

/// One hash for each connection of an engine.
pub fn connections(engine: &Engine, now: u64) -> Vec<u64> {
    let mut cut = Cut::default();
    let ended = write!(cut, "{engine:?}");
    assert!(ended.is_err() && !cut.parts.is_empty(), "the engine's text has other names: {:?}", cut.parts);
    cut.parts.iter().map(|text| of(text, now)).collect()
}

/// A hash of a text, as `Debug` has it.
pub fn of(text: &str, now: u64) -> u64 {
    let mut normal = Normal { hasher: DefaultHasher::new(), now, field: "", last: "", depth: 0, skipped: None };
    let mut word = 0;
    for (at, letter) in text.char_indices() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            continue;
        }
        normal.take(&text[word..at], letter == ':');
        normal.punctuation(letter);
        word = at + letter.len_utf8();
    }
    normal.take(&text[word..], false);
    normal.hasher.finish()
}

struct Normal<'t> {
    hasher: DefaultHasher,
    now: u64,
    /// The field whose value comes, and the word before.
    field: &'t str,
    last: &'t str,
    depth: u32,
    /// How deep the field is that is left out.
    skipped: Option<u32>,
}

impl<'t> Normal<'t> {
    fn take(&mut self, word: &'t str, names: bool) {
        if word.is_empty() || self.skipped.is_some() {
            return;
        }
        if names {
            self.field = word;
            if OF_NO_MATTER.contains(&word) {
                self.skipped = Some(self.depth);
                return;
            }
        }
        match word.parse::<u64>() {
            // A SEGW's count; a state's failures are a struct.
            Ok(_) if self.field == "failures" => (),
            Ok(number) if self.last == "Instant" => {
                let past = self.now.saturating_sub(number).min(PAST_MS);
                let past = if LOOKED_BACK_AT.contains(&self.field) { past } else { 0 };
                (number.saturating_sub(self.now), past).hash(&mut self.hasher);
            }
            Ok(number) => {
                let full = FULL.iter().find(|(name, _)| *name == self.field);
                full.map_or(number, |(_, most)| number.min(*most)).hash(&mut self.hasher);
            }
            Err(_) => word.hash(&mut self.hasher),
        }
        self.last = word;
    }

    fn punctuation(&mut self, letter: char) {
        match letter {
            '{' | '[' | '(' => self.depth += 1,
            '}' | ']' | ')' => {
                self.depth = self.depth.saturating_sub(1);
                if self.skipped.is_some_and(|depth| self.depth < depth) {
                    self.skipped = None;
                }
            }
            ',' if self.skipped == Some(self.depth) => self.skipped = None,
            _ => (),
        }
        if self.skipped.is_none() && "{}[](),".contains(letter) {
            letter.hash(&mut self.hasher);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_matters_differs_and_what_does_not_is_the_same() {
        let text = |at: u64, round: u64, count: u64, since: u64, told: u64| {
            format!(
                "Some(Connection {{ name: \"a\", segws: [Segw {{ addr: V4(1.2.3.4), failures: {count}, barred_until: None }}], \
                 state: Active {{ segw: 1, since: Instant({since}), failures: Failures {{ round: {round} }}, failback_at: \
                 Some(Instant({at})) }}, turned_at: Instant({told}), dial: None }})"
            )
        };
        let same = of(&text(9_000, 2, 1, 500, 3), 1_000);
        for (why, text, now) in [
            ("later, all else too", text(19_000, 2, 1, 10_500, 3), 11_000),
            ("counted", text(9_000, 2, 7, 500, 3), 1_000),
            ("told", text(9_000, 2, 1, 500, 700), 1_000),
            ("a round that is full", text(9_000, 9, 1, 500, 3), 1_000),
        ] {
            assert_eq!(of(&text, now), same, "{why}");
        }
        for (why, text, now) in [
            ("due at another time", text(9_001, 2, 1, 500, 3), 1_000),
            ("another round", text(9_000, 1, 1, 500, 3), 1_000),
            ("up for longer", text(9_000, 2, 1, 400, 3), 1_000),
        ] {
            assert_ne!(of(&text, now), same, "{why}");
        }
    }
}
