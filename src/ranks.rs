//! The order in which a connection prefers its SEGWs: by preference, among equals by what its policy says, but one that it is pinned
//! to comes first, and those that are drained come last.

use crate::limits::SEGW_CAP;
use crate::policy::Order;
use crate::segw::{SegwId, SegwSet};

/// How good a SEGW is; less is better, and what is equal comes as it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merit {
    /// Its preference: a lower one is above all costs.
    pub preference: u8,
    /// It has a standby.
    pub warm: bool,
    /// What it costs among those of its preference.
    pub cost: u32,
}

impl Merit {
    /// That of all, where nothing is said.
    pub const EQUAL: Self = Self { preference: 0, warm: false, cost: 0 };
    /// The cost of what is not known.
    pub const UNKNOWN: u32 = u32::MAX;

    /// What it costs where the next one is chosen. What has a standby costs half: the standby stays where it is while no other is
    /// twice as good. It is no reason to leave the one that carries the traffic.
    const fn cost_of_next(self) -> u32 {
        if self.warm && self.cost < Self::UNKNOWN { self.cost / 2 } else { self.cost }
    }
}

/// Among equals that are ordered by their response times one is preferred to the active one if its is at most half, and so many
/// milliseconds less: what differs less, or is not known, is no reason to move.
const CLEARLY_MS: u32 = 20;

/// Why a SEGW comes where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// No other has its preference.
    Preference,
    /// Of those that are known it answers soonest.
    Rtt,
    /// This device has drawn it.
    Hash,
}

impl Choice {
    /// The name in replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preference => "PREFERENCE",
            Self::Rtt => "RTT",
            Self::Hash => "HASH",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Preference => "by its preference",
            Self::Rtt => "by its response time",
            Self::Hash => "by this device's hash",
        }
    }
}

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
    /// What orders those of equal preference.
    by: Order,
    merits: [Merit; SEGW_CAP],
}

impl Ranks {
    /// So many SEGWs in the order of their list, but `pin` first and the drained ones last, a pin that is drained as the first of
    /// them.
    #[must_use]
    pub fn new(count: u8, pin: Option<SegwId>, drained: SegwSet) -> Self {
        let pin = pin.filter(|pin| *pin < count);
        let those = |last: bool| {
            let listed = (0..count).filter(move |segw| Some(*segw) != pin);
            pin.into_iter().chain(listed).filter(move |segw| drained.contains(*segw) == last)
        };
        let mut order = [0; SEGW_CAP];
        for (place, segw) in order.iter_mut().zip(those(false).chain(those(true))) {
            *place = segw;
        }
        Self { order, count, pin, drained, by: Order::List, merits: [Merit::EQUAL; SEGW_CAP] }
    }

    /// The same, in the order of their merits, which are `by` that.
    #[must_use]
    pub fn of(by: Order, merits: &[Merit; SEGW_CAP], count: u8, pin: Option<SegwId>, drained: SegwSet) -> Self {
        let mut ranks = Self { order: [0; SEGW_CAP], count, pin, drained, by, merits: *merits };
        for segw in 0..count {
            // All keys differ.
            let place = (0..count).filter(|other| ranks.key(*other) < ranks.key(segw)).count();
            if let Some(cell) = ranks.order.get_mut(place) {
                *cell = segw;
            }
        }
        ranks
    }

    fn merit(&self, segw: SegwId) -> Merit {
        self.merits.get(usize::from(segw)).copied().unwrap_or(Merit::EQUAL)
    }

    /// What those that are equals have in common: less is preferred.
    fn band(&self, segw: SegwId) -> u32 {
        let first = self.pin == Some(segw);
        u32::from(self.is_drained(segw)) << 9 | u32::from(!first) << 8 | u32::from(self.merit(segw).preference)
    }

    fn key(&self, segw: SegwId) -> u64 {
        u64::from(self.band(segw)) << 40 | u64::from(self.merit(segw).cost_of_next()) << 8 | u64::from(segw)
    }

    /// All SEGWs, the most preferred first.
    pub fn iter(&self) -> impl Iterator<Item = SegwId> {
        self.order.into_iter().take(usize::from(self.count))
    }

