//! The wire: what clients say and what they are told. Values are serde-json-core's; what it leaves open, because it keeps
//! no positions, is ours: cutting requests out of a stream, the place of an error, and all characters of a string.

#[cfg(feature = "json")]
pub mod command;
pub mod config;
pub mod escape;
pub mod event;
#[cfg(feature = "json")]
pub mod filter;
#[cfg(feature = "json")]
pub mod frame;
pub mod keys;
#[cfg(feature = "json")]
mod node;
pub mod place;
pub mod refusal;
#[cfg(feature = "json")]
pub mod reply;
#[cfg(feature = "json")]
pub mod walk;
#[cfg(feature = "json")]
pub mod whole;
