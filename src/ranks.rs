//! The order in which a connection prefers its SEGWs: that of its list, but one that it is pinned to comes first, and those that are
//! drained come last.

use crate::limits::SEGW_CAP;
use crate::segw::{SegwId, SegwSet};

/// The SEGWs of a connection by preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// The most preferred one first; only the first `count` count.
    order: [SegwId; SEGW_CAP],
    count: u8,
    /// The one it is pinned to.
    pin: Option<SegwId>,
    /// Those that an operator wants nobody on.
    drained: SegwSet,
}

impl Ranks {
    /// So many SEGWs in the order of their list, but `pin` first and the drained ones last, a pin that is drained as well.
    #[must_use]
    pub fn new(count: u8, pin: Option<SegwId>, drained: SegwSet) -> Self {
        let kept = |segw: &SegwId| !drained.contains(*segw);
        let first = pin.filter(|pin| *pin < count && kept(pin));
        let listed = (0..count).filter(|segw| Some(*segw) != first && kept(segw));
        let last = (0..count).filter(|segw| drained.contains(*segw));
        let mut order = [0; SEGW_CAP];
        for (place, segw) in order.iter_mut().zip(first.into_iter().chain(listed).chain(last)) {
            *place = segw;
        }
        Self { order, count, pin, drained }
    }

    /// All SEGWs, the most preferred first.
    pub fn iter(&self) -> impl Iterator<Item = SegwId> {
        self.order.into_iter().take(usize::from(self.count))
    }

    /// Those that come after `last`, then those before it, and itself as the last one.
    pub fn around(&self, last: SegwId) -> impl Iterator<Item = SegwId> {
        let after = usize::from(self.place(last).saturating_add(1));
        self.iter().skip(after).chain(self.iter().take(after))
    }

    /// How many are preferred to `segw`.
    #[must_use]
    pub fn place(&self, segw: SegwId) -> u8 {
        (0u8..).zip(self.iter()).find(|(_, other)| *other == segw).map_or(self.count, |(place, _)| place)
    }

    /// Those that are preferred to `segw`.
    #[must_use]
    pub fn before(&self, segw: SegwId) -> SegwSet {
        self.iter().take_while(|other| *other != segw).fold(SegwSet::EMPTY, SegwSet::with)
    }

    /// Whether it is the most preferred one.
    #[must_use]
    pub fn is_first(&self, segw: SegwId) -> bool {
        self.iter().next() == Some(segw)
    }

    /// Whether an operator wants nobody on it.
    #[must_use]
    pub const fn is_drained(&self, segw: SegwId) -> bool {
        self.drained.contains(segw)
    }

    /// Whether a connection that is on `active` is to go to `to` also where it does not go back by itself: somebody wants it
    /// there, or not here.
    #[must_use]
    pub fn is_called(&self, active: SegwId, to: SegwId) -> bool {
        !self.is_drained(to) && (self.is_drained(active) || self.pin == Some(to))
    }
}

#[cfg(test)]
mod tests {
    use super::Ranks;
    use crate::segw::SegwSet;
    use std::vec::Vec;

    const NONE: SegwSet = SegwSet::EMPTY;

    fn order(pin: Option<u8>, drained: SegwSet) -> Vec<u8> {
        Ranks::new(4, pin, drained).iter().collect()
    }

    #[test]
    fn a_pin_comes_first_and_what_is_drained_last() {
        assert_eq!(order(None, NONE), [0, 1, 2, 3]);
        assert_eq!(order(Some(2), NONE), [2, 0, 1, 3]);
        assert_eq!(order(None, NONE.with(0).with(2)), [1, 3, 0, 2]);
        assert_eq!(order(Some(3), NONE.with(0)), [3, 1, 2, 0]);
        assert_eq!(order(Some(0), NONE.with(0)), [1, 2, 3, 0]);
        assert_eq!(order(Some(7), NONE), [0, 1, 2, 3]);
        assert_eq!(order(None, SegwSet::from_bits(0xff)), [0, 1, 2, 3]);
    }

    #[test]
    fn places() {
        let ranks = Ranks::new(4, Some(2), NONE.with(0));
        assert_eq!([2, 1, 3, 0].map(|segw| ranks.place(segw)), [0, 1, 2, 3]);
        assert_eq!(ranks.around(1).collect::<Vec<_>>(), [3, 0, 2, 1]);
        assert_eq!(ranks.before(3), NONE.with(1).with(2));
        assert!(ranks.is_first(2) && !ranks.is_first(0));
        // From the drained one anywhere else; from others to the pin.
        assert_eq!([1, 2, 3].map(|to| ranks.is_called(0, to)), [true; 3]);
        assert_eq!([0, 2, 3].map(|to| ranks.is_called(1, to)), [false, true, false]);
    }
}
