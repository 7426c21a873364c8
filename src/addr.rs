//! Addresses of SEGWs: text to values. Resolves no names.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use heapless::{String, Vec};

use crate::limits::{ADDR_CAP, SEGW_CAP};

/// Text of a fully qualified domain name.
pub type Fqdn = String<{ ADDR_CAP - 1 }, u8>;

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
    /// An address or name with a port behind it.
    Port,
    /// Several with something other than a comma between them.
    Separator,
    /// Several, commas between them, in one item of a list.
    Several,
    /// An IPv6 address in brackets.
    Brackets,
    /// An address with a zone (`fe80::1%eth0`).
    Zone,
    /// An IPv4 address in the clothes of IPv6 (`::ffff:10.0.0.1`): charon's sockets for IPv6 send no IPv4.
    Mapped,
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
            Self::Port => {
                "a port is not part of the address; write it as \"remote_port\" beside the list, the same for all SEGWs"
            }
            Self::Separator => "addresses are separated by commas",
            Self::Several => "one address in each item of a list: [\"a\", \"b\"], or all of them in one string",
            Self::Brackets => "an IPv6 address stands without brackets",
            Self::Zone => "an address with a zone cannot be dialled; name a global address of the SEGW",
            Self::Mapped => "an IPv4 address stands by itself, without \"::ffff:\"",
            Self::Malformed => "neither an IPv4 or IPv6 address nor a domain name",
            Self::TooLong => "a domain name here has at most 127 characters",
            Self::Duplicate => "this SEGW is in the list already",
            Self::Full => concat!("too many SEGWs; a connection has at most ", env!("SEGW_SEGWS")),
        }
    }

    /// The same where it is this host's own address.
    #[must_use]
    pub const fn local_reason(self) -> &'static str {
        match self {
            Self::Wildcard => "of wildcards charon knows %any, %any4 and %any6",
            Self::Subnet => "a subnet has a prefix of at most 32 bits behind its address, IPv6 of at most 128",
            Self::Range => "a range is from one address to another, both of IPv4 or both of IPv6",
            Self::Undiallable => "no host has this address",
            Self::Port => "a port is not part of the address; write it as \"local_port\" beside the list",
            Self::Zone => "an address stands without a zone",
            Self::Malformed => "neither an address, a subnet, a range nor a domain name",
            other => other.reason(),
        }
    }
}

/// Reads one item of a connection's local addresses, of which charon takes also what it only compares with: subnets, ranges,
/// wildcards.
///
/// # Errors
/// Says why charon would take it for a name that nobody has.
pub fn parse_local(text: &str) -> Result<(), Refusal> {
    let text = text.trim_ascii();
    if matches!(text, "%any" | "%any4" | "%any6") {
        return Ok(());
    }
    match parse(text) {
        Ok(_) => Ok(()),
        Err(Refusal::Subnet) => {
            let (net, prefix) = cut(text, b'/');
            let most = if parse_ip(net).is_some_and(|net| net.is_ipv6()) { 128 } else { 32 };
            let fits = prefix.and_then(|prefix| u8::from_str(prefix).ok()).is_some_and(|prefix| prefix <= most);
            if fits { Ok(()) } else { Err(Refusal::Subnet) }
        }
        Err(Refusal::Range) => {
            let (from, to) = cut(text, b'-');
            let family = |text| parse_ip(text).map(|addr| addr.is_ipv6());
            if to.is_some_and(|to| family(from) == family(to)) { Ok(()) } else { Err(Refusal::Range) }
        }
        Err(Refusal::Undiallable) if parse_ip(text).is_some_and(|addr| addr.is_unspecified()) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// Reads one SEGW address; surrounding blanks are ignored.
///
/// # Errors
/// Says why the text is not the address of one host.
pub fn parse(text: &str) -> Result<Addr, Refusal> {
    let text = text.trim_ascii();
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.first() == Some(&b'%') {
        return Err(Refusal::Wildcard);
    }
    if bytes.contains(&b',') {
        return Err(Refusal::Several);
    }
    if let (net, Some(prefix)) = cut(text, b'/') {
        let of_net = prefix.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        return Err(match (parse_ip(net), parse_ip(prefix)) {
            (Some(_), None) | (None, _) if of_net => Refusal::Subnet,
            (Some(_), Some(_)) => Refusal::Separator,
            _ => Refusal::Malformed,
        });
    }
    if let Some(addr) = parse_ip(text) {
        if addr.is_unspecified() || addr.is_multicast() || addr == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err(Refusal::Undiallable);
        }
        return match addr {
            IpAddr::V4(addr) => Ok(Addr::V4(addr)),
            IpAddr::V6(addr) if addr.to_ipv4_mapped().is_some() => Err(Refusal::Mapped),
            IpAddr::V6(addr) => Ok(Addr::V6(addr)),
        };
    }
    let (from, to) = cut(text, b'-');
    if to.is_some_and(|to| parse_ip(from).is_some() && parse_ip(to).is_some()) {
        return Err(Refusal::Range);
    }
    if bytes.iter().any(|byte| matches!(byte, b';' | b'|' | b' ' | b'\t')) {
        return Err(Refusal::Separator);
    }
    let within = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if within.is_some_and(|within| parse_ip(within).is_some()) {
        return Err(Refusal::Brackets);
    }
    if parse_ip(cut(text, b'%').0).is_some() {
        return Err(Refusal::Zone);
    }
    let (_, port) = cut(text, b':');
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if port.is_some_and(digits) || text.starts_with('[') && !text.ends_with(']') {
        return Err(Refusal::Port);
    }
    parse_name(text)
}

/// What stands before an ASCII character, and what stands behind it if it is there. (`split_once` brings a search for any
/// character.)
#[must_use]
pub fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    let place = text.bytes().position(|byte| byte == at).unwrap_or(text.len());
    let (before, after) = text.split_at_checked(place).unwrap_or((text, ""));
    (before, after.get(1..))
}

