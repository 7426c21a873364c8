//! What a number may be, and what is said of one that is something else.

use crate::refusal::number;
use crate::unit::Unit;

/// The numbers that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
    /// Whether 0, which is below the least, has a meaning of its own.
    pub or_zero: bool,
    /// What it counts, if it is a time.
    pub unit: Option<Unit>,
}

impl Bounds {
    /// Whether it is one of them.
    #[must_use]
    pub const fn admit(&self, value: u32) -> bool {
        (value >= self.least && value <= self.most) || (self.or_zero && value == 0)
    }

    /// Says what was expected in place of a value; `bare` is the value if it was a number without a unit.
    #[inline(never)]
    pub fn refuse<T>(&self, bare: Option<u32>, say: impl FnOnce(&[&str]) -> T) -> T {
        let (of, unit) = self.unit.map_or(("", ""), |unit| (" of ", unit.name()));
        let zero = if self.or_zero { ", or 0" } else { "" };
        // Whoever writes 5 milliseconds most likely meant seconds.
        let seconds = |value: u32| {
            self.unit == Some(Unit::Milliseconds)
                && value > 0
                && value < self.least
                && self.admit(value.saturating_mul(1_000))
        };
        let seconds = bare.filter(|value| seconds(*value)).map(number);
        let (are, s) = if seconds.is_some() { ("; seconds are written \"", "s\"") } else { ("", "") };
        let [least, most] = [self.least, self.most].map(number);
        let seconds = seconds.as_deref().unwrap_or_default();
        say(&["expected a number", of, unit, " from ", &least, " to ", &most, zero, are, seconds, s])
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;
    use crate::unit::Unit;
    use std::string::String;

    const TIME: Bounds = Bounds { least: 100, most: 9_000, or_zero: true, unit: Some(Unit::Milliseconds) };

    #[test]
    fn zero_may_be_one_of_them() {
        for (value, yes) in [(0, true), (1, false), (99, false), (100, true), (9_000, true), (9_001, false)] {
            assert_eq!(TIME.admit(value), yes, "{value}");
        }
        assert!(!Bounds { or_zero: false, ..TIME }.admit(0));
    }

    #[test]
    fn what_is_said() {
        for (bounds, bare, said) in [
            (TIME, Some(5), "expected a number of milliseconds from 100 to 9000, or 0; seconds are written \"5s\""),
            (TIME, Some(60), "expected a number of milliseconds from 100 to 9000, or 0"),
            (TIME, None, "expected a number of milliseconds from 100 to 9000, or 0"),
            (Bounds { unit: None, or_zero: false, ..TIME }, Some(5), "expected a number from 100 to 9000"),
        ] {
            assert_eq!(bounds.refuse(bare, |parts| parts.iter().copied().collect::<String>()), said);
        }
    }
}
