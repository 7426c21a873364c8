//! Automatic failover between IPsec security gateways (SEGWs): the decision core behind the strongSwan plugin
//! `extsock`, for any C or Rust program that keeps a connection to one of several gateways.
//!
//! The core does no I/O, reads no clock, owns no thread, allocates nothing. Three inputs are calls, two outputs are
//! polled:
//!
//! ```text
//!  bytes of a client ──▶ Engine::command ──┐                          ┌──▶ next_action: dial, terminate, probe
//!  charon's bus      ──▶ Engine::ike_event ┼─▶ failover::State::step ─┤
//!  the clock         ──▶ Engine::timeout ──┘   (State, Input, World)  └──▶ next_event: a line of JSON
//!                                               -> (State, Action)          poll_at: when to call timeout
//! ```
//!
//! An action's outcome comes back as an ordinary event of charon, so dialling needs no return path. The same seed and
//! the same inputs give the same outputs, byte for byte.
//!
//! Where to read: [`failover`] decides, [`ike`] tells loss from intent, [`engine`] holds the tables and ties both to
//! the clients' [`wire`]; [`config`] reads what a connection is; [`policy`] has the tunables, [`limits`] the capacities.
//! The C API is in [`capi`], its manual in `include/segw.h`.
//!
//! # Features
//!
//! - `capi` (default): the C API.
//! - `json` (default): requests, replies and events. Without it the library only guards connections that are adopted.
//! - `log` (default): diagnostics, in the facade of that name.
//! - `staticlib`: the panic handler that a C program's archive needs; not for Rust programs.
//!
//! Sizes are chosen by who builds it: variables like `SEGW_CONNECTIONS=1 SEGW_SEGWS=2`, see [`limits`].
//!
//! # The loop around it
//!
//! After every input the outputs are drained, then the timer is set:
//!
//! ```
//! use segw::{engine::{Action, Engine}, time::Instant};
//!
//! let mut engine = Engine::new(Instant(0), 42);
//! let request = br#"APPLY_CONFIG {"name":"vpn","ike_cfg":{"remote_addrs":"10.0.0.1, 10.0.0.2"},
//!     "local_auth":{"auth":"psk","secret":"example only"},"remote_auth":{"auth":"psk"},
//!     "children":[{"name":"net","start_action":"start"}]}"#;
//! let mut reply = [0; 512];
//! let answer = engine.command(Instant(0), request, &mut reply).unwrap();
//! assert!(answer.ok);
//!
//! let mut done = Vec::new();
//! while let Ok(action) = engine.next_action() {
//!     match action {
//!         Action::Initiate { connection, addr, .. } => done.push(format!("dial {} for {connection}", addr.to_text())),
//!         Action::Terminate { unique_id } => done.push(format!("end IKE_SA {unique_id}")),
//!         _ => (),
//!     }
//! }
//! let mut line = [0; segw::limits::EVENT_CAP];
//! while let Ok(len) = engine.next_event(&mut line) {
//!     print!("{}", String::from_utf8_lossy(&line[..len]));
//! }
//! assert_eq!(done, ["dial 10.0.0.1 for vpn"]);
//! // Call Engine::timeout then.
//! assert_eq!(engine.poll_at(), Ok(Instant(4_000)));
//! ```
//!
//! # The engine on a thread of its own
//!
//! ```no_run
#![cfg_attr(feature = "json", doc = include_str!("../examples/thread.rs"))]
//! ```
//!
//! # A whole failover in C
//!
//! ```c
#![doc = include_str!("../examples/failover.c")]
//! ```
#![no_std]

#[cfg(test)]
extern crate std;

/// A line of diagnostics, as the macros of the `log` crate; nothing at all without the feature `log`.
macro_rules! log {
    ($level:ident, $($part:tt)+) => {
        if cfg!(feature = "log") && $crate::diagnosis::level::$level <= ::log::max_level() {
            $crate::diagnosis::tell($crate::diagnosis::level::$level, module_path!(), format_args!($($part)+));
        }
    };
}

#[macro_use]
mod named;

#[cfg(feature = "capi")]
pub mod abi;
pub mod addr;
mod answers;
mod backoff;
pub mod bounds;
#[cfg(feature = "capi")]
pub mod capi;
pub mod cause;
mod chains;
pub mod charon;
pub mod children;
#[cfg(not(fuzzing))]
mod clock;
/// Public with it.
#[cfg(fuzzing)]
pub mod clock;
#[cfg(feature = "json")]
pub mod config;
mod connection;
mod data_plane;
mod deadlines;
#[cfg(feature = "json")]
pub mod detail;
mod diagnosis;
pub mod engine;
pub mod error;
pub mod failover;
mod hash;
pub mod hint;
#[cfg(feature = "json")]
mod history;
pub mod ike;
mod ike_table;
#[cfg(feature = "json")]
mod json;
pub mod limits;
mod liveness;
#[cfg(all(feature = "json", not(fuzzing)))]
mod memory;
/// Public where it is fuzzed: it reads what may have become of a file.
#[cfg(all(feature = "json", fuzzing))]
pub mod memory;
mod nearest;
#[cfg(feature = "json")]
mod not_guarded;
pub mod order;
#[cfg(feature = "json")]
pub mod outside;
#[cfg(feature = "staticlib")]
mod panic;
pub mod policy;
mod rand;
pub mod ranks;
pub mod reach;
pub mod refusal;
pub mod segw;
mod silence;
#[cfg(all(feature = "capi", feature = "log"))]
mod sink;
#[cfg(feature = "json")]
mod span;
mod standby;
pub mod time;
pub mod unit;
pub mod wire;

/// Version of the library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Number of the C API; grows whenever a C program must be compiled anew.
pub const ABI: u32 = 1;
