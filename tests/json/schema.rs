//! `ports/strongswan/extsock.schema.json`, the configuration as a JSON Schema: made from the table of keys and the
//! reference, and of the same opinion as the parser. `SEGW_BLESS=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use segw::bounds::Bounds;
use segw::config::schema::{CONNECTION, Key, Kind, Rule};
use segw::limits::{CHILD_CAP, CONNECTION_CAP, LIST_CAP, NAME_CAP, SEGW_CAP};
use serde_json::{Map, Value, json};

use crate::cases::{ACCEPTED, GOOD, REFUSED, SIGNED, Schema, Why};
use crate::read;
use crate::texts::{collect, put, variation};

const FILE: &str = "ports/strongswan/extsock.schema.json";

// ---- what it is made of ----

/// Texts of the reference, by key.
type Reference = BTreeMap<String, String>;

/// The default of every key, or what else its last column says.
fn reference() -> Reference {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ports/strongswan/PROTOCOL.md");
    let text = std::fs::read_to_string(path).expect("ports/strongswan/PROTOCOL.md");
    let (table, below) = text.split("<!-- keys").nth(1).and_then(|it| it.split_once("\n\n")).expect("the table");
    // Below it a list of what it has no room for.
    let notes: BTreeMap<String, String> = below
        .split("\n\n")
        .find(|it| it.starts_with("- `"))
        .expect("the list")
        .split("\n- ")
        .filter_map(|it| it.trim_start_matches("- ").split_once("`: "))
        .map(|(key, note)| {
            let note = note.replace("\n  ", " ").replace('`', "").trim_end_matches('.').to_owned();
            (key.trim_start_matches('`').to_owned(), note)
        })
        .collect();
    let rows = table.lines().skip(3).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<String> =
            row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "").replace("\\|", "|")).collect();
        let [key, value, default] = cells.as_slice() else { panic!("{row}") };
        let text = match default.strip_prefix("required").map(|rest| rest.trim_start_matches("; ")) {
            Some("") => value.clone(),
            Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
            Some(_) => default.clone(),
            None if default.starts_with("refused") || default.starts_with("no effect") => default.clone(),
            None => format!("Default: {default}"),
        };
        let note = notes.get(key.as_str()).map(|note| format!(". {note}")).unwrap_or_default();
        (key.clone(), text + &note)
    })
    .collect()
}

fn text_of(rule: Rule) -> Value {
    let name = match rule {
        Rule::Free | Rule::Local => "text",
        Rule::Name => "name",
        Rule::Segw => "segw",
        Rule::Pem => "pem",
    };
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A string of items with commas.
fn listed(item: &str, least: usize, most: usize) -> String {
    format!("^{item}(?:,{item}){{{},{}}}$", least - 1, most - 1)
}

/// What stands between two commas: any text that is not blank.
const ITEM: &str = r"[^,\u0000-\u001f\u007f]*[^ ,\u0000-\u001f\u007f][^,\u0000-\u001f\u007f]*";

/// An address that can be dialled, blanks around it allowed. Of an IPv6 address the characters are known, not their order.
fn segw() -> String {
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    let tail = "[A-Za-z0-9_-]*[A-Za-z0-9_]";
    let label = format!("[A-Za-z0-9_](?:{tail})?");
    // The last label is never all digits.
    let last = format!("(?:[A-Za-z_](?:{tail})?|[0-9]+(?:[A-Za-z_](?:{tail})?|-{tail}))");
    let name = format!(r"(?:{label}\.)*{last}\.?");
    format!(r" *(?:{octet}(?:\.{octet}){{3}}|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|{name}) *")
}

/// What may be asked through a tunnel. Of an IPv6 address the characters are known, not their order.
fn target() -> String {
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    let (v4, v6) = (format!(r"{octet}(?:\.{octet}){{3}}"), "[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*");
    let port = "0*(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})";
    format!(r"(?:{v4}|{v6}|tcp://(?:{v4}|\[{v6}\]):{port})")
}

/// A number for each SEGW as one string.
fn each() -> String {
    let one = "0*(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]?)";
    format!("^[ ,]*(?:{one}(?:[ ,]+{one}){{0,{}}}[ ,]*)?$", SEGW_CAP - 1)
}

/// A window of a failback. That it does not end when it begins cannot be told.
fn window() -> String {
    let day = "(?:[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])";
    let time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]";
    format!("(?:{day}(?:-{day})? +)?{time}-(?:{time}|24:00)")
}