/// An IP address with blanks around it.
#[inline(never)]
fn parse_ip(text: &str) -> Option<IpAddr> {
    IpAddr::from_str(text.trim_ascii()).ok()
}

/// A host name as RFC 1123 §2.1 has it, underscores allowed as DNS servers in the field do.
fn parse_name(text: &str) -> Result<Addr, Refusal> {
    let name = text.as_bytes().strip_suffix(b".").unwrap_or(text.as_bytes());
    // The last label of a name is never all digits: `10.0.0.256` is a mistyped address (RFC 1123 §2.1).
    let mut numeric = false;
    for label in name.split(|byte| *byte == b'.') {
        let dashed = label.first() == Some(&b'-') || label.last() == Some(&b'-');
        if label.is_empty() || label.len() > 63 || dashed {
            return Err(Refusal::Malformed);
        }
        numeric = true;
        for byte in label {
            numeric &= byte.is_ascii_digit();
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
                return Err(Refusal::Malformed);
            }
        }
    }
    if numeric {
        return Err(Refusal::Malformed);
    }
    let mut fqdn = text.get(..name.len()).and_then(|name| Fqdn::try_from(name).ok()).ok_or(Refusal::TooLong)?;
    fqdn.make_ascii_lowercase();
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
        let mut text = Fqdn::new();
        match self {
            Self::V4(addr) => push_v4(&mut text, *addr),
            Self::V6(addr) => push_v6(&mut text, *addr),
            Self::Name(name) => return name.clone(),
        }
        text
    }

    /// Whether `text` names the same SEGW.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        parse(text).is_ok_and(|addr| addr == *self)
    }
}

// What `Display` would write. It is by hand because `core::fmt`, which nothing else here needs, is larger than all of this
// file. 127 characters hold any address: nothing here can fail.

fn put(text: &mut Fqdn, part: &str) {
    let _ = text.push_str(part);
}

fn push_number(text: &mut Fqdn, mut number: u16, hexadecimal: bool) {
    const DIGITS: &str = "0123456789abcdef";
    let mut digits = [0usize; 5];
    let mut len = 0usize;
    for digit in &mut digits {
        *digit = usize::from(if hexadecimal { number & 0xf } else { number % 10 });
        number = if hexadecimal { number >> 4 } else { number / 10 };
        len = len.saturating_add(1);
        if number == 0 {
            break;
        }
    }
    for digit in digits.iter().take(len).rev() {
        put(text, DIGITS.get(*digit..=*digit).unwrap_or_default());
    }
}

fn push_v4(text: &mut Fqdn, addr: Ipv4Addr) {
    for (index, octet) in addr.octets().into_iter().enumerate() {
        put(text, if index > 0 { "." } else { "" });
        push_number(text, u16::from(octet), false);
    }
}

