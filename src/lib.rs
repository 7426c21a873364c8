//! wip
#![no_std]
#[cfg(test)]
extern crate std;
pub mod addr; pub mod backoff; pub mod charon; pub mod connection; pub mod engine; pub mod error; pub mod failover; pub mod history; pub mod ike; pub mod json; pub mod limits; pub mod policy; pub mod rand; pub mod segw; pub mod time;
/// v
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// abi
pub const ABI: u32 = 1;
