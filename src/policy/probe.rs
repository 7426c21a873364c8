//! What is asked for an answer through a tunnel, and how often: the `probe` block of a connection.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, SocketAddr};

use crate::addr::cut;
use crate::limits::PROBE_TEXT_CAP;

/// Targets of one connection at most: a set of them is kept in a byte.
const MOST: usize = 8;

/// What a target begins with that is asked by a TCP connection.
const TCP: &str = "tcp://";

/// What is done when no target answers any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProbeAction {
    /// Tell.
    Report,
    /// Set up the CHILD_SAs anew, and go on with the next SEGW if that was of no use.
    Rekey,
    /// Go on with the next SEGW.
    Move,
}

/// The `probe` block of a connection. All times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// What is asked; none: nothing is.
    pub targets: Targets,
    /// Time between two questions while all is well.
    pub interval_ms: u32,
    /// Questions in a row that no target answered after which they are lost.
    pub misses: u32,
    /// Questions in a row that one answered after which they are back.
    pub recover: u32,
    /// What is done when they are lost.
    pub action: ProbeAction,
}

impl Probe {
    /// What applies where the block is silent.
    pub const DEFAULT: Self =
        Self { targets: Targets::NONE, interval_ms: 5_000, misses: 4, recover: 2, action: ProbeAction::Report };
}

/// Addresses that are asked through the tunnel, as a text: with commas between them, each `10.1.0.1` or `tcp://10.1.0.1:443`.
#[derive(Clone, Copy)]
pub struct Targets {
    len: u8,
    text: [u8; PROBE_TEXT_CAP],
}

/// Why a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// Neither of the two forms.
    Form,
    /// No address of a single host that a tunnel leads to.
    Address,
    /// It stands there already.
    Duplicate,
    /// One more than there may be, or than there is room for.
    Full,
}

impl BadTarget {
    /// In words, with what would be right.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Form => {
                "expected an address to ping, as \"10.1.0.1\", or one to connect to, as \"tcp://10.1.0.1:443\"; names are not resolved"
            }
            Self::Address => "this is no address of a single host behind the SEGW",
            Self::Duplicate => "this target stands there twice",
            Self::Full => concat!(
                "too many targets; at most 8, with ",
                env!("SEGW_PROBE_TEXT"),
                " bytes of text, commas included (the build setting SEGW_PROBE_TEXT)"
            ),
        }
    }
}

impl Targets {
    /// None.
    pub const NONE: Self = Self { len: 0, text: [0; PROBE_TEXT_CAP] };

    /// Reads them from a text with commas and blanks between them; what is empty is passed over.
    ///
    /// # Errors
    /// What is wrong with the first one that is refused.
    pub fn read(text: &str) -> Result<Self, BadTarget> {
        let mut targets = Self::NONE;
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (target, more) = cut(text, b',');
            rest = more;
            if !target.trim_ascii().is_empty() {
                targets.push(target.trim_ascii())?;
            }
        }
        Ok(targets)
    }

    /// Adds one.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed then.
    pub fn push(&mut self, target: &str) -> Result<(), BadTarget> {
        check(target)?;
        if self.iter().any(|it| it == target) {
            return Err(BadTarget::Duplicate);
        }
        let fits = self.iter().count() < MOST;
        let (start, comma) = (usize::from(self.len), usize::from(self.len > 0));
        let from = start.saturating_add(comma);
        let end = from.saturating_add(target.len());
        let (Some(room), Ok(len), true) = (self.text.get_mut(start..end), u8::try_from(end), fits) else {
            return Err(BadTarget::Full);
        };
        let text = b",".iter().take(comma).chain(target.as_bytes());
        for (cell, byte) in room.iter_mut().zip(text) {
            *cell = *byte;
        }
        self.len = len;
        Ok(())
    }

    /// All of them as one text, with commas.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.get(..usize::from(self.len)).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text().split(',').filter(|target| !target.is_empty())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u8 {
        u8::try_from(self.iter().count()).unwrap_or(u8::MAX)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl PartialEq for Targets {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Targets {}

impl Hash for Targets {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What is wrong with a target by itself.
fn check(target: &str) -> Result<(), BadTarget> {
    let address = match target.strip_prefix(TCP) {
        None => target.parse::<IpAddr>().ok(),
        Some(socket) => {
            // A scope is a matter of this host's links, which no tunnel leads over.
            let plain = |socket: &SocketAddr| socket.port() > 0 && !target.contains('%');
            socket.parse().ok().filter(plain).map(|socket| socket.ip())
        }
    };
    let address = address.ok_or(BadTarget::Form)?;
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    if address.is_unspecified() || address.is_multicast() || address.is_loopback() || broadcast {
        return Err(BadTarget::Address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BadTarget, Targets};
    use std::vec::Vec;

    #[test]
    fn targets_are_kept_as_they_are_written() {
        let targets = Targets::read(" 10.1.0.1,tcp://10.1.0.1:443 ,, 2001:db8::1, tcp://[2001:db8::1]:22").unwrap();
        let each: Vec<_> = targets.iter().collect();
        assert_eq!(each, ["10.1.0.1", "tcp://10.1.0.1:443", "2001:db8::1", "tcp://[2001:db8::1]:22"]);
        assert_eq!(targets.text(), "10.1.0.1,tcp://10.1.0.1:443,2001:db8::1,tcp://[2001:db8::1]:22");
        assert_eq!((targets.count(), targets.is_empty()), (4, false));
        assert!(Targets::read("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (text, why) in [
            ("gw.example.org", BadTarget::Form),
            ("10.1.0.0/24", BadTarget::Form),
            ("10.1.0.1:443", BadTarget::Form),
            ("tcp://10.1.0.1", BadTarget::Form),
            ("tcp://10.1.0.1:0", BadTarget::Form),
            ("tcp://10.1.0.1:65536", BadTarget::Form),
            ("tcp://2001:db8::1:443", BadTarget::Form),
            ("http://10.1.0.1:80", BadTarget::Form),
            ("10.1.0.1\\", BadTarget::Form),
            ("tcp://[fe80::1%2]:443", BadTarget::Form),
            ("0.0.0.0", BadTarget::Address),
            ("::", BadTarget::Address),
            ("224.0.0.1", BadTarget::Address),
            ("ff02::1", BadTarget::Address),
            ("255.255.255.255", BadTarget::Address),
            ("127.0.0.1", BadTarget::Address),
            ("tcp://[::1]:443", BadTarget::Address),
            ("10.1.0.1, 10.1.0.1", BadTarget::Duplicate),
            ("10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9", BadTarget::Full),
        ] {
            assert_eq!(Targets::read(text), Err(why), "{text}");
        }
        let mut targets = Targets::read("10.1.0.1").unwrap();
        targets.push("10.1.0.1").unwrap_err();
        assert_eq!(targets.text(), "10.1.0.1");
    }
}
