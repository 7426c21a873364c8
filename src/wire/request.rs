//! Requests: the verb and its argument.

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Verb {
    /// Not a request of this protocol.
    Unknown = 0,
    /// `APPLY_CONFIG {…}`
    ApplyConfig = 1,
    /// `REMOVE_CONFIG name`
    RemoveConfig = 2,
    /// `START_DPD name`
    StartDpd = 3,
    /// `INITIATE name`
    Initiate = 4,
    /// `TERMINATE name`
    Terminate = 5,
    /// `SWITCH name target`
    Switch = 6,
    /// `STATUS [name]`
    Status = 7,
    /// `HISTORY [name]`
    History = 8,
    /// `VERSION`
    Version = 9,
    /// `SUBSCRIBE {…}`
    Subscribe = 10,
    /// `POLICY [name]`
    Policy = 11,
    /// `EXPLAIN name`
    Explain = 12,
    /// `RESET_COUNTERS [name]`
    ResetCounters = 13,
    /// `PIN name target [for TIME]`
    Pin = 14,
    /// `UNPIN name`
    Unpin = 15,
    /// `DRAIN segw [for TIME]`
    Drain = 16,
    /// `UNDRAIN segw`
    Undrain = 17,
    /// `DRILL name [target]`
    Drill = 18,
    /// `RECORD [serial offset]`
    Record = 19,
}

const VERBS: [(&str, Verb); 19] = [
    ("APPLY_CONFIG", Verb::ApplyConfig),
    ("REMOVE_CONFIG", Verb::RemoveConfig),
    ("START_DPD", Verb::StartDpd),
    ("INITIATE", Verb::Initiate),
    ("TERMINATE", Verb::Terminate),
    ("SWITCH", Verb::Switch),
    ("STATUS", Verb::Status),
    ("HISTORY", Verb::History),
    ("VERSION", Verb::Version),
    ("SUBSCRIBE", Verb::Subscribe),
    ("POLICY", Verb::Policy),
    ("EXPLAIN", Verb::Explain),
    ("RESET_COUNTERS", Verb::ResetCounters),
    ("PIN", Verb::Pin),
    ("UNPIN", Verb::Unpin),
    ("DRAIN", Verb::Drain),
    ("UNDRAIN", Verb::Undrain),
    ("DRILL", Verb::Drill),
    ("RECORD", Verb::Record),
];

/// All verbs, as they are written.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|(word, _)| *word)
}

/// One request, split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is asked for.
    pub verb: Verb,
    /// The verb as it was written; empty if it is no word that could be repeated.
    pub word: &'a str,
    /// The argument, without blanks around it.
    pub argument: &'a [u8],
    /// The argument's offset in the request.
    pub offset: usize,
}

impl<'a> Request<'a> {
    /// Splits a request; `None` if it is blank.
    #[must_use]
    pub fn split(request: &'a [u8]) -> Option<Self> {
        let start = request.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let body = request.get(start..)?.trim_ascii_end();
        let end = body.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'{').unwrap_or(body.len());
        let (word, rest) = body.split_at_checked(end)?;
        let argument = rest.trim_ascii_start();
        let word = core::str::from_utf8(word).unwrap_or_default();
        let verb = VERBS.iter().find(|(name, _)| *name == word).map_or(Verb::Unknown, |(_, verb)| *verb);
        let sane = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        Some(Self {
            verb,
            word: if sane { word } else { "" },
            argument,
            offset: request
                .len()
                .saturating_sub(request.get(start..)?.len())
                .saturating_add(end)
                .saturating_add(rest.len().saturating_sub(argument.len())),
        })
    }

    /// The argument as words.
    #[must_use]
    pub fn words(&self) -> &'a str {
        core::str::from_utf8(self.argument).unwrap_or_default()
    }
}

/// Where a `SWITCH` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A place in the order of preference.
    Place(u8),
    /// An index of the list.
    Index(u8),
    /// The one after the active one in that order, around its end.
    Next,
    /// The SEGW of that address.
    Address(&'a str),
}

impl<'a> Target<'a> {
    /// Reads a target.
    #[must_use]
    pub fn parse(word: &'a str) -> Self {
        match word {
            "primary" => Self::Place(0),
            "secondary" => Self::Place(1),
            "next" => Self::Next,
            _ => word
                .parse()
                .ok()
                .and_then(|index: u32| u8::try_from(index).ok())
                .map_or(Self::Address(word), Self::Index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Request, Target, Verb};

    #[test]
    fn requests_are_split() {
        let rows: [(&str, Verb, &str, &str, usize); 8] = [
            ("STATUS\n", Verb::Status, "STATUS", "", 6),
            ("  STATUS  vpn \r\n", Verb::Status, "STATUS", "vpn", 10),
            ("APPLY_CONFIG {\"a\": 1}", Verb::ApplyConfig, "APPLY_CONFIG", "{\"a\": 1}", 13),
            ("APPLY_CONFIG{}", Verb::ApplyConfig, "APPLY_CONFIG", "{}", 12),
            ("SWITCH vpn next\n", Verb::Switch, "SWITCH", "vpn next", 7),
            ("status\n", Verb::Unknown, "status", "", 6),
            ("\"x\" y\n", Verb::Unknown, "", "y", 4),
            ("{}\n", Verb::Unknown, "", "{}", 0),
        ];
        for (text, verb, word, argument, offset) in rows {
            let expected = Request { verb, word, argument: argument.as_bytes(), offset };
            assert_eq!(Request::split(text.as_bytes()), Some(expected), "{text:?}");
        }
        assert_eq!(Request::split(b" \n"), None);
    }

    #[test]
    fn targets() {
        for (word, target) in [
            ("primary", Target::Place(0)),
            ("secondary", Target::Place(1)),
            ("7", Target::Index(7)),
            ("next", Target::Next),
            ("10.0.0.1", Target::Address("10.0.0.1")),
            ("300", Target::Address("300")),
        ] {
            assert_eq!(Target::parse(word), target);
        }
    }
}