fn definitions() -> Value {
    let (always, window) = ("[Aa][Ll][Ww][Aa][Yy][Ss]", window());
    let plain = r#"[!#-+\--\[\]-z|~]"#;
    let commas = |item: &str| json!({ "type": ["string", "array"], "pattern": listed(item, 1, LIST_CAP), "minItems": 1, "maxItems": LIST_CAP });
    let with = |mut schema: Value, key: &str, value: Value| {
        schema[key] = value;
        schema
    };
    json!({
        "text": { "type": "string", "pattern": r"^[^\u0000-\u001f\u007f]+$" },
        "pem": { "type": "string", "pattern": r"^[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]+$" },
        "name": { "type": "string", "pattern": format!("^{plain}{{1,{}}}$", NAME_CAP - 1) },
        "segw": { "type": "string", "pattern": format!("^{}$", segw()) },
        "list": with(commas(ITEM), "items", text_of(Rule::Free)),
        "segws": with(commas(&segw()), "items", text_of(Rule::Segw)),
        "targets": with(commas(&format!(" *{} *", target())), "items", json!({ "type": "string", "pattern": format!("^{}$", target()) })),
        "each": { "type": ["string", "array"], "pattern": each(), "items": { "type": "integer", "minimum": 1, "maximum": 255 }, "minItems": 1, "maxItems": SEGW_CAP },
        "windows": {
            "type": ["string", "array"],
            "pattern": format!("^(?: *{always} *| *{window} *(?:, *{window} *){{0,3}})$"),
            "minItems": 1,
            "maxItems": 4,
            "items": { "type": "string", "pattern": format!("^(?:{always}|{window})$") }
        },
        "label": { "type": ["string", "integer"], "pattern": r"^[^\u0000-\u001f\u007f]+$", "minimum": 0, "maximum": u32::MAX },
    })
}

/// A time as a number, or as a string with its unit, whose bounds JSON Schema cannot tell.
fn timed(least: u32, most: u32, units: &str) -> Value {
    json!({ "type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": format!("^[0-9]+(?:{units})$") })
}

/// The same, and 0 where it has a meaning of its own.
fn milliseconds(bounds: Bounds) -> Value {
    let mut schema = timed(if bounds.or_zero { 0 } else { bounds.least }, bounds.most, "ms|s|m|h|d");
    if bounds.or_zero {
        schema["not"] = json!({ "type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": bounds.least });
    }
    schema
}

/// What one key's value must be.
fn value(kind: Kind, path: &str, reference: &Reference) -> Value {
    let words = |words: Vec<&str>| json!({ "enum": words });
    match kind {
        Kind::Text(rule, _) => text_of(rule),
        Kind::Texts(Rule::Segw, _) => json!({ "$ref": "#/$defs/segws" }),
        Kind::Texts(..) => json!({ "$ref": "#/$defs/list" }),
        Kind::Several(rule, _) => json!({
            "anyOf": [text_of(rule), { "type": "array", "items": text_of(rule), "minItems": 1, "maxItems": LIST_CAP }]
        }),
        Kind::Label(_) => json!({ "$ref": "#/$defs/label" }),
        Kind::Flag(_) => json!({ "type": "boolean" }),
        Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Only(only, _) => json!({ "const": only }),
        Kind::Seconds(most, _) => timed(0, most, "s|m|h|d"),
        Kind::Milliseconds(bounds, _) => milliseconds(bounds),
        Kind::Large(_) => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
        Kind::Dscp(_) => json!({ "type": "string", "pattern": "^[01]{6}$" }),
        Kind::Word(list, _) => words(list.iter().map(|(word, _)| *word).collect()),
        Kind::Choice(list) => words(list.iter().map(|(word, _)| *word).collect()),
        Kind::Targets => json!({ "$ref": "#/$defs/targets" }),
        Kind::Each(_) => json!({ "$ref": "#/$defs/each" }),
        Kind::Windows => json!({ "$ref": "#/$defs/windows" }),
        Kind::Object(keys) | Kind::Policy(keys, _) => object(keys, &format!("{path}."), reference),
        Kind::Children(keys) => {
            let child = object(keys, &format!("{path}[]."), reference);
            json!({ "type": "array", "minItems": 1, "maxItems": CHILD_CAP, "items": child })
        }
    }
}

