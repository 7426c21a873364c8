//! What a configuration says: the core takes what serde_json reads in the same text.

use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use segw::config::schema::CONNECTION;
use serde_json::Value;

use crate::cases::{ACCEPTED, GOOD};
use crate::read;
use crate::texts::{collect, put, variation};
use crate::values::{Taken, differences, is_intended};

fn unintended(text: &str) -> Vec<String> {
    let Ok((config, policy)) = read(text, 0) else { return Vec::new() };
    let json: Value = serde_json::from_str(text).expect("accepted, so it is JSON");
    let taken = Taken::new(&config, policy);
    for span in &taken.spans {
        let end = usize::from(span.offset) + usize::from(span.len);
        assert_eq!(config.text.get(end), Some(&0), "C reads on behind {span:?}: {text}");
    }
    let mut found = differences(&json, &taken.values);
    found.retain(|difference| !is_intended(difference, &config));
    found
}

#[test]
fn of_the_cases() {
    for (old, new) in ACCEPTED {
        let text = GOOD.replacen(old, new, 1);
        assert_eq!(unintended(&text), Vec::<String>::new(), "{text}");
    }
}

/// The comparison reaches every key: a value that the core did not take would be seen.
#[test]
fn of_every_key() {
    let (config, policy) = read(GOOD, 0).unwrap();
    let taken = Taken::new(&config, policy).values;
    let mut leaves = Vec::new();
    collect(CONNECTION, "", &mut leaves);
    for (path, _) in leaves.iter().filter(|(path, _)| !path.ends_with("_action") || path.ends_with("start_action")) {
        let text = put(GOOD, path, "\"something else\"").unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let found = differences(&json, &taken);
        assert!(found.iter().any(|difference| difference.starts_with(&path.replace("[]", "[0]"))), "{path}: {found:?}");
    }
}

/// Texts that nobody accepts would prove nothing.
#[test]
fn random_texts_are_right_and_wrong() {
    let mut runner = TestRunner::deterministic();
    let mut accepted = |keys| {
        let texts = variation(keys);
        (0..300).filter(|_| read(&texts.new_tree(&mut runner).unwrap().current(), 0).is_ok()).count()
    };
    let (one, many) = (accepted(1..2), accepted(2..8));
    assert!((100..290).contains(&one) && (20..200).contains(&many), "of 300 texts {one} and {many} are accepted");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_one_key(text in variation(1)) {
        let found = unintended(&text);
        prop_assert!(found.is_empty(), "{text}: {found:#?}");
    }

    #[test]
    fn of_many_keys(text in variation(2..8)) {
        let found = unintended(&text);
        prop_assert!(found.is_empty(), "{text}: {found:#?}");
    }
}
