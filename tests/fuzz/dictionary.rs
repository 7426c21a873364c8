//! Prints libFuzzer's dictionary: every key and word of the configuration, every verb and event, and JSON's own signs.

// Instrumented like the rest, so libFuzzer must be there.
use libfuzzer_sys as _;

use std::collections::BTreeSet;

use segw::config::schema::{CONNECTION, Key, Kind};
use segw::wire::event::EventKind;
use segw::wire::request::verbs;

fn collect(keys: &[Key], words: &mut BTreeSet<String>) {
    for key in keys {
        words.insert(format!("\"{}\":", key.name));
        match key.kind {
            Kind::Object(keys) | Kind::Policy(keys, _) | Kind::Children(keys) => collect(keys, words),
            Kind::Word(list, _) => words.extend(list.iter().map(|(word, _)| format!("\"{word}\""))),
            Kind::Choice(list) => words.extend(list.iter().map(|(word, _)| format!("\"{word}\""))),
            Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => {
                words.extend([least, most].map(|n| n.to_string()))
            }
            Kind::Only(only, _) => words.extend([only.to_string()]),
            Kind::Seconds(most, _) => words.extend([most.to_string(), "\"30s\"".to_owned(), "\"4h\"".to_owned()]),
            Kind::Milliseconds(bounds, _) => words.extend(
                [bounds.least, bounds.most]
                    .map(|n| n.to_string())
                    .into_iter()
                    .chain(["\"500ms\"".to_owned(), "\"2m\"".to_owned()]),
            ),
            Kind::Large(_) => words.extend([u64::MAX.to_string()]),
            Kind::Targets => words.extend(["\"10.1.0.1\"".to_owned(), "\"tcp://10.1.0.1:443\"".to_owned()]),
            Kind::Each(_) => words.extend(["\"1 1 2\"".to_owned(), "[10,20,5]".to_owned()]),
            Kind::Windows => words.extend(["\"mon-fri 02:00-04:00\"".to_owned(), "\"22:00-02:00\"".to_owned()]),
            Kind::Dscp(_) => words.extend(["\"101110\"".to_owned()]),
            Kind::Text(..) | Kind::Texts(..) | Kind::Several(..) | Kind::Label(_) | Kind::Flag(_) => (),
        }
    }
}

fn main() {
    let mut words: BTreeSet<String> =
        ["\"connections\":", "\"events\":", "true", "false", "null", "{}", "[]", "\\u0000", "\\ud800", "\\n"]
            .into_iter()
            .chain([
                "primary",
                "secondary",
                "next",
                "10.0.0.1",
                "10.0.0.2",
                "2001:db8::1",
                "segw.example",
                "%any",
                "tcp://[2001:db8::1]:443",
                "libsegw state 1\n",
                "\nend\n",
            ])
            .map(str::to_owned)
            .collect();
    words.extend(verbs().map(|verb| format!("{verb} ")));
    words.extend(EventKind::ALL.iter().map(|kind| format!("\"{}\"", kind.name())));
    collect(CONNECTION, &mut words);
    for word in words {
        // The escapes that libFuzzer knows.
        let escape = |byte: u8| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02X}"),
        };
        println!("\"{}\"", word.bytes().map(escape).collect::<String>());
    }
}
