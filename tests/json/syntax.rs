//! What is JSON: the reader of configurations and serde_json say the same of any text, but for the differences that have a
//! name here.

use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use segw::config::model::Config;
use segw::config::read::Connections;
use segw::policy::Policy;
use serde_json::Value;

use crate::texts::{document, spoiled};
use crate::{BASE, read};

/// Whether a text is JSON, or the offset of the first byte that cannot be: what is none is refused before anything else.
fn check(text: &[u8]) -> Result<(), usize> {
    let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
    match Connections::check(text, 0, &mut config, &mut policy, &mut |_| ()) {
        Err(refusal) if refusal.message.starts_with("this is not JSON") => Err(refusal.offset.expect("a place")),
        _ => Ok(()),
    }
}

/// An intended difference.
#[derive(Debug, PartialEq, Eq)]
enum Difference {
    /// More than 16 levels are refused; the configuration needs five.
    Deep,
    /// Half a surrogate pair passes as syntax; it is refused where the string is read.
    Surrogate,
    /// A number no `f64` holds passes as syntax; every number of the configuration has its bounds.
    Huge,
}

/// How many levels a text that is JSON has.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0usize, 0, false, false);
    for byte in text {
        match byte {
            b'"' if !escaped => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => depth -= 1,
            _ => (),
        }
        escaped = *byte == b'\\' && !escaped;
        deepest = deepest.max(depth);
    }
    deepest
}

/// `Ok` if both say the same, with the difference if it is an intended one.
fn compare(text: &[u8]) -> Result<Option<Difference>, String> {
    let (ours, theirs) = (check(text), serde_json::from_slice::<Value>(text));
    match (ours, theirs) {
        (Ok(()), Ok(_)) | (Err(_), Err(_)) => Ok(None),
        (Err(_), Ok(_)) if depth(text) > 16 => Ok(Some(Difference::Deep)),
        (Ok(()), Err(error)) if error.to_string().starts_with("number out of range") => Ok(Some(Difference::Huge)),
        (Ok(()), Err(error)) => {
            let told = error.to_string();
            let surrogate =
                told.starts_with("lone leading surrogate") || told.starts_with("unexpected end of hex escape");
            let there = String::from_utf8_lossy(text).to_ascii_lowercase().contains("\\ud");
            if surrogate && there { Ok(Some(Difference::Surrogate)) } else { Err(told) }
        }
        (Err(at), Ok(_)) => Err(format!("only we refuse it, at {at}")),
    }
}

#[test]
fn the_differences_by_name() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let rows: [(&str, Option<Difference>); 18] = [
        (&deep(16), None),
        (&deep(17), Some(Difference::Deep)),
        (&deep(127), Some(Difference::Deep)),
        (r#""\ud800""#, Some(Difference::Surrogate)),
        (r#""\udc00""#, Some(Difference::Surrogate)),
        (r#""\ud800\u0061""#, Some(Difference::Surrogate)),
        (r#""\ud83d\ude00""#, None),
        ("1e999", Some(Difference::Huge)),
        ("1e-999", None),
        // No differences, though one might think so: numbers beyond 64 bits and keys twice are JSON …
        ("18446744073709551616", None),
        ("-9223372036854775809", None),
        ("1.7976931348623157e308", None),
        (r#"{"a":1,"a":2}"#, None),
        (r#""\u0000""#, None),
        ("\"\u{7f}\u{2028}\"", None),
        // … and these are not.
        ("\"\t\"", None),
        ("\u{feff}{}", None),
        ("\u{a0}1", None),
    ];
    for (text, difference) in rows {
        assert_eq!(compare(text.as_bytes()), Ok(difference), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_accept_the_same(text in document()) {
        prop_assert!(compare(text.as_bytes()).is_ok(), "{text}: {:?}", compare(text.as_bytes()));
    }

    #[test]
    fn both_refuse_the_same(text in spoiled()) {
        prop_assert!(compare(&text).is_ok(), "{}: {:?}", String::from_utf8_lossy(&text), compare(&text));
    }

    #[test]
    fn the_offset_is_that_of_the_first_byte_that_cannot_be(text in spoiled()) {
        if let (Err(at), Ok(_)) = (check(&text), std::str::from_utf8(&text)) {
            prop_assert!(at <= text.len());
            // What stands before it could have gone on.
            let before = check(&text[..at]);
            prop_assert!(before == Err(at) || before == Ok(()), "{before:?} before {at}");
        }
    }
}

/// What is no JSON is told with what was expected; `tests/ctl` asks extsockctl for the same.
#[test]
fn faults_say_what_was_expected() {
    let rows: serde_json::Value = serde_json::from_str(include_str!("faults.json")).expect("faults.json");
    for row in rows.as_array().expect("rows") {
        let [text, at, message] = [0, 1, 2].map(|column| &row[column]);
        let text = text.as_str().expect("a text");
        let refusal = read(text, 0).map(|_| ()).expect_err(text);
        let said = (refusal.message.as_str(), refusal.offset.map(|at| at - BASE));
        let at = usize::try_from(at.as_u64().expect("an offset")).ok();
        assert_eq!(
            said,
            (format!("this is not JSON: {}", message.as_str().expect("a message")).as_str(), at),
            "{text}"
        );
    }
}
