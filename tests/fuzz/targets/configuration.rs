//! Configurations: what is accepted means what serde_json reads in the same text, and is safe to hand to C; what is
//! refused is refused at a place in the request, without repeating its values.
#![no_main]

#[path = "../../json/values.rs"]
mod values;

use libfuzzer_sys::fuzz_target;
use segw::config::model::Config;
use segw::config::read::Connections;
use segw::policy::Policy;
use segw::refusal::Refusal;
use serde_json::Value;
use values::{Taken, differences, is_intended};

/// Where the text stands in its request.
const BASE: usize = 13;

/// What a refusal says by itself: a value that is in here tells nothing when it is repeated.
const SAID: [&str; 8] = [
    include_str!("../../../src/addr.rs"),
    include_str!("../../../src/config/schema.rs"),
    include_str!("../../../src/config/read/value.rs"),
    include_str!("../../../src/config/read.rs"),
    include_str!("../../../src/config/rules.rs"),
    include_str!("../../../src/json.rs"),
    include_str!("../../../src/policy/setting.rs"),
    include_str!("../../../ports/strongswan/PROTOCOL.md"),
];

fn accepted<'t>(text: &'t [u8], mut connections: Connections<'t>, names: &[&str]) {
    let json: Value = serde_json::from_slice(text).expect("accepted, so it is JSON");
    let batch = json.get("connections").and_then(Value::as_array);
    assert_eq!(batch.map_or(1, Vec::len), names.len());
    let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
    for (wanted, name) in names.iter().enumerate() {
        // All that C keeps of it.
        connections = Connections::from(text, connections.at());
        let here = connections;
        assert!(connections.read(&mut config, &mut policy), "it was checked before");
        let named: String = serde_json::from_str(&format!("\"{name}\"")).expect("a string");
        assert_eq!(config.text(config.name), named);
        let taken = Taken::new(&config, policy);
        let mut differences = differences(batch.map_or(&json, |list| &list[wanted]), &taken.values);
        differences.retain(|difference| !is_intended(difference, &config));
        assert!(differences.is_empty(), "{differences:#?}");
        let used = config.text_len as usize;
        assert!(used <= config.text.len() && config.text[used..].iter().all(|byte| *byte == 0));
        for span in taken.spans {
            let end = usize::from(span.offset) + usize::from(span.len);
            assert!(span.len > 0 && end < used, "{span:?} of {used} bytes");
            assert_eq!(config.text[end], 0, "no NUL after {span:?}");
            assert!(!config.text[usize::from(span.offset)..end].contains(&0), "a NUL within {span:?}");
        }
        assert_eq!(policy.inverted(), None);
        // What is left from another configuration does not shine through.
        let (mut other, mut tuned) = (config.clone(), policy);
        other.text.fill(0xff);
        assert!({ here }.read(&mut other, &mut tuned), "the same text");
        assert!(other == config && tuned == policy, "the same text, and not the same configuration");
    }
    assert!(!connections.read(&mut config, &mut policy), "one more than there is");
}

/// The strings and numbers of a text, each with whether it is a key.
fn tokens(text: &str) -> Vec<(bool, &str)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c.is_ascii_digit()) {
        rest = &rest[at..];
        let end = if rest.starts_with('"') {
            let mut escaped = false;
            let close = rest[1..].find(|c| {
                let end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                end
            });
            let end = close.map_or(rest.len(), |close| close + 1);
            let after = rest.get(end + 1..).unwrap_or_default();
            tokens.push((after.trim_start().starts_with(':'), &rest[1..end]));
            (end + 1).min(rest.len())
        } else {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            tokens.push((false, &rest[..end]));
            end
        };
        rest = &rest[end..];
    }
    tokens
}

fn refused(text: &[u8], refusal: &Refusal) {
    assert!(!refusal.message.is_empty());
    let at = refusal.offset.expect("every fault of a text has its place");
    assert!((BASE..=BASE + text.len()).contains(&at), "{at} is outside a request of {}", BASE + text.len());
    let Ok(text) = std::str::from_utf8(text) else { return };
    // An address is repeated, of addresses alone.
    if refusal.message.starts_with('"') {
        assert!(refusal.path.contains("remote_addrs"), "{refusal:?}");
        return;
    }
    let tokens = tokens(text);
    let is_key = |part: &str| tokens.iter().any(|(key, token)| *key && token.contains(part));
    let is_said = |part: &str| SAID.iter().any(|said| said.contains(part));
    for (_, value) in tokens.iter().filter(|(key, value)| !key && value.len() >= 5) {
        let known = value.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| is_said(word) || is_key(word));
        assert!(known || !refusal.message.contains(value), "{value:?} is repeated: {}", refusal.message);
        assert!(known || !refusal.path.contains(value), "{value:?} is repeated: {}", refusal.path);
    }
}

fuzz_target!(|text: &[u8]| {
    let (mut config, mut policy, mut names) = (Config::new(), Policy::DEFAULT, Vec::new());
    match Connections::check(text, BASE, &mut config, &mut policy, &mut |name| names.push(name)) {
        Ok((connections, count)) => {
            assert_eq!(names.len(), count);
            accepted(text, connections, &names);
        }
        Err(refusal) => refused(text, &refusal),
    }
    // A cursor of a caller's own making does no harm.
    let at = text.iter().fold(0, |sum, byte| (sum * 31 + usize::from(*byte)) % 65_521) % (text.len() + 2);
    Connections::from(text, at).read(&mut config, &mut policy);
});
