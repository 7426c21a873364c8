//! Lists of SEGW addresses, a line each: what is accepted is one host, in a form that reads back as itself.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use segw::addr::{Addr, AddrList, Refusal, parse, push};
use segw::limits::{ADDR_CAP, SEGW_CAP};

fn judge(text: &str, addr: &Addr) {
    let canonical = addr.to_text();
    assert!(!canonical.is_empty() && canonical.len() < ADDR_CAP);
    assert_eq!(parse(&canonical).as_ref(), Ok(addr), "{text:?} became {canonical:?}");
    assert!(addr.is(text) && addr.is(&canonical));
    assert!(canonical.is_ascii() && !canonical.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control()));
    match addr {
        Addr::V4(_) | Addr::V6(_) => {
            let ip: IpAddr = canonical.parse().expect("an address");
            assert!(!ip.is_unspecified() && !ip.is_multicast());
        }
        Addr::Name(name) => {
            assert!(name.parse::<IpAddr>().is_err(), "{name} is an address");
            assert!(name.split('.').all(|label| (1..=63).contains(&label.len())), "{name}");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b)),
                "{name}"
            );
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut list = AddrList::new();
    for line in text.split('\n') {
        let (parsed, before) = (parse(line), list.clone());
        let done = push(&mut list, line);
        match (&parsed, done) {
            (Ok(addr), Ok(())) => {
                judge(line, addr);
                assert!(!before.contains(addr) && list.last() == Some(addr));
                assert_eq!(list[..list.len() - 1], before[..], "the order changed");
                continue;
            }
            (Ok(addr), Err(Refusal::Duplicate)) => assert!(before.contains(addr)),
            (Ok(_), Err(Refusal::Full)) => assert_eq!(before.len(), SEGW_CAP),
            (Err(reason), done) => {
                assert_eq!(done, Err(*reason));
                // Nothing that both of us can read is called malformed.
                let ip = line.trim_ascii().parse::<IpAddr>();
                assert!(ip.is_err() || matches!(reason, Refusal::Undiallable | Refusal::Mapped), "{line:?}");
            }
            (Ok(_), Err(reason)) => panic!("{line:?}: {reason:?}"),
        }
        assert_eq!(list, before, "a refused address left its mark");
        assert!(!done.expect_err("refused").reason().is_empty());
    }
});