fn object(keys: &[Key], prefix: &str, reference: &Reference) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let path = format!("{prefix}{}", key.name);
        let mut property = Map::new();
        if let Some(text) = reference.get(&path) {
            property.insert("description".to_owned(), text.clone().into());
        }
        let Value::Object(value) = value(key.kind, &path, reference) else { panic!("{path}") };
        property.extend(value);
        properties.insert(key.name.to_owned(), property.into());
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// What stands at a path is there and as `what` says.
fn at(path: &[&str], what: Value) -> Value {
    path.iter().rev().fold(what, |inner, key| json!({ "properties": { *key: inner }, "required": [key] }))
}

/// What stands at a path, if it does, is as `what` says.
fn if_at(path: &[&str], what: Value) -> Value {
    path.iter().rev().fold(what, |inner, key| json!({ "properties": { *key: inner } }))
}

fn never(key: &str) -> Value {
    json!({ "properties": { key: { "not": {} } } })
}

/// The rules between keys, those of `src/config/rules.rs` that JSON Schema can say, in their order.
fn rules() -> Value {
    let method = |side: &str, words: &[&str]| at(&[side, "auth"], json!({ "enum": words }));
    let has = |side: &str, key: &str| at(&[side, key], json!({}));
    let when = |condition: Value, then: Value| json!({ "if": condition, "then": then });
    let signs = method("local_auth", &["pubkey", "cert"]);
    let mut rules = vec![
        when(
            json!({ "anyOf": [method("local_auth", &["psk"]), method("remote_auth", &["psk"])] }),
            json!({ "anyOf": [has("local_auth", "secret"), has("remote_auth", "secret")] }),
        ),
        when(method("local_auth", &["eap-mschapv2"]), has("local_auth", "secret")),
        when(signs, if_at(&["local_auth"], never("secret"))),
        if_at(&["local_auth", "id"], json!({ "maxItems": 1 })),
    ];
    // One identity for each SEGW.
    rules.extend((2..=LIST_CAP).map(|count| {
        let ids = json!({ "type": "array", "minItems": count, "maxItems": count });
        let segws =
            json!({ "minItems": count, "maxItems": count, "pattern": format!("^(?:[^,]*,){{{}}}[^,]*$", count - 1) });
        when(at(&["remote_auth", "id"], ids), at(&["ike_cfg", "remote_addrs"], segws))
    }));
    // One key or certificate for each SEGW.
    for key in ["secret", "cert"] {
        rules.extend((2..=LIST_CAP).map(|count| {
            let each = json!({ "type": "array", "minItems": count, "maxItems": count });
            let segws = json!({ "minItems": count, "maxItems": count, "pattern": format!("^(?:[^,]*,){{{}}}[^,]*$", count - 1) });
            when(at(&["remote_auth", key], each), at(&["ike_cfg", "remote_addrs"], segws))
        }));
    }
    rules.extend((2..=LIST_CAP).map(|count| {
        let each = json!({ "type": "array", "minItems": count, "maxItems": count });
        when(at(&["remote_auth", "secret"], each.clone()), at(&["remote_auth", "id"], each))
    }));
    let several = at(&["remote_auth", "secret"], json!({ "type": "array", "minItems": 2 }));
    rules.extend([
        when(json!({ "allOf": [several, method("local_auth", &["psk"])] }), if_at(&["local_auth"], never("secret"))),
        json!({ "dependentRequired": { "ppk_secret": ["ppk_id"] } }),
        when(at(&["ppk_required"], json!({ "const": true })), json!({ "required": ["ppk_id"] })),
    ]);
    rules.extend([
        when(
            method("local_auth", &["pubkey", "cert", "eap-tls"]),
            at(&["local_auth"], json!({ "required": ["cert", "private_key"] })),
        ),
        when(
            at(&["ike_cfg", "aggressive"], json!({ "const": true })),
            at(&["ike_cfg", "version"], json!({ "const": 1 })),
        ),
        when(
            at(&["failover", "standby"], json!({ "const": "ike" })),
            if_at(&["ike_cfg", "version"], json!({ "not": { "const": 1 } })),
        ),
        if_at(&["local_auth"], json!({ "dependentRequired": { "private_key_passphrase": ["private_key"] } })),
        if_at(&["remote_auth"], never("private_key_passphrase")),
        if_at(&["remote_auth"], never("private_key")),
        when(method("local_auth", &["psk"]), if_at(&["local_auth"], never("cert"))),
        when(method("remote_auth", &["psk"]), if_at(&["remote_auth"], never("cert"))),
        if_at(&["children"], json!({ "items": { "not": { "required": ["esp_proposals", "ah_proposals"] } } })),
    ]);
    rules.into()
}

