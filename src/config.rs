//! The configuration of a connection: what C gets of it, the table of keys that it is written in, and its reading.

pub mod model;
pub mod read;
mod rules;
pub mod schema;
pub mod swanctl;
