//! Texts at random: JSON of any shape, JSON with a mistake, and configurations, right and wrong.

use proptest::collection::{SizeRange, vec};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use segw::config::schema::{CONNECTION, Key, Kind, Rule};
use serde_json::Value;

use crate::cases::{GOOD, SIGNED};

fn blanks() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n")]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        select(&[
            "0",
            "-0",
            "-0.0",
            "1E+2",
            "1e-999",
            "1e999",
            "4294967295",
            "4294967296",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "01",
            "-",
            "1.",
            ".5",
            "+1",
            "1e",
            "0x1",
            "NaN",
        ])
        .prop_map(str::to_owned),
    ]
}

/// A string with its quotes.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z_]{1,6}",
        1 => any::<char>().prop_map(String::from),
        2 => select(&["\\\"", "\\\\", "\\/", "\\b", "\\n", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\u0000", "é", "😀", "\u{7f}"])
            .prop_map(str::to_owned),
        1 => select(&["\\ud800", "\\udfff", "\\u12", "\\x", "\\", "\u{1}", "\n"]).prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat().replace("\"\"", "")))
}

fn joined(parts: Vec<String>, open: char, close: char) -> String {
    format!("{open}{}{close}", parts.join(","))
}

/// Mostly JSON.
pub fn document() -> BoxedStrategy<String> {
    let leaf = prop_oneof![select(&["true", "false", "null", "{}", "[]"]).prop_map(str::to_owned), number(), string()];
    let tree = leaf.prop_recursive(20, 64, 4, |inner| {
        let spaced =
            (blanks(), inner, blanks()).prop_map(|(before, text, after)| format!("{before}{text}{after}")).boxed();
        let member =
            (string(), blanks(), spaced.clone()).prop_map(|(key, blank, value)| format!("{key}{blank}:{value}"));
        prop_oneof![
            vec(spaced.clone(), 0..4).prop_map(|items| joined(items, '[', ']')),
            vec(member, 0..4).prop_map(|members| joined(members, '{', '}')),
            // One after another into the depth.
            (spaced, 1..18usize).prop_map(|(text, levels)| "[".repeat(levels) + &text + &"]".repeat(levels)),
        ]
    });
    (blanks(), tree, blanks()).prop_map(|(before, text, after)| format!("{before}{text}{after}")).boxed()
}

/// JSON with a mistake.
pub fn spoiled() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => select(b"{}[]\",:\\ \n0123456789-+.eEtfnu/\x00\x1f\x7f".as_slice()), 1 => any::<u8>()];
    (document(), any::<proptest::sample::Index>(), 0..5u8, byte).prop_map(|(text, at, how, byte)| {
        let mut text = text.into_bytes();
        let at = at.index(text.len().max(1));
        match how {
            0 => text.truncate(at),
            1 => text.insert(at.min(text.len()), byte),
            2 => drop(text.splice(at..(at + 1).min(text.len()), [byte])),
            3 => drop(text.drain(at..(at + 1).min(text.len()))),
            _ => text.extend_from_within(at..),
        }
        text
    })
}

fn quoted(words: Vec<&'static str>) -> BoxedStrategy<String> {
    select(words).prop_map(|word| format!("\"{word}\"")).boxed()
}

/// A string that a rule may like or not.
fn ruled(rule: Rule) -> BoxedStrategy<String> {
    match rule {
        Rule::Name => {
            select(&["vpn", "net", "a", "b", "ü", "a b", "a,b", "{", ""]).prop_map(|it| format!("\"{it}\"")).boxed()
        }
        Rule::Segw => select(&[
            "10.0.0.1",
            "10.0.0.2",
            " 10.0.0.3 ",
            "2001:db8::1",
            "::",
            "segw.example",
            "SEGW.example.",
            "a.1",
            "10.0.0.256",
            "%any",
            "10.0.0.0/8",
            "10.0.0.1-10.0.0.2",
            "-a",
            "a_b",
            "1-1",
            "1-a",
            "x..y",
            "224.0.0.1",
            "\\u0061",
            "é",
            "",
        ])
        .prop_map(|it| format!("\"{it}\""))
        .boxed(),
        Rule::Local => select(&[
            "%any",
            "%any6",
            "%eth0",
            "10.0.0.1",
            "10.0.0.300",
            "10.0.0.0/8",
            "10.0.0.0/33",
            "10.0.0.1-10.0.0.2",
            "10.0.0.1-::1",
            "router.example",
            "",
        ])
        .prop_map(|it| format!("\"{it}\""))
        .boxed(),
        Rule::Free | Rule::Pem => {
            prop_oneof![6 => "[a-z]{1,3}".prop_map(|it| format!("\"{it}\"")), 1 => string()].boxed()
        }
    }
}

/// The items of a list as one string.
fn with_commas(items: Vec<String>) -> String {
    let inner: Vec<&str> = items.iter().map(|item| item.trim_matches('"')).collect();
    format!("\"{}\"", inner.join(", "))
}

/// The same without commas.
fn with_blanks(items: &[String]) -> String {
    format!("\"{}\"", items.join(" "))
}

/// A time with its unit, or nearly.
fn time() -> BoxedStrategy<String> {
    "\"[0-9]{1,3}(ms|s|m|h|d|w|)\"".boxed()
}