fn fresh() -> Value {
    let mut connection = object(CONNECTION, "", &reference());
    connection["allOf"] = rules();
    let mut definitions = definitions();
    definitions["connection"] = connection;
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The argument of APPLY_CONFIG",
        "description": "Keys, defaults and rules as in PROTOCOL.md. Where it cannot know, the parser refuses more: values \
            that are compared (limits, secrets, lifetimes), the same thing twice, what an address means, text in all. What is \
            found in charon is refused when it is applied: proposals, traffic selectors, vips, marks, if_id_in and \
            if_id_out, identities, secrets after 0x and 0s, certificates, keys and their files, local_port; what goes with a \
            method (certificates, eap_id, revocation) or with a version of IKE; what charon's build or plugins lack.",
        "type": "object",
        "if": { "required": ["connections"] },
        "then": {
            "properties": {
                "connections": {
                    "type": "array", "minItems": 1, "maxItems": CONNECTION_CAP, "items": { "$ref": "#/$defs/connection" }
                }
            },
            "additionalProperties": false
        },
        "else": { "$ref": "#/$defs/connection" },
        "$defs": definitions
    })
}

#[test]
fn the_committed_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let fresh = serde_json::to_string_pretty(&fresh()).expect("JSON") + "\n";
    if std::env::var_os("SEGW_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect(FILE);
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "{FILE} differs from the table of keys or the reference; run: tests/run rust --bless");
}

// ---- whether it is of the parser's opinion ----

struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("mem:///schema.json", fresh()).expect("a resource");
        let index = compiler.compile("mem:///schema.json", &mut schemas).expect("a schema");
        Self { schemas, index }
    }

    fn accepts(&self, text: &str) -> bool {
        serde_json::from_str(text).is_ok_and(|json: Value| self.schemas.validate(&json, self.index).is_ok())
    }

    /// What the schema and the parser do not agree on, and why it cannot be otherwise.
    fn compare(&self, text: &str) -> Result<Option<Why>, String> {
        match (read(text, 0), self.accepts(text)) {
            (Ok(_), true) => Ok(None),
            (Err(refusal), true) => {
                why(&refusal.message).map(Some).ok_or_else(|| format!("only the parser: {refusal:?}"))
            }
            (Ok(_), false) => {
                let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
                Err(format!(
                    "only the schema: {:?}",
                    self.schemas.validate(&json, self.index).map_err(|error| format!("{error:#}"))
                ))
            }
            (Err(_), false) => Ok(None),
        }
    }
}

thread_local! {
    /// Compiled once for all random texts of a test.
    static JUDGE: Judge = Judge::new();
}

/// Why the schema cannot know what is refused with this message.
fn why(message: &str) -> Option<Why> {
    let rows = [
        ("lower than what it limits", Why::Compared),
        ("higher than its limit", Why::Compared),
        ("before it is rekeyed", Why::Compared),
        ("more than that time", Why::Compared),
        ("same pre-shared key", Why::Compared),
        ("stands here twice", Why::Twice),
        ("used twice", Why::Twice),
        ("in the list already", Why::Twice),
        ("are not escaped", Why::Spelled),
        ("whole number", Why::Spelled),
        ("expected one of", Why::Spelled),
        ("with its unit", Why::Spelled),
        ("six binary digits", Why::Spelled),
        ("unknown key", Why::Spelled),
        ("expected a number of", Why::Compared),
        ("neither an IPv4", Why::Address),
        ("neither an address", Why::Address),
        ("stands by itself", Why::Address),
        ("of wildcards", Why::Address),
        ("a prefix of at most", Why::Address),
        ("a range is from", Why::Address),
        ("cannot be dialled", Why::Address),
        ("expected an address to ping", Why::Address),
        ("no address of a single host", Why::Address),
        ("stands there twice", Why::Twice),
        ("too many targets", Why::Room),
        ("one number for each of remote_addrs", Why::Compared),
        ("this needs", Why::Compared),
        ("expected a number from 1 to 255 for each", Why::Spelled),
        ("at most 127", Why::Address),
        ("too much text", Why::Room),
        ("ends when it begins", Why::Compared),
        ("stands alone", Why::Twice),
        ("too large", Why::Double),
        ("empty", Why::Blank),
    ];
    rows.iter().find(|(part, _)| message.contains(part)).map(|(_, why)| *why)
}

