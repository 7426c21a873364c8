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
mod syntax;
mod texts;
mod values;

use segw::config::model::Config;
use segw::config::read;
use segw::policy::Policy;
use segw::refusal::Refusal;

/// Where the text stands in its request.
const BASE: usize = 100;

/// Connection `wanted` of a configuration.
fn read(text: &str, wanted: usize) -> Result<(Config, Policy), Refusal> {
    let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
    read::read(text.as_bytes(), BASE, wanted, &mut config, &mut policy).map(|_| (config, policy))
}