/// What may be asked through a tunnel, and what may not.
const TARGETS: [&str; 6] =
    ["10.1.0.1", "tcp://10.1.0.1:443", "2001:db8::1", "tcp://[2001:db8::1]:22", "gw.example.org", "0.0.0.0"];

const WINDOWS: [&str; 8] = [
    "mon-fri 02:00-04:00",
    "22:00-02:00",
    "Sat 00:00-24:00",
    "always",
    "moon 02:00-04:00",
    "2:00-04:00",
    "02:00-26:00",
    "02:00-02:00",
];

/// A value for a key, right or nearly.
fn value(kind: Kind) -> BoxedStrategy<String> {
    let around = |bounds: [u64; 2]| {
        let [least, most] = bounds;
        let numbers: Vec<String> = [least.wrapping_sub(1), least, least + 1, most / 2, most, most.saturating_add(1)]
            .map(|n| n.to_string())
            .into();
        prop_oneof![8 => select(numbers), 1 => number()].boxed()
    };
    let right: BoxedStrategy<String> = match kind {
        Kind::Text(rule, _) => ruled(rule),
        Kind::Texts(rule, _) => vec(ruled(rule), 0..10)
            .prop_flat_map(|it| select(vec![joined(it.clone(), '[', ']'), with_commas(it)]))
            .boxed(),
        Kind::Several(rule, _) => {
            prop_oneof![ruled(rule), vec(ruled(rule), 0..4).prop_map(|it| joined(it, '[', ']'))].boxed()
        }
        Kind::Label(_) => prop_oneof![ruled(Rule::Free), around([0, u64::from(u32::MAX)])].boxed(),
        Kind::Flag(_) => select(&["true", "false"]).prop_map(str::to_owned).boxed(),
        Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => around([least.into(), most.into()]),
        Kind::Only(only, _) => around([only.into(), only.into()]),
        Kind::Seconds(most, _) => prop_oneof![around([0, most.into()]), time()].boxed(),
        Kind::Milliseconds(bounds, _) => prop_oneof![around([bounds.least.into(), bounds.most.into()]), time()].boxed(),
        Kind::Large(_) => around([0, u64::MAX]),
        Kind::Dscp(_) => "\"[01]{5,7}\"".boxed(),
        Kind::Word(words, _) => quoted(words.iter().map(|(word, _)| *word).chain(["other"]).collect()),
        Kind::Choice(words) => quoted(words.iter().map(|(word, _)| *word).chain(["other"]).collect()),
        Kind::Each(_) => vec(select(&["1", "2", "10", "255", "256", "0", "x"]), 0..4)
            .prop_map(|it| it.into_iter().map(str::to_owned).collect::<Vec<_>>())
            .prop_flat_map(|it| select(vec![joined(it.clone(), '[', ']'), with_commas(it.clone()), with_blanks(&it)]))
            .boxed(),
        Kind::Windows => vec(select(&WINDOWS), 0..6)
            .prop_map(|it| it.into_iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>())
            .prop_flat_map(|it| select(vec![joined(it.clone(), '[', ']'), with_commas(it)]))
            .boxed(),
        Kind::Targets => vec(select(&TARGETS), 0..4)
            .prop_map(|it| it.into_iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>())
            .prop_flat_map(|it| select(vec![joined(it.clone(), '[', ']'), with_commas(it)]))
            .boxed(),
        Kind::Object(_) | Kind::Policy(..) | Kind::Children(_) => Just("{}".to_owned()).boxed(),
    };
    prop_oneof![60 => right, 1 => document()].boxed()
}

/// A right connection in which some keys have a value at random.
pub fn variation(keys: impl Into<SizeRange>) -> impl Strategy<Value = String> {
    let mut leaves = Vec::new();
    collect(CONNECTION, "", &mut leaves);
    let leaf = select(leaves).prop_flat_map(|(path, kind)| (Just(path), value(kind)));
    (select(&[GOOD, SIGNED]), vec(leaf, keys)).prop_map(|(base, leaves)| {
        let put = |text: String, (path, value): (String, String)| put(&text, &path, &value).unwrap_or(text);
        leaves.into_iter().fold(base.to_owned(), put)
    })
}

/// Every key that has a value of its own: its path, and what it must be.
pub fn collect(keys: &'static [Key], prefix: &str, leaves: &mut Vec<(String, Kind)>) {
    for key in keys {
        let path = format!("{prefix}{}", key.name);
        match key.kind {
            Kind::Object(keys) | Kind::Policy(keys, _) => collect(keys, &format!("{path}."), leaves),
            Kind::Children(keys) => collect(keys, &format!("{path}[]."), leaves),
            kind => leaves.push((path, kind)),
        }
    }
}

/// The text with the value at that path, whatever stood there; `None` if that text is not JSON any more.
pub fn put(text: &str, path: &str, value: &str) -> Option<String> {
    /// Stands for the value, which need not be JSON.
    const MARK: &str = "here it is put";
    let mut json: Value = serde_json::from_str(text).ok()?;
    let mut place = &mut json;
    for step in path.split('.') {
        let (key, item) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        place = &mut place[key];
        if item {
            place = &mut place[0];
        }
    }
    *place = MARK.into();
    Some(json.to_string().replace(&format!("\"{MARK}\""), value))
}
