//! When each connection wants to be looked after: a tree of minima, so that neither the earliest of all nor the next that is
//! due costs more the more connections there are.

use crate::connection::Slot;
use crate::limits::CONNECTION_CAP;
use crate::time::Instant;

/// Slots in the lowest row, enough for all.
const LEAVES: usize = CONNECTION_CAP.next_power_of_two();
const NEVER: Instant = Instant(u64::MAX);
/// The last moment at which something can be due.
const LAST: Instant = Instant(u64::MAX - 1);

/// Every node has a place; told to the compiler, that saves it from looking.
const NODES: usize = 2 * LEAVES;

/// The deadline of each slot, or none.
#[derive(Debug)]
pub struct Deadlines {
    /// The earliest deadline at or below each node. Node 1 is the root, below node `n` are `2 n` and `2 n + 1`, the last half
    /// are the slots.
    earliest: [Instant; NODES],
}

impl Deadlines {
    /// No slot has one.
    pub const fn new() -> Self {
        Self { earliest: [NEVER; NODES] }
    }

    fn at(&self, node: usize) -> Instant {
        self.earliest.get(node & (NODES - 1)).copied().unwrap_or(NEVER)
    }

    /// Sets a slot's deadline.
    pub fn set(&mut self, slot: Slot, at: Option<Instant>) {
        let mut node = leaf(slot);
        let mut at = at.unwrap_or(NEVER);
        while node > 0 && self.at(node) != at {
            if let Some(place) = self.earliest.get_mut(node & (NODES - 1)) {
                *place = at;
            }
            at = at.min(self.at(node ^ 1));
            node >>= 1;
        }
    }

    /// The earliest of all.
    pub fn first(&self) -> Option<Instant> {
        Some(self.at(1)).filter(|at| *at != NEVER)
    }

    /// The first slot from `slot` on whose deadline has come.
    pub fn due(&self, slot: Slot, now: Instant) -> Option<Slot> {
        let now = now.min(LAST);
        // All of them, in the end, from the first.
        let mut node = if slot == 0 { 1 } else { leaf(slot) };
        while self.at(node) > now {
            // To what is right of it: up as long as nothing is, in this branch.
            node >>= node.trailing_ones();
            if node == 0 {
                return None;
            }
            node |= 1;
        }
        while node < LEAVES {
            node <<= 1;
            node |= usize::from(self.at(node) > now);
        }
        Slot::try_from(node & (LEAVES - 1)).ok()
    }
}

/// The node of a slot.
fn leaf(slot: Slot) -> usize {
    usize::from(slot) | LEAVES
}

#[cfg(test)]
mod tests {
    use super::{Deadlines, Slot};
    use crate::limits::CONNECTION_CAP;
    use crate::time::Instant;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn the_tree_is_a_list_of_deadlines() {
        let slots = Slot::try_from(CONNECTION_CAP).unwrap();
        let mut tree = Deadlines::new();
        let mut list = vec![None; CONNECTION_CAP];
        let mut random = 7u32;
        for _ in 0..5_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let slot = Slot::try_from((random >> 8) % u32::from(slots)).unwrap();
            let at = Some(Instant(u64::from(random >> 24))).filter(|at| at.0 % 5 > 0);
            tree.set(slot, at);
            list[usize::from(slot)] = at;
            assert_eq!(tree.first(), list.iter().flatten().min().copied());
            let now = Instant(u64::from(random >> 16 & 0xff));
            let (mut due, mut from) = (Vec::new(), 0);
            while let Some(slot) = Some(from).filter(|slot| *slot < slots).and_then(|slot| tree.due(slot, now)) {
                due.push(usize::from(slot));
                from = slot + 1;
            }
            let expected = (0..CONNECTION_CAP).filter(|slot| list[*slot].is_some_and(|at| at <= now));
            assert_eq!(due, expected.collect::<Vec<_>>());
        }
    }
}
