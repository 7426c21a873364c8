//! Addresses of SEGWs: text to values. Resolves no names.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use heapless::{String, Vec};

use crate::limits::{ADDR_CAP, SEGW_CAP};

/// Text of a fully qualified domain name.
pub type Fqdn = String<{ ADDR_CAP - 1 }>;

/// Where a SEGW is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addr {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// A name that charon resolves anew at each dial.
    Name(Fqdn),
}

/// The SEGWs of a connection, the most preferred first.
pub type AddrList = Vec<Addr, SEGW_CAP>;

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing between two commas, or an empty list.
    Empty,
    /// `%any` or another wildcard: it cannot be dialled.
    Wildcard,
    /// A subnet (`10.0.0.0/24`).
    Subnet,
    /// A range (`10.0.0.1-10.0.0.9`).
    Range,
    /// The unspecified address (`0.0.0.0`, `::`) or a multicast one.
    Undiallable,
    /// Neither an address nor a domain name.
    Malformed,
    /// A domain name of more than 127 characters.
    TooLong,
    /// The same SEGW twice.
    Duplicate,
    /// More SEGWs than fit.
    Full,
}

impl Refusal {
    /// A sentence for the client.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "empty item; write an address or remove the comma",
            Self::Wildcard => "a wildcard cannot be dialled; name the SEGW's address",
            Self::Subnet => "a subnet cannot be dialled; name the SEGW's address",
            Self::Range => "a range cannot be dialled; name the SEGW's address",
            Self::Undiallable => "this address cannot be dialled",
            Self::Malformed => "neither an IPv4 or IPv6 address nor a domain name",
            Self::TooLong => "a domain name here has at most 127 characters",
            Self::Duplicate => "this SEGW is in the list already",
            Self::Full => "too many SEGWs; a connection has at most 8",
        }
    }
}

/// Reads one SEGW address; surrounding blanks are ignored.
///
/// # Errors
/// Says why the text is not the address of one host.
pub fn parse(text: &str) -> Result<Addr, Refusal> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.starts_with('%') {
        return Err(Refusal::Wildcard);
    }
    if text.contains('/') {
        return Err(Refusal::Subnet);
    }
    if let Ok(addr) = IpAddr::from_str(text) {
        if addr.is_unspecified() || addr.is_multicast() {
            return Err(Refusal::Undiallable);
        }
        return Ok(match addr {
            IpAddr::V4(addr) => Addr::V4(addr),
            IpAddr::V6(addr) => Addr::V6(addr),
        });
    }
    let is_addr = |text: &str| IpAddr::from_str(text.trim()).is_ok();
    if text.split_once('-').is_some_and(|(from, to)| is_addr(from) && is_addr(to)) {
        return Err(Refusal::Range);
    }
    parse_name(text)
}

/// A host name as RFC 1123 §2.1 has it, underscores allowed as DNS servers in the field do.
fn parse_name(text: &str) -> Result<Addr, Refusal> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // The last label of a name is never all digits: `10.0.0.256` is a mistyped address (RFC 1123 §2.1).
    let numeric_tail = name.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if numeric_tail || !name.split('.').all(label_ok) {
        return Err(Refusal::Malformed);
    }
    let mut fqdn = Fqdn::new();
    for c in name.chars() {
        fqdn.push(c.to_ascii_lowercase()).map_err(|_| Refusal::TooLong)?;
    }
    Ok(Addr::Name(fqdn))
}

/// Adds a SEGW's address to a list.
///
/// # Errors
/// `Duplicate` or `Full`, or what [`parse`] says.
pub fn push(list: &mut AddrList, text: &str) -> Result<(), Refusal> {
    let addr = parse(text)?;
    if list.contains(&addr) {
        return Err(Refusal::Duplicate);
    }
    list.push(addr).map_err(|_| Refusal::Full)
}

impl Addr {
    /// The address as text, as short as it can be written.
    #[must_use]
    pub fn to_text(&self) -> Fqdn {
        use core::fmt::Write as _;
        let mut text = Fqdn::new();
        // 127 characters hold any address: writing cannot fail.
        let _ = match self {
            Self::V4(addr) => write!(text, "{addr}"),
            Self::V6(addr) => write!(text, "{addr}"),
            Self::Name(name) => text.write_str(name),
        };
        text
    }

    /// Whether `text` names the same SEGW.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        parse(text).is_ok_and(|addr| addr == *self)
    }
}

#[cfg(test)]
mod tests {
    use super::{AddrList, Refusal, parse, push};

    #[test]
    fn accepted_in_canonical_form() {
        for (text, canonical) in [
            ("10.0.0.1", "10.0.0.1"),
            (" 10.0.0.1\t", "10.0.0.1"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("SEGW1.Example.net", "segw1.example.net"),
            ("segw1.example.net.", "segw1.example.net"),
            ("segw_1", "segw_1"),
            ("3gppnetwork.org", "3gppnetwork.org"),
        ] {
            assert_eq!(parse(text).unwrap().to_text().as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn refused_with_the_reason() {
        let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63)].join(".");
        for (text, refusal) in [
            ("", Refusal::Empty),
            ("  ", Refusal::Empty),
            ("%any", Refusal::Wildcard),
            ("%any6", Refusal::Wildcard),
            ("%defaultroute", Refusal::Wildcard),
            ("10.0.0.0/24", Refusal::Subnet),
            ("2001:db8::/32", Refusal::Subnet),
            ("10.0.0.1-10.0.0.9", Refusal::Range),
            ("10.0.0.1 - 10.0.0.9", Refusal::Range),
            ("0.0.0.0", Refusal::Undiallable),
            ("::", Refusal::Undiallable),
            ("224.0.0.1", Refusal::Undiallable),
            ("10.0.0.256", Refusal::Malformed),
            ("10.0.0", Refusal::Malformed),
            ("a..b", Refusal::Malformed),
            ("-a.example", Refusal::Malformed),
            ("a b", Refusal::Malformed),
            ("fe80::1%eth0", Refusal::Malformed),
            ("[::1]", Refusal::Malformed),
            (long.as_str(), Refusal::TooLong),
        ] {
            assert_eq!(parse(text), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn a_list_keeps_its_order_and_refuses_the_same_segw_twice() {
        let mut list = AddrList::new();
        push(&mut list, "b.example").unwrap();
        push(&mut list, "10.0.0.1").unwrap();
        push(&mut list, "2001:db8::1").unwrap();
        for same in ["B.EXAMPLE.", "10.0.0.1", "2001:db8:0:0::1"] {
            assert_eq!(push(&mut list, same), Err(Refusal::Duplicate), "{same}");
        }
        for n in 4..=8 {
            push(&mut list, &std::format!("10.0.0.{n}")).unwrap();
        }
        assert_eq!(push(&mut list, "10.0.0.9"), Err(Refusal::Full));
        assert_eq!(list.len(), 8);
    }
}
