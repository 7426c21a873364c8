//! A SEGW as a fleet sees it: it completes so many handshakes a second, and so many wait; what does not fit is dropped.

use std::collections::VecDeque;

/// A handshake of a router's: the router, its IKE_SA.
pub type Handshake = (u32, u32);

pub struct Gateway {
    pub alive: bool,
    /// Handshakes a second.
    rate: u64,
    /// Handshakes that may wait.
    room: usize,
    waiting: VecDeque<Handshake>,
    /// Thousandths of a handshake that it has had the time for and not done yet.
    credit: u64,
}

impl Gateway {
    pub fn new(alive: bool, rate: u64, room: usize) -> Self {
        Self { alive, rate, room, waiting: VecDeque::new(), credit: 0 }
    }

    /// A request comes in. Whether it is the first that waits, or `None` if there is no room.
    pub fn take(&mut self, handshake: Handshake) -> Option<bool> {
        (self.waiting.len() < self.room).then(|| {
            self.waiting.push_back(handshake);
            self.waiting.len() == 1
        })
    }

    /// A millisecond has passed: what is done in it. It does not know who has given up meanwhile.
    pub fn work(&mut self) -> impl Iterator<Item = Handshake> {
        self.credit += self.rate;
        let most = usize::try_from(self.credit / 1_000).unwrap_or(usize::MAX);
        let count = most.min(self.waiting.len());
        self.credit -= 1_000 * count as u64;
        if self.waiting.len() == count {
            self.credit = 0;
        }
        self.waiting.drain(..count)
    }

    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }
}
