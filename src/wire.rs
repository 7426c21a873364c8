//! What clients say and what they are told: requests cut out of a byte stream, replies, events, subscriptions.

pub mod event;
#[cfg(feature = "json")]
pub(crate) mod explain;
#[cfg(feature = "json")]
pub mod filter;
#[cfg(feature = "json")]
pub mod frame;
#[cfg(feature = "json")]
pub(crate) mod next;
pub(crate) mod queue;
#[cfg(all(feature = "capi", feature = "json"))]
pub(crate) mod record;
#[cfg(feature = "json")]
pub(crate) mod reply;
#[cfg(feature = "json")]
pub mod request;
#[cfg(feature = "json")]
pub(crate) mod status;
#[cfg(feature = "json")]
pub(crate) mod text;
#[cfg(feature = "json")]
pub(crate) mod tunables;
