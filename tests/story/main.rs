//! What may happen to a connection in an unlucky order, told step by step: an IKE_SA lost or to be ended while it is rekeyed,
//! charon's own dials beside ours, old failures, and configurations and lists that change under a tunnel that is up.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)]

mod children;
mod data;
mod drill;
mod hints;
mod inbound;
mod lab;
mod laid_down;
mod lists;
mod order;
mod reach;
mod rekeying;
mod restart;
mod rounds;
mod spares;
mod standby;
mod steer;
mod telling;
mod windows;