    /// Those that come after `last`, then those before it, and itself as the last one. Response times change, so that what comes
    /// before it may not have been tried: of its equals the best one comes first.
    pub fn around(&self, last: SegwId) -> impl Iterator<Item = SegwId> {
        let after = match self.by {
            Order::Rtt => self.iter().take_while(|segw| self.band(*segw) < self.band(last)).count(),
            Order::List | Order::Hash => usize::from(self.place(last).saturating_add(1)),
        };
        let others = self.iter().skip(after).chain(self.iter().take(after)).filter(move |segw| *segw != last);
        others.chain(self.iter().filter(move |segw| *segw == last))
    }

    /// How many are preferred to `segw`.
    #[must_use]
    pub fn place(&self, segw: SegwId) -> u8 {
        (0u8..).zip(self.iter()).find(|(_, other)| *other == segw).map_or(self.count, |(place, _)| place)
    }

    /// Those that are preferred to `segw`: all that come before it, or of its equals by response time those that are clearly better.
    #[must_use]
    pub fn before(&self, segw: SegwId) -> SegwSet {
        self.preferred_to(segw).fold(SegwSet::EMPTY, SegwSet::with)
    }

    /// The same, the most preferred one first.
    pub fn preferred_to(&self, segw: SegwId) -> impl Iterator<Item = SegwId> {
        let preferred = move |other: &SegwId| self.by != Order::Rtt || self.is_clearly_before(*other, segw);
        self.iter().take_while(move |other| *other != segw).filter(preferred)
    }

    fn is_clearly_before(&self, one: SegwId, other: SegwId) -> bool {
        let (better, worse) = (self.merit(one).cost, self.merit(other).cost);
        let clearly = better <= worse / 2 && better <= worse.saturating_sub(CLEARLY_MS);
        self.band(one) < self.band(other) || (worse < Merit::UNKNOWN && clearly)
    }

    /// Whether none is preferred to it.
    #[must_use]
    pub fn is_first(&self, segw: SegwId) -> bool {
        self.preferred_to(segw).next().is_none()
    }

    /// Why it comes where it does; `None`: because of its place in the list, or because an operator says so.
    #[must_use]
    pub fn why(&self, segw: SegwId) -> Option<Choice> {
        let preference = |segw| self.merit(segw).preference;
        if self.pin == Some(segw) || self.is_drained(segw) {
            return None;
        }
        if self.count > 1 && self.iter().all(|other| other == segw || preference(other) != preference(segw)) {
            return Some(Choice::Preference);
        }
        match self.by {
            Order::List => None,
            Order::Hash => Some(Choice::Hash),
            Order::Rtt => Some(Choice::Rtt).filter(|_| self.merit(segw).cost < Merit::UNKNOWN),
        }
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
    use super::{Choice, Merit, Ranks};
    use crate::limits::SEGW_CAP;
    use crate::policy::Order;
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
        assert_eq!(order(Some(2), SegwSet::from_bits(0xff)), [2, 0, 1, 3]);
        assert_eq!(order(Some(2), NONE.with(0).with(2)), [1, 3, 2, 0]);
    }

