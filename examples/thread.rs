//! The engine on a thread of its own: what happens comes in through one channel, what is to be done goes out through
//! another. The IKE daemon is a thread that only pretends: of its two gateways the first dies while it carries the tunnel.
//!
//! `cargo run --example thread`
#![allow(clippy::arithmetic_side_effects, clippy::expect_used)]

use std::mem::MaybeUninit;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant as Clock};

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::ike::{Facts, IkeState};
use segw::policy::Policy;
use segw::time::Instant;

/// What the daemon tells.
enum News {
    Dialling { unique_id: u32, serial: u32 },
    State(u32, IkeState),
    Child(u32, bool),
    Alert(u32, Alert),
    End,
}

/// What the daemon is told to do.
#[derive(Debug, PartialEq)]
pub enum Order {
    /// With a new IKE_SA.
    Dial {
        /// The SEGW.
        address: String,
        /// To be quoted.
        serial: u32,
    },
    /// An IKE_SA.
    Terminate(u32),
}

const OURS: Facts = Facts { initiator: true, ..Facts::NONE };

/// Takes the news, hands out the orders, keeps the time.
fn engine(news: &Receiver<News>, orders: &Sender<Order>) {
    let origin = Clock::now();
    let now = || Instant(u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX));
    let mut place = Box::new(MaybeUninit::uninit());
    let engine = Engine::new_in(&mut place, now(), 42);
    // This daemon neither probes nor counts packets.
    let policy = Policy { liveness_interval_ms: 0, connect_timeout_ms: 200, ..Policy::DEFAULT };
    engine.adopt(now(), "vpn", "192.0.2.1, 192.0.2.2", 1, policy).expect("two addresses");
    let mut reply = [0; 256];
    engine.command(now(), b"INITIATE vpn", &mut reply).expect("room for the reply");
    loop {
        // Everything that is to be done, after every input.
        while let Ok(action) = engine.next_action() {
            let order = match action {
                Action::Initiate { addr, serial, .. } => {
                    Order::Dial { address: addr.to_text().as_str().to_owned(), serial }
                }
                Action::Terminate { unique_id } => Order::Terminate(unique_id),
                _ => continue,
            };
            orders.send(order).expect("the daemon lives");
        }
        let mut line = [0; segw::limits::EVENT_CAP];
        while let Ok(len) = engine.next_event(&mut line) {
            print!("{}", String::from_utf8_lossy(line.get(..len).unwrap_or_default()));
        }
        // Until something happens, or the time that the engine asks for has come.
        let happened = match engine.poll_at() {
            Ok(at) => news.recv_timeout(Duration::from_millis(at.since(now()))),
            Err(_) => news.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let (connection, remote, facts) = ("vpn", "", OURS);
        let event = match happened {
            Ok(News::Dialling { unique_id, serial }) => {
                IkeEvent::Dialling { unique_id, connection, serial, more: false }
            }
            Ok(News::State(unique_id, state)) => IkeEvent::State { unique_id, connection, remote, state, facts },
            Ok(News::Child(unique_id, up)) => {
                let child = ChildSa { name: "net", ..ChildSa::default() };
                IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts }
            }
            Ok(News::Alert(unique_id, alert)) => IkeEvent::Alert { unique_id, alert, child: "" },
            Ok(News::End) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                engine.timeout(now());
                continue;
            }
        };
        // An IKE_SA that is not followed is none of ours.
        let _ = engine.ike_event(now(), &event);
    }
}

/// Does what it is told; the first gateway dies as soon as it is up. Returns all orders.
fn daemon(news: &Sender<News>, orders: &Receiver<Order>) -> Vec<Order> {
    let mut done = Vec::new();
    let mut unique_id = 0;
    let tell = |it| news.send(it).expect("the engine lives");
    while let Ok(order) = orders.recv() {
        match &order {
            Order::Dial { address, serial } => {
                unique_id += 1;
                tell(News::Dialling { unique_id, serial: *serial });
                tell(News::State(unique_id, IkeState::Connecting));
                tell(News::State(unique_id, IkeState::Established));
                tell(News::Child(unique_id, true));
                if address == "192.0.2.1" {
                    tell(News::Alert(unique_id, Alert::RetransmitTimeout));
                    tell(News::State(unique_id, IkeState::Destroying));
                } else {
                    tell(News::End);
                }
            }
            Order::Terminate(unique_id) => tell(News::State(*unique_id, IkeState::Destroying)),
        }
        done.push(order);
    }
    done
}

/// Runs both; what the daemon was told to do.
pub fn run() -> Vec<Order> {
    let (news_to, news) = channel();
    let (orders_to, orders) = channel();
    let engine = thread::spawn(move || engine(&news, &orders_to));
    let done = daemon(&news_to, &orders);
    engine.join().expect("no panic");
    done
}

fn main() {
    for order in run() {
        println!("the daemon did {order:?}");
    }
}
