//! The reader of configurations against two others: serde_json reads the same in the same text, and the JSON Schema that
//! is made from the same table of keys accepts the same texts. Where they differ by intention, the difference has a name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod cases;
mod reading;
mod refusals;
mod schema;
mod swanctl;
mod syntax;
mod texts;
mod values;

use segw::config::model::Config;
use segw::config::read::Connections;
use segw::policy::Policy;
use segw::refusal::Refusal;

/// Where the text stands in its request.
const BASE: usize = 100;

/// Connection `wanted` of a configuration.
fn read(text: &str, wanted: usize) -> Result<(Config, Policy), Refusal> {
    let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
    let (mut connections, count) = Connections::check(text.as_bytes(), BASE, &mut config, &mut policy, &mut |_| ())?;
    assert!(wanted < count, "there are {count}");
    for _ in 0..=wanted {
        assert!(connections.read(&mut config, &mut policy), "it was checked");
    }
    Ok((config, policy))
}
