//! The table of configuration keys in `ports/strongswan/PROTOCOL.md` names every key of the code, in its order, with its
//! bounds and words, and no other. And what is made from both: the keys in extsock.conf, its manual page, `extsockctl help failover`.
#![allow(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)]

use std::path::Path;

use segw::bounds::Bounds;
use segw::config::schema::{CONNECTION, Key, Kind};
use segw::policy::{Choose, PROBE, Policy, SETTINGS, Setting};
use segw::wire::event::EventKind;

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{}`", word.replace('|', "\\|"))).collect::<Vec<_>>().join(", ")
}

/// The rows that the code asks for: the path, and how the value's description starts.
fn rows(prefix: &str, keys: &[Key], rows: &mut Vec<(String, String)>) {
    for key in keys {
        let path = format!("{prefix}{}", key.name);
        let value = match key.kind {
            Kind::Object(keys) | Kind::Policy(keys, _) => {
                self::rows(&format!("{path}."), keys, rows);
                continue;
            }
            Kind::Children(keys) => {
                self::rows(&format!("{path}[]."), keys, rows);
                continue;
            }
            Kind::Text(..) => String::new(),
            Kind::Texts(..) | Kind::Targets | Kind::Windows => "list".to_owned(),
            Kind::Each(_) => "numbers from 1 to 255".to_owned(),
            Kind::Several(..) => "string or list".to_owned(),
            Kind::Label(_) => "string or number".to_owned(),
            Kind::Large(_) => format!("0 to {}", u64::MAX),
            Kind::Flag(_) => "true or false".to_owned(),
            Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => format!("{least} to {most}"),
            Kind::Only(only, _) => only.to_string(),
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

// ---- what people read about the policy's keys, made from the table of settings and the reference ----

/// A key of the policy.
struct Documented {
    name: &'static str,
    /// What it may be, without its unit.
    values: String,
    /// What it counts, with a comma behind it.
    unit: &'static str,
    /// As it is written; empty if it is not set.
    default: String,
    /// A sentence or more.
    text: String,
}

/// What the reference says of a key below its table, with a blank before it.
fn note(reference: &str, key: &str) -> String {
    let Some((_, text)) = reference.split_once(&format!("\n- `{key}`: ")) else { return String::new() };
    let end = text.find("\n-").into_iter().chain(text.find("\n\n")).min().unwrap_or(text.len());
    format!(" {}", text.get(..end).expect("a text").replace("\n  ", " ").replace('`', ""))
}

/// A whole number with its bounds, or words.
fn documented(block: &str, name: &'static str, setting: Setting, reference: &str) -> Documented {
    let mut policy = Policy::DEFAULT;
    let (values, default) = match setting {
        Setting::Number(.., field) | Setting::Time(.., field) | Setting::Optional(.., field) => {
            let Bounds { least, most, or_zero, .. } = setting.bounds().expect("bounds");
            let value = *field(&mut policy);
            let set = (least..=most).contains(&value) || or_zero && value == 0;
            let zero = if or_zero { "0 or " } else { "" };
            (format!("{zero}{least} to {most}"), if set { value.to_string() } else { String::new() })
        }
        Setting::Word(words) => {
            let same = |choose: &Choose| {
                let mut policy = Policy::DEFAULT;
                choose(&mut policy);
                policy == Policy::DEFAULT
            };
            let default = words.iter().find(|(_, choose)| same(choose)).expect("a default").0;
            (words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "), default.to_owned())
        }
        Setting::Targets => ("list".to_owned(), String::new()),
        Setting::Each(_) => ("numbers from 1 to 255".to_owned(), String::new()),
        Setting::Windows => ("list".to_owned(), Policy::DEFAULT.failback_window.to_string()),
        _ => panic!("{name}: a new kind of setting"),
    };
    let timed = setting.bounds().is_some_and(|bounds| bounds.unit.is_some());
    let row = reference.lines().find(|line| line.starts_with(&format!("| `{block}.{name}` | "))).expect(name);
    let cell = row.trim_matches('|').rsplit(" | ").next().expect("a cell").trim().replace('`', "");
    let text = cell.strip_prefix(&default).filter(|_| !default.is_empty()).unwrap_or(&cell);
    let mut text = text.trim_start_matches([':', ';', ',', ' ']).to_owned();
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
        text += ".";
    }
    text += &note(reference, &format!("{block}.{name}"));
    Documented { name, values, unit: if timed { "milliseconds, " } else { "" }, default, text }
}

fn all_documented() -> Vec<Documented> {
    block_documented("failover", &SETTINGS)
}

