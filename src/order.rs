//! In which order SEGWs of equal preference come, and in which groups of equals they are: what [`Ranks`](crate::ranks) are made of.
//!
//! - `list`: as they are listed.
//! - `hash`: each device has an order of its own, drawn by weights, and the same after each restart (rendezvous hashing: D. Thaler,
//!   C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998, weighted as J. Resch does in 2015). The devices that a
//!   dead SEGW had go to all the others, not to one neighbour, and a SEGW that is added takes its share from each.
//! - `rtt`: the one that answers soonest first, as far as that is known.

use crate::addr::Addr;
use crate::hash::hash;
use crate::limits::SEGW_CAP;
use crate::policy::{Order, Policy};
use crate::rand::Rand;
use crate::ranks::Merit;
use crate::segw::{Segw, SegwId, SegwTable};

/// A number for a device, by whatever names it alone.
#[must_use]
pub fn device(id: &[u8]) -> u32 {
    hash(id)
}

/// How good each SEGW is by that policy. `warm` is the one that has a standby.
#[must_use]
pub fn merits(policy: &Policy, segws: &SegwTable, device: u32, warm: Option<SegwId>) -> [Merit; SEGW_CAP] {
    let mut merits = [Merit::EQUAL; SEGW_CAP];
    for (merit, preference) in merits.iter_mut().zip(policy.preferences.of(segws.len()).iter()) {
        merit.preference = preference;
    }
    match policy.order {
        Order::List => (),
        Order::Hash => {
            let weights = policy.weights.of(segws.len());
            let weights = weights.iter().chain(core::iter::repeat(1));
            for ((merit, segw), weight) in merits.iter_mut().zip(segws.iter()).zip(weights) {
                let lot = lot(device, &segw.addr);
                merit.cost = lot.checked_div(u32::from(weight)).unwrap_or(lot);
            }
        }
        Order::Rtt => {
            for (id, (merit, segw)) in (0u8..).zip(merits.iter_mut().zip(segws.iter())) {
                (merit.cost, merit.warm) = (delay(segw), warm == Some(id));
            }
        }
    }
    merits
}

/// How long a SEGW takes to answer, in milliseconds, as much longer as it failed in a row: one that has to be dialled twice takes twice
/// as long.
fn delay(segw: &Segw) -> u32 {
    if segw.answers.is_known() {
        segw.answers.mean_ms().saturating_mul(u32::from(segw.lapses).saturating_add(1)).min(Merit::UNKNOWN - 1)
    } else {
        Merit::UNKNOWN
    }
}

/// What a device draws for a SEGW: exponentially distributed, so that the lowest of several, each divided by its weight, is this one's
/// as often as its weight says.
fn lot(device: u32, addr: &Addr) -> u32 {
    let drawn = match addr {
        Addr::V4(addr) => hash(&addr.octets()),
        Addr::V6(addr) => hash(&addr.octets()),
        Addr::Name(name) => hash(name.as_bytes()),
    };
    let seed = u64::from(device) << 32 | u64::from(drawn);
    rarity(Rand::new(seed).next_u32()) << 8
}

/// The negative binary logarithm of a fraction of 2^32, in 2^-16, at most 32 and something.
fn rarity(fraction: u32) -> u32 {
    let fraction = fraction | 1;
    let zeros = fraction.leading_zeros();
    // From 1 to 2, in 2^-31. Each square doubles its logarithm, and what is 2 and more then is the next digit of that.
    let mut rest = u64::from(fraction.wrapping_shl(zeros));
    let mut digits = 0u32;
    for _ in 0..16 {
        rest = rest.wrapping_mul(rest) >> 31;
        let digit = rest >> 32;
        rest >>= digit;
        digits = digits << 1 | u32::from(digit > 0);
    }
    (zeros.saturating_add(1) << 16).saturating_sub(digits)
}

#[cfg(test)]
mod tests {
    use super::{device, merits, rarity};
    use crate::addr::{AddrList, push};
    use crate::policy::{Each, Order, Policy};
    use crate::ranks::Ranks;
    use crate::segw::{SegwSet, SegwTable};
    use std::format;
    use std::vec::Vec;

    const NONE: SegwSet = SegwSet::EMPTY;

    fn table(addrs: &[&str]) -> SegwTable {
        let mut list = AddrList::new();
        for addr in addrs {
            push(&mut list, addr).unwrap();
        }
        SegwTable::new(&list)
    }

    fn order(policy: &Policy, segws: &SegwTable, device: u32) -> Vec<u8> {
        let merits = merits(policy, segws, device, None);
        Ranks::of(policy.order, &merits, segws.len(), None, NONE).iter().collect()
    }

    #[test]
    fn a_logarithm() {
        for (fraction, log) in [(u32::MAX, 0), (1 << 31, 1 << 16), (1 << 30, 2 << 16), (3 << 30, 27_200), (0, 32 << 16)]
        {
            assert!(rarity(fraction).abs_diff(log) <= 1, "{fraction}: {} {log}", rarity(fraction));
        }
    }

