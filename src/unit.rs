//! Times as people write them: a number and its unit, `30s`, `2m`, `4h`.

/// What a key's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
        }
    }

    /// How a time with its unit looks.
    #[must_use]
    pub const fn examples(self) -> &'static str {
        match self {
            Self::Seconds => "\"30s\", \"2m\", \"4h\", \"1d\"",
            Self::Milliseconds => "\"500ms\", \"5s\", \"2m\", \"4h\"",
        }
    }

    /// A time that says its unit, counted in this one; `u64::MAX` if it is longer than can be counted. `None` if the text is
    /// no such time: digits, and `ms` (where milliseconds are counted), `s`, `m`, `h` or `d` right behind them.
    #[must_use]
    pub fn read(self, text: &str) -> Option<u64> {
        let len = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, unit) = text.split_at_checked(len)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "ms" if self == Self::Milliseconds => 0,
            _ => return None,
        };
        let factor: u64 = match (self, seconds) {
            (_, 0) => 1,
            (Self::Seconds, seconds) => seconds,
            (Self::Milliseconds, seconds) => 1_000u64.saturating_mul(seconds),
        };
        if digits.is_empty() {
            return None;
        }
        let mut number = 0u64;
        for digit in digits.bytes() {
            number = number.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')));
        }
        Some(number.saturating_mul(factor))
    }
}

#[cfg(test)]
mod tests {
    use super::Unit::{Milliseconds, Seconds};

    #[test]
    fn times() {
        for (text, seconds, milliseconds) in [
            ("30s", Some(30), Some(30_000)),
            ("2m", Some(120), Some(120_000)),
            ("4h", Some(14_400), Some(14_400_000)),
            ("1d", Some(86_400), Some(86_400_000)),
            ("0s", Some(0), Some(0)),
            ("500ms", None, Some(500)),
            ("99999999999999999999d", Some(u64::MAX), Some(u64::MAX)),
            ("30", None, None),
            ("s", None, None),
            ("", None, None),
            ("30 s", None, None),
            ("-1s", None, None),
            ("1.5h", None, None),
            ("1h30m", None, None),
            ("30sec", None, None),
            ("1é", None, None),
        ] {
            assert_eq!((Seconds.read(text), Milliseconds.read(text)), (seconds, milliseconds), "{text}");
        }
    }
}
