//! The table of configuration keys in `ports/strongswan/PROTOCOL.md` names every key of the code, in its order, with its
//! bounds and words, and no other.
#![allow(clippy::expect_used)]

use std::path::Path;

use segw::bounds::Bounds;
use segw::config::schema::{CONNECTION, Key, Kind};
use segw::wire::event::EventKind;

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{}`", word.replace('|', "\\|"))).collect::<Vec<_>>().join(", ")
}

/// The rows that the code asks for: the path, and how the value's description starts.
fn rows(prefix: &str, keys: &[Key], rows: &mut Vec<(String, String)>) {
    for key in keys {
        let path = format!("{prefix}{}", key.name);
        let value = match key.kind {
            Kind::Object(keys) => {
                self::rows(&format!("{path}."), keys, rows);
                continue;
            }
            Kind::Children(keys) => {
                self::rows(&format!("{path}[]."), keys, rows);
                continue;
            }
            Kind::Text(..) => String::new(),
            Kind::Texts(..) => "list".to_owned(),
            Kind::Several(..) => "string or list".to_owned(),
            Kind::Label(_) => "string or number".to_owned(),
            Kind::Large(_) => format!("0 to {}", u64::MAX),
            Kind::Flag(_) => "true or false".to_owned(),
            Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => format!("{least} to {most}"),
            Kind::Milliseconds(Bounds { least, most, or_zero, .. }, _) => {
                format!("{}{least} to {most}", if or_zero { "0 or " } else { "" })
            }
            Kind::Seconds(most, _) => format!("0 to {most}"),
            Kind::Dscp(_) => "six binary digits".to_owned(),
            Kind::Word(list, _) => words(list.iter().map(|(word, _)| *word)),
            Kind::Choice(list) => words(list.iter().map(|(word, _)| *word)),
        };
        rows.push((path, value));
    }
}

#[test]
fn the_reference_names_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ports/strongswan/PROTOCOL.md");
    let text = std::fs::read_to_string(path).expect("ports/strongswan/PROTOCOL.md");
    let table = text.split("<!-- keys").nth(1).expect("the table").lines().skip(3);
    let mut written: Vec<(String, String)> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
            let key = cells.next().unwrap_or_default().trim_matches('`').to_owned();
            (key, cells.next().unwrap_or_default().to_owned())
        })
        .collect();
    let mut wanted = Vec::new();
    rows("", CONNECTION, &mut wanted);
    written.sort();
    wanted.sort();
    let keys = |rows: &[(String, String)]| rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&written), keys(&wanted));
    for ((key, written), (_, wanted)) in written.iter().zip(&wanted) {
        assert!(written.starts_with(wanted.as_str()), "{key}: the reference says {written:?}, the code {wanted:?}");
    }
}

#[test]
fn the_reference_names_every_event() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ports/strongswan/PROTOCOL.md");
    let text = std::fs::read_to_string(path).expect("ports/strongswan/PROTOCOL.md");
    let table = text.split("| event | further fields |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut written: Vec<&str> = rows
        .filter_map(|row| row.trim_start_matches('|').split('|').next())
        .flat_map(|cell| cell.split(','))
        .map(|name| name.trim().trim_matches('`'))
        .collect();
    let mut wanted: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    written.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(written, wanted);
}