    /// Of many devices, each as often the first as its weight says, and what one of them had is shared by the others alike.
    #[test]
    fn the_load_is_shared_by_weight_and_a_dead_one_s_too() {
        const DEVICES: u32 = 20_000;
        let segws = table(&["10.0.0.1", "10.0.0.2", "segw.example.org", "2001:db8::1"]);
        for (weights, shares) in
            [("", [0.25; 4]), ("10 20 5 5", [0.25, 0.5, 0.125, 0.125]), ("1 1 1 255", [1.0 / 258.0; 4])]
        {
            let policy = Policy { order: Order::Hash, weights: Each::read(weights).unwrap(), ..Policy::DEFAULT };
            let mut firsts = [0u32; 4];
            let mut seconds = [[0u32; 4]; 4];
            for n in 0..DEVICES {
                // As neighbours are called.
                let order = order(&policy, &segws, device(format!("cpe-{n:05}.example.org").as_bytes()));
                firsts[usize::from(order[0])] += 1;
                seconds[usize::from(order[0])][usize::from(order[1])] += 1;
            }
            for (segw, share) in shares.into_iter().enumerate().take(3) {
                let got = f64::from(firsts[segw]) / f64::from(DEVICES);
                assert!((got - share).abs() < 0.015, "{weights:?}: {segw} has {got}");
                for heir in (0..4).filter(|heir| *heir != segw && firsts[segw] > 1_000) {
                    let got = f64::from(seconds[segw][heir]) / f64::from(firsts[segw]);
                    let due = shares[heir] / (1.0 - share);
                    assert!((got - due).abs() < 0.04, "{weights:?}: {heir} inherits {got} of {segw}, {due} is due");
                }
            }
        }
    }

    #[test]
    fn a_device_has_one_order_whatever_the_list_s_is_and_what_is_added_takes_only_its_share() {
        let policy = Policy { order: Order::Hash, ..Policy::DEFAULT };
        let (here, there) =
            (table(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]), table(&["10.0.0.3", "10.0.0.1", "10.0.0.2"]));
        let more = table(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
        for n in 0..100u32 {
            let device = device(&n.to_be_bytes());
            let names = |segws: &SegwTable| -> Vec<_> {
                order(&policy, segws, device).into_iter().map(|segw| segws.text(segw)).collect()
            };
            assert_eq!(names(&here), names(&there));
            let with: Vec<_> = names(&more).into_iter().filter(|name| *name != "10.0.0.4").collect();
            assert_eq!(names(&here), with);
        }
        // It is the same for ever: a router that is updated stays where it is.
        let orders: Vec<_> = (0..4u32).map(|n| order(&policy, &more, device(&n.to_be_bytes()))).collect();
        assert_eq!(orders, ORDERS);
    }

    const ORDERS: [[u8; 4]; 4] = [[2, 3, 1, 0], [1, 3, 0, 2], [2, 3, 1, 0], [0, 2, 3, 1]];

    #[test]
    fn numbers_for_another_list_do_not_count() {
        let segws = table(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        let with = |text: &str| Policy { preferences: Each::read(text).unwrap(), ..Policy::DEFAULT };
        assert_eq!(order(&with("2 1 1"), &segws, 0), [1, 2, 0]);
        assert_eq!(order(&with("2 1"), &segws, 0), [0, 1, 2]);
        assert_eq!(order(&with("2 1 1 1"), &segws, 0), [0, 1, 2]);
    }

    #[test]
    fn who_answers_soonest_comes_first() {
        let policy = Policy { order: Order::Rtt, ..Policy::DEFAULT };
        let mut segws = table(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
        assert_eq!(order(&policy, &segws, 0), [0, 1, 2, 3], "nothing is known");
        segws.get_mut(2).unwrap().answers.add(80);
        assert_eq!(order(&policy, &segws, 0), [2, 0, 1, 3], "what is known before what is not");
        segws.get_mut(0).unwrap().answers.add(30);
        segws.get_mut(3).unwrap().answers.add(30);
        assert_eq!(order(&policy, &segws, 0), [0, 3, 2, 1]);
        // Failures in a row count as so much more time.
        segws.get_mut(0).unwrap().lapses = 2;
        assert_eq!(order(&policy, &segws, 0), [3, 2, 0, 1]);
        segws.get_mut(0).unwrap().lapses = u8::MAX;
        assert_eq!(order(&policy, &segws, 0), [3, 2, 0, 1]);
        let preferred = Policy { preferences: Each::read("2 2 1 1").unwrap(), ..policy };
        assert_eq!(order(&preferred, &segws, 0), [3, 2, 0, 1]);
        let preferred = Policy { preferences: Each::read("1 1 2 2").unwrap(), ..policy };
        assert_eq!(order(&preferred, &segws, 0), [0, 1, 3, 2]);
        // A standby stays until another is twice as good.
        let ranks = |segws: &SegwTable, warm| {
            Ranks::of(policy.order, &merits(&policy, segws, 0, warm), segws.len(), None, NONE)
        };
        let order = |segws: &SegwTable, warm| ranks(segws, Some(warm)).iter().collect::<Vec<_>>();
        assert_eq!(order(&segws, 2), [3, 2, 0, 1], "80 ms beside 30");
        segws.get_mut(3).unwrap().lapses = 1;
        assert_eq!(order(&segws, 2), [2, 3, 0, 1], "80 ms beside 60");
        assert_eq!(order(&segws, 1), [3, 2, 0, 1], "nothing is known of it");
        // But none is preferred for it to one that carries the traffic.
        assert_eq!((ranks(&segws, None).before(2), ranks(&segws, Some(3)).before(2)), (NONE, NONE), "60 ms beside 80");
    }
}
