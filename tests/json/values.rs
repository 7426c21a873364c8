//! What the core took out of a configuration, and what serde_json reads in the same text, both as JSON along the table of
//! keys: two readers that must say the same.

use segw::config::model::{Config, Text, TextList};
use segw::config::schema::{CONNECTION, Draft, Field, Key, Kind};
use segw::policy::Policy;
use serde_json::{Map, Value};

/// Every value of a configuration that was read, and every span of its text.
pub struct Taken {
    pub values: Value,
    pub spans: Vec<Text>,
}

impl Taken {
    pub fn new(config: &Config, policy: Policy) -> Self {
        let (mut config, mut policy) = (config.clone(), policy);
        let mut spans = Vec::new();
        let mut draft = Draft { config: &mut config, policy: &mut policy, child: 0 };
        let values = taken(CONNECTION, &mut draft, &mut spans);
        Self { values, spans }
    }
}

fn copy<T: Copy>(draft: &mut Draft, field: Field<T>) -> T {
    *field(draft).expect("every key has its field")
}

fn one(draft: &mut Draft, field: Field<Text>, spans: &mut Vec<Text>) -> Value {
    let text = copy(draft, field);
    if text.len == 0 {
        return Value::Null;
    }
    spans.push(text);
    draft.config.text(text).into()
}

fn list(draft: &mut Draft, field: Field<TextList>, spans: &mut Vec<Text>) -> Value {
    let list = copy(draft, field);
    spans.extend(list.items.iter().take(list.len as usize));
    draft.config.texts(&list).collect()
}

fn taken(keys: &[Key], draft: &mut Draft, spans: &mut Vec<Text>) -> Value {
    let mut values = Map::new();
    for key in keys {
        let value = match key.kind {
            Kind::Text(_, field) | Kind::Label(field) => one(draft, field, spans),
            Kind::Texts(_, field) | Kind::Several(_, field) => list(draft, field, spans),
            Kind::Flag(field) => (copy(draft, field) != 0).into(),
            Kind::Number(.., field) | Kind::Seconds(_, field) | Kind::Dscp(field) | Kind::Word(_, Some(field)) => {
                copy(draft, field).into()
            }
            Kind::Large(field) => copy(draft, field).into(),
            Kind::Tunable(.., field) | Kind::Milliseconds(.., field) => (*field(draft.policy)).into(),
            Kind::Only(only, _) => only.into(),
            Kind::Word(_, None) => Value::Null,
            Kind::Choice(words) => {
                // The word that would change nothing.
                let means = |choose: fn(&mut Policy)| {
                    let mut policy = *draft.policy;
                    choose(&mut policy);
                    policy == *draft.policy
                };
                words.iter().find(|(_, choose)| means(*choose)).map(|(word, _)| *word).into()
            }
            Kind::Targets => draft.policy.probe.targets.iter().collect(),
            Kind::Each(field) => field(draft.policy).iter().collect(),
            Kind::Windows => draft.policy.failback_window.to_string().split(", ").collect(),
            Kind::Object(keys) | Kind::Policy(keys, _) => taken(keys, draft, spans),
            Kind::Children(keys) => (0..draft.config.children_len as usize)
                .map(|child| {
                    draft.child = child;
                    taken(keys, draft, spans)
                })
                .collect(),
        };
        values.insert(key.name.to_owned(), value);
    }
    values.into()
}

/// Whether a difference has to be.
pub fn is_intended(difference: &str, config: &Config) -> bool {
    // Two keys are one value, and the one that stands later in the text counts.
    let two_keys = ["mobike: ", "ike_cfg.mobike: "].iter().any(|path| difference.starts_with(path));
    // With IKEv1 charon's DPD leaves the asking to the liveness checks.
    let left_alone = config.version == 1 && config.dpd_delay_s == 0 && difference.starts_with("dpd.delay: ");
    two_keys || left_alone
}

/// The path, what the core took and what serde_json reads where the two differ.
pub fn differences(json: &Value, taken: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(CONNECTION, "", json, taken, &mut found);
    found
}

fn compare(keys: &[Key], prefix: &str, json: &Value, taken: &Value, found: &mut Vec<String>) {
    for key in keys {
        let (path, taken) = (format!("{prefix}{}", key.name), &taken[key.name]);
        let Some(json) = json.get(key.name) else { continue };
        match key.kind {
            Kind::Object(keys) | Kind::Policy(keys, _) => compare(keys, &format!("{path}."), json, taken, found),
            Kind::Children(keys) => {
                let (json, taken) = (json.as_array(), taken.as_array());
                let pairs = json.into_iter().flatten().zip(taken.into_iter().flatten());
                for (index, (json, taken)) in pairs.enumerate() {
                    compare(keys, &format!("{path}[{index}]."), json, taken, found);
                }
                if json.map(Vec::len) != taken.map(Vec::len) {
                    found.push(format!("{path}: another number of items"));
                }
            }
            kind => {
                let read = meaning(kind, json);
                if read != *taken {
                    found.push(format!("{path}: serde_json reads {read}, the core {taken}"));
                }
            }
        }
    }
}

/// A time with its unit, counted in so many milliseconds.
fn counted(time: &str, unit: u64) -> Option<u64> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    units.iter().find_map(|(name, factor)| Some(time.strip_suffix(name)?.parse::<u64>().ok()? * factor / unit))
}

/// What a value means, as the table of keys has it.
fn meaning(kind: Kind, json: &Value) -> Value {
    match (kind, json) {
        (Kind::Texts(..) | Kind::Targets, Value::String(text)) => text.split(',').map(str::trim).collect(),
        (Kind::Each(_), Value::String(text)) => {
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            words.map(|word| word.parse::<u32>().ok()).collect::<Option<Vec<_>>>().into()
        }
        (Kind::Windows, json) => {
            let text = match json {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
                json => json.as_str().unwrap_or_default().to_owned(),
            };
            text.split(',').map(|window| window.trim().to_lowercase()).collect()
        }
        (Kind::Several(..), Value::String(text)) => [text.as_str()].into_iter().collect(),
        (Kind::Label(_), Value::Number(number)) => number.to_string().into(),
        (Kind::Seconds(..), Value::String(time)) => counted(time, 1_000).into(),
        (Kind::Milliseconds(..), Value::String(time)) => counted(time, 1).into(),
        (Kind::Dscp(_), Value::String(bits)) => u32::from_str_radix(bits, 2).ok().into(),
        (Kind::Word(_, None), _) => Value::Null,
        (Kind::Word(words, _), Value::String(text)) => {
            words.iter().find(|(word, _)| word == text).map(|(_, number)| *number).into()
        }
        (_, json) => json.clone(),
    }
}