fn block_documented(block: &str, settings: &[(&'static str, Setting)]) -> Vec<Documented> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ports/strongswan/PROTOCOL.md");
    let reference = std::fs::read_to_string(path).expect("ports/strongswan/PROTOCOL.md");
    settings.iter().map(|(name, setting)| documented(block, name, *setting, &reference)).collect()
}

/// A text in lines of that width, each behind `before`.
fn wrapped(text: &str, before: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().expect("a line");
        if !line.is_empty() && before.len() + line.len() + 1 + word.len() > width {
            lines.push(String::new());
        }
        let line = lines.last_mut().expect("a line");
        *line += if line.is_empty() { "" } else { " " };
        *line += word;
    }
    lines.iter().map(|line| format!("{before}{line}\n")).collect()
}

/// Compares a file with what it has to be; `SEGW_BLESS=1` writes it anew.
fn fresh(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("SEGW_BLESS").is_some() {
        std::fs::write(&path, wanted).expect(file);
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "{file} differs from the table of keys or the reference; run: tests/run rust --bless");
}

#[test]
fn the_configuration_file_has_every_key_of_the_policy() {
    const FILE: &str = "ports/strongswan/extsock.conf";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let text = std::fs::read_to_string(path).expect(FILE);
    let (before, rest) = text.split_once("    failover {\n").expect("failover");
    let (_, after) = rest.split_once("\n    }\n").expect("its end");
    let mut keys = String::new();
    for Documented { name, values, unit, default, text } in all_documented() {
        let mut unit = unit.to_owned();
        if let Some(first) = unit.get(..1).map(str::to_uppercase) {
            unit.replace_range(..1, &first);
        }
        let about = format!("{unit}{values}. {text}");
        let value = if default.is_empty() { String::new() } else { format!(" {default}") };
        keys += &format!("\n{}        # {name} ={value}\n", wrapped(&about, "        # ", 80));
    }
    fresh(FILE, &format!("{before}    failover {{\n{keys}\n    }}\n{after}"));
}

#[test]
fn extsockctl_has_every_key_of_the_policy() {
    let mut rows = String::new();
    for Documented { name, values, unit, default, .. } in all_documented() {
        let default = if default.is_empty() { "not set".to_owned() } else { default };
        rows += &format!("\t{{\"{name}\", \"{unit}{values}\", \"{default}\"}},\n");
    }
    for Documented { name, values, unit, default, .. } in block_documented("probe", &PROBE) {
        let default = if default.is_empty() { "none".to_owned() } else { default };
        rows += &format!("\t{{\"probe {name}\", \"{unit}{values}\", \"{default}\"}},\n");
    }
    let about = "/*\n * The keys of failover: name, what they may be, default. Made by tests/keys.rs from the table of settings.\n *\n \
                 * SPDX-License-Identifier: GPL-2.0-or-later\n */\n";
    let table = "static const struct {\n\tconst char *name, *values, *otherwise;\n} failover_keys[] = {\n";
    fresh("ports/strongswan/extsockctl/failover_keys.h", &format!("{about}{table}{rows}}};\n"));
}

/// A text as mdoc has it: `**bold**` and `<name>` of extsock.opt, nothing that begins a macro.
fn mdoc(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace("**", "");
    wrapped(&text, "", 100)
        .lines()
        .map(|line| match line.as_bytes().first() {
            Some(b'.' | b'\'') => format!("\\&{line}\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

/// extsock.conf(5), from extsock.opt and the table of settings.
#[test]
fn the_manual_page_has_every_option() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ports/strongswan");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).expect("a file");
    let mut options = String::new();
    for block in read("extsock.opt")
        .split("\ncharon.plugins.extsock.")
        .map(|it| it.trim_start_matches("charon.plugins.extsock."))
    {
        let (head, text) = block.split_once('\n').expect("a text");
        // The long text, where there is one, begins with the short one.
        let paragraphs: Vec<&str> = text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()).collect();
        let text = paragraphs.last().expect("a text");
        let (name, value) = head.split_once(" = ").unwrap_or((head.trim_end_matches(" ="), ""));
        let section = name.strip_suffix(" {}");
        let item = match section {
            Some(name) => format!("{name} {{ }}"),
            None if value.is_empty() => name.to_owned(),
            None => format!("{name} = {value}"),
        };
        options += &format!(".It Cm {item}\n{}", mdoc(text));
    }
    let items = |keys: Vec<Documented>| {
        let mut items = String::new();
        for Documented { name, values, unit, default, text } in keys {
            let default =
                if default.is_empty() { "by default not set".to_owned() } else { format!("default {default}") };
            items += &format!(".It Cm {name}\n{}", mdoc(&format!("{unit}{values}; {default}. {text}")));
        }
        items
    };
    let page = read("extsock.conf.5.in")
        .replace("@OPTIONS@\n", &options)
        .replace("@FAILOVER@\n", &items(all_documented()))
        .replace("@PROBE@\n", &items(block_documented("probe", &PROBE)));
    fresh("ports/strongswan/extsock.conf.5", &page);
}
