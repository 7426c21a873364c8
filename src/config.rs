//! The configuration of a connection: what C gets of it, the table of keys that it is written in, and its reading.

pub mod model;
#[cfg(feature = "json")]
pub mod read;
#[cfg(feature = "json")]
pub mod rules;
pub mod schema;
