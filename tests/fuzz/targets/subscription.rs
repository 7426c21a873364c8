//! `SUBSCRIBE`: a filter means what serde_json reads in its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segw::engine::Name;
use segw::wire::event::{EventKind, Subject};
use segw::wire::filter::Filter;
use segw::wire::request::{Request, Verb};
use serde_json::Value;

fn listed(value: &Value, key: &str, word: &str) -> Option<bool> {
    let list = value.get(key)?.as_array().expect("a list");
    Some(list.iter().any(|item| item == word))
}

fuzz_target!(|bytes: &[u8]| {
    let Some(request) = Request::split(bytes) else { return };
    if request.verb != Verb::Subscribe {
        return;
    }
    let filter = match Filter::read(&request) {
        Ok(filter) => filter,
        Err(refusal) => {
            assert!(!refusal.message.is_empty());
            assert!(refusal.offset.is_none_or(|at| at <= bytes.len()), "outside the request");
            return;
        }
    };
    let value: Value = serde_json::from_slice(request.argument).expect("accepted, so it is JSON");
    let names: Vec<&str> =
        value.get("connections").into_iter().flat_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
    for kind in EventKind::ALL {
        for name in names.iter().copied().take(2).chain(["vpn", "b"]) {
            let told = listed(&value, "events", kind.name()).unwrap_or(true);
            let ours = names.is_empty() || names.contains(&name);
            let always = matches!(kind, EventKind::Missed | EventKind::TableFull);
            let subject = Subject { kind: *kind, connection: Name::try_from(name).expect("a name that was accepted") };
            assert_eq!(filter.wants(&subject), always || (told && ours), "{subject:?}");
        }
    }
});
