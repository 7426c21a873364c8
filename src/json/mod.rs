//! The wire: what clients say and what they are told. Values are serde-json-core's; what it leaves open, because it keeps
//! no positions, is ours: cutting requests out of a stream, the place of an error, and all characters of a string.

pub mod command;
pub mod config;
pub mod escape;
pub mod event;
pub mod filter;
pub mod frame;
pub mod keys;
mod node;
pub mod place;
pub mod refusal;
pub mod reply;
pub mod walk;
pub mod whole;
