//! The wire: what clients say and what they are told. Values and strings are serde-json-core's; what it leaves open,
//! because it keeps no positions, is ours: cutting requests out of a stream, and the place of an error.

pub mod command;
pub mod config;
pub mod event;
pub mod frame;
pub mod keys;
mod node;
pub mod place;
pub mod refusal;
pub mod reply;
pub mod walk;
