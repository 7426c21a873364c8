//! The Rust example runs, and does what it says. (The C one: `tests/run docs`.)
#![cfg(feature = "json")]
#![allow(dead_code)]

#[path = "../examples/thread.rs"]
mod thread;

use thread::Order;

#[test]
fn the_engine_on_a_thread_moves_to_the_second_segw() {
    let orders = thread::run();
    let dialled: Vec<&str> = orders
        .iter()
        .filter_map(|order| match order {
            Order::Dial { address, .. } => Some(address.as_str()),
            Order::Terminate(_) => None,
        })
        .collect();
    assert_eq!(dialled, ["192.0.2.1", "192.0.2.2"]);
}