/// RFC 5952 §4 and §5.
fn push_v6(text: &mut Fqdn, addr: Ipv6Addr) {
    let groups = addr.segments();
    // The longest run of two or more zeroes, the first of equal ones.
    let (mut start, mut len) = (groups.len(), 1usize);
    for at in 0..groups.len() {
        let run = groups.iter().skip(at).take_while(|group| **group == 0).count();
        if run > len {
            (start, len) = (at, run);
        }
    }
    let end = start.saturating_add(len);
    for (at, group) in groups.into_iter().enumerate() {
        if at == start {
            put(text, "::");
        } else if at < start || at >= end {
            put(text, if at == 0 || at == end { "" } else { ":" });
            push_number(text, group, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AddrList, Refusal, parse, parse_local, push};

    #[test]
    fn accepted_in_canonical_form() {
        for (text, canonical) in [
            ("10.0.0.1", "10.0.0.1"),
            (" 10.0.0.1\t", "10.0.0.1"),
            ("2001:DB8:0::1", "2001:db8::1"),
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
            ("10.0.0.0/255.255.255.0", Refusal::Separator),
            ("http://10.0.0.1", Refusal::Malformed),
            ("segw.example/vpn", Refusal::Malformed),
            ("10.0.0.1-10.0.0.9", Refusal::Range),
            ("10.0.0.1 - 10.0.0.9", Refusal::Range),
            ("0.0.0.0", Refusal::Undiallable),
            ("::", Refusal::Undiallable),
            ("224.0.0.1", Refusal::Undiallable),
            ("255.255.255.255", Refusal::Undiallable),
            ("10.0.0.256", Refusal::Malformed),
            ("10.0.0", Refusal::Malformed),
            ("a..b", Refusal::Malformed),
            ("-a.example", Refusal::Malformed),
            ("a b", Refusal::Separator),
            ("10.0.0.1;10.0.0.2", Refusal::Separator),
            ("10.0.0.1|10.0.0.2", Refusal::Separator),
            ("10.0.0.1/10.0.0.2", Refusal::Separator),
            ("10.0.0.1,10.0.0.2", Refusal::Several),
            ("10.0.0.1, 10.0.0.2", Refusal::Several),
            ("10.0.0.1:4500", Refusal::Port),
            ("a.example:500", Refusal::Port),
            ("[::1]:500", Refusal::Port),
            ("a.example:", Refusal::Malformed),
            ("fe80::1%eth0", Refusal::Zone),
            ("fe80::1 %eth0", Refusal::Separator),
            ("[::1]", Refusal::Brackets),
            ("[a]", Refusal::Malformed),
            ("::ffff:10.0.0.1", Refusal::Mapped),
            ("::FFFF:a00:1", Refusal::Mapped),
            (long.as_str(), Refusal::TooLong),
        ] {
            assert_eq!(parse(text), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn local_addresses_are_what_charon_takes() {
        for text in [
            "%any",
            " %any4 ",
            "%any6",
            "0.0.0.0",
            "::",
            "10.0.0.1",
            "2001:db8::1",
            "router.example",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "2001:db8::/128",
            "10.0.0.1-10.0.0.9",
            "2001:db8::1 - 2001:db8::9",
        ] {
            assert_eq!(parse_local(text), Ok(()), "{text}");
        }
        for (text, refusal) in [
            ("%defaultroute", Refusal::Wildcard),
            ("%eth0", Refusal::Wildcard),
            ("10.0.0.300", Refusal::Malformed),
            ("10.0.0", Refusal::Malformed),
            ("10.0.0.0/33", Refusal::Subnet),
            ("10.0.0.0/300", Refusal::Subnet),
            ("10.0.0.0/", Refusal::Subnet),
            ("2001:db8::/129", Refusal::Subnet),
            ("10.0.0.0/255.255.255.0", Refusal::Separator),
            ("10.0.0.1-2001:db8::1", Refusal::Range),
            ("224.0.0.1", Refusal::Undiallable),
            ("10.0.0.1:500", Refusal::Port),
            ("10.0.0.1;10.0.0.2", Refusal::Separator),
            ("[2001:db8::1]", Refusal::Brackets),
            ("fe80::1%eth0", Refusal::Zone),
            ("::ffff:10.0.0.1", Refusal::Mapped),
        ] {
            assert_eq!(parse_local(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn addresses_are_written_as_core_would() {
        use core::net::{Ipv4Addr, Ipv6Addr};
        use std::string::ToString as _;
        let texts = (0..=255u8).map(|n| Ipv4Addr::new(n, 255 - n, n / 2, 7).to_string());
        // Every pattern of zeroes, with groups of every length between them.
        let six = (0..0x100u16).flat_map(|zeroes| {
            [0x1, 0x90, 0xa00, 0xffff].map(|group| {
                let groups = core::array::from_fn(|at| if zeroes >> at & 1 == 1 { 0u16 } else { group });
                Ipv6Addr::from(groups).to_string()
            })
        });
        for text in texts.chain(six) {
            match parse(&text) {
                Ok(addr) => assert_eq!(addr.to_text().as_str(), text),
                Err(refusal) => assert!(matches!(refusal, Refusal::Undiallable | Refusal::Mapped), "{text}"),
            }
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