#[test]
fn of_the_cases() {
    let judge = Judge::new();
    let mut seen = BTreeSet::new();
    for (old, new, _, _, message, schema) in REFUSED {
        let text = GOOD.replacen(old, new, 1);
        assert_eq!(judge.accepts(&text), *schema != Schema::Refuses, "{text}");
        if let Schema::Blind(why) = schema {
            assert!(matches!(judge.compare(&text), Ok(Some(_))), "{message}: no reason is known");
            seen.insert(*why);
        }
        let batch = format!("{{\"connections\":[{GOOD},{text}]}}");
        assert_eq!(judge.accepts(&batch), *schema != Schema::Refuses, "{batch}");
    }
    assert_eq!(seen.len(), 6, "each reason has its case; that of the room is below");
    for (old, new) in ACCEPTED {
        let text = GOOD.replacen(old, new, 1);
        assert_eq!(judge.compare(&text), Ok(None), "{text}");
    }
    for text in
        ["[]", "7", "null", "{}", r#"{"connections":{}}"#, r#"{"connections":[]}"#, r#"{"connections":[],"name":"x"}"#]
    {
        assert!(!judge.accepts(text) && read(text, 0).is_err(), "{text}");
    }
    assert!(judge.accepts(GOOD) && judge.accepts(SIGNED));
    let long = put(GOOD, "children[].updown", &format!("\"{}\"", "x".repeat(8192))).unwrap();
    assert_eq!(judge.compare(&long), Ok(Some(Why::Room)));
}

/// Every key at and beyond its bounds.
#[test]
fn of_every_bound() {
    let judge = Judge::new();
    let mut leaves = Vec::new();
    collect(CONNECTION, "", &mut leaves);
    for (path, kind) in leaves {
        let numbers = |least: u64, most: u64| {
            let below = if least == 0 { "-1".to_owned() } else { (least - 1).to_string() };
            vec![below, least.to_string(), most.to_string(), (u128::from(most) + 1).to_string()]
        };
        let times = |mut numbers: Vec<String>| {
            let units =
                ["30s", "2m", "4h", "1d", "500ms", "99999999999999999999d", "0s", "5", "s", "1.5h", "-1s", "1w"];
            numbers.extend(units.map(|time| format!("\"{time}\"")));
            numbers
        };
        let words = |words: Vec<&str>| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>();
        let mut values = match kind {
            Kind::Number(least, most, _) | Kind::Tunable(least, most, _) => numbers(least.into(), most.into()),
            Kind::Only(only, _) => numbers(only.into(), only.into()),
            Kind::Seconds(most, _) => times(numbers(0, most.into())),
            Kind::Milliseconds(bounds, _) => {
                let mut values = times(numbers(bounds.least.into(), bounds.most.into()));
                values.extend(["0", "1"].map(str::to_owned));
                values
            }
            Kind::Large(_) => numbers(0, u64::MAX),
            Kind::Label(_) => numbers(0, u32::MAX.into()),
            Kind::Word(list, _) => words(list.iter().map(|(word, _)| *word).collect()),
            Kind::Choice(list) => words(list.iter().map(|(word, _)| *word).collect()),
            _ => Vec::new(),
        };
        let eight = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|item| format!("\"{item}\""));
        values.push(format!("[{}]", eight.join(",")));
        values.push(format!("[{},\"i\"]", eight.join(",")));
        values.extend(
            [
                "\"x\"",
                "\"\"",
                "\"a,b\"",
                "\"a,,b\"",
                "[\"\"]",
                "[]",
                "{}",
                "null",
                "true",
                "\"000000\"",
                "\"00000\"",
                "\"a\\u0001\"",
            ]
            .map(str::to_owned),
        );
        for base in [GOOD, SIGNED] {
            for value in &values {
                let text = put(base, &path, value).unwrap();
                assert!(judge.compare(&text).is_ok(), "{path}: {value}: {:?}", judge.compare(&text));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_one_key(text in variation(1)) {
        let opinion = JUDGE.with(|judge| judge.compare(&text));
        prop_assert!(opinion.is_ok(), "{text}: {opinion:?}");
    }

    #[test]
    fn of_many_keys(text in variation(2..8)) {
        let opinion = JUDGE.with(|judge| judge.compare(&text));
        prop_assert!(opinion.is_ok(), "{text}: {opinion:?}");
    }
}
