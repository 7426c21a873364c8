//! The configuration of a connection: what C gets of it, the table of keys that it is written in, and its reading.

pub mod model;
pub mod read;
pub mod rules;
pub mod schema;
