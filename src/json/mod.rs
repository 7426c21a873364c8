//! The wire: what clients say and what they are told. By hand, because an error must name its place, which the readers of
//! JSON for machines like these do not keep, and because their generic code would be a fifth of the library.

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
pub mod line;
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