    #[test]
    fn where_all_are_equal_merits_change_nothing() {
        for drained in (0..16).map(SegwSet::from_bits) {
            for pin in [None, Some(0), Some(1), Some(2), Some(3)] {
                let of = ranks(Order::List, [0; 4], [0; 4], pin, drained);
                assert_eq!(Ranks::new(4, pin, drained), of, "{pin:?} {drained:?}");
            }
        }
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

    /// Four SEGWs with these preferences and costs.
    fn ranks(by: Order, preferences: [u8; 4], costs: [u32; 4], pin: Option<u8>, drained: SegwSet) -> Ranks {
        let mut merits = [Merit::EQUAL; SEGW_CAP];
        for (merit, (preference, cost)) in merits.iter_mut().zip(preferences.into_iter().zip(costs)) {
            *merit = Merit { preference, cost, ..Merit::EQUAL };
        }
        Ranks::of(by, &merits, 4, pin, drained)
    }

    const U: u32 = Merit::UNKNOWN;

    #[test]
    fn by_preference_then_by_cost_then_as_listed() {
        let rows = [
            (Order::List, [0; 4], [0; 4], None, NONE, [0, 1, 2, 3]),
            (Order::List, [2, 1, 2, 1], [0; 4], None, NONE, [1, 3, 0, 2]),
            (Order::Hash, [0; 4], [7, 3, 9, 3], None, NONE, [1, 3, 0, 2]),
            (Order::Hash, [2, 2, 1, 1], [7, 3, 9, 3], None, NONE, [3, 2, 1, 0]),
            (Order::Rtt, [0; 4], [U, 30, U, 10], None, NONE, [3, 1, 0, 2]),
            (Order::Rtt, [1, 2, 1, 2], [U, 30, U, 10], None, NONE, [0, 2, 3, 1]),
            // An operator is above all of it.
            (Order::Hash, [1, 1, 1, 255], [7, 3, 9, 3], Some(3), NONE, [3, 1, 0, 2]),
            (Order::Rtt, [1, 1, 1, 255], [U, 30, U, 10], Some(0), NONE.with(1), [0, 2, 3, 1]),
            (Order::Hash, [1, 2, 2, 2], [7, 3, 9, 3], None, NONE.with(0), [1, 3, 2, 0]),
        ];
        for (by, preferences, costs, pin, drained, order) in rows {
            let ranks = ranks(by, preferences, costs, pin, drained);
            assert_eq!(ranks.iter().collect::<Vec<_>>(), order, "{by:?} {preferences:?} {costs:?} {pin:?}");
        }
    }

    #[test]
    fn a_response_time_is_a_reason_to_move_only_if_it_is_clearly_better() {
        for (costs, active, before) in [
            ([10, 40, 200, U], 2, NONE.with(0).with(1)),
            ([10, 40, 200, U], 1, NONE.with(0)),
            ([10, 40, 200, U], 0, NONE),
            // Half, but no 20 ms; 20 ms, but not half.
            ([1, 20, 200, U], 1, NONE),
            ([60, 100, 200, U], 1, NONE),
            ([50, 100, 200, U], 1, NONE.with(0)),
            // What is not known is never left for that.
            ([1, 1, 1, U], 3, NONE),
            ([U, U, U, 5_000], 3, NONE),
        ] {
            let ranks = ranks(Order::Rtt, [1; 4], costs, None, NONE);
            assert_eq!(
                (ranks.before(active), ranks.is_first(active)),
                (before, before.is_empty()),
                "{costs:?} {active}"
            );
        }
        // A better preference is always one, and a worse one never.
        let ranks = ranks(Order::Rtt, [2, 1, 2, 3], [100, 5_000, 10, 1], None, NONE);
        assert_eq!(
            [0, 1, 2, 3].map(|segw| ranks.before(segw)),
            [NONE.with(1).with(2), NONE, NONE.with(1), NONE.with(0).with(1).with(2)]
        );
    }

    #[test]
    fn after_a_loss_the_best_of_the_equals_is_next() {
        let rows = [
            (Order::List, [1, 1, 2, 2], [0; 4], 1, [2, 3, 0, 1]),
            (Order::Hash, [0; 4], [7, 3, 9, 4], 0, [2, 1, 3, 0]),
            (Order::Rtt, [0; 4], [7, 3, 9, 4], 0, [1, 3, 2, 0]),
            (Order::Rtt, [1, 1, 2, 2], [7, 3, 9, 4], 0, [1, 3, 2, 0]),
            // Those of a better preference have failed: the other equals first.
            (Order::Rtt, [1, 1, 2, 2], [7, 3, 9, 4], 2, [3, 1, 0, 2]),
        ];
        for (by, preferences, costs, last, next) in rows {
            let ranks = ranks(by, preferences, costs, None, NONE);
            assert_eq!(ranks.around(last).collect::<Vec<_>>(), next, "{by:?} {preferences:?} {costs:?}");
        }
    }

    #[test]
    fn why() {
        let (preference, rtt, hash) = (Some(Choice::Preference), Some(Choice::Rtt), Some(Choice::Hash));
        for (by, preferences, pin, drained, why) in [
            (Order::List, [0; 4], None, NONE, [None; 4]),
            (Order::List, [1, 1, 2, 3], None, NONE, [None, None, preference, preference]),
            (Order::Hash, [0; 4], Some(1), NONE.with(3), [hash, None, hash, None]),
            (Order::Hash, [1, 1, 2, 3], None, NONE, [hash, hash, preference, preference]),
            (Order::Rtt, [0; 4], None, NONE, [rtt, None, rtt, rtt]),
        ] {
            let ranks = ranks(by, preferences, [9, U, 7, 7], pin, drained);
            assert_eq!([0, 1, 2, 3].map(|segw| ranks.why(segw)), why, "{by:?} {preferences:?}");
        }
        assert_eq!(Ranks::new(1, None, NONE).why(0), None);
    }
}
